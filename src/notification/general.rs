//! What the records of any service tell.

use super::command::Command;
use super::denied;
use super::diagnosis::{Cause, Diagnosis};
use super::harmless::{error_code, harmless, harmless_within};
use super::link::Console;
use super::scene::Scene;
use crate::evidence::{Fact, Facts, Ruling};

/// Most names of a request in the headline, and the longest of them, in bytes.
const MAX_NAMES: usize = 3;
const MAX_NAME: usize = 150;

/// Most events that are linked.
const MAX_LINKED: usize = 3;

pub(super) fn diagnose(scene: &Scene<'_>) -> Diagnosis {
    Diagnosis {
        thing: "resource",
        things: scene.tally(|facts| resource(facts).map(str::to_owned)),
        names: names(scene),
        behind: Vec::new(),
        causes: causes(scene),
        notes: Vec::new(),
        commands: commands(scene),
        links: links(scene),
    }
}

/// What the call was about, where the record says it in a field that all services share.
fn resource(facts: &Facts) -> Option<&str> {
    [Fact::ResourceArn, Fact::DeniedResource]
        .into_iter()
        .find_map(|fact| facts.text(fact))
}

/// What the request names, where all samples name the same.
fn names(scene: &Scene<'_>) -> Vec<String> {
    match scene.sampled(Fact::RequestParameters).as_slice() {
        [request] => names_in(request),
        _ => Vec::new(),
    }
}

/// The first members whose names end in `Id`, `Name` or `Arn`. The request can be cut, so this reads no JSON but what
/// looks like it.
fn names_in(request: &str) -> Vec<String> {
    let mut names = Vec::new();
    let parts: Vec<&str> = request.split('"').collect();
    for window in parts.windows(4) {
        let [before, name, colon, value] = window else {
            continue;
        };
        let is_member = before.ends_with(['{', ',']) && *colon == ":";
        let is_name = ["Id", "Name", "Arn"].iter().any(|end| name.ends_with(end));
        if is_member && is_name && !value.is_empty() && names.len() < MAX_NAMES {
            names.push(format!(
                "{} {}",
                harmless_within(name, 64),
                harmless_within(value, MAX_NAME)
            ));
        }
    }
    names
}

fn causes(scene: &Scene<'_>) -> Vec<Cause> {
    let failures = scene.tally(|facts| {
        let code = facts.text(Fact::ErrorCode)?;
        Some((code, facts.text(Fact::PolicyLayer)))
    });
    let cause = |((code, layer), count): ((&str, Option<&str>), u64)| match layer
        .and_then(Ruling::of_words)
    {
        Some(ruling) => Cause {
            count,
            reason: ruling.as_str().to_owned(),
            advice: denied::advice(ruling).to_owned(),
        },
        None => Cause {
            count,
            reason: format!("the service answered {}", error_code(code)),
            advice: "See the messages of the sample events.".to_owned(),
        },
    };
    failures.into_iter().map(cause).collect()
}

/// What helps with the records of any service.
pub(super) fn commands(scene: &Scene<'_>) -> Vec<String> {
    let lookup = |attribute: &str, value: &str| {
        Command::new(&format!("aws cloudtrail lookup-events --lookup-attributes AttributeKey={attribute},AttributeValue"))
            .with_value(value)
            .with("--region", scene.call_region())
    };
    let event = scene
        .sampled(Fact::EventId)
        .first()
        .map(|id| lookup("EventId", id));
    // What else was done with the same credentials.
    let key = scene
        .sampled(Fact::AccessKeyId)
        .first()
        .map(|key| lookup("AccessKeyId", key));
    event
        .into_iter()
        .chain(key)
        .filter_map(Command::line)
        .collect()
}

/// The pages that records of any service have.
pub(super) fn links(scene: &Scene<'_>) -> Vec<(String, String)> {
    let mut links = Vec::new();
    let records = &scene.evidence().records;
    for facts in records.iter().take(MAX_LINKED) {
        let region = facts.text(Fact::AwsRegion).unwrap_or(&scene.place.region);
        let link =
            Console::new(region).and_then(|console| console.event(facts.text(Fact::EventId)?));
        links.extend(link.map(|link| ("CloudTrail event".to_owned(), link)));
    }
    let role = scene.sampled(Fact::RoleArn);
    if let [arn] = role.as_slice()
        && let Some(arn) = super::arn::Arn::of(arn)
    {
        let link = Console::new(scene.call_region()).and_then(|console| console.role(arn.name()));
        links
            .extend(link.map(|link| (format!("Role, in account {}", harmless(arn.account)), link)));
    }
    links
}

#[cfg(test)]
mod tests {
    use super::names_in;

    #[test]
    fn what_a_request_names_is_found_also_where_it_is_cut() {
        for (request, names) in [
            (
                r#"{"routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0","gatewayId":"igw-1"}"#,
                vec!["routeTableId rtb-1", "gatewayId igw-1"],
            ),
            (
                r#"{"a":{"roleName":"app","x":"y\u2026"#,
                vec!["roleName app"],
            ),
            (r#"{"clientToken":"x","n":1,"vpcId":""}"#, vec![]),
            (r#"{"text":"say \"roleName\":\"x\""}"#, vec![]),
        ] {
            assert_eq!(names_in(request), names, "{request}");
        }
    }
}

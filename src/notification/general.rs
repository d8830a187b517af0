//! What the records of any service tell.

use super::command::Command;
use super::denied;
use super::diagnosis::{Cause, Diagnosis, and_more};
use super::harmless::{error_code, harmless, harmless_within};
use super::link::Console;
use super::scene::{Scene, layer};
use crate::evidence::{DenialReason, Fact, Facts};

/// Most names of a request in the headline, and the longest of them, in bytes.
const MAX_NAMES: usize = 3;
const MAX_NAME: usize = 150;

/// Most events that are linked.
const MAX_LINKED: usize = 3;

/// Most roles that are linked.
const MAX_ROLES: usize = 2;

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

/// What request and answer name, where all that was counted is sampled and all samples name the same.
fn names(scene: &Scene<'_>) -> Vec<String> {
    let records = &scene.evidence().records;
    let is_all = scene.is_complete() && records.len() as u64 == scene.evidence().count;
    let said = |fact| {
        let first = records.first().and_then(|facts| facts.text(fact));
        let mut others = records.iter().map(|facts| facts.text(fact));
        first.filter(|_| is_all && others.all(|said| said == first))
    };
    let mut names = said(Fact::RequestParameters).map_or_else(Vec::new, names_in);
    let called = said(Fact::EventName).unwrap_or_default();
    // What was made has its kind in the name of the call: `vpcId` in `CreateVpc`.
    let is_made = |name: &str| {
        let kind = name.trim_end_matches("Id").trim_end_matches("Arn");
        !kind.is_empty() && called.to_lowercase().contains(&kind.to_lowercase())
    };
    for named in said(Fact::ResponseIds).unwrap_or_default().split(", ") {
        let Some((name, value)) = named.split_once(' ') else {
            continue;
        };
        let shown = format!(
            "{} {}",
            harmless_within(name, 64),
            harmless_within(value, MAX_NAME)
        );
        if names.len() < MAX_NAMES && is_made(name) && !names.contains(&shown) {
            names.push(shown);
        }
    }
    names
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
        Some((code, layer(facts)))
    });
    let cause = |((code, layer), count): ((&str, Option<&str>), u64)| match layer
        .and_then(DenialReason::of_words)
    {
        Some(ruling) => Cause {
            count,
            reason: match ruling {
                DenialReason::Unknown => {
                    format!(
                        "the service answered {} and names no policy",
                        error_code(code)
                    )
                }
                known => known.as_str().to_owned(),
            },
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
    let keys = scene.sampled(Fact::AccessKeyId);
    let key = keys.first().map(|key| lookup("AccessKeyId", key));
    let mut lines: Vec<String> = event
        .into_iter()
        .chain(key)
        .filter_map(Command::line)
        .collect();
    match keys.len() {
        0 | 1 => {}
        2 => lines.push("# and 1 more access key".to_owned()),
        keys => lines.push(format!("# and {} more access keys", keys - 1)),
    }
    lines
}

/// The pages that records of any service have.
pub(super) fn links(scene: &Scene<'_>) -> Vec<(String, String)> {
    let mut links = Vec::new();
    let records = &scene.evidence().records;
    for facts in records {
        let region = facts.text(Fact::AwsRegion).unwrap_or(&scene.place.region);
        let link = Console::new(scene.known_region(region))
            .and_then(|console| console.event(facts.text(Fact::EventId)?));
        links.extend(link.map(|link| ("CloudTrail event".to_owned(), link)));
    }
    let mut roles = Vec::new();
    let arns = scene.sampled(Fact::RoleArn);
    for arn in arns.into_iter().filter_map(super::arn::Arn::of) {
        let link = Console::new(scene.call_region()).and_then(|console| console.role(arn.name()));
        roles
            .extend(link.map(|link| (format!("Role, in account {}", harmless(arn.account)), link)));
    }
    let mut links = first_of(links, MAX_LINKED);
    links.extend(first_of(roles, MAX_ROLES));
    links
}

/// The first links; the label of the last says how many are left out.
pub(super) fn first_of(mut links: Vec<(String, String)>, most: usize) -> Vec<(String, String)> {
    let left_out = links.len().saturating_sub(most);
    links.truncate(most);
    if let Some((label, _)) = links.last_mut() {
        label.push_str(&and_more(left_out));
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

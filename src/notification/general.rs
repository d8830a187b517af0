//! The diagnosis of calls of any service.

use crate::evidence::{DenialReason, Fact, Facts};
use crate::notification::arn::Arn;
use crate::notification::call::{call_name, denial_reason};
use crate::notification::caller::Caller;
use crate::notification::command::Command;
use crate::notification::denial;
use crate::notification::diagnosis::{Cause, Check, Diagnosis, EVENT_LABEL, and_more};
use crate::notification::link::AwsConsole;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::{sanitize_error_code, sanitize_within};

/// Maximum number of names in the summary.
const MAX_NAMES: usize = 3;

/// Maximum length of such a name, in bytes.
const MAX_NAME: usize = 150;

/// Maximum number of links to events.
const MAX_LINKED: usize = 3;

/// Maximum number of links to roles.
const MAX_ROLES: usize = 2;

/// End of a command that lists events: the latest ones, one line each. Without a limit, the command reads 90 days.
pub(super) const RECENT: &str =
    "--max-items 50 --query 'Events[].[EventTime,EventName,Username]' --output table";

/// End of a command that shows one event with all fields.
const WHOLE: &str = "--query 'Events[0].CloudTrailEvent' --output text";

/// Diagnoses calls of any service.
pub(super) fn diagnose(input: &RenderInput<'_>) -> Diagnosis {
    Diagnosis {
        resource_kind: "resource",
        resources: input.tally(|facts| resource(facts).map(str::to_owned)),
        names: names(input),
        encryption_context: Vec::new(),
        impacts: Vec::new(),
        causes: causes(input),
        notes: Vec::new(),
        checks: checks(input),
        links: links(input),
    }
}

/// The resource of a call, from the fields that all services share.
fn resource(facts: &Facts) -> Option<&str> {
    [Fact::ResourceArn, Fact::DeniedResource]
        .into_iter()
        .find_map(|fact| facts.text(fact))
}

/// Names in request and response. Empty unless all counted records are sampled and have the same request and response.
fn names(input: &RenderInput<'_>) -> Vec<String> {
    let records = &input.evidence().records;
    let is_all = input.is_complete() && records.len() as u64 == input.evidence().count;
    let shared = |fact| {
        let first = records.first().and_then(|facts| facts.text(fact));
        let mut others = records.iter().map(|facts| facts.text(fact));
        first.filter(|_| is_all && others.all(|value| value == first))
    };
    let mut names = shared(Fact::RequestParameters).map_or_else(Vec::new, names_in);
    let called = shared(Fact::EventName).unwrap_or_default();
    // The name of the call contains the kind of a created resource: `vpcId` and `CreateVpc`.
    let is_created = |name: &str| {
        let kind = name.trim_end_matches("Id").trim_end_matches("Arn");
        !kind.is_empty() && called.to_lowercase().contains(&kind.to_lowercase())
    };
    for named in shared(Fact::ResponseIds).unwrap_or_default().split(", ") {
        let Some((name, value)) = named.split_once(' ') else {
            continue;
        };
        let shown = format!(
            "{} {}",
            sanitize_within(name, 64),
            sanitize_within(value, MAX_NAME)
        );
        if names.len() < MAX_NAMES && is_created(name) && !names.contains(&shown) {
            names.push(shown);
        }
    }
    names
}

/// The first members whose names are `name` or end in `Id`, `Name` or `Arn`. The request can be truncated, so this does not parse it
/// as JSON.
pub(super) fn names_in(request: &str) -> Vec<String> {
    let mut names = Vec::new();
    let parts: Vec<&str> = request.split('"').collect();
    for window in parts.windows(4) {
        let [before, name, colon, value] = window else {
            continue;
        };
        let is_member = before.ends_with(['{', ',']) && *colon == ":";
        let is_name =
            *name == "name" || ["Id", "Name", "Arn"].iter().any(|end| name.ends_with(end));
        if is_member && is_name && !value.is_empty() && names.len() < MAX_NAMES {
            names.push(format!(
                "{} {}",
                sanitize_within(name, 64),
                sanitize_within(value, MAX_NAME)
            ));
        }
    }
    names
}

/// Causes of failed calls, by error code and denial reason.
fn causes(input: &RenderInput<'_>) -> Vec<Cause> {
    let failure = |facts| {
        let code = Facts::text(facts, Fact::ErrorCode)?;
        Some((code, denial_reason(facts)))
    };
    let cause = |(failed, count): ((&str, Option<&str>), u64)| {
        let code = sanitize_error_code(failed.0);
        let reason = failed.1.and_then(DenialReason::parse);
        let calls =
            input.tally(|facts| call_name(facts).filter(|_| failure(facts) == Some(failed)));
        Cause {
            count,
            reason: match reason {
                Some(reason) => denial::phrase(reason, &action(&calls)),
                None => format!("the service returned {code}"),
            },
            advice: match reason {
                Some(reason) => denial::advice(reason).to_owned(),
                None => "See the error message.".to_owned(),
            },
            remedies: Vec::new(),
            code,
        }
    };
    input.tally(failure).into_iter().map(cause).collect()
}

/// The call that a cause is about: `kms:Decrypt`, or `these calls`.
pub(super) fn action<T: AsRef<str>>(calls: &[(T, u64)]) -> String {
    match calls {
        [(only, _)] => sanitize_within(only.as_ref(), MAX_NAME),
        _ => "these calls".to_owned(),
    }
}

/// Looks up events in the event history of an account and Region.
pub(super) fn lookup_events(attribute: &str, value: &str) -> Command {
    let words = format!(
        "aws cloudtrail lookup-events --lookup-attributes AttributeKey={attribute},AttributeValue"
    );
    Command::new(&words).with_value(value)
}

/// A command that looks up other calls with the same access key or by the same user. If both are unknown, one that looks up the
/// first event.
pub(super) fn checks(input: &RenderInput<'_>) -> Vec<Check> {
    let lookup = |attribute: &str, value: &str| {
        let command = lookup_events(attribute, value);
        command.with("--region", input.call_region())
    };
    let recent = |attribute: &str, value: &str| lookup(attribute, value).then(RECENT).line();
    let keys = input.sampled(Fact::AccessKeyId);
    let users: Vec<(String, &str)> = (input.callers().into_iter())
        .filter_map(|(caller, _)| match caller {
            Caller::Root => Some((caller.to_string(), "root")),
            Caller::User(name) if !caller.is_hidden() => Some((caller.to_string(), name)),
            _ => None,
        })
        .collect();
    let first_of = |several: usize, what: &str| match several {
        0 | 1 => String::new(),
        several => format!(" (the first of {several} {what})"),
    };
    let check = match (keys.as_slice(), users.as_slice()) {
        ([key, ..], _) => Check::new(
            &format!(
                "Which other calls used this access key?{}",
                first_of(keys.len(), "access keys")
            ),
            [recent("AccessKeyId", key)],
        ),
        ([], [(user, name), ..]) => Check::new(
            &format!(
                "Which other calls did {user} make?{}",
                first_of(users.len(), "users")
            ),
            [recent("Username", name)],
        ),
        ([], []) => None,
    };
    let event = || {
        let ids = input.sampled(Fact::EventId);
        Check::new(
            "Which other fields does the event have?",
            [lookup("EventId", ids.first()?).then(WHOLE).line()],
        )
    };
    check.or_else(event).into_iter().collect()
}

/// Links to the events and roles.
pub(super) fn links(input: &RenderInput<'_>) -> Vec<(String, String)> {
    let mut links = Vec::new();
    let records = &input.evidence().records;
    for facts in records {
        let region = facts
            .text(Fact::AwsRegion)
            .unwrap_or(&input.deployment.region);
        let link = AwsConsole::new(input.known_region(region))
            .and_then(|console| console.event(facts.text(Fact::EventId)?));
        links.extend(link.map(|link| (EVENT_LABEL.to_owned(), link)));
    }
    let mut roles = Vec::new();
    let arns = input.sampled(Fact::RoleArn);
    for arn in arns.into_iter().filter_map(Arn::parse) {
        let link =
            AwsConsole::new(input.call_region()).and_then(|console| console.role(arn.name()));
        roles.extend(link.map(|link| {
            (
                format!("Role, in account {}", input.named(arn.account)),
                link,
            )
        }));
    }
    let mut links = first_of(links, MAX_LINKED);
    links.extend(first_of(roles, MAX_ROLES));
    links
}

/// The first links. The label of the last one shows how many are left out.
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
    fn names_are_found_also_in_a_truncated_request() {
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

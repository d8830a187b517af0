//! Selectors that select nothing in any record.

use super::schema::{Field, RECORD, Shape};
use super::target::{Target, member, target};
use super::{Code, Finding, Subject};
use cloudtrail_alarms::spelling::nearest;
use cloudwatch_filter_pattern::FilterPattern;
use cloudwatch_filter_pattern::record::{Selector, Step};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for test in subject.root.tests() {
        if subject.asks_for_kms_events && is_of_envelope(&test.selector) {
            continue;
        }
        let Some((message, near)) = unknown_field(&test.selector) else {
            continue;
        };
        let span = test.selector.span.clone();
        findings.push(Finding {
            code: Code::UnknownField,
            span: span.clone(),
            message,
            suggestion: near.and_then(|near| subject.replace(span, near.to_string())),
        });
    }
}

/// What says that no record which the pattern matches has what the selector selects.
pub fn unknown_field_of(pattern: &FilterPattern, selector: &Selector) -> Option<String> {
    if is_of_envelope(selector) && asks_for_kms_events(pattern) {
        return None;
    }
    unknown_field(selector).map(|(message, _)| message)
}

/// Whether a pattern matches the events that KMS itself sends by way of EventBridge, and no CloudTrail record.
pub(super) fn asks_for_kms_events(pattern: &FilterPattern) -> bool {
    let of_kms = r#"{ $.source = "aws.kms" }"#.parse();
    of_kms.is_ok_and(|of_kms| pattern.implies(&of_kms))
}

/// Whether a selector begins with a field of EventBridge ("Events in Amazon EventBridge", Amazon EventBridge User Guide).
fn is_of_envelope(selector: &Selector) -> bool {
    const ENVELOPE: [&str; 9] = [
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "time",
        "region",
        "resources",
        "detail",
    ];
    let first = selector.steps().first().and_then(member);
    first.is_some_and(|name| ENVELOPE.contains(&name))
}

/// Whether no CloudTrail record has what a selector selects: a message that says so, and the nearest selector that
/// records have, if one is near.
fn unknown_field(selector: &Selector) -> Option<(String, Option<Selector>)> {
    let Target::Nothing { step, members } = target(selector.steps()) else {
        return None;
    };
    let near = meant(selector.steps(), step, members).map(Selector::new);
    let hint = near
        .as_ref()
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default();
    Some((format!("no CloudTrail record has `{selector}`{hint}"), near))
}

/// The steps that were probably meant, the one at `wrong` being none of `members`.
fn meant(steps: &[Step], wrong: usize, members: Option<&[Field]>) -> Option<Vec<Step>> {
    let (right, rest) = steps.split_at(wrong);
    inside_list(steps, wrong)
        .or_else(|| elsewhere(right, rest))
        .or_else(|| below_something_else(steps))
        .or_else(|| misspelt(steps, wrong, members?))
}

/// `$.resources.ARN`: a member of a list's elements.
fn inside_list(steps: &[Step], wrong: usize) -> Option<Vec<Step>> {
    let is_list = matches!(
        target(&steps[..wrong]),
        Target::Field { field, .. } if matches!(field.shape, Shape::List(_))
    );
    let mut inside = steps.to_vec();
    inside.insert(wrong, Step::Any);
    (is_list && !steps.contains(&Step::Any) && is_known(&inside)).then_some(inside)
}

/// `$.sessionIssuer.arn`: a path that is right but for what stands above it, if it stands in one place only.
fn elsewhere(right: &[Step], rest: &[Step]) -> Option<Vec<Step>> {
    let mut all = Vec::new();
    paths(RECORD, &mut Vec::new(), &mut all);
    let only = |above: &[Step]| {
        let mut found = all
            .iter()
            .filter(|path| path.starts_with(above) && path.ends_with(rest));
        found.next().filter(|_| found.next().is_none()).cloned()
    };
    only(right).or_else(|| only(&[]))
}

/// `$.detail.eventName`, `$.Records[0].eventName`: a record inside something else.
fn below_something_else(steps: &[Step]) -> Option<Vec<Step>> {
    (1..steps.len())
        .map(|start| &steps[start..])
        .find(|rest| member(&rest[0]).is_some() && is_known(rest))
        .map(<[Step]>::to_vec)
}

/// `$.eventname`
fn misspelt(steps: &[Step], wrong: usize, members: &[Field]) -> Option<Vec<Step>> {
    let near = nearest(
        member(&steps[wrong])?,
        members.iter().map(|field| field.name),
    )?;
    let mut steps = steps.to_vec();
    steps[wrong] = Step::Member(near.into());
    match target(&steps) {
        Target::Nothing { step, members } if step > wrong => meant(&steps, step, members),
        Target::Nothing { .. } => None,
        _ => Some(steps),
    }
}

fn is_known(steps: &[Step]) -> bool {
    !matches!(target(steps), Target::Nothing { .. })
}

/// All paths that the schema knows.
fn paths(members: &[Field], above: &mut Vec<Step>, all: &mut Vec<Vec<Step>>) {
    for field in members {
        above.push(Step::Member(field.name.into()));
        all.push(above.clone());
        match field.shape {
            Shape::Object(inner) | Shape::Open(inner) => paths(inner, above, all),
            Shape::List(inner) => {
                above.push(Step::Any);
                paths(inner, above, all);
                above.pop();
            }
            Shape::Text | Shape::Boolean => {}
        }
        above.pop();
    }
}

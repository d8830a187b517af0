//! Rule: selectors that no CloudTrail record has.

use super::code::Code;
use super::finding::Finding;
use super::json_pattern::JsonPattern;
use super::schema::{Field, RECORD, Shape};
use super::target::{Target, member, target};
use cloudtrail_alarms::spelling::nearest;
use cloudwatch_filter_pattern::FilterPattern;
use cloudwatch_filter_pattern::record::{Selector, Step};

pub(super) fn check(pattern: &JsonPattern<'_>, findings: &mut Vec<Finding>) {
    for test in pattern.root.tests() {
        if pattern.matches_kms_events_only && is_in_envelope(&test.selector) {
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
            suggestion: near.and_then(|near| pattern.replace(span, near.to_string())),
        });
    }
}

/// The message of the finding if no record that the pattern matches has the selector.
pub fn unknown_field_of(pattern: &FilterPattern, selector: &Selector) -> Option<String> {
    if is_in_envelope(selector) && matches_kms_events_only(pattern) {
        return None;
    }
    unknown_field(selector).map(|(message, _)| message)
}

/// Whether a pattern matches only the events that KMS sends to EventBridge, which are not CloudTrail records.
pub(super) fn matches_kms_events_only(pattern: &FilterPattern) -> bool {
    let of_kms = r#"{ $.source = "aws.kms" }"#.parse();
    of_kms.is_ok_and(|of_kms| pattern.implies(&of_kms))
}

/// Whether a selector begins with a field of the EventBridge envelope ("Events in Amazon EventBridge", Amazon EventBridge User Guide).
fn is_in_envelope(selector: &Selector) -> bool {
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

/// The message of the finding if no CloudTrail record has the selector, and the selector that was probably meant.
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

/// The steps that were probably meant. The step at `wrong` is not one of `members`.
fn meant(steps: &[Step], wrong: usize, members: Option<&[Field]>) -> Option<Vec<Step>> {
    let (right, rest) = steps.split_at(wrong);
    inside_list(steps, wrong)
        .or_else(|| with_other_parent(right, rest))
        .or_else(|| below_another_object(steps))
        .or_else(|| misspelled(steps, wrong, members?))
}

/// `$.resources.ARN`: a member of the elements of a list.
fn inside_list(steps: &[Step], wrong: usize) -> Option<Vec<Step>> {
    let is_list = matches!(
        target(&steps[..wrong]),
        Target::Field { field, .. } if matches!(field.shape, Shape::List(_))
    );
    let mut inside = steps.to_vec();
    inside.insert(wrong, Step::Any);
    (is_list && !steps.contains(&Step::Any) && is_known(&inside)).then_some(inside)
}

/// `$.sessionIssuer.arn`: a path whose parent is wrong or missing, if the schema has only one path that ends with it.
fn with_other_parent(right: &[Step], rest: &[Step]) -> Option<Vec<Step>> {
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

/// `$.detail.eventName`, `$.Records[0].eventName`: a record inside another object.
fn below_another_object(steps: &[Step]) -> Option<Vec<Step>> {
    (1..steps.len())
        .map(|start| &steps[start..])
        .find(|rest| member(&rest[0]).is_some() && is_known(rest))
        .map(<[Step]>::to_vec)
}

/// `$.eventname`: a misspelled member.
fn misspelled(steps: &[Step], wrong: usize, members: &[Field]) -> Option<Vec<Step>> {
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

/// Adds all paths of the schema to `all`.
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

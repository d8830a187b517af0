//! The baseline: a straightforward implementation with `LogsEvent` of `aws_lambda_events`, a `serde_json::Value` per record
//! and one evaluation per pattern.

use std::collections::BTreeMap;

use aws_lambda_events::cloudwatch_logs::LogsEvent;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudwatch_filter_pattern::record::{Selector, Step};
use cloudwatch_filter_pattern::{Comparison, Condition, Expr, Language, Operand, Operator};
use serde_json::Value;

/// Counts the matches of an invocation.
pub fn matches(event: &str, alarms: &[AlarmDefinition]) -> usize {
    let event: LogsEvent = serde_json::from_str(event).expect("the payload is valid");
    let events = event.aws_logs.data.log_events;
    events
        .iter()
        .map(|event| {
            let record = parse(&event.message);
            let matching = alarms.iter().filter(|alarm| is_match(alarm, &record));
            matching.count()
        })
        .sum()
}

/// Counts the matches of an invocation by alarm name.
pub fn matches_by_alarm(event: &str, alarms: &[AlarmDefinition]) -> BTreeMap<String, u64> {
    let event: LogsEvent = serde_json::from_str(event).expect("the payload is valid");
    let mut counts = BTreeMap::new();
    for event in event.aws_logs.data.log_events {
        let record = parse(&event.message);
        for alarm in alarms.iter().filter(|alarm| is_match(alarm, &record)) {
            match counts.get_mut(&alarm.name) {
                Some(count) => *count += 1,
                None => _ = counts.insert(alarm.name.clone(), 1),
            }
        }
    }
    counts
}

fn parse(message: &str) -> Value {
    serde_json::from_str(message).expect("the message is JSON")
}

fn is_match(alarm: &AlarmDefinition, record: &Value) -> bool {
    match alarm.pattern.language() {
        Language::Json(expr) => evaluate(expr, record),
        _ => unimplemented!("the benchmarks use JSON patterns only"),
    }
}

fn evaluate(expr: &Expr, record: &Value) -> bool {
    match expr {
        Expr::And(operands) => operands.iter().all(|operand| evaluate(operand, record)),
        Expr::Or(operands) => operands.iter().any(|operand| evaluate(operand, record)),
        Expr::Test(test) => {
            let value = select(&test.selector, record);
            match &test.condition.node {
                Condition::NotExists => value.is_none(),
                Condition::Compare(comparison) => compare(comparison, value),
                Condition::Is(_) => unimplemented!("the benchmarks do not use IS"),
            }
        }
    }
}

fn compare(comparison: &Comparison, value: Option<&Value>) -> bool {
    let Operand::Text(operand) = &comparison.operand.node else {
        unimplemented!("the benchmarks compare with texts only")
    };
    let glob = operand.literal().expect("parameters are bound");
    let value = value.and_then(Value::as_str);
    match comparison.operator.node {
        Operator::Equal => value.is_some_and(|value| is_glob_match(glob, value)),
        Operator::NotEqual => value.is_some_and(|value| !is_glob_match(glob, value)),
        _ => unimplemented!("the benchmarks do not compare numbers"),
    }
}

fn select<'r>(selector: &Selector, record: &'r Value) -> Option<&'r Value> {
    selector
        .steps()
        .iter()
        .try_fold(record, |value, step| match step {
            Step::Member(name) => value.get(&**name),
            Step::Element(_) | Step::Any => unimplemented!("the benchmarks select members only"),
        })
}

/// Whether the text matches a glob that has `*` only at its start, its end or both.
fn is_glob_match(glob: &str, text: &str) -> bool {
    match (glob.strip_prefix('*'), glob.strip_suffix('*')) {
        (None, None) => text == glob,
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (Some(_), Some(_)) => text.contains(glob.trim_matches('*')),
    }
}

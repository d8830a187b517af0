//! The plain way: `LogsEvent` of `aws_lambda_events`, a `serde_json::Value` of each record, a walk over each pattern.

#![allow(dead_code, reason = "each benchmark uses its part")]

use std::collections::BTreeMap;

use aws_lambda_events::cloudwatch_logs::LogsEvent;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudwatch_filter_pattern::record::{Selector, Step};
use cloudwatch_filter_pattern::{Comparison, Condition, Expr, Language, Operand, Operator};
use serde_json::Value;

/// Counts the matches of an invocation.
pub fn invocation(event: &str, alarms: &[AlarmDefinition]) -> usize {
    let event: LogsEvent = serde_json::from_str(event).expect("the payload is one");
    let events = event.aws_logs.data.log_events;
    events
        .iter()
        .map(|event| matches(&event.message, alarms))
        .sum()
}

/// Counts the matches of an invocation, by the alarm's name.
pub fn counts(event: &str, alarms: &[AlarmDefinition]) -> BTreeMap<String, u64> {
    let event: LogsEvent = serde_json::from_str(event).expect("the payload is one");
    let mut counts = BTreeMap::new();
    for event in event.aws_logs.data.log_events {
        let record: Value = serde_json::from_str(&event.message).expect("the message is a record");
        for alarm in alarms.iter().filter(|alarm| is_hit(alarm, &record)) {
            match counts.get_mut(&alarm.name) {
                Some(count) => *count += 1,
                None => _ = counts.insert(alarm.name.clone(), 1),
            }
        }
    }
    counts
}

/// Counts the alarms whose pattern a record matches.
pub fn matches(message: &str, alarms: &[AlarmDefinition]) -> usize {
    let record: Value = serde_json::from_str(message).expect("the message is a record");
    let hits = alarms.iter().filter(|alarm| is_hit(alarm, &record));
    hits.count()
}

fn is_hit(alarm: &AlarmDefinition, record: &Value) -> bool {
    match alarm.pattern.language() {
        Language::Json(expr) => holds(expr, record),
        _ => unimplemented!("the benchmarks have JSON patterns only"),
    }
}

fn holds(expr: &Expr, record: &Value) -> bool {
    match expr {
        Expr::And(operands) => operands.iter().all(|operand| holds(operand, record)),
        Expr::Or(operands) => operands.iter().any(|operand| holds(operand, record)),
        Expr::Test(test) => {
            let value = select(&test.selector, record);
            match &test.condition.node {
                Condition::NotExists => value.is_none(),
                Condition::Compare(comparison) => compares(comparison, value),
                Condition::Is(_) => unimplemented!("the benchmarks ask for no kinds"),
            }
        }
    }
}

fn compares(comparison: &Comparison, value: Option<&Value>) -> bool {
    let Operand::Text(operand) = &comparison.operand.node else {
        unimplemented!("the benchmarks compare with texts only")
    };
    let pattern = operand.literal().expect("parameters are bound");
    let value = value.and_then(Value::as_str);
    match comparison.operator.node {
        Operator::Equal => value.is_some_and(|value| is_like(pattern, value)),
        Operator::NotEqual => value.is_some_and(|value| !is_like(pattern, value)),
        _ => unimplemented!("the benchmarks have no numbers"),
    }
}

fn select<'r>(selector: &Selector, record: &'r Value) -> Option<&'r Value> {
    selector
        .steps()
        .iter()
        .try_fold(record, |value, step| match step {
            Step::Member(name) => value.get(&**name),
            Step::Element(_) | Step::Any => unimplemented!("the benchmarks have members only"),
        })
}

/// Whether the text is like the pattern, in which a `*` may stand first, last or both.
fn is_like(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (None, None) => text == pattern,
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (Some(_), Some(_)) => text.contains(pattern.trim_matches('*')),
    }
}

//! Checks the pattern of the subscription filter against the alarms, and computes the pattern that they need.
//!
//! An alarm whose records the filter drops never fires, and no metric shows it. So the function proves at its start, with
//! [`FilterPattern::implies`], that the filter lets through every record that an alarm matches.

pub mod superset;

use std::sync::LazyLock;

use crate::alarm::definition::AlarmDefinition;
use crate::subscription::superset::{Subject, Superset, superset};
use cloudwatch_filter_pattern::FilterPattern;

/// The records of the canary: failing `kms:GenerateDataKeyWithoutPlaintext` calls of the scheduler's role.
const CANARY: &str = r#"{ $.errorCode = "*" && $.eventSource = "kms.amazonaws.com" && $.eventName = "GenerateDataKeyWithoutPlaintext" && $.userIdentity.sessionContext.sessionIssuer.arn = "${SchedulerRoleArn}" }"#;

/// Every record: CloudTrail writes an `eventVersion` into each (CloudTrail User Guide, "CloudTrail record contents").
static EVERY_RECORD: LazyLock<FilterPattern> =
    LazyLock::new(|| parsed(r#"{ $.eventVersion = "*" }"#));

/// Events that KMS itself sends to EventBridge. CloudTrail does not write them to a log group.
static KMS_EVENTS: LazyLock<FilterPattern> =
    LazyLock::new(|| parsed(r#"{ $.source = "aws.kms" }"#));

/// `EVENTBRIDGE_PATH`: which records also arrive through EventBridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventBridgePath {
    /// None.
    Disabled,
    /// Failed API calls, and KMS's own events.
    FailedCalls,
    /// All API calls of management events, and KMS's own events.
    AllCalls,
}

impl EventBridgePath {
    /// The path with this name, a value of the template's parameter `EventBridgePath`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "disabled" => Some(Self::Disabled),
            "failed-calls" => Some(Self::FailedCalls),
            "all-calls" => Some(Self::AllCalls),
            _ => None,
        }
    }

    /// Whether events that KMS itself sends arrive by this path.
    fn delivers_kms_events(self) -> bool {
        self != Self::Disabled
    }
}

/// The tightest pattern of a subscription filter that lets through every record that an alarm matches, and the canary.
///
/// `values` returns the values of the parameter with this name, or `None` if they differ between deployments.
pub fn required(
    alarms: &[AlarmDefinition],
    values: &dyn Fn(&str) -> Option<Vec<String>>,
) -> Superset {
    let subjects = alarms
        .iter()
        .map(|alarm| Subject::new(&alarm.name, &alarm.pattern));
    // Any role, because the role differs between deployments.
    let canary = parsed(&CANARY.replace("${SchedulerRoleArn}", "*"));
    let canary = Subject::new("the canary", &canary);
    superset(&subjects.chain([canary]).collect::<Vec<_>>(), values)
}

/// The value of the template's parameter `SubscriptionFilterPattern` for a pattern.
///
/// The empty pattern matches everything, but the empty parameter selects the pattern that this repository's alarms need. So the
/// value for the empty pattern is a pattern that matches every record.
pub fn parameter_value(pattern: &FilterPattern) -> &str {
    match pattern.source() {
        "" => EVERY_RECORD.source(),
        source => source,
    }
}

/// Checks the pattern `source` of the subscription filter. Returns a line for each problem, with its fix. The list
/// is empty if each alarm receives its records.
///
/// The subscription must let through the records of every alarm on records, also with EventBridge: a trail can have calls
/// of other Regions and accounts, and EventBridge has only those of this one. `path` is `None` if records arrive only
/// through the log group. `scheduler_role` is the ARN of the role that sends the canary, if the stack sends one.
pub fn problems(
    alarms: &[AlarmDefinition],
    source: &str,
    path: Option<EventBridgePath>,
    scheduler_role: Option<&str>,
) -> Vec<String> {
    let filter: FilterPattern = match source.parse() {
        Ok(filter) => filter,
        Err(error) => {
            return vec![format!(
                "cannot check SUBSCRIPTION_FILTER_PATTERN against the alarms: {error}"
            )];
        }
    };
    let passes_all = EVERY_RECORD.implies(&filter);
    let (of_kms, of_records): (Vec<_>, Vec<_>) =
        (alarms.iter()).partition(|alarm| alarm.pattern.implies(&KMS_EVENTS));
    let mut dropped: Vec<&str> = (of_records.iter())
        .filter(|alarm| !passes_all && !alarm.pattern.implies(&filter))
        .map(|alarm| &*alarm.name)
        .collect();
    if !passes_all && scheduler_role.is_some_and(|role| !canary(role).implies(&filter)) {
        dropped.push("the canary");
    }
    let mut problems = Vec::new();
    if !dropped.is_empty() {
        let all: Vec<AlarmDefinition> = of_records.into_iter().cloned().collect();
        let required = required(&all, &|_| None).pattern;
        let pattern = parameter_value(&required);
        problems.push(format!(
            "the subscription filter may drop records that these need: {}; set SubscriptionFilterPattern to {pattern}",
            dropped.join(", "),
        ));
    }
    let has_events = path.is_some_and(EventBridgePath::delivers_kms_events);
    if !of_kms.is_empty() && !has_events {
        let without_events: Vec<&str> = of_kms.iter().map(|alarm| &*alarm.name).collect();
        problems.push(format!(
            "these alarms need events that only EventBridge delivers: {}; set EventBridgePath to failed-calls or all-calls",
            without_events.join(", ")
        ));
    }
    problems
}

/// The pattern of the canary's records, if this role sends it.
fn canary(role: &str) -> FilterPattern {
    let bound = parsed(CANARY).bind(&|_| Some(vec![role.to_owned()]));
    bound.expect("its one parameter has a value")
}

fn parsed(source: &str) -> FilterPattern {
    source.parse().expect("the pattern is a valid one")
}

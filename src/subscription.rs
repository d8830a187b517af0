//! What the subscription filter has to let through, and the alarms that it starves.
//!
//! An alarm whose records the filter drops is silent, and nothing else shows it. So the function proves at its start, with
//! [`FilterPattern::implies`], that each alarm gets every record that it matches.

use std::sync::LazyLock;

use crate::alarm::definition::AlarmDefinition;
use crate::pattern::FilterPattern;
use crate::pattern::superset::{Subject, Superset, superset};

/// The records of the canary: failing `kms:GenerateDataKeyWithoutPlaintext` calls of a role.
static CANARY: LazyLock<FilterPattern> = LazyLock::new(|| {
    parsed(
        r#"{ $.errorCode = "*" && $.eventSource = "kms.amazonaws.com" && $.eventName = "GenerateDataKeyWithoutPlaintext" && $.userIdentity.sessionContext.sessionIssuer.arn = "*" }"#,
    )
});

/// Events that KMS itself sends. They never reach a log group.
static KMS_EVENTS: LazyLock<FilterPattern> =
    LazyLock::new(|| parsed(r#"{ $.source = "aws.kms" }"#));

/// What the rule for API calls passes on with [`EventBridgePath::FailedCalls`].
static FAILED_CALLS: LazyLock<FilterPattern> = LazyLock::new(|| parsed(r#"{ $.errorCode = "*" }"#));

/// `EVENTBRIDGE_PATH`: which records come through EventBridge as well.
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
    /// The path that the template's parameter calls so.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "disabled" => Some(Self::Disabled),
            "failed-calls" => Some(Self::FailedCalls),
            "all-calls" => Some(Self::AllCalls),
            _ => None,
        }
    }

    /// Whether every record that the pattern matches comes by this path.
    fn delivers(self, pattern: &FilterPattern) -> bool {
        match self {
            Self::Disabled => false,
            Self::FailedCalls => pattern.implies(&FAILED_CALLS) || pattern.implies(&KMS_EVENTS),
            Self::AllCalls => true,
        }
    }
}

/// The tightest pattern of a subscription filter that lets through what the alarms match and the canary.
///
/// `values` gives the values of a parameter that are the same in every deployment.
pub fn required(
    alarms: &[AlarmDefinition],
    values: &dyn Fn(&str) -> Option<Vec<String>>,
) -> Superset {
    let subjects = alarms
        .iter()
        .map(|alarm| Subject::new(&alarm.name, &alarm.pattern));
    let canary = Subject::new("the canary", &CANARY);
    superset(&subjects.chain([canary]).collect::<Vec<_>>(), values)
}

/// What the subscription filter `source` keeps from the alarms: a line for each problem, with the pattern that is right.
///
/// `path` is none if records come through the log group alone; `has_canary` says whether the stack sends a canary.
pub fn problems(
    alarms: &[AlarmDefinition],
    source: &str,
    path: Option<EventBridgePath>,
    has_canary: bool,
) -> Vec<String> {
    let filter: FilterPattern = match source.parse() {
        Ok(filter) => filter,
        Err(error) => {
            return vec![format!(
                "cannot check SUBSCRIPTION_FILTER_PATTERN against the alarms: {error}"
            )];
        }
    };
    let (of_kms, of_records): (Vec<_>, Vec<_>) =
        (alarms.iter()).partition(|alarm| alarm.pattern.implies(&KMS_EVENTS));
    let not_delivered =
        |alarm: &&&AlarmDefinition| !path.is_some_and(|path| path.delivers(&alarm.pattern));
    let mut starved: Vec<&str> = (of_records.iter().filter(not_delivered))
        .filter(|alarm| !alarm.pattern.implies(&filter))
        .map(|alarm| &*alarm.name)
        .collect();
    if has_canary && !CANARY.implies(&filter) {
        starved.push("the canary");
    }
    let mut problems = Vec::new();
    if !starved.is_empty() {
        let fed: Vec<AlarmDefinition> = of_records.into_iter().cloned().collect();
        problems.push(format!(
            "the subscription filter may drop records that these need: {}; set SubscriptionFilterPattern to {}",
            starved.join(", "),
            required(&fed, &|_| None).pattern.source()
        ));
    }
    let without_events: Vec<&str> = (of_kms.iter().filter(not_delivered))
        .map(|alarm| &*alarm.name)
        .collect();
    if !without_events.is_empty() {
        problems.push(format!(
            "these alarms need events that only EventBridge delivers: {}; set EventBridgePath to failed-calls or all-calls",
            without_events.join(", ")
        ));
    }
    problems
}

fn parsed(source: &str) -> FilterPattern {
    source.parse().expect("the pattern is a valid one")
}

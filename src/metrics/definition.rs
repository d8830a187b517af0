//! The definition of each metric: its name, unit and meaning, and how to read its value.

use serde::Serialize;
use serde_json::Number;

use super::invocation::InvocationMetrics;

/// The namespace of the function's own metrics. Their only dimension is `FunctionName`.
pub const NAMESPACE: &str = "CloudTrailAlarms";

/// The only metric that is declared without `DETAILED_METRICS`, because CloudWatch charges for each declared metric.
pub const HEALTHY: &str = "Healthy";

/// A metric of the function.
#[derive(Debug)]
pub struct MetricDefinition {
    /// Its name in CloudWatch. It does not change between releases.
    pub name: &'static str,
    /// The unit of its values.
    pub unit: Unit,
    /// The meaning of its value for one invocation: a noun phrase in Markdown.
    pub meaning: &'static str,
    /// The value of an invocation. `None` if the invocation does not report the metric.
    pub(super) value: fn(&InvocationMetrics) -> Option<Number>,
}

/// A unit of CloudWatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// A number of items.
    Count,
    /// A time.
    Milliseconds,
}

/// All metrics, in the order of the document.
pub const METRICS: [MetricDefinition; 25] = [
    MetricDefinition {
        name: "RecordsIn",
        unit: Unit::Count,
        meaning: "Received records: `Matched` + `Unmatched` + `Invalid` + `FromOwnRole`",
        value: |measured| some(measured.counters.records_in),
    },
    MetricDefinition {
        name: "Matched",
        unit: Unit::Count,
        meaning: "Records that matched at least one alarm",
        value: |measured| some(measured.counters.matched),
    },
    MetricDefinition {
        name: "Unmatched",
        unit: Unit::Count,
        meaning: "Records that matched no alarm",
        value: |measured| some(measured.counters.unmatched),
    },
    MetricDefinition {
        name: "Invalid",
        unit: Unit::Count,
        meaning: "Log events that are not CloudTrail records, or not from the expected log group and account",
        value: |measured| some(measured.counters.invalid),
    },
    MetricDefinition {
        name: "FromOwnRole",
        unit: Unit::Count,
        meaning: "Records of failed KMS calls by the stack's own roles, including the canary. No alarm counts them",
        value: |measured| some(measured.counters.own),
    },
    MetricDefinition {
        name: "Matches",
        unit: Unit::Count,
        meaning: "Pairs of a record and an alarm that it matched: `New` + `Duplicate` + `TooLate` + `Overflow`",
        value: |measured| some(measured.occurrences),
    },
    MetricDefinition {
        name: "New",
        unit: Unit::Count,
        meaning: "Matches that were counted",
        value: |measured| some(measured.counters.occurrences.new),
    },
    MetricDefinition {
        name: "Duplicate",
        unit: Unit::Count,
        meaning: "Matches that were not counted because they had been counted before",
        value: |measured| some(measured.counters.occurrences.duplicate),
    },
    MetricDefinition {
        name: "TooLate",
        unit: Unit::Count,
        meaning: "Matches that were not counted because they arrived later than `AllowedLateness`, or have a time in the future",
        value: |measured| some(measured.counters.occurrences.too_late),
    },
    MetricDefinition {
        name: "Overflow",
        unit: Unit::Count,
        meaning: "Matches that were not counted because their bucket was full",
        value: |measured| some(measured.counters.occurrences.overflow),
    },
    MetricDefinition {
        name: "Excluded",
        unit: Unit::Count,
        meaning: "Matches that an `Exclude` entry excluded. `Matches` does not include them",
        value: |measured| some(measured.excluded),
    },
    MetricDefinition {
        name: "InvalidValues",
        unit: Unit::Count,
        meaning: "Matches that were not counted, because the field of `MetricValue` has no number within 1e300 of zero. `Matches` does not include them. Reported if there are any",
        value: |measured| unless_zero(measured.invalid_values),
    },
    MetricDefinition {
        name: "GroupLimitExceeded",
        unit: Unit::Count,
        meaning: "Matches that were counted in the overflow group, because their hour had too many groups",
        value: |measured| some(measured.in_overflow_group),
    },
    MetricDefinition {
        name: "KnownCombinations",
        unit: Unit::Count,
        meaning: "Matches of alarms with `FirstSeen` that are not new. `Matches` does not include them. Reported if there are any",
        value: |measured| unless_zero(measured.combinations.known),
    },
    MetricDefinition {
        name: "LearnedCombinations",
        unit: Unit::Count,
        meaning: "New combinations of `FirstSeen` in the warm-up, which do not count. `Matches` does not include them. Reported if there are any",
        value: |measured| unless_zero(measured.combinations.learned),
    },
    MetricDefinition {
        name: "CombinationLimitExceeded",
        unit: Unit::Count,
        meaning: "Matches of alarms with `FirstSeen` that neither count nor are remembered, because their hour had too many new combinations. `Matches` does not include them. Reported if there are any",
        value: |measured| unless_zero(measured.combinations.surplus),
    },
    MetricDefinition {
        name: "Transitions",
        unit: Unit::Count,
        meaning: "State changes of alarms and groups",
        value: |measured| some(measured.transitions),
    },
    MetricDefinition {
        name: "NotificationsSent",
        unit: Unit::Count,
        meaning: "Published notifications",
        value: |measured| some(measured.sent),
    },
    MetricDefinition {
        name: "PendingNotifications",
        unit: Unit::Count,
        meaning: "Notifications that are decided and not yet published, of the alarms that the invocation evaluated",
        value: |measured| some(measured.pending),
    },
    MetricDefinition {
        name: "OldestPendingNotificationAge",
        unit: Unit::Milliseconds,
        meaning: "Age of the oldest of these notifications; 0 if there are none",
        value: |measured| some(measured.oldest_pending_age.unwrap_or_default()),
    },
    MetricDefinition {
        name: "Failed",
        unit: Unit::Count,
        meaning: "1 if the invocation failed, or a scheduled run in it, otherwise 0",
        value: |measured| some(u64::from(measured.failed)),
    },
    MetricDefinition {
        name: "AccountingErrors",
        unit: Unit::Count,
        meaning: "1 if the sums above do not add up, which is a bug, otherwise 0",
        value: |measured| some(u64::from(measured.is_unaccounted)),
    },
    MetricDefinition {
        name: "Duration",
        unit: Unit::Milliseconds,
        meaning: "Duration of the invocation",
        value: |measured| some(measured.duration),
    },
    MetricDefinition {
        name: HEALTHY,
        unit: Unit::Count,
        meaning: "1 if a scheduled run found no problem. Other invocations do not report it",
        value: |measured| measured.is_healthy().then_some(1.into()),
    },
    MetricDefinition {
        name: "DeliveryLag",
        unit: Unit::Milliseconds,
        meaning: "Time from CloudTrail's delivery of the newest record to the invocation. Invocations without a record do not report it",
        value: |measured| measured.delivery_lag.map(Number::from),
    },
];

/// `None` for 0: each metric is billed, and most stacks have none of these.
fn unless_zero(count: u64) -> Option<Number> {
    (count > 0).then(|| count.into())
}

/// The value of a metric that every invocation reports.
#[expect(clippy::unnecessary_wraps, reason = "other metrics may have no value")]
fn some(value: impl Into<Number>) -> Option<Number> {
    Some(value.into())
}

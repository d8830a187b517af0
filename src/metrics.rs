//! Counters and metrics of an invocation, and the document that reports them.
//!
//! The document has CloudWatch's embedded metric format, one line on standard output, so metrics cost no API call
//! (CloudWatch User Guide, "Embedded metric format specification").

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Number;

use crate::series::Added;

/// The namespace of the function's own metrics.
pub const NAMESPACE: &str = "CloudTrailAlarms";

/// Record accounting: how many records came in, and what was done with each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Records that came in.
    pub records_in: u64,
    /// Records that at least one alarm counts.
    pub matched: u64,
    /// Records that no alarm counts.
    pub unmatched: u64,
    /// Log events that are not CloudTrail records.
    pub invalid: u64,
    /// Records of calls that this stack makes itself.
    pub own: u64,
    /// The outcomes of the matches. One record can match several alarms.
    pub occurrences: Occurrences,
}

/// Matches by what was done with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Occurrences {
    /// Counted.
    pub new: u64,
    /// Counted before.
    pub duplicate: u64,
    /// Not counted: too late for the alarm, or too far in the future.
    pub too_late: u64,
    /// Not counted: the bucket was full.
    pub overflow: u64,
}

impl Occurrences {
    /// Adds the result of adding to a bucket.
    pub fn add(&mut self, added: Added) {
        self.new += added.new;
        self.duplicate += added.duplicate;
        self.overflow += added.overflow;
    }

    fn add_all(&mut self, others: Self) {
        self.new += others.new;
        self.duplicate += others.duplicate;
        self.too_late += others.too_late;
        self.overflow += others.overflow;
    }

    /// The sum.
    pub fn total(&self) -> u64 {
        self.new + self.duplicate + self.too_late + self.overflow
    }
}

impl Counters {
    /// Adds the counters of another batch.
    pub fn add(&mut self, others: Self) {
        self.records_in += others.records_in;
        self.matched += others.matched;
        self.unmatched += others.unmatched;
        self.invalid += others.invalid;
        self.own += others.own;
        self.occurrences.add_all(others.occurrences);
    }

    /// Whether every record and each of `occurrences` matches is counted exactly once.
    pub fn add_up(&self, occurrences: u64) -> bool {
        self.records_in == self.matched + self.unmatched + self.invalid + self.own
            && self.occurrences.total() == occurrences
    }
}

/// Metrics of one invocation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InvocationMetrics {
    /// The record accounting.
    pub counters: Counters,
    /// Matches.
    pub occurrences: u64,
    /// Matches that an `Exclude` entry excluded.
    pub excluded: u64,
    /// Matches that were counted in the overflow group, because an hour had too many groups.
    pub in_overflow_group: u64,
    /// Changes of state.
    pub transitions: u64,
    /// Published notifications.
    pub sent: u64,
    /// Pending notifications.
    pub pending: u64,
    /// Age of the oldest pending notification, in milliseconds; `None` if none is pending.
    pub oldest_pending_age: Option<i64>,
    /// The problems that a scheduled run found, empty if it found none. `None` if this was not a scheduled run.
    pub health: Option<Vec<String>>,
    /// Whether the invocation or a scheduled run in it failed.
    pub failed: bool,
    /// Whether the counters do not add up: a record or a match is not accounted for.
    pub is_unaccounted: bool,
    /// How long the invocation took, in milliseconds.
    pub duration: i64,
    /// Time from the delivery of the newest record by CloudTrail to this invocation, in milliseconds. `None` without a record.
    pub delivery_lag: Option<i64>,
}

impl InvocationMetrics {
    /// The metrics as one line in embedded metric format.
    ///
    /// # Panics
    /// Never, because strings and numbers can be written as JSON.
    pub fn to_emf(&self, function_name: &str, request_id: &str, now: Timestamp) -> String {
        let Counters {
            records_in,
            matched,
            unmatched,
            invalid,
            own,
            occurrences,
        } = self.counters;
        let count = |name, count: u64| Metric::new(name, "Count", count.into());
        let milliseconds = |name, time: i64| Metric::new(name, "Milliseconds", time.into());
        let mut metrics = vec![
            count("RecordsIn", records_in),
            count("Matched", matched),
            count("Unmatched", unmatched),
            count("Invalid", invalid),
            count("Own", own),
            count("Excluded", self.excluded),
            count("Gathered", self.in_overflow_group),
            count("Occurrences", self.occurrences),
            count("New", occurrences.new),
            count("Duplicate", occurrences.duplicate),
            count("TooLate", occurrences.too_late),
            count("Overflow", occurrences.overflow),
            count("Transitions", self.transitions),
            count("NotificationsSent", self.sent),
            count("NotificationsOwed", self.pending),
            milliseconds("OwedAge", self.oldest_pending_age.unwrap_or_default()),
            count("Failed", self.failed.into()),
            count("Unbalanced", self.is_unaccounted.into()),
            milliseconds("Duration", self.duration),
        ];
        let problems = self.health.as_deref();
        if problems.is_some_and(<[String]>::is_empty) {
            metrics.push(count("Healthy", 1));
        }
        metrics.extend((self.delivery_lag).map(|lag| milliseconds("Lateness", lag)));
        let document = Document {
            aws: Aws {
                timestamp: now.as_millisecond(),
                cloud_watch_metrics: [Directive {
                    namespace: NAMESPACE,
                    dimensions: [["FunctionName"]],
                    metrics: &metrics,
                }],
            },
            function_name,
            request_id,
            unhealthy: problems.unwrap_or_default(),
            values: Values(&metrics),
        };
        serde_json::to_string(&document).expect("strings and numbers can be written as JSON")
    }
}

/// A metric: its declaration and its value.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
    #[serde(skip)]
    value: Number,
}

impl Metric {
    fn new(name: &'static str, unit: &'static str, value: Number) -> Self {
        Self { name, unit, value }
    }
}

/// The document. Serialized directly, without a tree of JSON values, because every invocation writes one.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(rename = "_aws")]
    aws: Aws<'a>,
    function_name: &'a str,
    request_id: &'a str,
    /// Problems that a scheduled run found. Text is not a metric and is not billed as one.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    unhealthy: &'a [String],
    #[serde(flatten)]
    values: Values<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Aws<'a> {
    timestamp: i64,
    cloud_watch_metrics: [Directive<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    dimensions: [[&'static str; 1]; 1],
    metrics: &'a [Metric],
}

/// The values of the metrics by name.
struct Values<'a>(&'a [Metric]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|metric| (metric.name, &metric.value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counters_add_up_only_if_everything_is_accounted_for() {
        let occurrences = Occurrences {
            new: 1,
            duplicate: 1,
            too_late: 1,
            overflow: 1,
        };
        let counters = Counters {
            records_in: 5,
            matched: 2,
            unmatched: 1,
            invalid: 1,
            own: 1,
            occurrences,
        };
        assert!(counters.add_up(4));
        assert!(!counters.add_up(5));
        assert!(!Counters { own: 0, ..counters }.add_up(4));
    }

    #[test]
    fn only_a_scheduled_run_without_a_problem_is_healthy() {
        let document = |health: Option<&[&str]>| {
            let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
            let measured = InvocationMetrics {
                health: health.map(texts),
                ..InvocationMetrics::default()
            };
            let text = measured.to_emf("f", "r", Timestamp::UNIX_EPOCH);
            let document: serde_json::Value = serde_json::from_str(&text).unwrap();
            (document["Healthy"].clone(), document["Unhealthy"].clone())
        };
        let none = serde_json::Value::Null;
        assert_eq!(document(None), (none.clone(), none.clone()));
        assert_eq!(document(Some(&[])), (1.into(), none.clone()));
        let problems = serde_json::json!(["no canary"]);
        assert_eq!(document(Some(&["no canary"])), (none, problems));
    }

    #[test]
    fn every_metric_is_declared_and_has_a_value() {
        let measured = InvocationMetrics {
            delivery_lag: Some(7),
            health: Some(Vec::new()),
            ..InvocationMetrics::default()
        };
        let text = measured.to_emf("f", "r", Timestamp::UNIX_EPOCH);
        assert!(!text.contains('\n'));
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let metrics = document["_aws"]["CloudWatchMetrics"][0]["Metrics"]
            .as_array()
            .unwrap();
        assert_eq!(metrics.len(), 21);
        for metric in metrics {
            assert!(
                document[metric["Name"].as_str().unwrap()].is_number(),
                "{metric}"
            );
        }
    }
}

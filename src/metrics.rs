//! The books of an invocation, and the one document that reports them.
//!
//! The document is CloudWatch's embedded metric format, one line on standard output: the metrics cost no API call
//! (CloudWatch User Guide, "Embedded metric format specification").

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Number;

use crate::store::Added;

/// The namespace of the function's own metrics.
pub const NAMESPACE: &str = "CloudTrailAlarms";

/// What became of everything that came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Books {
    /// Records that came in.
    pub records_in: u64,
    /// Records that at least one alarm counts.
    pub matched: u64,
    /// Records that no alarm counts.
    pub unmatched: u64,
    /// Log events that are no records.
    pub invalid: u64,
    /// Records of the function's own calls.
    pub own: u64,
    /// What became of the matches; one record can match several alarms.
    pub occurrences: Occurrences,
}

/// What became of the matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Occurrences {
    /// Were counted.
    pub new: u64,
    /// Had been counted before.
    pub duplicate: u64,
    /// Came too late for the alarm, or from too far in the future.
    pub too_late: u64,
    /// Came when the bucket was full.
    pub overflow: u64,
}

impl Occurrences {
    /// Enters what a store answered.
    pub fn enter(&mut self, added: Added) {
        self.new += added.new;
        self.duplicate += added.duplicate;
        self.overflow += added.overflow;
    }

    fn enter_all(&mut self, others: Self) {
        self.new += others.new;
        self.duplicate += others.duplicate;
        self.too_late += others.too_late;
        self.overflow += others.overflow;
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.new + self.duplicate + self.too_late + self.overflow
    }
}

impl Books {
    /// Enters the books of a further batch.
    pub fn enter(&mut self, others: Self) {
        self.records_in += others.records_in;
        self.matched += others.matched;
        self.unmatched += others.unmatched;
        self.invalid += others.invalid;
        self.own += others.own;
        self.occurrences.enter_all(others.occurrences);
    }

    /// Whether every record is accounted for, and every one of `occurrences` matches.
    pub fn balance(&self, occurrences: u64) -> bool {
        self.records_in == self.matched + self.unmatched + self.invalid + self.own
            && self.occurrences.total() == occurrences
    }
}

/// What one invocation did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// The books.
    pub books: Books,
    /// Matches that were found.
    pub occurrences: u64,
    /// Matches that an `Exclude` entry kept from counting.
    pub excluded: u64,
    /// Matches that were counted as one group with others, because an hour had too many groups.
    pub gathered: u64,
    /// Changes of state.
    pub transitions: u64,
    /// Notifications that were published.
    pub sent: u64,
    /// Notifications that are still to be published.
    pub owed: u64,
    /// For how long the oldest of them has been owed, in milliseconds; none where nothing is owed.
    pub owed_age: Option<i64>,
    /// The problems that a scheduled run found: none if everything is well. `None` if this was not a scheduled run.
    pub health: Option<Vec<String>>,
    /// Whether the invocation failed, or a tick in it did.
    pub failed: bool,
    /// Whether a record or a match is not accounted for.
    pub unbalanced: bool,
    /// How long it took, in milliseconds.
    pub duration: i64,
    /// How long after its delivery by CloudTrail the newest record came, in milliseconds.
    pub lateness: Option<i64>,
}

impl Measured {
    /// The document, one line.
    ///
    /// # Panics
    /// Never: texts and numbers are JSON.
    pub fn to_emf(&self, function_name: &str, request_id: &str, now: Timestamp) -> String {
        let Books {
            records_in,
            matched,
            unmatched,
            invalid,
            own,
            occurrences,
        } = self.books;
        let count = |name, count: u64| Metric::new(name, "Count", count.into());
        let milliseconds = |name, time: i64| Metric::new(name, "Milliseconds", time.into());
        let mut metrics = vec![
            count("RecordsIn", records_in),
            count("Matched", matched),
            count("Unmatched", unmatched),
            count("Invalid", invalid),
            count("Own", own),
            count("Excluded", self.excluded),
            count("Gathered", self.gathered),
            count("Occurrences", self.occurrences),
            count("New", occurrences.new),
            count("Duplicate", occurrences.duplicate),
            count("TooLate", occurrences.too_late),
            count("Overflow", occurrences.overflow),
            count("Transitions", self.transitions),
            count("NotificationsSent", self.sent),
            count("NotificationsOwed", self.owed),
            milliseconds("OwedAge", self.owed_age.unwrap_or_default()),
            count("Failed", self.failed.into()),
            count("Unbalanced", self.unbalanced.into()),
            milliseconds("Duration", self.duration),
        ];
        let problems = self.health.as_deref();
        if problems.is_some_and(<[String]>::is_empty) {
            metrics.push(count("Healthy", 1));
        }
        metrics.extend((self.lateness).map(|lateness| milliseconds("Lateness", lateness)));
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
        serde_json::to_string(&document).expect("texts and numbers are JSON")
    }
}

/// A metric: how it is declared, and its value.
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

/// The document. It is written in each invocation, so it is written without a tree.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(rename = "_aws")]
    aws: Aws<'a>,
    function_name: &'a str,
    request_id: &'a str,
    /// Text, and so not a metric that is billed.
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

/// The metrics' values, each under its name.
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
    fn the_books_balance_only_if_everything_is_accounted_for() {
        let occurrences = Occurrences {
            new: 1,
            duplicate: 1,
            too_late: 1,
            overflow: 1,
        };
        let books = Books {
            records_in: 5,
            matched: 2,
            unmatched: 1,
            invalid: 1,
            own: 1,
            occurrences,
        };
        assert!(books.balance(4));
        assert!(!books.balance(5));
        assert!(!Books { own: 0, ..books }.balance(4));
    }

    #[test]
    fn only_a_scheduled_run_without_a_problem_is_healthy() {
        let document = |health: Option<&[&str]>| {
            let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
            let measured = Measured {
                health: health.map(texts),
                ..Measured::default()
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
    fn the_document_names_each_of_its_metrics() {
        let measured = Measured {
            lateness: Some(7),
            health: Some(Vec::new()),
            ..Measured::default()
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

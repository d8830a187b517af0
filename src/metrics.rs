//! The books of an invocation, and the one document that reports them.
//!
//! The document is CloudWatch's embedded metric format, one line on standard output: the metrics cost no API call
//! (CloudWatch User Guide, "Embedded metric format specification").

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

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
    /// Ticks that went through.
    pub ticks: u64,
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
    pub fn to_emf(&self, function_name: &str, request_id: &str, now: Timestamp) -> String {
        let Books {
            records_in,
            matched,
            unmatched,
            invalid,
            own,
            occurrences,
        } = self.books;
        let mut values = vec![
            ("RecordsIn", "Count", json!(records_in)),
            ("Matched", "Count", json!(matched)),
            ("Unmatched", "Count", json!(unmatched)),
            ("Invalid", "Count", json!(invalid)),
            ("Own", "Count", json!(own)),
            ("Excluded", "Count", json!(self.excluded)),
            ("Gathered", "Count", json!(self.gathered)),
            ("Occurrences", "Count", json!(self.occurrences)),
            ("New", "Count", json!(occurrences.new)),
            ("Duplicate", "Count", json!(occurrences.duplicate)),
            ("TooLate", "Count", json!(occurrences.too_late)),
            ("Overflow", "Count", json!(occurrences.overflow)),
            ("Transitions", "Count", json!(self.transitions)),
            ("NotificationsSent", "Count", json!(self.sent)),
            ("NotificationsOwed", "Count", json!(self.owed)),
            (
                "OwedAge",
                "Milliseconds",
                json!(self.owed_age.unwrap_or_default()),
            ),
            ("Ticks", "Count", json!(self.ticks)),
            ("Failed", "Count", json!(u8::from(self.failed))),
            ("Unbalanced", "Count", json!(u8::from(self.unbalanced))),
            ("Duration", "Milliseconds", json!(self.duration)),
        ];
        values.extend(
            self.lateness
                .map(|lateness| ("Lateness", "Milliseconds", json!(lateness))),
        );
        let names: Vec<_> = values
            .iter()
            .map(|(name, unit, _)| json!({"Name": name, "Unit": unit}))
            .collect();
        let mut document = json!({
            "_aws": {
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["FunctionName"]],
                    "Metrics": names,
                }],
            },
            "FunctionName": function_name,
            "RequestId": request_id,
        });
        for (name, _, value) in values {
            document[name] = value;
        }
        document.to_string()
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
    fn the_document_names_each_of_its_metrics() {
        let measured = Measured {
            lateness: Some(7),
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

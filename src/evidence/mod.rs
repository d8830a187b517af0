//! Evidence: the facts of the records that an alarm counted. Notifications show them.
//!
//! [`FactExtractor`] extracts the [`Facts`] of one record; [`Evidence`] aggregates those of many records. Facts depend
//! only on the record, so each delivery of a record has the same facts, and a set of facts can only grow.

mod access_denied;
mod denial_reason;
mod exclusion;
mod extract;
mod fact;
mod facts;
mod key_state;
mod response;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use access_denied::AccessDenied;
pub use denial_reason::{DenialReason, PolicyType};
pub use exclusion::{ExcludedCount, ExclusionId, most_frequent};
pub use extract::FactExtractor;
pub use fact::Fact;
pub use facts::Facts;
pub use key_state::KeyState;

/// The records that an alarm counted in a time range.
///
/// It is stored. Earlier versions did not write all members; missing ones have their default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Evidence {
    /// Number of counted records or distinct values.
    pub count: u64,
    /// Whether `count` is a lower bound, because not all could be stored.
    pub at_least: bool,
    /// Time of the first call.
    pub first: Option<Timestamp>,
    /// Time of the last call.
    pub last: Option<Timestamp>,
    /// Count of each combination of [`Fact::TALLIED`], the most frequent first.
    pub tallies: Vec<Tally>,
    /// The part of `count` that is not in `tallies`: there were too many combinations, or distinct values were counted.
    pub uncounted: u64,
    /// Counts over time.
    pub timeline: Timeline,
    /// Number of matching records that an `Exclude` entry excluded.
    pub excluded: u64,
    /// Whether `excluded` is a lower bound, because not all could be stored.
    pub excluded_at_least: bool,
    /// The part of `excluded` of each exclusion, the most frequent first.
    pub exclusions: Vec<ExcludedCount>,
    /// Number of duplicate deliveries.
    pub duplicates: u64,
    /// Number of records that were not counted because they were too late or in the future, by delivery time.
    pub too_late: u64,
    /// Facts of sampled records, the earliest first.
    pub records: Vec<Facts>,
}

/// The count of one combination of [`Fact::TALLIED`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// The combination.
    pub facts: Facts,
    /// Number of records with these facts.
    pub count: u64,
}

/// Counts in consecutive time slots of equal length. The last slot ends at the end of the evaluated time range.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// Start of the first slot.
    pub start: Timestamp,
    /// Length of a slot in seconds.
    pub slot_seconds: u32,
    /// Count of each slot; empty if it is unknown.
    pub counts: Vec<u64>,
}

impl Evidence {
    /// Count of each value of a fact in [`Fact::TALLIED`], the most frequent first.
    pub fn tally(&self, fact: Fact) -> Vec<(&str, u64)> {
        tally(self.counted(), |facts| facts.text(fact))
    }

    /// Count of each combination in [`Evidence::tallies`].
    fn counted(&self) -> impl Iterator<Item = (&Facts, u64)> {
        self.tallies.iter().map(|tally| (&tally.facts, tally.count))
    }
}

/// Count of each value that `value` returns; facts for which it returns `None` are not counted. The most frequent value
/// is first, equally frequent ones are in their order.
pub fn tally<'f, T: Ord>(
    counted: impl IntoIterator<Item = (&'f Facts, u64)>,
    value: impl Fn(&'f Facts) -> Option<T>,
) -> Vec<(T, u64)> {
    let mut counts = BTreeMap::new();
    for (facts, count) in counted {
        if let Some(value) = value(facts) {
            *counts.entry(value).or_insert(0) += count;
        }
    }
    let mut counts: Vec<(T, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tally_puts_the_most_frequent_first_and_is_stable() {
        let tally = |code, count| Tally {
            facts: Facts::from([(Fact::ErrorCode, code)]),
            count,
        };
        let evidence = Evidence {
            tallies: vec![tally("B", 1), tally("C", 2), tally("A", 1), tally("C", 3)],
            ..Evidence::default()
        };
        assert_eq!(
            evidence.tally(Fact::ErrorCode),
            [("C", 5), ("A", 1), ("B", 1)]
        );
    }

    #[test]
    fn evidence_of_an_earlier_version_can_be_read() {
        let evidence: Evidence = serde_json::from_str(
            r#"{"count":2,"atLeast":false,"first":null,"last":null,"records":[]}"#,
        )
        .unwrap();
        assert_eq!(evidence.count, 2);
        assert_eq!(evidence.tallies, []);
    }
}

//! What a notification tells of the records behind it: who, what, where, when.
//!
//! [`FactExtractor`] captures the [`Facts`] of one record; [`Evidence`] is what many of them say together. Facts are a function
//! of the record alone, so that the same record gives the same facts on every delivery and a set of them can only grow.

mod denial;
mod fact;
mod key_state;
mod response;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use denial::{AccessDenied, DenialReason, PolicyType};
pub use fact::{Fact, FactExtractor, Facts};
pub use key_state::KeyState;

/// What is known of the records that an alarm counted in a span of time.
///
/// It was written by an earlier version where a member is missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Evidence {
    /// How many records (or distinct values) were counted.
    pub count: u64,
    /// Whether there were more than could be stored, so that `count` is a lower bound.
    pub at_least: bool,
    /// When the first call was made.
    pub first: Option<Timestamp>,
    /// When the last call was made.
    pub last: Option<Timestamp>,
    /// How often each combination of [`Fact::TALLIED`] was counted, the most frequent first.
    pub tallies: Vec<Tally>,
    /// How many of `count` are in no tally: there were more combinations than are kept, or values were counted.
    pub untallied: u64,
    /// How the count is spread over time.
    pub timeline: Timeline,
    /// Matches that an `Exclude` entry kept from counting.
    pub excluded: u64,
    /// Records that were delivered again.
    pub duplicates: u64,
    /// Records that came too late to count, or from the future, by the time of their delivery.
    pub too_late: u64,
    /// Facts of some of the records, the earliest first.
    pub records: Vec<Facts>,
}

/// How often records that say the same were counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// What they say, as far as it is in [`Fact::TALLIED`].
    pub facts: Facts,
    /// How many say it.
    pub count: u64,
}

/// Counts in equal slots of time, one after the other; the last ends where what is told of ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// Where the first slot begins.
    pub start: Timestamp,
    /// How long a slot is, in seconds.
    pub slot_seconds: u32,
    /// How many were counted in each slot; empty where nothing is known.
    pub counts: Vec<u64>,
}

impl Evidence {
    /// How often each value of a fact of [`Fact::TALLIED`] was counted, the most frequent first.
    pub fn tally(&self, fact: Fact) -> Vec<(&str, u64)> {
        self.tally_by(|facts| facts.text(fact))
    }

    /// How often each text was counted that `of` finds in [`Fact::TALLIED`], the most frequent first.
    pub fn tally_by<'e>(
        &'e self,
        of: impl Fn(&'e Facts) -> Option<&'e str>,
    ) -> Vec<(&'e str, u64)> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for tally in &self.tallies {
            if let Some(text) = of(&tally.facts) {
                *counts.entry(text).or_default() += tally.count;
            }
        }
        most_frequent_first(counts)
    }
}

fn most_frequent_first(counts: BTreeMap<&str, u64>) -> Vec<(&str, u64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_has_the_most_frequent_first_and_is_stable() {
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
    fn evidence_that_an_earlier_version_stored_is_read() {
        let evidence: Evidence = serde_json::from_str(
            r#"{"count":2,"atLeast":false,"first":null,"last":null,"records":[]}"#,
        )
        .unwrap();
        assert_eq!(evidence.count, 2);
        assert_eq!(evidence.tallies, []);
    }
}

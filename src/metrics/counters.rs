//! Record accounting: what was done with each record and each match.

use serde::Serialize;

use crate::series::Added;

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

/// Matches of alarms with `FirstSeen`, by what was done with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Combinations {
    /// The first ones of their combination. They are among the occurrences.
    pub first: u64,
    /// Not counted: an earlier record has their combination.
    pub known: u64,
    /// Not counted: the first ones of their combination during the warm-up.
    pub learned: u64,
    /// Neither counted nor remembered: there were too many new combinations.
    pub surplus: u64,
}

impl Combinations {
    /// Adds those of another batch.
    pub fn add(&mut self, others: Self) {
        self.first += others.first;
        self.known += others.known;
        self.learned += others.learned;
        self.surplus += others.surplus;
    }
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
}

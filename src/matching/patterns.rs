//! The patterns of all alarms, compiled into one set.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::frequency::CloudTrailFrequencies;
use crate::alarm::definition::AlarmDefinition;
use cloudwatch_filter_pattern::PatternSet;
use cloudwatch_filter_pattern::record::{Record, Selectors};

/// The patterns of alarms and of their `Exclude` entries, and those that match the latest record.
#[derive(Clone, Debug)]
pub(super) struct AlarmPatterns {
    /// The patterns of the alarms in their order, then those of all `Exclude` entries.
    set: PatternSet,
    alarm_count: usize,
    /// For each alarm, the index of its first `Exclude` entry in `set`.
    exclusions: Vec<usize>,
    /// Indices of the patterns that match, in ascending order.
    hits: Vec<usize>,
}

impl AlarmPatterns {
    pub(super) fn new(alarms: &[AlarmDefinition], selectors: &mut Selectors) -> Self {
        let mut patterns: Vec<_> = alarms.iter().map(|alarm| alarm.pattern.clone()).collect();
        let mut exclusions = Vec::new();
        for alarm in alarms {
            exclusions.push(patterns.len());
            let excluded = alarm.exclude.iter();
            patterns.extend(excluded.map(|exclusion| exclusion.pattern.clone()));
        }
        Self {
            set: PatternSet::with_frequencies(&patterns, selectors, &CloudTrailFrequencies),
            alarm_count: alarms.len(),
            exclusions,
            hits: Vec::new(),
        }
    }

    /// Whether all patterns are JSON patterns, which test the record and not the text of the message.
    pub(super) fn is_json_only(&self) -> bool {
        self.set.is_json_only()
    }

    /// Finds the patterns that match a record. `message` may be empty if all patterns are JSON patterns.
    pub(super) fn match_record(&mut self, message: &str, record: Record<'_>) {
        (self.set).matches(message, Some(record), &mut self.hits);
    }

    /// Whether the pattern of an alarm matches. A match of only `Exclude` entries counts nothing.
    pub(super) fn has_match(&self) -> bool {
        (self.hits.first()).is_some_and(|&hit| hit < self.alarm_count)
    }

    /// Indices of the alarms whose patterns match.
    pub(super) fn matching_alarms(&self) -> impl Iterator<Item = usize> {
        let hits = self.hits.iter().copied();
        hits.take_while(|&hit| hit < self.alarm_count)
    }

    /// Whether an `Exclude` entry of an alarm, which is the one with this index, matches and is in force at `time`.
    pub(super) fn is_excluded(
        &self,
        index: usize,
        alarm: &AlarmDefinition,
        time: Timestamp,
    ) -> bool {
        if alarm.exclude.is_empty() {
            return false;
        }
        let date = time.to_zoned(TimeZone::UTC).date();
        let mut entries = (self.exclusions[index]..).zip(&alarm.exclude);
        entries.any(|(hit, exclusion)| {
            exclusion.holds_on(date) && self.hits.binary_search(&hit).is_ok()
        })
    }
}

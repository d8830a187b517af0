//! The patterns of all alarms, compiled into one set, and those of their exclusions into another.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::frequency::CloudTrailFrequencies;
use crate::alarm::definition::{AlarmDefinition, Exclusion};
use crate::evidence::ExclusionId;
use cloudwatch_filter_pattern::record::{Record, Selectors};
use cloudwatch_filter_pattern::{FilterPattern, PatternSet};

/// The patterns of alarms and of their `Exclude` entries, and those that match the latest record.
#[derive(Clone, Debug)]
pub(super) struct AlarmPatterns {
    /// The patterns of the alarms, in their order.
    alarms: PatternSet,
    /// The patterns of all `Exclude` entries, each once.
    exclusions: PatternSet,
    /// For each alarm, the index in `exclusions` of each of its `Exclude` entries, and the ID of the entry.
    entries: Vec<Vec<(usize, ExclusionId)>>,
    /// Indices of the alarms whose patterns match, in ascending order.
    matching: Vec<usize>,
    /// Indices in `exclusions` of the patterns that match, in ascending order. Only known if an alarm matches.
    excluding: Vec<usize>,
}

impl AlarmPatterns {
    pub(super) fn new(alarms: &[AlarmDefinition], selectors: &mut Selectors) -> Self {
        let mut exclusions: Vec<FilterPattern> = Vec::new();
        let mut entry = |exclusion: &Exclusion| {
            let pattern = &exclusion.pattern;
            let known = exclusions.iter().position(|known| known == pattern);
            let index = known.unwrap_or_else(|| {
                exclusions.push(pattern.clone());
                exclusions.len() - 1
            });
            (index, exclusion.id())
        };
        let entries = (alarms.iter())
            .map(|alarm| alarm.exclude.iter().map(&mut entry).collect())
            .collect();
        let patterns: Vec<_> = alarms.iter().map(|alarm| alarm.pattern.clone()).collect();
        let mut set = |patterns: &[FilterPattern]| {
            PatternSet::with_frequencies(patterns, selectors, &CloudTrailFrequencies)
        };
        Self {
            alarms: set(&patterns),
            exclusions: set(&exclusions),
            entries,
            matching: Vec::new(),
            excluding: Vec::new(),
        }
    }

    /// Whether all patterns are JSON patterns, which test the record and not the text of the message.
    pub(super) fn is_json_only(&self) -> bool {
        self.alarms.is_json_only() && self.exclusions.is_json_only()
    }

    /// Finds the patterns that match a record. `message` may be empty if all patterns are JSON patterns.
    pub(super) fn match_record(&mut self, message: &str, record: Record<'_>) {
        (self.alarms).matches(message, Some(record), &mut self.matching);
        if self.has_match() {
            (self.exclusions).matches(message, Some(record), &mut self.excluding);
        }
    }

    /// Whether the pattern of an alarm matches.
    pub(super) fn has_match(&self) -> bool {
        !self.matching.is_empty()
    }

    /// Indices of the alarms whose patterns match.
    pub(super) fn matching_alarms(&self) -> impl Iterator<Item = usize> {
        self.matching.iter().copied()
    }

    /// The first `Exclude` entry of an alarm, which is the one with this index, that matches and is in force at `time`.
    pub(super) fn exclusion(
        &self,
        index: usize,
        alarm: &AlarmDefinition,
        time: Timestamp,
    ) -> Option<ExclusionId> {
        if alarm.exclude.is_empty() || self.excluding.is_empty() {
            return None;
        }
        let date = time.to_zoned(TimeZone::UTC).date();
        let mut entries = self.entries[index].iter().zip(&alarm.exclude);
        let applying = entries.find(|((entry, _), exclusion)| {
            exclusion.holds_on(date) && self.excluding.binary_search(entry).is_ok()
        });
        applying.map(|((_, id), _)| *id)
    }
}

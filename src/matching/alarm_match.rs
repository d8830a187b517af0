//! A record that the pattern of one alarm matches: what the alarm counts of it, and in which bucket.

use jiff::Timestamp;

use super::candidate::Candidate;
use super::combination::{CombinationSlots, scalar};
use super::record_facts::RecordFacts;
use super::tally::{Batch, Delivery};
use crate::alarm::definition::{AlarmDefinition, MetricValue, TimeSource};
use crate::alarm::window::{self, MAX_AHEAD};
use crate::evidence::{ExclusionId, Fact};
use crate::series::{
    Additions, BucketKey, Day, EventId, ExcludedRecord, Group, Member, Occurrence, SeriesKey,
    Sighting, SightingKey,
};
use cloudwatch_filter_pattern::record::{Selectors, Slot, Value};

/// Greatest magnitude of a value that counts. The sum of as many values as a window can hold is then a finite number: a
/// window has fewer than 100 million values, and the greatest number is 1.8e308.
const MAX_VALUE: f64 = 1e300;

/// The fields that an alarm counts by.
#[derive(Clone, Debug)]
pub(super) struct AlarmSlots {
    group_by: CombinationSlots,
    first_seen: Option<CombinationSlots>,
    count_distinct: Option<Slot>,
    value: Option<Slot>,
}

impl AlarmSlots {
    pub(super) fn register(alarm: &AlarmDefinition, selectors: &mut Selectors) -> Self {
        Self {
            group_by: CombinationSlots::register(&alarm.group_by, selectors),
            first_seen: (alarm.first_seen.as_ref())
                .map(|first_seen| CombinationSlots::register(&first_seen.fields, selectors)),
            count_distinct: (alarm.count_distinct.as_ref())
                .map(|selector| selectors.slot(selector)),
            value: match &alarm.metric_value {
                MetricValue::Constant(_) => None,
                MetricValue::Field(selector) => Some(selectors.slot(selector)),
            },
        }
    }
}

/// One alarm and a record that its pattern matches.
pub(super) struct AlarmMatch<'m, 'r> {
    pub(super) alarm: &'m AlarmDefinition,
    pub(super) slots: &'m AlarmSlots,
    pub(super) facts: &'m RecordFacts<'r>,
    pub(super) delivery: Delivery<'m>,
}

impl AlarmMatch<'_, '_> {
    /// Counts the match as excluded by this exclusion.
    pub(super) fn exclude(&self, exclusion: ExclusionId, batch: &mut Batch<'_>) {
        batch.tally.excluded += 1;
        if let Some(time) = self.time(batch.now) {
            let id = self.facts.id;
            let record = ExcludedRecord {
                id,
                exclusion: Some(exclusion),
            };
            let additions = batch.tally.additions_to(self.bucket(id, time));
            additions.exclude(record);
        }
    }

    /// Counts the match, unless the record lacks the field that the alarm counts, or has no number in it that can be summed up.
    pub(super) fn count(&self, batch: &mut Batch<'_>) {
        let Some(member) = self.member() else {
            return self.count_invalid_value(batch);
        };
        let Some(time) = self.time(batch.now) else {
            batch.tally.occurrences += 1;
            return self.count_late(batch);
        };
        if let Some(fields) = &self.slots.first_seen {
            return self.add_candidate(fields, member, time, batch);
        }
        batch.tally.occurrences += 1;
        let additions = batch.tally.additions_to(self.bucket(member.id(), time));
        let is_new = additions.insert(&Occurrence {
            member,
            called: self.facts.called.unwrap_or(time),
            details: self.facts.details(additions),
        });
        if !is_new {
            batch.tally.counters.occurrences.duplicate += 1;
        }
    }

    /// Counts the match as one with an invalid value, unless the record lacks the field of `MetricValue`.
    fn count_invalid_value(&self, batch: &mut Batch<'_>) {
        let value = self
            .slots
            .value
            .and_then(|slot| self.facts.record.value(slot));
        if !matches!(value, Some(Value::Number(_) | Value::String(_))) {
            return;
        }
        batch.tally.invalid_values += 1;
        if batch.tally.may_log() {
            tracing::warn!(
                alarm = self.alarm.name,
                event_id = self.facts.text(Fact::EventId),
                "the field of `MetricValue` has no number within 1e300 of zero, and the record was not counted"
            );
        }
    }

    /// Adds the match to those that count only if their combination is new.
    fn add_candidate(
        &self,
        fields: &CombinationSlots,
        member: Member,
        time: Timestamp,
        batch: &mut Batch<'_>,
    ) {
        let bucket = self.bucket(member.id(), time);
        let values = fields.values(self.facts.record);
        // Each group has combinations of its own.
        let combination =
            EventId::of_texts(&[&bucket.series.group.id(), &Group(values.clone()).id()]);
        let key = SightingKey {
            alarm: self.alarm.name.clone(),
            combination,
            day: Day::of(time),
        };
        let sighting = Sighting::new(time, member.id());
        batch.tally.candidates.add(key, sighting, || Candidate {
            sighting,
            bucket,
            occurrence: Occurrence {
                member,
                called: self.facts.called.unwrap_or(time),
                details: self.facts.details(&Additions::default()),
            },
            values,
        });
    }

    /// Counts the match as too late.
    fn count_late(&self, batch: &mut Batch<'_>) {
        let Self {
            alarm,
            facts,
            delivery,
            ..
        } = self;
        let tally = &mut *batch.tally;
        tally.counters.occurrences.too_late += 1;
        if is_near(delivery.time, batch.now) {
            let bucket = self.bucket(facts.id, delivery.time);
            tally.additions_to(bucket).record_late(facts.id);
        }
        if tally.may_log() {
            tracing::warn!(
                alarm = alarm.name,
                event_id = facts.text(Fact::EventId),
                event_time = facts.text(Fact::EventTime),
                delivered = %delivery.time,
                "a record came too late, or from the future, and was not counted"
            );
        }
    }

    /// The bucket of an element that counts at `time`.
    fn bucket(&self, id: EventId, time: Timestamp) -> BucketKey {
        BucketKey {
            series: SeriesKey {
                alarm: self.alarm.name.clone(),
                group: self.group(),
            },
            start: window::bucket_at(time, &self.alarm.settings).start,
            shard: id.shard(self.alarm.shards()),
        }
    }

    fn group(&self) -> Group {
        Group(self.slots.group_by.values(self.facts.record))
    }

    /// The element that the alarm counts; `None` if the record lacks the field for it, or has no number in it that can be summed up.
    fn member(&self) -> Option<Member> {
        let record = self.facts.record;
        if let Some(slot) = self.slots.count_distinct {
            let value = scalar(record.value(slot)?)?;
            return Some(Member::new(EventId::of_texts(&[value]), None, None));
        }
        let value = match self.slots.value {
            None => None,
            Some(slot) => match record.value(slot)? {
                Value::Number(text) | Value::String(text) => Some(
                    text.parse::<f64>()
                        .ok()
                        .filter(|value| value.abs() <= MAX_VALUE)?,
                ),
                _ => return None,
            },
        };
        Some(Member::new(self.facts.id, value, self.facts.fingerprint()))
    }

    /// The time at which the record counts; `None` if that is too long before its delivery or too far in the future.
    ///
    /// Lateness is measured against the delivery and not against the clock. So a batch that is retried hours later counts as
    /// it would have counted at once.
    fn time(&self, now: Timestamp) -> Option<Timestamp> {
        let delivered = self.delivery.time;
        let time = match self.alarm.time_source {
            TimeSource::LogTimestamp => delivered,
            TimeSource::EventTime => self.facts.called.unwrap_or(delivered),
        };
        let in_time = delivered.duration_since(time) <= self.alarm.allowed_lateness;
        (in_time && is_near(time, now)).then_some(time)
    }
}

/// Whether a time is not too far in the future.
pub(super) fn is_near(time: Timestamp, now: Timestamp) -> bool {
    time.duration_since(now) <= MAX_AHEAD
}

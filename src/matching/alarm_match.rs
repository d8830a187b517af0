//! A record that the pattern of one alarm matches: what the alarm counts of it, and in which bucket.

use jiff::Timestamp;

use super::record_facts::RecordFacts;
use super::tally::{Batch, Delivery};
use crate::alarm::definition::{AlarmDefinition, MetricValue, TimeSource};
use crate::alarm::window::{self, MAX_AHEAD};
use crate::evidence::{ExclusionId, Fact};
use crate::series::{BucketKey, EventId, ExcludedRecord, Group, Member, Occurrence, SeriesKey};
use cloudwatch_filter_pattern::record::{Selectors, Slot, Value};

/// Maximum length of a `GroupBy` value that is kept whole, in characters. Values are in keys, responses and emails.
const MAX_GROUP_VALUE: usize = 256;

/// The fields that an alarm counts by.
#[derive(Clone, Debug)]
pub(super) struct AlarmSlots {
    group_by: Vec<(String, Slot)>,
    count_distinct: Option<Slot>,
    value: Option<Slot>,
}

impl AlarmSlots {
    pub(super) fn register(alarm: &AlarmDefinition, selectors: &mut Selectors) -> Self {
        let group_by = alarm.group_by.iter();
        Self {
            group_by: group_by
                .map(|selector| (selector.to_string(), selectors.slot(selector)))
                .collect(),
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

    /// Counts the match, unless the record lacks the field that the alarm counts.
    pub(super) fn count(&self, batch: &mut Batch<'_>) {
        let Some(member) = self.member() else {
            return;
        };
        batch.tally.occurrences += 1;
        let Some(time) = self.time(batch.now) else {
            return self.count_late(batch);
        };
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
        let value = |(name, slot): &(String, Slot)| {
            let value = self.facts.record.value(*slot).and_then(scalar);
            (name.clone(), value.map(group_value))
        };
        Group(self.slots.group_by.iter().map(value).collect())
    }

    /// The element that the alarm counts; `None` if the record lacks the field for it.
    fn member(&self) -> Option<Member> {
        let record = self.facts.record;
        if let Some(slot) = self.slots.count_distinct {
            let value = scalar(record.value(slot)?)?;
            return Some(Member::new(EventId::of_texts(&[value]), None, None));
        }
        let value = match self.slots.value {
            None => None,
            Some(slot) => match record.value(slot)? {
                Value::Number(text) | Value::String(text) => {
                    Some(text.parse::<f64>().ok().filter(|value| value.is_finite())?)
                }
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

/// The value as it is in the key of a group. A long value is truncated, with a hash that keeps it distinct from others.
fn group_value(value: &str) -> String {
    match value.char_indices().nth(MAX_GROUP_VALUE) {
        None => value.to_owned(),
        Some((end, _)) => format!(
            "{}...{}",
            &value[..end],
            EventId::of_texts(&[value]).to_hex()
        ),
    }
}

fn scalar(value: Value<'_>) -> Option<&str> {
    match value {
        Value::String(text) | Value::Number(text) => Some(text),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        Value::Null | Value::Array { .. } | Value::Object { .. } => None,
    }
}

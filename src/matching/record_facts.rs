//! What alarms count and tell of a record that they match.

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::Timestamp;

use super::fingerprint_cache::FingerprintCache;
use super::tally::Delivery;
use crate::alarm::definition::{AlarmDefinition, TimeSource};
use crate::alarm::window::MAX_AHEAD;
use crate::evidence::{Fact, FactExtractor, Facts};
use crate::series::{Additions, Details, EventId, Fingerprint, Group, Member};
use cloudwatch_filter_pattern::record::{Record, Slot, Value};

/// Longest value of a `GroupBy` field that is kept whole, in characters. It stands in keys, answers and mails.
const MAX_GROUP_VALUE: usize = 256;

/// Where an alarm finds what it counts.
#[derive(Clone, Debug)]
pub(super) struct AlarmSlots {
    pub(super) group_by: Vec<(String, Slot)>,
    pub(super) count_distinct: Option<Slot>,
    pub(super) value: Option<Slot>,
    /// DeploymentContext of the first exclusion among the patterns.
    pub(super) exclusions: usize,
}

/// Where a record says that it corrects another one.
#[derive(Clone, Debug)]
pub(super) struct Addendum {
    pub(super) reason: Slot,
    pub(super) original_event_id: Slot,
}

impl Addendum {
    /// The record's identity: its `eventID`, or that of the record it corrects; else where it stood; else its text.
    pub(super) fn identity(
        &self,
        fields: &FactExtractor,
        record: Record<'_>,
        delivery: Delivery<'_>,
    ) -> EventId {
        let corrects = record.text(self.reason) == Some("UPDATED_DATA");
        let original = corrects
            .then(|| record.text(self.original_event_id))
            .flatten();
        original
            .or_else(|| fields.text(record, Fact::EventId))
            .and_then(EventId::of_uuid)
            .unwrap_or_else(|| match delivery.id {
                "" => EventId::of_texts(&[&record.message()]),
                id => EventId::of_texts(&[delivery.log_group, delivery.log_stream, id]),
            })
    }
}

pub(super) fn is_excluded(
    alarm: &AlarmDefinition,
    slots: &AlarmSlots,
    hits: &[usize],
    time: Timestamp,
) -> bool {
    let today = time.to_zoned(jiff::tz::TimeZone::UTC).date();
    alarm.exclude.iter().enumerate().any(|(place, exclusion)| {
        exclusion.holds_on(today) && hits.binary_search(&(slots.exclusions + place)).is_ok()
    })
}

/// What every alarm that a record matches needs of it.
pub(super) struct RecordFacts<'r> {
    pub(super) id: EventId,
    /// When the call was made; none where the record does not say it in CloudTrail's form.
    pub(super) called: Option<Timestamp>,
    details: Option<LazyFacts<'r>>,
}

/// What may be details of a record.
struct LazyFacts<'r> {
    fields: &'r FactExtractor,
    record: Record<'r>,
    fingerprint: Fingerprint,
    /// What `facts` begin with.
    prefix: Vec<(Fact, &'r str)>,
    /// Made when a bucket first wants them: most records are among many, of which it keeps a few.
    facts: OnceCell<Arc<Facts>>,
}

impl<'r> RecordFacts<'r> {
    /// With `shapes` it is details of, too.
    pub(super) fn new(
        fields: &'r FactExtractor,
        addendum: &Addendum,
        record: Record<'r>,
        delivery: Delivery<'_>,
        fingerprints: Option<&mut FingerprintCache>,
    ) -> Self {
        let called = fields.text(record, Fact::EventTime);
        Self {
            id: addendum.identity(fields, record, delivery),
            called: called.and_then(|time| time.parse().ok()),
            details: fingerprints.map(|fingerprints| LazyFacts {
                fields,
                record,
                fingerprint: fingerprints.of(fields, record),
                prefix: fields.prefix(record),
                facts: OnceCell::new(),
            }),
        }
    }

    /// What these additions are details of the record.
    pub(super) fn details(&self, additions: &Additions) -> Option<Details> {
        let details = self.details.as_ref()?;
        let make = || Arc::new(details.fields.facts(details.record));
        let is_wanted = additions.may_keep(&details.prefix);
        Some(Details {
            facts: is_wanted.then(|| Arc::clone(details.facts.get_or_init(make))),
            fingerprint: details.fingerprint.clone(),
        })
    }

    /// What the alarm counts of the record; none where the field that it counts is not there.
    pub(super) fn member(&self, slots: &AlarmSlots, record: Record<'_>) -> Option<Member> {
        if let Some(slot) = slots.count_distinct {
            let value = scalar(record.value(slot)?)?;
            return Some(Member::new(EventId::of_texts(&[value]), None, None));
        }
        let value = match slots.value {
            None => None,
            Some(slot) => match record.value(slot)? {
                Value::Number(text) | Value::String(text) => {
                    Some(text.parse::<f64>().ok().filter(|value| value.is_finite())?)
                }
                _ => return None,
            },
        };
        let fingerprint = self.details.as_ref().map(|details| &details.fingerprint);
        Some(Member::new(self.id, value, fingerprint))
    }

    /// When the record counts; none where that is too long before its delivery or too far in the future.
    ///
    /// Lateness is measured against the delivery and not the clock, so that a batch that is tried again hours later
    /// counts as it would have counted at once.
    pub(super) fn time_for(
        &self,
        alarm: &AlarmDefinition,
        delivered: Timestamp,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let time = match alarm.time_source {
            TimeSource::LogTimestamp => delivered,
            TimeSource::EventTime => self.called.unwrap_or(delivered),
        };
        let in_time = delivered.duration_since(time) <= alarm.allowed_lateness;
        (in_time && is_near(time, now)).then_some(time)
    }
}

pub(super) fn is_near(time: Timestamp, now: Timestamp) -> bool {
    time.duration_since(now) <= MAX_AHEAD
}

pub(super) fn group(slots: &AlarmSlots, record: Record<'_>) -> Group {
    let value = |(name, slot): &(String, Slot)| {
        let value = record.value(*slot).and_then(scalar);
        (name.clone(), value.map(group_value))
    };
    Group(slots.group_by.iter().map(value).collect())
}

/// The value as a group is named by it: a long one is cut, and kept apart from others by its hash.
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

//! What is counted, and under which key.
//!
//! An alarm counts [`Occurrence`]s: a record that matched, with its identity and its time. They are kept in buckets of
//! 10 or 60 seconds ([`crate::alarm::window::bucket_width`]), since CloudWatch's windows slide by that step and can be
//! rebuilt from nothing coarser. A bucket is a set that only grows, of identities: a record that comes again, by retry,
//! by a second subscription or out of a dead-letter queue, is in it already.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::alarm::definition::{AlarmDefinition, MetricValue, Statistic};
use crate::alarm::window::Window;
use crate::evidence::{Evidence, Facts};

/// Most identities that one bucket keeps. What comes after is not kept and the count is a lower bound; the loader
/// refuses an alarm whose threshold lies beyond.
///
/// 2,000 identities of 16 bytes are 32 KB, a twelfth of what a DynamoDB item may hold; every write costs their size.
pub const MAX_EVENTS_PER_BUCKET: usize = 2_000;

/// Most records of one bucket whose facts are kept for the notification.
pub const MAX_FACTS_PER_BUCKET: usize = 20;

/// Most records whose facts a notification carries.
const MAX_FACTS_PER_NOTIFICATION: usize = 25;

/// Most bytes of facts, as JSON, that a notification carries: SNS takes 256 KB in all, and a DynamoDB item, in which
/// several can be owed, 400 KB.
const MAX_FACT_BYTES_PER_NOTIFICATION: usize = 24 << 10;

/// The identity of a record, or of a value where distinct values are counted: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId([u8; 16]);

impl EventId {
    /// The identity of an `eventID`: CloudTrail writes a UUID.
    pub fn of_uuid(text: &str) -> Option<Self> {
        Uuid::try_parse(text)
            .ok()
            .map(|uuid| Self(uuid.into_bytes()))
    }

    /// The identity of whatever these texts name together: 16 bytes of a SHA-256, so that nobody can make two collide.
    pub fn of_texts(texts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for text in texts {
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        }
        let mut id = [0; 16];
        for (byte, of_digest) in id.iter_mut().zip(hash.finalize()) {
            *byte = of_digest;
        }
        Self(id)
    }

    /// The identity in hexadecimal.
    pub fn to_hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// One element of a bucket: an identity, with the value it brings where the alarm sums up a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    id: EventId,
    /// Bits of the value, so that members can be ordered.
    value: Option<u64>,
}

impl Member {
    /// An element; `value` is `None` where each counts the same.
    pub fn new(id: EventId, value: Option<f64>) -> Self {
        Self {
            id,
            value: value.map(f64::to_bits),
        }
    }

    /// The identity.
    pub fn id(self) -> EventId {
        self.id
    }

    /// 16 bytes of identity, and 8 of the value (IEEE double, big-endian) where there is one.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.id.0.to_vec();
        bytes.extend(self.value.map(u64::to_be_bytes).into_iter().flatten());
        bytes
    }

    /// Reads what [`Member::to_bytes`] wrote; none for other lengths.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk()?;
        let value = match rest {
            [] => None,
            _ => Some(u64::from_be_bytes(rest.try_into().ok()?)),
        };
        Some(Self {
            id: EventId(*id),
            value,
        })
    }
}

/// The values that tell one group of an alarm from another: selector and value, in the order of `GroupBy`.
///
/// A record that lacks the field, or has no text or number there, is in the group without a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Group(pub Vec<(String, Option<String>)>);

impl Group {
    /// 32 hexadecimal digits that tell the group from every other of the same alarm.
    pub fn id(&self) -> String {
        let mut texts = Vec::new();
        for (selector, value) in &self.0 {
            // A value and its absence must not meet.
            texts.extend([
                selector.as_str(),
                value.as_deref().map_or("absent", |_| "present"),
            ]);
            texts.push(value.as_deref().unwrap_or_default());
        }
        EventId::of_texts(&texts).to_hex()
    }

    /// The values as CloudWatch would write dimensions: `selector=value`, separated by a comma.
    pub fn to_text(&self) -> String {
        let pair = |(selector, value): &(String, Option<String>)| {
            format!("{selector}={}", value.as_deref().unwrap_or("(none)"))
        };
        self.0.iter().map(pair).collect::<Vec<_>>().join(", ")
    }
}

/// One alarm and one of its groups: what has a state of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// `AlarmName`.
    pub alarm: String,
    /// Empty for an alarm without `GroupBy`.
    pub group: Group,
}

/// One bucket of a series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketKey {
    /// Whose bucket.
    pub series: SeriesKey,
    /// Where it begins; a multiple of its width.
    pub start: Timestamp,
}

/// One matching record, as an alarm counts it.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// What is counted.
    pub member: Member,
    /// When it counts, by the alarm's `TimeSource`.
    pub time: Timestamp,
    /// What a notification tells of it.
    pub facts: Arc<Facts>,
}

/// What a batch adds to one bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Additions {
    /// The elements; never empty in a request to a store.
    pub members: BTreeSet<Member>,
    /// Facts of the batch's earliest records, at most [`MAX_FACTS_PER_BUCKET`].
    pub facts: BTreeSet<Arc<Facts>>,
    /// The times of the batch's first and last call.
    pub times: BTreeSet<Timestamp>,
}

impl Additions {
    /// As much of this as one bucket can take at all, and how many elements are too many.
    ///
    /// What is taken depends on the elements alone, so that a second try takes the same.
    pub fn bounded(&self) -> (Cow<'_, Self>, u64) {
        let excess = self.members.len().saturating_sub(MAX_EVENTS_PER_BUCKET);
        if excess == 0 {
            return (Cow::Borrowed(self), 0);
        }
        let members = self
            .members
            .iter()
            .take(MAX_EVENTS_PER_BUCKET)
            .copied()
            .collect();
        let taken = Self {
            members,
            ..self.clone()
        };
        (Cow::Owned(taken), excess as u64)
    }

    /// Adds one occurrence; `false` where its identity was there already.
    pub fn insert(&mut self, occurrence: &Occurrence) -> bool {
        let is_new = self.members.insert(occurrence.member);
        if is_new {
            self.facts.insert(Arc::clone(&occurrence.facts));
            if self.facts.len() > MAX_FACTS_PER_BUCKET {
                self.facts.pop_last();
            }
            self.times
                .insert(occurrence.facts.time().unwrap_or(occurrence.time));
            if let (3.., Some(&first), Some(&last)) =
                (self.times.len(), self.times.first(), self.times.last())
            {
                self.times = BTreeSet::from([first, last]);
            }
        }
        is_new
    }
}

/// What a store has of one bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bucket {
    /// The elements.
    pub members: BTreeSet<Member>,
    /// Facts of some of them.
    pub facts: BTreeSet<Arc<Facts>>,
    /// Times of calls, the first and the last among them.
    pub times: BTreeSet<Timestamp>,
    /// Whether elements were turned away because it was full.
    pub overflow: bool,
}

/// The buckets of a series over some span, as the datapoints of an alarm.
#[derive(Clone, Debug)]
pub struct Series<'d> {
    definition: &'d AlarmDefinition,
    buckets: BTreeMap<Timestamp, Bucket>,
}

impl<'d> Series<'d> {
    /// Puts buckets together. Of a record that is in several, which only a second delivery by CloudTrail itself can
    /// cause, the earliest counts.
    pub fn new(definition: &'d AlarmDefinition, mut buckets: BTreeMap<Timestamp, Bucket>) -> Self {
        if definition.count_distinct.is_none() {
            let mut seen = BTreeSet::new();
            for bucket in buckets.values_mut() {
                bucket.members.retain(|member| seen.insert(member.id));
            }
        }
        buckets.retain(|_, bucket| !bucket.members.is_empty() || bucket.overflow);
        Self {
            definition,
            buckets,
        }
    }

    /// Where the buckets begin, in order.
    pub fn starts(&self) -> impl DoubleEndedIterator<Item = Timestamp> {
        self.buckets.keys().copied()
    }

    /// The alarm's statistic over a window; none where nothing was counted and no `DefaultValue` is set.
    pub fn value(&self, window: Window) -> Option<f64> {
        let members: BTreeSet<Member> = self
            .buckets
            .range(window.start..window.end)
            .flat_map(|(_, bucket)| &bucket.members)
            .copied()
            .collect();
        if members.is_empty() {
            return self.definition.default_value;
        }
        let constant = match self.definition.metric_value {
            MetricValue::Constant(value) => value,
            MetricValue::Field(_) => 0.0,
        };
        let values = || {
            members
                .iter()
                .map(|member| member.value.map_or(constant, f64::from_bits))
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a window holds fewer than 2^52 records"
        )]
        let count = members.len() as f64;
        Some(match self.definition.statistic {
            Statistic::SampleCount => count,
            Statistic::Sum => values().sum(),
            Statistic::Average => values().sum::<f64>() / count,
            Statistic::Minimum => values().fold(f64::INFINITY, f64::min),
            Statistic::Maximum => values().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// What the records of a span say together.
    pub fn evidence(&self, span: Window) -> Evidence {
        let buckets: Vec<&Bucket> = self
            .buckets
            .range(span.start..span.end)
            .map(|(_, bucket)| bucket)
            .collect();
        let members: BTreeSet<Member> = buckets
            .iter()
            .flat_map(|bucket| &bucket.members)
            .copied()
            .collect();
        let times = || buckets.iter().flat_map(|bucket| &bucket.times).copied();
        let facts: BTreeSet<&Arc<Facts>> =
            buckets.iter().flat_map(|bucket| &bucket.facts).collect();
        let mut bytes = 0;
        let records = facts
            .into_iter()
            .take(MAX_FACTS_PER_NOTIFICATION)
            .take_while(|facts| {
                bytes += facts.to_json().len();
                bytes <= MAX_FACT_BYTES_PER_NOTIFICATION
            })
            .map(|facts| Facts::clone(facts))
            .collect();
        Evidence {
            count: members.len() as u64,
            at_least: buckets.iter().any(|bucket| bucket.overflow),
            first: times().min(),
            last: times().max(),
            records,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_the_uuid_or_a_hash_that_keeps_texts_apart() {
        let id = EventId::of_uuid("1d77bd0f-85a9-4d10-a30e-7e4bd6a9bbd6").unwrap();
        assert_eq!(id.to_hex(), "1d77bd0f85a94d10a30e7e4bd6a9bbd6");
        assert_eq!(EventId::of_uuid("not a uuid"), None);
        assert_ne!(
            EventId::of_texts(&["ab", "c"]),
            EventId::of_texts(&["a", "bc"])
        );
    }

    #[test]
    fn a_member_survives_its_bytes() {
        let id = EventId::of_texts(&["x"]);
        for member in [Member::new(id, None), Member::new(id, Some(-0.5))] {
            assert_eq!(Member::from_bytes(&member.to_bytes()), Some(member));
        }
        assert_eq!(Member::from_bytes(&[0; 15]), None);
        assert_eq!(Member::from_bytes(&[0; 23]), None);
    }
}

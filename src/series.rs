//! What is counted, and under which key.
//!
//! An alarm counts [`Occurrence`]s: a record that matched, with its identity and its time. They are kept in buckets of
//! 10 or 60 seconds ([`crate::alarm::window::bucket_width`]), since CloudWatch's windows slide by that step and can be
//! rebuilt from nothing coarser. A bucket is a set that only grows, of identities: a record that comes again, by retry,
//! by a second subscription or out of a dead-letter queue, is in it already.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::alarm::definition::{AlarmDefinition, MetricValue, Statistic};
use crate::alarm::window::{self, Window};
use crate::evidence::{Evidence, Facts, Tally, Timeline};

/// Most identities that one shard of a bucket keeps. What comes after is not kept and the count is a lower bound.
///
/// 2,000 identities of 20 bytes are 40 KB, a tenth of what a DynamoDB item may hold; every write costs their size.
pub const MAX_EVENTS_PER_SHARD: usize = 2_000;

/// Most shards of a bucket.
const MAX_SHARDS: u8 = 16;

/// How many events a shard is planned for. Identities spread evenly, but not exactly; a shard that is full before the
/// others would hold the count below the threshold.
const EVENTS_PLANNED_PER_SHARD: u64 = 1_500;

/// Most events of one bucket that an alarm can wait for; the loader refuses a threshold that lies beyond.
pub const MAX_EVENTS_PER_BUCKET: u64 = MAX_SHARDS as u64 * EVENTS_PLANNED_PER_SHARD;

/// Most records of one shard whose facts are kept for the notification.
pub const MAX_FACTS_PER_SHARD: usize = 20;

/// Most combinations of facts that one shard counts by.
pub const MAX_SHAPES_PER_SHARD: usize = 32;

/// Most records of one shard that are remembered as excluded, and most that came too late.
pub const MAX_ASIDE_PER_SHARD: usize = 1_000;

/// Most groups of an alarm that are counted apart in an hour, which is where CloudWatch disables a metric filter with
/// dimensions (CloudWatch Logs User Guide, "Publish dimensions with metrics"). The others are counted as one.
pub const MAX_GROUPS_PER_HOUR: usize = 1_000;

/// Most records whose facts a notification carries.
const MAX_FACTS_PER_NOTIFICATION: usize = 25;

/// Most combinations of facts that a notification carries with their counts.
const MAX_TALLIES_PER_NOTIFICATION: usize = 50;

/// Most bytes of facts, as JSON, that a notification carries in its records, and again in its tallies: SNS takes 256 KB
/// in all, and a DynamoDB item, in which several can be owed, 400 KB.
const MAX_FACT_BYTES_PER_NOTIFICATION: usize = 24 << 10;

/// How many shards a bucket has in which this many events must be told from one fewer.
pub fn shards_for(events: u64) -> u8 {
    if events <= MAX_EVENTS_PER_SHARD as u64 {
        return 1;
    }
    let shards = events.div_ceil(EVENTS_PLANNED_PER_SHARD);
    u8::try_from(shards).unwrap_or(MAX_SHARDS).min(MAX_SHARDS)
}

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

    /// Its 16 bytes.
    pub fn to_bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// Reads what [`EventId::to_bytes`] wrote; none for other lengths.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// Which of so many shards it belongs to.
    pub fn shard(self, shards: u8) -> u8 {
        // The random part of an `eventID`; what is a hash is random everywhere.
        self.0[15] % shards.max(1)
    }

    /// The identity in hexadecimal.
    pub fn to_hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// What a record says as far as notifications count by it ([`Fact::TALLIED`](crate::evidence::Fact::TALLIED)), and a
/// short name for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    json: Arc<str>,
    facts: Arc<Facts>,
    id: ShapeId,
}

/// The first bytes of a hash. Two shapes that share it are told as one.
pub type ShapeId = [u8; 4];

impl Shape {
    /// The shape of a record with these facts.
    pub fn of(facts: &Facts) -> Self {
        let facts = facts.tallied();
        Self::new(facts.to_json().into(), facts)
    }

    /// The shape of which [`Shape::to_json`] gave the text.
    ///
    /// # Errors
    /// The text is not of that form.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        Ok(Self::new(json.into(), serde_json::from_str(json)?))
    }

    fn new(json: Arc<str>, facts: Facts) -> Self {
        let EventId([a, b, c, d, ..]) = EventId::of_texts(&[&json]);
        Self {
            json,
            facts: Arc::new(facts),
            id: [a, b, c, d],
        }
    }

    /// Its facts as JSON.
    pub fn to_json(&self) -> &str {
        &self.json
    }
}

/// One element of a bucket: an identity, with the value it brings where the alarm sums up a field, and the shape of its
/// record.
///
/// Elements of the same identity are equal: a correction of a record counts as the record.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    id: EventId,
    value: Option<f64>,
    shape: Option<ShapeId>,
}

impl Member {
    /// An element; `value` is `None` where each counts the same, `shape` where several records are one element.
    pub fn new(id: EventId, value: Option<f64>, shape: Option<&Shape>) -> Self {
        Self {
            id,
            value,
            shape: shape.map(|shape| shape.id),
        }
    }

    /// The identity.
    pub fn id(self) -> EventId {
        self.id
    }

    /// 16 bytes of identity, 8 of the value (IEEE double, big-endian) where there is one, and 4 of the shape likewise.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.id.0.to_vec();
        bytes.extend(self.value.map(f64::to_be_bytes).into_iter().flatten());
        bytes.extend(self.shape.into_iter().flatten());
        bytes
    }

    /// Reads what [`Member::to_bytes`] wrote; none for other lengths.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk()?;
        let (value, rest) = match rest.split_first_chunk() {
            Some((value, rest)) => (Some(f64::from_be_bytes(*value)), rest),
            None => (None, rest),
        };
        let shape = match rest {
            [] => None,
            _ => Some(rest.try_into().ok()?),
        };
        Some(Self {
            id: EventId(*id),
            value,
            shape,
        })
    }
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Member {}

impl PartialOrd for Member {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Member {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

/// The values that tell one group of an alarm from another: selector and value, in the order of `GroupBy`.
///
/// A record that lacks the field, or has no text or number there, is in the group without a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Group(pub Vec<(String, Option<String>)>);

impl Group {
    /// The group that stands for all others, in an hour with too many. No selector begins like this, so no record names
    /// it.
    pub fn rest() -> Self {
        Self(vec![(
            "(group)".to_owned(),
            Some("(all others)".to_owned()),
        )])
    }

    /// What tells the group from every other of the same alarm.
    pub fn identity(&self) -> EventId {
        let mut texts = Vec::new();
        for (selector, value) in &self.0 {
            // A value and its absence must not meet.
            texts.extend([
                selector.as_str(),
                value.as_deref().map_or("absent", |_| "present"),
            ]);
            texts.push(value.as_deref().unwrap_or_default());
        }
        EventId::of_texts(&texts)
    }

    /// The identity in 32 hexadecimal digits.
    pub fn id(&self) -> String {
        self.identity().to_hex()
    }

    /// Whether it is the group of a record, and not all of them together, or all others.
    pub fn is_one_of_many(&self) -> bool {
        !self.0.is_empty() && *self != Self::rest()
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

/// One shard of one bucket of a series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketKey {
    /// Whose bucket.
    pub series: SeriesKey,
    /// Where it begins; a multiple of its width.
    pub start: Timestamp,
    /// Which shard, from 0.
    pub shard: u8,
}

/// One matching record, as an alarm counts it.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// What is counted.
    pub member: Member,
    /// When the call was made.
    pub called: Timestamp,
    /// What a notification tells of it; none where the batch has told enough.
    pub told: Option<Told>,
}

/// What a notification tells of a record.
#[derive(Clone, Debug)]
pub struct Told {
    /// What the record says.
    pub facts: Arc<Facts>,
    /// What it is counted by.
    pub shape: Shape,
}

impl Told {
    /// What is told of a record with these facts.
    pub fn new(facts: Facts) -> Self {
        Self {
            shape: Shape::of(&facts),
            facts: Arc::new(facts),
        }
    }
}

/// What a batch adds to one shard of a bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Additions {
    /// The elements.
    pub members: BTreeSet<Member>,
    /// How many records they stand for, those of them that came twice in the batch counted twice.
    pub deliveries: u64,
    /// Facts of the batch's earliest records, at most [`MAX_FACTS_PER_SHARD`].
    pub facts: BTreeSet<Arc<Facts>>,
    /// Shapes of the elements, at most [`MAX_SHAPES_PER_SHARD`].
    pub shapes: BTreeSet<Shape>,
    /// The times of the batch's first and last call.
    pub times: BTreeSet<Timestamp>,
    /// Records that matched and an `Exclude` entry kept from counting, at most [`MAX_ASIDE_PER_SHARD`].
    pub excluded: BTreeSet<EventId>,
    /// Records that matched, were delivered in this bucket, and came too late to count, at most
    /// [`MAX_ASIDE_PER_SHARD`].
    pub too_late: BTreeSet<EventId>,
}

impl Additions {
    /// As much of this as one shard can take at all, and how many elements are too many.
    ///
    /// What is taken depends on the elements alone, so that a second try takes the same.
    pub fn bounded(&self) -> (Cow<'_, Self>, u64) {
        let excess = self.members.len().saturating_sub(MAX_EVENTS_PER_SHARD);
        if excess == 0 {
            return (Cow::Borrowed(self), 0);
        }
        let members = self
            .members
            .iter()
            .take(MAX_EVENTS_PER_SHARD)
            .copied()
            .collect();
        let excess = excess as u64;
        let taken = Self {
            members,
            deliveries: self.deliveries.saturating_sub(excess),
            ..self.clone()
        };
        (Cow::Owned(taken), excess)
    }

    /// Adds one occurrence; `false` where its identity was there already.
    pub fn insert(&mut self, occurrence: &Occurrence) -> bool {
        let is_new = self.members.insert(occurrence.member);
        self.deliveries += 1;
        if is_new {
            if let Some(Told { facts, shape }) = &occurrence.told {
                insert_bounded(&mut self.facts, Arc::clone(facts), MAX_FACTS_PER_SHARD);
                if occurrence.member.shape.is_some() {
                    insert_bounded(&mut self.shapes, shape.clone(), MAX_SHAPES_PER_SHARD);
                }
            }
            self.times.insert(occurrence.called);
            if let (3.., Some(&first), Some(&last)) =
                (self.times.len(), self.times.first(), self.times.last())
            {
                self.times = BTreeSet::from([first, last]);
            }
        }
        is_new
    }

    /// Notes a match that an `Exclude` entry keeps from counting.
    pub fn exclude(&mut self, id: EventId) {
        insert_bounded(&mut self.excluded, id, MAX_ASIDE_PER_SHARD);
    }

    /// Notes a match that came too late to count.
    pub fn turn_away(&mut self, id: EventId) {
        insert_bounded(&mut self.too_late, id, MAX_ASIDE_PER_SHARD);
    }

    /// Adds what another series adds; returns how many of its elements were there already.
    pub fn append(&mut self, mut other: Self) -> u64 {
        let known = self.members.intersection(&other.members).count() as u64;
        self.members.append(&mut other.members);
        self.deliveries += other.deliveries;
        for facts in other.facts {
            insert_bounded(&mut self.facts, facts, MAX_FACTS_PER_SHARD);
        }
        for shape in other.shapes {
            insert_bounded(&mut self.shapes, shape, MAX_SHAPES_PER_SHARD);
        }
        self.times.append(&mut other.times);
        other.excluded.into_iter().for_each(|id| self.exclude(id));
        other.too_late.into_iter().for_each(|id| self.turn_away(id));
        known
    }
}

/// The least of all that were ever inserted stay, whatever their order.
fn insert_bounded<T: Ord>(set: &mut BTreeSet<T>, element: T, most: usize) {
    set.insert(element);
    if set.len() > most {
        set.pop_last();
    }
}

/// What a store has of one bucket, its shards together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bucket {
    /// The elements.
    pub members: BTreeSet<Member>,
    /// How many records were delivered for them.
    pub deliveries: u64,
    /// Facts of some of them.
    pub facts: BTreeSet<Arc<Facts>>,
    /// Shapes of most of them.
    pub shapes: BTreeSet<Shape>,
    /// Times of calls, the first and the last among them.
    pub times: BTreeSet<Timestamp>,
    /// Records that an `Exclude` entry kept from counting.
    pub excluded: BTreeSet<EventId>,
    /// Records that came too late to count.
    pub too_late: BTreeSet<EventId>,
    /// Whether elements were turned away because it was full.
    pub overflow: bool,
}

impl Bucket {
    /// Takes in another shard of the same bucket.
    pub fn merge(&mut self, mut other: Self) {
        self.members.append(&mut other.members);
        self.deliveries += other.deliveries;
        self.facts.append(&mut other.facts);
        self.shapes.append(&mut other.shapes);
        self.times.append(&mut other.times);
        self.excluded.append(&mut other.excluded);
        self.too_late.append(&mut other.too_late);
        self.overflow |= other.overflow;
    }
}

/// The buckets of a series over some span, as the datapoints of an alarm.
#[derive(Clone, Debug)]
pub struct Series<'d> {
    definition: &'d AlarmDefinition,
    /// Those in which something was counted.
    buckets: BTreeMap<Timestamp, Counted>,
    /// Those that only say what was not.
    others: BTreeMap<Timestamp, Bucket>,
}

/// A bucket, and what its elements come to.
#[derive(Clone, Debug)]
struct Counted {
    bucket: Bucket,
    /// Where distinct values are counted: the earlier bucket that last had the same value, for each element that has
    /// one, in order. Within a window that begins after it, the element counts.
    before: Vec<Timestamp>,
    sum: f64,
    least: f64,
    greatest: f64,
}

impl Counted {
    /// How many elements count in a window that begins at `from`.
    fn count(&self, from: Timestamp) -> u64 {
        let again = self.before.len() - self.before.partition_point(|&earlier| earlier < from);
        (self.bucket.members.len() - again) as u64
    }
}

impl<'d> Series<'d> {
    /// Puts buckets together. Of a record that is in several, which only a second delivery by CloudTrail itself can
    /// cause, the earliest counts; of a distinct value one in each window.
    pub fn new(definition: &'d AlarmDefinition, buckets: BTreeMap<Timestamp, Bucket>) -> Self {
        let constant = match definition.metric_value {
            MetricValue::Constant(value) => value,
            MetricValue::Field(_) => 0.0,
        };
        let mut last: HashMap<EventId, Timestamp> = HashMap::new();
        let mut counted = BTreeMap::new();
        let mut others = BTreeMap::new();
        for (start, mut bucket) in buckets {
            let mut before = Vec::new();
            if definition.count_distinct.is_some() {
                let earlier = bucket.members.iter();
                before.extend(earlier.filter_map(|member| last.insert(member.id, start)));
                before.sort_unstable();
            } else {
                bucket
                    .members
                    .retain(|member| last.insert(member.id, start).is_none());
            }
            if bucket.members.is_empty() && !bucket.overflow {
                others.insert(start, bucket);
                continue;
            }
            let values = || {
                let members = bucket.members.iter();
                members.map(|member| member.value.unwrap_or(constant))
            };
            let of_bucket = Counted {
                before,
                sum: values().sum(),
                least: values().fold(f64::INFINITY, f64::min),
                greatest: values().fold(f64::NEG_INFINITY, f64::max),
                bucket,
            };
            counted.insert(start, of_bucket);
        }
        Self {
            definition,
            buckets: counted,
            others,
        }
    }

    /// Where the buckets begin in which something was counted, in order.
    pub fn starts(&self) -> impl DoubleEndedIterator<Item = Timestamp> {
        self.buckets.keys().copied()
    }

    /// Where the first bucket begins in which something was counted, at `from` or later.
    pub fn first_from(&self, from: Timestamp) -> Option<Timestamp> {
        self.buckets.range(from..).next().map(|(&start, _)| start)
    }

    /// How many elements were counted in the window.
    pub fn count(&self, window: Window) -> u64 {
        let counted = self.within(window);
        counted.map(|counted| counted.count(window.start)).sum()
    }

    /// Whether in some bucket of the window elements were turned away.
    pub fn at_least(&self, window: Window) -> bool {
        self.within(window).any(|counted| counted.bucket.overflow)
    }

    /// The alarm's statistic over a window; none where nothing was counted and no `DefaultValue` is set.
    pub fn value(&self, window: Window) -> Option<f64> {
        let count = self.count(window);
        if count == 0 {
            return self.definition.default_value;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a window holds fewer than 2^52 records"
        )]
        let count = count as f64;
        let all = || self.within(window);
        let sum = || match &self.definition.metric_value {
            MetricValue::Constant(value) => count * value,
            MetricValue::Field(_) => all().map(|counted| counted.sum).sum(),
        };
        Some(match self.definition.statistic {
            Statistic::SampleCount => count,
            Statistic::Sum => sum(),
            Statistic::Average => sum() / count,
            Statistic::Minimum => all().map(|c| c.least).fold(f64::INFINITY, f64::min),
            Statistic::Maximum => all().map(|c| c.greatest).fold(f64::NEG_INFINITY, f64::max),
        })
    }

    fn within(&self, window: Window) -> impl Iterator<Item = &Counted> {
        let Window { start, end } = window;
        self.buckets
            .range(start..end.max(start))
            .map(|(_, counted)| counted)
    }

    /// What the records of a span say together.
    pub fn evidence(&self, span: Window) -> Evidence {
        let count = self.count(span);
        let counted: Vec<&Bucket> = self.within(span).map(|counted| &counted.bucket).collect();
        let others = self.others.range(span.start..span.end.max(span.start));
        let all = || {
            counted
                .iter()
                .copied()
                .chain(others.clone().map(|(_, other)| other))
        };
        let elements: u64 = counted
            .iter()
            .map(|bucket| bucket.members.len() as u64)
            .sum();
        let deliveries: u64 = all().map(|bucket| bucket.deliveries).sum();
        // Of distinct values, many records may say the same.
        let duplicates = match self.definition.count_distinct {
            None => deliveries.saturating_sub(elements),
            Some(_) => 0,
        };
        let times = || counted.iter().flat_map(|bucket| &bucket.times).copied();
        let tallies = tallies(&counted);
        Evidence {
            count,
            at_least: counted.iter().any(|bucket| bucket.overflow),
            first: times().min(),
            last: times().max(),
            untallied: count.saturating_sub(tallies.iter().map(|tally| tally.count).sum()),
            tallies,
            timeline: self.timeline(span),
            excluded: all().map(|bucket| bucket.excluded.len() as u64).sum(),
            duplicates,
            too_late: all().map(|bucket| bucket.too_late.len() as u64).sum(),
            records: records(&counted),
        }
    }

    fn timeline(&self, span: Window) -> Timeline {
        let slots = window::slots_of(span, &self.definition.settings);
        let start = slots.first().map_or(span.start, |slot| slot.start);
        let seconds = slots
            .first()
            .map_or(0, |slot| slot.end.duration_since(slot.start).as_secs());
        Timeline {
            start,
            slot_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            counts: slots.into_iter().map(|slot| self.count(slot)).collect(),
        }
    }
}

fn tallies(buckets: &[&Bucket]) -> Vec<Tally> {
    let mut counts: HashMap<ShapeId, u64> = HashMap::new();
    let members = buckets.iter().flat_map(|bucket| &bucket.members);
    for shape in members.filter_map(|member| member.shape) {
        *counts.entry(shape).or_default() += 1;
    }
    let shapes: BTreeSet<&Shape> = buckets.iter().flat_map(|bucket| &bucket.shapes).collect();
    let mut told: Vec<(&Shape, u64)> = shapes
        .into_iter()
        .filter_map(|shape| Some((shape, counts.remove(&shape.id)?)))
        .collect();
    told.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let mut bytes = 0;
    told.into_iter()
        .take(MAX_TALLIES_PER_NOTIFICATION)
        .take_while(|(shape, _)| {
            bytes += shape.json.len();
            bytes <= MAX_FACT_BYTES_PER_NOTIFICATION
        })
        .map(|(shape, count)| Tally {
            facts: Facts::clone(&shape.facts),
            count,
        })
        .collect()
}

fn records(buckets: &[&Bucket]) -> Vec<Facts> {
    let facts: BTreeSet<&Arc<Facts>> = buckets.iter().flat_map(|bucket| &bucket.facts).collect();
    let mut bytes = 0;
    facts
        .into_iter()
        .take(MAX_FACTS_PER_NOTIFICATION)
        .take_while(|facts| {
            bytes += facts.to_json().len();
            bytes <= MAX_FACT_BYTES_PER_NOTIFICATION
        })
        .map(|facts| Facts::clone(facts))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Fact;

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
        let shape = Shape::of(&Facts::from([(Fact::ErrorCode, "AccessDenied")]));
        for value in [None, Some(-0.5)] {
            for shape in [None, Some(&shape)] {
                let bytes = Member::new(id, value, shape).to_bytes();
                let member = Member::from_bytes(&bytes).unwrap();
                assert_eq!(member.to_bytes(), bytes);
            }
        }
        assert_eq!(Member::from_bytes(&[0; 15]), None);
        assert_eq!(Member::from_bytes(&[0; 23]), None);
    }
}

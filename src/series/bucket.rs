//! Contents of buckets, additions to them, and their limits.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::excluded::ExcludedRecord;
use super::member::{EventId, Fingerprint, Member};
use crate::evidence::{Fact, Facts};

/// Maximum number of elements of one shard. Further elements are not kept, and the count is a lower bound then.
///
/// 2,000 elements of 20 bytes are 40 KB, a tenth of the maximum DynamoDB item. Every write is billed by the size of the item.
pub const MAX_EVENTS_PER_SHARD: usize = 2_000;

/// Maximum number of shards of a bucket.
const MAX_SHARDS: u8 = 16;

/// Number of events that a shard is planned for. Keys are spread evenly, but not exactly. A shard that is full before the
/// others would keep the count below the threshold.
const EVENTS_PLANNED_PER_SHARD: u64 = 1_500;

/// Maximum number of events in a bucket that an alarm can require. The loader rejects a higher threshold.
pub const MAX_EVENTS_PER_BUCKET: u64 = MAX_SHARDS as u64 * EVENTS_PLANNED_PER_SHARD;

/// Maximum number of records of one shard whose facts are kept for notifications.
pub const MAX_FACTS_PER_SHARD: usize = 20;

/// Maximum number of fingerprints of one shard. 40 ECS tasks with the same error are 40 fingerprints.
pub const MAX_FINGERPRINTS_PER_SHARD: usize = 48;

/// Maximum number of excluded records of one shard, and of late ones.
pub const MAX_UNCOUNTED_PER_SHARD: usize = 500;

/// Number of shards of a bucket that must be able to count up to `events`.
pub fn shards_for(events: u64) -> u8 {
    if events <= MAX_EVENTS_PER_SHARD as u64 {
        return 1;
    }
    let shards = events.div_ceil(EVENTS_PLANNED_PER_SHARD);
    u8::try_from(shards).unwrap_or(MAX_SHARDS).min(MAX_SHARDS)
}

/// Result of adding elements to a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Elements that are new.
    pub new: u64,
    /// Elements that the bucket already held.
    pub duplicate: u64,
    /// Elements that are not kept, because the bucket is full. The bucket is marked then.
    pub overflow: u64,
}

impl Added {
    /// The result of adding `members` to a shard that held `before`. A full shard takes no new element.
    pub fn between(before: &BTreeSet<Member>, members: &BTreeSet<Member>) -> Self {
        let duplicate = members.intersection(before).count() as u64;
        let others = members.len() as u64 - duplicate;
        if before.len() < MAX_EVENTS_PER_SHARD {
            Self {
                new: others,
                duplicate,
                overflow: 0,
            }
        } else {
            Self {
                new: 0,
                duplicate,
                overflow: others,
            }
        }
    }
}

/// The parts of a shard that are below their limit. A part below its limit takes all additions of a batch, and can exceed
/// the limit by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Fewer than [`MAX_EVENTS_PER_SHARD`] elements.
    pub members: bool,
    /// Fewer than [`MAX_FACTS_PER_SHARD`] records with facts.
    pub facts: bool,
    /// Fewer than [`MAX_FINGERPRINTS_PER_SHARD`] fingerprints.
    pub fingerprints: bool,
}

impl Capacity {
    /// The capacity of a shard that holds so many elements, records with facts, and fingerprints.
    pub fn of(members: usize, facts: usize, fingerprints: usize) -> Self {
        Self {
            members: members < MAX_EVENTS_PER_SHARD,
            facts: facts < MAX_FACTS_PER_SHARD,
            fingerprints: fingerprints < MAX_FINGERPRINTS_PER_SHARD,
        }
    }
}

/// A matching record as one alarm counts it.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// The element to count.
    pub member: Member,
    /// Time of the call.
    pub called: Timestamp,
    /// Details for notifications; `None` if the batch has enough of them.
    pub details: Option<Details>,
}

/// Details of a record for notifications.
#[derive(Clone, Debug)]
pub struct Details {
    /// The facts; `None` if [`Additions::may_keep`] excludes that they would be kept.
    pub facts: Option<Arc<Facts>>,
    /// The fingerprint.
    pub fingerprint: Fingerprint,
}

impl Details {
    /// The details of a record with these facts.
    pub fn new(facts: Facts) -> Self {
        Self {
            fingerprint: Fingerprint::of(&facts),
            facts: Some(Arc::new(facts)),
        }
    }
}

/// Additions of one batch to one shard of a bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Additions {
    /// The elements.
    pub members: BTreeSet<Member>,
    /// Number of records, including duplicates within the batch.
    pub deliveries: u64,
    /// Facts of the earliest records of the batch, at most [`MAX_FACTS_PER_SHARD`].
    pub facts: BTreeSet<Arc<Facts>>,
    /// Fingerprints of the elements, at most [`MAX_FINGERPRINTS_PER_SHARD`], each with the smallest key that has it. Those with
    /// the smallest keys stay. AWS chooses the keys at random, so a caller cannot crowd out the fingerprints of others.
    pub fingerprints: BTreeMap<Fingerprint, EventId>,
    /// Times of the first and the last call of the batch.
    pub times: BTreeSet<Timestamp>,
    /// Matching records that an `Exclude` entry excluded, at most [`MAX_UNCOUNTED_PER_SHARD`].
    pub excluded: BTreeSet<ExcludedRecord>,
    /// Matching records that were delivered in this bucket, too late to count, at most [`MAX_UNCOUNTED_PER_SHARD`].
    pub too_late: BTreeSet<EventId>,
    /// Records that do not count, because an earlier record has the same combination of values (`FirstSeen`). At most
    /// [`MAX_EVENTS_PER_SHARD`].
    pub superseded: BTreeSet<EventId>,
}

impl Additions {
    /// The additions limited to [`MAX_EVENTS_PER_SHARD`] elements, and the number of elements beyond.
    ///
    /// The selection depends only on the elements, so that a retry adds the same ones.
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

    /// Whether facts that begin with `prefix` may be kept. `false` is certain, also after further insertions.
    ///
    /// When the set is full, facts are kept only if they sort before its last element, and that element only ever becomes
    /// smaller. A prefix that sorts after the last element proves that the whole facts do.
    pub fn may_keep(&self, prefix: &[(Fact, &str)]) -> bool {
        match self.facts.last() {
            Some(last) if self.facts.len() >= MAX_FACTS_PER_SHARD => {
                prefix.iter().copied().le(last.iter().take(prefix.len()))
            }
            _ => true,
        }
    }

    /// Adds one occurrence. Returns `false` if its key is already there.
    pub fn insert(&mut self, occurrence: &Occurrence) -> bool {
        let is_new = occurrence.member.insert_into(&mut self.members);
        self.deliveries += 1;
        // Also for a known key: another record can have the same value, or correct the first one.
        if let Some(Details { facts, fingerprint }) = &occurrence.details {
            if let Some(facts) = facts {
                insert_bounded(&mut self.facts, Arc::clone(facts), MAX_FACTS_PER_SHARD);
            }
            if occurrence.member.fingerprint().is_some() {
                insert_sampled(&mut self.fingerprints, fingerprint, occurrence.member.id());
            }
        }
        let is_within = self
            .times
            .first()
            .is_some_and(|first| *first <= occurrence.called)
            && self
                .times
                .last()
                .is_some_and(|last| occurrence.called <= *last);
        if !is_within {
            self.times.insert(occurrence.called);
        }
        if let (3.., Some(&first), Some(&last)) =
            (self.times.len(), self.times.first(), self.times.last())
        {
            self.times = BTreeSet::from([first, last]);
        }
        is_new
    }

    /// Adds a match that an `Exclude` entry excludes.
    pub fn exclude(&mut self, record: ExcludedRecord) {
        insert_bounded(&mut self.excluded, record, MAX_UNCOUNTED_PER_SHARD);
    }

    /// Adds a match that is too late to count.
    pub fn record_late(&mut self, id: EventId) {
        insert_bounded(&mut self.too_late, id, MAX_UNCOUNTED_PER_SHARD);
    }

    /// Marks a record as superseded by an earlier one.
    pub fn supersede(&mut self, id: EventId) {
        insert_bounded(&mut self.superseded, id, MAX_EVENTS_PER_SHARD);
    }

    /// Merges the additions of another series. Returns the number of elements that are in both.
    pub fn append(&mut self, mut other: Self) -> u64 {
        let known = self.members.intersection(&other.members).count() as u64;
        for member in other.members {
            member.insert_into(&mut self.members);
        }
        self.deliveries += other.deliveries;
        for facts in other.facts {
            insert_bounded(&mut self.facts, facts, MAX_FACTS_PER_SHARD);
        }
        for (fingerprint, hash) in other.fingerprints {
            insert_sampled(&mut self.fingerprints, &fingerprint, hash);
        }
        self.times.append(&mut other.times);
        other
            .excluded
            .into_iter()
            .for_each(|record| self.exclude(record));
        other
            .too_late
            .into_iter()
            .for_each(|id| self.record_late(id));
        other
            .superseded
            .into_iter()
            .for_each(|id| self.supersede(id));
        known
    }
}

/// Inserts into a set that keeps its `most` smallest elements. The result does not depend on the order of insertions.
fn insert_bounded<T: Ord>(set: &mut BTreeSet<T>, element: T, most: usize) {
    set.insert(element);
    if set.len() > most {
        set.pop_last();
    }
}

/// Inserts into a bottom-k sample: the [`MAX_FINGERPRINTS_PER_SHARD`] fingerprints with the smallest hashes stay, in any
/// order of insertions. The hash of a fingerprint is the smallest key of its elements.
fn insert_sampled(
    fingerprints: &mut BTreeMap<Fingerprint, EventId>,
    fingerprint: &Fingerprint,
    hash: EventId,
) {
    if let Some(smallest) = fingerprints.get_mut(fingerprint) {
        *smallest = hash.min(*smallest);
        return;
    }
    // It would be removed again.
    if fingerprints.len() >= MAX_FINGERPRINTS_PER_SHARD
        && fingerprints.values().all(|other| *other < hash)
    {
        return;
    }
    fingerprints.insert(fingerprint.clone(), hash);
    if fingerprints.len() > MAX_FINGERPRINTS_PER_SHARD {
        let largest = fingerprints.iter().max_by_key(|&(_, hash)| hash);
        if let Some(largest) = largest.map(|(fingerprint, _)| fingerprint.clone()) {
            fingerprints.remove(&largest);
        }
    }
}

/// Contents of one bucket, with all shards merged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bucket {
    /// The elements.
    pub members: BTreeSet<Member>,
    /// Number of records that were delivered for them.
    pub deliveries: u64,
    /// Facts of some of their records.
    pub facts: BTreeSet<Arc<Facts>>,
    /// Fingerprints of most of their records.
    pub fingerprints: BTreeSet<Fingerprint>,
    /// Times of calls, including the first and the last.
    pub times: BTreeSet<Timestamp>,
    /// Records that an `Exclude` entry excluded.
    pub excluded: BTreeSet<ExcludedRecord>,
    /// Records that were too late to count.
    pub too_late: BTreeSet<EventId>,
    /// Records that do not count, because an earlier record has the same combination of values (`FirstSeen`). They can be
    /// among `members`.
    pub superseded: BTreeSet<EventId>,
    /// Whether elements were not kept because a shard was full.
    pub overflow: bool,
}

impl Bucket {
    /// Adds to a bucket that is one shard, within the limits of a shard. [`Capacity`] has the limits.
    pub fn add(&mut self, additions: &Additions) -> Added {
        if self.excluded.len() < MAX_UNCOUNTED_PER_SHARD {
            self.excluded.extend(&additions.excluded);
        }
        if self.too_late.len() < MAX_UNCOUNTED_PER_SHARD {
            self.too_late.extend(&additions.too_late);
        }
        if self.superseded.len() < MAX_EVENTS_PER_SHARD {
            self.superseded.extend(&additions.superseded);
        }
        let (additions, excess) = additions.bounded();
        let capacity = Capacity::of(
            self.members.len(),
            self.facts.len(),
            self.fingerprints.len(),
        );
        let mut added = Added::between(&self.members, &additions.members);
        added.overflow += excess;
        self.overflow |= added.overflow > 0;
        if !capacity.members {
            return added;
        }
        for member in &additions.members {
            member.insert_into(&mut self.members);
        }
        self.deliveries += additions.deliveries;
        if capacity.facts {
            self.facts.extend(additions.facts.iter().cloned());
        }
        if capacity.fingerprints {
            (self.fingerprints).extend(additions.fingerprints.keys().cloned());
        }
        self.times.extend(&additions.times);
        added
    }

    /// Whether excluded records were perhaps not kept because a shard was full.
    pub fn has_lost_excluded(&self) -> bool {
        self.excluded.len() >= MAX_UNCOUNTED_PER_SHARD
    }

    /// Removes the superseded records, and their facts.
    pub fn remove_superseded(&mut self) {
        if self.superseded.is_empty() {
            return;
        }
        let superseded = &self.superseded;
        let members = self.members.len();
        self.members
            .retain(|member| !superseded.contains(&member.id()));
        let removed = members - self.members.len();
        // They are not repeated deliveries of the records that count.
        self.deliveries = self.deliveries.saturating_sub(removed as u64);
        self.facts.retain(|facts| {
            let id = facts.text(Fact::EventId).and_then(EventId::of_uuid);
            id.is_none_or(|id| !superseded.contains(&id))
        });
    }

    /// Merges another shard of the same bucket.
    pub fn merge(&mut self, mut other: Self) {
        for member in other.members {
            member.insert_into(&mut self.members);
        }
        self.deliveries += other.deliveries;
        self.facts.append(&mut other.facts);
        self.fingerprints.append(&mut other.fingerprints);
        self.times.append(&mut other.times);
        self.excluded.append(&mut other.excluded);
        self.too_late.append(&mut other.too_late);
        self.superseded.append(&mut other.superseded);
        self.overflow |= other.overflow;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Fact;

    #[test]
    fn facts_that_may_not_be_kept_are_not_kept() {
        let facts = |time: usize, name: &str, id: usize| {
            let (time, id) = (time.to_string(), id.to_string());
            let (time, id) = (
                (Fact::EventTime, time.as_str()),
                (Fact::EventId, id.as_str()),
            );
            match name {
                // Some have no name.
                "" => Facts::from([time, id]),
                name => Facts::from([time, (Fact::EventName, name), id]),
            }
        };
        let mut seed = 7_usize;
        let mut random = |limit: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % limit
        };
        let (mut all, mut filtered, mut rejected) = (Additions::default(), Additions::default(), 0);
        for number in 0..500 {
            let name = ["", "Decrypt", "Encrypt"][random(3)];
            let details = Details::new(facts(10 + random(30), name, random(400)));
            let prefix: Vec<_> = details
                .facts
                .iter()
                .flat_map(|facts| facts.iter())
                .take(random(4))
                .collect();
            let may_keep = filtered.may_keep(&prefix);
            rejected += usize::from(!may_keep);
            let occurrence = |details: Details| Occurrence {
                member: Member::new(
                    EventId::of_texts(&[&number.to_string()]),
                    None,
                    Some(&details.fingerprint),
                ),
                called: Timestamp::UNIX_EPOCH,
                details: Some(details),
            };
            all.insert(&occurrence(details.clone()));
            let facts = details.facts.clone().filter(|_| may_keep);
            filtered.insert(&occurrence(Details { facts, ..details }));
        }
        assert_eq!(all, filtered);
        assert!(rejected > 200, "{rejected}");
    }

    #[test]
    fn fingerprints_are_sampled_by_key_and_independently_of_the_order() {
        let occurrence = |number: usize, code: &str| {
            let details = Details::new(Facts::from([(Fact::ErrorCode, code)]));
            let id = EventId::of_texts(&[&number.to_string()]);
            Occurrence {
                member: Member::new(id, None, Some(&details.fingerprint)),
                called: Timestamp::UNIX_EPOCH,
                details: Some(details),
            }
        };
        // Few calls have the texts that sort first, and there are many such texts.
        let flood = (0..200).map(|number| occurrence(number, &format!("A{number}")));
        let all: Vec<Occurrence> = flood
            .chain((200..1_000).map(|number| occurrence(number, "Z")))
            .collect();
        let (mut forward, mut backward, mut halves) = (
            Additions::default(),
            Additions::default(),
            Additions::default(),
        );
        for (one, other) in all.iter().zip(all.iter().rev()) {
            forward.insert(one);
            backward.insert(other);
        }
        for part in all.chunks(300).rev() {
            let mut of_part = Additions::default();
            for occurrence in part {
                of_part.insert(occurrence);
            }
            halves.append(of_part);
        }
        assert_eq!(forward.fingerprints.len(), MAX_FINGERPRINTS_PER_SHARD);
        assert_eq!(forward.fingerprints, backward.fingerprints);
        assert_eq!(forward.fingerprints, halves.fingerprints);
        let codes = || {
            forward
                .fingerprints
                .keys()
                .filter_map(|fingerprint| fingerprint.facts().text(Fact::ErrorCode))
        };
        assert!(
            codes().any(|code| code == "Z"),
            "the frequent one is sampled"
        );
        let keys = all
            .iter()
            .take(200)
            .map(|o| o.member.id())
            .collect::<BTreeSet<_>>();
        let smallest = keys
            .iter()
            .take(MAX_FINGERPRINTS_PER_SHARD - 1)
            .collect::<Vec<_>>();
        assert!(
            forward
                .fingerprints
                .values()
                .filter(|hash| smallest.contains(hash))
                .count()
                == smallest.len()
        );
    }
}

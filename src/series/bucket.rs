//! What a batch adds to a bucket, what a bucket holds, and how much that may be.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::member::{EventId, Fingerprint, Member};
use crate::evidence::{Fact, Facts};

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

/// Most combinations of facts that one shard counts by. Forty tasks that fail alike are forty of them.
pub const MAX_FINGERPRINTS_PER_SHARD: usize = 48;

/// Most records of one shard that are remembered as excluded, and most that came too late.
pub const MAX_UNCOUNTED_PER_SHARD: usize = 500;

/// How many shards a bucket has in which this many events must be details from one fewer.
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

/// One matching record, as an alarm counts it.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// What is counted.
    pub member: Member,
    /// When the call was made.
    pub called: Timestamp,
    /// What a notification tells of it; none where the batch has details enough.
    pub details: Option<Details>,
}

/// What a notification tells of a record.
#[derive(Clone, Debug)]
pub struct Details {
    /// What the record says; none where [`Additions::may_keep`] knows that they would not be kept.
    pub facts: Option<Arc<Facts>>,
    /// What it is counted by.
    pub fingerprint: Fingerprint,
}

impl Details {
    /// What is details of a record with these facts.
    pub fn new(facts: Facts) -> Self {
        Self {
            fingerprint: Fingerprint::of(&facts),
            facts: Some(Arc::new(facts)),
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
    /// FingerprintCache of the elements, at most [`MAX_FINGERPRINTS_PER_SHARD`], each with the least identity that has it. Those with the
    /// least stay: AWS draws the identities by hash, so no caller can choose texts that crowd out another's.
    pub fingerprints: BTreeMap<Fingerprint, EventId>,
    /// The times of the batch's first and last call.
    pub times: BTreeSet<Timestamp>,
    /// Records that matched and an `Exclude` entry kept from counting, at most [`MAX_UNCOUNTED_PER_SHARD`].
    pub excluded: BTreeSet<EventId>,
    /// Records that matched, were delivered in this bucket, and came too late to count, at most
    /// [`MAX_UNCOUNTED_PER_SHARD`].
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

    /// Whether facts that begin with these could be among those that are kept. No is certain, whatever comes later: there
    /// is no room, what sorts behind the last that is kept by its beginning sorts behind it as a whole, and the last only
    /// ever gives way to what sorts before it.
    pub fn may_keep(&self, beginning: &[(Fact, &str)]) -> bool {
        match self.facts.last() {
            Some(last) if self.facts.len() >= MAX_FACTS_PER_SHARD => beginning
                .iter()
                .copied()
                .le(last.iter().take(beginning.len())),
            _ => true,
        }
    }

    /// Adds one occurrence; `false` where its identity was there already.
    pub fn insert(&mut self, occurrence: &Occurrence) -> bool {
        let is_new = occurrence.member.insert_into(&mut self.members);
        self.deliveries += 1;
        // Also of an element that is there: another record can have the same value, or correct the first.
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

    /// Notes a match that an `Exclude` entry keeps from counting.
    pub fn exclude(&mut self, id: EventId) {
        insert_bounded(&mut self.excluded, id, MAX_UNCOUNTED_PER_SHARD);
    }

    /// Notes a match that came too late to count.
    pub fn record_late(&mut self, id: EventId) {
        insert_bounded(&mut self.too_late, id, MAX_UNCOUNTED_PER_SHARD);
    }

    /// Adds what another series adds; returns how many of its elements were there already.
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
        other.excluded.into_iter().for_each(|id| self.exclude(id));
        other
            .too_late
            .into_iter()
            .for_each(|id| self.record_late(id));
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

/// The fingerprints with the least lots of all that were ever inserted stay, whatever their order.
fn insert_sampled(
    fingerprints: &mut BTreeMap<Fingerprint, EventId>,
    fingerprint: &Fingerprint,
    hash: EventId,
) {
    if let Some(least) = fingerprints.get_mut(fingerprint) {
        *least = hash.min(*least);
        return;
    }
    // It would be the one to go.
    if fingerprints.len() >= MAX_FINGERPRINTS_PER_SHARD
        && fingerprints.values().all(|other| *other < hash)
    {
        return;
    }
    fingerprints.insert(fingerprint.clone(), hash);
    if fingerprints.len() > MAX_FINGERPRINTS_PER_SHARD {
        let furthest = fingerprints.iter().max_by_key(|&(_, hash)| hash);
        if let Some(furthest) = furthest.map(|(fingerprint, _)| fingerprint.clone()) {
            fingerprints.remove(&furthest);
        }
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
    /// FingerprintCache of most of them.
    pub fingerprints: BTreeSet<Fingerprint>,
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
        for member in other.members {
            member.insert_into(&mut self.members);
        }
        self.deliveries += other.deliveries;
        self.facts.append(&mut other.facts);
        self.fingerprints.append(&mut other.fingerprints);
        self.times.append(&mut other.times);
        self.excluded.append(&mut other.excluded);
        self.too_late.append(&mut other.too_late);
        self.overflow |= other.overflow;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Fact;

    #[test]
    fn facts_that_are_not_made_would_not_have_been_kept() {
        let facts = |time: usize, name: &str, id: usize| {
            let (time, id) = (time.to_string(), id.to_string());
            let (time, id) = (
                (Fact::EventTime, time.as_str()),
                (Fact::EventId, id.as_str()),
            );
            match name {
                // Some say less.
                "" => Facts::from([time, id]),
                name => Facts::from([time, (Fact::EventName, name), id]),
            }
        };
        let mut seed = 7_usize;
        let mut draw = |limit: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % limit
        };
        let (mut all, mut wanted, mut spared) = (Additions::default(), Additions::default(), 0);
        for number in 0..500 {
            let name = ["", "Decrypt", "Encrypt"][draw(3)];
            let details = Details::new(facts(10 + draw(30), name, draw(400)));
            let beginning: Vec<_> = details
                .facts
                .iter()
                .flat_map(|facts| facts.iter())
                .take(draw(4))
                .collect();
            let is_wanted = wanted.may_keep(&beginning);
            spared += usize::from(!is_wanted);
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
            let facts = details.facts.clone().filter(|_| is_wanted);
            wanted.insert(&occurrence(Details { facts, ..details }));
        }
        assert_eq!(all, wanted);
        assert!(spared > 200, "{spared}");
    }

    #[test]
    fn which_shapes_are_kept_is_drawn_by_identity_and_in_no_order() {
        let occurrence = |number: usize, code: &str| {
            let details = Details::new(Facts::from([(Fact::ErrorCode, code)]));
            let id = EventId::of_texts(&[&number.to_string()]);
            Occurrence {
                member: Member::new(id, None, Some(&details.fingerprint)),
                called: Timestamp::UNIX_EPOCH,
                details: Some(details),
            }
        };
        // Few of the calls have the texts that sort first, and there are many such texts.
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
        assert!(codes().any(|code| code == "Z"), "the frequent one is drawn");
        let least = all
            .iter()
            .take(200)
            .map(|o| o.member.id())
            .collect::<BTreeSet<_>>();
        let drawn = least
            .iter()
            .take(MAX_FINGERPRINTS_PER_SHARD - 1)
            .collect::<Vec<_>>();
        assert!(
            forward
                .fingerprints
                .values()
                .filter(|hash| drawn.contains(hash))
                .count()
                == drawn.len()
        );
    }
}

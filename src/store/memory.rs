use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Added, Detail, FARTHEST_AHEAD, SaveTerms, Saved, Store, StoreError, Stored, Visit};
use crate::alarm::state::Status;
use crate::alarm::window::Window;
use crate::series::{
    Additions, Bucket, BucketKey, EventId, MAX_ASIDE_PER_SHARD, MAX_EVENTS_PER_SHARD,
    MAX_FACTS_PER_SHARD, MAX_GROUPS_PER_HOUR, MAX_SHAPES_PER_SHARD, SeriesKey,
};

/// Counts and states in the memory of this process.
///
/// For tests, for replays and for trying things out. Each Lambda execution environment would count for itself and
/// forget everything when it goes; deploy with a table.
///
/// What has expired is forgotten by the first save that comes an hour or more after the last one that did so: a process
/// that runs for long stays within the memory of what it needs.
#[derive(Debug, Default)]
pub struct MemoryStore {
    series: Mutex<HashMap<SeriesKey, Kept>>,
    groups: Mutex<BTreeMap<(String, Timestamp), Admitted>>,
    /// What the tick must visit, and since when; apart, since many more series are at rest.
    visits: Mutex<BTreeMap<SeriesKey, Timestamp>>,
    /// When what had expired was last forgotten.
    forgot: Mutex<Timestamp>,
    /// When the next publication may begin.
    next_publication: Mutex<Timestamp>,
    canary: Mutex<Option<Timestamp>>,
}

/// How often what has expired is forgotten.
const FORGET_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The groups of an alarm in an hour.
#[derive(Debug)]
struct Admitted {
    groups: BTreeSet<EventId>,
    expires: Timestamp,
}

#[derive(Debug, Default)]
struct Kept {
    /// By beginning and shard; with when they may be forgotten.
    buckets: BTreeMap<(Timestamp, u8), (Bucket, Timestamp)>,
    stored: Option<Stored>,
    expires: Timestamp,
}

impl MemoryStore {
    fn series(&self) -> MutexGuard<'_, HashMap<SeriesKey, Kept>> {
        // A panic elsewhere leaves no half-done change behind: each is one assignment.
        self.series.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn groups(&self) -> MutexGuard<'_, BTreeMap<(String, Timestamp), Admitted>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn visits(&self) -> MutexGuard<'_, BTreeMap<SeriesKey, Timestamp>> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_canary(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.canary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget_expired(&self, now: Timestamp) {
        let mut forgot = self.forgot.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(*forgot) < FORGET_AFTER {
            return;
        }
        *forgot = now;
        self.groups().retain(|_, admitted| admitted.expires > now);
        self.series().retain(|_, kept| {
            kept.buckets.retain(|_, (_, expires)| *expires > now);
            if kept.expires <= now {
                kept.stored = None;
            }
            !kept.buckets.is_empty() || kept.stored.is_some()
        });
    }
}

impl Store for MemoryStore {
    async fn add(
        &self,
        bucket: &BucketKey,
        additions: &Additions,
        expires: Timestamp,
    ) -> Result<Added, StoreError> {
        let mut series = self.series();
        let kept = series.entry(bucket.series.clone()).or_default();
        let (bucket, kept_until) = kept
            .buckets
            .entry((bucket.start, bucket.shard))
            .or_insert_with(|| (Bucket::default(), expires));
        *kept_until = expires.max(*kept_until);
        if bucket.excluded.len() < MAX_ASIDE_PER_SHARD {
            bucket.excluded.extend(&additions.excluded);
        }
        if bucket.too_late.len() < MAX_ASIDE_PER_SHARD {
            bucket.too_late.extend(&additions.too_late);
        }
        let (additions, excess) = additions.bounded();
        bucket.overflow |= excess > 0;
        let mut added = Added {
            overflow: excess,
            ..Added::default()
        };
        if bucket.members.len() >= MAX_EVENTS_PER_SHARD {
            let known = additions.members.intersection(&bucket.members).count() as u64;
            added.duplicate = known;
            let turned_away = additions.members.len() as u64 - known;
            added.overflow += turned_away;
            bucket.overflow |= turned_away > 0;
            return Ok(added);
        }
        for &member in &additions.members {
            if member.insert_into(&mut bucket.members) {
                added.new += 1;
            } else {
                added.duplicate += 1;
            }
        }
        bucket.deliveries += additions.deliveries;
        if bucket.facts.len() < MAX_FACTS_PER_SHARD {
            bucket.facts.extend(additions.facts.iter().cloned());
        }
        if bucket.shapes.len() < MAX_SHAPES_PER_SHARD {
            bucket.shapes.extend(additions.shapes.keys().cloned());
        }
        bucket.times.extend(&additions.times);
        Ok(added)
    }

    async fn admit(
        &self,
        alarm: &str,
        hour: Timestamp,
        groups: &BTreeSet<EventId>,
        expires: Timestamp,
    ) -> Result<BTreeSet<EventId>, StoreError> {
        let mut all = self.groups();
        let admitted = all
            .entry((alarm.to_owned(), hour))
            .or_insert_with(|| Admitted {
                groups: BTreeSet::new(),
                expires,
            });
        admitted.expires = expires.max(admitted.expires);
        let room = MAX_GROUPS_PER_HOUR.saturating_sub(admitted.groups.len());
        let new: Vec<EventId> = groups.difference(&admitted.groups).copied().collect();
        admitted.groups.extend(new.into_iter().take(room));
        Ok(groups.intersection(&admitted.groups).copied().collect())
    }

    async fn buckets(
        &self,
        series: &SeriesKey,
        span: Window,
        detail: Detail,
    ) -> Result<BTreeMap<Timestamp, Bucket>, StoreError> {
        let all = self.series();
        let Some(kept) = all.get(series) else {
            return Ok(BTreeMap::new());
        };
        let range = kept.buckets.range((span.start, 0)..(span.end, 0));
        let mut buckets: BTreeMap<Timestamp, Bucket> = BTreeMap::new();
        for (&(start, _), (shard, _)) in range {
            let mut shard = shard.clone();
            if detail == Detail::Counts {
                shard.facts.clear();
                shard.shapes.clear();
            }
            buckets.entry(start).or_default().merge(shard);
        }
        Ok(buckets)
    }

    async fn status(&self, series: &SeriesKey) -> Result<Option<Stored>, StoreError> {
        Ok(self
            .series()
            .get(series)
            .and_then(|kept| kept.stored.clone()))
    }

    async fn save(
        &self,
        series: &SeriesKey,
        status: &Status,
        terms: SaveTerms,
    ) -> Result<Saved, StoreError> {
        let mut all = self.series();
        let kept = all.entry(series.clone()).or_default();
        let version = kept.stored.as_ref().map_or(0, |stored| stored.version);
        if version != terms.version {
            return Ok(Saved::Conflict);
        }
        kept.stored = Some(Stored {
            status: status.clone(),
            version: version + 1,
            visited: terms.visit,
        });
        kept.expires = terms.expires;
        if terms.visit && !terms.visited {
            self.visits().insert(series.clone(), terms.now);
        }
        drop(all);
        // Not before: the status that was read may be one of those that have expired.
        self.forget_expired(terms.now);
        Ok(Saved::Saved)
    }

    async fn reserve_publication(
        &self,
        now: Timestamp,
        interval: Duration,
        latest: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let next = self.next_publication.lock();
        let mut next = next.unwrap_or_else(PoisonError::into_inner);
        let is_real = next.duration_since(now) <= FARTHEST_AHEAD;
        let turn = if is_real { now.max(*next) } else { now };
        if turn > latest {
            return Ok(None);
        }
        *next = turn + interval;
        Ok(Some(turn))
    }

    async fn see_canary(&self, delivered: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let mut canary = self.lock_canary();
        let known = canary.filter(|known| known.duration_since(now) <= FARTHEST_AHEAD);
        *canary = known.max(Some(delivered));
        Ok(())
    }

    async fn canary(&self, now: Timestamp) -> Result<Timestamp, StoreError> {
        let mut canary = self.lock_canary();
        let known = canary.filter(|known| known.duration_since(now) <= FARTHEST_AHEAD);
        Ok(*canary.insert(known.unwrap_or(now)))
    }

    async fn to_visit(&self) -> Result<Vec<Visit>, StoreError> {
        let visit = |(series, &asked): (&SeriesKey, &Timestamp)| Visit {
            series: series.clone(),
            asked,
        };
        Ok(self.visits().iter().map(visit).collect())
    }

    async fn strike(&self, visit: &Visit, _now: Timestamp) -> Result<(), StoreError> {
        let mut visits = self.visits();
        if visits.get(&visit.series) == Some(&visit.asked) {
            visits.remove(&visit.series);
        }
        Ok(())
    }
}

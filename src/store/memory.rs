use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    Detail, DueSeries, SaveOptions, SaveOutcome, Schedule, Store, StoreError, StoredStatus,
};
use crate::alarm::state::Status;
use crate::alarm::window::{MAX_AHEAD, Window};
use crate::series::{
    Added, Additions, Bucket, BucketKey, EventId, MAX_EVENTS_PER_SHARD, MAX_FACTS_PER_SHARD,
    MAX_FINGERPRINTS_PER_SHARD, MAX_GROUPS_PER_HOUR, MAX_UNCOUNTED_PER_SHARD, SeriesKey,
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
    /// The due series and when each was scheduled. Separate, because most series are idle.
    schedule: Mutex<BTreeMap<SeriesKey, Timestamp>>,
    /// When what had expired was last forgotten.
    forgot: Mutex<Timestamp>,
    /// The earliest time of the next publication.
    next_publication: Mutex<Timestamp>,
    /// When the newest canary was delivered.
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
    stored: Option<StoredStatus>,
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

    fn schedule(&self) -> MutexGuard<'_, BTreeMap<SeriesKey, Timestamp>> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_canary(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.canary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove_expired(&self, now: Timestamp) {
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
        if bucket.excluded.len() < MAX_UNCOUNTED_PER_SHARD {
            bucket.excluded.extend(&additions.excluded);
        }
        if bucket.too_late.len() < MAX_UNCOUNTED_PER_SHARD {
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
        if bucket.fingerprints.len() < MAX_FINGERPRINTS_PER_SHARD {
            bucket
                .fingerprints
                .extend(additions.fingerprints.keys().cloned());
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
                shard.fingerprints.clear();
            }
            buckets.entry(start).or_default().merge(shard);
        }
        Ok(buckets)
    }

    async fn status(&self, series: &SeriesKey) -> Result<Option<StoredStatus>, StoreError> {
        Ok(self
            .series()
            .get(series)
            .and_then(|kept| kept.stored.clone()))
    }

    async fn save(
        &self,
        series: &SeriesKey,
        status: &Status,
        options: SaveOptions,
    ) -> Result<SaveOutcome, StoreError> {
        let mut all = self.series();
        let kept = all.entry(series.clone()).or_default();
        let version = kept.stored.as_ref().map_or(0, |stored| stored.version);
        if version != options.expected_version {
            return Ok(SaveOutcome::Conflict);
        }
        kept.stored = Some(StoredStatus {
            status: status.clone(),
            version: version + 1,
            schedule: options.schedule,
        });
        kept.expires = options.expires;
        if (options.previous_schedule, options.schedule) == (Schedule::Idle, Schedule::Due) {
            self.schedule().insert(series.clone(), options.now);
        }
        drop(all);
        // Not before: the status that was read may be one of those that have expired.
        self.remove_expired(options.now);
        Ok(SaveOutcome::Applied)
    }

    async fn reserve_publication(
        &self,
        now: Timestamp,
        interval: Duration,
        latest: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let next = self.next_publication.lock();
        let mut next = next.unwrap_or_else(PoisonError::into_inner);
        let is_real = next.duration_since(now) <= MAX_AHEAD;
        let turn = if is_real { now.max(*next) } else { now };
        if turn > latest {
            return Ok(None);
        }
        *next = turn + interval;
        Ok(Some(turn))
    }

    async fn record_canary(&self, delivered: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let mut canary = self.lock_canary();
        let known = canary.filter(|known| known.duration_since(now) <= MAX_AHEAD);
        *canary = known.max(Some(delivered));
        Ok(())
    }

    async fn newest_canary(&self, now: Timestamp) -> Result<Timestamp, StoreError> {
        let mut canary = self.lock_canary();
        let known = canary.filter(|known| known.duration_since(now) <= MAX_AHEAD);
        Ok(*canary.insert(known.unwrap_or(now)))
    }

    async fn due_series(&self) -> Result<Vec<DueSeries>, StoreError> {
        let due = |(series, &scheduled_at): (&SeriesKey, &Timestamp)| DueSeries {
            series: series.clone(),
            scheduled_at,
        };
        Ok(self.schedule().iter().map(due).collect())
    }

    async fn unschedule(&self, due: &DueSeries, _now: Timestamp) -> Result<(), StoreError> {
        let mut schedule = self.schedule();
        if schedule.get(&due.series) == Some(&due.scheduled_at) {
            schedule.remove(&due.series);
        }
        Ok(())
    }
}

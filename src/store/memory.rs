//! Counts and states in the memory of the process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    Detail, DueSeries, HealthEvent, SaveOptions, SaveOutcome, Schedule, Store, StoreError,
    StoredStatus,
};
use crate::alarm::state::Status;
use crate::alarm::window::{MAX_AHEAD, Window};
use crate::series::{Added, Additions, Bucket, BucketKey, EventId, MAX_GROUPS_PER_HOUR, SeriesKey};

/// Store in the memory of this process, for tests, replays and trials.
///
/// Not for deployment: each Lambda execution environment would have its own counts, and they end with it.
///
/// Expired items are removed by a save, at most once an hour. So the memory of a process that runs for long is bounded by the
/// items that have not expired.
#[derive(Debug, Default)]
pub struct MemoryStore {
    series: Mutex<HashMap<SeriesKey, SeriesItems>>,
    groups: Mutex<BTreeMap<(String, Timestamp), Admitted>>,
    /// The due series and when each was scheduled. Separate, because most series are idle.
    schedule: Mutex<BTreeMap<SeriesKey, Timestamp>>,
    /// Time of the last removal of expired items.
    last_removal: Mutex<Timestamp>,
    /// The earliest time of the next publication.
    next_publication: Mutex<Timestamp>,
    /// Delivery time of the newest canary.
    canary: Mutex<Option<Timestamp>>,
    health_events: Mutex<BTreeMap<HealthEvent, Timestamp>>,
}

/// Minimum time between two removals of expired items.
const REMOVAL_INTERVAL: SignedDuration = SignedDuration::from_hours(1);

/// Groups of an alarm that are counted separately in an hour.
#[derive(Debug)]
struct Admitted {
    groups: BTreeSet<EventId>,
    expires: Timestamp,
}

/// Contents of a series.
#[derive(Debug, Default)]
struct SeriesItems {
    /// Shards by beginning of their bucket and number, each with its expiry.
    buckets: BTreeMap<(Timestamp, u8), (Bucket, Timestamp)>,
    stored: Option<StoredStatus>,
    expires: Timestamp,
}

impl MemoryStore {
    fn series(&self) -> MutexGuard<'_, HashMap<SeriesKey, SeriesItems>> {
        // A panic elsewhere leaves no partial change, because each change is one assignment.
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

    fn lock_health_events(&self) -> MutexGuard<'_, BTreeMap<HealthEvent, Timestamp>> {
        let events = self.health_events.lock();
        events.unwrap_or_else(PoisonError::into_inner)
    }

    fn remove_expired(&self, now: Timestamp) {
        let mut last = (self.last_removal.lock()).unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(*last) < REMOVAL_INTERVAL {
            return;
        }
        *last = now;
        self.groups().retain(|_, admitted| admitted.expires > now);
        self.series().retain(|_, items| {
            items.buckets.retain(|_, (_, expires)| *expires > now);
            if items.expires <= now {
                items.stored = None;
            }
            !items.buckets.is_empty() || items.stored.is_some()
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
        let items = series.entry(bucket.series.clone()).or_default();
        let (bucket, expires_at) = items
            .buckets
            .entry((bucket.start, bucket.shard))
            .or_insert_with(|| (Bucket::default(), expires));
        *expires_at = expires.max(*expires_at);
        Ok(bucket.add(additions))
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
        let capacity = MAX_GROUPS_PER_HOUR.saturating_sub(admitted.groups.len());
        let new: Vec<EventId> = groups.difference(&admitted.groups).copied().collect();
        admitted.groups.extend(new.into_iter().take(capacity));
        Ok(groups.intersection(&admitted.groups).copied().collect())
    }

    async fn buckets(
        &self,
        series: &SeriesKey,
        span: Window,
        detail: Detail,
    ) -> Result<BTreeMap<Timestamp, Bucket>, StoreError> {
        let all = self.series();
        let Some(items) = all.get(series) else {
            return Ok(BTreeMap::new());
        };
        let range = items.buckets.range((span.start, 0)..(span.end, 0));
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
            .and_then(|items| items.stored.clone()))
    }

    async fn save(
        &self,
        series: &SeriesKey,
        status: &Status,
        options: SaveOptions,
    ) -> Result<SaveOutcome, StoreError> {
        let mut all = self.series();
        let items = all.entry(series.clone()).or_default();
        let version = items.stored.as_ref().map_or(0, |stored| stored.version);
        if version != options.expected_version {
            return Ok(SaveOutcome::Conflict);
        }
        items.stored = Some(StoredStatus {
            status: status.clone(),
            version: version + 1,
            schedule: options.schedule,
        });
        items.expires = options.expires;
        if (options.previous_schedule, options.schedule) == (Schedule::Idle, Schedule::Due) {
            self.schedule().insert(series.clone(), options.now);
        }
        drop(all);
        // Only now, because the status that was read may have expired.
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
        let is_plausible = next.duration_since(now) <= MAX_AHEAD;
        let turn = if is_plausible { now.max(*next) } else { now };
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

    async fn record_health_events(
        &self,
        events: &BTreeSet<HealthEvent>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let happened = events.iter().map(|&event| (event, now));
        self.lock_health_events().extend(happened);
        Ok(())
    }

    async fn health_events(&self) -> Result<BTreeMap<HealthEvent, Timestamp>, StoreError> {
        Ok(self.lock_health_events().clone())
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

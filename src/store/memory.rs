//! Counts and states in the memory of the process.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    AdmissionList, Detail, DueSeries, HealthEvent, SaveOptions, SaveOutcome, Schedule, Store,
    StoreError, StoredStatus,
};
use crate::alarm::state::Status;
use crate::alarm::window::{MAX_AHEAD, Window};
use crate::series::{
    Added, Additions, Bucket, BucketKey, EventId, MAX_SIGHTINGS_PER_DAY, SeriesKey, Sighting,
    SightingKey, Sightings,
};

/// Store in the memory of this process, for tests, replays and trials.
///
/// Not for deployment: each Lambda execution environment would have its own counts, and they end with it.
///
/// Expired items are removed by a save, at most once an hour. So the memory of a process that runs for long is bounded by the
/// items that have not expired.
#[derive(Debug, Default)]
pub struct MemoryStore {
    series: Mutex<HashMap<SeriesKey, SeriesItems>>,
    admitted: Mutex<BTreeMap<(AdmissionList, String, Timestamp), Admitted>>,
    sightings: Mutex<BTreeMap<SightingKey, DaySightings>>,
    /// When each alarm began to learn combinations, by `AlarmName` and hash of the fields.
    learning: Mutex<BTreeMap<(String, EventId), Timestamp>>,
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

/// Entries of a list in an hour.
#[derive(Debug)]
struct Admitted {
    entries: BTreeSet<EventId>,
    expires: Timestamp,
}

/// Sightings of a combination on a day.
#[derive(Debug)]
struct DaySightings {
    sightings: BTreeSet<Sighting>,
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

    fn admitted(&self) -> MutexGuard<'_, BTreeMap<(AdmissionList, String, Timestamp), Admitted>> {
        self.admitted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn day_sightings(&self) -> MutexGuard<'_, BTreeMap<SightingKey, DaySightings>> {
        (self.sightings.lock()).unwrap_or_else(PoisonError::into_inner)
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
        self.admitted().retain(|_, admitted| admitted.expires > now);
        self.day_sightings().retain(|_, day| day.expires > now);
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
        list: AdmissionList,
        alarm: &str,
        hour: Timestamp,
        entries: &BTreeSet<EventId>,
        expires: Timestamp,
    ) -> Result<BTreeSet<EventId>, StoreError> {
        let mut all = self.admitted();
        let admitted = all
            .entry((list, alarm.to_owned(), hour))
            .or_insert_with(|| Admitted {
                entries: BTreeSet::new(),
                expires,
            });
        admitted.expires = expires.max(admitted.expires);
        let capacity = list.limit().saturating_sub(admitted.entries.len());
        let new: Vec<EventId> = entries.difference(&admitted.entries).copied().collect();
        admitted.entries.extend(new.into_iter().take(capacity));
        Ok(entries.intersection(&admitted.entries).copied().collect())
    }

    async fn remember(
        &self,
        key: &SightingKey,
        sighting: Sighting,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let mut all = self.day_sightings();
        let day = all.entry(key.clone()).or_insert_with(|| DaySightings {
            sightings: BTreeSet::new(),
            expires,
        });
        day.expires = expires.max(day.expires);
        if day.sightings.len() < MAX_SIGHTINGS_PER_DAY {
            day.sightings.insert(sighting);
        }
        Ok(())
    }

    async fn sightings(
        &self,
        key: &SightingKey,
        history_days: u32,
    ) -> Result<Sightings, StoreError> {
        let at = |day| SightingKey { day, ..key.clone() };
        let all = self.day_sightings();
        let (first, last) = (key.day.minus(history_days), key.day.plus(history_days));
        let mut found = Sightings::default();
        for (at, day) in all.range(at(first)..=at(last)) {
            match at.day.cmp(&key.day) {
                Ordering::Less => found.earlier = true,
                Ordering::Equal => found.same_day.clone_from(&day.sightings),
                Ordering::Greater => {
                    found.later.clone_from(&day.sightings);
                    break;
                }
            }
        }
        Ok(found)
    }

    async fn learning_since(
        &self,
        alarm: &str,
        fields: EventId,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let mut all = (self.learning.lock()).unwrap_or_else(PoisonError::into_inner);
        let since = all.entry((alarm.to_owned(), fields)).or_insert(now);
        if since.duration_since(now) > MAX_AHEAD {
            *since = now;
        }
        Ok(*since)
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

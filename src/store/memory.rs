use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::{Added, SaveTerms, Saved, Store, StoreError, Stored, Visit};
use crate::alarm::state::Status;
use crate::alarm::window::Window;
use crate::series::{
    Additions, Bucket, BucketKey, MAX_EVENTS_PER_BUCKET, MAX_FACTS_PER_BUCKET, SeriesKey,
};

/// Counts and states in the memory of this process.
///
/// For tests, for replays and for trying things out. Each Lambda execution environment would count for itself and
/// forget everything when it goes; deploy with a table.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<HashMap<SeriesKey, Kept>>);

#[derive(Debug, Default)]
struct Kept {
    buckets: BTreeMap<Timestamp, (Bucket, Timestamp)>,
    stored: Option<Stored>,
    asked: Option<Timestamp>,
}

impl MemoryStore {
    fn series(&self) -> MutexGuard<'_, HashMap<SeriesKey, Kept>> {
        // A panic elsewhere leaves no half-done change behind: each is one assignment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets every bucket that has expired, so that a long replay stays within the memory of its window.
    pub fn forget_expired(&self, now: Timestamp) {
        for kept in self.series().values_mut() {
            kept.buckets.retain(|_, (_, expires)| *expires > now);
        }
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
            .entry(bucket.start)
            .or_insert_with(|| (Bucket::default(), expires));
        *kept_until = expires.max(*kept_until);
        let (additions, excess) = additions.bounded();
        bucket.overflow |= excess > 0;
        let mut added = Added {
            overflow: excess,
            ..Added::default()
        };
        if bucket.members.len() >= MAX_EVENTS_PER_BUCKET {
            let known = additions.members.intersection(&bucket.members).count() as u64;
            added.duplicate = known;
            let turned_away = additions.members.len() as u64 - known;
            added.overflow += turned_away;
            bucket.overflow |= turned_away > 0;
            return Ok(added);
        }
        for &member in &additions.members {
            if bucket.members.insert(member) {
                added.new += 1;
            } else {
                added.duplicate += 1;
            }
        }
        if bucket.facts.len() < MAX_FACTS_PER_BUCKET {
            bucket.facts.extend(additions.facts.iter().cloned());
        }
        bucket.times.extend(&additions.times);
        Ok(added)
    }

    async fn buckets(
        &self,
        series: &SeriesKey,
        span: Window,
    ) -> Result<BTreeMap<Timestamp, Bucket>, StoreError> {
        let all = self.series();
        let Some(kept) = all.get(series) else {
            return Ok(BTreeMap::new());
        };
        let range = kept.buckets.range(span.start..span.end);
        Ok(range
            .map(|(&start, (bucket, _))| (start, bucket.clone()))
            .collect())
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
        if terms.visit && !terms.visited {
            kept.asked = Some(terms.now);
        }
        Ok(Saved::Saved)
    }

    async fn to_visit(&self) -> Result<Vec<Visit>, StoreError> {
        let visit = |(series, kept): (&SeriesKey, &Kept)| {
            kept.asked.map(|asked| Visit {
                series: series.clone(),
                asked,
            })
        };
        let mut visits: Vec<Visit> = self.series().iter().filter_map(visit).collect();
        visits.sort_by(|a, b| a.series.cmp(&b.series));
        Ok(visits)
    }

    async fn strike(&self, visit: &Visit, _now: Timestamp) -> Result<(), StoreError> {
        if let Some(kept) = self.series().get_mut(&visit.series)
            && kept.asked == Some(visit.asked)
        {
            kept.asked = None;
        }
        Ok(())
    }
}

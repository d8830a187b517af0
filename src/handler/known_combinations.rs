//! Cache of the combinations of `FirstSeen` that this process has looked up, so that known ones need no request.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::series::{Sighting, SightingKey};

/// Maximum number of combinations and days, about 200 bytes each. A full cache is emptied.
const MAX_ENTRIES: usize = 20_000;

/// Earliest sightings by combination and day, and the time since which each alarm learns.
///
/// A stored earliest sighting only ever becomes earlier. So a record after the cached one is known, also if
/// another one is stored now.
#[derive(Debug, Default)]
pub(super) struct KnownCombinations {
    earliest: Mutex<HashMap<SightingKey, Sighting>>,
    learning_since: Mutex<HashMap<String, Timestamp>>,
}

impl KnownCombinations {
    /// Whether an earlier record of the combination and day is known.
    pub(super) fn has_before(&self, key: &SightingKey, sighting: Sighting) -> bool {
        let earliest = lock(&self.earliest);
        earliest
            .get(key)
            .is_some_and(|earliest| *earliest < sighting)
    }

    /// Adds the earliest sighting that is stored for a combination and day.
    pub(super) fn insert(&self, key: &SightingKey, sighting: Sighting) {
        let mut earliest = lock(&self.earliest);
        if earliest.len() >= MAX_ENTRIES {
            earliest.clear();
        }
        earliest.insert(key.clone(), sighting);
    }

    /// Since when an alarm learns combinations; `None` if that was not read yet.
    pub(super) fn learning_since(&self, alarm: &str) -> Option<Timestamp> {
        lock(&self.learning_since).get(alarm).copied()
    }

    /// Sets since when an alarm learns combinations.
    pub(super) fn set_learning_since(&self, alarm: &str, since: Timestamp) {
        lock(&self.learning_since).insert(alarm.to_owned(), since);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves no partial change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

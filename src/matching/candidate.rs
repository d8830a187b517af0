//! Records of a batch that can be the first ones of their combination (`FirstSeen`).

use std::collections::BTreeMap;

use crate::series::{BucketKey, Occurrence, Sighting, SightingKey};

/// The earliest record of a combination on a day, within a batch.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its sighting.
    pub sighting: Sighting,
    /// The bucket in which it counts if it is a first.
    pub bucket: BucketKey,
    /// The element and the details that it adds to the bucket.
    pub occurrence: Occurrence,
    /// The values of the combination by selector. `None` for an absent value.
    pub values: Vec<(String, Option<String>)>,
}

/// The candidates of a batch.
#[derive(Debug, Default)]
pub struct Candidates {
    /// By combination and day.
    pub earliest: BTreeMap<SightingKey, Candidate>,
    /// Number of records that are not candidates, because an earlier one of the batch has their combination and day.
    pub known: u64,
}

impl Candidates {
    /// Whether there are no candidates.
    pub fn is_empty(&self) -> bool {
        self.earliest.is_empty()
    }

    /// Adds a record, unless an earlier one of the batch has its combination and day. `candidate` is called only if it is added.
    pub(super) fn add(
        &mut self,
        key: SightingKey,
        sighting: Sighting,
        candidate: impl FnOnce() -> Candidate,
    ) {
        if let Some(known) = self.earliest.get(&key) {
            self.known += 1;
            if known.sighting <= sighting {
                return;
            }
        }
        self.earliest.insert(key, candidate());
    }
}

//! How many records each exclusion kept from counting.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Identifies an exclusion by its pattern, so that it stays the same in another place of the list and with another reason.
///
/// It has four bytes, because the table stores one with each excluded record. Exclusions with the same ID are reported as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExclusionId(u32);

impl ExclusionId {
    /// The ID of the exclusion with this pattern: the first bytes of a SHA-256 of its text.
    pub fn of_pattern(pattern: &str) -> Self {
        let mut id = [0; 4];
        for (byte, of_digest) in id.iter_mut().zip(Sha256::digest(pattern)) {
            *byte = of_digest;
        }
        Self::from_bytes(id)
    }

    /// The four bytes of the ID.
    pub fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// Inverse of [`ExclusionId::to_bytes`].
    pub fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(u32::from_be_bytes(bytes))
    }
}

/// The number of records that one exclusion kept from counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludedCount {
    /// The exclusion.
    pub exclusion: ExclusionId,
    /// Number of its records.
    pub records: u64,
}

/// The most frequent ones of these exclusions, at most `most`, each with its number of records.
pub fn most_frequent(
    exclusions: impl IntoIterator<Item = ExclusionId>,
    most: usize,
) -> Vec<ExcludedCount> {
    let mut counts: BTreeMap<ExclusionId, u64> = BTreeMap::new();
    for exclusion in exclusions {
        *counts.entry(exclusion).or_default() += 1;
    }
    let mut counts: Vec<ExcludedCount> = (counts.into_iter())
        .map(|(exclusion, records)| ExcludedCount { exclusion, records })
        .collect();
    counts.sort_by_key(|count| Reverse(count.records));
    counts.truncate(most);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_exclusions_are_first_and_the_others_are_left_out() {
        let id = ExclusionId::of_pattern;
        let exclusions = ["a", "b", "b", "c", "c", "c"].map(id);
        let expected = [(id("c"), 3), (id("b"), 2)];
        let counts = most_frequent(exclusions, 2);
        let counts = counts.iter().map(|count| (count.exclusion, count.records));
        assert!(counts.eq(expected));
    }

    #[test]
    fn an_id_is_read_back_from_its_bytes() {
        let id = ExclusionId::of_pattern("{ $.eventName = \"Decrypt\" }");
        assert_eq!(ExclusionId::from_bytes(id.to_bytes()), id);
        assert_ne!(id, ExclusionId::of_pattern(""));
    }
}

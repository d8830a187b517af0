//! Counts per bucket, and the keys of series and buckets.
//!
//! An alarm counts [`Occurrence`]s: matching records, each with a deduplication key and a time. They are stored in buckets of
//! 10 or 60 seconds, because CloudWatch's windows slide by that step and cannot be rebuilt from wider buckets. A bucket is a
//! grow-only set of deduplication keys. A record that is delivered again (by a retry, a second subscription or a redrive of
//! the dead-letter queue) is already in it.

mod bucket;
mod excluded;
mod member;
mod sighting;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use bucket::{
    Added, Additions, Bucket, Capacity, Details, MAX_EVENTS_PER_BUCKET, MAX_EVENTS_PER_SHARD,
    MAX_FACTS_PER_SHARD, MAX_FINGERPRINTS_PER_SHARD, MAX_UNCOUNTED_PER_SHARD, Occurrence,
    shards_for,
};
pub use excluded::{ExcludedRecord, exclusion_by_record};
pub use member::{EventId, Fingerprint, FingerprintId, Member};
pub use sighting::{
    Day, MAX_NEW_COMBINATIONS_PER_HOUR, MAX_SIGHTINGS_PER_DAY, Sighting, SightingKey, Sightings,
    Verdict, sighting_life,
};

/// Maximum number of groups of an alarm that are counted separately in an hour; the others are counted in the overflow group.
/// At this limit CloudWatch disables a metric filter with dimensions (CloudWatch Logs User Guide, "Publish dimensions with
/// metrics").
pub const MAX_GROUPS_PER_HOUR: usize = 1_000;

/// A group of an alarm: selectors and values, in the order of `GroupBy`.
///
/// The value is missing if the field of the record is missing or is not a scalar.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Group(pub Vec<(String, Option<String>)>);

impl Group {
    /// The overflow group: all groups beyond [`MAX_GROUPS_PER_HOUR`]. No selector begins with a parenthesis, so no record is in
    /// this group by its values.
    pub fn overflow() -> Self {
        Self(vec![(
            "(group)".to_owned(),
            Some("(all others)".to_owned()),
        )])
    }

    /// The key of an alarm's digests. It is not a group of records: no selector begins with a parenthesis.
    pub fn digest() -> Self {
        Self(vec![("(group)".to_owned(), Some("(digest)".to_owned()))])
    }

    /// A hash that identifies the group among those of its alarm.
    pub fn identity(&self) -> EventId {
        let mut texts = Vec::new();
        for (selector, value) in &self.0 {
            // An empty value and a missing one must differ.
            texts.extend([
                selector.as_str(),
                value.as_deref().map_or("absent", |_| "present"),
            ]);
            texts.push(value.as_deref().unwrap_or_default());
        }
        EventId::of_texts(&texts)
    }

    /// The identity in 32 hexadecimal digits.
    pub fn id(&self) -> String {
        self.identity().to_hex()
    }

    /// Whether the group has `GroupBy` values, and is not the overflow group.
    pub fn is_specific(&self) -> bool {
        self.is_group() && *self != Self::overflow()
    }

    /// Whether this is a group of an alarm with `GroupBy`, including the overflow group.
    pub fn is_group(&self) -> bool {
        !self.0.is_empty() && *self != Self::digest()
    }

    /// The values as CloudWatch would write dimensions: `selector=value`, separated by a comma.
    pub fn to_text(&self) -> String {
        let pair = |(selector, value): &(String, Option<String>)| {
            format!("{selector}={}", value.as_deref().unwrap_or("(none)"))
        };
        self.0.iter().map(pair).collect::<Vec<_>>().join(", ")
    }
}

/// Key of a series: an alarm and one of its groups. Each series has its own state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// `AlarmName`.
    pub alarm: String,
    /// The group; empty for an alarm without `GroupBy`.
    pub group: Group,
}

/// Key of one shard of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketKey {
    /// The series.
    pub series: SeriesKey,
    /// The beginning of the bucket, a multiple of its width.
    pub start: Timestamp,
    /// The shard, from 0.
    pub shard: u8,
}

//! What is counted, and under which key.
//!
//! An alarm counts [`Occurrence`]s: a record that matched, with its identity and its time. They are kept in buckets of
//! 10 or 60 seconds ([`crate::alarm::window::bucket_width`]), since CloudWatch's windows slide by that step and can be
//! rebuilt from nothing coarser. A bucket is a set that only grows, of identities: a record that comes again, by retry,
//! by a second subscription or out of a dead-letter queue, is in it already.

mod bucket;
mod member;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use bucket::{
    Added, Additions, Bucket, Details, MAX_EVENTS_PER_BUCKET, MAX_EVENTS_PER_SHARD,
    MAX_FACTS_PER_SHARD, MAX_FINGERPRINTS_PER_SHARD, MAX_UNCOUNTED_PER_SHARD, Occurrence,
    shards_for,
};
pub use member::{EventId, Fingerprint, FingerprintId, Member};

/// Most groups of an alarm that are counted apart in an hour, which is where CloudWatch disables a metric filter with
/// dimensions (CloudWatch Logs User Guide, "Publish dimensions with metrics"). The others are counted as one.
pub const MAX_GROUPS_PER_HOUR: usize = 1_000;

/// The values that tell one group of an alarm from another: selector and value, in the order of `GroupBy`.
///
/// A record that lacks the field, or has no text or number there, is in the group without a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Group(pub Vec<(String, Option<String>)>);

impl Group {
    /// The group that stands for all others, in an hour with too many. No selector begins like this, so no record names
    /// it.
    pub fn rest() -> Self {
        Self(vec![(
            "(group)".to_owned(),
            Some("(all others)".to_owned()),
        )])
    }

    /// What tells the group from every other of the same alarm.
    pub fn identity(&self) -> EventId {
        let mut texts = Vec::new();
        for (selector, value) in &self.0 {
            // A value and its absence must not meet.
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

    /// Whether it is the group of a record, and not all of them together, or all others.
    pub fn is_one_of_many(&self) -> bool {
        !self.0.is_empty() && *self != Self::rest()
    }

    /// The values as CloudWatch would write dimensions: `selector=value`, separated by a comma.
    pub fn to_text(&self) -> String {
        let pair = |(selector, value): &(String, Option<String>)| {
            format!("{selector}={}", value.as_deref().unwrap_or("(none)"))
        };
        self.0.iter().map(pair).collect::<Vec<_>>().join(", ")
    }
}

/// One alarm and one of its groups: what has a state of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// `AlarmName`.
    pub alarm: String,
    /// Empty for an alarm without `GroupBy`.
    pub group: Group,
}

/// One shard of one bucket of a series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketKey {
    /// Whose bucket.
    pub series: SeriesKey,
    /// Where it begins; a multiple of its width.
    pub start: Timestamp,
    /// Which shard, from 0.
    pub shard: u8,
}

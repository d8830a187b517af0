//! Storage of counts and alarm states.
//!
//! [`Store`] is the contract; [`MemoryStore`] and [`DynamoDbStore`] implement it. Stores make no decisions about alarms.

mod dynamodb;
mod health_event;
mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use crate::alarm::state::Status;
use crate::alarm::window::Window;
use crate::series::{
    Added, Additions, Bucket, BucketKey, EventId, SeriesKey, Sighting, SightingKey, Sightings,
};

pub use dynamodb::DynamoDbStore;
pub use health_event::HealthEvent;
pub use memory::MemoryStore;

/// How much of a bucket is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The elements and the records that did not count; no facts and no fingerprints.
    Counts,
    /// Everything.
    All,
}

/// Whether scheduled runs evaluate a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schedule {
    /// They do not: only new records can change its state.
    #[default]
    Idle,
    /// They do: its state can change as time passes, or a notification is pending.
    Due,
}

/// A list of an alarm with a limited number of entries in each hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdmissionList {
    /// The groups that are counted separately, at most [`MAX_GROUPS_PER_HOUR`](crate::series::MAX_GROUPS_PER_HOUR).
    Groups,
    /// The new combinations of `FirstSeen`, at most
    /// [`MAX_NEW_COMBINATIONS_PER_HOUR`](crate::series::MAX_NEW_COMBINATIONS_PER_HOUR).
    NewCombinations,
}

impl AdmissionList {
    /// Maximum number of entries in an hour.
    pub fn limit(self) -> usize {
        match self {
            Self::Groups => crate::series::MAX_GROUPS_PER_HOUR,
            Self::NewCombinations => crate::series::MAX_NEW_COMBINATIONS_PER_HOUR,
        }
    }
}

/// A status as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredStatus {
    /// The status.
    pub status: Status,
    /// How often it was saved.
    pub version: u64,
    /// The schedule that was saved with it.
    pub schedule: Schedule,
}

/// Result of [`Store::save`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveOutcome {
    /// The status is stored.
    Applied,
    /// Another invocation has saved since the status was read. Nothing was changed.
    Conflict,
}

/// Conditions and metadata of [`Store::save`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaveOptions {
    /// The version that was read; 0 if none was stored.
    pub expected_version: u64,
    /// The schedule of the version that was read.
    pub previous_schedule: Schedule,
    /// The schedule from now on.
    pub schedule: Schedule,
    /// The present time.
    pub now: Timestamp,
    /// When the status may be deleted.
    pub expires: Timestamp,
}

/// Counts and states, shared by all invocations.
///
/// Guarantees of an implementation:
///
/// * Every call is durable when it returns, and all later reads see it.
/// * `add` is a union with a set. Repeated, concurrent and reordered calls give the same bucket. It returns what this call
///   changed. A shard of a bucket that holds [`crate::series::MAX_EVENTS_PER_SHARD`] elements or more takes no further
///   element and is marked instead. The expiry of a full and marked bucket need not be extended.
/// * `save` replaces the whole status or nothing, and only if the stored version is the expected one. It increments the
///   version.
/// * `due_series` lists every series whose last save has [`Schedule::Due`]. It may list more.
/// * `reserve_publication` never reserves two times that are less than the interval apart, even in concurrent invocations.
///   The time of the newest canary only increases. A stored time of either that is more than five minutes after `now` is
///   ignored.
/// * Expired items may or may not be returned.
pub trait Store: Sync {
    /// Adds to a shard of a bucket.
    fn add(
        &self,
        bucket: &BucketKey,
        additions: &Additions,
        expires: Timestamp,
    ) -> impl Future<Output = Result<Added, StoreError>> + Send;

    /// Adds entries to a list of an alarm and an hour, up to its limit. Returns those of `entries` that are on the list. Entries
    /// are never removed from it.
    fn admit(
        &self,
        list: AdmissionList,
        alarm: &str,
        hour: Timestamp,
        entries: &BTreeSet<EventId>,
        expires: Timestamp,
    ) -> impl Future<Output = Result<BTreeSet<EventId>, StoreError>> + Send;

    /// Adds a sighting to those of a combination on a day, unless the day has
    /// [`MAX_SIGHTINGS_PER_DAY`](crate::series::MAX_SIGHTINGS_PER_DAY). A union, like `add`.
    fn remember(
        &self,
        key: &SightingKey,
        sighting: Sighting,
        expires: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The sightings of a combination on the day of `key`, and within so many days before and after it.
    fn sightings(
        &self,
        key: &SightingKey,
        history_days: u32,
    ) -> impl Future<Output = Result<Sightings, StoreError>> + Send;

    /// When an alarm began to learn the combinations of these fields, which have the hash `fields`. If that is not stored, stores
    /// and returns `now`, the present time. A stored time that is more than five minutes after `now` is replaced by `now`.
    fn learning_since(
        &self,
        alarm: &str,
        fields: EventId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Timestamp, StoreError>> + Send;

    /// The buckets of a series that begin in the span, each with its shards merged.
    fn buckets(
        &self,
        series: &SeriesKey,
        span: Window,
        detail: Detail,
    ) -> impl Future<Output = Result<BTreeMap<Timestamp, Bucket>, StoreError>> + Send;

    /// The status of a series; `None` if none is stored.
    fn status(
        &self,
        series: &SeriesKey,
    ) -> impl Future<Output = Result<Option<StoredStatus>, StoreError>> + Send;

    /// Saves the status of a series, unless another invocation has saved it since it was read.
    fn save(
        &self,
        series: &SeriesKey,
        status: &Status,
        options: SaveOptions,
    ) -> impl Future<Output = Result<SaveOutcome, StoreError>> + Send;

    /// Reserves a time for one publication and returns it: `now`, the present time, or a later time that is `interval`
    /// after the last reserved one. If that time is after `latest`, reserves nothing and returns `None`.
    fn reserve_publication(
        &self,
        now: Timestamp,
        interval: Duration,
        latest: Timestamp,
    ) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;

    /// Stores when CloudTrail delivered a record of the canary, unless a newer one is stored. `now` is the present time.
    fn record_canary(
        &self,
        delivered: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// When CloudTrail delivered the newest record of the canary. If none is stored, stores and returns `now`, the present
    /// time: the wait for the first canary begins with the first call.
    fn newest_canary(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<Timestamp, StoreError>> + Send;

    /// Stores that these events happened at `now`, the present time. Only the latest time of each event is kept.
    fn record_health_events(
        &self,
        events: &BTreeSet<HealthEvent>,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// When each health event last happened. Events that never happened are not in the map.
    fn health_events(
        &self,
    ) -> impl Future<Output = Result<BTreeMap<HealthEvent, Timestamp>, StoreError>> + Send;

    /// The series that a scheduled run must evaluate.
    fn due_series(&self) -> impl Future<Output = Result<Vec<DueSeries>, StoreError>> + Send;

    /// Removes an idle series from the list, unless a later save has scheduled it again.
    fn unschedule(
        &self,
        due: &DueSeries,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// An entry of the list that a scheduled run works through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueSeries {
    /// The series.
    pub series: SeriesKey,
    /// When a save last scheduled it.
    pub scheduled_at: Timestamp,
}

/// A failed request to a store. It can be retried safely.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action}{}", for_alarm(alarm))]
#[non_exhaustive]
pub struct StoreError {
    /// The operation.
    pub action: &'static str,
    /// `AlarmName`; empty if the operation is not about one alarm.
    pub alarm: String,
    /// The cause.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

fn for_alarm(alarm: &str) -> String {
    if alarm.is_empty() {
        return String::new();
    }
    format!(" for alarm {alarm:?}")
}

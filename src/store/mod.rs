//! Where counts and states are kept.
//!
//! [`Store`] is the contract; [`MemoryStore`] and [`DynamoDbStore`] keep it. No decision is taken here.

mod dynamodb;
mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::future::Future;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::alarm::state::Status;
use crate::alarm::window::Window;
use crate::series::{Additions, Bucket, BucketKey, EventId, SeriesKey};

pub use dynamodb::DynamoDbStore;
pub use memory::MemoryStore;

/// What became of the elements that were to be added to a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Were not there and are now.
    pub new: u64,
    /// Were there already.
    pub duplicate: u64,
    /// Are not kept, since the bucket is full; the bucket says so from now on.
    pub overflow: u64,
}

/// How far ahead of the clock a stored time can lie that an invocation has set: a reserved publication, or a canary. A
/// later one was not set by a right clock and is ignored. It would hold back every notification, or hide that no canary
/// comes, until then.
const FARTHEST_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// How much of a bucket is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What was counted and what was not; no facts and no shapes.
    Counts,
    /// Everything.
    All,
}

/// A status as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// What is remembered.
    pub status: Status,
    /// How often it was saved.
    pub version: u64,
    /// Whether its save asked for visits.
    pub visited: bool,
}

/// What became of a status that was to be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is stored.
    Saved,
    /// Somebody else saved in between; nothing was changed.
    Conflict,
}

/// What a save says beside the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaveTerms {
    /// The version that was read, 0 where none was stored.
    pub version: u64,
    /// Whether the version that was read asked for visits.
    pub visited: bool,
    /// Whether the tick must visit the series from now on.
    pub visit: bool,
    /// The present time.
    pub now: Timestamp,
    /// When the status may be forgotten.
    pub expires: Timestamp,
}

/// Counts and states, shared by all invocations.
///
/// What an implementation owes:
///
/// * Every call is durable when it returns, and a later read by anybody sees it.
/// * `add` is a union with a set: applied twice, concurrently or in another order it gives the same bucket. It says
///   what this call changed. A bucket that holds [`crate::series::MAX_EVENTS_PER_BUCKET`] elements or more takes no
///   further one and is marked instead; one that is full and marked need not live longer for it.
/// * `save` replaces the status, with everything in it, at once or not at all, and only if the stored version is the
///   one given; then the version is one higher.
/// * `to_visit` lists every series whose last save asked for a visit. It may list more.
/// * What has expired may be there or not.
pub trait Store: Sync {
    /// Adds to a shard of a bucket.
    fn add(
        &self,
        bucket: &BucketKey,
        additions: &Additions,
        expires: Timestamp,
    ) -> impl Future<Output = Result<Added, StoreError>> + Send;

    /// Enters groups of an alarm into the list of an hour, as far as it stays within
    /// [`crate::series::MAX_GROUPS_PER_HOUR`]. Returns those of `groups` that are on it; what is on it stays there.
    fn admit(
        &self,
        alarm: &str,
        hour: Timestamp,
        groups: &BTreeSet<EventId>,
        expires: Timestamp,
    ) -> impl Future<Output = Result<BTreeSet<EventId>, StoreError>> + Send;

    /// The buckets of a series that begin in the span, the shards of each together.
    fn buckets(
        &self,
        series: &SeriesKey,
        span: Window,
        detail: Detail,
    ) -> impl Future<Output = Result<BTreeMap<Timestamp, Bucket>, StoreError>> + Send;

    /// What is remembered of a series.
    fn status(
        &self,
        series: &SeriesKey,
    ) -> impl Future<Output = Result<Option<Stored>, StoreError>> + Send;

    /// Saves what is to be remembered, if nobody else has since.
    fn save(
        &self,
        series: &SeriesKey,
        status: &Status,
        terms: SaveTerms,
    ) -> impl Future<Output = Result<Saved, StoreError>> + Send;

    /// Reserves the time of the next publication: at least `interval` after the one reserved before, whoever reserved it.
    /// Returns none, and reserves nothing, if that time is after `latest`. `now` is the present time.
    fn reserve_publication(
        &self,
        now: Timestamp,
        interval: Duration,
        latest: Timestamp,
    ) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;

    /// Remembers when the newest record of the canary was delivered. `now` is the present time.
    fn see_canary(
        &self,
        delivered: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// When the newest record of the canary was delivered. If none has come yet, the wait for the first one begins: then
    /// it is the time of the first call.
    fn canary(&self, now: Timestamp) -> impl Future<Output = Result<Timestamp, StoreError>> + Send;

    /// The series that the tick must visit.
    fn to_visit(&self) -> impl Future<Output = Result<Vec<Visit>, StoreError>> + Send;

    /// Takes a series that was found at rest off the list, unless a save has asked for a visit since.
    fn strike(
        &self,
        visit: &Visit,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// An entry of the list that the tick works through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The series.
    pub series: SeriesKey,
    /// When a save last asked for it.
    pub asked: Timestamp,
}

/// A store that did not do what it was asked. Trying again can help and does no harm.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action}{}", for_alarm(alarm))]
#[non_exhaustive]
pub struct StoreError {
    /// What was being done.
    pub action: &'static str,
    /// For which alarm; empty if it was for all.
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

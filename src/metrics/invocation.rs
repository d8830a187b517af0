//! The measurements of one invocation.

use std::collections::BTreeMap;

use super::counters::{Combinations, Counters};
use crate::evidence::ExclusionId;

/// Metrics of one invocation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InvocationMetrics {
    /// The record accounting.
    pub counters: Counters,
    /// Matches.
    pub occurrences: u64,
    /// Matches that an `Exclude` entry excluded.
    pub excluded: u64,
    /// Matches that were not counted, because the field of `MetricValue` has no number within 1e300 of zero.
    pub invalid_values: u64,
    /// Records that each `Exclude` entry kept from counting in at least one alarm.
    pub exclusions: BTreeMap<ExclusionId, u64>,
    /// Matches that were counted in the overflow group, because an hour had too many groups.
    pub in_overflow_group: u64,
    /// Matches of alarms with `FirstSeen`.
    pub combinations: Combinations,
    /// Changes of state.
    pub transitions: u64,
    /// Published notifications.
    pub sent: u64,
    /// Pending notifications.
    pub pending: u64,
    /// Notifications of groups that were moved to a digest.
    pub in_digest: u64,
    /// Age of the oldest pending notification, in milliseconds; `None` if none is pending.
    pub oldest_pending_age: Option<i64>,
    /// The problems that a scheduled run found, empty if it found none. `None` if this was not a scheduled run.
    pub health: Option<Vec<String>>,
    /// Whether the invocation or a scheduled run in it failed.
    pub failed: bool,
    /// Whether the counters do not add up: a record or a match is not accounted for.
    pub is_unaccounted: bool,
    /// How long the invocation took, in milliseconds.
    pub duration: i64,
    /// Time from the delivery of the newest record by CloudTrail to this invocation, in milliseconds. `None` without a record.
    pub delivery_lag: Option<i64>,
}

impl InvocationMetrics {
    /// Whether the invocation was a scheduled run that found no problem.
    pub(super) fn is_healthy(&self) -> bool {
        self.health.as_ref().is_some_and(Vec::is_empty)
    }
}

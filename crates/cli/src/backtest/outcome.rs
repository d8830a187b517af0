//! Result of a replay.

use std::collections::BTreeMap;

use jiff::Timestamp;

use cloudtrail_alarms::evidence::ExclusionId;
use cloudtrail_alarms::metrics::Counters;

/// Result of the replay of all records.
#[derive(Debug, Default)]
pub(super) struct ReplayOutcome {
    pub(super) counters: Counters,
    /// Matches that an `Exclude` entry kept from counting.
    pub(super) excluded: u64,
    /// Matches that do not count, because the field of `MetricValue` has no number within 1e300 of zero.
    pub(super) invalid_values: u64,
    /// Records that each `Exclude` entry kept from counting.
    pub(super) exclusions: BTreeMap<ExclusionId, u64>,
    /// New combinations of `FirstSeen` in the warm-up, which do not count.
    pub(super) learned: u64,
    /// By name.
    pub(super) alarms: BTreeMap<String, AlarmCounts>,
    /// The times of the first and the last delivery.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// Whether nothing more would happen without further records.
    pub(super) is_idle: bool,
}

/// Number of events of one alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct AlarmCounts {
    /// Changes to `ALARM`.
    pub(super) alarms: u64,
    /// All changes of state.
    pub(super) transitions: u64,
    /// Notifications, including reminders.
    pub(super) notifications: u64,
}

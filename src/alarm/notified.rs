//! The last notification of an incident, and when a reminder follows it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::definition::AlarmDefinition;
use super::window::{self, saturating_add, saturating_sub};

/// The last notification of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notified {
    /// When it was decided.
    pub at: Timestamp,
    /// How many notifications this incident has caused, at least 1.
    pub count: u32,
    /// End of the time span that it covers. `None` if an earlier version stored it.
    #[serde(default)]
    pub through: Option<Timestamp>,
    /// How many of the records (or distinct values) that it covers are at [`late_from`](Self::late_from) or later.
    #[serde(default, rename = "told")]
    pub already_reported: u64,
    /// How many of the incident's records the notifications have reported. `None` if an earlier version stored it.
    #[serde(default)]
    pub reported: Option<u64>,
    /// Start of the span of the next notification, if there are records that no notification has reported.
    #[serde(default)]
    pub unreported_from: Option<Timestamp>,
}

impl Notified {
    /// Start of the first bucket that this notification does not cover.
    pub(super) fn next_from(&self, definition: &AlarmDefinition) -> Timestamp {
        let through = self.through.unwrap_or(self.at);
        window::bucket_start_at_or_after(through, &definition.settings)
    }

    /// Start of the oldest bucket that was still open when this notification was decided: records can have arrived in it
    /// since.
    pub(super) fn late_from(&self, definition: &AlarmDefinition) -> Timestamp {
        let earliest = saturating_sub(self.at, definition.allowed_lateness);
        let bucket = window::bucket_at(earliest, &definition.settings);
        bucket.start.min(self.next_from(definition))
    }

    /// Whether a reminder may follow at `now`.
    pub(super) fn is_reminder_due(&self, definition: &AlarmDefinition, now: Timestamp) -> bool {
        let interval = definition.reminder_interval(self.count);
        interval.is_some_and(|interval| now >= saturating_add(self.at, interval))
    }
}

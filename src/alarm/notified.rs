//! The last notification of an incident, and when a reminder follows it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::call_kind::{NewKinds, ReportedKinds};
use super::datapoints::Series;
use super::definition::AlarmDefinition;
use super::window::{self, Window, saturating_add, saturating_sub};

/// Minimum time from a notification to one about a new kind of call.
const NEW_KIND_INTERVAL: SignedDuration = SignedDuration::from_mins(10);

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
    /// How many of the records (or distinct values) that it covers are at `late_from` or later.
    #[serde(default)]
    pub already_reported: u64,
    /// How many of the incident's records the notifications have reported. `None` if an earlier version stored it.
    #[serde(default)]
    pub reported: Option<u64>,
    /// Start of the span of the next notification, if there are records that no notification has reported.
    #[serde(default)]
    pub unreported_from: Option<Timestamp>,
    /// Whether a call of a new kind is among these records.
    #[serde(default)]
    pub has_new_kind: bool,
    /// The kinds of calls that the notifications have reported. `None` if an earlier version stored it: no kind is
    /// new before the next notification.
    #[serde(default)]
    pub kinds: Option<ReportedKinds>,
    /// How many notifications were sent for a new kind of call before their interval had passed. They do not make the interval
    /// longer.
    #[serde(default)]
    pub for_new_kinds: u32,
}

impl Notified {
    /// The state before the first notification of an incident.
    pub(super) fn first(at: Timestamp) -> Self {
        Self {
            at,
            count: 0,
            through: None,
            already_reported: 0,
            reported: None,
            unreported_from: None,
            has_new_kind: false,
            kinds: Some(ReportedKinds::default()),
            for_new_kinds: 0,
        }
    }

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

    /// Whether a reminder may follow at `now`: the interval has passed, or ten minutes and there is a new kind of call.
    pub(super) fn is_reminder_due(&self, definition: &AlarmDefinition, now: Timestamp) -> bool {
        let has_passed = |interval| now >= saturating_add(self.at, interval);
        definition.renotify_after.is_some()
            && (self.has_interval_passed(definition, now)
                || self.has_new_kind && has_passed(NEW_KIND_INTERVAL))
    }

    /// Whether the interval between two reminders has passed at `now`.
    pub(super) fn has_interval_passed(&self, definition: &AlarmDefinition, now: Timestamp) -> bool {
        let counted = self.count.saturating_sub(self.for_new_kinds);
        let interval = definition.reminder_interval(counted);
        interval.is_some_and(|interval| now >= saturating_add(self.at, interval))
    }

    /// The new kinds of calls among these records.
    pub(super) fn new_kinds(&self, series: &Series<'_>, window: Window) -> NewKinds {
        let kinds = self.kinds.as_ref();
        kinds.map_or_else(NewKinds::default, |kinds| {
            kinds.new_among(series.calls(window))
        })
    }

    /// Whether a kind of call can be new, and none is known to be new.
    pub(super) fn can_have_new_kind(&self) -> bool {
        self.unreported_from.is_some()
            && !self.has_new_kind
            && (self.kinds.as_ref()).is_some_and(ReportedKinds::has_capacity)
    }
}

//! The stored state of an alarm: one [`Status`] for each of its groups.
//!
//! ```text
//!                           M of N datapoints breach
//!   OK, INSUFFICIENT_DATA ───────────────────────────> ALARM ──┐ after `RenotifyAfter`:
//!            ^                                           │ ^───┘ a reminder
//!            └───────────────────────────────────────────┘
//!                      recovered, or data is missing
//! ```
//!
//! Each arrow adds a [`PendingNotification`] to [`Status::pending`] (the outbox) if the alarm notifies of the new state. The
//! handler leases it, publishes it, and then removes it. A stay in `ALARM` is an [`Incident`].
//!
//! Compared with Prometheus: [`Incident::from`] is `FiredAt`, [`Incident::to`] is `ResolvedAt`, [`Notified::at`] is
//! `LastSentAt`. There is no state "pending": `EvaluationPeriods` and `DatapointsToAlarm` replace `for`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::alarm_state::AlarmState;
use super::datapoints::Series;
use super::definition::AlarmDefinition;
use super::evaluation::{Datapoint, evaluate};
use super::window::{self, MAX_AHEAD, Window, saturating_add, saturating_sub};
use crate::evidence::Evidence;

/// Longest interval between two notifications of an alarm that stays in `ALARM`, unless `RenotifyAfter` is longer.
const MAX_REMINDER_INTERVAL: SignedDuration = SignedDuration::from_hours(24);

/// The stored state of one series, that is of an alarm or of one of its groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The state.
    pub state: AlarmState,
    /// The evaluation instant at which the state was entered.
    pub since: Timestamp,
    /// All evaluation instants up to this one are decided.
    pub evaluated: Timestamp,
    /// Start of the newest bucket that was read.
    pub newest: Option<Timestamp>,
    /// The latest stays in `ALARM`, oldest first.
    #[serde(rename = "episodes")]
    pub incidents: Vec<Incident>,
    /// The last notification of the current incident. `None` outside of `ALARM`.
    pub notified: Option<Notified>,
    /// The counts of the current incident. `None` outside of `ALARM`.
    #[serde(rename = "running")]
    pub running_totals: Option<RunningTotals>,
    /// The outbox: notifications that are decided and not yet published, oldest first.
    #[serde(rename = "owed")]
    pub pending: Vec<PendingNotification>,
}

/// A stay in `ALARM`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The evaluation instant that began it.
    pub from: Timestamp,
    /// The evaluation instant that ended it. `None` if it continues.
    pub to: Option<Timestamp>,
}

/// The last notification of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notified {
    /// When it was decided.
    pub at: Timestamp,
    /// How many notifications this incident has caused, at least 1.
    pub count: u32,
    /// End of the time span that it covers. `None` if an earlier version stored it.
    #[serde(default)]
    pub through: Option<Timestamp>,
    /// How many of the records that it covers are also in the span of the next notification.
    #[serde(default, rename = "told")]
    pub already_reported: u64,
}

impl Notified {
    /// Start of the span of the next notification: the last bucket of this one, which may have grown since.
    ///
    /// The start is not earlier than `AllowedLateness` before this notification, so that its buckets are not yet expired.
    pub(super) fn next_from(&self, definition: &AlarmDefinition) -> Timestamp {
        let earliest = saturating_sub(self.at, definition.allowed_lateness);
        let until = self.through.unwrap_or(self.at).clamp(earliest, self.at);
        window::bucket_at(until, &definition.settings).start
    }

    /// Whether a reminder is due, if the alarm is still in `ALARM`. The interval doubles with each notification.
    pub(super) fn is_reminder_due(&self, definition: &AlarmDefinition, now: Timestamp) -> bool {
        let Some(first) = definition.renotify_after else {
            return false;
        };
        let doubled = 2_i32.checked_pow(self.count - 1).unwrap_or(i32::MAX);
        let interval = first.checked_mul(doubled).unwrap_or(SignedDuration::MAX);
        now >= saturating_add(self.at, interval.min(MAX_REMINDER_INTERVAL.max(first)))
    }
}

/// The counts of the current incident, over the time for which no more records are expected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningTotals {
    /// How many records.
    pub count: u64,
    /// Whether there were more than could be stored.
    pub at_least: bool,
    /// End of the time that is counted.
    pub through: Timestamp,
}

impl RunningTotals {
    /// The totals at `until`. `series` must cover the time from [`through`](Self::through) to `until`.
    pub(super) fn counted_until(self, series: &Series<'_>, until: Timestamp) -> Self {
        let more = Window {
            start: self.through,
            end: until.max(self.through),
        };
        Self {
            count: self.count + series.count(more),
            at_least: self.at_least || series.at_least(more),
            through: more.end,
        }
    }

    /// The totals at `until` of the incident that began at `since`.
    pub(super) fn totals(
        self,
        series: &Series<'_>,
        since: Timestamp,
        until: Timestamp,
    ) -> IncidentTotals {
        let Self {
            count, at_least, ..
        } = self.counted_until(series, until);
        IncidentTotals {
            since,
            count,
            at_least,
            notifications: 0,
        }
    }
}

/// The counts of an incident, for a notification.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentTotals {
    /// The evaluation instant that began it.
    pub since: Timestamp,
    /// How many records (or distinct values) were counted, including those of the windows that began it.
    pub count: u64,
    /// Whether there were more than could be stored.
    pub at_least: bool,
    /// How many notifications it caused before this one.
    pub notifications: u32,
}

/// A change of state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateChange {
    /// The state before.
    pub from: AlarmState,
    /// The state after; equal to `from` in a reminder.
    pub to: AlarmState,
    /// The evaluation instant.
    pub at: Timestamp,
    /// The reason, as CloudWatch words it.
    pub reason: String,
}

/// A notification that is decided and not yet published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingNotification {
    /// Unique; the same each time that this notification is published.
    pub id: String,
    /// The state change.
    pub change: StateChange,
    /// When it was decided; later than `change.at` if late records caused it.
    pub since: Timestamp,
    /// 0 for the state change itself, otherwise the number of the reminder.
    pub repeat: u32,
    /// The facts and counts of its records.
    pub evidence: Evidence,
    /// The totals of the incident that ended or continues.
    #[serde(default)]
    pub totals: Option<IncidentTotals>,
    /// How many earlier notifications were dropped from the full outbox before they could be published.
    #[serde(default, rename = "stands_for")]
    pub dropped_before: u64,
    /// How many of the records (or distinct values) the previous notification included too: those of its last bucket, if
    /// that bucket grew afterwards.
    #[serde(default, rename = "told_before")]
    pub already_reported: u64,
    /// Whether older windows of the evaluation range decided the alarm, because the newest window is empty.
    #[serde(default, rename = "is_by_older")]
    pub decided_by_older_windows: bool,
    /// Which invocation may publish it, and until when.
    pub lease: Option<Lease>,
}

/// The exclusive right to publish a notification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// Request ID of the invocation that holds it.
    pub holder: String,
    /// When it ends.
    pub until: Timestamp,
}

impl Status {
    /// The status of a new series. Its first evaluation instant is after `begin`.
    pub fn initial(begin: Timestamp) -> Self {
        Self {
            state: AlarmState::InsufficientData,
            since: begin,
            evaluated: begin,
            newest: None,
            incidents: Vec::new(),
            notified: None,
            running_totals: None,
            pending: Vec::new(),
        }
    }

    /// The status with corrected times, if they are later than any record that is accepted at `now`.
    ///
    /// An alarm with `evaluated` in the future ignores every record until then. So `evaluated` is set back to the newest
    /// instant that can be evaluated at `now`, and the other times are set to that instant or to `now`.
    #[must_use]
    pub fn without_future_times(mut self, definition: &AlarmDefinition, now: Timestamp) -> Self {
        let settings = &definition.settings;
        let step = window::evaluation_interval(settings);
        // An early decision evaluates the end of windows whose records are up to `MAX_AHEAD` in the future.
        let latest = saturating_add(
            now,
            MAX_AHEAD + definition.evaluation_periods_duration() + step + step,
        );
        let horizon = saturating_sub(now, definition.allowed_lateness);
        let horizon = window::evaluation_instant_at_or_before(horizon, settings);
        let within = |time: &mut Timestamp, otherwise: Timestamp| {
            if *time > latest {
                *time = otherwise;
            }
        };
        // An incident that was notified of is not notified of again.
        let notified = self.incidents.last().map(|incident| incident.from);
        let notified = notified.filter(|from| self.state == AlarmState::Alarm && *from <= latest);
        within(&mut self.since, notified.unwrap_or(horizon));
        within(&mut self.evaluated, horizon.max(self.since));
        let decided = self.evaluated;
        if let Some(newest) = &mut self.newest {
            within(newest, decided);
        }
        for Incident { from, to } in &mut self.incidents {
            within(from, decided);
            if let Some(to) = to {
                within(to, decided);
            }
        }
        if let Some(running) = &mut self.running_totals {
            within(&mut running.through, decided);
        }
        if let Some(notified) = &mut self.notified {
            if notified.at > saturating_add(now, MAX_AHEAD) {
                notified.at = now;
            }
            if let Some(through) = &mut notified.through {
                within(through, decided);
            }
        }
        for notification in &mut self.pending {
            within(&mut notification.since, now);
        }
        self
    }

    /// Whether, without new records, time changes neither the state nor causes a notification.
    pub fn is_at_rest(&self, definition: &AlarmDefinition) -> bool {
        let no_data = [Datapoint {
            start: self.evaluated,
            value: definition.default_value,
        }];
        let is_settled = self
            .newest
            .is_none_or(|newest| last_instant(definition, newest) <= self.evaluated);
        let has_reminders = self.state == AlarmState::Alarm && definition.renotify_after.is_some();
        self.pending.is_empty()
            && is_settled
            && !has_reminders
            && (evaluate(&no_data, &definition.settings, self.state).state == self.state)
    }

    /// The last notification, if a reminder is due after it.
    pub(super) fn due_reminder(
        &self,
        definition: &AlarmDefinition,
        now: Timestamp,
    ) -> Option<Notified> {
        self.notified.filter(|notified| {
            self.state == AlarmState::Alarm && notified.is_reminder_due(definition, now)
        })
    }

    /// The span of buckets that [`advance`](super::advance::advance) needs. `touched` are the starts of the buckets that the
    /// current batch added to.
    pub fn span(
        &self,
        definition: &AlarmDefinition,
        touched: &[Timestamp],
        now: Timestamp,
    ) -> Window {
        let reminder = self.due_reminder(definition, now);
        let earliest = [self.evaluated]
            .into_iter()
            .chain(self.running_totals.map(|totals| totals.through))
            .chain(reminder.map(|notified| notified.next_from(definition)));
        let first = touched.iter().copied().chain(earliest).min().unwrap_or(now);
        // `now` may be earlier than at the last scheduled run.
        let last = touched
            .iter()
            .copied()
            .chain([now, first])
            .max()
            .unwrap_or(now);
        let length =
            definition.evaluation_range_duration() + window::slots_before(&definition.settings);
        Window {
            start: saturating_sub(first, length),
            end: saturating_add(last, window::bucket_width(&definition.settings)),
        }
    }
}

/// The last evaluation instant that a bucket can influence.
fn last_instant(definition: &AlarmDefinition, bucket: Timestamp) -> Timestamp {
    let settings = &definition.settings;
    let width = window::bucket_width(settings) + window::evaluation_interval(settings);
    saturating_add(bucket, definition.evaluation_range_duration() + width)
}

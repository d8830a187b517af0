//! The stored state of an alarm: one [`Status`] for each of its groups.
//!
//! ```text
//!                           M of N datapoints breach
//!   OK, INSUFFICIENT_DATA ───────────────────────────> ALARM ──┐ new records, and `RenotifyAfter`
//!            ^                                           │ ^───┘ has passed: a reminder
//!            └───────────────────────────────────────────┘
//!                      recovered, or data is missing
//! ```
//!
//! Each arrow adds a [`PendingNotification`] to [`Status::pending`] (the outbox) if the alarm notifies of the new state. The
//! handler leases it, publishes it, and then removes it. A stay in `ALARM` is an [`Incident`].
//!
//! Compared with Prometheus: [`Incident::from`] is `FiredAt`, [`Incident::to`] is `ResolvedAt`, [`Notified::at`] is
//! `LastSentAt`. There is no state "pending": `EvaluationPeriods` and `DatapointsToAlarm` replace `for`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::alarm_state::AlarmState;
use super::definition::AlarmDefinition;
use super::digest::Digest;
use super::evaluation::{Datapoint, evaluate};
use super::group_limit::GroupLimit;
use super::window::{self, MAX_AHEAD, Window, saturating_add, saturating_sub};
use crate::evidence::Evidence;

pub use super::call_kind::{NewKinds, ReportedKinds};
pub use super::notified::Notified;
pub use super::running_totals::{IncidentTotals, RunningTotals};

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
    pub incidents: Vec<Incident>,
    /// The last notification of the current incident. `None` outside of `ALARM`.
    pub notified: Option<Notified>,
    /// The counts of the current incident. `None` outside of `ALARM`.
    pub running_totals: Option<RunningTotals>,
    /// The outbox: notifications that are decided and not yet published, oldest first.
    pub pending: Vec<PendingNotification>,
    /// The last `ALARM` of a group that left the outbox. `None` before the first one, and for an alarm without groups.
    #[serde(default)]
    pub last_alarm: Option<LastAlarm>,
    /// Only in the status of an alarm's digests: the limit of the notifications of its groups.
    #[serde(default)]
    pub group_limit: Option<GroupLimit>,
}

/// How the last `ALARM` of a group was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastAlarm {
    /// Its evaluation instant.
    pub at: Timestamp,
    /// Whether it was only in a digest.
    pub was_in_digest: bool,
}

/// A stay in `ALARM`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The evaluation instant that began it.
    pub from: Timestamp,
    /// The evaluation instant that ended it. `None` if it continues.
    pub to: Option<Timestamp>,
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
    #[serde(default)]
    pub dropped_before: u64,
    /// How many of the records (or distinct values) the previous notification included too: those of its last bucket, if
    /// that bucket grew afterwards.
    #[serde(default)]
    pub already_reported: u64,
    /// The kinds of calls that no earlier notification of the incident reported. `None` if there are none.
    #[serde(default)]
    pub new_kinds: Option<NewKinds>,
    /// Whether older windows of the evaluation range decided the alarm, because the newest window is empty.
    #[serde(default)]
    pub decided_by_older_windows: bool,
    /// The content of a digest. `None` in a notification of one series.
    #[serde(default)]
    pub digest: Option<Digest>,
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
            last_alarm: None,
            group_limit: None,
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
            let times = [&mut notified.through, &mut notified.unreported_from];
            for time in times.into_iter().flatten() {
                within(time, decided);
            }
        }
        if let Some(last) = &mut self.last_alarm {
            within(&mut last.at, decided);
        }
        for notification in &mut self.pending {
            within(&mut notification.since, now);
        }
        self
    }

    /// Whether, without new records, time changes neither the state nor causes a notification.
    pub fn is_at_rest(&self, definition: &AlarmDefinition) -> bool {
        if let Some(limit) = &self.group_limit {
            return self.pending.is_empty() && !limit.has_open_digest();
        }
        let no_data = [Datapoint {
            start: self.evaluated,
            value: definition.default_value,
        }];
        let is_settled = self
            .newest
            .is_none_or(|newest| last_instant(definition, newest) <= self.evaluated);
        self.pending.is_empty()
            && is_settled
            && !self.has_unreported_records(definition)
            && (evaluate(&no_data, &definition.settings, self.state).state == self.state)
    }

    /// Whether a reminder follows without further records.
    fn has_unreported_records(&self, definition: &AlarmDefinition) -> bool {
        let unreported = (self.notified.as_ref()).and_then(|notified| notified.unreported_from);
        self.state == AlarmState::Alarm
            && definition.renotify_after.is_some()
            && unreported.is_some()
    }

    /// The span in which the facts of records must be read, to see whether a kind of call is new. `before` is the status that
    /// was advanced to this one, `touched` are the buckets that the current batch added to. `None` if no kind can be new.
    pub fn unread_kinds(
        &self,
        definition: &AlarmDefinition,
        before: &Self,
        touched: &[Timestamp],
        now: Timestamp,
    ) -> Option<Window> {
        let notified = (self.notified.as_ref()).filter(|notified| {
            definition.renotify_after.is_some() && notified.can_have_new_kind()
        })?;
        let known = (before.notified.as_ref()).and_then(|notified| notified.unreported_from);
        let more = notified
            .unreported_from
            .filter(|_| known != notified.unreported_from);
        let start = touched.iter().copied().chain(more).min()?;
        let last = touched.iter().copied().chain([now]).max()?;
        let end = saturating_add(last, window::bucket_width(&definition.settings));
        Some(Window { start, end })
    }

    /// The span of buckets that [`advance`](super::advance::advance) needs. `touched` are the starts of the buckets that the
    /// current batch added to.
    pub fn span(
        &self,
        definition: &AlarmDefinition,
        touched: &[Timestamp],
        now: Timestamp,
    ) -> Window {
        let due = (self.notified.as_ref())
            .filter(|notified| notified.is_reminder_due(definition, now))
            .and_then(|notified| notified.unreported_from);
        let totals = (self.running_totals.as_ref()).map(|totals| totals.through);
        let earliest = [self.evaluated].into_iter().chain(totals).chain(due);
        let first = touched.iter().copied().chain(earliest).min().unwrap_or(now);
        // `now` may be earlier than at the last scheduled run.
        let last = touched
            .iter()
            .copied()
            .chain([now, first])
            .max()
            .unwrap_or(now);
        Window {
            start: read_from(definition, first),
            end: saturating_add(last, window::bucket_width(&definition.settings)),
        }
    }

    /// The span to read instead of [`Status::span`], if a reminder about `reported` covers more. That happens if a new kind of
    /// call causes it, which is known only after the first reading.
    pub fn wider_span(
        &self,
        definition: &AlarmDefinition,
        span: Window,
        reported: Window,
    ) -> Option<Window> {
        let unreported = (self.notified.as_ref()).and_then(|notified| notified.unreported_from);
        let from = unreported.filter(|from| reported.start <= *from)?;
        let start = read_from(definition, from);
        (start < span.start).then_some(Window { start, ..span })
    }
}

/// Where reading begins, so that the buckets from `first` on can be evaluated and reported.
fn read_from(definition: &AlarmDefinition, first: Timestamp) -> Timestamp {
    let length =
        definition.evaluation_range_duration() + window::slots_before(&definition.settings);
    saturating_sub(first, length)
}

/// The last evaluation instant that a bucket can influence.
fn last_instant(definition: &AlarmDefinition, bucket: Timestamp) -> Timestamp {
    let settings = &definition.settings;
    let width = window::bucket_width(settings) + window::evaluation_interval(settings);
    saturating_add(bucket, definition.evaluation_range_duration() + width)
}

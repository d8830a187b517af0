//! What is remembered of an alarm, one [`Status`] for each of its groups.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::AlarmState;
use super::definition::AlarmDefinition;
use super::evaluation::{Datapoint, evaluate};
use super::window::{self, MAX_AHEAD, Window, saturating_add, saturating_sub};
use crate::alarm::Series;
use crate::evidence::Evidence;

/// Longest pause between two notifications of an alarm that stays in `ALARM`.
const MAX_REMINDER_INTERVAL: SignedDuration = SignedDuration::from_hours(24);

/// What is remembered of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The state.
    pub state: AlarmState,
    /// The instant at which it was entered.
    pub since: Timestamp,
    /// All instants up to here are decided.
    pub evaluated: Timestamp,
    /// Where the newest bucket begins that was seen.
    pub newest: Option<Timestamp>,
    /// When the alarm was in `ALARM`, oldest first.
    #[serde(rename = "episodes")]
    pub incidents: Vec<Incident>,
    /// What was last notified while in `ALARM`.
    pub notified: Option<Notified>,
    /// What was counted of the episode that lasts.
    #[serde(rename = "running")]
    pub running_totals: Option<RunningTotals>,
    /// Notifications that are decided and not yet known to be published.
    #[serde(rename = "owed")]
    pub pending: Vec<PendingNotification>,
}

/// A time in `ALARM`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The instant that began it.
    pub from: Timestamp,
    /// The instant that ended it.
    pub to: Option<Timestamp>,
}

/// The last notification of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notified {
    /// When it was decided.
    pub at: Timestamp,
    /// How many have gone out in this episode.
    pub count: u32,
    /// Where the span ends that it told of; unknown of what an earlier version stored.
    #[serde(default)]
    pub through: Option<Timestamp>,
    /// How much of what it told of is in the span of the next one.
    #[serde(default, rename = "told")]
    pub already_reported: u64,
}

impl Notified {
    /// Where the span of the next one begins: with the last bucket that this one told of, which may have got more since.
    /// No further back than records are waited for, so that what it tells of is not forgotten by then.
    pub(super) fn next_from(&self, definition: &AlarmDefinition) -> Timestamp {
        let waited_for = saturating_sub(self.at, definition.allowed_lateness);
        let until = self.through.unwrap_or(self.at).clamp(waited_for, self.at);
        window::bucket_at(until, &definition.settings).start
    }
}

/// What was counted of an episode so far, as far as nothing more is expected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningTotals {
    /// How many records.
    pub count: u64,
    /// Whether there were more than could be stored.
    pub at_least: bool,
    /// Everything before this is in the count.
    pub through: Timestamp,
}

/// What an episode came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentTotals {
    /// The instant that began it.
    pub since: Timestamp,
    /// How many records (or distinct values) were counted, those of the windows that began it among them.
    pub count: u64,
    /// Whether there were more than could be stored.
    pub at_least: bool,
    /// How many notifications it has caused before this one.
    pub notifications: u32,
}

/// A change of state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateChange {
    /// The state before.
    pub from: AlarmState,
    /// The state after; equal to `from` in a renotification.
    pub to: AlarmState,
    /// The evaluation instant.
    pub at: Timestamp,
    /// Why, in CloudWatch's words.
    pub reason: String,
}

/// A notification that must be published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingNotification {
    /// Tells this notification from all others; the same however often it is published.
    pub id: String,
    /// What happened.
    pub change: StateChange,
    /// When it was decided; `change.at` can lie long before, where the wait was for late records.
    pub since: Timestamp,
    /// 0 for the change itself, else which renotification of the episode.
    pub repeat: u32,
    /// What the records behind it say.
    pub evidence: Evidence,
    /// What the episode came to that has ended, or goes on.
    #[serde(default)]
    pub totals: Option<IncidentTotals>,
    /// How many earlier notifications this one stands for. They could not be published for so long that there was no
    /// more room for them.
    #[serde(default, rename = "stands_for")]
    pub dropped_before: u64,
    /// How many of the records (or distinct values) the notification before told of too: those of its last bucket,
    /// where that got more after it.
    #[serde(default, rename = "told_before")]
    pub already_reported: u64,
    /// Whether the alarm was decided without a record in the newest window: the evaluation range goes back further than
    /// the windows that are told of, and where the newest are empty, older ones decide.
    #[serde(default, rename = "is_by_older")]
    pub decided_by_older_windows: bool,
    /// Who publishes it, and until when nobody else may.
    pub lease: Option<Lease>,
}

/// The right to publish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// The request id of the invocation that holds it.
    pub holder: String,
    /// When it ends.
    pub until: Timestamp,
}

impl RunningTotals {
    /// The count with what lies between [`RunningTotals::through`] and `until`, which `series` must cover.
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

    /// What an episode came to that began with `since`, at `until`.
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

impl Status {
    /// What is remembered of a series that was never seen, whose first instant comes after `begin`.
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

    /// The status, with each time replaced that is further ahead of `now`, the present time, than records can be.
    ///
    /// An alarm that is evaluated far ahead ignores every record until then. So `evaluated` is set back to the newest
    /// instant that can be evaluated at `now`, and the other times are set to that instant or to `now`.
    #[must_use]
    pub fn without_future_times(mut self, definition: &AlarmDefinition, now: Timestamp) -> Self {
        let settings = &definition.settings;
        let step = window::evaluation_interval(settings);
        // An early alarm evaluates the end of windows with records of up to `MAX_AHEAD` ahead.
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
        // An alarm that was announced is not announced again.
        let announced = self.incidents.last().map(|episode| episode.from);
        let announced = announced.filter(|from| self.state == AlarmState::Alarm && *from <= latest);
        within(&mut self.since, announced.unwrap_or(horizon));
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

    /// Whether time alone can neither change the state nor cause a notification.
    pub fn is_at_rest(&self, definition: &AlarmDefinition) -> bool {
        let silence = [Datapoint {
            start: self.evaluated,
            value: definition.default_value,
        }];
        let settled = self
            .newest
            .is_none_or(|newest| last_instant(definition, newest) <= self.evaluated);
        let renotifies = self.state == AlarmState::Alarm && definition.renotify_after.is_some();
        self.pending.is_empty()
            && settled
            && !renotifies
            && (evaluate(&silence, &definition.settings, self.state).state == self.state)
    }

    /// Whether an alarm that is still in `ALARM` must be notified of again.
    pub(super) fn reminder_due(&self, definition: &AlarmDefinition, now: Timestamp) -> bool {
        let (AlarmState::Alarm, Some(notified), Some(first)) =
            (self.state, self.notified, definition.renotify_after)
        else {
            return false;
        };
        let doubled = 2_i32.checked_pow(notified.count - 1).unwrap_or(i32::MAX);
        let pause = first.checked_mul(doubled).unwrap_or(SignedDuration::MAX);
        now >= saturating_add(notified.at, pause.min(MAX_REMINDER_INTERVAL.max(first)))
    }

    /// The span of buckets that [`super::advance::advance`] needs, when buckets that begin at `touched` were added to.
    pub fn span(
        &self,
        definition: &AlarmDefinition,
        touched: &[Timestamp],
        now: Timestamp,
    ) -> Window {
        let told = self
            .reminder_due(definition, now)
            .then_some(self.notified)
            .flatten();
        let earliest = [self.evaluated]
            .into_iter()
            .chain(self.running_totals.map(|running| running.through))
            .chain(told.map(|notified| notified.next_from(definition)));
        let first = touched.iter().copied().chain(earliest).min().unwrap_or(now);
        // A tick may tell an earlier time than the last one.
        let last = touched
            .iter()
            .copied()
            .chain([now, first])
            .max()
            .unwrap_or(now);
        let reach =
            definition.evaluation_range_duration() + window::slots_before(&definition.settings);
        Window {
            start: saturating_sub(first, reach),
            end: saturating_add(last, window::bucket_width(&definition.settings)),
        }
    }
}

/// The last instant that a bucket can influence.
fn last_instant(definition: &AlarmDefinition, bucket: Timestamp) -> Timestamp {
    let settings = &definition.settings;
    let width = window::bucket_width(settings) + window::evaluation_interval(settings);
    saturating_add(bucket, definition.evaluation_range_duration() + width)
}

//! Decides the notifications of state changes, and the reminders while an alarm lasts.

use jiff::Timestamp;

use super::alarm_state::AlarmState;
use super::datapoints::Series;
use super::definition::AlarmDefinition;
use super::reminder::{Reminder, due_reminder};
use super::state::{IncidentTotals, Notified, PendingNotification, StateChange, Status};
use super::window::{self, Window, saturating_sub};
use crate::series::{EventId, SeriesKey};

/// How many pending notifications keep the facts of their records. Older ones keep only their counts, so that the item in
/// the table stays within its size limit if the topic is unavailable for long.
const MAX_PENDING_WITH_FACTS: usize = 4;

/// How many notifications can be pending: as many as fit into a DynamoDB item of 400 KB. If there are more, the oldest are
/// dropped and counted.
const MAX_PENDING: usize = 64;

/// Collects the notifications of one [`advance`](super::advance::advance).
pub(super) struct Outbox<'a> {
    definition: &'a AlarmDefinition,
    key: &'a SeriesKey,
    series: &'a Series<'a>,
    now: Timestamp,
    /// The last notification of the current incident.
    notified: Option<Notified>,
    queue: Vec<PendingNotification>,
    reported: Option<Window>,
}

/// The result of an [`Outbox`].
pub(super) struct Collected {
    /// The last notification of the current incident, for [`Status::notified`].
    pub(super) notified: Option<Notified>,
    /// The notifications to add to [`Status::pending`], oldest first.
    pub(super) queue: Vec<PendingNotification>,
    /// The time span that the notifications cover. `None` if there are none.
    pub(super) reported: Option<Window>,
}

impl<'a> Outbox<'a> {
    pub(super) fn new(
        definition: &'a AlarmDefinition,
        key: &'a SeriesKey,
        series: &'a Series<'a>,
        now: Timestamp,
        notified: Option<Notified>,
    ) -> Self {
        Self {
            definition,
            key,
            series,
            now,
            notified,
            queue: Vec::new(),
            reported: None,
        }
    }

    pub(super) fn collected(self) -> Collected {
        Collected {
            notified: self.notified,
            queue: self.queue,
            reported: self.reported,
        }
    }

    /// Notifies of a state change if the alarm notifies of the new state. `totals` are those of the incident that the change
    /// ends.
    pub(super) fn change(&mut self, change: &StateChange, totals: Option<IncidentTotals>) {
        let notified = match change.to {
            AlarmState::Alarm => None,
            AlarmState::Ok | AlarmState::InsufficientData => self.notified.take(),
        };
        if !self.definition.notifies(change.to) {
            return;
        }
        let span = self.span_of(change);
        let before = notified.map_or(0, |notified| notified.count);
        let totals = totals.map(|totals| IncidentTotals {
            notifications: before,
            ..totals
        });
        self.enqueue(change.clone(), 0, span, totals, 0);
        if change.to == AlarmState::Alarm {
            self.set_notified(None, span, span.start, self.series.elements(span));
        }
    }

    /// Notifies of an alarm that late records reveal, while a later incident continues. The reminders of that incident are not
    /// affected.
    pub(super) fn retroactive_alarm(&mut self, change: &StateChange) {
        if self.definition.notifies(change.to) {
            self.enqueue(change.clone(), 0, self.span_of(change), None, 0);
        }
    }

    /// The time span that the notification of a change covers.
    fn span_of(&self, change: &StateChange) -> Window {
        let length = match change.to {
            AlarmState::Alarm => self.definition.evaluation_periods_duration(),
            AlarmState::Ok | AlarmState::InsufficientData => {
                self.definition.evaluation_range_duration()
            }
        };
        Window {
            start: saturating_sub(change.at, length),
            end: change.at,
        }
    }

    /// Remembers what the notifications of the current incident have reported: `reported` of its records, the last ones with
    /// those of `span`. `previous` is the notification before, `begin` the start of the incident's first window.
    fn set_notified(
        &mut self,
        previous: Option<Notified>,
        span: Window,
        begin: Timestamp,
        reported: u64,
    ) {
        let mut notified = previous.unwrap_or_else(|| Notified::first(self.now));
        notified.at = self.now;
        notified.count += 1;
        notified.through = Some(span.end);
        notified.reported = Some(reported);
        notified.unreported_from = None;
        notified.has_new_kind = false;
        let kinds = notified.kinds.get_or_insert_default();
        kinds.add(self.series.calls(span));
        notified.already_reported = self.series.count(Window {
            start: notified.late_from(self.definition).max(begin),
            end: span.end,
        });
        self.notified = Some(notified);
    }

    /// Sends a reminder if one is due.
    ///
    /// `status` is the status after all changes, except its `notified`. `touched` is that of
    /// [`advance`](super::advance::advance).
    pub(super) fn reminder(&mut self, status: &Status, touched: &[Timestamp]) {
        if status.state != AlarmState::Alarm || self.definition.renotify_after.is_none() {
            return;
        }
        let Some(mut notified) = self.notified.take() else {
            return;
        };
        let (definition, series) = (self.definition, self.series);
        let due = due_reminder(definition, series, status, &mut notified, touched, self.now);
        let Some(reminder) = due else {
            self.notified = Some(notified);
            return;
        };
        let since = status.since;
        let change = StateChange {
            from: AlarmState::Alarm,
            to: AlarmState::Alarm,
            at: self.now,
            reason: format!("The alarm has been in the ALARM state since {since}."),
        };
        let Reminder { span, begin, .. } = reminder;
        let totals = status
            .running_totals
            .as_ref()
            .map(|running| IncidentTotals {
                notifications: notified.count,
                ..running.totals(series, since, span.end)
            });
        self.enqueue(
            change,
            notified.count,
            span,
            totals,
            reminder.already_reported,
        );
        self.complete(&reminder);
        notified.for_new_kinds += u32::from(reminder.is_for_new_kind);
        self.set_notified(Some(notified), span, begin, reminder.counted);
    }

    /// Lets the last notification have the new kinds of the reminder, and count all of its new records, also those of buckets
    /// that have expired since.
    fn complete(&mut self, reminder: &Reminder) {
        let Some(notification) = self.queue.last_mut() else {
            return;
        };
        notification.new_kinds.clone_from(&reminder.new_kinds);
        if self.definition.count_distinct.is_none() {
            let evidence = &mut notification.evidence;
            let expired = reminder.unreported.saturating_sub(evidence.count);
            evidence.count += expired;
            evidence.uncounted += expired;
        }
    }

    fn enqueue(
        &mut self,
        change: StateChange,
        repeat: u32,
        span: Window,
        totals: Option<IncidentTotals>,
        already_reported: u64,
    ) {
        let reported = self.reported.map_or(span, |reported| reported.around(span));
        self.reported = Some(reported);
        let decided_by_older_windows = change.from != change.to
            && change.to == AlarmState::Alarm
            && self.series.count(self.newest_window(change.at)) == 0;
        self.queue.push(PendingNotification {
            id: notification_id(self.key, &change, repeat),
            change,
            since: self.now,
            repeat,
            evidence: self.series.evidence(span),
            // Distinct values of two spans cannot be added up.
            totals: totals.filter(|_| self.definition.count_distinct.is_none()),
            dropped_before: 0,
            already_reported,
            new_kinds: None,
            decided_by_older_windows,
            digest: None,
            lease: None,
        });
    }

    fn newest_window(&self, at: Timestamp) -> Window {
        let AlarmDefinition {
            settings,
            evaluation_window,
            ..
        } = self.definition;
        window::windows_ending_at(at, settings, *evaluation_window, 1)[0]
    }
}

/// Drops the oldest notifications beyond [`MAX_PENDING`], and the facts of those beyond [`MAX_PENDING_WITH_FACTS`].
pub(super) fn limit(pending: &mut Vec<PendingNotification>) {
    let excess = pending.len().saturating_sub(MAX_PENDING);
    let since = pending.iter().map(|notification| notification.since).min();
    let dropped: u64 = pending
        .drain(..excess)
        .map(|notification| 1 + notification.dropped_before)
        .sum();
    if let Some(oldest) = pending.first_mut() {
        oldest.dropped_before += dropped;
        oldest.since = since.unwrap_or(oldest.since);
    }
    let older = pending.len().saturating_sub(MAX_PENDING_WITH_FACTS);
    for notification in &mut pending[..older] {
        let evidence = &mut notification.evidence;
        evidence.records.clear();
        evidence.tallies.clear();
        evidence.uncounted = evidence.count;
        evidence.exclusions.clear();
        if let Some(kinds) = &mut notification.new_kinds {
            kinds.examples.clear();
        }
    }
}

fn notification_id(key: &SeriesKey, change: &StateChange, repeat: u32) -> String {
    let group = key.group.id();
    let texts = [
        key.alarm.as_str(),
        &group,
        change.to.as_str(),
        &change.at.to_string(),
        &repeat.to_string(),
    ];
    EventId::of_texts(&texts).to_hex()
}

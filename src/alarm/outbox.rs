//! Decides the notifications of state changes, and the reminders while an alarm lasts.

use jiff::Timestamp;

use super::alarm_state::AlarmState;
use super::datapoints::Series;
use super::definition::AlarmDefinition;
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
            self.set_notified(1, span, span.start, self.series.elements(span));
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

    /// Remembers what the notifications of the current incident have reported: `reported` of its records, the last ones
    /// with those of `span`.
    fn set_notified(&mut self, count: u32, span: Window, begin: Timestamp, reported: u64) {
        let mut notified = Notified {
            at: self.now,
            count,
            through: Some(span.end),
            already_reported: 0,
            reported: Some(reported),
            unreported_from: None,
        };
        notified.already_reported = self.series.count(Window {
            start: notified.late_from(self.definition).max(begin),
            end: span.end,
        });
        self.notified = Some(notified);
    }

    /// Sends a reminder if one is due and records have arrived that no notification of the incident has reported. If it is
    /// not due yet, remembers that it has to follow.
    ///
    /// `status` is the status after all changes, except its `notified`. `touched` is that of
    /// [`advance`](super::advance::advance).
    pub(super) fn reminder(&mut self, status: &Status, touched: &[Timestamp]) {
        let (AlarmState::Alarm, Some(running), Some(notified), Some(_)) = (
            status.state,
            &status.running_totals,
            &mut self.notified,
            self.definition.renotify_after,
        ) else {
            return;
        };
        let (definition, now, since) = (self.definition, self.now, status.since);
        let settings = &definition.settings;
        let end = window::bucket_at(now, settings).end;
        let counted = running.counted_until(self.series, end).count;
        let unreported = counted.saturating_sub(notified.reported.unwrap_or_default());
        if unreported == 0 {
            notified.unreported_from = None;
            return;
        }
        let begin = saturating_sub(since, definition.evaluation_periods_duration());
        let from = unreported_from(definition, self.series, notified, touched, begin);
        notified.unreported_from = Some(from);
        if !notified.is_reminder_due(definition, now) {
            return;
        }
        let span = Window { start: from, end };
        let already_reported = if from >= notified.next_from(definition) {
            0
        } else if definition.count_distinct.is_some() {
            notified.already_reported
        } else {
            self.series.elements(span).saturating_sub(unreported)
        };
        let change = StateChange {
            from: AlarmState::Alarm,
            to: AlarmState::Alarm,
            at: now,
            reason: format!("The alarm has been in the ALARM state since {since}."),
        };
        let count = notified.count;
        let totals = IncidentTotals {
            notifications: count,
            ..running.totals(self.series, since, end)
        };
        self.enqueue(change, count, span, Some(totals), already_reported);
        self.complete_count(unreported);
        self.set_notified(count + 1, span, begin, counted);
    }

    /// Lets the last notification count all of its new records, also those of buckets that have expired since.
    fn complete_count(&mut self, unreported: u64) {
        if self.definition.count_distinct.is_some() {
            return;
        }
        if let Some(notification) = self.queue.last_mut() {
            let evidence = &mut notification.evidence;
            let expired = unreported.saturating_sub(evidence.count);
            evidence.count += expired;
            evidence.untallied += expired;
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
        self.reported = Some(match self.reported {
            None => span,
            Some(reported) => Window {
                start: reported.start.min(span.start),
                end: reported.end.max(span.end),
            },
        });
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
            decided_by_older_windows,
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

/// Start of the span of the next reminder: the first bucket with records after the last notification's span, or an earlier
/// bucket into which records arrived since. `begin` is the start of the incident's first window.
fn unreported_from(
    definition: &AlarmDefinition,
    series: &Series<'_>,
    notified: &Notified,
    touched: &[Timestamp],
    begin: Timestamp,
) -> Timestamp {
    let next = notified.next_from(definition).max(begin);
    let is_late = |start: &Timestamp| (begin..next).contains(start);
    let late = touched.iter().copied().filter(is_late).min();
    let first = match late {
        Some(late) => Some(late.min(notified.late_from(definition)).max(begin)),
        None => series.first_from(next),
    };
    let known = notified.unreported_from;
    first.into_iter().chain(known).min().unwrap_or(next)
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
        evidence.untallied = evidence.count;
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

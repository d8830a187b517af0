//! Decides the notifications of state changes, and the reminders while an alarm lasts.

use jiff::Timestamp;

use super::alarm_state::AlarmState;
use super::datapoints::Series;
use super::definition::AlarmDefinition;
use super::state::{IncidentTotals, Notified, PendingNotification, StateChange, Status};
use super::window::{self, Window, saturating_add, saturating_sub};
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
        let totals = totals.map(|totals| IncidentTotals {
            notifications: notified.map_or(0, |notified| notified.count),
            ..totals
        });
        self.enqueue(change.clone(), 0, span, totals, 0);
        if change.to == AlarmState::Alarm {
            self.set_notified(1, span);
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

    /// Remembers which records the next reminder need not include.
    fn set_notified(&mut self, count: u32, span: Window) {
        let mut notified = Notified {
            at: self.now,
            count,
            through: Some(span.end),
            already_reported: 0,
        };
        notified.already_reported = self.series.count(Window {
            start: notified.next_from(self.definition),
            end: span.end,
        });
        self.notified = Some(notified);
    }

    /// Sends a reminder if one is due. It covers what was counted since the previous notification.
    ///
    /// `status` is the status after all changes, except its `notified`.
    pub(super) fn reminder(&mut self, status: &Status) {
        let now = self.now;
        let is_due = |notified: &Notified| notified.is_reminder_due(self.definition, now);
        let (AlarmState::Alarm, Some(notified)) = (status.state, self.notified.filter(is_due))
        else {
            return;
        };
        let since = status.since;
        let change = StateChange {
            from: AlarmState::Alarm,
            to: AlarmState::Alarm,
            at: now,
            reason: format!("The alarm has been in the ALARM state since {since}."),
        };
        let settings = &self.definition.settings;
        let mut span = Window {
            start: notified.next_from(self.definition),
            end: saturating_add(now, window::bucket_width(settings)),
        };
        let mut already_reported = notified.already_reported;
        // A full bucket does not grow, even if there were more records.
        if self.series.count(span) <= already_reported && !self.series.at_least(span) {
            let through = notified.through.unwrap_or(span.start);
            span.start = through.clamp(span.start, span.end);
            already_reported = 0;
        }
        let totals = status.running_totals.map(|running| IncidentTotals {
            notifications: notified.count,
            ..running.totals(self.series, since, span.end)
        });
        self.enqueue(change, notified.count, span, totals, already_reported);
        self.set_notified(notified.count + 1, span);
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

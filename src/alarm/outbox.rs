//! What a change of state owes: the notification of it, and the reminders while an alarm lasts.

use jiff::Timestamp;

use super::definition::AlarmDefinition;
use super::state::{IncidentTotals, Notified, PendingNotification, StateChange, Status};
use super::window::{self, Window, saturating_add, saturating_sub};
use super::{AlarmState, Series};
use crate::series::{EventId, SeriesKey};

/// How many owed notifications keep the facts of their records; older ones keep the numbers, so that a topic that is
/// down for long cannot fill the item that holds them.
const MAX_PENDING_WITH_FACTS: usize = 4;

/// How many notifications can be owed; 400 KB, what a DynamoDB item may hold, are enough for them. Of more, the oldest
/// are told of by their number.
const MAX_PENDING: usize = 64;

/// Enters what is owed into a status.
pub(super) struct Outbox<'a> {
    pub(super) definition: &'a AlarmDefinition,
    pub(super) key: &'a SeriesKey,
    pub(super) series: &'a Series<'a>,
    pub(super) now: Timestamp,
    pub(super) status: &'a mut Status,
    /// What all that was entered tells of, from first to last.
    pub(super) reported: Option<Window>,
}

impl Outbox<'_> {
    /// Remembers a change, and owes its notification where one is wanted. `totals` says what the episode came to that
    /// the change ends.
    pub(super) fn change(&mut self, change: &StateChange, totals: Option<IncidentTotals>) {
        let notified = match change.to {
            AlarmState::Alarm => None,
            AlarmState::Ok | AlarmState::InsufficientData => self.status.notified.take(),
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
            self.notified(1, span);
        }
    }

    /// Owes the notification of an alarm of long ago while a later one lasts, whose reminders go on as they did.
    pub(super) fn retroactive_alarm(&mut self, change: &StateChange) {
        if self.definition.notifies(change.to) {
            self.enqueue(change.clone(), 0, self.span_of(change), None, 0);
        }
    }

    /// What the notification of a change tells of.
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

    /// Remembers what the next reminder need not tell.
    fn notified(&mut self, count: u32, span: Window) {
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
        self.status.notified = Some(notified);
    }

    /// Owes a further notification of an alarm that is still in `ALARM`, when it is time. It tells what was counted since
    /// the one before.
    pub(super) fn reminder(&mut self) {
        let now = self.now;
        let (Some(notified), true) = (
            self.status.notified,
            self.status.reminder_due(self.definition, now),
        ) else {
            return;
        };
        let since = self.status.since;
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
        // A bucket that is full takes no more, whatever came.
        if self.series.count(span) <= already_reported && !self.series.at_least(span) {
            let through = notified.through.unwrap_or(span.start);
            span.start = through.clamp(span.start, span.end);
            already_reported = 0;
        }
        let totals = self.status.running_totals.map(|running| IncidentTotals {
            notifications: notified.count,
            ..running.totals(self.series, since, span.end)
        });
        self.enqueue(change, notified.count, span, totals, already_reported);
        self.notified(notified.count + 1, span);
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
        self.status.pending.push(PendingNotification {
            id: notification_id(self.key, &change, repeat),
            change,
            since: self.now,
            repeat,
            evidence: self.series.evidence(span),
            // Distinct values of one span and of the next cannot be added up.
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

    /// Keeps what is owed within what an item can hold.
    pub(super) fn bound(&mut self) {
        let owed = &mut self.status.pending;
        let excess = owed.len().saturating_sub(MAX_PENDING);
        let since = owed.iter().map(|owed| owed.since).min();
        let left_out: u64 = owed
            .drain(..excess)
            .map(|owed| 1 + owed.dropped_before)
            .sum();
        if let Some(oldest) = owed.first_mut() {
            oldest.dropped_before += left_out;
            oldest.since = since.unwrap_or(oldest.since);
        }
        let older = owed.len().saturating_sub(MAX_PENDING_WITH_FACTS);
        for owed in &mut owed[..older] {
            owed.evidence.records.clear();
            owed.evidence.tallies.clear();
            owed.evidence.untallied = owed.evidence.count;
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

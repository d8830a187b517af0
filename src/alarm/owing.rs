//! What a change of state owes: the notification of it, and the reminders while an alarm lasts.

use jiff::Timestamp;

use super::definition::AlarmDefinition;
use super::state::{Notified, Owed, StateChange, Status, Totals};
use super::window::{self, Window, ahead, back};
use super::{AlarmState, Series};
use crate::series::{EventId, SeriesKey};

/// How many owed notifications keep the facts of their records; older ones keep the numbers, so that a topic that is
/// down for long cannot fill the item that holds them.
const MAX_OWED_WITH_FACTS: usize = 4;

/// How many notifications can be owed; 400 KB, what a DynamoDB item may hold, are enough for them. Of more, the oldest
/// are told of by their number.
const MAX_OWED: usize = 64;

/// Enters what is owed into a status.
pub(super) struct Owing<'a> {
    pub(super) definition: &'a AlarmDefinition,
    pub(super) key: &'a SeriesKey,
    pub(super) series: &'a Series<'a>,
    pub(super) now: Timestamp,
    pub(super) status: &'a mut Status,
    /// What all that was entered tells of, from first to last.
    pub(super) told: Option<Window>,
}

impl Owing<'_> {
    /// Remembers a change, and owes its notification where one is wanted. `totals` says what the episode came to that
    /// the change ends.
    pub(super) fn change(&mut self, change: &StateChange, totals: Option<Totals>) {
        let notified = match change.to {
            AlarmState::Alarm => None,
            AlarmState::Ok | AlarmState::InsufficientData => self.status.notified.take(),
        };
        if !self.definition.notifies(change.to) {
            return;
        }
        let span = self.span_of(change);
        let totals = totals.map(|totals| Totals {
            notifications: notified.map_or(0, |notified| notified.count),
            ..totals
        });
        self.owe(change.clone(), 0, span, totals, 0);
        if change.to == AlarmState::Alarm {
            self.notified(1, span);
        }
    }

    /// Owes the notification of an alarm of long ago while a later one lasts, whose reminders go on as they did.
    pub(super) fn alarm_aside(&mut self, change: &StateChange) {
        if self.definition.notifies(change.to) {
            self.owe(change.clone(), 0, self.span_of(change), None, 0);
        }
    }

    /// What the notification of a change tells of.
    fn span_of(&self, change: &StateChange) -> Window {
        let length = match change.to {
            AlarmState::Alarm => self.definition.newest_reach(),
            AlarmState::Ok | AlarmState::InsufficientData => self.definition.reach(),
        };
        Window {
            start: back(change.at, length),
            end: change.at,
        }
    }

    /// Remembers what the next reminder need not tell.
    fn notified(&mut self, count: u32, span: Window) {
        let mut notified = Notified {
            at: self.now,
            count,
            through: Some(span.end),
            told: 0,
        };
        notified.told = self.series.count(Window {
            start: notified.next_from(self.definition),
            end: span.end,
        });
        self.status.notified = Some(notified);
    }

    /// Owes a further notification of an alarm that is still in `ALARM`, when it is time. It tells what was counted since
    /// the one before.
    pub(super) fn renotification(&mut self) {
        let now = self.now;
        let (Some(notified), true) = (
            self.status.notified,
            self.status.renotification_due(self.definition, now),
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
            end: ahead(now, window::bucket_width(settings)),
        };
        let mut told_before = notified.told;
        // A bucket that is full takes no more, whatever came.
        if self.series.count(span) <= told_before && !self.series.at_least(span) {
            let through = notified.through.unwrap_or(span.start);
            span.start = through.clamp(span.start, span.end);
            told_before = 0;
        }
        let totals = self.status.running.map(|running| Totals {
            notifications: notified.count,
            ..running.totals(self.series, since, span.end)
        });
        self.owe(change, notified.count, span, totals, told_before);
        self.notified(notified.count + 1, span);
    }

    fn owe(
        &mut self,
        change: StateChange,
        repeat: u32,
        span: Window,
        totals: Option<Totals>,
        told_before: u64,
    ) {
        self.told = Some(match self.told {
            None => span,
            Some(told) => Window {
                start: told.start.min(span.start),
                end: told.end.max(span.end),
            },
        });
        let is_by_older = change.from != change.to
            && change.to == AlarmState::Alarm
            && self.series.count(self.newest_window(change.at)) == 0;
        self.status.owed.push(Owed {
            id: notification_id(self.key, &change, repeat),
            change,
            since: self.now,
            repeat,
            evidence: self.series.evidence(span),
            // Distinct values of one span and of the next cannot be added up.
            totals: totals.filter(|_| self.definition.count_distinct.is_none()),
            stands_for: 0,
            told_before,
            is_by_older,
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
        let owed = &mut self.status.owed;
        let excess = owed.len().saturating_sub(MAX_OWED);
        let since = owed.iter().map(|owed| owed.since).min();
        let left_out: u64 = owed.drain(..excess).map(|owed| 1 + owed.stands_for).sum();
        if let Some(oldest) = owed.first_mut() {
            oldest.stands_for += left_out;
            oldest.since = since.unwrap_or(oldest.since);
        }
        let older = owed.len().saturating_sub(MAX_OWED_WITH_FACTS);
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

//! A digest: one notification of many groups of an alarm.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::alarm_state::AlarmState;
use crate::series::Group;

/// How many groups a digest describes; the others are only counted.
pub const MAX_DESCRIBED: usize = 10;

/// The part of a group's notification that a digest uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupNotification {
    /// ID of the notification.
    pub id: String,
    /// The state that it reports.
    pub state: AlarmState,
    /// The evaluation instant.
    pub at: Timestamp,
    /// When it was decided.
    pub since: Timestamp,
    /// Number of records (or distinct values) that no earlier notification of the incident reported. In a recovery, the
    /// number of the whole incident.
    pub count: u64,
    /// Whether `count` is a lower bound.
    pub at_least: bool,
    /// Time of the first call.
    pub first: Option<Timestamp>,
    /// Time of the last call.
    pub last: Option<Timestamp>,
    /// How many earlier notifications of the group were dropped before they could be published.
    pub dropped_before: u64,
}

/// The content of a digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// Number of groups that went to `ALARM`, or are still in it and have new records.
    pub alarmed: u64,
    /// Number of groups that went to `OK`.
    pub recovered: u64,
    /// Number of groups that went to `INSUFFICIENT_DATA`.
    pub without_data: u64,
    /// Number of notifications that the digest replaces.
    pub notifications: u64,
    /// The earliest evaluation instant.
    pub from: Timestamp,
    /// The latest evaluation instant.
    pub to: Timestamp,
    /// Number of records (or distinct values) of the groups in `alarmed`.
    pub count: u64,
    /// Whether `count` is a lower bound.
    pub at_least: bool,
    /// Time of the first call.
    pub first: Option<Timestamp>,
    /// Time of the last call.
    pub last: Option<Timestamp>,
    /// How many notifications of these groups were dropped before they could be published.
    pub dropped_before: u64,
    /// At most [`MAX_DESCRIBED`] groups: those in `ALARM` with the most records first, then the others.
    pub groups: Vec<DescribedGroup>,
}

/// A group in a digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DescribedGroup {
    /// The group.
    pub group: Group,
    /// Its latest state in the digest.
    pub state: AlarmState,
    /// The evaluation instant of that state.
    pub at: Timestamp,
    /// Whether the digest includes an `ALARM` of the group.
    pub has_alarmed: bool,
    /// Number of records (or distinct values).
    pub count: u64,
    /// Whether `count` is a lower bound.
    pub at_least: bool,
    /// Time of the first call.
    pub first: Option<Timestamp>,
    /// Time of the last call.
    pub last: Option<Timestamp>,
}

impl Digest {
    /// A digest without groups, whose first notification is of `at`.
    pub(super) fn begin(at: Timestamp) -> Self {
        Self {
            alarmed: 0,
            recovered: 0,
            without_data: 0,
            notifications: 0,
            from: at,
            to: at,
            count: 0,
            at_least: false,
            first: None,
            last: None,
            dropped_before: 0,
            groups: Vec::new(),
        }
    }

    /// The state that the digest reports: `ALARM` if it includes an alarm, otherwise `OK` if it includes a recovery.
    pub fn state(&self) -> AlarmState {
        match (self.alarmed, self.recovered) {
            (0, 0) => AlarmState::InsufficientData,
            (0, _) => AlarmState::Ok,
            _ => AlarmState::Alarm,
        }
    }

    /// Adds a notification, except to the numbers of groups.
    pub(super) fn add(&mut self, group: &Group, notification: &GroupNotification) {
        self.notifications += 1;
        self.dropped_before += notification.dropped_before;
        self.from = self.from.min(notification.at);
        self.to = self.to.max(notification.at);
        if notification.state == AlarmState::Alarm {
            self.count += notification.count;
            self.at_least |= notification.at_least;
            self.first = earlier(self.first, notification.first);
            self.last = self.last.max(notification.last);
        }
        match self.groups.iter_mut().find(|known| known.group == *group) {
            Some(known) => known.add(notification),
            None => (self.groups).push(DescribedGroup::new(group.clone(), notification)),
        }
        (self.groups).sort_by_cached_key(|one| {
            (Reverse(one.has_alarmed), Reverse(one.count), one.group.id())
        });
        self.groups.truncate(MAX_DESCRIBED);
    }
}

impl DescribedGroup {
    fn new(group: Group, notification: &GroupNotification) -> Self {
        Self {
            group,
            state: notification.state,
            at: notification.at,
            has_alarmed: notification.state == AlarmState::Alarm,
            count: notification.count,
            at_least: notification.at_least,
            first: notification.first,
            last: notification.last,
        }
    }

    fn add(&mut self, notification: &GroupNotification) {
        let is_alarm = notification.state == AlarmState::Alarm;
        if is_alarm && self.has_alarmed {
            self.count += notification.count;
            self.at_least |= notification.at_least;
            self.first = earlier(self.first, notification.first);
            self.last = self.last.max(notification.last);
        } else if is_alarm {
            // Only a recovery was known, which has the count of an earlier incident.
            self.count = notification.count;
            self.at_least = notification.at_least;
            (self.first, self.last) = (notification.first, notification.last);
        }
        self.has_alarmed |= is_alarm;
        if notification.at >= self.at {
            (self.state, self.at) = (notification.state, notification.at);
        }
    }
}

/// The earlier of two times, if there are any.
fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

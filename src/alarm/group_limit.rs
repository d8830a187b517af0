//! The limit of the notifications of single groups. Notifications beyond it form a digest.
//!
//! A storm over many groups would otherwise cause an email for each group. An alarm has one [`GroupLimit`], which all
//! invocations share. It decides each notification once, and remembers the decision by the ID of the notification. So the
//! decision can be repeated, and is the same in concurrent invocations.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::alarm_state::AlarmState;
use super::digest::{Digest, GroupNotification};
use super::window::MAX_AHEAD;
use crate::series::Group;

/// The time to which the limit applies.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Minimum time between two digests of an alarm. It is as long as that between two notifications of new kinds of calls, so
/// that a storm does not hide another attack for longer.
const DIGEST_INTERVAL: SignedDuration = SignedDuration::from_mins(10);

/// How many notifications a digest can include. Each takes about 80 bytes of the table's item of at most 400 KB. Further ones
/// stay pending until the next digest.
const MAX_NOTIFICATIONS: usize = 2_000;

/// How a notification of a group is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// As a notification of its own.
    Single,
    /// In a digest, which includes it from now on.
    Digest,
    /// Not yet: the digest is full. The notification stays pending.
    Deferred,
}

/// The notifications of an alarm's groups in the last hour, and the digest that is not published yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupLimit {
    /// IDs of the single notifications, and when each was last admitted.
    single: BTreeMap<String, Timestamp>,
    /// The digest that still takes notifications.
    open: Option<OpenDigest>,
    /// IDs of the notifications in the last closed digest: an invocation may still find them pending.
    closed: BTreeSet<String>,
    /// Those of `closed` that an invocation has found pending since. They are remembered after the next digest, too.
    found_again: BTreeSet<String>,
    /// When the last digest was closed.
    closed_at: Option<Timestamp>,
}

/// A digest, and what it includes by ID, so that nothing is counted twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct OpenDigest {
    notifications: BTreeSet<String>,
    alarmed: BTreeSet<String>,
    recovered: BTreeSet<String>,
    without_data: BTreeSet<String>,
    digest: Digest,
}

impl GroupLimit {
    /// Decides the notifications of a group, oldest first. At most `most` in an hour are published singly.
    ///
    /// `was_in_digest` is whether the last `ALARM` before them was only in a digest. The recovery from such an alarm is in a
    /// digest too. Repeated calls have the same result.
    pub fn admit(
        &mut self,
        group: &Group,
        notifications: &[GroupNotification],
        mut was_in_digest: bool,
        most: u32,
        now: Timestamp,
    ) {
        // A time that is further ahead comes from a wrong clock.
        let is_recent = |at: &Timestamp| {
            let age = now.duration_since(*at);
            -MAX_AHEAD <= age && age < HOUR
        };
        self.single.retain(|_, at| is_recent(at));
        for notification in notifications {
            let is_alarm = notification.state == AlarmState::Alarm;
            if self.admission(&notification.id) == Admission::Deferred {
                let has_capacity = self.single.len() < most as usize;
                if has_capacity && (is_alarm || !was_in_digest) {
                    self.single.insert(notification.id.clone(), now);
                } else {
                    self.add_to_digest(group, notification);
                }
            }
            match self.admission(&notification.id) {
                Admission::Single => {
                    // It may be published only now, long after it was first admitted.
                    self.single.insert(notification.id.clone(), now);
                    was_in_digest &= !is_alarm;
                }
                Admission::Digest => {
                    if self.closed.contains(&notification.id) {
                        self.found_again.insert(notification.id.clone());
                    }
                    was_in_digest |= is_alarm;
                }
                // The later ones of the group must not overtake it.
                Admission::Deferred => return,
            }
        }
    }

    /// How the notification with this ID is published. [`Admission::Deferred`] also if it is not decided.
    pub fn admission(&self, id: &str) -> Admission {
        let open = self.open.as_ref();
        if self.single.contains_key(id) {
            Admission::Single
        } else if self.closed.contains(id)
            || open.is_some_and(|open| open.notifications.contains(id))
        {
            Admission::Digest
        } else {
            Admission::Deferred
        }
    }

    /// Whether there is a digest that is not closed.
    pub fn has_open_digest(&self) -> bool {
        self.open.is_some()
    }

    fn add_to_digest(&mut self, group: &Group, notification: &GroupNotification) {
        let open = (self.open).get_or_insert_with(|| OpenDigest::begin(notification.at));
        if open.notifications.len() < MAX_NOTIFICATIONS {
            open.add(group, notification);
        }
    }

    /// Closes the digest if the interval since the last one has passed. Returns it with the IDs of its notifications.
    pub(super) fn close(&mut self, now: Timestamp) -> Option<(Digest, BTreeSet<String>)> {
        let is_too_soon = |closed_at: Timestamp| {
            let age = now.duration_since(closed_at);
            -MAX_AHEAD <= age && age < DIGEST_INTERVAL
        };
        if self.closed_at.is_some_and(is_too_soon) {
            return None;
        }
        let open = self.open.take()?;
        self.closed = std::mem::take(&mut self.found_again);
        self.closed.extend(open.notifications.iter().cloned());
        self.closed_at = Some(now);
        Some((open.digest, open.notifications))
    }
}

impl OpenDigest {
    fn begin(at: Timestamp) -> Self {
        Self {
            notifications: BTreeSet::new(),
            alarmed: BTreeSet::new(),
            recovered: BTreeSet::new(),
            without_data: BTreeSet::new(),
            digest: Digest::begin(at),
        }
    }

    fn add(&mut self, group: &Group, notification: &GroupNotification) {
        self.notifications.insert(notification.id.clone());
        let (groups, count) = match notification.state {
            AlarmState::Alarm => (&mut self.alarmed, &mut self.digest.alarmed),
            AlarmState::Ok => (&mut self.recovered, &mut self.digest.recovered),
            AlarmState::InsufficientData => (&mut self.without_data, &mut self.digest.without_data),
        };
        groups.insert(group.id());
        *count = groups.len() as u64;
        self.digest.add(group, notification);
    }
}

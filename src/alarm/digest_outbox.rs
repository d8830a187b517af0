//! The outbox of digests, and the way of notifications from the outbox of a group to a digest.
//!
//! The digests of an alarm have a status of their own, under [`Group::digest`](crate::series::Group::digest). It has no state of an alarm: only the
//! [`GroupLimit`], and the closed digest as a pending notification. So a digest is leased, published and removed like any
//! other notification.

use jiff::Timestamp;

use super::alarm_state::AlarmState;
use super::digest::{Digest, GroupNotification};
use super::group_limit::GroupLimit;
use super::state::{LastAlarm, PendingNotification, StateChange, Status};
use crate::evidence::Evidence;
use crate::series::{EventId, SeriesKey};

impl Status {
    /// The status of the digests of an alarm, before the first one.
    pub fn of_digests(now: Timestamp) -> Self {
        Self {
            group_limit: Some(GroupLimit::default()),
            ..Self::initial(now)
        }
    }

    /// Whether the last `ALARM` that was published was only in a digest.
    pub fn was_in_digest(&self) -> bool {
        self.last_alarm.is_some_and(|alarm| alarm.was_in_digest)
    }

    /// Removes notifications from the outbox, because they are published, or in a digest.
    pub fn remove_pending(&mut self, ids: &[&str], is_in_digest: bool) {
        let removed = self
            .pending
            .extract_if(.., |pending| ids.contains(&pending.id.as_str()));
        let alarms = removed.filter(|pending| pending.change.to == AlarmState::Alarm);
        for at in alarms.map(|pending| pending.change.at) {
            if self.last_alarm.is_none_or(|known| known.at <= at) {
                self.last_alarm = Some(LastAlarm {
                    at,
                    was_in_digest: is_in_digest,
                });
            }
        }
    }

    /// Closes the digest if it is due, and adds it to the outbox. Does nothing while another digest is pending.
    ///
    /// The ID of its notification is a hash of the IDs of those that it includes.
    pub fn close_digest(&mut self, key: &SeriesKey, now: Timestamp) {
        let limit = self
            .group_limit
            .as_mut()
            .filter(|_| self.pending.is_empty());
        let Some((digest, ids)) = limit.and_then(|limit| limit.close(now)) else {
            return;
        };
        let texts = [key.alarm.as_str(), "digest"].into_iter();
        let texts: Vec<&str> = texts.chain(ids.iter().map(String::as_str)).collect();
        let id = EventId::of_texts(&texts).to_hex();
        self.pending.push(pending_digest(id, digest, now));
    }
}

fn pending_digest(id: String, digest: Digest, now: Timestamp) -> PendingNotification {
    let to = digest.state();
    let from = match to {
        AlarmState::Alarm => AlarmState::Ok,
        AlarmState::Ok | AlarmState::InsufficientData => AlarmState::Alarm,
    };
    let reason = format!(
        "Digest of groups from {} to {}: {} to ALARM, {} to OK, {} to INSUFFICIENT_DATA.",
        digest.from, digest.to, digest.alarmed, digest.recovered, digest.without_data
    );
    PendingNotification {
        id,
        change: StateChange {
            from,
            to,
            at: digest.to,
            reason,
        },
        since: now,
        repeat: 0,
        evidence: Evidence {
            count: digest.count,
            at_least: digest.at_least,
            first: digest.first,
            last: digest.last,
            uncounted: digest.count,
            ..Evidence::default()
        },
        totals: None,
        dropped_before: digest.dropped_before,
        already_reported: 0,
        new_kinds: None,
        decided_by_older_windows: false,
        digest: Some(digest),
        lease: None,
    }
}

impl PendingNotification {
    /// The part of this notification that a digest uses.
    pub fn outline(&self) -> GroupNotification {
        let Evidence {
            count,
            at_least,
            first,
            last,
            ..
        } = self.evidence;
        let is_alarm = self.change.to == AlarmState::Alarm;
        let (count, at_least) = match &self.totals {
            Some(totals) if !is_alarm => (totals.count, totals.at_least),
            _ => (count.saturating_sub(self.already_reported), at_least),
        };
        GroupNotification {
            id: self.id.clone(),
            state: self.change.to,
            at: self.change.at,
            since: self.since,
            count,
            at_least,
            first,
            last,
            dropped_before: self.dropped_before,
        }
    }
}

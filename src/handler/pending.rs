//! The pending notifications of a series, and the lease that one invocation has on the oldest of them.

use jiff::{SignedDuration, Timestamp};

use crate::alarm::definition::AlarmDefinition;
use crate::alarm::digest::GroupNotification;
use crate::alarm::state::{Lease, PendingNotification, Status};
use crate::alarm::window;
use crate::series::SeriesKey;
use crate::store::StoredStatus;

/// How long only one invocation may publish a notification. Longer than the function's `Timeout` in `template.yaml`.
const LEASE: SignedDuration = SignedDuration::from_secs(90);

/// Maximum number of series whose statuses stay in memory until their notifications are published. The statuses of the
/// others are read again, because a status can be as large as an item of the table.
const MAX_KEPT: usize = 16;

/// The pending notifications of a series.
#[derive(Debug)]
pub(super) struct Pending<'h> {
    pub(super) key: SeriesKey,
    pub(super) definition: &'h AlarmDefinition,
    /// When the oldest of them was added.
    pub(super) since: Timestamp,
    /// Number of pending notifications.
    pub(super) count: u64,
    /// The parts of them that a digest uses, oldest first. Empty if the series is not a group.
    pub(super) notifications: Vec<GroupNotification>,
    /// Whether the last published `ALARM` of the group was only in a digest.
    pub(super) was_in_digest: bool,
    /// The status; `None` if it has to be read again.
    pub(super) stored: Option<StoredStatus>,
}

impl<'h> Pending<'h> {
    /// The pending notifications of a status; `None` if there are none.
    pub(super) fn of(
        key: &SeriesKey,
        definition: &'h AlarmDefinition,
        stored: StoredStatus,
    ) -> Option<Self> {
        let since = stored
            .status
            .pending
            .iter()
            .map(|notification| notification.since)
            .min()?;
        Some(Self {
            key: key.clone(),
            definition,
            since,
            count: stored.status.pending.len() as u64,
            notifications: outlines(key, &stored.status),
            was_in_digest: stored.status.was_in_digest(),
            stored: Some(stored),
        })
    }

    /// Drops the status if `kept` other statuses are in memory, and that is the maximum.
    pub(super) fn within_memory(self, kept: usize) -> Self {
        let stored = self.stored.filter(|_| kept < MAX_KEPT);
        Self { stored, ..self }
    }

    /// Updates the number of notifications from the stored status, and keeps the status if there are any.
    pub(super) fn update(&mut self, stored: StoredStatus) {
        let notification = &stored.status.pending;
        self.count = notification.len() as u64;
        self.since = (notification
            .iter()
            .map(|notification| notification.since)
            .min())
        .unwrap_or(self.since);
        self.notifications = outlines(&self.key, &stored.status);
        self.was_in_digest = stored.status.was_in_digest();
        self.stored = Some(stored).filter(|_| self.count > 0);
    }

    /// Removes everything: the status has expired or was deleted, and its notifications with it.
    pub(super) fn clear(&mut self) {
        self.count = 0;
        self.notifications.clear();
        self.stored = None;
    }
}

/// The parts of a group's notifications that a digest uses. Empty if the series is not a group.
fn outlines(key: &SeriesKey, status: &Status) -> Vec<GroupNotification> {
    if !key.group.is_group() {
        return Vec::new();
    }
    let pending = status.pending.iter();
    pending.map(PendingNotification::outline).collect()
}

/// Whether this holder has the lease of the notification.
pub(super) fn holds(holder: &str, notification: &PendingNotification) -> bool {
    (notification.lease.as_ref()).is_some_and(|lease| lease.holder == holder)
}

/// Takes the lease of the oldest notification for this holder, unless another holder has it. The notifications of a series
/// are published in order. `now` is the present time.
pub(super) fn take_lease(holder: &str, status: &mut Status, now: Timestamp) {
    let until = window::saturating_add(now, LEASE);
    let Some(notification) = status.pending.first_mut() else {
        return;
    };
    // A lease that ends more than two lease times from now comes from a wrong clock.
    let farthest = window::saturating_add(until, LEASE);
    let is_held_by_another =
        |lease: &Lease| lease.until > now && lease.until <= farthest && lease.holder != holder;
    if !notification.lease.as_ref().is_some_and(is_held_by_another) {
        notification.lease = Some(Lease {
            holder: holder.to_owned(),
            until,
        });
    }
}

/// Releases the leases of this holder.
pub(super) fn release_leases(holder: &str, status: &mut Status) {
    let own = status
        .pending
        .iter_mut()
        .filter(|notification| holds(holder, notification));
    own.for_each(|notification| notification.lease = None);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alarm::AlarmState;
    use crate::alarm::state::StateChange;
    use crate::evidence::Evidence;

    #[test]
    fn a_lease_is_taken_unless_another_invocation_has_a_plausible_one() {
        let now: Timestamp = "2026-11-20T02:15:00Z".parse().unwrap();
        let takes = |lease: Option<(&str, i64)>| {
            let mut status = Status::initial(now);
            status.pending.push(PendingNotification {
                id: "id".to_owned(),
                change: StateChange {
                    from: AlarmState::Ok,
                    to: AlarmState::Alarm,
                    at: now,
                    reason: String::new(),
                },
                since: now,
                repeat: 0,
                evidence: Evidence::default(),
                totals: None,
                dropped_before: 0,
                already_reported: 0,
                new_kinds: None,
                decided_by_older_windows: false,
                digest: None,
                lease: lease.map(|(holder, seconds)| Lease {
                    holder: holder.to_owned(),
                    until: now + SignedDuration::from_secs(seconds),
                }),
            });
            take_lease("mine", &mut status, now);
            holds("mine", &status.pending[0])
        };
        assert!(takes(None));
        assert!(takes(Some(("mine", 60))));
        assert!(takes(Some(("other", 0))));
        assert!(takes(Some(("other", -1))));
        assert!(!takes(Some(("other", 1))));
        assert!(!takes(Some(("other", 90))));
        assert!(!takes(Some(("other", 180))));
        assert!(takes(Some(("other", 181))));
        assert!(takes(Some(("other", 73 * 365 * 86_400))));
    }
}

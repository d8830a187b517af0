//! Updates the status of an alarm when events arrive or time passes.
//!
//! [`advance`] is a pure function of the definition, the stored status, the buckets and the time. It decides the state changes
//! (`transitions`) and then their notifications (`outbox`).

use jiff::Timestamp;

use super::alarm_state::AlarmState;
use super::datapoints::Series;
use super::definition::AlarmDefinition;
use super::outbox::{self, Collected, Outbox};
use super::state::{Notified, StateChange, Status};
use super::transitions::{Decided, decide};
use super::window::Window;
use crate::series::SeriesKey;

/// The result of [`advance`].
#[derive(Clone, Debug, PartialEq)]
pub struct Advance {
    /// The status to store.
    pub status: Status,
    /// The state changes, oldest first.
    pub changes: Vec<StateChange>,
    /// The time span that the new notifications cover. `None` if there are none.
    ///
    /// If the buckets were read without facts, the notifications have counts only.
    pub reported: Option<Window>,
}

/// Decides everything that can be decided at `now`.
///
/// `touched` are the starts of the buckets that the current batch added to, or tried to. `series` must cover
/// [`Status::span`].
pub fn advance(
    definition: &AlarmDefinition,
    key: &SeriesKey,
    before: &Status,
    series: &Series<'_>,
    touched: &[Timestamp],
    now: Timestamp,
) -> Advance {
    let Decided {
        mut status,
        changes,
        retroactive,
    } = decide(definition, before, series, touched, now);

    let notified = status.notified.take().map(|notified| Notified {
        // An earlier version reported what was counted so far.
        reported: (notified.reported)
            .or_else(|| before.running_totals.as_ref().map(|totals| totals.count)),
        ..notified
    });
    let mut outbox = Outbox::new(definition, key, series, now, notified);
    for (index, (change, totals)) in changes.iter().enumerate() {
        if index >= retroactive {
            outbox.change(change, *totals);
        } else if change.to == AlarmState::Alarm {
            // The end of a retroactive incident causes no notification, because a later incident continues.
            outbox.retroactive_alarm(change);
        }
    }
    outbox.reminder(&status, touched);
    let Collected {
        notified,
        queue,
        reported,
    } = outbox.collected();
    status.notified = notified;
    status.pending.extend(queue);
    outbox::limit(&mut status.pending);

    Advance {
        status,
        changes: changes.into_iter().map(|(change, _)| change).collect(),
        reported,
    }
}

//! Decides when an alarm that stays in `ALARM` sends another notification, and about which records.

use jiff::Timestamp;

use super::call_kind::NewKinds;
use super::datapoints::Series;
use super::definition::AlarmDefinition;
use super::notified::Notified;
use super::state::Status;
use super::window::{self, Window, saturating_sub};

/// A reminder that is due.
pub(super) struct Reminder {
    /// The time span that it covers.
    pub(super) span: Window,
    /// Start of the incident's first window.
    pub(super) begin: Timestamp,
    /// How many records of the incident there are, up to the end of the span.
    pub(super) counted: u64,
    /// How many of them no notification has reported.
    pub(super) unreported: u64,
    /// How many records (or distinct values) of the span were reported.
    pub(super) already_reported: u64,
    /// The kinds of calls that no notification has reported. `None` if there are none.
    pub(super) new_kinds: Option<NewKinds>,
    /// Whether it is sent for a new kind of call, before the interval has passed.
    pub(super) is_for_new_kind: bool,
}

/// The reminder of the incident in `status`, if one is due at `now` and there are records that no notification has reported.
/// If it is not due yet, notes in `notified` that it has to follow.
///
/// `status` is the status after all changes, `notified` the last notification of its incident. `touched` is that of
/// [`advance`](super::advance::advance).
pub(super) fn due_reminder(
    definition: &AlarmDefinition,
    series: &Series<'_>,
    status: &Status,
    notified: &mut Notified,
    touched: &[Timestamp],
    now: Timestamp,
) -> Option<Reminder> {
    let running = status.running_totals.as_ref()?;
    let end = window::bucket_at(now, &definition.settings).end;
    let counted = running.counted_until(series, end).count;
    let unreported = counted.saturating_sub(notified.reported.unwrap_or_default());
    if unreported == 0 {
        notified.unreported_from = None;
        notified.has_new_kind = false;
        return None;
    }
    let begin = saturating_sub(status.since, definition.evaluation_periods_duration());
    let start = unreported_from(definition, series, notified, touched, begin);
    let span = Window { start, end };
    let new_kinds = notified.new_kinds(series, span);
    notified.unreported_from = Some(start);
    notified.has_new_kind |= new_kinds.count > 0;
    if !notified.is_reminder_due(definition, now) {
        return None;
    }
    let already_reported = if start >= notified.next_from(definition) {
        0
    } else if definition.count_distinct.is_some() {
        notified.already_reported
    } else {
        series.elements(span).saturating_sub(unreported)
    };
    Some(Reminder {
        span,
        begin,
        counted,
        unreported,
        already_reported,
        new_kinds: notified.has_new_kind.then_some(new_kinds),
        is_for_new_kind: !notified.has_interval_passed(definition, now),
    })
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

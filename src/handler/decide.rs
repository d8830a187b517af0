//! Decision of one series: evaluates it as of now, and saves its status with the pending notifications.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::outcome::{Decided, Invocation, Transition};
use super::pending::Pending;
use super::{Handler, STATUS_LIFE};
use crate::alarm::AlarmState;
use crate::alarm::advance::Advance;
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::state::{StateChange, Status};
use crate::alarm::window;
use crate::error::Error;
use crate::notification::Publisher;
use crate::series::SeriesKey;
use crate::store::{SaveOptions, SaveOutcome, Schedule, Store, StoredStatus};

/// Maximum number of attempts to save a status that other invocations keep changing.
const MAX_ATTEMPTS: u32 = 20;

/// Maximum pause before the second attempt. It doubles with each attempt, up to 640 ms.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// How long a status is kept that must not be lost: that of an alarm without groups, and one in `ALARM`.
const LONG_LIFE: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// Result of an attempt to save a status.
enum Attempt {
    Saved(StoredStatus),
    /// Another invocation has saved since the status was read. Contains the status that is stored now.
    Overtaken(Option<StoredStatus>),
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Decides one series as of now, and saves its status. `touched` are the beginnings of the buckets that the batch changed.
    pub(super) async fn decide<'h>(
        &self,
        key: &SeriesKey,
        definition: &'h AlarmDefinition,
        touched: &[Timestamp],
        invocation: &Invocation,
    ) -> Result<Decided<'h>, Error> {
        let (stored, changes) = self
            .advance_and_save(key, definition, touched, invocation)
            .await?;
        let transitions = changes.into_iter().map(|change| transition(key, change));
        Ok(Decided {
            transitions: transitions.collect(),
            is_idle: stored.schedule == Schedule::Idle,
            pending: Pending::of(key, definition, stored),
        })
    }

    /// Decides and saves, and repeats both while other invocations save in between. Does not save if only time has passed.
    async fn advance_and_save(
        &self,
        key: &SeriesKey,
        definition: &AlarmDefinition,
        touched: &[Timestamp],
        invocation: &Invocation,
    ) -> Result<(StoredStatus, Vec<StateChange>), Error> {
        let (now, clock) = (invocation.decision_time(), invocation.now);
        let mut known = self.store.status(key).await?;
        for attempt in 0..MAX_ATTEMPTS {
            back_off(attempt).await;
            let is_corrected = correct_future_times(&mut known, definition, clock);
            let is_new = known.is_none();
            let before = known.unwrap_or_else(|| initial_status(definition, touched, now));
            let Advance {
                status, changes, ..
            } = self
                .advance(key, definition, &before.status, touched, now)
                .await?;
            if !is_new && !is_corrected && !must_save(definition, &before, &status) {
                return Ok((before, Vec::new()));
            }
            match self.save(key, definition, &before, status, clock).await? {
                Attempt::Overtaken(newer) => known = newer,
                Attempt::Saved(saved) => {
                    log_changes(key, &before.status, &saved.status, &changes);
                    return Ok((saved, changes));
                }
            }
        }
        Err(Error::Contended {
            alarm: key.alarm.clone(),
            attempts: MAX_ATTEMPTS,
        })
    }

    /// Applies a change to the stored status, and repeats it while other invocations save in between. `now` is the present
    /// time. Returns `None` if the status has been deleted since.
    pub(super) async fn amend(
        &self,
        key: &SeriesKey,
        definition: &AlarmDefinition,
        mut stored: StoredStatus,
        now: Timestamp,
        change: impl Fn(&mut Status),
    ) -> Result<Option<StoredStatus>, Error> {
        for attempt in 0..MAX_ATTEMPTS {
            back_off(attempt).await;
            let mut status = stored.status.clone();
            change(&mut status);
            if status == stored.status {
                return Ok(Some(stored));
            }
            match self.save(key, definition, &stored, status, now).await? {
                Attempt::Saved(saved) => return Ok(Some(saved)),
                Attempt::Overtaken(Some(newer)) => stored = newer,
                Attempt::Overtaken(None) => return Ok(None),
            }
        }
        Err(Error::Contended {
            alarm: key.alarm.clone(),
            attempts: MAX_ATTEMPTS,
        })
    }

    async fn save(
        &self,
        key: &SeriesKey,
        definition: &AlarmDefinition,
        before: &StoredStatus,
        status: Status,
        now: Timestamp,
    ) -> Result<Attempt, Error> {
        let schedule = schedule_of(definition, &status);
        let stays = key.group.0.is_empty() || status.state == AlarmState::Alarm;
        let life = if stays { LONG_LIFE } else { STATUS_LIFE };
        let expires = window::saturating_add(now, life);
        let options = SaveOptions {
            expected_version: before.version,
            previous_schedule: before.schedule,
            schedule,
            now,
            expires,
        };
        let saved = StoredStatus {
            status,
            version: before.version + 1,
            schedule,
        };
        Ok(match self.store.save(key, &saved.status, options).await? {
            SaveOutcome::Applied => Attempt::Saved(saved),
            SaveOutcome::Conflict => match self.store.status(key).await? {
                // The status was saved, and only the response was lost. Or another invocation saved the same status without
                // pending notifications: then both results and metrics report the transition, but no notification is repeated.
                Some(stored) if stored == saved => Attempt::Saved(saved),
                newer => Attempt::Overtaken(newer),
            },
        })
    }
}

/// Pauses before another attempt: exponential back-off with jitter.
async fn back_off(attempt: u32) {
    if attempt > 0 {
        let longest = FIRST_PAUSE.saturating_mul(1 << attempt.min(6));
        tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
    }
}

/// Applies [`Status::without_future_times`] to a stored status. Logs a change, and returns whether there was one.
fn correct_future_times(
    known: &mut Option<StoredStatus>,
    definition: &AlarmDefinition,
    clock: Timestamp,
) -> bool {
    let Some(stored) = known else {
        return false;
    };
    let status = stored
        .status
        .clone()
        .without_future_times(definition, clock);
    if status == stored.status {
        return false;
    }
    tracing::error!(
        alarm = definition.name,
        evaluated = %stored.status.evaluated,
        "corrected a stored state whose times are in the future"
    );
    stored.status = status;
    true
}

/// The status of a series without a stored one, before its first evaluation.
fn initial_status(
    definition: &AlarmDefinition,
    touched: &[Timestamp],
    now: Timestamp,
) -> StoredStatus {
    let first = touched.iter().copied().min().unwrap_or(now);
    let begin = window::evaluation_instant_at_or_before(first, &definition.settings);
    StoredStatus {
        status: Status::initial(begin),
        version: 0,
        schedule: Schedule::Idle,
    }
}

/// Whether more has changed than the times until which the series is evaluated.
fn must_save(definition: &AlarmDefinition, before: &StoredStatus, after: &Status) -> bool {
    let mut same_time = after.clone();
    same_time.evaluated = before.status.evaluated;
    if let (Some(after), Some(before)) =
        (&mut same_time.running_totals, &before.status.running_totals)
    {
        after.through = before.through;
    }
    same_time != before.status || before.schedule != schedule_of(definition, after)
}

/// Logs the state changes of a saved status, and whether its outbox has dropped notifications.
fn log_changes(key: &SeriesKey, before: &Status, after: &Status, changes: &[StateChange]) {
    let dropped = |status: &Status| -> u64 {
        status
            .pending
            .iter()
            .map(|pending| pending.dropped_before)
            .sum()
    };
    if dropped(after) > dropped(before) {
        tracing::error!(
            alarm = key.alarm,
            "too many notifications are pending: the oldest ones will only be reported by their number"
        );
    }
    for StateChange { from, to, at, .. } in changes {
        let group = key.group.to_text();
        tracing::info!(alarm = key.alarm, group, %from, %to, %at, "the state changed");
    }
}

/// The schedule of a series with this status.
fn schedule_of(definition: &AlarmDefinition, status: &Status) -> Schedule {
    if status.is_at_rest(definition) {
        Schedule::Idle
    } else {
        Schedule::Due
    }
}

fn transition(key: &SeriesKey, change: StateChange) -> Transition {
    let StateChange {
        from,
        to,
        at,
        reason,
    } = change;
    let group = key.group.0.iter().cloned().collect();
    Transition {
        alarm: key.alarm.clone(),
        group,
        from,
        to,
        at,
        reason,
    }
}

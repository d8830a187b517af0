//! One series: brought up to date and saved, with the notifications that are pending.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::outcome::{Decided, Invocation, Transition};
use super::pending::Pending;
use super::{Handler, STATUS_LIFE};
use crate::alarm::advance::{Advance, advance};
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::state::{RunningTotals, StateChange, Status};
use crate::alarm::window;
use crate::alarm::{AlarmState, Series};
use crate::error::Error;
use crate::notification::Publisher;
use crate::series::SeriesKey;
use crate::store::{Detail, SaveOptions, SaveOutcome, Schedule, Store, StoredStatus};

/// How often a status that others keep changing is read again.
const MAX_ATTEMPTS: u32 = 20;

/// How long the first pause between two attempts is at most; it doubles up to 640 ms.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// Of how many buckets at most facts and shapes are read: a notification has room for few of them, and the function's
/// memory for not many more.
const MAX_BUCKETS_TOLD: i32 = 100;

/// How long a status is kept that must not be forgotten: those of alarms without groups, and what is in `ALARM`.
const LONG_LIFE: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// What came of saving a status.
enum Attempt {
    Saved(StoredStatus),
    /// Somebody else saved in between; what is stored now.
    Overtaken(Option<StoredStatus>),
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Brings one series up to date. Returns what was done even if that failed.
    pub(super) async fn decide(
        &self,
        key: &SeriesKey,
        touched: &[Timestamp],
        invocation: &Invocation,
    ) -> (Decided, Result<(), Error>) {
        let mut decided = Decided::default();
        let result = self
            .try_decide(key, touched, invocation, &mut decided)
            .await;
        (decided, result)
    }

    async fn try_decide(
        &self,
        key: &SeriesKey,
        touched: &[Timestamp],
        invocation: &Invocation,
        decided: &mut Decided,
    ) -> Result<(), Error> {
        let definition = self
            .definition(&key.alarm)
            .expect("the caller looked it up");
        let stored = self
            .advance_and_save(key, definition, touched, invocation, decided)
            .await?;
        decided.is_idle = stored.schedule == Schedule::Idle;
        decided.pending = Pending::of(key, definition, stored);
        Ok(())
    }

    /// Decides and saves, again and again while others save in between.
    async fn advance_and_save(
        &self,
        key: &SeriesKey,
        definition: &AlarmDefinition,
        touched: &[Timestamp],
        invocation: &Invocation,
        decided: &mut Decided,
    ) -> Result<StoredStatus, Error> {
        let (now, clock) = (invocation.decision_time(), invocation.now);
        let mut known = self.store.status(key).await?;
        for attempt in 0..MAX_ATTEMPTS {
            back_off(attempt).await;
            let is_poisoned = correct_future_times(&mut known, definition, clock);
            let before = known.clone().unwrap_or_else(|| {
                let begin = touched.iter().copied().min().unwrap_or(now);
                let begin = window::evaluation_instant_at_or_before(begin, &definition.settings);
                StoredStatus {
                    status: Status::initial(begin),
                    version: 0,
                    schedule: Schedule::Idle,
                }
            });
            let Advance {
                status, changes, ..
            } = self
                .advance(key, definition, &before.status, touched, now)
                .await?;
            if known.is_some() && !is_poisoned && is_unchanged(definition, &before, &status) {
                return Ok(before);
            }
            match self.save(key, definition, &before, status, clock).await? {
                Attempt::Overtaken(newer) => known = newer,
                Attempt::Saved(saved) => {
                    let left_out = |status: &Status| -> u64 {
                        status.pending.iter().map(|owed| owed.dropped_before).sum()
                    };
                    if left_out(&saved.status) > left_out(&before.status) {
                        tracing::error!(
                            alarm = key.alarm,
                            "too much is owed: the oldest notifications will only be told of by their number"
                        );
                    }
                    for StateChange { from, to, at, .. } in &changes {
                        let group = key.group.to_text();
                        tracing::info!(alarm = key.alarm, group, %from, %to, %at, "the state changed");
                    }
                    decided.transitions = changes
                        .into_iter()
                        .map(|change| transition(key, change))
                        .collect();
                    return Ok(saved);
                }
            }
        }
        Err(Error::Contended {
            alarm: key.alarm.clone(),
            attempts: MAX_ATTEMPTS,
        })
    }

    /// Decides; over a long span first without what would be told, which most of the time nobody needs, and where
    /// somebody must be told, again with it.
    async fn advance(
        &self,
        key: &SeriesKey,
        definition: &AlarmDefinition,
        before: &Status,
        touched: &[Timestamp],
        now: Timestamp,
    ) -> Result<Advance, Error> {
        let span = before.span(definition, touched, now);
        let most = window::bucket_width(&definition.settings).saturating_mul(MAX_BUCKETS_TOLD);
        let is_short = span.end.duration_since(span.start) <= most;
        let detail = if is_short {
            Detail::All
        } else {
            Detail::Counts
        };
        let mut buckets = self.store.buckets(key, span, detail).await?;
        let series = Series::new(definition, buckets.clone());
        let decided = advance(definition, key, before, &series, touched, now);
        let Some(told) = decided.reported.filter(|_| !is_short) else {
            return Ok(decided);
        };
        let told = series.tail(told, MAX_BUCKETS_TOLD.unsigned_abs() as usize);
        buckets.extend(self.store.buckets(key, told, Detail::All).await?);
        let series = Series::new(definition, buckets);
        Ok(advance(definition, key, before, &series, touched, now))
    }

    /// Applies a change to the status as it is now stored; `now` is the present time. Returns `None` if the status has
    /// been deleted since.
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
                // It was saved, and only the answer was lost on the way. Or another invocation saved the very same, with
                // nothing owed: then both answers report the transition, as does the metric; nobody is told twice.
                Some(stored) if stored == saved => Attempt::Saved(saved),
                newer => Attempt::Overtaken(newer),
            },
        })
    }
}

/// Waits a while before another attempt, longer each time and never exactly as long as others do.
async fn back_off(attempt: u32) {
    if attempt > 0 {
        let longest = FIRST_PAUSE.saturating_mul(1 << attempt.min(6));
        tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
    }
}

/// Applies [`Status::without_future_times`] to a stored status. Returns whether that changed it, and logs it then.
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

/// Whether there is nothing to save: time has passed, and nothing came of it.
fn is_unchanged(definition: &AlarmDefinition, before: &StoredStatus, after: &Status) -> bool {
    let through = before.status.running_totals.map(|running| running.through);
    let running = after.running_totals.map(|running| RunningTotals {
        through: through.unwrap_or(running.through),
        ..running
    });
    let same = Status {
        evaluated: before.status.evaluated,
        running_totals: running,
        ..after.clone()
    } == before.status;
    same && before.schedule == schedule_of(definition, after)
}

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

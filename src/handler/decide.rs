//! One series: brought up to date, saved, and what it owes published.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::outcome::{Decided, Invocation, Transition};
use super::{Handler, STATUS_LIFE};
use crate::alarm::AlarmState;
use crate::alarm::advance::{Advance, advance};
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::state::{Lease, Owed, Running, StateChange, Status};
use crate::alarm::window;
use crate::error::Error;
use crate::evidence::Fact;
use crate::notification::{self, Place, Publisher};
use crate::series::{Series, SeriesKey};
use crate::store::{Detail, SaveTerms, Saved, Store, Stored};

/// How often a status that others keep changing is read again.
const MAX_ATTEMPTS: u32 = 20;

/// How long the first pause between two attempts is at most; it doubles up to 640 ms.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// Of how many buckets at most facts and shapes are read: a notification has room for few of them, and the function's
/// memory for not many more.
const MAX_BUCKETS_TOLD: i32 = 100;

/// How long only the invocation that owes a notification may publish it; then whoever comes next. Longer than the
/// function's time limit in `template.yaml`.
const LEASE: SignedDuration = SignedDuration::from_secs(90);

/// How long a status is kept that must not be forgotten: those of alarms without groups, and what is in `ALARM`.
const LONG_LIFE: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// What came of saving a status.
enum Attempt {
    Saved(Stored),
    /// Somebody else saved in between; what is stored now.
    Overtaken(Option<Stored>),
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Brings one series up to date, and publishes what it owes; says what was done also where that failed.
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
        let mut stored = self
            .advance_and_save(key, definition, touched, invocation, decided)
            .await?;
        decided.owes(&stored.status.owed);
        let holds = |owed: &&Owed| invocation.holds(owed);
        let mine: Vec<Owed> = stored.status.owed.iter().filter(holds).cloned().collect();
        for owed in mine {
            let place = self.place_of(invocation, &owed);
            let notification = notification::render(definition, &key.group, &owed, &place);
            if let Err(error) = self.publisher.publish(&notification).await {
                // Whoever comes next may try, from here on and in this order; at once only where nothing was published.
                let give_back = |status: &mut Status| {
                    let own = status.owed.iter_mut().filter(|owed| invocation.holds(owed));
                    own.for_each(|owed| owed.lease = None);
                };
                if error.was_refused {
                    self.amend(key, definition, stored, invocation.now, give_back)
                        .await?;
                }
                return Err(error.into());
            }
            decided.sent += 1;
            tracing::info!(
                alarm = key.alarm,
                notification = owed.id,
                subject = notification.subject,
                "published"
            );
            let strike = |status: &mut Status| status.owed.retain(|other| other.id != owed.id);
            stored = self
                .amend(key, definition, stored, invocation.now, strike)
                .await?;
            decided.owes(&stored.status.owed);
        }
        decided.rests = !stored.visited;
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
    ) -> Result<Stored, Error> {
        let now = invocation.now;
        let mut known = self.store.status(key).await?;
        for attempt in 0..MAX_ATTEMPTS {
            back_off(attempt).await;
            let before = known.clone().unwrap_or_else(|| {
                let begin = touched.iter().copied().min().unwrap_or(now);
                let begin = window::evaluation_instant_at_or_before(begin, &definition.settings);
                Stored {
                    status: Status::initial(begin),
                    version: 0,
                    visited: false,
                }
            });
            let Advance {
                mut status,
                changes,
                ..
            } = self
                .advance(key, definition, &before.status, touched, now)
                .await?;
            // In order: nobody publishes past what somebody else is about to publish.
            for owed in &mut status.owed {
                let is_anothers =
                    |lease: &Lease| lease.until > now && lease.holder != invocation.request_id;
                if owed.lease.as_ref().is_some_and(is_anothers) {
                    break;
                }
                owed.lease = Some(Lease {
                    holder: invocation.request_id.clone(),
                    until: now.checked_add(LEASE).unwrap_or(Timestamp::MAX),
                });
            }
            if known.is_some() && is_unchanged(definition, &before, &status) {
                return Ok(before);
            }
            match self.save(key, definition, &before, status, now).await? {
                Attempt::Overtaken(newer) => known = newer,
                Attempt::Saved(saved) => {
                    let left_out = |status: &Status| -> u64 {
                        status.owed.iter().map(|owed| owed.stands_for).sum()
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
        let Some(told) = decided.told.filter(|_| !is_short) else {
            return Ok(decided);
        };
        let told = series.tail(told, MAX_BUCKETS_TOLD.unsigned_abs() as usize);
        buckets.extend(self.store.buckets(key, told, Detail::All).await?);
        let series = Series::new(definition, buckets);
        Ok(advance(definition, key, before, &series, touched, now))
    }

    /// Applies a change to the status as it is now stored.
    async fn amend(
        &self,
        key: &SeriesKey,
        definition: &AlarmDefinition,
        mut stored: Stored,
        now: Timestamp,
        change: impl Fn(&mut Status),
    ) -> Result<Stored, Error> {
        for attempt in 0..MAX_ATTEMPTS {
            back_off(attempt).await;
            let mut status = stored.status.clone();
            change(&mut status);
            match self.save(key, definition, &stored, status, now).await? {
                Attempt::Saved(saved) => return Ok(saved),
                Attempt::Overtaken(Some(newer)) => stored = newer,
                // It expired, and with it what was owed.
                Attempt::Overtaken(None) => return Ok(stored),
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
        before: &Stored,
        status: Status,
        now: Timestamp,
    ) -> Result<Attempt, Error> {
        let visit = !status.is_at_rest(definition);
        let stays = key.group.0.is_empty() || status.state == AlarmState::Alarm;
        let life = if stays { LONG_LIFE } else { STATUS_LIFE };
        let expires = now.checked_add(life).unwrap_or(Timestamp::MAX);
        let terms = SaveTerms {
            version: before.version,
            visited: before.visited,
            visit,
            now,
            expires,
        };
        let saved = Stored {
            status,
            version: before.version + 1,
            visited: visit,
        };
        Ok(match self.store.save(key, &saved.status, terms).await? {
            Saved::Saved => Attempt::Saved(saved),
            Saved::Conflict => match self.store.status(key).await? {
                // It was saved, and only the answer was lost on the way. Or another invocation saved the very same, with
                // nothing owed: then both answers report the transition, as does the metric; nobody is told twice.
                Some(stored) if stored == saved => Attempt::Saved(saved),
                newer => Attempt::Overtaken(newer),
            },
        })
    }

    fn place_of(&self, invocation: &Invocation, owed: &Owed) -> Place {
        let mut place = self.place.clone();
        let said = |fact| {
            owed.evidence
                .records
                .iter()
                .find_map(|facts| facts.text(fact))
                .map(str::to_owned)
        };
        if place.account.is_empty() {
            let account = invocation.account().map(str::to_owned);
            place.account = account
                .or_else(|| said(Fact::RecipientAccountId))
                .unwrap_or_default();
        }
        if place.region.is_empty() {
            let region = invocation.region().map(str::to_owned);
            place.region = region.or_else(|| said(Fact::AwsRegion)).unwrap_or_default();
        }
        place
    }
}

impl Invocation {
    fn holds(&self, owed: &Owed) -> bool {
        owed.lease
            .as_ref()
            .is_some_and(|lease| lease.holder == self.request_id)
    }
}

/// Waits a while before another attempt, longer each time and never exactly as long as others do.
async fn back_off(attempt: u32) {
    if attempt > 0 {
        let longest = FIRST_PAUSE.saturating_mul(1 << attempt.min(6));
        tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
    }
}

/// Whether there is nothing to save: time has passed, and nothing came of it.
fn is_unchanged(definition: &AlarmDefinition, before: &Stored, after: &Status) -> bool {
    let through = before.status.running.map(|running| running.through);
    let running = after.running.map(|running| Running {
        through: through.unwrap_or(running.through),
        ..running
    });
    let same = Status {
        evaluated: before.status.evaluated,
        running,
        ..after.clone()
    } == before.status;
    same && before.visited != after.is_at_rest(definition)
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

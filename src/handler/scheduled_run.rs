//! The scheduled run: decides the series whose state can change as time passes.

use std::pin::pin;
use std::sync::atomic::Ordering;

use futures_util::stream::{self, StreamExt as _};
use jiff::SignedDuration;

use super::first_error::FirstError;
use super::outcome::{Decided, Invocation, Report};
use super::{CONCURRENCY, Handler, STATUS_LIFE};
use crate::alarm::definition::AlarmDefinition;
use crate::error::Error;
use crate::notification::Publisher;
use crate::series::{Group, SeriesKey};
use crate::store::{DueSeries, Store};

/// A series that the run decides.
struct Task<'h> {
    key: SeriesKey,
    /// `None` if the alarm is not in the alarms file.
    definition: Option<&'h AlarmDefinition>,
    /// The entry in the schedule, if there is one.
    due: Option<DueSeries>,
}

impl<'h> Task<'h> {
    /// The task of an alarm without groups, unless it is among `others`.
    fn of_alarm(alarm: &'h AlarmDefinition, others: &[Self]) -> Option<Self> {
        let key = SeriesKey {
            alarm: alarm.name.clone(),
            group: Group::default(),
        };
        let is_new = !others.iter().any(|other| other.key == key);
        is_new.then_some(Self {
            key,
            definition: Some(alarm),
            due: None,
        })
    }

    /// Whether the series was scheduled so long ago that its status has expired.
    fn is_abandoned(&self, invocation: &Invocation) -> bool {
        let age = self.due.as_ref().map_or(SignedDuration::ZERO, |due| {
            invocation.now.duration_since(due.scheduled_at)
        });
        age.abs() > STATUS_LIFE
    }
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Decides the due series and the alarms that watch for missing data. The first run of a process also decides every alarm
    /// without groups that has a status.
    pub(super) async fn run_schedule<'h>(
        &'h self,
        invocation: &Invocation,
        report: &mut Report<'h>,
    ) -> Result<(), Error> {
        let mut errors = FirstError::default();
        // The warm-up begins with the deployment, also if no record matches.
        for alarm in self.alarms.iter() {
            if let Some(first_seen) = &alarm.first_seen {
                let since = self.learning_since(alarm, first_seen, invocation.now);
                errors.check(since.await);
            }
        }
        let due = self.store.due_series().await?.into_iter();
        let mut tasks: Vec<_> = due
            .map(|due| Task {
                key: due.series.clone(),
                definition: self.definition(&due.series.alarm),
                due: Some(due),
            })
            .collect();
        for alarm in self.alarms.iter().filter(|alarm| alarm.watches_silence()) {
            tasks.extend(Task::of_alarm(alarm, &tasks));
        }
        let is_first = !self.has_completed_run.load(Ordering::Relaxed);
        if is_first {
            // A deployment can have changed the condition of an idle alarm.
            for alarm in self.alarms.iter().filter(|alarm| alarm.group_by.is_empty()) {
                if let Some(task) = Task::of_alarm(alarm, &tasks)
                    && let Some(Some(_)) = errors.check(self.store.status(&task.key).await)
                {
                    tasks.push(task);
                }
            }
        }
        // Each run begins with another series, so that a short time does not always skip the same ones.
        let count = tasks.len();
        if count > 0 {
            tasks.rotate_left(fastrand::usize(..count));
        }
        // The second half of the time is for publishing.
        let (begun, half) = (report.begun, invocation.time_left().map(|left| left / 2));
        let is_time_left = || half.is_none_or(|half| begun.elapsed() < half);
        let started = tasks.iter().take_while(|_| is_time_left());
        let running = stream::iter(started).map(|task| self.run_task(task, invocation));
        let mut running = pin!(running.buffer_unordered(CONCURRENCY));
        let mut visited = 0;
        while let Some((decided, result)) = running.next().await {
            visited += 1;
            if let Some(decided) = decided {
                report.enter(decided);
            }
            errors.check(result);
        }
        if visited < count {
            errors.push(Error::Unvisited {
                visited,
                due: count,
            });
        } else if is_first && errors.is_none() {
            self.has_completed_run.store(true, Ordering::Relaxed);
        }
        errors.into_result()
    }

    /// Decides one series, and removes it from the schedule if it is idle.
    async fn run_task<'h>(
        &'h self,
        task: &Task<'h>,
        invocation: &Invocation,
    ) -> (Option<Decided<'h>>, Result<(), Error>) {
        let (decided, is_idle) = match task.definition {
            Some(definition) => match self.decide_task(&task.key, definition, invocation).await {
                Ok(decided) => {
                    let is_idle = decided.is_idle && decided.pending.is_none();
                    (Some(decided), is_idle)
                }
                Err(error) => return (None, Err(error)),
            },
            // The next deployment can bring the alarm back, and its pending notifications with it.
            None => (None, task.is_abandoned(invocation)),
        };
        let removed = match &task.due {
            Some(due) if is_idle => self.store.unschedule(due, invocation.now).await,
            _ => Ok(()),
        };
        (decided, removed.map_err(Error::from))
    }

    /// Decides one series, or closes the digest of an alarm.
    async fn decide_task<'h>(
        &'h self,
        key: &SeriesKey,
        definition: &'h AlarmDefinition,
        invocation: &Invocation,
    ) -> Result<Decided<'h>, Error> {
        if key.group == Group::digest() {
            self.close_digest(key, definition, invocation).await
        } else {
            self.decide(key, definition, &[], invocation).await
        }
    }
}

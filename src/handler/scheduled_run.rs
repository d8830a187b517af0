//! The tick: what time alone brings about.

use std::pin::pin;
use std::sync::atomic::Ordering;

use futures_util::stream::{self, StreamExt as _};
use jiff::SignedDuration;

use super::outcome::{Decided, Invocation, Report};
use super::{CONCURRENCY, Handler, STATUS_LIFE};
use crate::error::Error;
use crate::notification::Publisher;
use crate::series::{Group, SeriesKey};
use crate::store::{DueSeries, Store};

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Visits what is not at rest, the alarms whose silence is an alarm, and the first time every alarm without groups
    /// that has a state.
    pub(super) async fn run_schedule(
        &self,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        let visits = self.store.due_series().await?;
        let mut due: Vec<(SeriesKey, Option<&DueSeries>)> = visits
            .iter()
            .map(|visit| (visit.series.clone(), Some(visit)))
            .collect();
        for alarm in self.alarms.iter().filter(|alarm| alarm.watches_silence()) {
            let key = SeriesKey {
                alarm: alarm.name.clone(),
                group: Group::default(),
            };
            if !due.iter().any(|(other, _)| *other == key) {
                due.push((key, None));
            }
        }
        let mut result = Ok(());
        let is_first = !self.has_completed_run.load(Ordering::Relaxed);
        if is_first {
            // A deployment can have changed what an alarm at rest waits for.
            for alarm in self.alarms.iter().filter(|alarm| alarm.group_by.is_empty()) {
                let key = SeriesKey {
                    alarm: alarm.name.clone(),
                    group: Group::default(),
                };
                if due.iter().any(|(other, _)| *other == key) {
                    continue;
                }
                match self.store.status(&key).await {
                    Ok(Some(_)) => due.push((key, None)),
                    Ok(None) => {}
                    Err(error) => result = result.and(Err(error.into())),
                }
            }
        }
        // Another one is the first each time, so that what is left after half of the time is not always the same.
        let series = due.len();
        if series > 0 {
            due.rotate_left(fastrand::usize(..series));
        }
        // The other half is for publishing.
        let (begun, half) = (report.begun, invocation.time_left().map(|left| left / 2));
        let is_time_left = || half.is_none_or(|half| begun.elapsed() < half);
        let started = due.iter().take_while(|_| is_time_left());
        let visiting =
            stream::iter(started).map(|(series, visit)| self.visit(series, *visit, invocation));
        let mut visiting = pin!(visiting.buffer_unordered(CONCURRENCY));
        let mut visited = 0;
        while let Some((decided, answer)) = visiting.next().await {
            visited += 1;
            report.enter(decided);
            result = result.and(answer);
        }
        if visited < series {
            let due = series;
            return result.and(Err(Error::Unvisited { visited, due }));
        }
        if is_first && result.is_ok() {
            self.has_completed_run.store(true, Ordering::Relaxed);
        }
        result
    }

    /// Brings one series up to date, and takes it off the list where it has come to rest.
    async fn visit(
        &self,
        series: &SeriesKey,
        visit: Option<&DueSeries>,
        invocation: &Invocation,
    ) -> (Decided, Result<(), Error>) {
        let now = invocation.now;
        let (decided, result, is_over) = if self.definition(&series.alarm).is_some() {
            let (decided, result) = self.decide(series, &[], invocation).await;
            let is_over = result.is_ok() && decided.is_idle && decided.pending.is_none();
            (decided, result, is_over)
        } else {
            // The alarm may come back with the next deployment, and what it owes with it.
            let asked = visit.map_or(SignedDuration::ZERO, |visit| {
                now.duration_since(visit.scheduled_at)
            });
            (Decided::default(), Ok(()), asked.abs() > STATUS_LIFE)
        };
        let Some(visit) = visit.filter(|_| is_over) else {
            return (decided, result);
        };
        let struck = self.store.unschedule(visit, now).await;
        (decided, result.and(struck.map_err(Error::from)))
    }
}

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
use crate::store::{Store, Visit};

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Visits what is not at rest, the alarms whose silence is an alarm, and the first time every alarm without groups
    /// that has a state.
    pub(super) async fn tick(
        &self,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        let visits = self.store.to_visit().await?;
        let mut due: Vec<(SeriesKey, Option<&Visit>)> = visits
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
        if !self.has_ticked.swap(true, Ordering::Relaxed) {
            // A deployment can have changed what an alarm at rest waits for.
            for alarm in self.alarms.iter().filter(|alarm| alarm.group_by.is_empty()) {
                let key = SeriesKey {
                    alarm: alarm.name.clone(),
                    group: Group::default(),
                };
                let is_due = due.iter().any(|(other, _)| *other == key);
                if !is_due && self.store.status(&key).await?.is_some() {
                    due.push((key, None));
                }
            }
        }
        // Another one is the first each minute, so that what is left at the deadline is not always the same.
        let minute = invocation.now.as_second().div_euclid(60).unsigned_abs();
        if let Ok(first) = usize::try_from(minute % (due.len().max(1) as u64)) {
            due.rotate_left(first);
        }
        let visiting =
            stream::iter(&due).map(|(series, visit)| self.visit(series, *visit, invocation));
        let mut visited = pin!(visiting.buffer_unordered(CONCURRENCY));
        let mut result = Ok(());
        let half = invocation.half();
        while let Some((decided, answer)) = visited.next().await {
            report.enter(decided);
            result = result.and(answer);
            // The rest of the time is for publishing. The next run begins with other series.
            if half.is_some_and(|half| report.now(invocation) > half) {
                let after = report.begun.elapsed();
                return result.and(Err(Error::Deadline { after }));
            }
        }
        result
    }

    /// Brings one series up to date, and takes it off the list where it has come to rest.
    async fn visit(
        &self,
        series: &SeriesKey,
        visit: Option<&Visit>,
        invocation: &Invocation,
    ) -> (Decided, Result<(), Error>) {
        let now = invocation.now;
        let (decided, result, is_over) = if self.definition(&series.alarm).is_some() {
            let (decided, result) = self.decide(series, &[], invocation).await;
            let is_over = result.is_ok() && decided.rests && decided.pending.is_none();
            (decided, result, is_over)
        } else {
            // The alarm may come back with the next deployment, and what it owes with it.
            let asked = visit.map_or(SignedDuration::ZERO, |visit| {
                now.duration_since(visit.asked)
            });
            (Decided::default(), Ok(()), asked.abs() > STATUS_LIFE)
        };
        let Some(visit) = visit.filter(|_| is_over) else {
            return (decided, result);
        };
        let struck = self.store.strike(visit, now).await;
        (decided, result.and(struck.map_err(Error::from)))
    }
}

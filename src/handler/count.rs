//! A batch: its matches counted, and the alarms decided whose counts it touched.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;

use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};

use super::outcome::{Invocation, Report};
use super::{CONCURRENCY, Handler};
use crate::alarm::window;
use crate::error::Error;
use crate::matching::Tally;
use crate::notification::Publisher;
use crate::series::{Added, Additions, BucketKey, EventId, Group, SeriesKey};
use crate::store::Store;

/// How long a record can come again: a day in CloudWatch Logs, six hours in Lambda's queue, an hour to spare.
const REDELIVERY: SignedDuration = SignedDuration::from_hours(31);

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Counts what matched, and decides every alarm that it concerns.
    pub(super) async fn count(
        &self,
        tally: Tally,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        let suppressed_log_lines = tally.suppressed_log_lines();
        if suppressed_log_lines > 0 {
            tracing::warn!(
                suppressed_log_lines,
                "further log events of this batch got no line here"
            );
        }
        let Tally {
            counters,
            occurrences,
            excluded,
            additions,
            newest,
            canary,
            ..
        } = tally;
        let measured = &mut report.measured;
        measured.counters.add(counters);
        measured.occurrences += occurrences;
        measured.excluded += excluded;
        let lateness =
            newest.map(|newest| invocation.now.as_millisecond() - newest.as_millisecond());
        measured.delivery_lag = measured.delivery_lag.max(lateness);
        if additions.is_empty() && canary.is_none() {
            return Ok(());
        }
        // In the heap: the state of requests to AWS is large, and would be moved even if nothing matched.
        Box::pin(async {
            let seen = match canary {
                Some(delivered) => self.store.record_canary(delivered, invocation.now).await,
                None => Ok(()),
            };
            let counted = self.count_matches(additions, invocation, report).await;
            counted.and(seen.map_err(Error::from))
        })
        .await
    }

    async fn count_matches(
        &self,
        mut additions: BTreeMap<BucketKey, Additions>,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        let now = invocation.now;
        let measured = &mut report.measured;
        // What cannot be counted keeps nothing else from its alarm; its failure fails the invocation afterwards.
        let mut result = Ok(());
        let gathered = self.gather_groups(&mut additions, now, &mut result).await;
        measured.counters.occurrences.duplicate += gathered.duplicates;
        measured.in_overflow_group += gathered.occurrences;

        let mut touched: BTreeMap<SeriesKey, Vec<Timestamp>> = BTreeMap::new();
        let adding = stream::iter(&additions)
            .map(async |(bucket, additions)| (bucket, self.add(bucket, additions, now).await));
        let mut added = pin!(adding.buffer_unordered(CONCURRENCY));
        while let Some((bucket, answer)) = added.next().await {
            match answer {
                Ok(added) if added == Added::default() => {}
                Ok(added) => {
                    measured.counters.occurrences.add(added);
                    let starts = touched.entry(bucket.series.clone()).or_default();
                    starts.push(bucket.start);
                }
                Err(error) => result = result.and(Err(error)),
            }
        }
        let deciding = stream::iter(&touched)
            .map(|(series, touched)| self.decide(series, touched, invocation));
        let mut decided = pin!(deciding.buffer_unordered(CONCURRENCY));
        while let Some((decided, answer)) = decided.next().await {
            report.enter(decided);
            result = result.and(answer);
        }
        result
    }

    async fn add(
        &self,
        bucket: &BucketKey,
        additions: &Additions,
        now: Timestamp,
    ) -> Result<Added, Error> {
        let expires = self.expiry(&bucket.series.alarm, bucket.start, now);
        Ok(self.store.add(bucket, additions, expires).await?)
    }

    /// When what was counted at `time` may be forgotten: no record of it can come again, and no evaluation looks there.
    fn expiry(&self, alarm: &str, time: Timestamp, now: Timestamp) -> Timestamp {
        let definition = self.definition(alarm).expect("only known alarms match");
        let slots = window::slots_before(&definition.settings);
        let life = definition.reach() + slots + definition.allowed_lateness + REDELIVERY;
        time.max(now).checked_add(life).unwrap_or(Timestamp::MAX)
    }

    /// Moves what belongs to groups beyond an hour's number of them to the group that stands for all others. Takes out
    /// what it cannot tell that of, and says so in `result`.
    async fn gather_groups(
        &self,
        all: &mut BTreeMap<BucketKey, Additions>,
        now: Timestamp,
        result: &mut Result<(), Error>,
    ) -> Gathered {
        let mut asked: BTreeMap<(String, Timestamp), BTreeSet<EventId>> = BTreeMap::new();
        for bucket in all
            .keys()
            .filter(|bucket| bucket.series.group.is_specific())
        {
            let place = (bucket.series.alarm.clone(), window::hour_of(bucket.start));
            let groups = asked.entry(place).or_default();
            groups.insert(bucket.series.group.identity());
        }
        let mut gathered = Gathered::default();
        for ((alarm, hour), groups) in asked {
            let expires = self.expiry(&alarm, hour, now);
            let is_of_hour = |bucket: &BucketKey| {
                bucket.series.alarm == alarm && window::hour_of(bucket.start) == hour
            };
            let admitted = match self.store.admit(&alarm, hour, &groups, expires).await {
                Ok(admitted) => admitted,
                Err(error) => {
                    all.retain(|bucket, _| !is_of_hour(bucket));
                    if result.is_ok() {
                        *result = Err(error.into());
                    }
                    continue;
                }
            };
            if admitted.len() == groups.len() {
                continue;
            }
            let is_surplus = |bucket: &BucketKey| {
                is_of_hour(bucket) && !admitted.contains(&bucket.series.group.identity())
            };
            let surplus: Vec<_> = all.extract_if(.., |bucket, _| is_surplus(bucket)).collect();
            let groups = groups.len() - admitted.len();
            tracing::warn!(alarm, %hour, groups, "there are too many groups in an hour; these are counted as one");
            for (mut bucket, additions) in surplus {
                bucket.series.group = Group::overflow();
                gathered.occurrences += additions.members.len() as u64;
                gathered.duplicates += all.entry(bucket).or_default().append(additions);
            }
        }
        gathered
    }
}

/// What was counted in the group that stands for all others.
#[derive(Debug, Default)]
struct Gathered {
    occurrences: u64,
    /// Elements that several groups had.
    duplicates: u64,
}

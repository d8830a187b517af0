//! Counting of a batch: adds the matches to their buckets, then decides the series that changed.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;

use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};

use super::first_error::FirstError;
use super::outcome::{Invocation, Report};
use super::{CONCURRENCY, Handler};
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::window;
use crate::error::Error;
use crate::matching::{Candidates, Tally};
use crate::notification::Publisher;
use crate::series::{Added, Additions, BucketKey, EventId, Group, SeriesKey};
use crate::store::{AdmissionList, Store, StoreError};

/// How long a record can be delivered again: a day by CloudWatch Logs, six hours by Lambda's queue, and an hour of reserve.
const REDELIVERY: SignedDuration = SignedDuration::from_hours(31);

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Counts the matches of a batch, and decides every series that they change.
    pub(super) async fn count<'h>(
        &'h self,
        tally: Tally,
        invocation: &Invocation,
        report: &mut Report<'h>,
    ) -> Result<(), Error> {
        let suppressed_log_lines = tally.suppressed_log_lines();
        if suppressed_log_lines > 0 {
            tracing::warn!(
                suppressed_log_lines,
                "suppressed further warnings about log events of this batch"
            );
        }
        let Tally {
            counters,
            occurrences,
            excluded,
            invalid_values,
            exclusions,
            candidates,
            additions,
            newest,
            canary,
            ..
        } = tally;
        let metrics = &mut report.metrics;
        metrics.counters.add(counters);
        metrics.occurrences += occurrences;
        metrics.excluded += excluded;
        metrics.invalid_values += invalid_values;
        for (exclusion, records) in exclusions {
            *metrics.exclusions.entry(exclusion).or_default() += records;
        }
        let lag = newest.map(|newest| invocation.now.as_millisecond() - newest.as_millisecond());
        metrics.delivery_lag = metrics.delivery_lag.max(lag);
        if additions.is_empty() && candidates.is_empty() && canary.is_none() {
            return Ok(());
        }
        // On the heap: the state of requests to AWS is large, and would be moved even if nothing matched.
        Box::pin(async {
            let canary_result = match canary {
                Some(delivered) => self.store.record_canary(delivered, invocation.now).await,
                None => Ok(()),
            };
            let mut errors = FirstError::default();
            errors.check((self.count_matches(additions, candidates, invocation, report)).await);
            errors.check(canary_result);
            errors.into_result()
        })
        .await
    }

    async fn count_matches<'h>(
        &'h self,
        mut additions: BTreeMap<BucketKey, Additions>,
        candidates: Candidates,
        invocation: &Invocation,
        report: &mut Report<'h>,
    ) -> Result<(), Error> {
        let now = invocation.now;
        let metrics = &mut report.metrics;
        // A failed addition does not keep others from being counted. It fails the invocation in the end.
        let mut errors = FirstError::default();
        let combinations = (self.count_firsts(candidates, &mut additions, now, &mut errors)).await;
        metrics.occurrences += combinations.first;
        metrics.combinations.add(combinations);
        let overflow = (self.merge_surplus_groups(&mut additions, now, &mut errors)).await;
        metrics.counters.occurrences.duplicate += overflow.duplicates;
        metrics.in_overflow_group += overflow.occurrences;

        let mut touched: BTreeMap<SeriesKey, Vec<Timestamp>> = BTreeMap::new();
        let adding = stream::iter(&additions)
            .map(async |(bucket, additions)| (bucket, self.add(bucket, additions, now).await));
        let mut adding = pin!(adding.buffer_unordered(CONCURRENCY));
        while let Some((bucket, result)) = adding.next().await {
            let added = errors.check(result).unwrap_or_default();
            if added != Added::default() {
                metrics.counters.occurrences.add(added);
                let starts = touched.entry(bucket.series.clone()).or_default();
                starts.push(bucket.start);
            }
        }
        let deciding = stream::iter(&touched).map(|(series, touched)| {
            let definition = self.matched_definition(&series.alarm);
            self.decide(series, definition, touched, invocation)
        });
        let mut deciding = pin!(deciding.buffer_unordered(CONCURRENCY));
        while let Some(result) = deciding.next().await {
            if let Some(decided) = errors.check(result) {
                report.enter(decided);
            }
        }
        errors.into_result()
    }

    async fn add(
        &self,
        bucket: &BucketKey,
        additions: &Additions,
        now: Timestamp,
    ) -> Result<Added, StoreError> {
        let definition = self.matched_definition(&bucket.series.alarm);
        let expires = expiry(definition, bucket.start, now);
        self.store.add(bucket, additions, expires).await
    }

    /// The definition of an alarm that matched.
    pub(super) fn matched_definition(&self, alarm: &str) -> &AlarmDefinition {
        (self.definition(alarm)).expect("the matcher has the alarms of the handler")
    }

    /// Moves the additions of groups beyond the limit of an hour to the overflow group. If the store does not return the
    /// groups of an hour, removes their additions and adds the error to `errors`.
    async fn merge_surplus_groups(
        &self,
        all: &mut BTreeMap<BucketKey, Additions>,
        now: Timestamp,
        errors: &mut FirstError,
    ) -> Overflow {
        let mut hours: BTreeMap<(String, Timestamp), BTreeSet<EventId>> = BTreeMap::new();
        for bucket in all
            .keys()
            .filter(|bucket| bucket.series.group.is_specific())
        {
            let hour = (bucket.series.alarm.clone(), window::hour_of(bucket.start));
            let groups = hours.entry(hour).or_default();
            groups.insert(bucket.series.group.identity());
        }
        let mut overflow = Overflow::default();
        for ((alarm, hour), groups) in hours {
            let expires = expiry(self.matched_definition(&alarm), hour, now);
            let is_in_hour = |bucket: &BucketKey| {
                bucket.series.alarm == alarm && window::hour_of(bucket.start) == hour
            };
            let admitted =
                (self.store).admit(AdmissionList::Groups, &alarm, hour, &groups, expires);
            let admitted = admitted.await;
            let Some(admitted) = errors.check(admitted) else {
                all.retain(|bucket, _| !is_in_hour(bucket));
                continue;
            };
            if admitted.len() == groups.len() {
                continue;
            }
            let is_surplus = |bucket: &BucketKey| {
                is_in_hour(bucket) && !admitted.contains(&bucket.series.group.identity())
            };
            let surplus: Vec<_> = all.extract_if(.., |bucket, _| is_surplus(bucket)).collect();
            let groups = groups.len() - admitted.len();
            tracing::warn!(alarm, %hour, groups, "too many groups in one hour; the rest are counted as one group");
            for (mut bucket, additions) in surplus {
                bucket.series.group = Group::overflow();
                overflow.occurrences += additions.members.len() as u64;
                overflow.duplicates += all.entry(bucket).or_default().append(additions);
            }
        }
        overflow
    }
}

/// When counts at `time` may be deleted: their records cannot be delivered again, and no evaluation or reminder reads them.
fn expiry(definition: &AlarmDefinition, time: Timestamp, now: Timestamp) -> Timestamp {
    let slots = window::slots_before(&definition.settings);
    let longest_interval = definition.reminder_interval(u32::MAX).unwrap_or_default();
    let life = definition.evaluation_range_duration()
        + slots
        + definition.allowed_lateness
        + REDELIVERY.max(longest_interval);
    window::saturating_add(time.max(now), life)
}

/// Counts in the overflow group.
#[derive(Debug, Default)]
struct Overflow {
    /// Elements that were moved there.
    occurrences: u64,
    /// Elements that several groups had.
    duplicates: u64,
}

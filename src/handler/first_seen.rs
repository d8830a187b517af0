//! Decides which records of alarms with `FirstSeen` are the first ones of their combination. [`crate::series::Sighting`] has the
//! guarantee.
//!
//! For each combination and day of the batch:
//!
//! 1. Look it up. If an earlier record is on that day, the record is known.
//! 2. If the combination is not known at all, admit it to the new combinations of the hour.
//! 3. Add the sighting, then look it up again. This order makes one of two concurrent invocations see the other.
//! 4. Mark later records as superseded. If the record is a first and the warm-up is over, add it to its bucket.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;

use super::first_error::FirstError;
use super::{CONCURRENCY, Handler};
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::first_seen::FirstSeen;
use crate::alarm::window;
use crate::evidence::Fact;
use crate::matching::{Candidate, Candidates};
use crate::metrics::Combinations;
use crate::notification::Publisher;
use crate::series::{
    Additions, BucketKey, EventId, Group, Sighting, SightingKey, Verdict, sighting_life,
};
use crate::store::{AdmissionList, Store, StoreError};

/// Maximum number of combinations of an alarm that one batch looks up. Each costs a request.
const MAX_LOOKUPS_PER_BATCH: usize = 4_000;

/// A candidate whose combination and day were looked up.
enum LookedUp {
    /// An earlier record is known.
    Known,
    /// It is the earliest record of its day so far. `is_new`: the combination is not known at all.
    Earliest { is_new: bool },
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Adds the candidates that are firsts to `additions`, and marks superseded records there. Adds errors to `errors`. A
    /// candidate with an error is not counted, and the retry of the invocation repeats it.
    pub(super) async fn count_firsts(
        &self,
        candidates: Candidates,
        additions: &mut BTreeMap<BucketKey, Additions>,
        now: Timestamp,
        errors: &mut FirstError,
    ) -> Combinations {
        let mut counts = Combinations {
            known: candidates.known,
            ..Combinations::default()
        };
        if candidates.is_empty() {
            return counts;
        }
        let earliest = self.look_up(candidates, &mut counts, errors).await;
        let admitted = self.admit(earliest, now, &mut counts, errors).await;
        let remembering = stream::iter(admitted).map(async |(key, candidate)| {
            let verdict = self.remember(&key, &candidate, now).await;
            (candidate, verdict)
        });
        let mut remembering = pin!(remembering.buffer_unordered(CONCURRENCY));
        while let Some((candidate, verdict)) = remembering.next().await {
            let Some((verdict, since)) = errors.check(verdict) else {
                continue;
            };
            match verdict {
                Verdict::Known => counts.known += 1,
                Verdict::Surplus => counts.surplus += 1,
                Verdict::Earliest {
                    is_first,
                    superseded,
                } => {
                    let is_learned = is_first && self.is_warming_up(&candidate, since);
                    let does_count = is_first && !is_learned;
                    self.supersede(&candidate, does_count, superseded, additions);
                    if !is_first {
                        counts.known += 1;
                    } else if is_learned {
                        counts.learned += 1;
                    } else {
                        counts.first += 1;
                        self.add_first(candidate, since, additions);
                    }
                }
            }
        }
        counts
    }

    /// Since when an alarm learns the combinations of its `FirstSeen`. Begins to learn if it does not yet.
    pub(super) async fn learning_since(
        &self,
        definition: &AlarmDefinition,
        first_seen: &FirstSeen,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let name = &definition.name;
        if let Some(since) = self.known_combinations.learning_since(name) {
            return Ok(since);
        }
        let fields = first_seen.identity(&definition.group_by);
        let since = self.store.learning_since(name, fields, now).await?;
        self.known_combinations.set_learning_since(name, since);
        let counts_from = first_seen.counts_from(since);
        if now < counts_from {
            tracing::info!(alarm = name, %counts_from, "the alarm learns combinations and counts none yet");
        }
        Ok(since)
    }

    /// The candidates that can be the earliest of their combination and day, and whether the combination is new.
    async fn look_up(
        &self,
        candidates: Candidates,
        counts: &mut Combinations,
        errors: &mut FirstError,
    ) -> Vec<(SightingKey, Candidate, bool)> {
        let mut lookups: BTreeMap<String, usize> = BTreeMap::new();
        let mut unknown = Vec::new();
        for (key, candidate) in candidates.earliest {
            if self.known_combinations.has_before(&key, candidate.sighting) {
                counts.known += 1;
                continue;
            }
            let lookups = lookups.entry(key.alarm.clone()).or_default();
            *lookups += 1;
            if *lookups > MAX_LOOKUPS_PER_BATCH {
                counts.surplus += 1;
            } else {
                unknown.push((key, candidate));
            }
        }
        for (alarm, lookups) in lookups {
            if lookups > MAX_LOOKUPS_PER_BATCH {
                let records = lookups - MAX_LOOKUPS_PER_BATCH;
                tracing::warn!(
                    alarm,
                    records,
                    "there are too many combinations in a batch; these records do not count"
                );
            }
        }
        let looking = stream::iter(unknown).map(async |(key, candidate)| {
            let looked_up = self.look_up_one(&key, candidate.sighting).await;
            (key, candidate, looked_up)
        });
        let mut looking = pin!(looking.buffer_unordered(CONCURRENCY));
        let mut earliest = Vec::new();
        while let Some((key, candidate, looked_up)) = looking.next().await {
            match errors.check(looked_up) {
                Some(LookedUp::Earliest { is_new }) => earliest.push((key, candidate, is_new)),
                Some(LookedUp::Known) => counts.known += 1,
                None => {}
            }
        }
        earliest
    }

    async fn look_up_one(
        &self,
        key: &SightingKey,
        sighting: Sighting,
    ) -> Result<LookedUp, StoreError> {
        let (_, first_seen) = self.first_seen(&key.alarm);
        let sightings = (self.store.sightings(key, first_seen.history_days())).await?;
        if sightings.has_before(sighting) {
            if let Some(earliest) = sightings.same_day.first() {
                self.known_combinations.insert(key, *earliest);
            }
            return Ok(LookedUp::Known);
        }
        let is_new = sightings.is_empty();
        Ok(LookedUp::Earliest { is_new })
    }

    /// Admits new combinations to those of their hour. Returns the candidates of admitted and of known combinations.
    async fn admit(
        &self,
        candidates: Vec<(SightingKey, Candidate, bool)>,
        now: Timestamp,
        counts: &mut Combinations,
        errors: &mut FirstError,
    ) -> Vec<(SightingKey, Candidate)> {
        let hour = |candidate: &Candidate| window::hour_of(candidate.sighting.time());
        let mut hours: BTreeMap<(String, Timestamp), BTreeSet<EventId>> = BTreeMap::new();
        for (key, candidate, is_new) in &candidates {
            if *is_new {
                let new = hours.entry((key.alarm.clone(), hour(candidate)));
                new.or_default().insert(key.combination);
            }
        }
        let mut admitted = BTreeMap::new();
        for ((alarm, hour), new) in hours {
            let (_, first_seen) = self.first_seen(&alarm);
            let life = sighting_life(first_seen.history_days());
            let expires = window::saturating_add(hour.max(now), life);
            let list = AdmissionList::NewCombinations;
            let result = self.store.admit(list, &alarm, hour, &new, expires).await;
            let Some(of_hour) = errors.check(result) else {
                continue;
            };
            let combinations = new.len() - of_hour.len();
            if combinations > 0 {
                tracing::warn!(
                    alarm,
                    %hour,
                    combinations,
                    "there are too many new combinations in an hour; the records of these do not count"
                );
            }
            admitted.insert((alarm, hour), of_hour);
        }
        let mut rest = Vec::new();
        for (key, candidate, is_new) in candidates {
            if is_new {
                match admitted.get(&(key.alarm.clone(), hour(&candidate))) {
                    Some(admitted) if admitted.contains(&key.combination) => {}
                    Some(_) => {
                        counts.surplus += 1;
                        continue;
                    }
                    // The store did not answer. The retry repeats it.
                    None => continue,
                }
            }
            rest.push((key, candidate));
        }
        rest
    }

    /// Adds a sighting, and returns what all sightings show about it, and since when the alarm learns.
    async fn remember(
        &self,
        key: &SightingKey,
        candidate: &Candidate,
        now: Timestamp,
    ) -> Result<(Verdict, Timestamp), StoreError> {
        let (definition, first_seen) = self.first_seen(&key.alarm);
        let since = self.learning_since(definition, first_seen, now).await?;
        let days = first_seen.history_days();
        let expires = window::saturating_add(key.day.start().max(now), sighting_life(days));
        (self.store.remember(key, candidate.sighting, expires)).await?;
        let sightings = self.store.sightings(key, days).await?;
        if let Some(earliest) = sightings.same_day.first() {
            self.known_combinations.insert(key, *earliest);
        }
        Ok((sightings.verdict(candidate.sighting), since))
    }

    /// Marks records of the candidate's combination as superseded, each in the bucket in which it counts. `does_count`: the
    /// candidate itself counts.
    fn supersede(
        &self,
        candidate: &Candidate,
        does_count: bool,
        superseded: BTreeSet<Sighting>,
        additions: &mut BTreeMap<BucketKey, Additions>,
    ) {
        let (definition, _) = self.first_seen(&candidate.bucket.series.alarm);
        for sighting in superseded {
            let bucket = BucketKey {
                series: candidate.bucket.series.clone(),
                start: window::bucket_at(sighting.time(), &definition.settings).start,
                shard: sighting.id().shard(definition.shards()),
            };
            // The same record, delivered twice within the bucket: both deliveries are one element.
            let is_same = bucket == candidate.bucket && sighting.id() == candidate.sighting.id();
            if is_same && does_count {
                continue;
            }
            additions
                .entry(bucket)
                .or_default()
                .supersede(sighting.id());
        }
    }

    fn is_warming_up(&self, candidate: &Candidate, since: Timestamp) -> bool {
        let (_, first_seen) = self.first_seen(&candidate.bucket.series.alarm);
        candidate.sighting.time() < first_seen.counts_from(since)
    }

    /// Adds a first to its bucket, with its combination among its facts.
    fn add_first(
        &self,
        candidate: Candidate,
        since: Timestamp,
        additions: &mut BTreeMap<BucketKey, Additions>,
    ) {
        let Candidate {
            sighting,
            bucket,
            mut occurrence,
            values,
        } = candidate;
        let (_, first_seen) = self.first_seen(&bucket.series.alarm);
        let from = first_seen.remembers_from(sighting.time(), since);
        let details = occurrence.details.as_mut();
        if let Some(facts) = details.and_then(|details| details.facts.as_mut()) {
            let of_first = (facts.as_ref().clone())
                .with(Fact::FirstSeen, &Group(values).to_text())
                .with(Fact::NotSeenSince, &from.to_string());
            *facts = Arc::new(of_first);
        }
        additions.entry(bucket).or_default().insert(&occurrence);
    }

    /// The definition and `FirstSeen` of an alarm that has candidates.
    fn first_seen(&self, alarm: &str) -> (&AlarmDefinition, &FirstSeen) {
        let definition = self.matched_definition(alarm);
        let first_seen = definition.first_seen.as_ref();
        (
            definition,
            first_seen.expect("only alarms with `FirstSeen` have candidates"),
        )
    }
}

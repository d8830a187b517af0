//! Computes the datapoints of an alarm, and the evidence of its notifications, from buckets.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::alarm::definition::AlarmDefinition;
use crate::alarm::metric::{MetricValue, Statistic};
use crate::alarm::window::{self, Window};
use crate::evidence::{Evidence, Facts, Tally, Timeline, most_frequent};
use crate::series::{Bucket, EventId, Fingerprint, FingerprintId, exclusion_by_record};

/// How many records of a notification have facts.
const MAX_FACTS_PER_NOTIFICATION: usize = 25;

/// How many combinations of facts a notification counts.
const MAX_TALLIES_PER_NOTIFICATION: usize = 50;

/// How many exclusions a notification lists with their records.
const MAX_EXCLUSIONS_PER_NOTIFICATION: usize = 20;

/// Size limit, in bytes of JSON, of the facts of a notification's records, and of those of its tallies.
///
/// SNS accepts 256 KB per message. A DynamoDB item, which can hold several pending notifications, has 400 KB.
const MAX_FACT_BYTES_PER_NOTIFICATION: usize = 24 << 10;

/// The buckets of a series in a time span, as the datapoints of an alarm.
#[derive(Clone, Debug)]
pub struct Series<'d> {
    definition: &'d AlarmDefinition,
    /// The buckets with counted elements, by start.
    buckets: BTreeMap<Timestamp, Counted>,
    /// The buckets that have only uncounted records, by start.
    others: BTreeMap<Timestamp, Bucket>,
}

/// A bucket and its aggregates.
#[derive(Clone, Debug)]
struct Counted {
    bucket: Bucket,
    /// If distinct values are counted: for each value that an earlier bucket has too, the start of the last such bucket,
    /// in order. In a window that begins after it, the value counts.
    before: Vec<Timestamp>,
    sum: f64,
    least: f64,
    greatest: f64,
}

impl Counted {
    /// How many of its elements count in a window that begins at `from`.
    fn count(&self, from: Timestamp) -> u64 {
        let again = self.before.len() - self.before.partition_point(|&earlier| earlier < from);
        (self.bucket.members.len() - again) as u64
    }
}

impl<'d> Series<'d> {
    /// Combines buckets, by start. A record that CloudTrail delivered twice can be in several buckets; it counts in the earliest
    /// one. A distinct value counts once in each window. A superseded record does not count.
    pub fn new(definition: &'d AlarmDefinition, buckets: BTreeMap<Timestamp, Bucket>) -> Self {
        let constant = match definition.metric_value {
            MetricValue::Constant(value) => value,
            MetricValue::Field(_) => 0.0,
        };
        let mut last: HashMap<EventId, Timestamp> = HashMap::new();
        let mut counted = BTreeMap::new();
        let mut others = BTreeMap::new();
        for (start, mut bucket) in buckets {
            bucket.remove_superseded();
            let mut before = Vec::new();
            if definition.count_distinct.is_some() {
                let earlier = bucket.members.iter();
                before.extend(earlier.filter_map(|member| last.insert(member.id(), start)));
                before.sort_unstable();
            } else {
                bucket
                    .members
                    .retain(|member| last.insert(member.id(), start).is_none());
            }
            if bucket.members.is_empty() && !bucket.overflow {
                others.insert(start, bucket);
                continue;
            }
            let values = || {
                let members = bucket.members.iter();
                members.map(|member| member.value().unwrap_or(constant))
            };
            let of_bucket = Counted {
                before,
                sum: sum(values()),
                least: values().fold(f64::INFINITY, f64::min),
                greatest: values().fold(f64::NEG_INFINITY, f64::max),
                bucket,
            };
            counted.insert(start, of_bucket);
        }
        Self {
            definition,
            buckets: counted,
            others,
        }
    }

    /// The starts of the buckets with counted elements, in order.
    pub fn starts(&self) -> impl DoubleEndedIterator<Item = Timestamp> {
        self.buckets.keys().copied()
    }

    /// Start of the first bucket with counted elements, at `from` or later.
    pub fn first_from(&self, from: Timestamp) -> Option<Timestamp> {
        self.buckets.range(from..).next().map(|(&start, _)| start)
    }

    /// The end of a window that contains its last `buckets` buckets with counted elements.
    pub fn tail(&self, window: Window, buckets: usize) -> Window {
        let starts = self
            .buckets
            .range(window.start..window.end.max(window.start));
        let first = starts.rev().nth(buckets.saturating_sub(1));
        Window {
            start: first.map_or(window.start, |(&start, _)| start),
            ..window
        }
    }

    /// How many elements were counted in the window.
    pub fn count(&self, window: Window) -> u64 {
        let counted = self.within(window);
        counted.map(|counted| counted.count(window.start)).sum()
    }

    /// How many elements the buckets of the window have, as a sum over buckets: a distinct value counts once in each bucket.
    ///
    /// A bucket that was full counts one more, because at least one more record matched.
    pub fn elements(&self, window: Window) -> u64 {
        let elements = self.elements_by_bucket(window);
        elements.map(|(_, elements)| elements).sum()
    }

    /// [`Series::elements`] of each bucket of the window that has any, by start.
    pub fn elements_by_bucket(&self, window: Window) -> impl Iterator<Item = (Timestamp, u64)> {
        let Window { start, end } = window;
        let buckets = self.buckets.range(start..end.max(start));
        buckets.map(|(&start, Counted { bucket, .. })| {
            let elements = bucket.members.len() as u64 + u64::from(bucket.overflow);
            (start, elements)
        })
    }

    /// The facts by which notifications group records, of the records in the window whose facts are stored.
    pub fn calls(&self, window: Window) -> impl Iterator<Item = Cow<'_, Facts>> {
        self.within(window).flat_map(|Counted { bucket, .. }| {
            let tallied = bucket
                .fingerprints
                .iter()
                .map(|of| Cow::Borrowed(of.facts()));
            // If distinct values are counted, there are no fingerprints.
            let sampled = bucket.facts.iter().map(|facts| Cow::Owned(facts.tallied()));
            let is_tallied = !bucket.fingerprints.is_empty();
            tallied.chain(sampled.filter(move |_| !is_tallied))
        })
    }

    /// Whether a bucket of the window was full, so that there were more elements than are counted.
    pub fn at_least(&self, window: Window) -> bool {
        self.within(window).any(|counted| counted.bucket.overflow)
    }

    /// The alarm's statistic over a window. `None` if nothing was counted and there is no `DefaultValue`.
    pub fn value(&self, window: Window) -> Option<f64> {
        let count = self.count(window);
        if count == 0 {
            return self.definition.default_value;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a window holds fewer than 2^52 records"
        )]
        let count = count as f64;
        let all = || self.within(window);
        let sum = || match &self.definition.metric_value {
            MetricValue::Constant(value) => finite(count * value),
            MetricValue::Field(_) => sum(all().map(|counted| counted.sum)),
        };
        Some(match self.definition.statistic {
            Statistic::SampleCount => count,
            Statistic::Sum => sum(),
            Statistic::Average => sum() / count,
            Statistic::Minimum => all().map(|c| c.least).fold(f64::INFINITY, f64::min),
            Statistic::Maximum => all().map(|c| c.greatest).fold(f64::NEG_INFINITY, f64::max),
        })
    }

    fn within(&self, window: Window) -> impl Iterator<Item = &Counted> {
        let Window { start, end } = window;
        self.buckets
            .range(start..end.max(start))
            .map(|(_, counted)| counted)
    }

    /// The facts and counts of the records in a span.
    pub fn evidence(&self, span: Window) -> Evidence {
        let count = self.count(span);
        let counted: Vec<&Bucket> = self.within(span).map(|counted| &counted.bucket).collect();
        let others = self.others.range(span.start..span.end.max(span.start));
        let all = || {
            counted
                .iter()
                .copied()
                .chain(others.clone().map(|(_, other)| other))
        };
        let elements: u64 = counted
            .iter()
            .map(|bucket| bucket.members.len() as u64)
            .sum();
        let deliveries: u64 = all().map(|bucket| bucket.deliveries).sum();
        // Many records may have the same distinct value.
        let duplicates = match self.definition.count_distinct {
            None => deliveries.saturating_sub(elements),
            Some(_) => 0,
        };
        let times = || counted.iter().flat_map(|bucket| &bucket.times).copied();
        let tallies = tallies(&counted);
        let excluded = exclusion_by_record(all().flat_map(|bucket| &bucket.excluded));
        Evidence {
            count,
            at_least: counted.iter().any(|bucket| bucket.overflow),
            first: times().min(),
            last: times().max(),
            uncounted: count.saturating_sub(tallies.iter().map(|tally| tally.count).sum()),
            tallies,
            timeline: self.timeline(span),
            excluded: excluded.len() as u64,
            excluded_at_least: all().any(Bucket::has_lost_excluded),
            exclusions: most_frequent(
                excluded.into_values().flatten(),
                MAX_EXCLUSIONS_PER_NOTIFICATION,
            ),
            duplicates,
            too_late: all().map(|bucket| bucket.too_late.len() as u64).sum(),
            records: records(&counted),
        }
    }

    fn timeline(&self, span: Window) -> Timeline {
        let slots = window::slots_of(span, &self.definition.settings);
        let start = slots.first().map_or(span.start, |slot| slot.start);
        let seconds = slots
            .first()
            .map_or(0, |slot| slot.end.duration_since(slot.start).as_secs());
        Timeline {
            start,
            slot_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            counts: slots.into_iter().map(|slot| self.count(slot)).collect(),
        }
    }
}

/// The sum of finite values, limited to finite numbers. Records add at most 1e300 each, but items of earlier versions can hold
/// the largest `f64`.
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |sum, value| finite(sum + value))
}

/// The number; an infinity becomes the greatest or least finite number.
fn finite(number: f64) -> f64 {
    number.clamp(f64::MIN, f64::MAX)
}

fn tallies(buckets: &[&Bucket]) -> Vec<Tally> {
    let mut counts: HashMap<FingerprintId, u64> = HashMap::new();
    let members = buckets.iter().flat_map(|bucket| &bucket.members);
    for fingerprint in members.filter_map(|member| member.fingerprint()) {
        *counts.entry(fingerprint).or_default() += 1;
    }
    let fingerprints: BTreeSet<&Fingerprint> = buckets
        .iter()
        .flat_map(|bucket| &bucket.fingerprints)
        .collect();
    let mut tallied: Vec<(&Fingerprint, u64)> = fingerprints
        .into_iter()
        .filter_map(|fingerprint| Some((fingerprint, counts.remove(&fingerprint.id())?)))
        .collect();
    tallied.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let mut bytes = 0;
    tallied
        .into_iter()
        .take(MAX_TALLIES_PER_NOTIFICATION)
        .take_while(|(fingerprint, _)| {
            bytes += fingerprint.to_json().len();
            bytes <= MAX_FACT_BYTES_PER_NOTIFICATION
        })
        .map(|(fingerprint, count)| Tally {
            facts: Facts::clone(fingerprint.facts()),
            count,
        })
        .collect()
}

fn records(buckets: &[&Bucket]) -> Vec<Facts> {
    let facts: BTreeSet<&Arc<Facts>> = buckets.iter().flat_map(|bucket| &bucket.facts).collect();
    let mut bytes = 0;
    facts
        .into_iter()
        .take(MAX_FACTS_PER_NOTIFICATION)
        .take_while(|facts| {
            bytes += facts.to_json().len();
            bytes <= MAX_FACT_BYTES_PER_NOTIFICATION
        })
        .map(|facts| Facts::clone(facts))
        .collect()
}

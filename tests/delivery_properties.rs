//! However the same events are delivered, the counts are the same and nobody is told too little.
//!
//! The oracle sees all events at once and walks the instants one by one, with nothing but the rules of evaluation.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::advance::advance;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::evaluation::{Datapoint, breaches, evaluate, evaluation_range};
use cloudtrail_alarms::alarm::file::load;
use cloudtrail_alarms::alarm::state::{StateChange, Status};
use cloudtrail_alarms::alarm::window;
use cloudtrail_alarms::series::{
    Additions, BucketKey, EventId, Group, Member, Occurrence, Series, SeriesKey,
};
use cloudtrail_alarms::store::{Detail, MemoryStore, Store as _};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// Minutes over which events happen.
const SPAN: i64 = 40;

const BEGIN: i64 = 1_795_140_000;

fn second(offset: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + offset).expect("it is a time")
}

/// An alarm over counts, with these settings.
fn alarm(period: u32, n: u32, m: u32, threshold: u32, missing: &str) -> AlarmDefinition {
    let mut yaml = "Alarms:\n  - AlarmName: A\n    FilterPattern: ''\n    MetricNamespace: N\n    MetricName: M\n    \
                    ComparisonOperator: GreaterThanThreshold\n    AllowedLateness: 2m\n"
        .to_owned();
    let _ = write!(
        yaml,
        "    Period: {period}\n    EvaluationPeriods: {n}\n    DatapointsToAlarm: {m}\n    Threshold: {threshold}\n    \
         TreatMissingData: {missing}\n    OKActions: [arn:aws:sns:ap-southeast-2:111122223333:t]\n"
    );
    let file = load(Path::new("alarms.yaml"), &|_| Ok(yaml.clone()), &|_| None);
    file.unwrap_or_else(|error| panic!("{error}"))
        .alarms
        .remove(0)
}

prop_compose! {
    fn definitions()(
        period in prop::sample::select(vec![10, 30, 60, 120, 300]),
        n in 1_u32..4,
        needed in 0_u32..3,
        threshold in 0_u32..3,
        missing in prop::sample::select(vec!["missing", "ignore", "notBreaching"]),
    ) -> AlarmDefinition {
        alarm(period, n, n - needed.min(n - 1), threshold, missing)
    }
}

/// Times of events, in seconds; they come in bursts.
fn events() -> impl Strategy<Value = Vec<i64>> {
    let burst = (0..SPAN * 60, prop::collection::vec(0_i64..30, 1..6));
    prop::collection::vec(burst, 1..8).prop_map(|bursts| {
        let mut events: Vec<i64> = bursts
            .into_iter()
            .flat_map(|(at, offsets)| offsets.into_iter().map(move |by| at + by))
            .collect();
        events.sort_unstable();
        events
    })
}

/// An alarm that is fed.
struct Fed<'d> {
    definition: &'d AlarmDefinition,
    key: SeriesKey,
    store: MemoryStore,
    status: Option<Status>,
    changes: Vec<StateChange>,
    owed: usize,
}

impl<'d> Fed<'d> {
    fn new(definition: &'d AlarmDefinition) -> Self {
        let key = SeriesKey {
            alarm: "A".to_owned(),
            group: Group::default(),
        };
        Self {
            definition,
            key,
            store: MemoryStore::default(),
            status: None,
            changes: Vec::new(),
            owed: 0,
        }
    }

    /// Events arrive, by place and time, in one batch at `now`.
    fn deliver(&mut self, events: &[(usize, i64)], now: Timestamp) {
        let mut batch: BTreeMap<Timestamp, Additions> = BTreeMap::new();
        for (place, at) in events {
            let start = window::bucket_at(second(*at), &self.definition.settings).start;
            batch.entry(start).or_default().insert(&Occurrence {
                member: Member::new(EventId::of_texts(&[&place.to_string()]), None, None),
                called: second(*at),
                told: None,
            });
        }
        for (start, additions) in &batch {
            let bucket = BucketKey {
                series: self.key.clone(),
                start: *start,
                shard: 0,
            };
            block(self.store.add(&bucket, additions, Timestamp::MAX))
                .expect("memory takes everything");
        }
        self.decide(&batch.into_keys().collect::<Vec<_>>(), now);
    }

    fn decide(&mut self, touched: &[Timestamp], now: Timestamp) {
        let begin = touched.iter().copied().min().unwrap_or(now);
        let begin = window::evaluation_instant_at_or_before(begin, &self.definition.settings);
        let before = self
            .status
            .clone()
            .unwrap_or_else(|| Status::initial(begin));
        let span = before.span(self.definition, touched, now);
        let buckets =
            block(self.store.buckets(&self.key, span, Detail::All)).expect("memory answers");
        let series = Series::new(self.definition, buckets);
        let after = advance(self.definition, &self.key, &before, &series, touched, now);
        let mut status = after.status;
        self.owed += std::mem::take(&mut status.owed).len();
        self.status = Some(status);
        self.changes.extend(after.changes);
    }

    /// How many events are counted in each bucket.
    fn counts(&self) -> BTreeMap<Timestamp, usize> {
        let all = window::Window {
            start: Timestamp::MIN,
            end: Timestamp::MAX,
        };
        let buckets =
            block(self.store.buckets(&self.key, all, Detail::All)).expect("memory answers");
        buckets
            .into_iter()
            .map(|(start, bucket)| (start, bucket.members.len()))
            .collect()
    }

    /// Whether a time in `ALARM` that was announced holds the instant, or begins within the reach of an evaluation.
    fn tells_of(&self, at: Timestamp) -> bool {
        let reach = self.definition.reach();
        self.told()
            .iter()
            .any(|(from, to)| *from - reach <= at && to.is_none_or(|to| at <= to))
    }

    /// The times in `ALARM` that were announced: beginnings and ends.
    fn told(&self) -> Vec<(Timestamp, Option<Timestamp>)> {
        let status = self.status.as_ref().expect("it was fed");
        status
            .episodes
            .iter()
            .map(|episode| (episode.from, episode.to))
            .collect()
    }
}

/// Memory never waits.
fn block<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("memory does not wait"),
    }
}

/// What somebody finds who sees all events at once: the counts, and the times in `ALARM`.
struct Oracle<'d> {
    definition: &'d AlarmDefinition,
    events: &'d [i64],
}

impl Oracle<'_> {
    fn counts(&self) -> BTreeMap<Timestamp, usize> {
        let mut counts = BTreeMap::new();
        for at in self.events {
            let start = window::bucket_at(second(*at), &self.definition.settings).start;
            *counts.entry(start).or_default() += 1;
        }
        counts
    }

    fn datapoints(&self, at: Timestamp, count: usize) -> Vec<Datapoint> {
        let settings = &self.definition.settings;
        window::windows_ending_at(at, settings, self.definition.evaluation_window, count)
            .into_iter()
            .map(|window| {
                let inside = self
                    .events
                    .iter()
                    .filter(|event| window.contains(second(**event)))
                    .count();
                let value = u32::try_from(inside).map(f64::from).expect("there are few");
                Datapoint {
                    start: window.start,
                    value: (inside > 0).then_some(value),
                }
            })
            .collect()
    }

    /// The instants at which M of the N newest windows breach.
    fn breaches(&self) -> BTreeSet<Timestamp> {
        let settings = &self.definition.settings;
        self.instants()
            .filter(|at| {
                let newest = self.datapoints(*at, settings.evaluation_periods as usize);
                let values = newest.iter().filter_map(|datapoint| datapoint.value);
                values.filter(|value| breaches(*value, settings)).count()
                    >= settings.datapoints_needed() as usize
            })
            .collect()
    }

    fn episodes(&self) -> Vec<(Timestamp, Option<Timestamp>)> {
        let range = evaluation_range(&self.definition.settings);
        let mut state = AlarmState::InsufficientData;
        let mut episodes: Vec<(Timestamp, Option<Timestamp>)> = Vec::new();
        for at in self.instants() {
            let next = evaluate(
                &self.datapoints(at, range),
                &self.definition.settings,
                state,
            )
            .state;
            match (state, next) {
                (AlarmState::Alarm, AlarmState::Alarm) => {}
                (_, AlarmState::Alarm) => episodes.push((at, None)),
                (AlarmState::Alarm, _) => episodes.last_mut().expect("one began").1 = Some(at),
                _ => {}
            }
            state = next;
        }
        episodes
    }

    fn instants(&self) -> impl Iterator<Item = Timestamp> {
        let settings = &self.definition.settings;
        let step = window::evaluation_interval(settings);
        let first = window::evaluation_instant_at_or_before(second(self.events[0]), settings);
        let last = end();
        std::iter::successors(Some(first), move |at| Some(*at + step))
            .skip(1)
            .take_while(move |at| *at <= last)
    }
}

/// Long after all events.
fn end() -> Timestamp {
    second(SPAN * 60) + SignedDuration::from_hours(2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn in_order_the_episodes_are_those_of_who_sees_everything_at_once(
        definition in definitions(),
        events in events(),
        sizes in prop::collection::vec(1_usize..6, 50),
        again in prop::collection::vec(any::<bool>(), 50),
    ) {
        let oracle = Oracle { definition: &definition, events: &events };
        let mut fed = Fed::new(&definition);
        let places: Vec<(usize, i64)> = events.iter().copied().enumerate().collect();
        let mut rest = places.as_slice();
        for (size, again) in sizes.into_iter().zip(again) {
            let (batch, later) = rest.split_at(size.min(rest.len()));
            let Some((_, last)) = batch.last() else { break };
            // A batch comes as soon as its last event has happened, the tick when it likes.
            fed.deliver(batch, second(*last));
            if again {
                fed.deliver(batch, second(*last));
                fed.decide(&[], second(*last));
            }
            rest = later;
        }
        fed.deliver(rest, end());
        fed.decide(&[], end() + definition.allowed_lateness);
        prop_assert_eq!(fed.counts(), oracle.counts());
        let width = window::bucket_width(&definition.settings).as_secs();
        let settings = &definition.settings;
        if settings.datapoints_needed() == 1 && i64::from(settings.period) == width {
            prop_assert_eq!(fed.told(), oracle.episodes());
        }
        // Otherwise CloudWatch can also go by datapoints older than the N newest while those are missing. That is decided
        // when the instant is closed, unless an alarm that nothing can undo came first and settled it.
        for at in oracle.breaches() {
            prop_assert!(fed.tells_of(at), "{} is in none of {:?}", at, fed.told());
        }
    }

    #[test]
    fn in_any_order_nothing_is_counted_twice_and_no_breach_is_kept_from_anybody(
        definition in definitions(),
        (events, order) in events().prop_flat_map(|events| {
            let places: Vec<(usize, i64)> = events.iter().copied().enumerate().collect();
            let twice: Vec<_> = places.iter().chain(&places).copied().collect();
            (Just(events), Just(twice).prop_shuffle())
        }),
        sizes in prop::collection::vec(1_usize..9, 90),
        pauses in prop::collection::vec(0_i64..900, 90),
    ) {
        let oracle = Oracle { definition: &definition, events: &events };
        let mut fed = Fed::new(&definition);
        let mut now = second(SPAN * 60);
        let mut rest = order.as_slice();
        for (size, pause) in sizes.into_iter().zip(pauses) {
            let (batch, later) = rest.split_at(size.min(rest.len()));
            fed.deliver(batch, now);
            now += SignedDuration::from_secs(pause);
            fed.decide(&[], now);
            rest = later;
        }
        fed.deliver(rest, now);
        prop_assert_eq!(fed.counts(), oracle.counts());

        for at in oracle.breaches() {
            prop_assert!(fed.tells_of(at), "{} is in none of {:?}", at, fed.told());
        }
    }

    #[test]
    fn within_the_allowed_lateness_no_order_changes_what_is_told(
        definition in definitions(),
        (events, delays) in events().prop_flat_map(|events| {
            // Each event comes up to three times, in any order, at most two minutes late.
            let delays = prop::collection::vec(prop::collection::vec(0_i64..=120, 1..4), events.len());
            (Just(events), delays)
        }),
    ) {
        let oracle = Oracle { definition: &definition, events: &events };
        let mut fed = Fed::new(&definition);
        let mut arrivals: BTreeMap<i64, Vec<(usize, i64)>> = BTreeMap::new();
        for (place, (at, delays)) in events.iter().zip(&delays).enumerate() {
            for delay in delays {
                arrivals.entry(at + delay).or_default().push((place, *at));
            }
        }
        let last = SPAN * 60 + 30 + 120;
        for now in events[0]..=last {
            if let Some(batch) = arrivals.get(&now) {
                fed.deliver(batch, second(now));
            }
            if now % 60 == 0 && fed.status.is_some() {
                fed.decide(&[], second(now));
            }
        }
        fed.decide(&[], end() + definition.allowed_lateness);
        prop_assert_eq!(fed.counts(), oracle.counts());
        // Nobody is told too little,
        for at in oracle.breaches() {
            prop_assert!(fed.tells_of(at), "{} is in none of {:?}", at, fed.told());
        }
        // nor too much: each time that is told is, but for its first instants, one of the oracle's.
        let (told, seen) = (fed.told(), oracle.episodes());
        prop_assert!(told.len() <= seen.len(), "{:?} {:?}", told, seen);
        for (from, to) in &told {
            let same_end = seen.iter().find(|(_, end)| end == to);
            let began = same_end.map(|(began, _)| from.duration_since(*began).abs());
            prop_assert!(
                began.is_some_and(|late| late <= definition.reach()),
                "{} to {:?} is none of {:?}", from, to, seen
            );
        }
    }

    #[test]
    fn what_came_before_and_comes_again_changes_nothing(
        definition in definitions(),
        events in events(),
        pauses in prop::collection::vec(0_i64..7_200, 1..5),
    ) {
        let places: Vec<(usize, i64)> = events.iter().copied().enumerate().collect();
        let mut fed = Fed::new(&definition);
        let mut now = second(SPAN * 60);
        fed.deliver(&places, now);
        fed.decide(&[], end());
        let (told, counts, changes, owed) = (fed.told(), fed.counts(), fed.changes.len(), fed.owed);
        now = now.max(end());
        for pause in pauses {
            now += SignedDuration::from_secs(pause);
            fed.deliver(&places, now);
        }
        fed.decide(&[], now);
        prop_assert_eq!(fed.counts(), counts);
        prop_assert_eq!(fed.told()[..told.len()].to_vec(), told);
        // Nothing happens but what time alone brings: at most the end of the last episode.
        prop_assert!(fed.changes.len() <= changes + 1);
        prop_assert!(fed.owed <= owed + 1);
    }
}

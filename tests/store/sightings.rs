//! Sightings of combinations of values, and the time since which an alarm learns them.

use std::collections::BTreeSet;

use cloudtrail_alarms::series::{
    Day, EventId, MAX_SIGHTINGS_PER_DAY, Sighting, SightingKey, Sightings, Verdict,
};
use cloudtrail_alarms::store::Store;
use cloudtrail_alarms_testkit::time::time;
use futures_util::future::join_all;
use jiff::SignedDuration;

use super::expires;

fn key(combination: &str, day: i64) -> SightingKey {
    SightingKey {
        alarm: "A".to_owned(),
        combination: EventId::of_texts(&[combination]),
        day: Day::from_number(day),
    }
}

/// The sighting of the record with this number, so many seconds after the begin of a day.
fn sighting(day: i64, second: i64, number: usize) -> Sighting {
    let time = Day::from_number(day).start() + SignedDuration::from_secs(second);
    Sighting::new(time, EventId::of_texts(&[&number.to_string()]))
}

async fn remember(store: &impl Store, key: &SightingKey, sighting: Sighting) {
    store.remember(key, sighting, expires()).await.unwrap();
}

pub(super) async fn sightings_are_a_union_and_are_read_with_the_days_around_them(
    store: &impl Store,
) {
    let at = |day| key("union", day);
    let read = async |day, days| store.sightings(&at(day), days).await.unwrap();
    assert!(read(20_000, 14).await.is_empty());
    let (first, second) = (sighting(20_000, 7, 1), sighting(20_000, 3, 2));
    for one in [first, second, first] {
        remember(store, &at(20_000), one).await;
    }
    remember(store, &key("other", 20_000), sighting(20_000, 1, 9)).await;
    let later = sighting(20_003, 0, 3);
    remember(store, &at(20_003), later).await;
    for day in 20_005..20_012 {
        remember(store, &at(day), sighting(day, 0, 4)).await;
    }
    remember(store, &at(19_990), sighting(19_990, 0, 5)).await;

    let same_day = BTreeSet::from([second, first]);
    let expected = |earlier, later: &[Sighting]| Sightings {
        earlier,
        same_day: same_day.clone(),
        later: later.iter().copied().collect(),
    };
    assert_eq!(read(20_000, 10).await, expected(true, &[later]));
    assert_eq!(read(20_000, 9).await, expected(false, &[later]));
    assert_eq!(read(20_000, 2).await, expected(false, &[]));
    assert_eq!(read(20_000, 10).await.verdict(first), Verdict::Known);
    let verdict = read(20_000, 9).await.verdict(second);
    let superseded = BTreeSet::from([first, later]);
    assert_eq!(
        verdict,
        Verdict::Earliest {
            is_first: true,
            superseded
        }
    );
}

pub(super) async fn a_day_takes_a_limited_number_of_sightings(store: &impl Store) {
    let key = key("full", 20_000);
    let most = i64::try_from(MAX_SIGHTINGS_PER_DAY).unwrap();
    for second in (0..=most).rev() {
        remember(store, &key, sighting(20_000, second, 1)).await;
    }
    let held = store.sightings(&key, 1).await.unwrap();
    assert_eq!(held.same_day.len(), MAX_SIGHTINGS_PER_DAY);
    assert_eq!(held.verdict(sighting(20_000, 0, 1)), Verdict::Surplus);
}

pub(super) async fn an_alarm_learns_from_its_first_run_on(store: &impl Store) {
    let (fields, others) = (EventId::of_texts(&["a"]), EventId::of_texts(&["b"]));
    let (first, second) = (time("02:15:00"), time("02:16:00"));
    let since = async |alarm, fields, now| {
        let since = store.learning_since(alarm, fields, now).await;
        since.unwrap()
    };
    assert_eq!(since("A", fields, first).await, first);
    assert_eq!(since("A", fields, second).await, first);
    assert_eq!(since("A", others, second).await, second);
    assert_eq!(since("B", fields, second).await, second);
    // Stored by a wrong clock.
    let future = time("09:00:00");
    assert_eq!(since("C", fields, future).await, future);
    assert_eq!(since("C", fields, first).await, first);
    assert_eq!(since("C", fields, second).await, first);
}

/// An invocation adds its sighting before it reads those of others.
pub(super) async fn of_two_concurrent_records_one_sees_the_other(store: &impl Store) {
    let rounds = (0..20).map(async |round| {
        let name = format!("race-{round}");
        let records = [(20_000, 1), (20_003, 2)].map(|(day, number)| {
            let key = key(&name, day);
            async move {
                remember(store, &key, sighting(day, 0, number)).await;
                store.sightings(&key, 14).await.unwrap()
            }
        });
        let [earlier, later] = <[_; 2]>::try_from(join_all(records).await).unwrap();
        assert!(!earlier.later.is_empty() || later.earlier, "{name}");
    });
    join_all(rounds).await;
}

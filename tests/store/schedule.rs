//! Data for the next scheduled run: series to evaluate, the time of the newest canary, and health events.

use std::collections::BTreeMap;

use cloudtrail_alarms::store::{HealthEvent, SaveOptions, Schedule, Store};
use cloudtrail_alarms_testkit::time::time;
use jiff::SignedDuration;

use super::series;
use super::status::{options, status};

pub(super) async fn due_series_are_listed_until_they_are_unscheduled(store: &impl Store) {
    let series = series("visited", Some("1"));
    let listed = async || {
        let all = store.due_series().await.unwrap();
        all.into_iter().find(|due| due.series == series)
    };
    assert_eq!(listed().await, None);
    let first = SaveOptions {
        schedule: Schedule::Due,
        ..options(0)
    };
    store.save(&series, &status(), first).await.unwrap();
    let stored = store.status(&series).await.unwrap().unwrap();
    assert_eq!(stored.schedule, Schedule::Due);
    let due = listed().await.unwrap();
    assert_eq!(due.scheduled_at, first.now);

    // Scheduled again while another invocation was about to unschedule it: it stays.
    let later = first
        .now
        .checked_add(SignedDuration::from_mins(20))
        .unwrap();
    let again = SaveOptions {
        expected_version: 1,
        schedule: Schedule::Due,
        now: later,
        ..options(1)
    };
    store.save(&series, &status(), again).await.unwrap();
    store.unschedule(&due, later).await.unwrap();
    let due = listed().await.unwrap();
    assert_eq!(due.scheduled_at, later);

    let rest = SaveOptions {
        previous_schedule: Schedule::Due,
        ..options(2)
    };
    store.save(&series, &status(), rest).await.unwrap();
    let much_later = later.checked_add(SignedDuration::from_mins(20)).unwrap();
    store.unschedule(&due, much_later).await.unwrap();
    assert_eq!(listed().await, None);
}

pub(super) async fn the_newest_canary_is_stored(store: &impl Store) {
    let canary = async |now: &str| store.newest_canary(time(now)).await.unwrap();
    let see = async |delivered: &str, now: &str| {
        store
            .record_canary(time(delivered), time(now))
            .await
            .unwrap();
    };
    assert_eq!(
        canary("02:00:00").await,
        time("02:00:00"),
        "the wait begins"
    );
    assert_eq!(canary("02:10:00").await, time("02:00:00"));
    see("02:15:00", "02:20:00").await;
    see("02:05:00", "02:25:00").await;
    assert_eq!(canary("02:30:00").await, time("02:15:00"));
    // A canary that is too far ahead is ignored: the wait begins again.
    see("23:00:00", "23:00:00").await;
    assert_eq!(canary("02:31:00").await, time("02:31:00"));
    see("23:00:00", "23:00:00").await;
    see("02:32:00", "02:32:00").await;
    assert_eq!(canary("02:33:00").await, time("02:32:00"));
}

pub(super) async fn the_latest_time_of_each_health_event_is_stored(store: &impl Store) {
    let events = async || store.health_events().await.unwrap();
    assert_eq!(events().await, BTreeMap::new());
    for (at, happened) in [
        ("02:00:00", vec![HealthEvent::InvalidRecords]),
        (
            "02:10:00",
            vec![HealthEvent::AccountingError, HealthEvent::LateRecords],
        ),
        ("02:20:00", vec![HealthEvent::InvalidRecords]),
    ] {
        let happened = happened.into_iter().collect();
        store
            .record_health_events(&happened, time(at))
            .await
            .unwrap();
    }
    let expected = [
        (HealthEvent::AccountingError, time("02:10:00")),
        (HealthEvent::InvalidRecords, time("02:20:00")),
        (HealthEvent::LateRecords, time("02:10:00")),
    ];
    assert_eq!(events().await, BTreeMap::from(expected));
}

//! Reserved times of publications.

use std::time::Duration;

use cloudtrail_alarms::store::Store;
use cloudtrail_alarms_testkit::time::time;
use futures_util::future::join_all;
use jiff::Timestamp;

pub(super) const INTERVAL: Duration = Duration::from_millis(250);

pub(super) async fn publications_are_reserved_an_interval_apart(store: &impl Store) {
    let reserve = async |now: &str, latest: &str| {
        let turn = store.reserve_publication(time(now), INTERVAL, time(latest));
        turn.await.unwrap()
    };
    assert_eq!(
        reserve("02:15:00", "02:15:10").await,
        Some(time("02:15:00"))
    );
    assert_eq!(
        reserve("02:15:00", "02:15:10").await,
        Some(time("02:15:00.25"))
    );
    assert_eq!(reserve("02:15:00.1", "02:15:00.4").await, None, "too late");
    assert_eq!(
        reserve("02:15:00.1", "02:15:00.5").await,
        Some(time("02:15:00.5"))
    );
    assert_eq!(
        reserve("02:16:00", "02:16:00").await,
        Some(time("02:16:00"))
    );
    assert_eq!(
        reserve("02:15:00", "02:15:10").await,
        None,
        "another's clock is ahead"
    );
    // A reserved time that is too far ahead is ignored.
    assert_eq!(
        reserve("23:00:00", "23:00:00").await,
        Some(time("23:00:00"))
    );
    assert_eq!(
        reserve("02:17:00", "02:17:00").await,
        Some(time("02:17:00"))
    );
}

pub(super) async fn concurrent_reservations_are_an_interval_apart(store: &impl Store) {
    let (now, latest) = (time("04:00:00"), time("04:00:02"));
    let reserving = (0..20).map(|_| store.reserve_publication(now, INTERVAL, latest));
    let turns = join_all(reserving).await.into_iter().map(Result::unwrap);
    let mut turns: Vec<Timestamp> = turns.flatten().collect();
    turns.sort();
    let expected = (0..=8).map(|turn| now + INTERVAL * turn);
    assert_eq!(turns, expected.collect::<Vec<_>>());
}

//! Series that the next scheduled run must evaluate, and the time of the newest canary.

use cloudtrail_alarms::store::{SaveTerms, Store};
use cloudtrail_alarms_testkit::time::time;
use jiff::SignedDuration;

use super::series;
use super::status::{status, terms};

pub(super) async fn visits_are_listed_until_they_are_struck(store: &impl Store) {
    let series = series("visited", Some("1"));
    let listed = async || {
        let visits = store.to_visit().await.unwrap();
        visits.into_iter().find(|visit| visit.series == series)
    };
    assert_eq!(listed().await, None);
    let ask = SaveTerms {
        visit: true,
        ..terms(0)
    };
    store.save(&series, &status(), ask).await.unwrap();
    assert!(store.status(&series).await.unwrap().unwrap().visited);
    let visit = listed().await.unwrap();
    assert_eq!(visit.asked, ask.now);

    // Asked for again while somebody was about to strike the first one: it stays.
    let later = ask.now.checked_add(SignedDuration::from_mins(20)).unwrap();
    let again = SaveTerms {
        version: 1,
        visit: true,
        now: later,
        ..terms(1)
    };
    store.save(&series, &status(), again).await.unwrap();
    store.strike(&visit, later).await.unwrap();
    let visit = listed().await.unwrap();
    assert_eq!(visit.asked, later);

    let rest = SaveTerms {
        visited: true,
        ..terms(2)
    };
    store.save(&series, &status(), rest).await.unwrap();
    let much_later = later.checked_add(SignedDuration::from_mins(20)).unwrap();
    store.strike(&visit, much_later).await.unwrap();
    assert_eq!(listed().await, None);
}

pub(super) async fn the_newest_canary_is_stored(store: &impl Store) {
    let canary = async |now: &str| store.canary(time(now)).await.unwrap();
    let see = async |delivered: &str, now: &str| {
        store.see_canary(time(delivered), time(now)).await.unwrap();
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

//! The status of an alarm, and optimistic locking by its version.

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::state::{
    Episode, Lease, Notified, Owed, Running, StateChange, Status, Totals,
};
use cloudtrail_alarms::evidence::{Evidence, Fact, Facts};
use cloudtrail_alarms::series::SeriesKey;
use cloudtrail_alarms::store::{SaveTerms, Saved, Store, Stored};
use cloudtrail_alarms_testkit::time::time;
use futures_util::future::join_all;

use super::{expires, series};

pub(super) fn status() -> Status {
    let change = StateChange {
        from: AlarmState::Ok,
        to: AlarmState::Alarm,
        at: time("02:15:10"),
        reason: "Threshold Crossed: \"é\"".to_owned(),
    };
    let facts = Facts::from([(Fact::EventName, "Decrypt")]);
    let evidence = Evidence {
        count: 2,
        records: vec![facts],
        ..Evidence::default()
    };
    Status {
        state: AlarmState::Alarm,
        since: time("02:15:10"),
        evaluated: time("02:15:20"),
        newest: Some(time("02:15:00")),
        episodes: vec![Episode {
            from: time("02:15:10"),
            to: None,
        }],
        notified: Some(Notified {
            at: time("02:15:03.004"),
            count: 1,
            through: Some(time("02:15:10")),
            told: 1,
        }),
        running: Some(Running {
            count: 2,
            at_least: false,
            through: time("02:15:10"),
        }),
        owed: vec![Owed {
            id: "n1".to_owned(),
            change,
            since: time("02:15:03.004"),
            repeat: 0,
            evidence,
            totals: Some(Totals {
                since: time("02:15:10"),
                count: 2,
                at_least: true,
                notifications: 1,
            }),
            stands_for: 3,
            told_before: 2,
            is_by_older: true,
            lease: Some(Lease {
                holder: "r1".to_owned(),
                until: time("02:15:33"),
            }),
        }],
    }
}

pub(super) fn terms(version: u64) -> SaveTerms {
    SaveTerms {
        version,
        visited: false,
        visit: false,
        now: time("02:15:03"),
        expires: expires(),
    }
}

pub(super) async fn a_status_is_saved_whole_and_only_by_who_read_the_last_one(store: &impl Store) {
    let series = series("status", Some("1"));
    assert_eq!(store.status(&series).await.unwrap(), None);
    assert_eq!(
        store.save(&series, &status(), terms(0)).await.unwrap(),
        Saved::Saved
    );
    let stored = Stored {
        status: status(),
        version: 1,
        visited: false,
    };
    assert_eq!(store.status(&series).await.unwrap(), Some(stored.clone()));

    let other = Status::initial(time("02:00:00"));
    let nobody = SeriesKey {
        alarm: "nobody".to_owned(),
        ..series.clone()
    };
    // What was read is gone: somebody else decides anew.
    assert_eq!(
        store.save(&nobody, &other, terms(3)).await.unwrap(),
        Saved::Conflict
    );
    for version in [0, 2] {
        assert_eq!(
            store.save(&series, &other, terms(version)).await.unwrap(),
            Saved::Conflict
        );
        assert_eq!(store.status(&series).await.unwrap(), Some(stored.clone()));
    }
    assert_eq!(
        store.save(&series, &other, terms(1)).await.unwrap(),
        Saved::Saved
    );
    let stored = Stored {
        status: other,
        version: 2,
        visited: false,
    };
    assert_eq!(store.status(&series).await.unwrap(), Some(stored));
}

pub(super) async fn of_many_that_save_at_once_one_wins(store: &impl Store) {
    let series = series("race", None);
    let statuses: Vec<Status> = (0..10)
        .map(|second| Status::initial(time(&format!("02:00:0{second}"))))
        .collect();
    let saving = statuses
        .iter()
        .map(|status| store.save(&series, status, terms(0)));
    let saved: Vec<Saved> = join_all(saving)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        saved.iter().filter(|saved| **saved == Saved::Saved).count(),
        1
    );
    let winner = saved
        .iter()
        .position(|saved| *saved == Saved::Saved)
        .unwrap();
    assert_eq!(
        store.status(&series).await.unwrap().unwrap().status,
        statuses[winner]
    );
}

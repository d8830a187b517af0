//! The status of an alarm, and optimistic locking by its version.

use std::collections::BTreeMap;

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::group_limit::GroupLimit;
use cloudtrail_alarms::alarm::state::{
    Incident, IncidentTotals, LastAlarm, Lease, NewKinds, Notified, PendingNotification,
    ReportedKinds, RunningTotals, StateChange, Status,
};
use cloudtrail_alarms::evidence::{Evidence, Fact, Facts};
use cloudtrail_alarms::series::SeriesKey;
use cloudtrail_alarms::store::{SaveOptions, SaveOutcome, Schedule, Store, StoredStatus};
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
        incidents: vec![Incident {
            from: time("02:15:10"),
            to: None,
        }],
        notified: Some(Notified {
            at: time("02:15:03.004"),
            count: 1,
            through: Some(time("02:15:10")),
            already_reported: 1,
            reported: Some(2),
            unreported_from: Some(time("02:15:00")),
            has_new_kind: true,
            kinds: Some(ReportedKinds::default()),
            for_new_kinds: 1,
        }),
        running_totals: Some(RunningTotals {
            count: 2,
            at_least: false,
            through: time("02:15:10"),
            buckets: BTreeMap::from([(time("02:15:00"), 2)]),
            known_from: Some(time("02:15:00")),
        }),
        pending: vec![PendingNotification {
            id: "n1".to_owned(),
            change,
            since: time("02:15:03.004"),
            repeat: 0,
            evidence,
            totals: Some(IncidentTotals {
                since: time("02:15:10"),
                count: 2,
                at_least: true,
                notifications: 1,
            }),
            dropped_before: 3,
            already_reported: 2,
            new_kinds: Some(NewKinds::default()),
            decided_by_older_windows: true,
            digest: None,
            lease: Some(Lease {
                holder: "r1".to_owned(),
                until: time("02:15:33"),
            }),
        }],
        last_alarm: Some(LastAlarm {
            at: time("02:15:10"),
            was_in_digest: true,
        }),
        group_limit: Some(GroupLimit::default()),
    }
}

pub(super) fn options(version: u64) -> SaveOptions {
    SaveOptions {
        expected_version: version,
        previous_schedule: Schedule::Idle,
        schedule: Schedule::Idle,
        now: time("02:15:03"),
        expires: expires(),
    }
}

pub(super) async fn a_status_is_saved_whole_and_only_over_the_version_that_was_read(
    store: &impl Store,
) {
    let series = series("status", Some("1"));
    assert_eq!(store.status(&series).await.unwrap(), None);
    assert_eq!(
        store.save(&series, &status(), options(0)).await.unwrap(),
        SaveOutcome::Applied
    );
    let stored = StoredStatus {
        status: status(),
        version: 1,
        schedule: Schedule::Idle,
    };
    assert_eq!(store.status(&series).await.unwrap(), Some(stored.clone()));

    let other = Status::initial(time("02:00:00"));
    let nobody = SeriesKey {
        alarm: "nobody".to_owned(),
        ..series.clone()
    };
    // The status that was read no longer exists.
    assert_eq!(
        store.save(&nobody, &other, options(3)).await.unwrap(),
        SaveOutcome::Conflict
    );
    for version in [0, 2] {
        assert_eq!(
            store.save(&series, &other, options(version)).await.unwrap(),
            SaveOutcome::Conflict
        );
        assert_eq!(store.status(&series).await.unwrap(), Some(stored.clone()));
    }
    assert_eq!(
        store.save(&series, &other, options(1)).await.unwrap(),
        SaveOutcome::Applied
    );
    let stored = StoredStatus {
        status: other,
        version: 2,
        schedule: Schedule::Idle,
    };
    assert_eq!(store.status(&series).await.unwrap(), Some(stored));
}

pub(super) async fn of_concurrent_saves_one_succeeds(store: &impl Store) {
    let series = series("race", None);
    let statuses: Vec<Status> = (0..10)
        .map(|second| Status::initial(time(&format!("02:00:0{second}"))))
        .collect();
    let saving = statuses
        .iter()
        .map(|status| store.save(&series, status, options(0)));
    let saved: Vec<SaveOutcome> = join_all(saving)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        saved
            .iter()
            .filter(|saved| **saved == SaveOutcome::Applied)
            .count(),
        1
    );
    let winner = saved
        .iter()
        .position(|saved| *saved == SaveOutcome::Applied)
        .unwrap();
    assert_eq!(
        store.status(&series).await.unwrap().unwrap().status,
        statuses[winner]
    );
}

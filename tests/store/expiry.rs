//! Expiry in the store in memory.

use std::collections::BTreeSet;

use cloudtrail_alarms::series::{EventId, MAX_GROUPS_PER_HOUR};
use cloudtrail_alarms::store::{AdmissionList, MemoryStore, SaveOptions, SaveOutcome, Store as _};
use cloudtrail_alarms_testkit::time::time;
use jiff::SignedDuration;

use super::status::{options, status};
use super::{additions, bucket, read, series};

#[tokio::test]
async fn memory_deletes_expired_items() {
    let store = MemoryStore::default();
    let (old, new) = (series("old", None), series("new", None));
    let hour = SignedDuration::from_hours(1);
    let expires = options(0).now.checked_add(hour).unwrap();
    let key = bucket(&old, "02:15:00");
    store.add(&key, &additions(0..3), expires).await.unwrap();
    let short = SaveOptions {
        expires,
        ..options(0)
    };
    store.save(&old, &status(), short).await.unwrap();
    let groups = BTreeSet::from([EventId::of_texts(&["g"])]);
    let first = time("02:00:00");
    let fill = additions(0..MAX_GROUPS_PER_HOUR).members;
    let fill: BTreeSet<EventId> = fill.iter().map(|member| member.id()).collect();
    let list = AdmissionList::Groups;
    (store.admit(list, "old", first, &fill, expires).await).unwrap();
    assert_eq!(read(&store, &old).await.len(), 1);

    let later = SaveOptions {
        now: expires.checked_add(hour).unwrap(),
        ..options(0)
    };
    store.save(&new, &status(), later).await.unwrap();
    assert_eq!(read(&store, &old).await, []);
    assert_eq!(store.status(&old).await.unwrap(), None);
    let admitted = (store.admit(list, "old", first, &groups, expires).await).unwrap();
    assert_eq!(admitted, groups, "there is capacity again");
    assert!(store.status(&new).await.unwrap().is_some());
}

#[tokio::test]
async fn what_was_read_before_it_expired_can_be_saved_after() {
    let store = MemoryStore::default();
    let key = series("old", None);
    store.save(&key, &status(), options(0)).await.unwrap();
    let year = SignedDuration::from_hours(365 * 24);
    let later = SaveOptions {
        now: options(0).expires.checked_add(year).unwrap(),
        expires: options(0).expires.checked_add(year * 2).unwrap(),
        ..options(1)
    };
    let saved = store.save(&key, &status(), later).await.unwrap();
    assert_eq!(saved, SaveOutcome::Applied);
    assert!(store.status(&key).await.unwrap().is_some());
}

//! The limits of groups and of new combinations in an hour.

use std::collections::BTreeSet;
use std::ops::Range;

use cloudtrail_alarms::series::{EventId, MAX_GROUPS_PER_HOUR};
use cloudtrail_alarms::store::{AdmissionList, Store};
use cloudtrail_alarms_testkit::time::time;
use futures_util::future::join_all;

use super::expires;

pub(super) async fn groups_are_admitted_while_there_is_room_and_stay(store: &impl Store) {
    let group = |number: usize| EventId::of_texts(&[&number.to_string()]);
    let groups = |numbers: Range<usize>| numbers.map(group).collect::<BTreeSet<_>>();
    let admit = async |hour, groups| {
        let admitted =
            (store.admit(AdmissionList::Groups, "A", time(hour), groups, expires())).await;
        admitted.unwrap()
    };
    let most = MAX_GROUPS_PER_HOUR;
    let first = groups(0..most - 2);
    assert_eq!(admit("02:00:00", &first).await, first);
    let known = groups(0..2);
    assert_eq!(admit("02:00:00", &known).await, known);
    let surplus = groups(most - 4..most + 3);
    let admitted = admit("02:00:00", &surplus).await;
    assert_eq!(admitted.len(), 4);
    assert_eq!(admit("02:00:00", &surplus).await, admitted);
    assert_eq!(admit("03:00:00", &surplus).await, surplus);

    let list = AdmissionList::NewCombinations;
    let combinations = store.admit(list, "A", time("02:00:00"), &surplus, expires());
    assert_eq!(combinations.await.unwrap(), surplus, "another list");
}

pub(super) async fn of_concurrent_groups_no_more_are_admitted_than_the_limit(store: &impl Store) {
    let batches: Vec<BTreeSet<EventId>> = (0..20_usize)
        .map(|batch| {
            (0..70)
                .map(|n| EventId::of_texts(&[&format!("{batch}/{n}")]))
                .collect()
        })
        .collect();
    let admitting = batches.iter().map(|groups| {
        let list = AdmissionList::NewCombinations;
        store.admit(list, "crowd", time("02:00:00"), groups, expires())
    });
    let admitted = join_all(admitting).await;
    let admitted: usize = admitted
        .into_iter()
        .map(|groups| groups.unwrap().len())
        .sum();
    assert_eq!(admitted, MAX_GROUPS_PER_HOUR);
}

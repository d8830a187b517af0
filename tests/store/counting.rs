//! Counts of events in buckets, and the limits of a bucket.

use std::collections::BTreeSet;

use cloudtrail_alarms::evidence::{ExclusionId, FactExtractor, Facts};
use cloudtrail_alarms::series::{
    Added, Additions, Bucket, BucketKey, Details, EventId, ExcludedRecord, MAX_EVENTS_PER_SHARD,
    MAX_FACTS_PER_SHARD, MAX_UNCOUNTED_PER_SHARD, Member, Occurrence, SeriesKey,
};
use cloudtrail_alarms::store::Store;
use cloudtrail_alarms_testkit::time::time;
use cloudwatch_filter_pattern::record::Selectors;
use futures_util::future::join_all;
use jiff::Timestamp;

use super::{additions, bucket, expires, read, series};

pub(super) async fn adding_is_a_union_and_returns_what_was_new(store: &impl Store) {
    let series = series("union", Some("1"));
    let key = bucket(&series, "02:15:00");
    let added = store.add(&key, &additions(0..3), expires()).await.unwrap();
    assert_eq!(
        added,
        Added {
            new: 3,
            duplicate: 0,
            overflow: 0
        }
    );
    let added = store.add(&key, &additions(2..5), expires()).await.unwrap();
    assert_eq!(
        added,
        Added {
            new: 2,
            duplicate: 1,
            overflow: 0
        }
    );
    let added = store.add(&key, &additions(0..5), expires()).await.unwrap();
    assert_eq!(
        added,
        Added {
            new: 0,
            duplicate: 5,
            overflow: 0
        }
    );

    let whole = additions(0..5);
    let expected = Bucket {
        members: whole.members,
        deliveries: 11,
        facts: whole.facts,
        fingerprints: whole.fingerprints.into_keys().collect(),
        times: whole.times,
        ..Bucket::default()
    };
    assert_eq!(expected.fingerprints.len(), 2);
    assert_eq!(read(store, &series).await, [(time("02:15:00"), expected)]);
}

/// All records are counted, also if their facts do not fit into the item.
pub(super) async fn the_longest_facts_do_not_prevent_counting(store: &impl Store) {
    let series = series("longest", None);
    let key = bucket(&series, "02:15:00");
    let mut count = 0;
    for batch in [19, 20, 1_960, 2_000, 10] {
        let mut additions = Additions::default();
        for number in count..count + batch {
            let details = Details::new(longest_facts(number));
            additions.insert(&Occurrence {
                member: Member::new(
                    EventId::of_texts(&[&number.to_string()]),
                    Some(1.0),
                    Some(&details.fingerprint),
                ),
                called: time("02:14:59"),
                details: Some(details),
            });
            additions.exclude(excluded(&format!("aside {number}"), "a scanner"));
            additions.record_late(EventId::of_texts(&["late", &number.to_string()]));
        }
        let added = store.add(&key, &additions, expires()).await.unwrap();
        assert_eq!(
            (added.new + added.overflow, added.duplicate),
            (batch as u64, 0)
        );
        count += batch;
    }
    let (_, held) = read(store, &series).await.remove(0);
    assert_eq!(held.members.len(), 3_999);
    assert!(held.facts.len() >= MAX_FACTS_PER_SHARD);
}

pub(super) fn longest_facts(number: usize) -> Facts {
    let mut selectors = Selectors::default();
    let fields = FactExtractor::register(&mut selectors);
    let mut reader = selectors.into_reader();
    let long = "\\u0001".repeat(2_000);
    let record = format!(
        r#"{{"eventName":"{number}{long}","errorCode":"{number}{long}","errorMessage":"{long}","userAgent":"{long}",
        "eventSource":"{long}","userIdentity":{{"arn":"{number}{long}"}},"requestParameters":{{"keyId":"{number}{long}",
        "encryptionContext":{{"k":"{long}"}}}},"resources":[{{"ARN":"{number}{long}"}}],"eventID":"{number}"}}"#
    );
    fields.facts(reader.read(&record).unwrap())
}

fn excluded(record: &str, exclusion: &str) -> ExcludedRecord {
    ExcludedRecord {
        id: EventId::of_texts(&[record]),
        exclusion: Some(ExclusionId::of_pattern(exclusion)),
    }
}

/// Batches in any order, repeated or at once, give the same excluded records.
pub(super) async fn excluded_records_are_a_union(store: &impl Store) {
    let batch = |records: &[(&str, &str)]| {
        let mut additions = Additions::default();
        for (record, exclusion) in records {
            additions.exclude(excluded(record, exclusion));
        }
        additions
    };
    let batches = [
        batch(&[("1", "a scanner"), ("2", "a probe")]),
        batch(&[("2", "a probe"), ("3", "a scanner")]),
        // Another deployment excludes the record by another exclusion.
        batch(&[("3", "a probe")]),
    ];
    let mut held = Vec::new();
    for order in [&[0, 1, 2][..], &[2, 1, 0], &[1, 1, 2, 0, 1]] {
        let series = series(&format!("excluded {order:?}"), None);
        let key = bucket(&series, "02:15:00");
        for &index in order {
            store.add(&key, &batches[index], expires()).await.unwrap();
        }
        held.push(read(store, &series).await.remove(0).1);
    }
    assert_eq!(held[0].excluded.len(), 4);
    assert_eq!(held[0], held[1]);
    assert_eq!(held[0], held[2]);
}

/// In any order of the record and of its mark.
pub(super) async fn superseded_records_do_not_count(store: &impl Store) {
    let series = series("superseded", None);
    let whole = additions(0..4);
    let ids: Vec<EventId> = whole.members.iter().map(|member| member.id()).collect();
    let mut marks = Additions::default();
    marks.supersede(ids[0]);
    for (clock, batches) in [
        ("02:15:00", [&marks, &whole, &marks]),
        ("02:16:00", [&whole, &marks, &whole]),
    ] {
        for batch in batches {
            let key = bucket(&series, clock);
            store.add(&key, batch, expires()).await.unwrap();
        }
    }
    for (_, mut held) in read(store, &series).await {
        assert_eq!(held.superseded, BTreeSet::from([ids[0]]));
        held.remove_superseded();
        let left: Vec<EventId> = held.members.iter().map(|member| member.id()).collect();
        assert_eq!(left, ids[1..]);
    }
}

pub(super) async fn uncounted_records_are_stored_up_to_a_limit(store: &impl Store) {
    let series = series("aside", None);
    let key = bucket(&series, "02:15:00");
    let mut aside = Additions::default();
    for number in 0..=MAX_UNCOUNTED_PER_SHARD {
        let exclusion = ["a scanner", "a probe"][number % 2];
        aside.exclude(excluded(&number.to_string(), exclusion));
    }
    aside.record_late(EventId::of_texts(&["late"]));
    for _ in 0..2 {
        let added = store.add(&key, &aside, expires()).await.unwrap();
        assert_eq!(added, Added::default());
    }
    let (_, held) = read(store, &series).await.remove(0);
    assert_eq!(held.excluded.len(), MAX_UNCOUNTED_PER_SHARD);
    assert_eq!(held.excluded, aside.excluded);
    assert_eq!(held.too_late, aside.too_late);
    assert!(held.members.is_empty() && !held.overflow);
}

pub(super) async fn shards_are_filled_apart_and_read_together(store: &impl Store) {
    let series = series("shards", None);
    for shard in [0, 1, 15] {
        let key = BucketKey {
            shard,
            ..bucket(&series, "02:15:00")
        };
        let from = usize::from(shard) * MAX_EVENTS_PER_SHARD;
        let full = additions(from..from + MAX_EVENTS_PER_SHARD);
        let added = store.add(&key, &full, expires()).await.unwrap();
        assert_eq!(added.overflow, 0);
    }
    let held = read(store, &series).await;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].1.members.len(), 3 * MAX_EVENTS_PER_SHARD);
}

/// Adds twenty batches at once. Each one shares half of its elements with the next.
pub(super) async fn added_at_once(store: &impl Store, series: &SeriesKey) -> Vec<Added> {
    let key = bucket(series, "02:15:00");
    let batches: Vec<Additions> = (0..20)
        .map(|batch| additions(batch * 5..batch * 5 + 10))
        .collect();
    let adding = batches
        .iter()
        .map(|batch| store.add(&key, batch, expires()));
    let added = join_all(adding).await;
    added.into_iter().map(Result::unwrap).collect()
}

pub(super) async fn concurrent_additions_lose_nothing(store: &impl Store) {
    let series = series("concurrent", None);
    added_at_once(store, &series).await;
    let held = read(store, &series).await.remove(0).1;
    assert_eq!(held.members, additions(0..105).members);
}

pub(super) async fn of_concurrent_additions_each_element_is_new_to_one(store: &impl Store) {
    let series = series("new once", None);
    let added = added_at_once(store, &series).await;
    assert_eq!(added.iter().map(|added| added.new).sum::<u64>(), 105);
    assert_eq!(added.iter().map(|added| added.duplicate).sum::<u64>(), 95);
}

pub(super) async fn a_full_bucket_rejects_additions_and_reports_the_overflow(store: &impl Store) {
    let series = series("full", None);
    let key = bucket(&series, "02:15:00");
    let full = additions(0..MAX_EVENTS_PER_SHARD);
    assert_eq!(
        store.add(&key, &full, expires()).await.unwrap().new,
        MAX_EVENTS_PER_SHARD as u64
    );
    assert!(!read(store, &series).await[0].1.overflow);
    let again = store.add(&key, &additions(0..10), expires()).await.unwrap();
    assert_eq!(
        again,
        Added {
            new: 0,
            duplicate: 10,
            overflow: 0
        }
    );
    assert!(!read(store, &series).await[0].1.overflow);
    let more = additions(MAX_EVENTS_PER_SHARD - 1..=MAX_EVENTS_PER_SHARD);
    let added = store.add(&key, &more, expires()).await.unwrap();
    assert_eq!(
        added,
        Added {
            new: 0,
            duplicate: 1,
            overflow: 1
        }
    );
    let (_, held) = read(store, &series).await.remove(0);
    assert!(held.overflow);
    assert_eq!(held.members, full.members);
}

pub(super) async fn a_batch_larger_than_a_bucket_fills_it_and_the_rest_is_overflow(
    store: &impl Store,
) {
    let series = series("larger", None);
    let key = bucket(&series, "02:15:00");
    let most = MAX_EVENTS_PER_SHARD as u64;
    let larger = additions(0..MAX_EVENTS_PER_SHARD * 20);
    let added = store.add(&key, &larger, expires()).await.unwrap();
    let overflow = 19 * most;
    let first = Added {
        new: most,
        duplicate: 0,
        overflow,
    };
    assert_eq!(added, first);
    let again = store.add(&key, &larger, expires()).await.unwrap();
    assert_eq!(
        again,
        Added {
            new: 0,
            duplicate: most,
            overflow
        }
    );
    let (_, held) = read(store, &series).await.remove(0);
    assert!(held.overflow);
    assert_eq!(held.members.len() as u64, most);
}

pub(super) async fn facts_are_kept_while_there_is_room(store: &impl Store) {
    let series = series("facts", None);
    let key = bucket(&series, "02:15:00");
    for batch in 0..4 {
        let numbers = batch * MAX_FACTS_PER_SHARD..(batch + 1) * MAX_FACTS_PER_SHARD;
        let added = store
            .add(&key, &additions(numbers), expires())
            .await
            .unwrap();
        assert_eq!(added.new, MAX_FACTS_PER_SHARD as u64);
    }
    let (_, held) = read(store, &series).await.remove(0);
    assert_eq!(held.facts, additions(0..MAX_FACTS_PER_SHARD).facts);
    assert_eq!(held.members.len(), 4 * MAX_FACTS_PER_SHARD);
}

pub(super) async fn of_two_values_of_one_identity_the_same_stays_in_any_order(store: &impl Store) {
    let member = |value| Member::new(EventId::of_texts(&["a"]), Some(value), None);
    let mut kept = BTreeSet::new();
    for (name, values) in [("up", [1.0, 2.0]), ("down", [2.0, 1.0])] {
        let series = series(name, None);
        for value in values {
            let additions = Additions {
                members: BTreeSet::from([member(value)]),
                ..additions(0..1)
            };
            let key = bucket(&series, "02:15:00");
            store.add(&key, &additions, expires()).await.unwrap();
        }
        let (_, held) = read(store, &series).await.remove(0);
        kept.extend(held.members.iter().map(|member| member.to_bytes()));
    }
    assert_eq!(kept, BTreeSet::from([member(1.0).to_bytes()]));
}

pub(super) async fn a_value_of_its_own_comes_back(store: &impl Store) {
    let series = series("values", None);
    let members = BTreeSet::from([Member::new(EventId::of_texts(&["a"]), Some(-0.25), None)]);
    let additions = Additions {
        members: members.clone(),
        ..additions(0..1)
    };
    store
        .add(&bucket(&series, "02:15:00"), &additions, expires())
        .await
        .unwrap();
    let bytes =
        |members: &BTreeSet<Member>| -> Vec<_> { members.iter().map(|m| m.to_bytes()).collect() };
    let (_, held) = read(store, &series).await.remove(0);
    assert_eq!(bytes(&held.members), bytes(&members));
}

pub(super) async fn buckets_are_those_of_the_series_that_begin_in_the_span(store: &impl Store) {
    let mine = series("span", Some("1"));
    for clock in ["01:59:59", "02:00:00", "02:19:59", "02:20:00"] {
        store
            .add(&bucket(&mine, clock), &additions(0..1), expires())
            .await
            .unwrap();
    }
    for other in [
        series("span", Some("2")),
        series("span", None),
        series("span2", Some("1")),
    ] {
        assert_eq!(read(store, &other).await, []);
        store
            .add(&bucket(&other, "02:10:00"), &additions(0..2), expires())
            .await
            .unwrap();
    }
    let found: Vec<Timestamp> = read(store, &mine)
        .await
        .into_iter()
        .map(|(at, _)| at)
        .collect();
    assert_eq!(found, [time("02:00:00"), time("02:19:59")]);
}

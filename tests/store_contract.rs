//! What every store owes, on each store there is: memory, dynalite and moto.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

#[path = "support/aws.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "shared with tests that also publish"
)]
mod aws;
#[path = "support/http.rs"]
#[expect(unreachable_pub, reason = "shared with other tests")]
mod http;
#[path = "support/relay.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "shared with tests that have more happen to requests"
)]
mod relay;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::state::{
    Incident, IncidentTotals, Lease, Notified, PendingNotification, RunningTotals, StateChange,
    Status,
};
use cloudtrail_alarms::alarm::window::Window;
use cloudtrail_alarms::evidence::{Evidence, Fact, FactExtractor, Facts};
use cloudtrail_alarms::series::{
    Added, Additions, Bucket, BucketKey, Details, EventId, Group, MAX_EVENTS_PER_SHARD,
    MAX_FACTS_PER_SHARD, MAX_GROUPS_PER_HOUR, MAX_UNCOUNTED_PER_SHARD, Member, Occurrence,
    SeriesKey,
};
use cloudtrail_alarms::store::{
    Detail, DynamoDbStore, MemoryStore, SaveOptions, SaveOutcome, Schedule, Store, StoredStatus,
};
use cloudwatch_filter_pattern::record::Selectors;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use relay::{Fate, Witness};

fn time(clock: &str) -> Timestamp {
    format!("2026-11-20T{clock}Z").parse().unwrap()
}

/// After everything in these tests.
fn expires() -> Timestamp {
    "2036-01-01T00:00:00Z".parse().unwrap()
}

fn series(alarm: &str, value: Option<&str>) -> SeriesKey {
    let group = Group(vec![("$.account".to_owned(), value.map(str::to_owned))]);
    SeriesKey {
        alarm: alarm.to_owned(),
        group,
    }
}

fn bucket(series: &SeriesKey, clock: &str) -> BucketKey {
    BucketKey {
        series: series.clone(),
        start: time(clock),
        shard: 0,
    }
}

/// One occurrence for each number.
fn additions(numbers: impl IntoIterator<Item = usize>) -> Additions {
    let mut additions = Additions::default();
    for number in numbers {
        let id = format!("{number:05}");
        let details = Details::new(Facts::from([
            (Fact::EventTime, "2026-11-20T02:14:59Z"),
            (Fact::EventId, &id),
            (
                Fact::ErrorCode,
                if number % 2 == 0 { "even" } else { "odd" },
            ),
        ]));
        additions.insert(&Occurrence {
            member: Member::new(EventId::of_texts(&[&id]), None, Some(&details.fingerprint)),
            called: time("02:14:59"),
            details: Some(details),
        });
    }
    additions
}

async fn read(store: &impl Store, series: &SeriesKey) -> Vec<(Timestamp, Bucket)> {
    let span = Window {
        start: time("02:00:00"),
        end: time("02:20:00"),
    };
    store
        .buckets(series, span, Detail::All)
        .await
        .unwrap()
        .into_iter()
        .collect()
}

async fn adding_is_a_union_and_says_what_was_new(store: &impl Store) {
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

/// As much as records can say, again and again: everything is counted, whatever the item has room for.
async fn the_longest_facts_keep_nothing_from_being_counted(store: &impl Store) {
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
            additions.exclude(EventId::of_texts(&["aside", &number.to_string()]));
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

fn longest_facts(number: usize) -> Facts {
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

async fn what_did_not_count_is_remembered_up_to_a_number(store: &impl Store) {
    let series = series("aside", None);
    let key = bucket(&series, "02:15:00");
    let mut aside = Additions::default();
    for number in 0..=MAX_UNCOUNTED_PER_SHARD {
        aside.exclude(EventId::of_texts(&[&number.to_string()]));
    }
    aside.record_late(EventId::of_texts(&["late"]));
    for _ in 0..2 {
        let added = store.add(&key, &aside, expires()).await.unwrap();
        assert_eq!(added, Added::default());
    }
    let (_, held) = read(store, &series).await.remove(0);
    assert_eq!(held.excluded.len(), MAX_UNCOUNTED_PER_SHARD);
    assert_eq!(held.too_late, aside.too_late);
    assert!(held.members.is_empty() && !held.overflow);
}

async fn shards_are_filled_apart_and_read_together(store: &impl Store) {
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

async fn groups_are_admitted_while_there_is_room_and_stay(store: &impl Store) {
    let group = |number: usize| EventId::of_texts(&[&number.to_string()]);
    let groups = |numbers: Range<usize>| numbers.map(group).collect::<BTreeSet<_>>();
    let admit = async |hour, groups| {
        let admitted = store.admit("A", time(hour), groups, expires()).await;
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
}

async fn of_groups_that_come_at_once_no_more_are_admitted_than_there_is_room(store: &impl Store) {
    let batches: Vec<BTreeSet<EventId>> = (0..20_usize)
        .map(|batch| {
            (0..70)
                .map(|n| EventId::of_texts(&[&format!("{batch}/{n}")]))
                .collect()
        })
        .collect();
    let admitting = batches
        .iter()
        .map(|groups| store.admit("crowd", time("02:00:00"), groups, expires()));
    let admitted = join_all(admitting).await;
    let admitted: usize = admitted
        .into_iter()
        .map(|groups| groups.unwrap().len())
        .sum();
    assert_eq!(admitted, MAX_GROUPS_PER_HOUR);
}

/// Twenty batches at once, each of which shares half of its elements with the next.
async fn added_at_once(store: &impl Store, series: &SeriesKey) -> Vec<Added> {
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

async fn concurrent_additions_lose_nothing(store: &impl Store) {
    let series = series("concurrent", None);
    added_at_once(store, &series).await;
    let held = read(store, &series).await.remove(0).1;
    assert_eq!(held.members, additions(0..105).members);
}

async fn of_concurrent_additions_each_element_is_new_to_one(store: &impl Store) {
    let series = series("new once", None);
    let added = added_at_once(store, &series).await;
    assert_eq!(added.iter().map(|added| added.new).sum::<u64>(), 105);
    assert_eq!(added.iter().map(|added| added.duplicate).sum::<u64>(), 95);
}

async fn a_full_bucket_turns_away_and_says_so(store: &impl Store) {
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

async fn a_batch_larger_than_a_bucket_fills_it_and_the_rest_is_overflow(store: &impl Store) {
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

async fn facts_are_kept_while_there_is_room(store: &impl Store) {
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

async fn of_two_values_of_one_identity_the_same_stays_in_any_order(store: &impl Store) {
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

async fn a_value_of_its_own_comes_back(store: &impl Store) {
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

async fn buckets_are_those_of_the_series_that_begin_in_the_span(store: &impl Store) {
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

fn status() -> Status {
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
        }),
        running_totals: Some(RunningTotals {
            count: 2,
            at_least: false,
            through: time("02:15:10"),
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
            decided_by_older_windows: true,
            lease: Some(Lease {
                holder: "r1".to_owned(),
                until: time("02:15:33"),
            }),
        }],
    }
}

fn options(version: u64) -> SaveOptions {
    SaveOptions {
        expected_version: version,
        previous_schedule: Schedule::Idle,
        schedule: Schedule::Idle,
        now: time("02:15:03"),
        expires: expires(),
    }
}

async fn a_status_is_saved_whole_and_only_by_who_read_the_last_one(store: &impl Store) {
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
    // What was read is gone: somebody else decides anew.
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

async fn of_many_that_save_at_once_one_wins(store: &impl Store) {
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

async fn due_series_are_listed_until_they_are_unscheduled(store: &impl Store) {
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

const INTERVAL: Duration = Duration::from_millis(250);

async fn publications_are_reserved_an_interval_apart(store: &impl Store) {
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

async fn concurrent_reservations_are_an_interval_apart(store: &impl Store) {
    let (now, latest) = (time("04:00:00"), time("04:00:02"));
    let reserving = (0..20).map(|_| store.reserve_publication(now, INTERVAL, latest));
    let turns = join_all(reserving).await.into_iter().map(Result::unwrap);
    let mut turns: Vec<Timestamp> = turns.flatten().collect();
    turns.sort();
    let expected = (0..=8).map(|turn| now + INTERVAL * turn);
    assert_eq!(turns, expected.collect::<Vec<_>>());
}

async fn the_newest_canary_is_stored(store: &impl Store) {
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

async fn contract(store: &impl Store) {
    adding_is_a_union_and_says_what_was_new(store).await;
    a_full_bucket_turns_away_and_says_so(store).await;
    a_batch_larger_than_a_bucket_fills_it_and_the_rest_is_overflow(store).await;
    facts_are_kept_while_there_is_room(store).await;
    the_longest_facts_keep_nothing_from_being_counted(store).await;
    what_did_not_count_is_remembered_up_to_a_number(store).await;
    shards_are_filled_apart_and_read_together(store).await;
    groups_are_admitted_while_there_is_room_and_stay(store).await;
    a_value_of_its_own_comes_back(store).await;
    of_two_values_of_one_identity_the_same_stays_in_any_order(store).await;
    buckets_are_those_of_the_series_that_begin_in_the_span(store).await;
    a_status_is_saved_whole_and_only_by_who_read_the_last_one(store).await;
    of_many_that_save_at_once_one_wins(store).await;
    due_series_are_listed_until_they_are_unscheduled(store).await;
    publications_are_reserved_an_interval_apart(store).await;
    the_newest_canary_is_stored(store).await;
}

fn dynamodb(url: &str, table: &str) -> DynamoDbStore {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::new("ap-southeast-2"))
        .credentials_provider(Credentials::for_tests())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    DynamoDbStore::new(Client::from_conf(config), table.to_owned())
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let store = MemoryStore::default();
    contract(&store).await;
    concurrent_additions_lose_nothing(&store).await;
    of_concurrent_additions_each_element_is_new_to_one(&store).await;
    of_groups_that_come_at_once_no_more_are_admitted_than_there_is_room(&store).await;
    concurrent_reservations_are_an_interval_apart(&store).await;
}

#[tokio::test]
async fn dynalite_keeps_the_contract() {
    aws::dynalite().create_table("contract");
    let store = dynamodb(&aws::dynalite().url(), "contract");
    contract(&store).await;
    concurrent_additions_lose_nothing(&store).await;
    of_concurrent_additions_each_element_is_new_to_one(&store).await;
    of_groups_that_come_at_once_no_more_are_admitted_than_there_is_room(&store).await;
    concurrent_reservations_are_an_interval_apart(&store).await;
}

/// But for updates that are under way at once: moto reads the item before it takes its turn, and loses some.
#[tokio::test]
async fn moto_keeps_the_contract() {
    aws::moto().create_table("contract");
    contract(&dynamodb(&aws::moto().url(), "contract")).await;
}

#[tokio::test]
async fn memory_forgets_what_has_expired() {
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
    store.admit("old", first, &fill, expires).await.unwrap();
    assert_eq!(read(&store, &old).await.len(), 1);

    let later = SaveOptions {
        now: expires.checked_add(hour).unwrap(),
        ..options(0)
    };
    store.save(&new, &status(), later).await.unwrap();
    assert_eq!(read(&store, &old).await, []);
    assert_eq!(store.status(&old).await.unwrap(), None);
    let admitted = store.admit("old", first, &groups, expires).await.unwrap();
    assert_eq!(admitted, groups, "there is room again");
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

/// Adds elements again and again; the requests that each time takes.
async fn requests(
    store: &impl Store,
    witness: &Witness,
    key: &BucketKey,
    numbers: Range<usize>,
) -> Vec<String> {
    witness.plan(|_, _| Fate::Pass);
    store
        .add(key, &additions(numbers), expires())
        .await
        .unwrap();
    witness.log().requests.clone()
}

#[tokio::test]
async fn a_bucket_that_is_full_and_says_so_costs_one_request() {
    aws::moto().create_table("full");
    let witness = Witness::default();
    let store = dynamodb(&witness.relay(aws::moto().address), "full");
    let key = bucket(&series("full", None), "02:15:00");
    let most = MAX_EVENTS_PER_SHARD;
    let mut made = Vec::new();
    for numbers in [0..most, most..most + 1, most..most + 2] {
        made.push(requests(&store, &witness, &key, numbers).await);
    }
    assert_eq!(
        made,
        [
            vec!["UpdateItem"],
            vec!["UpdateItem"; 2],
            vec!["UpdateItem"]
        ]
    );
}

#[tokio::test]
async fn a_table_that_is_not_there_is_an_error_that_says_so() {
    let store = dynamodb(&aws::dynalite().url(), "no-such-table");
    let error = store.status(&series("A", None)).await.unwrap_err();
    let text = cloudtrail_alarms::error::chain(&error);
    assert!(
        text.starts_with("cannot read the state for alarm \"A\": "),
        "{text}"
    );
    assert!(text.contains("ResourceNotFoundException"), "{text}");
}

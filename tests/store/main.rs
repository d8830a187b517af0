//! The contract of stores, checked on each store: memory, dynalite and moto.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use cloudtrail_alarms::alarm::window::Window;
use cloudtrail_alarms::evidence::{Fact, Facts};
use cloudtrail_alarms::series::{
    Additions, Bucket, BucketKey, Details, EventId, Group, Member, Occurrence, SeriesKey,
};
use cloudtrail_alarms::store::{Detail, MemoryStore, Store};
use cloudtrail_alarms_testkit::emulators::{dynalite, moto};
use cloudtrail_alarms_testkit::time::time;
use jiff::Timestamp;

mod admission;
mod counting;
mod dynamodb;
mod expiry;
mod publication;
mod schedule;
mod sightings;
mod status;
mod storm;

/// A time after all times of the tests.
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

/// The contract, except for concurrent updates.
async fn contract(store: &impl Store) {
    counting::adding_is_a_union_and_returns_what_was_new(store).await;
    counting::a_full_bucket_rejects_additions_and_reports_the_overflow(store).await;
    counting::a_batch_larger_than_a_bucket_fills_it_and_the_rest_is_overflow(store).await;
    counting::facts_are_kept_while_there_is_room(store).await;
    counting::the_longest_facts_do_not_prevent_counting(store).await;
    counting::excluded_records_are_a_union(store).await;
    counting::uncounted_records_are_stored_up_to_a_limit(store).await;
    counting::shards_are_filled_apart_and_read_together(store).await;
    admission::groups_are_admitted_while_there_is_room_and_stay(store).await;
    counting::superseded_records_do_not_count(store).await;
    sightings::sightings_are_a_union_and_are_read_with_the_days_around_them(store).await;
    sightings::a_day_takes_a_limited_number_of_sightings(store).await;
    sightings::an_alarm_learns_from_its_first_run_on(store).await;
    counting::a_value_of_its_own_comes_back(store).await;
    counting::of_two_values_of_one_identity_the_same_stays_in_any_order(store).await;
    counting::buckets_are_those_of_the_series_that_begin_in_the_span(store).await;
    status::a_status_is_saved_whole_and_only_over_the_version_that_was_read(store).await;
    status::of_concurrent_saves_one_succeeds(store).await;
    schedule::due_series_are_listed_until_they_are_unscheduled(store).await;
    publication::publications_are_reserved_an_interval_apart(store).await;
    schedule::the_newest_canary_is_stored(store).await;
    schedule::the_latest_time_of_each_health_event_is_stored(store).await;
}

/// The contract for concurrent updates.
async fn concurrent_contract(store: &impl Store) {
    counting::concurrent_additions_lose_nothing(store).await;
    counting::of_concurrent_additions_each_element_is_new_to_one(store).await;
    admission::of_concurrent_groups_no_more_are_admitted_than_the_limit(store).await;
    sightings::of_two_concurrent_records_one_sees_the_other(store).await;
    publication::concurrent_reservations_are_an_interval_apart(store).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let store = MemoryStore::default();
    contract(&store).await;
    concurrent_contract(&store).await;
    storm::concurrent_invocations_share_the_limit_of_an_alarm(MemoryStore::default()).await;
}

#[tokio::test]
async fn dynalite_keeps_the_contract() {
    dynalite().create_table("contract");
    let store = dynalite().store("contract");
    contract(&store).await;
    concurrent_contract(&store).await;
    dynalite().create_table("storm");
    storm::concurrent_invocations_share_the_limit_of_an_alarm(dynalite().store("storm")).await;
}

/// Without concurrent updates: moto reads the item before it serializes updates, and loses some.
#[tokio::test]
async fn moto_keeps_the_contract() {
    moto().create_table("contract");
    contract(&moto().store("contract")).await;
}

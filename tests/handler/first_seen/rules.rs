//! Single rules: history, warm-up, limits, and what a notification shows.

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::handler::Handler;
use cloudtrail_alarms::metrics::Combinations;
use cloudtrail_alarms::series::{Group, MAX_NEW_COMBINATIONS_PER_HOUR};
use cloudtrail_alarms::store::MemoryStore;
use cloudtrail_alarms_testkit::alarms::alarm;
use cloudtrail_alarms_testkit::futures::block_on;
use cloudtrail_alarms_testkit::publisher::RecordingPublisher;
use serde_json::Value;

use super::{DAY, Record, counted, deliver, handler, run_schedule};

fn first_seen(property: &str) -> AlarmDefinition {
    alarm(&format!("Threshold: 0\nFirstSeen: {property}"))
}

/// Delivers records one after the other, each when it is called, or all of them at `now`. Returns the numbers of those that
/// count.
fn counting(
    handler: &Handler<MemoryStore, RecordingPublisher>,
    now: Option<i64>,
    records: &[Record],
) -> Vec<usize> {
    block_on(async {
        for record in records {
            let now = now.unwrap_or(record.called);
            deliver(handler, now, std::slice::from_ref(record)).await;
        }
        let counted = counted(handler.store(), Group::default()).await;
        let number = |id| records.iter().find(|record| record.id() == id);
        let numbers = counted.into_iter().filter_map(|(_, id)| number(id));
        numbers.map(|record| record.number).collect()
    })
}

#[test]
fn a_combination_in_use_stays_known_and_an_unused_one_is_forgotten() {
    let alarm = first_seen("{Fields: [$.eventName], History: 2d, WarmUp: 0s}");
    let daily = (0..6).map(|day| Record::new(day, i64::try_from(day).unwrap() * DAY, "Decrypt"));
    let mut records: Vec<Record> = daily.collect();
    // Two days later, and then three days later.
    records.push(Record::new(6, 7 * DAY + 5, "Decrypt"));
    records.push(Record::new(7, 10 * DAY, "Decrypt"));
    let handler = handler(&alarm, MemoryStore::default());
    assert_eq!(counting(&handler, Some(11 * DAY), &records), [0, 7]);
}

#[test]
fn a_combination_that_was_learned_in_the_warm_up_is_known_after_it() {
    let alarm = first_seen("{Fields: [$.eventName], History: 14d, WarmUp: 7d}");
    let handler = handler(&alarm, MemoryStore::default());
    block_on(run_schedule(&handler, 100));
    let records = [
        Record::new(0, 200, "Decrypt"),
        Record::new(1, 7 * DAY + 99, "Encrypt"),
        Record::new(2, 7 * DAY + 100, "Sign"),
        Record::new(3, 7 * DAY + 101, "Decrypt"),
        Record::new(4, 7 * DAY + 102, "Encrypt"),
    ];
    assert_eq!(counting(&handler, None, &records), [2]);
}

#[test]
fn without_a_scheduled_run_the_warm_up_begins_with_the_first_record() {
    let alarm = first_seen("{Fields: [$.eventName], WarmUp: 1h}");
    let handler = handler(&alarm, MemoryStore::default());
    let records = [
        Record::new(0, 0, "Decrypt"),
        Record::new(1, 3_599, "Encrypt"),
        Record::new(2, 3_600, "Sign"),
    ];
    assert_eq!(counting(&handler, None, &records), [2]);
}

#[test]
fn an_absent_field_is_a_value_of_its_own() {
    let alarm = first_seen("{Fields: [$.eventName], WarmUp: 0s}");
    let handler = handler(&alarm, MemoryStore::default());
    let absent = |number, called| Record {
        name: None,
        ..Record::new(number, called, "")
    };
    let records = [
        Record::new(0, 0, ""),
        absent(1, 1),
        absent(2, 2),
        Record::new(3, 3, "(none)"),
    ];
    assert_eq!(counting(&handler, None, &records), [0, 1, 3]);
}

#[test]
fn an_earlier_record_that_arrives_later_is_the_only_first() {
    let alarm = first_seen("{Fields: [$.eventName], WarmUp: 0s}");
    for days in [0, 3, 14] {
        let handler = handler(&alarm, MemoryStore::default());
        let later = Record::new(0, days * DAY + 600, "Decrypt");
        let earlier = Record::new(1, 60, "Decrypt");
        let numbers = counting(&handler, Some(20 * DAY), &[later.clone(), earlier, later]);
        assert_eq!(numbers, [1], "{days}");
    }
}

#[test]
fn new_combinations_beyond_the_limit_of_an_hour_are_reported_and_not_remembered() {
    let alarm = first_seen("{Fields: [$.recipientAccountId, $.eventName], WarmUp: 0s}");
    let handler = handler(&alarm, MemoryStore::default());
    let most = MAX_NEW_COMBINATIONS_PER_HOUR;
    let names: Vec<&'static str> = (0..=most).map(|n| &*format!("Call{n}").leak()).collect();
    let flood: Vec<Record> = (names.iter().enumerate())
        .map(|(number, name)| Record::new(number, 7, name))
        .collect();
    let metrics = block_on(deliver(&handler, 60, &flood)).combinations;
    let first = u64::try_from(most).unwrap();
    let expected = Combinations {
        first,
        surplus: 1,
        ..Combinations::default()
    };
    assert_eq!(metrics, expected);
    // The retry finds the same ones. Only the surplus one is looked up and admitted again.
    let metrics = block_on(deliver(&handler, 61, &flood));
    assert_eq!(metrics.combinations, expected);
    assert_eq!(metrics.counters.occurrences.duplicate, first);
    // In the next hour there is capacity again.
    let next: Vec<Record> = (names.iter().enumerate())
        .map(|(number, name)| Record::new(number + 5_000, 3_600, name))
        .collect();
    let metrics = block_on(deliver(&handler, 3_660, &next)).combinations;
    assert_eq!((metrics.first, metrics.known), (1, first));
}

#[test]
fn a_notification_shows_the_combination_and_since_when_it_was_not_seen() {
    let alarm = first_seen("{Fields: [$.eventName, $.awsRegion], History: 14d, WarmUp: 1h}");
    let handler = handler(&alarm, MemoryStore::default());
    block_on(run_schedule(&handler, 0));
    block_on(deliver(
        &handler,
        2 * DAY,
        &[Record::new(0, 2 * DAY, "Decrypt")],
    ));
    let published = handler.publisher().take();
    assert_eq!(published.len(), 1);
    let document: Value = serde_json::from_str(&published[0].default).unwrap();
    let record = &document["CloudTrailAlarms"]["evidence"]["records"][0];
    assert_eq!(
        record["firstSeen"],
        "$.eventName=Decrypt, $.awsRegion=(none)"
    );
    assert_eq!(record["notSeenSince"], "2026-11-02T00:00:00Z");
    let sentence = "New combination, not seen since 2026-11-02 00:00 UTC: $.eventName=Decrypt, $.awsRegion=(none).";
    let email = &published[0].email;
    assert!(
        email.contains("\nNew combination, not seen since 2026-11-02 00:00 UTC: "),
        "{email}"
    );
    let summary = document["CloudTrailAlarms"]["headline"].as_str().unwrap();
    assert!(summary.contains(sentence), "{summary}");
}

//! The time at which a record counts, and its identity.

use cloudtrail_alarms_testkit::alarms::alarm_yaml;
use cloudtrail_alarms_testkit::records::{event_id, failed_call};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::hostile_input::{HostileInput, check};
use super::records::{at_log_times, burst, records};

/// An alarms file with one alarm, so that each match is one occurrence.
const FIRST: &str = include_str!("../../../alarms.yaml");

fn first_alarm(name: &'static str, events: fn() -> Vec<Value>) -> HostileInput {
    HostileInput::new(name, events).with_alarms(FIRST)
}

/// Five failed calls with the same changes.
fn five(changes: &Value) -> Value {
    records((1..=5).map(|n| failed_call(n, changes)))
}

#[test]
fn a_record_is_identified_by_its_event_id_or_its_log_event() {
    check([
        first_alarm(
            "five records with the same eventID, which is not a UUID",
            || vec![five(&json!({"eventID": "1"}))],
        )
        .records([5, 5, 0, 0, 0])
        .occurrences([5, 0, 0, 0]),
        // Known limitation: a forged record with a known eventID suppresses the record that has this eventID.
        first_alarm("five records with the same UUID", || {
            vec![five(&json!({"eventID": event_id(1)}))]
        })
        .records([5, 5, 0, 0, 0])
        .occurrences([1, 4, 0, 0])
        .emails(0..=0),
        first_alarm("one UUID in four spellings", || {
            let id = event_id(1);
            let spellings = [
                id.clone(),
                id.to_uppercase(),
                id.replace('-', ""),
                format!("{{{id}}}"),
            ];
            vec![records(
                spellings
                    .into_iter()
                    .zip(1..)
                    .map(|(id, n)| failed_call(n, &json!({"eventID": id}))),
            )]
        })
        .records([4, 4, 0, 0, 0])
        .occurrences([1, 3, 0, 0])
        .emails(0..=0),
        first_alarm("a correction of a record that was delivered", || {
            let correction =
                json!({"addendum": {"reason": "UPDATED_DATA", "originalEventID": event_id(1)}});
            vec![records([
                failed_call(1, &json!({})),
                failed_call(2, &correction),
            ])]
        })
        .records([2, 2, 0, 0, 0])
        .occurrences([1, 1, 0, 0])
        .emails(0..=0),
    ]);
}

/// An input for an alarm that counts by event time.
fn by_event_time(name: &'static str, events: fn() -> Vec<Value>) -> HostileInput {
    HostileInput::new(name, events).with_alarms(alarm_yaml("TimeSource: EventTime"))
}

/// A log time this far ahead of the clock.
fn ahead(span: SignedDuration) -> Value {
    json!((Timestamp::now() + span).as_millisecond())
}

#[test]
fn a_time_far_from_the_clock_does_not_count() {
    check([
        by_event_time("eventTime in the year 9999", || {
            vec![burst(&json!({"eventTime": "9999-01-01T00:00:00Z"}))]
        })
        .records([2, 2, 0, 0, 0])
        .occurrences([0, 0, 2, 0])
        .emails(0..=0),
        // The log time is used instead.
        by_event_time("eventTime is not a time", || {
            vec![burst(&json!({"eventTime": "yesterday\n"}))]
        })
        .records([2, 2, 0, 0, 0])
        .occurrences([2, 0, 0, 0])
        .emails(1..=1),
        by_event_time("eventTime ten minutes ahead of the clock", || {
            vec![burst(
                &json!({"eventTime": Timestamp::now() + 10.minutes()}),
            )]
        })
        .records([2, 2, 0, 0, 0])
        .occurrences([0, 0, 2, 0])
        .emails(0..=0),
        first_alarm("a log time three hours ahead of the clock", || {
            let time = ahead(SignedDuration::from_hours(3));
            vec![at_log_times(&[time.clone(), time])]
        })
        .records([2, 2, 0, 0, 0])
        .occurrences([0, 0, 2, 0])
        .emails(0..=0),
        first_alarm(
            "a log time 119 minutes ahead of the clock, and then a burst of this moment",
            || {
                let time = ahead(SignedDuration::from_mins(119));
                vec![
                    at_log_times(&[time.clone(), time]),
                    burst(&json!({"eventID": null})),
                ]
            },
        )
        .records([4, 4, 0, 0, 0])
        .occurrences([2, 0, 2, 0])
        .emails(1..=1),
        first_alarm("log times that are not milliseconds since 1970", || {
            vec![at_log_times(&[
                json!(0),
                json!(-5),
                json!(i64::MAX),
                json!(null),
                json!("1795140900000"),
                json!(1.5),
            ])]
        })
        .records([6, 0, 0, 6, 0])
        .occurrences([0; 4])
        .emails(0..=0),
    ]);
}

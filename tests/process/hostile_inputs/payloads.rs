//! Malformed and oversized payloads, queue batches and EventBridge events.

use cloudtrail_alarms_testkit::events::{awslogs, eventbridge, gzip, gzip_bomb, redrive};
use cloudtrail_alarms_testkit::records::failed_call;
use cloudtrail_alarms_testkit::records::sample;
use serde_json::{Value, json};

use super::hostile_input::{HostileInput, check};
use super::records::{burst, messages};

/// A subscription payload without log events.
const EMPTY: &[u8] = br#"{"messageType":"DATA_MESSAGE","logEvents":[]}"#;

/// A payload is rejected with these words.
fn rejected(name: &'static str, words: &'static str, events: fn() -> Vec<Value>) -> HostileInput {
    HostileInput::new(name, events)
        .rejected("InvalidPayload", words)
        .emails(0..=0)
}

#[test]
fn a_payload_that_cannot_be_decoded_is_rejected_with_a_reason() {
    check([
        rejected("100 MiB in a payload of 100 KB", "50331648 bytes", || vec![awslogs(&gzip_bomb(100))])
            .within_mebibytes(128),
        rejected("gzip that ends early", "gzip", || {
            let whole = gzip(EMPTY);
            vec![awslogs(&whole[..whole.len() / 2])]
        }),
        rejected("text that is not base64", "base64", || vec![json!({"awslogs": {"data": "H4s!"}})]),
        rejected("an empty payload", "gzip", || vec![json!({"awslogs": {"data": ""}})]),
        rejected("two payloads in one", "JSON", || {
            let payload = gzip(EMPTY);
            vec![awslogs(&[payload.clone(), payload].concat())]
        }),
        rejected("a message type that does not exist", "DATA_MESSAGE or CONTROL_MESSAGE", || {
            vec![awslogs(&gzip(br#"{"messageType":"PING"}"#))]
        }),
        rejected("bytes that are not gzip", "gzip", || vec![awslogs(b"not gzip")]),
        rejected("a payload of 200,000 open brackets", "expected the payload to be the JSON object", || {
            vec![awslogs(&gzip("[".repeat(200_000).as_bytes()))]
        }),
        HostileInput::new("a control message with records", || {
            let message = failed_call(1, &json!({})).to_string();
            let log_event = json!({"id": "1", "timestamp": 1_795_140_900_000_i64, "message": message});
            let payload = json!({"messageType": "CONTROL_MESSAGE", "logEvents": [log_event.clone(), log_event]});
            vec![awslogs(&gzip(payload.to_string().as_bytes()))]
        })
        .records([0; 5])
        .emails(0..=0),
    ]);
}

#[test]
fn a_payload_of_any_size_fits_into_memory() {
    check([
        HostileInput::new("a log event of 47 MB", || {
            vec![messages([format!(
                r#"{{"a":[{}1]}}"#,
                "1,".repeat(23 << 20)
            )])]
        })
        .records([1, 0, 0, 1, 0])
        .within_mebibytes(256),
        // A payload can hold 15.6 million of these, which takes too long without optimization.
        HostileInput::new("a million log events without a message", || {
            let payload = format!(
                r#"{{"messageType":"DATA_MESSAGE","logEvents":[{}{{}}]}}"#,
                "{},".repeat(999_999)
            );
            vec![awslogs(&gzip(payload.as_bytes()))]
        })
        .records([1_000_000, 0, 0, 1_000_000, 0]),
    ]);
}

#[test]
fn a_queue_is_bounded_and_one_bad_message_does_not_hide_the_others() {
    check([
        HostileInput::new("2,000 messages in one batch", || {
            let event = burst(&json!({}));
            vec![redrive(&vec![&event; 2_000])]
        })
        .records([4_000, 4_000, 0, 0, 0])
        .emails(1..=5),
        HostileInput::new("a batch in a batch", || {
            let inner = redrive(&[&burst(&json!({}))]);
            vec![redrive(&[&inner])]
        })
        .rejected("InvalidEvent", "batch")
        .emails(0..=0),
        HostileInput::new("a bad message before a good one", || {
            vec![redrive(&[
                &json!({"awslogs": {"data": "H4s!"}}),
                &burst(&json!({})),
            ])]
        })
        .rejected("InvalidPayload", "base64")
        .emails(1..=1),
    ]);
}

/// An EventBridge event with these members changed.
fn changed(changes: &Value) -> Value {
    let mut event = eventbridge(&sample("kms-incorrect-key"));
    let members = changes.as_object().unwrap().clone();
    event.as_object_mut().unwrap().extend(members);
    event
}

#[test]
fn an_eventbridge_event_is_taken_with_a_record_only() {
    check([
        HostileInput::new("an event of KMS itself", || {
            vec![changed(
                &json!({"detail-type": "KMS CMK Deletion", "detail": {"key-id": "1b2c3d4e"}}),
            )]
        })
        .records([1, 1, 0, 0, 0])
        .emails(1..=1),
        HostileInput::new("an event without detail", || {
            let mut event = changed(&json!({}));
            event.as_object_mut().unwrap().remove("detail");
            vec![event]
        })
        .rejected("InvalidEvent", "detail")
        .emails(0..=0),
        HostileInput::new("an event whose detail is null", || {
            vec![changed(&json!({"detail": null}))]
        })
        .records([1, 0, 0, 1, 0])
        .emails(0..=0),
    ]);
}

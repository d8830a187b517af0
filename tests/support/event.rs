//! What the function is invoked with.

use std::fs;
use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::{Value, json};

pub const LOG_STREAM: &str = "111122223333_CloudTrail_ap-southeast-2";

/// A file of the project.
#[track_caller]
pub fn file(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A sample record, as CloudTrail writes it: JSON on one line.
#[track_caller]
pub fn record(name: &str) -> String {
    let record: Value = serde_json::from_str(&file(&format!("events/records/{name}.json")))
        .expect("a sample record is JSON");
    record.to_string()
}

/// The event with which CloudWatch Logs delivers messages, all of this moment.
pub fn logs(messages: &[&str]) -> Value {
    logs_at(Timestamp::now(), messages)
}

/// The event with which CloudWatch Logs delivers messages of one moment.
pub fn logs_at(time: Timestamp, messages: &[&str]) -> Value {
    let log_events: Vec<Value> = (0..)
        .zip(messages)
        .map(|(n, message)| json!({"id": log_event_id(n), "timestamp": time.as_millisecond(), "message": message}))
        .collect();
    let payload = json!({
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": "cloudtrail",
        "logStream": LOG_STREAM,
        "subscriptionFilters": ["cloudtrail-alarms"],
        "logEvents": log_events,
    });
    awslogs(&gzip(payload.to_string().as_bytes()))
}

/// The id of the n-th message of [`logs`].
pub fn log_event_id(n: usize) -> String {
    format!("3903123456789012345678901234567890123456789012345678{n:04}")
}

/// A subscription event around bytes that should be gzip.
pub fn awslogs(bytes: &[u8]) -> Value {
    json!({"awslogs": {"data": BASE64_STANDARD.encode(bytes)}})
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes).expect("memory takes everything");
    gzip.finish().expect("memory takes everything")
}

/// The payload inside a subscription event.
#[track_caller]
pub fn payload(event: &Value) -> Value {
    let data = event["awslogs"]["data"]
        .as_str()
        .expect("a subscription event has data");
    let bytes = BASE64_STANDARD.decode(data).expect("data is base64");
    let mut json = String::new();
    GzDecoder::new(bytes.as_slice())
        .read_to_string(&mut json)
        .expect("data is gzip of text");
    serde_json::from_str(&json).expect("a payload is JSON")
}

/// The event with which EventBridge delivers a record of this moment.
pub fn eventbridge(record: &str) -> Value {
    json!({
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.kms",
        "account": "111122223333",
        "time": Timestamp::now(),
        "region": "ap-southeast-2",
        "resources": [],
        "detail": serde_json::from_str::<Value>(record).expect("a record is JSON"),
    })
}

/// The event with which SQS gives back events that could not be processed.
pub fn redrive(events: &[&Value]) -> Value {
    let messages: Vec<Value> = (0..)
        .zip(events)
        .map(|(n, event)| {
            json!({
                "messageId": format!("059f36b4-87a3-44ab-83d2-66197{n:07}"),
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": event.to_string(),
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795140900000"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:ap-southeast-2:111122223333:cloudtrail-alarms-failed",
                "awsRegion": "ap-southeast-2",
            })
        })
        .collect();
    json!({"Records": messages})
}

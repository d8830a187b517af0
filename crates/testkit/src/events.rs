//! Events that invoke the function.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::{Value, json};

/// A log stream of CloudTrail.
pub const LOG_STREAM: &str = "111122223333_CloudTrail_ap-southeast-2";

/// A subscription event with messages of the current time.
pub fn logs(messages: &[&str]) -> Value {
    logs_at(Timestamp::now(), messages)
}

/// A subscription event with messages of one time.
pub fn logs_at(time: Timestamp, messages: &[&str]) -> Value {
    let log_events: Vec<Value> = (0..)
        .zip(messages)
        .map(|(n, message)| json!({"id": log_event_id(n), "timestamp": time.as_millisecond(), "message": message}))
        .collect();
    subscription(&log_events)
}

/// A subscription event with these log events.
pub fn subscription(log_events: &[Value]) -> Value {
    subscription_from(&TRAIL, log_events)
}

/// A subscription event with these log events from this origin.
pub fn subscription_from(origin: &Origin, log_events: &[Value]) -> Value {
    let payload = json!({
        "messageType": "DATA_MESSAGE",
        "owner": origin.owner,
        "logGroup": origin.log_group,
        "logStream": origin.log_stream,
        "subscriptionFilters": ["cloudtrail-alarms"],
        "logEvents": log_events,
    });
    awslogs(&gzip(payload.to_string().as_bytes()))
}

/// The origin that a subscription payload states.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// Account ID.
    pub owner: &'static str,
    /// Name of the log group.
    pub log_group: &'static str,
    /// Name of the log stream.
    pub log_stream: &'static str,
}

/// The origin of the payloads of CloudTrail in the account of the function.
pub const TRAIL: Origin = Origin {
    owner: "111122223333",
    log_group: "cloudtrail",
    log_stream: LOG_STREAM,
};

/// The event of a scheduled run.
pub fn scheduled_run() -> Value {
    json!({"source": "cloudtrail-alarms.tick"})
}

/// The `id` of the n-th message of [`logs`], from 0.
pub fn log_event_id(n: usize) -> String {
    format!("3903123456789012345678901234567890123456789012345678{n:04}")
}

/// A subscription event with this compressed payload.
pub fn awslogs(bytes: &[u8]) -> Value {
    json!({"awslogs": {"data": BASE64_STANDARD.encode(bytes)}})
}

/// Compresses bytes as well as possible.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_at(Compression::best(), bytes)
}

/// Compresses bytes at this level.
pub fn gzip_at(level: Compression, bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), level);
    gzip.write_all(bytes).expect("a `Vec` can be written to");
    gzip.finish().expect("a `Vec` can be written to")
}

/// Gzip data of this many mebibytes of spaces, which is about a thousandth as large.
pub fn gzip_bomb(mebibytes: usize) -> Vec<u8> {
    gzip(&vec![b' '; mebibytes << 20])
}

/// The text of a subscription payload, with its keys in the order in which CloudWatch Logs writes them.
///
/// Each log event is a time in milliseconds since 1970 and a message.
pub fn payload_text<'a>(
    origin: &Origin,
    log_events: impl IntoIterator<Item = (i64, &'a str)>,
) -> String {
    let log_event = |(index, (time, message)): (usize, (i64, &str))| {
        let message = Value::from(message);
        format!(r#"{{"id":"39{index:054}","timestamp":{time},"message":{message}}}"#)
    };
    let log_events: Vec<String> = log_events.into_iter().enumerate().map(log_event).collect();
    let [owner, log_group, log_stream] =
        [origin.owner, origin.log_group, origin.log_stream].map(Value::from);
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":{owner},"logGroup":{log_group},"logStream":{log_stream},"subscriptionFilters":["cloudtrail-alarms"],"logEvents":[{}]}}"#,
        log_events.join(",")
    )
}

/// The compressed payload of a subscription event.
#[track_caller]
pub fn compressed_payload(event: &Value) -> Vec<u8> {
    let data = event["awslogs"]["data"]
        .as_str()
        .expect("a subscription event has data");
    BASE64_STANDARD.decode(data).expect("data is base64")
}

/// The payload of a subscription event.
#[track_caller]
pub fn payload(event: &Value) -> Value {
    let bytes = compressed_payload(event);
    let mut json = String::new();
    GzDecoder::new(bytes.as_slice())
        .read_to_string(&mut json)
        .expect("data is gzip of text");
    serde_json::from_str(&json).expect("a payload is JSON")
}

/// The event with which EventBridge delivers a record at the current time.
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

/// The event with which SQS delivers events of the dead-letter queue.
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

//! Records, and the events that deliver them.

#![expect(unreachable_pub, reason = "a test has nothing to export")]

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::event::{self, LOG_STREAM, awslogs, gzip, log_event_id};

/// The log group that the function is configured for.
pub const LOG_GROUP: &str = "cloudtrail";

/// The `eventID` of the n-th record.
pub fn event_id(n: usize) -> String {
    format!("4c6f1a0e-8d2b-4f57-9b63-{n:012x}")
}

/// Changes a record: objects are merged, other values are replaced.
pub fn merge(target: &mut Value, changes: &Value) {
    match (target, changes) {
        (Value::Object(target), Value::Object(changes)) => {
            for (name, value) in changes {
                merge(target.entry(name).or_insert(Value::Null), value);
            }
        }
        (target, changes) => *target = changes.clone(),
    }
}

/// The n-th of several failed KMS calls by the task role, with changes as in [`merge`].
pub fn failed_call(n: usize, changes: &Value) -> Value {
    static SAMPLE: LazyLock<Value> = LazyLock::new(|| {
        serde_json::from_str(&event::record("kms-incorrect-key")).expect("a sample record is JSON")
    });
    let mut record = SAMPLE.clone();
    merge(&mut record, &json!({"eventID": event_id(n)}));
    merge(&mut record, changes);
    record
}

/// Two failed KMS calls by the task role, which raise the first alarm.
pub fn burst(changes: &Value) -> Value {
    records((1..=2).map(|n| failed_call(n, changes)))
}

/// Delivers each record in a log event of the current time.
pub fn records(records: impl IntoIterator<Item = Value>) -> Value {
    messages(records.into_iter().map(|record| record.to_string()))
}

/// Delivers each message in a log event of the current time.
pub fn messages(messages: impl IntoIterator<Item = String>) -> Value {
    let messages: Vec<String> = messages.into_iter().collect();
    event::logs(&messages.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The same with a part of the JSON text replaced, for text that `serde_json` does not write.
#[track_caller]
pub fn burst_with(original: &str, replacement: &str) -> Value {
    messages((1..=2).map(|n| {
        let record = failed_call(n, &json!({})).to_string();
        assert!(record.contains(original), "{record}");
        record.replacen(original, replacement, 1)
    }))
}

/// The origin that a payload claims.
#[derive(Clone, Copy)]
pub struct Origin {
    pub owner: &'static str,
    pub log_group: &'static str,
    pub log_stream: &'static str,
}

/// The origin of a CloudTrail payload of the function's own account.
pub const TRAIL: Origin = Origin {
    owner: "111122223333",
    log_group: LOG_GROUP,
    log_stream: LOG_STREAM,
};

/// Two failed KMS calls by the task role, delivered from another origin.
pub fn burst_from(origin: Origin) -> Value {
    let now = json!(Timestamp::now().as_millisecond());
    delivery(origin, &[(now.clone(), 1), (now, 2)])
}

/// One failed KMS call for each log time, which may be any JSON value.
pub fn at_log_times(times: &[Value]) -> Value {
    let numbered: Vec<_> = times.iter().cloned().zip(1..).collect();
    delivery(TRAIL, &numbered)
}

fn delivery(origin: Origin, times: &[(Value, usize)]) -> Value {
    let log_event = |(time, n): &(Value, usize)| {
        let message = failed_call(*n, &json!({})).to_string();
        json!({"id": log_event_id(*n), "timestamp": time, "message": message})
    };
    let payload = json!({
        "messageType": "DATA_MESSAGE",
        "owner": origin.owner,
        "logGroup": origin.log_group,
        "logStream": origin.log_stream,
        "subscriptionFilters": ["cloudtrail-alarms"],
        "logEvents": times.iter().map(log_event).collect::<Vec<_>>(),
    });
    awslogs(&gzip(payload.to_string().as_bytes()))
}

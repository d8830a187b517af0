//! Records, and the events that deliver them.

use cloudtrail_alarms_testkit::events::{self, Origin, TRAIL, log_event_id};
use cloudtrail_alarms_testkit::records::failed_call;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Two failed KMS calls by the task role, which raise the first alarm.
pub(super) fn burst(changes: &Value) -> Value {
    records((1..=2).map(|n| failed_call(n, changes)))
}

/// Delivers each record in a log event of the current time.
pub(super) fn records(records: impl IntoIterator<Item = Value>) -> Value {
    messages(records.into_iter().map(|record| record.to_string()))
}

/// Delivers each message in a log event of the current time.
pub(super) fn messages(messages: impl IntoIterator<Item = String>) -> Value {
    let messages: Vec<String> = messages.into_iter().collect();
    events::logs(&messages.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The same with a part of the JSON text replaced, for text that `serde_json` does not write.
#[track_caller]
pub(super) fn burst_with(original: &str, replacement: &str) -> Value {
    messages((1..=2).map(|n| {
        let record = failed_call(n, &json!({})).to_string();
        assert!(record.contains(original), "{record}");
        record.replacen(original, replacement, 1)
    }))
}

/// Two failed KMS calls by the task role, delivered from another origin.
pub(super) fn burst_from(origin: Origin) -> Value {
    let now = json!(Timestamp::now().as_millisecond());
    delivery(origin, &[(now.clone(), 1), (now, 2)])
}

/// One failed KMS call for each log time, which may be any JSON value.
pub(super) fn at_log_times(times: &[Value]) -> Value {
    let numbered: Vec<_> = times.iter().cloned().zip(1..).collect();
    delivery(TRAIL, &numbered)
}

fn delivery(origin: Origin, times: &[(Value, usize)]) -> Value {
    let log_event = |(time, n): &(Value, usize)| {
        let message = failed_call(*n, &json!({})).to_string();
        json!({"id": log_event_id(*n), "timestamp": time, "message": message})
    };
    let log_events: Vec<Value> = times.iter().map(log_event).collect();
    events::subscription_from(&origin, &log_events)
}

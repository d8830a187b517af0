//! `event`.

use cloudtrail_alarms_testkit::events::payload;
use serde_json::{Value, json};

use super::{folder, run};

#[test]
fn each_record_of_a_log_file_becomes_a_log_event() {
    let records = [
        json!({"eventTime": "2026-11-21T08:00:00Z"}),
        json!({"n": 2}),
    ];
    let folder = folder(&[("log.json", &json!({"Records": records}).to_string())]);
    let event = run(&folder, &["event", "log.json"], &[], "").success();
    let event: Value = serde_json::from_str(&event).expect("an event is JSON");
    let messages: Vec<Value> = payload(&event)["logEvents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["message"].clone())
        .collect();
    assert_eq!(messages, records.map(|record| record.to_string()));
}

#[test]
fn records_become_a_subscription_payload() {
    let record = "{\n  \"eventTime\": \"2026-11-21T08:00:00Z\",\n  \"eventName\": \"a b\"\n}\n";
    let folder = folder(&[("record.json", record), ("other.txt", "no record\n")]);
    let event = run(&folder, &["event", "record.json", "other.txt"], &[], "").success();
    let event: Value = serde_json::from_str(&event).expect("an event is JSON");
    let time = 1_795_248_300_000_i64;
    assert_eq!(
        payload(&event),
        json!({
            "messageType": "DATA_MESSAGE",
            "owner": "111122223333",
            "logGroup": "aws-cloudtrail-logs",
            "logStream": "111122223333_CloudTrail_ap-southeast-2",
            "subscriptionFilters": ["cloudtrail-alarms"],
            "logEvents": [
                {
                    "id": format!("{time:017}{:039}", 0),
                    "timestamp": time,
                    "message": r#"{"eventTime":"2026-11-21T08:00:00Z","eventName":"a b"}"#,
                },
                {"id": format!("{time:017}{:039}", 1), "timestamp": time, "message": "no record"},
            ],
        })
    );
}

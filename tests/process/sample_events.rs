//! The files of `events/`.

use std::collections::BTreeMap;
use std::fs;

use cloudtrail_alarms_testkit::events::payload;
use cloudtrail_alarms_testkit::repository::{file, path};
use serde_json::{Value, json};

#[test]
fn each_sample_event_contains_its_sample_records() {
    let expected: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("control-message.json", &[] as &[_]),
        (
            "kms-error-burst.json",
            &[
                "kms-incorrect-key.json",
                "kms-access-denied.json",
                "kms-disabled.json",
            ],
        ),
        ("kms-single-error.json", &["kms-incorrect-key.json"]),
        ("kms-success.json", &["near-miss-no-error.json"]),
        (
            "mixed-batch.json",
            &[
                "kms-incorrect-key.json",
                "not-json.txt",
                "near-miss-no-error.json",
                "kms-disabled.json",
            ],
        ),
        (
            "near-misses.json",
            &[
                "near-miss-no-error.json",
                "near-miss-null-error-code.json",
                "near-miss-other-role.json",
                "near-miss-other-service.json",
            ],
        ),
    ]);
    let files = fs::read_dir(path("events")).unwrap();
    let mut names: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name != "records");
    names.sort();
    assert_eq!(names, expected.keys().copied().collect::<Vec<_>>());

    // Messages that are JSON are compared as JSON, because their layout does not matter.
    let read = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| json!(text.trim_end()));
    for (name, records) in expected {
        let payload = payload(&serde_json::from_str(&file(format!("events/{name}"))).unwrap());
        if records.is_empty() {
            assert_eq!(payload["messageType"], "CONTROL_MESSAGE", "{name}");
            continue;
        }
        assert_eq!(payload["messageType"], "DATA_MESSAGE", "{name}");
        let events = payload["logEvents"].as_array().unwrap();
        let found: Vec<Value> = events
            .iter()
            .map(|event| read(event["message"].as_str().unwrap()))
            .collect();
        let messages: Vec<Value> = records
            .iter()
            .map(|record| read(&file(format!("events/records/{record}"))))
            .collect();
        assert_eq!(found, messages, "{name}");
    }
}

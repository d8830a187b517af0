//! The records of the table.

use std::collections::BTreeSet;
use std::fs;

use cloudtrail_alarms::alarm::definition::{AlarmDefinition, RecordSource};
use cloudtrail_alarms_testkit::records::real;
use cloudtrail_alarms_testkit::repository;
use serde_json::{Value, json};

/// The fields whose values are JSON text in the table.
const DOCUMENTS: [&str; 4] = [
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "serviceEventDetails",
];

/// Invented values: shapes that the real records do not have.
fn invented() -> Vec<Value> {
    let shapes = [
        json!({"force": "true", "maxResults": 50.0, "dryRun": true}),
        json!({"force": true, "maxResults": "50", "dryRun": "no"}),
        json!({"a.b": "it's \"so\"", "limit": "60", "policyDocument": "a_b%c\\"}),
        json!({"force": {"x": 1}, "limit": 60.0, "instancesSet": {"items": "i-1"}}),
        json!({"limit": null, "bucketName": null, "instancesSet": {"items": {"x": {"instanceId": "i-2"}}}}),
        json!({"maxResults": "4", "instancesSet": [[{"instanceId": "i-3"}]], "items": []}),
        json!({}),
    ];
    let record = |(second, parameters): (usize, &Value)| {
        json!({
            "eventVersion": "1.11", "eventID": second.to_string(), "eventName": "DescribeShapes", "eventSource": "x",
            "eventTime": format!("2026-11-30T10:00:{second:02}Z"), "requestParameters": parameters, "readOnly": true,
            "additionalEventData": {"bytesTransferredOut": if second == 0 { json!(100.5) } else { json!("100") }},
        })
    };
    shapes.iter().enumerate().map(record).collect()
}

/// The real records, the records of the alarms' tests, and the invented ones. All have a time.
pub(super) fn records(alarms: &[AlarmDefinition]) -> Vec<Value> {
    let tests = alarms.iter().flat_map(|alarm| &alarm.tests);
    let of_tests = tests.map(|test| match &test.record {
        RecordSource::File(path) => {
            fs::read_to_string(repository::root().join(path)).expect("it is a file")
        }
        RecordSource::Inline(text) => text.clone(),
    });
    let of_tests: BTreeSet<String> = of_tests.collect();
    let all = real().into_iter().chain(of_tests);
    let timed = all.map(|text| {
        let mut record: Value = serde_json::from_str(&text).expect("a record is JSON");
        let members = record.as_object_mut().expect("a record is an object");
        // A record in a test may have only what the test is about.
        let time = members.entry("eventTime");
        time.or_insert_with(|| json!("2026-11-29T10:00:00Z"));
        record
    });
    timed.chain(invented()).filter(is_in_table).collect()
}

/// Whether a record has no null in a text column: the table does not distinguish it from a missing field.
///
/// `CloudTrail` itself writes null only instead of a whole document.
fn is_in_table(record: &Value) -> bool {
    let members = record.as_object().expect("a record is an object");
    let mut others = members
        .iter()
        .filter(|(name, _)| !DOCUMENTS.contains(&name.as_str()));
    let has_null = |value: &Value| value.is_null() || value.to_string().contains(":null");
    !others.any(|(_, value)| has_null(value))
}

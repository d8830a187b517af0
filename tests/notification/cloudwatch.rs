//! The document against real notifications of CloudWatch: key for key, in their order.
//!
//! `tests/data/notifications/SOURCES.md` says where each comes from.

use std::fs;
use std::path::Path;

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::series::Group;
use serde_json::{Value, json};

use crate::cases::{cases, cloudwatch_cases};
use crate::ordered::Json;

/// Samples whose publisher sorted or dropped keys, so that they show the names and not the order.
const UNORDERED: [&str; 2] = [
    "localstack-validated-1of1.json",
    "localstack-validated-2of2-missing.json",
];

/// Keys of the notifications of groups, which follow `OldStateValue`.
const OF_GROUPS: [&str; 2] = ["AlarmContributorId", "AlarmContributorAttributes"];

/// Keys of notifications that our metric alarms do not send: composite alarms, metric math.
const NOT_OURS: [&str; 3] = ["AlarmRule", "TriggeringChildren", "Metrics"];

/// The alarm documents in the samples: the file's name and the document.
fn samples() -> Vec<(String, Json)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/notifications");
    let mut samples = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            samples.push((
                name,
                document(Json::of(&fs::read_to_string(&path).unwrap())),
            ));
        }
    }
    samples.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(samples.len(), 18);
    samples
}

/// The document without its envelope.
fn document(sample: Json) -> Json {
    if let Some(Json::Array(records)) = sample.get("Records") {
        let message = records[0]
            .get("Sns")
            .and_then(|sns| sns.get("Message"))
            .unwrap();
        let Json::Scalar(text) = message else {
            panic!("{message} is not text")
        };
        return Json::of(&serde_json::from_str::<String>(text).unwrap());
    }
    match sample.get("Message") {
        Some(message) => message.clone(),
        None => sample,
    }
}

fn documents() -> Vec<(&'static str, Json)> {
    (cloudwatch_cases().into_iter())
        .map(|(name, input)| (name, Json::of(&input.render().default)))
        .collect()
}

/// Whether the common keys are in the same order in both.
fn in_one_order(one: &[&str], other: &[&str]) -> bool {
    let common = |keys: &[&str], of: &[&str]| -> Vec<String> {
        keys.iter()
            .filter(|key| of.contains(key))
            .map(|key| (*key).to_owned())
            .collect()
    };
    common(one, other) == common(other, one)
}

#[test]
fn every_key_of_a_real_notification_is_in_each_document_in_the_same_order() {
    let documents = documents();
    for (sample, real) in samples() {
        for (name, document) in &documents {
            let (keys, expected) = (document.keys(), real.keys());
            for key in expected.iter().filter(|key| !NOT_OURS.contains(key)) {
                assert!(keys.contains(key), "{name} has no {key}, {sample} has");
            }
            // A composite alarm has `OldStateValue` after its actions.
            if !UNORDERED.contains(&sample.as_str()) && !expected.contains(&"AlarmRule") {
                assert!(
                    in_one_order(&keys, &expected),
                    "{name} {keys:?}, {sample} {expected:?}"
                );
            }
            let (Some(trigger), Some(real)) = (document.get("Trigger"), real.get("Trigger")) else {
                continue;
            };
            for key in real
                .keys()
                .iter()
                .filter(|key| !NOT_OURS.contains(key) && **key != "DatapointsToAlarm")
            {
                assert!(
                    trigger.keys().contains(key),
                    "the trigger of {name} has no {key}, {sample} has"
                );
            }
            if !UNORDERED.contains(&sample.as_str()) {
                assert!(
                    in_one_order(&trigger.keys(), &real.keys()),
                    "trigger of {name}, {sample}"
                );
            }
        }
    }
}

#[test]
fn a_document_has_the_keys_of_the_newest_real_notification_and_one_more_at_the_end() {
    let (_, newest) = (samples().into_iter())
        .find(|(name, _)| name == "native-2026-long-name.json")
        .unwrap();
    let mut expected = newest.keys();
    expected.push("CloudTrailAlarms");
    let mut with_group = expected.clone();
    let after = with_group
        .iter()
        .position(|key| *key == "ActionExecutedAfterMuteWindow")
        .expect("a real notification has it");
    with_group.splice(after..after, OF_GROUPS);
    for (name, input) in cloudwatch_cases() {
        let expected = if input.group.0.is_empty() {
            &expected
        } else {
            &with_group
        };
        let rendered = input.render().default;
        assert_eq!(Json::of(&rendered).keys(), *expected, "{name}");
    }
}

#[test]
fn two_groups_of_an_alarm_have_different_identities() {
    let group = |values: &[(&str, Option<&str>)]| {
        let (_, mut input) = cases().swap_remove(0);
        let owned = |(selector, value): &(&str, Option<&str>)| {
            ((*selector).to_owned(), value.map(str::to_owned))
        };
        input.group = Group(values.iter().map(owned).collect());
        let document: Value = serde_json::from_str(&input.render().default).unwrap();
        document
    };
    let without = group(&[]);
    assert_eq!(without["AlarmContributorId"], Value::Null);
    let groups = [
        group(&[("$.a", Some("1"))]),
        group(&[("$.a", Some("2"))]),
        group(&[("$.a", Some(""))]),
        group(&[("$.a", None)]),
        group(&[("$.b", Some("1"))]),
    ];
    for (number, one) in groups.iter().enumerate() {
        assert_eq!(one["AlarmName"], without["AlarmName"]);
        let id = one["AlarmContributorId"].as_str().unwrap();
        let arn = format!("{}/{id}", without["AlarmArn"].as_str().unwrap());
        assert_eq!(one["AlarmArn"], arn);
        for other in &groups[..number] {
            assert_ne!(one["AlarmArn"], other["AlarmArn"]);
        }
    }
    assert_eq!(groups[0]["AlarmContributorAttributes"], json!({"$.a": "1"}));
    assert_eq!(
        groups[3]["AlarmContributorAttributes"],
        json!({"$.a": "(none)"})
    );
}

#[test]
fn values_have_the_spellings_of_the_real_ones() {
    for (name, input) in cloudwatch_cases() {
        let notification = input.render();
        let document: Value = serde_json::from_str(&notification.default).unwrap();
        assert!(document["AlarmDescription"].is_string(), "{name}");
        for key in ["StateChangeTime", "AlarmConfigurationUpdatedTimestamp"] {
            let time = document[key].as_str().unwrap();
            assert_eq!(
                time.len(),
                "2026-09-14T11:18:44.401+0000".len(),
                "{name}: {time}"
            );
            assert!(
                time.ends_with("+0000") && &time[19..20] == ".",
                "{name}: {time}"
            );
        }
        let arn = document["AlarmArn"].as_str().unwrap();
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        assert_eq!(
            (parts.len(), parts[2], parts[5]),
            (7, "cloudtrail-alarms", "alarm"),
            "{name}: no real alarm"
        );
        let trigger = &document["Trigger"];
        let missing = trigger["TreatMissingData"].as_str().unwrap();
        assert!(
            ["missing", "ignore", "breaching", "notBreaching"].contains(&missing),
            "{name}"
        );
        assert!(trigger["Threshold"].is_f64(), "{name}: 1.0, not 1");
        for dimension in trigger["Dimensions"].as_array().unwrap() {
            assert!(
                dimension["name"].is_string() && dimension["value"].is_string(),
                "{name}"
            );
        }
        let state = input.pending.change.to;
        assert_eq!(document["NewStateValue"], state.as_str(), "{name}");
        assert!(
            notification.subject.starts_with(&format!("{state}: \"")),
            "{name}"
        );
    }
}

#[test]
fn an_alarm_without_a_description_has_an_empty_one() {
    let (_, input) = cases().swap_remove(0);
    let input = input.definition(|definition| definition.description = String::new());
    let document: Value = serde_json::from_str(&input.render().default).unwrap();
    assert_eq!(document["AlarmDescription"], "");
    assert_eq!(input.pending.change.to, AlarmState::Alarm);
}

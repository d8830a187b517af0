//! The documents against `docs/reference/notification.schema.json`.

use std::sync::LazyLock;

use cloudtrail_alarms::evidence::Fact;
use jsonschema::Validator;
use serde_json::Value;

use crate::cases::{cases, cloudwatch_cases};

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!(
        "../../docs/reference/notification.schema.json"
    ))
    .unwrap()
});

fn validator() -> Validator {
    jsonschema::draft202012::meta::validate(&SCHEMA).expect("the schema is one");
    jsonschema::draft202012::new(&SCHEMA).unwrap()
}

#[test]
fn every_document_is_valid_against_the_schema() {
    let validator = validator();
    for (name, input) in cloudwatch_cases() {
        let document: Value = serde_json::from_str(&input.render().default).unwrap();
        let faults: Vec<String> = (validator.iter_errors(&document))
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert_eq!(faults, [""; 0], "{name}");
    }
}

#[test]
fn the_schema_rejects_other_documents() {
    let validator = validator();
    let (_, input) = cases().swap_remove(0);
    let document: Value = serde_json::from_str(&input.render().default).unwrap();
    for (pointer, wrong) in [
        ("/AlarmDescription", Value::Null),
        ("/StateChangeTime", "2026-11-20T02:20:00Z".into()),
        (
            "/AlarmArn",
            "arn:aws:cloudwatch:ap-southeast-2:111122223333:alarm:x".into(),
        ),
        ("/Trigger/TreatMissingData", "Ignore".into()),
        ("/CloudTrailAlarms/version", "2".into()),
        ("/CloudTrailAlarms/evidence/count", Value::Null),
    ] {
        let mut other = document.clone();
        *other.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&other), "{pointer}");
    }
}

/// Forbids keys that the schema does not describe, in all its objects that have described keys.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("properties").is_some_and(Value::is_object) {
                members.insert("additionalProperties".to_owned(), false.into());
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[test]
fn a_later_key_of_version_1_does_not_invalidate_a_document() {
    let (_, input) = cases().swap_remove(0);
    let document: Value = serde_json::from_str(&input.render().default).unwrap();
    for (pointer, may_grow) in [
        ("/CloudTrailAlarms", true),
        ("/CloudTrailAlarms/evidence", true),
        ("", false),
        ("/Trigger", false),
    ] {
        let mut other = document.clone();
        other.pointer_mut(pointer).unwrap()["later"] = 1.into();
        assert_eq!(validator().is_valid(&other), may_grow, "{pointer}");
    }
}

#[test]
fn the_schema_describes_every_key_and_every_fact() {
    let mut closed = SCHEMA.clone();
    close(&mut closed);
    let validator = jsonschema::draft202012::new(&closed).unwrap();
    for (name, input) in cloudwatch_cases() {
        let document: Value = serde_json::from_str(&input.render().default).unwrap();
        let undescribed: Vec<String> = (validator.iter_errors(&document))
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert_eq!(undescribed, [""; 0], "{name}");
    }
    let facts = SCHEMA.pointer("/$defs/facts/properties").unwrap();
    let facts = facts.as_object().unwrap();
    let names: Vec<String> = (Fact::ALL.iter())
        .chain(&[Fact::FirstSeen, Fact::NotSeenSince])
        .map(|fact| {
            serde_json::to_value(fact)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(names.len(), facts.len());
    for name in names {
        assert!(facts.contains_key(&name), "{name}");
    }
}

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

#[test]
fn the_schema_describes_every_key_and_every_fact() {
    let properties = |pointer: &str| SCHEMA.pointer(pointer).unwrap().as_object().unwrap();
    let described = properties("/properties/CloudTrailAlarms/properties");
    for (name, input) in cloudwatch_cases() {
        let document: Value = serde_json::from_str(&input.render().default).unwrap();
        for key in document["CloudTrailAlarms"].as_object().unwrap().keys() {
            assert!(described.contains_key(key), "{name}: {key}");
        }
    }
    let facts = properties("/$defs/facts/properties");
    let names: Vec<String> = (Fact::ALL.iter())
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

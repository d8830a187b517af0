//! Alarms of packs have sources, tests and severities.

use std::fs;

use cloudtrail_alarms::alarm::definition::{AlarmDefinition, RecordSource};
use cloudtrail_alarms::event::{Event, RecordEvent, SingleEvent};
use cloudtrail_alarms_testkit::repository::{self, file};
use cloudtrail_alarms_testkit::vectors;
use cloudwatch_filter_pattern::FilterPattern;
use serde_json::json;

use super::{PACKS, pack, path_of, tool};

#[test]
fn every_test_of_a_pack_passes() {
    for name in PACKS {
        let (code, output) = tool(&["test", &path_of(name)]);
        assert_eq!(code, 0, "{output}");
        assert!(!output.contains("without tests"), "{output}");
        let shown = format!("$ cloudtrail-alarms test {} | tail -1\n", path_of(name));
        if let Some((_, shown)) = file("docs/reference/catalogue.md").split_once(&shown) {
            assert_eq!(shown.lines().next(), output.lines().last());
        }
    }
}

#[test]
fn an_event_of_kms_itself_raises_the_alarm_that_is_named_after_it_and_no_other() {
    for (detail_type, expected) in [
        ("KMS CMK Deletion", "kms-event-key-deleted"),
        (
            "KMS Imported Key Material Expiration",
            "kms-event-key-material-expired",
        ),
        ("KMS CMK Rotation", "kms-event-key-rotated"),
    ] {
        let event = json!({
            "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": detail_type, "source": "aws.kms",
            "account": "111122223333", "time": "2026-11-20T02:15:00Z", "region": "eu-central-1",
            "resources": ["arn:aws:kms:eu-central-1:111122223333:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809"],
            "detail": {"key-id": "1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809"},
        })
        .to_string();
        let Event::Single(SingleEvent::Records(RecordEvent::EventBridge { message, .. })) =
            Event::read(&event, jiff::Timestamp::now()).unwrap()
        else {
            panic!("{event}")
        };
        let alarms = pack("kms").alarms;
        let hit = alarms
            .iter()
            .filter(|alarm| alarm.pattern.matches(&message));
        let hit: Vec<&str> = hit.map(|alarm| alarm.name.as_str()).collect();
        assert_eq!(hit, [expected]);
    }
}

#[test]
fn lint_finds_nothing_in_a_pack() {
    for name in PACKS {
        let (code, output) = tool(&["lint", &path_of(name), "--today", "2026-11-21"]);
        assert_eq!((code, output.as_str()), (0, ""));
    }
}

#[test]
fn every_alarm_has_a_source_a_severity_a_match_and_a_near_miss() {
    for name in PACKS {
        let text = file(path_of(name));
        for alarm in pack(name).alarms {
            let AlarmDefinition {
                name,
                description,
                severity,
                tests,
                ..
            } = &alarm;
            assert!(!description.is_empty() && severity.is_some(), "{name}");
            for wanted in [true, false] {
                assert!(
                    tests.iter().any(|test| test.matches == wanted),
                    "{name}: {wanted}"
                );
            }
            for test in tests {
                let is_assembled = test.name.ends_with(" (assembled)");
                let is_inline = matches!(test.record, RecordSource::Inline(_));
                assert_eq!(is_assembled, is_inline, "{name}: {}", test.name);
            }
            let entry = format!("\n  - AlarmName: {name}\n");
            let (above, _) = text.split_once(&entry).unwrap();
            let comment = above.rsplit("\n\n").next().unwrap_or(above);
            let comment = comment.rsplit("Match: false\n").next().unwrap();
            assert!(comment.contains("# Source: "), "{name}: {comment}");
        }
    }
}

#[test]
fn every_common_threat_has_the_address_of_its_source_its_technique_and_what_to_look_at_first() {
    let text = file(path_of("common-threats"));
    let alarms = pack("common-threats").alarms;
    assert!(alarms.len() >= 40, "{}", alarms.len());
    for AlarmDefinition { name, runbook, .. } in &alarms {
        let runbook = runbook.as_deref().unwrap_or_default();
        assert!(runbook.starts_with("Look first "), "{name}: {runbook}");
        let entry = format!("\n  - AlarmName: {name}\n");
        let (above, _) = text.split_once(&entry).unwrap();
        let comment = above.rsplit("\n\n").next().unwrap();
        assert!(comment.starts_with("  # Source: https://"), "{name}");
        assert!(comment.contains("\n  # ATT&CK: T1"), "{name}: {comment}");
    }
}

#[test]
fn every_real_record_of_the_packs_is_used_and_has_its_source() {
    let sources = file("catalogue/records/SOURCES.md");
    let texts: Vec<String> = PACKS.iter().map(|name| file(path_of(name))).collect();
    let folder = repository::path("catalogue/records");
    let mut records = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(slug) = name.strip_suffix(".json") else {
            continue;
        };
        records += 1;
        assert!(
            sources.contains(&format!("| `{slug}` | ")),
            "{slug} has no source"
        );
        let reference = format!("Record: records/{name}\n");
        assert!(
            texts.iter().any(|text| text.contains(&reference)),
            "{slug} is not used"
        );
    }
    assert_eq!(sources.matches("| `").count(), records);
}

#[test]
fn each_alarm_of_the_benchmark_has_its_published_pattern_as_a_comment() {
    let catalogue = vectors::published_alarms();
    let text = file(path_of("cis-aws-foundations"));
    let alarms = pack("cis-aws-foundations").alarms;
    assert_eq!(alarms.len(), 15);
    for (number, alarm) in (1..).zip(&alarms) {
        assert!(
            alarm.name.starts_with(&format!("cis-4.{number}-")),
            "{}",
            alarm.name
        );
        let id = format!("cis-5.0-4.{number}-");
        let entry = catalogue
            .iter()
            .find(|entry| entry["id"].as_str().unwrap().starts_with(&id));
        let published = entry.unwrap()["pattern"].as_str().unwrap();
        let comment = format!("  # Published: {published}\n");
        assert!(text.contains(&comment), "{}: {published}", alarm.name);
        // A corrected pattern matches fewer records, except that of 4.1, which also matches records without an address.
        if let Ok(published) = published.parse::<FilterPattern>() {
            let is_narrower = alarm.pattern.implies(&published);
            assert!(is_narrower || number == 1, "{}: {published}", alarm.name);
        }
    }
}

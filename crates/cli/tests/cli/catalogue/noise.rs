//! The exclusions of `catalogue/known-noise.yaml`.

use std::path::Path;

use cloudtrail_alarms::alarm::definition::{Exclusion, RecordSource};
use cloudtrail_alarms::alarm::file::{ParameterDeclaration, load};
use cloudtrail_alarms_testkit::alarms::alarm_yaml;
use cloudtrail_alarms_testkit::repository::file;

use super::{all_alarms, tool};

const PACK: &str = "catalogue/known-noise.yaml";

/// The exclusions, as an alarm of a file that includes the pack has them.
fn exclusions() -> Vec<Exclusion> {
    let including = format!("Include: [{PACK}]\n{}", alarm_yaml(""));
    let read = |path: &Path| match path.to_str() {
        Some("alarms.yaml") => Ok(including.clone()),
        _ => Ok(file(path)),
    };
    let value = |parameter: &ParameterDeclaration| {
        (parameter.name == "ScannerRoleArns")
            .then(|| "arn:aws:iam::111122223333:role/scanner".to_owned())
    };
    let mut loaded =
        load(Path::new("alarms.yaml"), &read, &value).unwrap_or_else(|error| panic!("{error}"));
    loaded.alarms.remove(0).exclude
}

#[test]
fn every_exclusion_matches_its_record_and_no_other() {
    let exclusions = exclusions();
    let text = file("tests/data/known-noise.jsonl");
    let records: Vec<&str> = text.lines().collect();
    assert_eq!(records.len(), exclusions.len());
    for (index, record) in records.iter().enumerate() {
        let matching: Vec<usize> = (exclusions.iter().enumerate())
            .filter(|(_, exclusion)| exclusion.pattern.matches(record))
            .map(|(index, _)| index)
            .collect();
        assert_eq!(matching, [index], "{record}");
    }
}

#[test]
fn every_exclusion_has_a_source() {
    let pack = file(PACK);
    let (_, entries) = pack.split_once("\nExclude:\n").unwrap();
    let mut sourced = false;
    for line in entries.lines() {
        let starts = line.starts_with("  - Pattern: ");
        assert!(!starts || sourced, "{line}");
        sourced = line.starts_with("  # Source: https://") || sourced && !starts;
    }
}

#[test]
fn no_record_that_an_alarm_of_a_pack_must_report_is_excluded() {
    let exclusions = exclusions();
    for alarm in all_alarms() {
        for test in alarm.tests.iter().filter(|test| test.matches) {
            let record = match &test.record {
                RecordSource::Inline(record) => record.clone(),
                RecordSource::File(path) => file(path),
            };
            for exclusion in &exclusions {
                let excluded = exclusion.pattern.matches(&record);
                assert!(
                    !excluded,
                    "{}: {}: {}",
                    alarm.name, test.name, exclusion.reason
                );
            }
        }
    }
}

#[test]
fn lint_finds_nothing_in_a_file_that_includes_the_pack() {
    let folder = cloudtrail_alarms_testkit::folder::folder(&[
        (
            "alarms.yaml",
            &format!(
                "Include: [known-noise.yaml]\n{}",
                file("catalogue/guard.yaml")
            ),
        ),
        ("known-noise.yaml", &file(PACK)),
    ]);
    let path = folder.path().join("alarms.yaml");
    let path = path.to_str().unwrap();
    let (code, output) = tool(&["lint", path, "--today", "2026-11-21"]);
    assert_eq!((code, output.as_str()), (0, ""));
    let (code, output) = tool(&["lint", path, "--today", "2027-12-01"]);
    let expired = output
        .matches("the exclusion expired on 2027-11-30")
        .count();
    assert_eq!((code, expired), (1, 6), "{output}");
}

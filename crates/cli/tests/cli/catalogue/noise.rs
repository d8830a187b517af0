//! The exclusions of `catalogue/known-noise.yaml`.

use std::path::Path;

use cloudtrail_alarms::alarm::definition::{Exclusion, RecordSource};
use cloudtrail_alarms::alarm::file::{ParameterDeclaration, load};
use cloudtrail_alarms_testkit::alarms::alarm_yaml;
use cloudtrail_alarms_testkit::repository::file;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{all_alarms, tool};

const PACK: &str = "catalogue/known-noise.yaml";

/// The values of the parameters in `tests/data/known-noise.jsonl`.
fn value(name: &str) -> Option<&'static str> {
    match name {
        "ScannerRoleArns" => Some("arn:aws:iam::111122223333:role/scanner"),
        "DeploymentArns" => Some(
            "arn:aws:iam::111122223333:role/deployment,arn:aws:iam::123837392027:user/bert-jan",
        ),
        "KarpenterRoleArns" => Some("arn:aws:iam::111122223333:role/karpenter"),
        _ => None,
    }
}

/// The exclusions, as an alarm of a file that includes the pack has them.
fn exclusions(value: impl Fn(&str) -> Option<&'static str>) -> Vec<Exclusion> {
    let including = format!("Include: [{PACK}]\n{}", alarm_yaml(""));
    let read = |path: &Path| match path.to_str() {
        Some("alarms.yaml") => Ok(including.clone()),
        _ => Ok(file(path)),
    };
    let value = |parameter: &ParameterDeclaration| value(&parameter.name).map(str::to_owned);
    let mut loaded =
        load(Path::new("alarms.yaml"), &read, &value).unwrap_or_else(|error| panic!("{error}"));
    loaded.alarms.remove(0).exclude
}

/// A line of `tests/data/known-noise.jsonl`.
#[derive(Deserialize)]
struct Case {
    /// The beginning of the exclusion's reason.
    exclusion: String,
    /// Whether that exclusion matches. If not, no exclusion matches.
    #[serde(rename = "match")]
    matches: bool,
    record: Box<RawValue>,
}

#[test]
fn every_exclusion_matches_its_records_and_no_near_miss() {
    let exclusions = exclusions(value);
    let mut tested = vec![(0, 0); exclusions.len()];
    for line in file("tests/data/known-noise.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let mut named = (exclusions.iter().enumerate())
            .filter(|(_, exclusion)| exclusion.reason.starts_with(&case.exclusion));
        let (named, None) = (named.next().unwrap().0, named.next()) else {
            panic!("several reasons begin with {:?}", case.exclusion);
        };
        let matching: Vec<&str> = (exclusions.iter())
            .filter(|exclusion| exclusion.pattern.matches(case.record.get()))
            .map(|exclusion| exclusion.reason.as_str())
            .collect();
        let (matched, missed) = &mut tested[named];
        if case.matches {
            *matched += 1;
            assert_eq!(matching, [&exclusions[named].reason], "{line}");
        } else {
            *missed += 1;
            assert_eq!(matching, [""; 0], "{line}");
        }
    }
    for (exclusion, (matched, missed)) in exclusions.iter().zip(tested) {
        assert!(matched > 0 && missed > 0, "{}", exclusion.reason);
    }
}

/// Without values, the exclusions of scanners and deployments match nothing.
#[test]
fn without_parameters_only_services_and_the_console_are_excluded() {
    let exclusions = exclusions(|_| None);
    for line in file("tests/data/known-noise.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let is_named = ["A security scanner", "A plan", "A deployment", "Karpenter"]
            .iter()
            .any(|beginning| case.exclusion.starts_with(beginning));
        let excluded = (exclusions.iter()).any(|it| it.pattern.matches(case.record.get()));
        assert_eq!(excluded, case.matches && !is_named, "{line}");
    }
}

/// An exclusion without an end has documentation of AWS as its source.
#[test]
fn exclusions_without_end_fail_by_design() {
    let pack = file(PACK);
    for entry in pack.split("  # Source: ").skip(1) {
        let by_design = entry.contains("https://docs.aws.amazon.com/")
            || entry.contains("https://github.com/aws/");
        assert!(by_design || !entry.contains("Expires: never"), "{entry}");
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
    let exclusions = exclusions(value);
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
    let ending = file(PACK).matches("Expires: 2027-11-30").count();
    assert_eq!((code, expired), (1, ending), "{output}");
    // Alone, it is valid too.
    let path = folder.path().join("known-noise.yaml");
    let path = path.to_str().unwrap();
    let (code, output) = tool(&["lint", path, "--today", "2026-11-21"]);
    assert_eq!((code, output.as_str()), (0, ""));
    let (code, alone) = tool(&["lint", path, "--today", "2027-12-01"]);
    let expired = alone.matches("the exclusion expired on 2027-11-30").count();
    assert_eq!((code, expired), (1, ending), "{alone}");
}

//! `export` and `import`, there and back.

use std::path::Path;

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::{ParameterDeclaration, load};

use crate::{folder, root, run, tool};

/// The alarms of a file, by their names, without their tests.
fn alarms(path: &Path) -> Vec<AlarmDefinition> {
    let example =
        |parameter: &ParameterDeclaration| parameter.default.clone().or(parameter.example.clone());
    let file = load(path, &|path| std::fs::read_to_string(path), &example);
    let mut alarms = file.unwrap_or_else(|error| panic!("{error}")).alarms;
    for alarm in &mut alarms {
        alarm.tests.clear();
    }
    alarms.sort_by(|a, b| a.name.cmp(&b.name));
    alarms
}

const ODD: &str = r#"
Parameters:
  Several: {Type: CommaDelimitedList, Default: 'a,b*'}
  Quoted: {Type: String, Default: 'x"y\z'}
Alarms:
  - AlarmName: odd name / ü
    FilterPattern: '{ ($.a = "x${Quoted}" && $.b != "${Several}") || $.c = "no \${parameter}" || $.d = "it''s" }'
    MetricNamespace: N
    MetricName: M
    MetricValue: $.size
    Unit: Bytes
    Period: 300
    EvaluationPeriods: 3
    DatapointsToAlarm: 2
    Threshold: 0.5
    ComparisonOperator: GreaterThanThreshold
    TreatMissingData: breaching
    ActionsEnabled: false
    AlarmActions: []
    OKActions: ['arn:aws:sns:eu-central-1:111122223333:t']
    TimeSource: EventTime
    AllowedLateness: 2h
    EvaluationWindow: WallClock
    RenotifyAfter: 90m
    Runbook: https://example.com/${!runbook}
    Exclude:
      - {Pattern: '{ $.e = 1 }', Reason: known, Owner: me, Expires: 2027-01-31}
  - AlarmName: odd-name-u
    FilterPattern: 'ERROR -"a ${!b}"'
    MetricNamespace: N
    MetricName: Terms
    Period: 10
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
"#;

#[test]
fn what_goes_to_cloudformation_comes_back_the_same() {
    let repository = root();
    let scratch = folder(&[("odd.yaml", ODD)]);
    let odd = scratch.path().join("odd.yaml");
    for path in [
        "alarms.yaml",
        "catalogue/cis-aws-foundations.yaml",
        "catalogue/infrastructure-changes.yaml",
        "catalogue/kms.yaml",
        "catalogue/guard.yaml",
    ]
    .iter()
    .map(|path| repository.join(path))
    .chain([odd])
    {
        for output in ["text", "json"] {
            let name = path.to_str().expect("it is UTF-8");
            let exported = tool(&["export", "cloudformation", name, "--output", output]);
            assert_eq!(exported.code, 0, "{exported:?}");
            std::fs::write(scratch.path().join("template"), exported.stdout)
                .expect("it can be written");
            let imported = run(&scratch, &["import", "template"], &[], "");
            assert_eq!(imported.code, 0, "{imported:?}");
            std::fs::write(scratch.path().join("back.yaml"), imported.stdout)
                .expect("it can be written");
            assert_eq!(
                alarms(&scratch.path().join("back.yaml")),
                alarms(&path),
                "{name}"
            );
            let linted = run(&scratch, &["lint", "back.yaml"], &[], "");
            let clean = !name.ends_with("odd.yaml");
            assert!(!clean || linted.code == 0, "{linted:?}");
        }
    }
}

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

const TERRAFORM: &str = r#"
resource "aws_cloudwatch_log_metric_filter" "stop" {
  name           = "stop"
  log_group_name = "trail"
  pattern        = "{ $.eventName = StopLogging }"
  metric_transformation {
    name      = "Stop"
    namespace = "Guard"
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "stop" {
  alarm_name          = "stop"
  metric_name         = aws_cloudwatch_log_metric_filter.stop.metric_transformation[0].name
  namespace           = "Guard"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}
"#;

const DESCRIBED: &str = r#"{"metricFilters": [{"filterName": "f", "filterPattern": "{ $.eventName = \"Stop${x}\" }", "logGroupName": "trail",
    "metricTransformations": [{"metricName": "M", "metricNamespace": "N", "metricValue": "$.size", "defaultValue": 0.0, "unit": "Bytes"}]}],
    "MetricAlarms": [{"AlarmName": "cost is ${x}", "ActionsEnabled": true, "OKActions": [], "AlarmActions": [], "MetricName": "M", "Namespace": "N",
    "Statistic": "Sum", "Dimensions": [], "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 0.5,
    "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "missing"}]}"#;

/// A template whose alarm has parameters in its texts and its threshold.
const PARAMETERS: &str = r#"
Parameters:
  1Role: {Type: CommaDelimitedList, Default: 'a,b*'}
  Limit: {Type: Number, Default: 5}
Resources:
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: trail
      FilterPattern: !Sub '{ $.a = "x${1Role}" && $.recipientAccountId = "${AWS::AccountId}" }'
      MetricTransformations: [{MetricName: M, MetricNamespace: N, MetricValue: 1}]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmDescription: !Sub 'more than ${Limit}', Namespace: N, MetricName: M, Statistic: Sum, Period: 60, EvaluationPeriods: 1,
      Threshold: !Ref Limit, ComparisonOperator: GreaterThanThreshold}
"#;

#[test]
fn each_source_comes_back_the_same_from_cloudformation() {
    for (name, text, arguments) in [
        ("main.tf", TERRAFORM, &[][..]),
        ("described.json", DESCRIBED, &[]),
        (
            "t.yaml",
            PARAMETERS,
            &["--param", "AWS::AccountId=111122223333"],
        ),
        (
            "t.yaml",
            include_str!("conditional.yaml"),
            &["--param", "ParentAlertStack=alerts"],
        ),
        (
            "security-config.yaml",
            include_str!("landing_zone.yaml"),
            &[],
        ),
    ] {
        let scratch = folder(&[(name, text)]);
        let import = |file: &str, arguments: &[&str], to: &str| {
            let arguments = [&["import", file], arguments].concat();
            let outcome = run(&scratch, &arguments, &[], "");
            assert_eq!(outcome.code, 0, "{name}: {outcome:?}");
            let to = scratch.path().join(to);
            std::fs::write(&to, outcome.stdout).expect("it can be written");
            alarms(&to)
        };
        let imported = import(name, arguments, "imported.yaml");
        let exported = run(
            &scratch,
            &["export", "cloudformation", "imported.yaml"],
            &[],
            "",
        );
        std::fs::write(scratch.path().join("template"), exported.stdout)
            .expect("it can be written");
        assert_eq!(import("template", &[], "back.yaml"), imported, "{name}");
    }
}

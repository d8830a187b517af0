//! Sources of `import`, exported and imported again.

use std::path::Path;

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::{ParameterDeclaration, load};

use crate::{folder, run};

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
fn each_source_comes_back_the_same() {
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
        for (format, exported) in [("cloudformation", "template"), ("terraform", "exported.tf")] {
            let printed = run(&scratch, &["export", format, "imported.yaml"], &[], "").stdout;
            std::fs::write(scratch.path().join(exported), printed).expect("it can be written");
            let back = import(exported, &[], "back.yaml");
            assert_eq!(back, imported, "{name}, {format}");
        }
    }
}

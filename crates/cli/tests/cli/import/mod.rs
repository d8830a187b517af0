//! `import`.

mod cloudformation;
mod documents;
mod notes;
mod round_trip;
mod selection;

use insta::assert_snapshot;

use super::{Outcome, folder, run};

/// The printed file, if all was moved without notes.
#[track_caller]
fn moved(outcome: Outcome, count: usize) -> String {
    let summary = format!("imported {count} of {count} alarms\n");
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (0, summary.as_str()),
        "{outcome:?}"
    );
    outcome.stdout
}

const TEMPLATE: &str = r#"
Parameters:
  RoleArn: {Type: CommaDelimitedList, Description: The role}
  Limit: {Type: Number, Default: 5}
Resources:
  Topic: {Type: AWS::SNS::Topic}
  ErrorsFilter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !ImportValue Trail
      FilterPattern: !Sub |
        { $.eventSource = "kms.amazonaws.com" && $.userIdentity.arn = "${RoleArn}" }
      MetricTransformations:
        - {MetricName: Errors, MetricNamespace: Security, MetricValue: 1}
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Join ["-", [kms, errors]]
      AlarmDescription: !Sub "More than ${Limit}, not ${!Limit}"
      MetricName: Errors
      Namespace: Security
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: !Ref Limit
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: [!Ref Topic]
      OKActions: [!GetAtt Topic.Arn]
  OfLambda:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmName: lambda, Namespace: AWS/Lambda, MetricName: Errors, Dimensions: [{Name: F, Value: x}]}
  NoAlarm:
    Type: AWS::Logs::MetricFilter
    Properties:
      FilterPattern: !If [A, x, y]
      MetricTransformations: [{MetricName: Other, MetricNamespace: Security, MetricValue: "1"}]
  Conditional:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmName: conditional, Namespace: Security, MetricName: Other}
"#;

#[test]
fn a_template_becomes_an_alarms_file_and_what_cannot_be_imported_is_reported() {
    let folder = folder(&[("template.yaml", TEMPLATE)]);
    let outcome = run(&folder, &["import", "template.yaml"], &[], "");
    assert_eq!(outcome.code, 1, "some of it cannot be moved");
    assert_snapshot!(outcome.stdout, @r#"
    Parameters:
      RoleArn:
        Type: CommaDelimitedList
        Description: The role
      Limit:
        Type: Number
        Default: 5
    Alarms:
    - AlarmName: kms-errors
      AlarmDescription: More than ${Limit}, not ${!Limit}
      FilterPattern: |
        { $.eventSource = "kms.amazonaws.com" && $.userIdentity.arn = "${RoleArn}" }
      MetricNamespace: Security
      MetricName: Errors
      MetricValue: "1"
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: ${Limit}
      ComparisonOperator: GreaterThanThreshold
      OKActions:
      - the function's topic
    "#);
    assert_snapshot!(outcome.stderr, @r#"
    the alarms file needs a value for parameter `RoleArn`: set the environment variable ROLE_ARN, or pass --param NAME=VALUE
    kms-errors: the input has no ARNs for `AlarmActions`; the function notifies its own topic
    kms-errors: the input has no ARNs for `OKActions`; the function notifies its own topic
    lambda: left out: its metric does not come from a metric filter of the input
    conditional: not imported: condition `A` is not in the template
    imported 1 of 2 alarms, 1 with a note
    "#);
}

#[test]
fn what_the_describe_commands_print_becomes_an_alarms_file() {
    let filters = r#"{"metricFilters": [{"filterName": "stop", "filterPattern": "{ $.eventName = StopLogging }", "logGroupName": "trail",
        "metricTransformations": [{"metricName": "Stop", "metricNamespace": "Guard", "metricValue": "1", "defaultValue": 0.0}]}]}"#;
    let alarms = r#"{"MetricAlarms": [{"AlarmName": "stop", "AlarmArn": "arn:x", "StateValue": "OK", "ActionsEnabled": true, "OKActions": [],
        "AlarmActions": ["arn:aws:sns:eu-central-1:111122223333:t"], "InsufficientDataActions": [], "MetricName": "Stop", "Namespace": "Guard",
        "Statistic": "Sum", "Dimensions": [], "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching"}], "CompositeAlarms": []}"#;
    let folder = folder(&[("filters.json", filters), ("alarms.json", alarms)]);
    let outcome = run(&folder, &["import", "filters.json", "alarms.json"], &[], "");
    let printed = moved(outcome, 1);
    assert_snapshot!(printed, @r#"
    Alarms:
    - AlarmName: stop
      FilterPattern: "{ $.eventName = StopLogging }"
      MetricNamespace: Guard
      MetricName: Stop
      MetricValue: "1"
      DefaultValue: "0.0"
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1.0
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
      ActionsEnabled: true
      AlarmActions:
      - arn:aws:sns:eu-central-1:111122223333:t
    "#);
}

#[test]
fn terraform_in_each_of_its_forms_becomes_the_same_alarms_file() {
    let filter = r#"{"name": "stop", "pattern": "{ $.eventName = StopLogging }", "log_group_name": "trail",
        "metric_transformation": [{"name": "Stop", "namespace": "Guard", "value": "1", "default_value": "", "dimensions": {}}]}"#;
    let alarm = r#"{"alarm_name": "stop", "metric_name": "Stop", "namespace": "Guard", "statistic": "Sum", "period": 60,
        "evaluation_periods": 1, "threshold": 1, "comparison_operator": "GreaterThanOrEqualToThreshold",
        "alarm_actions": ["arn:aws:sns:eu-central-1:111122223333:t"], "ok_actions": [], "metric_query": [], "dimensions": {}, "extended_statistic": null}"#;
    let (f, a) = (
        "aws_cloudwatch_log_metric_filter",
        "aws_cloudwatch_metric_alarm",
    );
    let shown = format!(
        r#"{{"values": {{"root_module": {{"resources": [{{"type": "{f}", "name": "s", "values": {filter}}}],
            "child_modules": [{{"resources": [{{"type": "{a}", "name": "s", "values": {alarm}}}]}}]}}}}}}"#
    );
    let state = format!(
        r#"{{"version": 4, "resources": [{{"type": "{f}", "name": "s", "instances": [{{"attributes": {filter}}}]}},
            {{"type": "{a}", "name": "s", "instances": [{{"attributes": {alarm}}}]}}]}}"#
    );
    let written =
        format!(r#"{{"resource": {{"{f}": {{"s": {filter}}}, "{a}": {{"s": [{alarm}]}}}}}}"#);
    let printed = [shown, state, written].map(|text| {
        let folder = folder(&[("terraform.json", &text)]);
        moved(run(&folder, &["import", "terraform.json"], &[], ""), 1)
    });
    assert_eq!(printed[0], printed[1]);
    assert_eq!(printed[0], printed[2]);
    assert_snapshot!(printed[0], @r#"
    Alarms:
    - AlarmName: stop
      FilterPattern: "{ $.eventName = StopLogging }"
      MetricNamespace: Guard
      MetricName: Stop
      MetricValue: "1"
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      AlarmActions:
      - arn:aws:sns:eu-central-1:111122223333:t
    "#);
}

#[test]
fn what_holds_no_alarms_is_a_usage_error_or_a_finding() {
    let folder = folder(&[
        ("other.json", "{\"a\": 1}"),
        ("resources.json", "{\"resources\": []}"),
        ("broken.yaml", "a: [\n"),
        ("empty.yaml", "Resources: {}\n"),
    ]);
    for file in ["other.json", "resources.json"] {
        let complaint = run(&folder, &["import", file], &[], "").usage_error();
        let message = format!("{file}:1: expected a template of CloudFormation");
        assert!(complaint.contains(&message), "{complaint}");
    }
    let complaint = run(&folder, &["import", "broken.yaml"], &[], "").usage_error();
    assert!(
        complaint.contains("broken.yaml:1: invalid YAML: "),
        "{complaint}"
    );
    let nothing = run(&folder, &["import", "empty.yaml"], &[], "");
    assert_eq!(
        (nothing.code, nothing.stderr.as_str()),
        (1, "nothing was imported\n")
    );
}

//! `import` of CloudFormation templates and of the Landing Zone Accelerator's configuration.

use insta::assert_snapshot;

use super::moved;
use crate::{folder, run};

const CONDITIONAL: &str = include_str!("conditional.yaml");
const LANDING_ZONE: &str = include_str!("landing_zone.yaml");

#[test]
fn a_condition_that_a_default_makes_false_leaves_its_resources_out() {
    let folder = folder(&[("template.yaml", CONDITIONAL)]);
    let outcome = run(&folder, &["import", "template.yaml"], &[], "");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    assert_snapshot!(outcome.stderr, @r#"
    template.yaml: decided by defaults of parameters (ParentAlertStack is ""); --param NAME=VALUE gives another value
    4 resources (UnauthorizedOperationMetricFilter, UnauthorizedOperationAlarm, RootUserActivityMetricFilter and 1 more): left out: its condition is false by the default of ParentAlertStack
    nothing was imported
    "#);
}

#[test]
fn parameters_of_the_command_line_decide_about_conditions_and_names() {
    let folder = folder(&[("template.yaml", CONDITIONAL)]);
    let arguments = [
        "import",
        "template.yaml",
        "--param",
        "ParentAlertStack=alerts",
        "--param",
        "DisableRootUserActivityAlarm=true",
    ];
    let outcome = run(&folder, &arguments, &[], "");
    assert_eq!(outcome.code, 0);
    assert_snapshot!(outcome.stdout, @r#"
    Alarms:
    # CIS 3.1
    - AlarmName: UnauthorizedOperationAlarm
      AlarmDescription: "CloudTrail: unauthorized API calls detected"
      FilterPattern: "{($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\")}"
      MetricNamespace: StackName
      MetricName: UnauthorizedOperationCount
      MetricValue: "1"
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
    "#);
    assert_snapshot!(outcome.stderr, @r#"
    template.yaml: decided by defaults of parameters (DisableUnauthorizedOperationAlarm is "false"); --param NAME=VALUE gives another value
    UnauthorizedOperationAlarm: the input has no ARNs for `AlarmActions`; the function notifies its own topic
    UnauthorizedOperationAlarm: `AWS::StackName` in its names is written as `StackName`; --param AWS::StackName=VALUE gives its value
    2 resources (RootUserActivityMetricFilter, RootUserActivityAlarm): left out: its condition is false
    imported 1 of 1 alarms, 1 with a note
    "#);

    let named = [&arguments[..], &["--param", "AWS::StackName=trail"]].concat();
    let outcome = run(&folder, &named, &[], "");
    assert!(
        outcome.stdout.contains("MetricNamespace: trail\n"),
        "{outcome:?}"
    );
    assert!(!outcome.stderr.contains("AWS::StackName"), "{outcome:?}");

    let unknown = run(
        &folder,
        &["import", "template.yaml", "--param", "No=x"],
        &[],
        "",
    );
    let complaint = unknown.usage_error();
    assert!(
        complaint.contains("--param No: unknown parameter; available: `AWS::AccountId`"),
        "{complaint}"
    );
}

#[test]
fn the_alarms_of_the_landing_zone_accelerator_keep_their_order_and_comments() {
    let folder = folder(&[("security-config.yaml", LANDING_ZONE)]);
    let outcome = run(&folder, &["import", "security-config.yaml"], &[], "");
    assert_eq!(outcome.code, 0);
    assert_snapshot!(outcome.stderr, @"
    3 alarms (CIS-4.4-IAMPolicyChanges, CIS-4.5-CloudTrailChanges, CIS-4.6-ConsoleAuthenticationFailure): the input has no ARNs for `AlarmActions`; the function notifies its own topic
    imported 3 of 3 alarms, 3 with a note
    ");
    let from_second = outcome
        .stdout
        .find("# CIS 4.5")
        .expect("the comments are kept");
    assert_snapshot!(&outcome.stdout[from_second..], @r#"
    # CIS 4.5 – Ensure a log metric filter and alarm exist for CloudTrail configuration changes
    - AlarmName: CIS-4.5-CloudTrailChanges
      AlarmDescription: Alarm for CloudTrail configuration changes
      FilterPattern: "{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)}"
      MetricNamespace: LogMetrics
      MetricName: CloudTrailChanges
      MetricValue: "1"
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
    # CIS 4.6 – Ensure a log metric filter and alarm exist for AWS Management Console authentication failures
    - AlarmName: CIS-4.6-ConsoleAuthenticationFailure
      AlarmDescription: Alarm exist for AWS Management Console authentication failures
      FilterPattern: "{($.eventName=ConsoleLogin) && ($.errorMessage=\"Failed authentication\")}"
      MetricNamespace: LogMetrics
      MetricName: ConsoleAuthenticationFailure
      MetricValue: "1"
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
    "#);
}

/// A template with this filter and alarm in its resources.
fn template(parameters: &str, pattern: &str, alarm: &str) -> String {
    format!(
        "Parameters: {{{parameters}}}
Resources:
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: trail
      FilterPattern: {pattern}
      MetricTransformations: [{{MetricName: M, MetricNamespace: N, MetricValue: 1}}]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {{AlarmName: a, Namespace: N, MetricName: M, Statistic: Sum, Period: 60, EvaluationPeriods: 1,
      Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold, AlarmActions: [arn], {alarm}}}
"
    )
}

#[test]
fn parameters_get_names_and_places_that_an_alarms_file_allows() {
    let pattern = r#"!Sub '{ $.a = "${310Group}" && $.b = "${AWS::AccountId}" }'"#;
    let text = template("310Group: {Type: String, Default: x}", pattern, "");
    let files = folder(&[("t.yaml", &text)]);
    let outcome = run(&files, &["import", "t.yaml"], &[], "");
    assert_eq!(outcome.code, 0);
    let parameters = outcome.stdout.split("Alarms:").next().unwrap_or_default();
    assert_snapshot!(parameters, @"
    Parameters:
      P310Group:
        Type: String
        Default: x
      AwsAccountId:
        Type: String
        Description: Value of AWS::AccountId
    ");
    assert_snapshot!(outcome.stderr, @"
    t.yaml: parameter `310Group` is `P310Group` in the alarms file
    the alarms file needs a value for parameter `AwsAccountId`: set the environment variable AWS_ACCOUNT_ID, or pass --param NAME=VALUE
    a: `AWS::AccountId` in its pattern is parameter `AwsAccountId`, which needs a value; --param AWS::AccountId=VALUE writes it out
    imported 1 of 1 alarms, 1 with a note
    ");

    let text = template(
        "Whole: {Type: String, Default: '{ $.a = 1 }'}",
        "!Ref Whole",
        "",
    );
    let files = folder(&[("t.yaml", &text)]);
    let outcome = run(&files, &["import", "t.yaml"], &[], "");
    assert!(
        outcome.stdout.contains(r#"FilterPattern: "{ $.a = 1 }""#),
        "{outcome:?}"
    );
    assert_snapshot!(outcome.stderr, @r#"
    a: parameters outside of quotes are replaced by their values: Whole is "{ $.a = 1 }"
    imported 1 of 1 alarms, 1 with a note
    "#);
}

#[test]
fn a_threshold_that_is_a_parameter_without_a_default_is_a_number() {
    let text = template("Limit: {Type: String}", "'{ $.a = 1 }'", "");
    let text = text.replace("Threshold: 1", "Threshold: !Ref Limit");
    let files = folder(&[("t.yaml", &text)]);
    let outcome = run(&files, &["import", "t.yaml"], &[], "");
    assert!(
        (outcome.stdout).starts_with("Parameters:\n  Limit:\n    Type: Number\n"),
        "{outcome:?}"
    );
}

#[test]
fn a_pattern_without_quotes_is_explained() {
    let text = template("Whole: {Type: String}", "!Ref Whole", "");
    let files = folder(&[("t.yaml", &text)]);
    let complaint = run(&files, &["import", "t.yaml"], &[], "").stderr;
    assert_snapshot!(complaint, @"
    a: not imported: its pattern has `Whole` outside of a text in quotes; give its value with --param Whole=VALUE
    nothing was imported
    ");

    let text = template("", "{ $.a = 1 }", "");
    let files = folder(&[("t.yaml", &text)]);
    let outcome = run(&files, &["import", "t.yaml"], &[], "");
    assert_snapshot!(outcome.stderr, @"
    a: not imported: its `FilterPattern` is a mapping; put the pattern in quotes
    nothing was imported
    ");
}

#[test]
fn equal_expressions_of_two_templates_are_two_log_groups() {
    let text = |metric: &str| {
        let text = template("", "'{ $.a = 1 }'", "");
        text.replace("LogGroupName: trail", "LogGroupName: !Ref Logs")
            .replace("MetricName: M", &format!("MetricName: {metric}"))
    };
    let files = folder(&[("trail.yaml", &text("A")), ("shop.yaml", &text("B"))]);
    let import = ["import", "trail.yaml", "shop.yaml"];
    let complaint = run(&files, &import, &[], "").usage_error();
    assert_snapshot!(complaint, @"error: --log-group: the metric filters are on 2 log groups; give the one that CloudTrail writes to: `trail.yaml:!Ref Logs` (1 filter), `shop.yaml:!Ref Logs` (1 filter)");
    for (name, count) in [("trail.yaml:!Ref Logs", 1), ("!Ref Logs", 2), ("Logs", 2)] {
        let arguments = [&import[..], &["--log-group", name]].concat();
        let outcome = run(&files, &arguments, &[], "");
        assert_eq!(
            outcome.stdout.matches("AlarmName").count(),
            count,
            "{outcome:?}"
        );
    }
}

#[test]
fn two_templates_with_equal_names_give_a_file_that_loads() {
    let text = |default| {
        let parameter = format!("Limit: {{Type: Number, Default: {default}}}");
        let text = template(&parameter, "'{ $.a = 1 }'", "");
        text.replace("Threshold: 1", "Threshold: !Ref Limit")
            .replace("MetricName: M", &format!("MetricName: M{default}"))
    };
    let files = folder(&[("a.yaml", &text(5)), ("b.yaml", &text(6))]);
    let outcome = run(&files, &["import", "a.yaml", "b.yaml"], &[], "");
    assert_eq!(outcome.code, 0);
    assert_snapshot!(outcome.stderr, @"
    b.yaml: parameter `Limit` is `Limit2` in the alarms file
    a-2: another alarm has its name `a`; it is `a-2` in the alarms file
    imported 2 of 2 alarms, 1 with a note
    ");
    let loads = folder(&[("alarms.yaml", &outcome.stdout)]);
    let arguments = ["export", "cloudformation", "--alarms-file", "alarms.yaml"];
    assert_eq!(
        run(&loads, &arguments, &[], "").code,
        0,
        "{}",
        outcome.stdout
    );

    let equal = text(5).replace("M5", "M7");
    let files = folder(&[("a.yaml", &text(5)), ("b.yaml", &equal)]);
    let outcome = run(&files, &["import", "a.yaml", "b.yaml"], &[], "");
    assert_eq!(outcome.stdout.matches("Type: Number").count(), 1);
}

#[test]
fn sam_templates_and_synthesized_templates_are_templates() {
    let text = template("", "'{ $.a = 1 }'", "");
    let sam = format!(
        "Transform: AWS::Serverless-2016-10-31\nGlobals: {{Function: {{Timeout: 3}}}}\n{text}"
    );
    let files = folder(&[("sam.yaml", &sam)]);
    let from_sam = moved(run(&files, &["import", "sam.yaml"], &[], ""), 1);
    let synthesized = r#"{"Resources": {
        "TrailCDKMetadata": {"Type": "AWS::CDK::Metadata", "Condition": "CDKMetadataAvailable"},
        "Filter9E1D": {"Type": "AWS::Logs::MetricFilter", "Metadata": {"aws:cdk:path": "S/F"}, "Properties": {"LogGroupName": {"Ref": "TrailLogs"},
            "FilterPattern": "{ $.a = 1 }", "MetricTransformations": [{"MetricName": "M", "MetricNamespace": "N", "MetricValue": "1"}]}},
        "Alarm7103": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "a", "Namespace": "N", "MetricName": "M", "Statistic": "Sum",
            "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "AlarmActions": ["arn"]}}},
        "Rules": {"CheckBootstrapVersion": {"Assertions": []}}}"#;
    let files = folder(&[("s.template.json", synthesized)]);
    let from_cdk = moved(run(&files, &["import", "s.template.json"], &[], ""), 1);
    assert_eq!(from_sam, from_cdk);
}

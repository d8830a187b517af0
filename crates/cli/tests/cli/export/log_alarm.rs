//! `export log-alarm`.

use serde_json::{Value, json};

use crate::{alarm, folder, run};

const PATTERN: &str = r#"{ $.errorCode = "*Denied" && $.userIdentity.arn = "x" }"#;

/// The template for one alarm with this pattern and these properties, and standard error.
#[track_caller]
fn exported(pattern: &str, properties: &str, code: i32) -> (Value, String) {
    let properties =
        format!("ComparisonOperator: GreaterThanThreshold\nThreshold: 5\n{properties}");
    let alarms = format!("Alarms:\n{}", alarm("A", pattern, properties.trim_end()));
    let folder = folder(&[("alarms.yaml", &alarms)]);
    let printed = run(
        &folder,
        &["export", "log-alarm", "--output", "json"],
        &[],
        "",
    );
    assert_eq!(printed.code, code, "{printed:?}");
    let template = serde_json::from_str(&printed.stdout).expect("it is JSON");
    (template, printed.stderr)
}

#[test]
fn an_alarm_becomes_a_query_that_counts_each_record_once() {
    let properties = "Period: 300\nEvaluationPeriods: 3\nDatapointsToAlarm: 2\nTreatMissingData: notBreaching\n\
                      GroupBy: [$.recipientAccountId, $.userIdentity.arn]\nAlarmDescription: d\nActionsEnabled: false";
    let (template, notes) = exported(PATTERN, properties, 0);
    assert_eq!(
        notes,
        "A: windows do not slide: records of two scheduled queries are not counted together\n"
    );
    assert_eq!(
        template["Resources"]["AAlarm"],
        json!({
            "Type": "AWS::CloudWatch::LogAlarm",
            "Properties": {
                "AlarmName": "A",
                "AlarmDescription": "d",
                "ScheduledQueryConfiguration": {
                    "QueryString": r#"fields @timestamp, @message | filter errorCode like /^.*Denied$/ and userIdentity.arn = "x""#,
                    "AggregationExpression": "count(*) by recipientAccountId, userIdentity.arn",
                    "LogGroupIdentifiers": [{"Ref": "LogGroupName"}],
                    "ScheduledQueryRoleARN": {"Ref": "ScheduledQueryRoleArn"},
                    "ScheduleConfiguration": {
                        "ScheduleExpression": "rate(5 minutes)",
                        "StartTimeOffset": 360,
                        "EndTimeOffset": 60,
                    },
                },
                "QueryResultsToEvaluate": 3,
                "QueryResultsToAlarm": 2,
                "Threshold": 5,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
                "ActionsEnabled": false,
                "AlarmActions": [{"Ref": "AlarmTopicArn"}],
            },
        })
    );
    let (_, notes) = exported(PATTERN, "Period: 10", 0);
    assert_eq!(
        notes,
        "A: windows do not slide: records of two scheduled queries are not counted together\n\
         A: `Period` becomes 60 seconds: a query runs at most once a minute\n\
         A: a window without a match counts 0 and is never missing data\n"
    );
}

#[test]
fn the_value_of_a_metric_is_aggregated() {
    for (properties, expected) in [
        (
            "MetricValue: $.additionalEventData.bytes",
            "sum(additionalEventData.bytes)",
        ),
        ("MetricValue: $.a\nStatistic: Average", "avg(a)"),
        ("MetricValue: $.a\nStatistic: Minimum", "min(a)"),
        ("MetricValue: $.a\nStatistic: Maximum", "max(a)"),
        ("MetricValue: '3'\nStatistic: SampleCount", "count(*)"),
    ] {
        let (template, _) = exported(PATTERN, properties, 0);
        let query = &template["Resources"]["AAlarm"]["Properties"]["ScheduledQueryConfiguration"];
        assert_eq!(query["AggregationExpression"], expected);
    }
}

#[test]
fn what_a_log_alarm_cannot_do_is_left_out() {
    let many = "GroupBy: [$.a, $.b, $.c, $.d, $.e, $.f]";
    for (pattern, properties, reason) in [
        ("ERROR", "", "its pattern is not about fields"),
        (
            "{ $.a[*] = 1 }",
            "",
            "Insights has no wildcard, as in `$.a[*]`",
        ),
        (
            PATTERN,
            "CountDistinct: $.eventName",
            "a log alarm cannot count distinct values",
        ),
        (
            PATTERN,
            "MetricValue: '2'",
            "a log alarm has no Sum of this `MetricValue`",
        ),
        (PATTERN, many, "a log alarm groups by at most 5 fields"),
        (
            PATTERN,
            "EvaluationPeriods: 101",
            "a log alarm evaluates at most 100 results",
        ),
        (
            PATTERN,
            "Period: 10\nComparisonOperator: LessThanThreshold",
            "a query runs at most once a minute, and a minute has more records than a shorter `Period`",
        ),
    ] {
        let (_, notes) = exported(pattern, properties, 1);
        assert_eq!(notes, format!("A: left out: {reason}\n"));
    }
}

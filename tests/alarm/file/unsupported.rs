//! Unsupported and unknown properties, with the suggested replacement.

use insta::assert_snapshot;

use super::{alarm, errors, property_errors};

#[test]
fn unsupported_properties_are_rejected_with_an_alternative() {
    assert_snapshot!(property_errors(&["Metrics: []", "ThresholdMetricId: ad1", "ExtendedStatistic: p99", "EvaluateLowSampleCountPercentile: ignore", "Dimensions: []"]), @r"
    alarms.yaml:10:5: `Metrics` is not supported: metric math is not available; an alarm watches the one metric that its `FilterPattern` makes, so write one alarm for each
    10 |     Metrics: []
       |     ^^^^^^^

    alarms.yaml:10:5: `ThresholdMetricId` is not supported: it needs anomaly detection; set a number as `Threshold`
    10 |     ThresholdMetricId: ad1
       |     ^^^^^^^^^^^^^^^^^

    alarms.yaml:10:5: `ExtendedStatistic` is not supported: percentiles are not available; set `Statistic` to SampleCount, Average, Sum, Minimum or Maximum
    10 |     ExtendedStatistic: p99
       |     ^^^^^^^^^^^^^^^^^

    alarms.yaml:10:5: `EvaluateLowSampleCountPercentile` is not supported: percentiles are not available; remove it
    10 |     EvaluateLowSampleCountPercentile: ignore
       |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    alarms.yaml:10:5: `Dimensions` is not supported: write `GroupBy` with the fields of the record, `[$.recipientAccountId]`; there is then one alarm for each of their values
    10 |     Dimensions: []
       |     ^^^^^^^^^^
    ");
    assert_snapshot!(property_errors(&["MetricTransformations: []", "LogGroupName: trail", "ApplyOnTransformedLogs: true"]), @r"
    alarms.yaml:10:5: `MetricTransformations` is not supported: write its `MetricNamespace`, `MetricName`, `MetricValue`, `DefaultValue` and `Unit` as properties of the alarm
    10 |     MetricTransformations: []
       |     ^^^^^^^^^^^^^^^^^^^^^

    alarms.yaml:10:5: `LogGroupName` is not supported: the subscription filter determines the log group; remove it
    10 |     LogGroupName: trail
       |     ^^^^^^^^^^^^

    alarms.yaml:10:5: `ApplyOnTransformedLogs` is not supported: log transformers and system fields do not reach a subscribed function; leave it out
    10 |     ApplyOnTransformedLogs: true
       |     ^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(property_errors(&["Statistic: p99.9", "Statistic: TM(10%:90%)", "ComparisonOperator: GreaterThanUpperThreshold"]), @r"
    alarms.yaml:10:16: `Statistic` `p99.9` is not supported: percentiles are not available; use SampleCount, Average, Sum, Minimum or Maximum
    10 |     Statistic: p99.9
       |                ^^^^^

    alarms.yaml:10:16: `Statistic` `TM(10%:90%)` is not supported: percentiles are not available; use SampleCount, Average, Sum, Minimum or Maximum
    10 |     Statistic: TM(10%:90%)
       |                ^^^^^^^^^^^

    alarms.yaml:9:25: `ComparisonOperator` `GreaterThanUpperThreshold` is not supported: it needs anomaly detection; use a static threshold, as with GreaterThanThreshold
    9 |     ComparisonOperator: GreaterThanUpperThreshold
      |                         ^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(property_errors(&["DefaultValue: 1", "DefaultValue: 0\nStatistic: Average"]), @r"
    alarms.yaml:10:19: `DefaultValue` can only be 0, with `Statistic` Sum: records that do not match are not counted here, so only a default that leaves the value as it is gives what CloudWatch gives
    10 |     DefaultValue: 1
       |                   ^

    alarms.yaml:10:19: `DefaultValue` can only be 0, with `Statistic` Sum: records that do not match are not counted here, so only a default that leaves the value as it is gives what CloudWatch gives
    10 |     DefaultValue: 0
       |                   ^
    ");
    assert_snapshot!(property_errors(&["CountDistinct: $.a\nStatistic: Maximum", "CountDistinct: $.a\nMetricValue: 2"]), @r"
    alarms.yaml:10:20: `CountDistinct` needs `Statistic` Sum and `MetricValue` 1: each value counts once
    10 |     CountDistinct: $.a
       |                    ^^^

    alarms.yaml:10:20: `CountDistinct` needs `Statistic` Sum and `MetricValue` 1: each value counts once
    10 |     CountDistinct: $.a
       |                    ^^^
    ");
    assert_snapshot!(errors("AWSTemplateFormatVersion: 2010-09-09\nResources: {}\n"), @r"
    alarms.yaml:1:1: `AWSTemplateFormatVersion` is not supported: this is a CloudFormation template; convert it with `cloudtrail-alarms import`
    1 | AWSTemplateFormatVersion: 2010-09-09
      | ^^^^^^^^^^^^^^^^^^^^^^^^

    alarms.yaml:2:1: `Resources` is not supported: this is a CloudFormation template; convert it with `cloudtrail-alarms import`
    2 | Resources: {}
      | ^^^^^^^^^
    ");
}

#[test]
fn a_property_of_another_name_or_type_is_reported() {
    assert_snapshot!(property_errors(&["-Threshold\nTreshold: 1", "Colour: red", "alarmname: x"]), @r"
    alarms.yaml:2:5: the alarm has no `Threshold`
    2 |   - AlarmName: Errors
      |     ^^^^^^^^^

    alarms.yaml:9:5: unknown property `Treshold`; did you mean `Threshold`?
    9 |     Treshold: 1
      |     ^^^^^^^^

    alarms.yaml:10:5: unknown property `Colour`
    10 |     Colour: red
       |     ^^^^^^

    alarms.yaml:10:5: unknown property `alarmname`; did you mean `AlarmName`?
    10 |     alarmname: x
       |     ^^^^^^^^^
    ");
    assert_snapshot!(property_errors(&["-AlarmName", "Severity:", "Severity: ~"]), @r#"
    alarms.yaml:2:5: the alarm has no `AlarmName`
    2 |   - FilterPattern: '{ $.errorCode = "*" }'
      |     ^^^^^^^^^^^^^

    alarms.yaml:10:5: `Severity` is empty; set a value or remove it
    10 |     Severity:
       |     ^^^^^^^^

    alarms.yaml:10:5: `Severity` is empty; set a value or remove it
    10 |     Severity: ~
       |     ^^^^^^^^
    "#);
    assert_snapshot!(property_errors(&["Statistic: sum", "Severity: Urgent", "TreatMissingData: ignored", "Unit: count"]), @r"
    alarms.yaml:10:16: `Statistic`: expected SampleCount, Average, Sum, Minimum or Maximum, found `sum`; did you mean `Sum`?
    10 |     Statistic: sum
       |                ^^^

    alarms.yaml:10:15: `Severity`: expected INFORMATIONAL, LOW, MEDIUM, HIGH or CRITICAL, found `Urgent`
    10 |     Severity: Urgent
       |               ^^^^^^

    alarms.yaml:10:23: `TreatMissingData`: expected breaching, notBreaching, ignore or missing, found `ignored`; did you mean `ignore`?
    10 |     TreatMissingData: ignored
       |                       ^^^^^^^

    alarms.yaml:10:11: `Unit`: expected a unit of CloudWatch such as Count, found `count`; did you mean `Count`?
    10 |     Unit: count
       |           ^^^^^
    ");
    assert_snapshot!(property_errors(&["ActionsEnabled: yes", "AlarmActions: arn", "AlarmName: [a]", "GroupBy: [[$.a]]", "Tests: [a]"]), @r"
    alarms.yaml:10:21: `ActionsEnabled`: expected true or false, found `yes`
    10 |     ActionsEnabled: yes
       |                     ^^^

    alarms.yaml:10:19: `AlarmActions`: expected a list, found `arn`
    10 |     AlarmActions: arn
       |                   ^^^

    alarms.yaml:2:16: `AlarmName`: expected a text, found a list
    2 |   - AlarmName: [a]
      |                ^

    alarms.yaml:10:15: `GroupBy`: expected a text, found a list
    10 |     GroupBy: [[$.a]]
       |               ^

    alarms.yaml:10:13: expected the properties of the test, found `a`
    10 |     Tests: [a]
       |             ^
    ");
    assert_snapshot!(property_errors(&["MetricNamespace: A\nNamespace: B", "MetricValue: one"]), @r"
    alarms.yaml:10:16: `Namespace` is `B`, but `MetricNamespace` is `A`; an alarm has one metric
    10 |     Namespace: B
       |                ^

    alarms.yaml:10:18: `MetricValue`: expected a number, or a selector such as $.size, found `one`
    10 |     MetricValue: one
       |                  ^^^
    ");
    assert_snapshot!(errors(&(alarm("") + "    Threshold: 2\n")), @r"
    alarms.yaml:10:5: `Threshold` is given twice
    10 |     Threshold: 2
       |     ^^^^^^^^^
    ");
    assert_snapshot!(property_errors(&["Exclude:\n  - Pattern: '{ $.a = 1 }'\n    Expires: soon\n    Because: x", "Tests:\n  - Record: [1]\n    Match: 1"]), @r"
    alarms.yaml:11:9: the exclusion has no `Reason`
    11 |       - Pattern: '{ $.a = 1 }'
       |         ^^^^^^^

    alarms.yaml:11:9: the exclusion has no `Owner`
    11 |       - Pattern: '{ $.a = 1 }'
       |         ^^^^^^^

    alarms.yaml:12:18: `Expires`: expected a date such as 2027-01-31, or `never`, found `soon`
    12 |         Expires: soon
       |                  ^^^^

    alarms.yaml:13:9: unknown property `Because`
    13 |         Because: x
       |         ^^^^^^^

    alarms.yaml:11:17: `Record`: expected the path of a file, or a record as a mapping, found a list
    11 |       - Record: [1]
       |                 ^

    alarms.yaml:12:16: `Match`: expected true or false, found `1`
    12 |         Match: 1
       |                ^
    ");
}

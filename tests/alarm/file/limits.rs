//! Limits of CloudWatch and of this project.

use insta::assert_snapshot;

use super::{definition, property_errors};

#[test]
fn limits_are_those_of_cloudwatch() {
    for lines in [
        "Period: 10",
        "Period: 20",
        "Period: 30\nEvaluationPeriods: 2880",
        "Period: 3540\nEvaluationPeriods: 24",
        "Period: 3600\nEvaluationPeriods: 168\nDatapointsToAlarm: 168",
        "Period: 604800\nEvaluationWindow: WallClock",
        "Threshold: 1999",
        "Threshold: 2000\nComparisonOperator: GreaterThanOrEqualToThreshold",
        "Threshold: 9999\nMetricValue: 10",
        "Threshold: 9999\nMetricValue: $.bytes",
        "Threshold: 9999\nStatistic: Maximum",
        "Threshold: 9999\nComparisonOperator: LessThanThreshold",
        "GroupBy: [$.a]\nMaxNotificationsPerHour: 1",
        "GroupBy: [$.a]\nMaxNotificationsPerHour: '1000'",
    ] {
        definition(lines);
    }
}

#[test]
fn values_beyond_the_limits_are_reported() {
    assert_snapshot!(property_errors(&["Period: 45", "Period: 0", "Period: ten", "Period: 90.5"]), @r"
    alarms.yaml:6:13: `Period`: expected 10, 20, 30 or a multiple of 60 seconds, found `45`
    6 |     Period: 45
      |             ^^

    alarms.yaml:6:13: `Period`: expected a whole number of at least 1, found `0`
    6 |     Period: 0
      |             ^

    alarms.yaml:6:13: `Period`: expected a whole number of at least 1, found `ten`
    6 |     Period: ten
      |             ^^^

    alarms.yaml:6:13: `Period`: expected a whole number of at least 1, found `90.5`
    6 |     Period: 90.5
      |             ^^^^
    ");
    assert_snapshot!(property_errors(&["Period: 30\nEvaluationPeriods: 2881", "Period: 3600\nEvaluationPeriods: 169"]), @r"
    alarms.yaml:7:24: `EvaluationPeriods` 2881 times `Period` 30 is 86430 s; CloudWatch looks back at most 86400 s, a day, for periods below an hour
    7 |     EvaluationPeriods: 2881
      |                        ^^^^

    alarms.yaml:7:24: `EvaluationPeriods` 169 times `Period` 3600 is 608400 s; CloudWatch looks back at most 604800 s, seven days
    7 |     EvaluationPeriods: 169
      |                        ^^^
    ");
    assert_snapshot!(property_errors(&["EvaluationPeriods: 2\nDatapointsToAlarm: 3", "DatapointsToAlarm: 0"]), @r"
    alarms.yaml:10:24: `DatapointsToAlarm` (3) must not exceed `EvaluationPeriods` (2)
    10 |     DatapointsToAlarm: 3
       |                        ^

    alarms.yaml:10:24: `DatapointsToAlarm`: expected a whole number of at least 1, found `0`
    10 |     DatapointsToAlarm: 0
       |                        ^
    ");
    assert_snapshot!(property_errors(&["Period: 120\nEvaluationWindow: WallClock", "EvaluationWindow: Wallclock"]), @r"
    alarms.yaml:6:13: `Period` 120 does not go with `EvaluationWindow` WallClock, which needs 60, 300, 3600, 86400 or 604800
    6 |     Period: 120
      |             ^^^

    alarms.yaml:10:23: `EvaluationWindow`: expected Sliding or WallClock, found `Wallclock`; did you mean `WallClock`?
    10 |     EvaluationWindow: Wallclock
       |                       ^^^^^^^^^
    ");
    assert_snapshot!(property_errors(&["Threshold: .inf", "Threshold: 1e999", "Threshold: NaN", "Threshold: one"]), @r"
    alarms.yaml:8:16: `Threshold`: expected a number, found `.inf`
    8 |     Threshold: .inf
      |                ^^^^

    alarms.yaml:8:16: `Threshold`: expected a number, found `1e999`
    8 |     Threshold: 1e999
      |                ^^^^^

    alarms.yaml:8:16: `Threshold`: expected a number, found `NaN`
    8 |     Threshold: NaN
      |                ^^^

    alarms.yaml:8:16: `Threshold`: expected a number, found `one`
    8 |     Threshold: one
      |                ^^^
    ");
    assert_snapshot!(property_errors(&["Threshold: 24000", "Threshold: 24000\nStatistic: SampleCount\nComparisonOperator: LessThanThreshold", "Period: 30\nThreshold: 60000", "MetricValue: 0"]), @r"
    alarms.yaml:8:16: `Threshold` cannot be reached: at most 24000 simultaneous events are counted
    8 |     Threshold: 24000
      |                ^^^^^

    alarms.yaml:8:16: `Threshold` cannot be reached: at most 24000 simultaneous events are counted
    8 |     Threshold: 24000
      |                ^^^^^

    alarms.yaml:8:16: `Threshold` cannot be reached: at most 24000 simultaneous events are counted
    8 |     Threshold: 60000
      |                ^^^^^

    alarms.yaml:8:16: `Threshold` cannot be reached: each event adds 0, so one event has the greatest sum
    8 |     Threshold: 1
      |                ^
    ");
}

#[test]
fn the_limit_of_notifications_is_a_number_and_needs_groups() {
    assert_snapshot!(property_errors(&["GroupBy: [$.a]\nMaxNotificationsPerHour: 0", "GroupBy: [$.a]\nMaxNotificationsPerHour: 1001", "MaxNotificationsPerHour: 5"]), @r"
    alarms.yaml:11:30: `MaxNotificationsPerHour`: expected a whole number of at least 1, found `0`
    11 |     MaxNotificationsPerHour: 0
       |                              ^

    alarms.yaml:11:30: `MaxNotificationsPerHour`: expected a number from 1 to 1000, found `1001`
    11 |     MaxNotificationsPerHour: 1001
       |                              ^^^^

    alarms.yaml:10:30: `MaxNotificationsPerHour` limits the notifications of groups, and the alarm has no `GroupBy`; leave it out
    10 |     MaxNotificationsPerHour: 5
       |                              ^
    ");
}

#[test]
fn texts_and_lists_that_are_too_long_and_durations_out_of_range_are_reported() {
    assert_snapshot!(property_errors(&["AlarmName: ''", "AlarmName: \"a\\nb\"", "MetricNamespace: ':App'"]), @r#"
    alarms.yaml:2:16: `AlarmName`: expected 1 to 255 characters, found 0
    2 |   - AlarmName: ''
      |                ^^

    alarms.yaml:2:16: `AlarmName`: expected a name without control characters, found `a b`
    2 |   - AlarmName: "a\nb"
      |                ^^^^^^

    alarms.yaml:4:22: `MetricNamespace`: expected a name without a colon in front, found `:App`
    4 |     MetricNamespace: ':App'
      |                      ^^^^^^
    "#);
    let (long_name, long_text) = (
        format!("AlarmName: {}", "n".repeat(256)),
        format!("AlarmDescription: {}", "é".repeat(1025)),
    );
    assert_snapshot!(property_errors(&[&long_name, &long_text]), @r"
    alarms.yaml:2:16: `AlarmName`: expected 1 to 255 characters, found 256
    2 |   - AlarmName: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...
      |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    alarms.yaml:10:23: `AlarmDescription`: expected at most 1024 characters, found 1025
    10 |     AlarmDescription: éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé...
       |                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(property_errors(&["AlarmActions: [a, b, c, d, e, f]", "OKActions: ['']"]), @r"
    alarms.yaml:10:19: `AlarmActions`: expected at most 5 actions, found 6
    10 |     AlarmActions: [a, b, c, d, e, f]
       |                   ^

    alarms.yaml:10:17: `OKActions`: expected 1 to 1024 characters, found 0
    10 |     OKActions: ['']
       |                 ^^
    ");
    assert_snapshot!(property_errors(&["RenotifyAfter: 59s", "AllowedLateness: -1s", "AllowedLateness: 5", "RenotifyAfter: 2mo"]), @r"
    alarms.yaml:10:20: `RenotifyAfter`: expected a duration from 1m to 8760h, found `59s`
    10 |     RenotifyAfter: 59s
       |                    ^^^

    alarms.yaml:10:22: `AllowedLateness`: expected a duration from 0s to 168h, found `-1s`
    10 |     AllowedLateness: -1s
       |                      ^^^

    alarms.yaml:10:22: `AllowedLateness`: expected a duration such as 90s, 5m or 1h, found `5`
    10 |     AllowedLateness: 5
       |                      ^

    alarms.yaml:10:20: `RenotifyAfter`: expected a duration such as 90s, 5m or 1h, found `2mo`
    10 |     RenotifyAfter: 2mo
       |                    ^^^
    ");
}

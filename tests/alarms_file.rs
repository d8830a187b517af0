//! What an alarms file says, and what it is told when it is wrong.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use cloudtrail_alarms::alarm::definition::{
    AlarmDefinition, ComparisonOperator, EvaluationWindow, Exclusion, MetricValue, RecordSource,
    RecordTest, Settings, Severity, Statistic, TimeSource, TreatMissingData,
};
use cloudtrail_alarms::alarm::file::properties::settings_from_properties;
use cloudtrail_alarms::alarm::file::{
    AlarmsFile, AlarmsFileError, ParameterDeclaration, ParameterType, Position, load,
};
use cloudwatch_filter_pattern::record::Selector;
use insta::assert_snapshot;
use jiff::SignedDuration;
use jiff::civil::date;
use proptest::prelude::*;

/// The properties that an alarm must have, a line each.
const NEEDED: [&str; 8] = [
    "AlarmName: Errors",
    "FilterPattern: '{ $.errorCode = \"*\" }'",
    "MetricNamespace: App",
    "MetricName: Errors",
    "Period: 60",
    "EvaluationPeriods: 1",
    "Threshold: 1",
    "ComparisonOperator: GreaterThanThreshold",
];

/// A file with one alarm: the needed properties, those of `lines` instead of them or besides. `-Key` leaves one out.
fn alarm(lines: &str) -> String {
    let key = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
    let mut properties: Vec<String> = NEEDED.map(str::to_owned).to_vec();
    let mut rest = lines.lines().peekable();
    while let Some(first) = rest.next() {
        // What is indented belongs to the property above it.
        let mut property = first.to_owned();
        while let Some(more) =
            rest.next_if(|line| line.starts_with([' ', '-']) && line.contains(' '))
        {
            property = format!("{property}\n    {more}");
        }
        let wanted = key(first.trim_start_matches('-'));
        match properties.iter().position(|line| key(line) == wanted) {
            Some(place) if first.starts_with('-') => drop(properties.remove(place)),
            Some(place) => properties[place] = property,
            None => properties.push(property),
        }
    }
    format!("Alarms:\n  - {}\n", properties.join("\n    "))
}

/// The values of the parameters that the tests declare.
fn value(parameter: &ParameterDeclaration) -> Option<String> {
    let values = BTreeMap::from([
        (
            "RoleArn",
            "arn:aws:iam::111122223333:role/a, arn:aws:iam::111122223333:role/b",
        ),
        ("Seconds", "30"),
        ("Team", "payments"),
        ("Nothing", " "),
        ("Wrong", "ten"),
    ]);
    values
        .get(parameter.name.as_str())
        .map(|value| (*value).to_owned())
}

fn load_all(files: &[(&str, &str)]) -> Result<AlarmsFile, AlarmsFileError> {
    let read = |path: &Path| {
        let file = files.iter().find(|(name, _)| Path::new(name) == path);
        file.map(|(_, text)| (*text).to_owned())
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    load(Path::new(files[0].0), &read, &value)
}

fn load_text(text: &str) -> Result<AlarmsFile, AlarmsFileError> {
    load_all(&[("alarms.yaml", text)])
}

/// The one alarm of a file with these properties besides the needed ones.
#[track_caller]
fn definition(lines: &str) -> AlarmDefinition {
    match load_text(&alarm(lines)) {
        Ok(mut file) => file.alarms.remove(0),
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn errors(text: &str) -> String {
    load_text(text).expect_err("the file is wrong").to_string()
}

/// What is said about alarms with these properties, one after the other.
#[track_caller]
fn property_errors(cases: &[&str]) -> String {
    let errors: Vec<String> = cases.iter().map(|lines| errors(&alarm(lines))).collect();
    errors.join("\n\n")
}

fn position(path: &str, line: usize, column: usize) -> Position {
    Position {
        path: path.into(),
        line,
        column,
    }
}

#[test]
fn an_alarm_with_only_what_is_needed_has_the_defaults_of_cloudwatch() {
    let expected = AlarmDefinition {
        name: "Errors".to_owned(),
        description: String::new(),
        pattern: "{ $.errorCode = \"*\" }".parse().unwrap(),
        namespace: "App".to_owned(),
        metric_name: "Errors".to_owned(),
        metric_value: MetricValue::Constant(1.0),
        default_value: None,
        unit: None,
        statistic: Statistic::Sum,
        settings: Settings {
            period: 60,
            evaluation_periods: 1,
            datapoints_to_alarm: None,
            threshold: 1.0,
            comparison_operator: ComparisonOperator::GreaterThanThreshold,
            treat_missing_data: TreatMissingData::Missing,
        },
        evaluation_window: EvaluationWindow::Sliding,
        actions_enabled: true,
        alarm_actions: None,
        ok_actions: Vec::new(),
        insufficient_data_actions: Vec::new(),
        severity: None,
        runbook: None,
        group_by: Vec::new(),
        count_distinct: None,
        time_source: TimeSource::LogTimestamp,
        allowed_lateness: SignedDuration::from_mins(5),
        renotify_after: None,
        exclude: Vec::new(),
        tests: Vec::new(),
    };
    assert_eq!(definition(""), expected);
}

const EVERY_PROPERTY: &str = r#"
Alarms:
  - AlarmName: Errors
    AlarmDescription: Calls fail.
    FilterName: from-a-pasted-filter
    FilterPattern: '{ $.errorCode = "*" }'
    MetricNamespace: App
    Namespace: App
    MetricName: Errors
    MetricValue: $.additionalEventData.bytesTransferredOut
    DefaultValue: "0"
    Unit: Bytes
    Statistic: Sum
    Period: "3600"
    EvaluationPeriods: 24
    DatapointsToAlarm: '2'
    Threshold: -1.5e3
    ComparisonOperator: LessThanOrEqualToThreshold
    TreatMissingData: notBreaching
    EvaluationWindow: WallClock
    ActionsEnabled: "false"
    AlarmActions: [arn:aws:sns:eu-central-1:111122223333:alarms]
    OKActions: []
    InsufficientDataActions: ["arn:aws:sns:eu-central-1:111122223333:quiet"]
    Severity: CRITICAL
    Runbook: https://example.com/runbook
    GroupBy: [$.recipientAccountId, '$.userIdentity.arn']
    TimeSource: EventTime
    RenotifyAfter: 1d
    Tags: [{Key: team, Value: payments}]
    Exclude:
      - Pattern: '{ $.userAgent = "scanner" }'
        Reason: the scanner tries everything
        Owner: security@example.com
        Expires: 2027-01-31
    Tests:
      - Name: a failure
        Record: records/failure.json
        Match: true
      - Record: records/../success.json
        Match: false
      - Record: {errorCode: 'AccessDenied', recipientAccountId: 012345678901, n: [1, -2.5, true, null, ~, "7"]}
        Match: true
"#;

#[test]
fn every_property_has_its_place() {
    let file = load_all(&[("folder/alarms.yaml", EVERY_PROPERTY)]).unwrap();
    let expected = AlarmDefinition {
        name: "Errors".to_owned(),
        description: "Calls fail.".to_owned(),
        pattern: "{ $.errorCode = \"*\" }".parse().unwrap(),
        namespace: "App".to_owned(),
        metric_name: "Errors".to_owned(),
        metric_value: MetricValue::Field(Selector::of_members(&["additionalEventData", "bytesTransferredOut"])),
        default_value: Some(0.0),
        unit: Some("Bytes".to_owned()),
        statistic: Statistic::Sum,
        settings: Settings {
            period: 3600,
            evaluation_periods: 24,
            datapoints_to_alarm: Some(2),
            threshold: -1500.0,
            comparison_operator: ComparisonOperator::LessThanOrEqualToThreshold,
            treat_missing_data: TreatMissingData::NotBreaching,
        },
        evaluation_window: EvaluationWindow::WallClock,
        actions_enabled: false,
        alarm_actions: Some(vec!["arn:aws:sns:eu-central-1:111122223333:alarms".to_owned()]),
        ok_actions: Vec::new(),
        insufficient_data_actions: vec!["arn:aws:sns:eu-central-1:111122223333:quiet".to_owned()],
        severity: Some(Severity::Critical),
        runbook: Some("https://example.com/runbook".to_owned()),
        group_by: vec![Selector::of_members(&["recipientAccountId"]), Selector::of_members(&["userIdentity", "arn"])],
        count_distinct: None,
        time_source: TimeSource::EventTime,
        allowed_lateness: SignedDuration::from_mins(30),
        renotify_after: Some(SignedDuration::from_hours(24)),
        exclude: vec![Exclusion {
            pattern: "{ $.userAgent = \"scanner\" }".parse().unwrap(),
            reason: "the scanner tries everything".to_owned(),
            owner: "security@example.com".to_owned(),
            expires: date(2027, 1, 31),
        }],
        tests: vec![
            RecordTest {
                name: "a failure".to_owned(),
                record: RecordSource::File("folder/records/failure.json".into()),
                matches: true,
            },
            RecordTest {
                name: "records/../success.json".to_owned(),
                record: RecordSource::File("folder/records/../success.json".into()),
                matches: false,
            },
            RecordTest {
                name: "test 3".to_owned(),
                record: RecordSource::Inline(
                    r#"{"errorCode":"AccessDenied","n":[1,-2.5,true,null,null,"7"],"recipientAccountId":"012345678901"}"#
                        .to_owned(),
                ),
                matches: true,
            },
        ],
    };
    assert_eq!(file.alarms, [expected]);
    assert_eq!(
        file.locations[0].name,
        position("folder/alarms.yaml", 3, 16)
    );
    assert_eq!(
        file.locations[0].pattern,
        position("folder/alarms.yaml", 6, 21)
    );
}

#[test]
fn values_are_read_in_each_way_that_yaml_and_cloudformation_write_them() {
    for (lines, description) in [
        ("AlarmDescription: plain", "plain"),
        ("AlarmDescription: 'it''s'", "it's"),
        ("AlarmDescription: \"a\\tb\"", "a\tb"),
        ("AlarmDescription: >-\n  two\n  lines", "two lines"),
        ("AlarmDescription: !Sub text", "text"),
        ("AlarmDescription: !!str 10", "10"),
        ("AlarmDescription: 0x10", "0x10"),
        ("AlarmDescription: ''", ""),
    ] {
        assert_eq!(definition(lines).description, description, "{lines}");
    }
    for (lines, lateness) in [
        ("AllowedLateness: 90s", SignedDuration::from_secs(90)),
        ("AllowedLateness: 5m", SignedDuration::from_mins(5)),
        ("AllowedLateness: 1h 30m", SignedDuration::from_mins(90)),
        ("AllowedLateness: 7d", SignedDuration::from_hours(168)),
        ("AllowedLateness: 0s", SignedDuration::ZERO),
    ] {
        assert_eq!(definition(lines).allowed_lateness, lateness, "{lines}");
    }
    assert_eq!(
        definition("-MetricNamespace\nNamespace: App").namespace,
        "App"
    );
    assert_eq!(
        definition("MetricValue: '2.5'").metric_value,
        MetricValue::Constant(2.5)
    );
    assert_eq!(
        definition("CountDistinct: $.sourceIPAddress").count_distinct,
        Some(Selector::of_members(&["sourceIPAddress"]))
    );
}

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
    ] {
        definition(lines);
    }
}

#[test]
fn what_is_beyond_the_limits_is_told() {
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
    alarms.yaml:10:24: `DatapointsToAlarm` is 3, more than the 2 of `EvaluationPeriods`
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
    alarms.yaml:8:16: `Threshold` is out of reach: of events that come at once at most 24000 are counted
    8 |     Threshold: 24000
      |                ^^^^^

    alarms.yaml:8:16: `Threshold` is out of reach: of events that come at once at most 24000 are counted
    8 |     Threshold: 24000
      |                ^^^^^

    alarms.yaml:8:16: `Threshold` is out of reach: of events that come at once at most 24000 are counted
    8 |     Threshold: 60000
      |                ^^^^^

    alarms.yaml:8:16: `Threshold` is out of reach: each event adds 0, so that one gives the greatest sum there is
    8 |     Threshold: 1
      |                ^
    ");
}

#[test]
fn texts_and_lists_that_are_too_long_and_durations_out_of_range_are_told() {
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

#[test]
fn what_there_is_not_is_refused_with_what_to_do_instead() {
    assert_snapshot!(property_errors(&["Metrics: []", "ThresholdMetricId: ad1", "ExtendedStatistic: p99", "EvaluateLowSampleCountPercentile: ignore", "Dimensions: []"]), @r"
    alarms.yaml:10:5: `Metrics` is not supported: there is no metric math; an alarm watches the one metric that its `FilterPattern` makes, so write one alarm for each
    10 |     Metrics: []
       |     ^^^^^^^

    alarms.yaml:10:5: `ThresholdMetricId` is not supported: there are no anomaly bands; give a number as `Threshold`
    10 |     ThresholdMetricId: ad1
       |     ^^^^^^^^^^^^^^^^^

    alarms.yaml:10:5: `ExtendedStatistic` is not supported: there are no percentiles; choose SampleCount, Average, Sum, Minimum or Maximum as `Statistic`
    10 |     ExtendedStatistic: p99
       |     ^^^^^^^^^^^^^^^^^

    alarms.yaml:10:5: `EvaluateLowSampleCountPercentile` is not supported: there are no percentiles; leave it out
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

    alarms.yaml:10:5: `LogGroupName` is not supported: the function's subscription says which log group is read; leave it out
    10 |     LogGroupName: trail
       |     ^^^^^^^^^^^^

    alarms.yaml:10:5: `ApplyOnTransformedLogs` is not supported: log transformers and system fields do not reach a subscribed function; leave it out
    10 |     ApplyOnTransformedLogs: true
       |     ^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(property_errors(&["Statistic: p99.9", "Statistic: TM(10%:90%)", "ComparisonOperator: GreaterThanUpperThreshold"]), @r"
    alarms.yaml:10:16: `Statistic` `p99.9` is not supported: there are no percentiles; choose SampleCount, Average, Sum, Minimum or Maximum
    10 |     Statistic: p99.9
       |                ^^^^^

    alarms.yaml:10:16: `Statistic` `TM(10%:90%)` is not supported: there are no percentiles; choose SampleCount, Average, Sum, Minimum or Maximum
    10 |     Statistic: TM(10%:90%)
       |                ^^^^^^^^^^^

    alarms.yaml:9:25: `ComparisonOperator` `GreaterThanUpperThreshold` is not supported: there are no anomaly bands; compare with a number, as GreaterThanThreshold does
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
    alarms.yaml:1:1: `AWSTemplateFormatVersion` is not supported: this is a template; `cloudtrail-alarms import` makes an alarms file of it
    1 | AWSTemplateFormatVersion: 2010-09-09
      | ^^^^^^^^^^^^^^^^^^^^^^^^

    alarms.yaml:2:1: `Resources` is not supported: this is a template; `cloudtrail-alarms import` makes an alarms file of it
    2 | Resources: {}
      | ^^^^^^^^^
    ");
}

#[test]
fn a_property_of_another_name_or_kind_is_told() {
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

    alarms.yaml:10:5: `Severity` has no value; give it one, or leave it out
    10 |     Severity:
       |     ^^^^^^^^

    alarms.yaml:10:5: `Severity` has no value; give it one, or leave it out
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

    alarms.yaml:12:18: `Expires`: expected a date such as 2027-01-31, found `soon`
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

#[test]
fn a_fault_in_a_pattern_is_shown_at_its_character() {
    assert_snapshot!(property_errors(&[r"FilterPattern: '{ $.errorCode == 1 }'", r#"FilterPattern: "{ $.é == 1 }""#, "FilterPattern: x {", "FilterPattern: >-\n  { $.errorCode == 1 }"]), @r#"
    alarms.yaml:3:36: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
    3 |     FilterPattern: '{ $.errorCode == 1 }'
      |                                    ^

    alarms.yaml:3:28: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
    3 |     FilterPattern: "{ $.é == 1 }"
      |                            ^

    alarms.yaml:3:22: expected quotes around a term with such a character, found `{` (CloudWatch: Invalid character(s) in term '{')
    3 |     FilterPattern: x {
      |                      ^

    alarms.yaml:4:22: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
    4 |       { $.errorCode == 1 }
      |                      ^
    "#);
    assert_snapshot!(property_errors(&["GroupBy: [errorCode, $.b]", "MetricValue: $.a..b"]), @r"
    alarms.yaml:10:15: expected a selector such as `$.eventName`, found `errorCode` (CloudWatch: Invalid metric filter pattern)
    10 |     GroupBy: [errorCode, $.b]
       |               ^^^^^^^^^

    alarms.yaml:10:22: expected a name, `*` or `['` after `.`, found `..` (CloudWatch: Invalid character(s) in term '..')
    10 |     MetricValue: $.a..b
       |                      ^
    ");
}

#[test]
fn a_fault_in_a_pattern_that_is_not_there_letter_for_letter_is_shown_in_the_pattern() {
    assert_snapshot!(property_errors(&[r#"FilterPattern: "{ $.errorCode == \"*\" }""#, "FilterPattern: |\n  { $.errorCode = 1 &&\n  $.errorCode == 2 }", "FilterPattern: '{ $.a = ''b'' }'"]), @r#"
    alarms.yaml:3:20: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
    3 |     FilterPattern: "{ $.errorCode == \"*\" }"
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^
      { $.errorCode == "*" }
                     ^

    alarms.yaml:4:7: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
    4 |       { $.errorCode = 1 &&
      |       ^^^^^^^^^^^^^^^^^^^^
      $.errorCode == 2 }
                   ^

    alarms.yaml:3:20: expected quotes around a value with such a character, found `'` (CloudWatch: Invalid character(s) in term ''')
    3 |     FilterPattern: '{ $.a = ''b'' }'
      |                    ^^^^^^^^^^^^^^^^^
      { $.a = 'b' }
              ^
    "#);
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_files() {
    let root = "Include: [more.yaml]\nAlarms:\n  - AlarmName: A\n    Period: 7\n    Colour: red\n";
    let more = "Alarms:\n  - AlarmName: B\n    Period: 8\n    EvaluationPeriods: x\n";
    let error = load_all(&[("alarms.yaml", root), ("more.yaml", more)]).unwrap_err();
    let told: Vec<String> = error
        .diagnostics()
        .iter()
        .map(|diagnostic| format!("{}: {}", diagnostic.position(), diagnostic.message()))
        .collect();
    assert_snapshot!(told.join("\n"), @r"
    alarms.yaml:3:5: the alarm has no `FilterPattern`
    alarms.yaml:3:5: the alarm has no `MetricNamespace`
    alarms.yaml:3:5: the alarm has no `MetricName`
    alarms.yaml:3:5: the alarm has no `EvaluationPeriods`
    alarms.yaml:3:5: the alarm has no `Threshold`
    alarms.yaml:3:5: the alarm has no `ComparisonOperator`
    alarms.yaml:4:13: `Period`: expected 10, 20, 30 or a multiple of 60 seconds, found `7`
    alarms.yaml:5:5: unknown property `Colour`
    more.yaml:2:5: the alarm has no `FilterPattern`
    more.yaml:2:5: the alarm has no `MetricNamespace`
    more.yaml:2:5: the alarm has no `MetricName`
    more.yaml:2:5: the alarm has no `Threshold`
    more.yaml:2:5: the alarm has no `ComparisonOperator`
    more.yaml:3:13: `Period`: expected 10, 20, 30 or a multiple of 60 seconds, found `8`
    more.yaml:4:24: `EvaluationPeriods`: expected a whole number of at least 1, found `x`
    ");
}

#[test]
fn what_is_not_yaml_is_told_at_its_place() {
    assert_snapshot!(errors("Alarms:\n  - AlarmName: 'a\n"), @r"
    alarms.yaml:3:1: not YAML: invalid indentation in multiline quoted scalar
    3 |
      | ^
    ");
    assert_snapshot!(errors("Alarms: [\nx: y: z\n"), @r"
    alarms.yaml:2:5: not YAML: while parsing a flow mapping, did not find expected ',' or '}'
    2 | x: y: z
      |     ^
    ");
    assert_snapshot!(errors("Alarms:\n\t- a\n"), @r"
    alarms.yaml:2:2: not YAML: tabs disallowed within this context (block indentation)
    2 |  - a
      |  ^
    ");
    assert_snapshot!(errors("Alarms: []\n---\nAlarms: []\n"), @r"
    alarms.yaml:2:1: expected the end of the file, found a second document
    2 | ---
      | ^^^
    ");
    assert_snapshot!(errors("Alarms: &a []\nInclude: *a\n? [x]\n: y\n"), @r"
    alarms.yaml:2:10: aliases are not supported, as in CloudFormation; write the value out
    2 | Include: *a
      |          ^^

    alarms.yaml:3:3: expected a name as key, found a list
    3 | ? [x]
      |   ^
    ");
    assert_snapshot!(property_errors(&["AlarmDescription: !GetAtt Topic.Arn", "OKActions: !Join [',', []]"]), @r"
    alarms.yaml:10:23: `!GetAtt` is not supported here; write the value, or a parameter as `${Name}`
    10 |     AlarmDescription: !GetAtt Topic.Arn
       |                       ^^^^^^^

    alarms.yaml:10:16: `!Join` is not supported here; write the value, or a parameter as `${Name}`
    10 |     OKActions: !Join [',', []]
       |                ^^^^^
    ");
}

#[test]
fn what_is_nested_deeply_does_not_exhaust_the_stack() {
    let message = |blocks, flows| {
        let text = "- ".repeat(blocks) + &"[".repeat(flows) + &"]".repeat(flows);
        load_text(&text).unwrap_err().diagnostics()[0]
            .message()
            .to_owned()
    };
    let found = "expected the properties of an alarms file, found a list";
    assert_eq!(message(64, 64), found);
    let refused = "not YAML: recursion limit exceeded";
    assert_eq!(message(65, 0), refused);
    assert_eq!(message(64, 65), refused);
    assert_eq!(message(10_000, 10_000), refused);
}

#[test]
fn a_file_that_says_nothing_is_told_so() {
    assert_snapshot!(errors(""), @r"
    alarms.yaml:1:1: there is no alarm in the file
    1 |
      | ^
    ");
    assert_snapshot!(errors("Alarms: []\n"), @r"
    alarms.yaml:1:1: there is no alarm in the file
    1 | Alarms: []
      | ^
    ");
    assert_snapshot!(errors("Alarms:\n  # all commented out\n"), @r"
    alarms.yaml:1:1: `Alarms` has no value; give it one, or leave it out
    1 | Alarms:
      | ^^^^^^
    ");
    assert_snapshot!(errors("- AlarmName: x\n"), @r"
    alarms.yaml:1:3: expected the properties of an alarms file, found a list
    1 | - AlarmName: x
      |   ^^^^^^^^^
    ");
    assert_snapshot!(load_all(&[("alarms.yaml", "Alarm: []")]).unwrap_err().to_string(), @r"
    alarms.yaml:1:1: unknown property `Alarm`; did you mean `Alarms`?
    1 | Alarm: []
      | ^^^^^
    ");
    let nowhere = load(
        Path::new("no/alarms.yaml"),
        &|_| Err(io::Error::other("disk on fire")),
        &value,
    );
    assert_snapshot!(nowhere.unwrap_err().to_string(), @r"
    no/alarms.yaml:1:1: cannot read the file: disk on fire
    ");
}

const PARAMETERS: &str = "Parameters:
  RoleArn: {Type: CommaDelimitedList, Description: Roles, Example: 'arn:aws:iam::444455556666:role/x'}
  Seconds: {Type: Number, Default: 10}
  Team: {Type: String}
  Limit: {Type: Number, Default: 3}
  Nothing: {Type: String, Default: fallback}
  NotGiven: {Type: CommaDelimitedList}
";

fn with_parameters(lines: &str) -> String {
    PARAMETERS.to_owned() + &alarm(lines)
}

#[test]
fn parameters_get_their_values() {
    let text = with_parameters(
        "AlarmName: ${Team}-errors-${!Team}\n\
         FilterPattern: '{ $.arn = \"${RoleArn}\" }'\n\
         Period: ${Seconds}\n\
         Threshold: !Ref Limit\n\
         Runbook: !Sub \"https://example.com/${Team}/${Nothing}\"\n\
         AlarmActions: ${RoleArn}\n\
         OKActions: ['x-${Team}']\n\
         AlarmDescription: 'not $Team, not ${'",
    );
    let file = load_text(&text).unwrap();
    let alarm = &file.alarms[0];
    let [a, b] = [
        "arn:aws:iam::111122223333:role/a",
        "arn:aws:iam::111122223333:role/b",
    ];
    assert_eq!(alarm.name, "payments-errors-${Team}");
    assert_eq!(
        alarm.pattern,
        format!("{{ $.arn = {a:?} || $.arn = {b:?} }}")
            .parse()
            .unwrap()
    );
    assert_eq!((alarm.settings.period, alarm.settings.threshold), (30, 3.0));
    assert_eq!(
        alarm.runbook.as_deref(),
        Some("https://example.com/payments/fallback")
    );
    assert_eq!(alarm.alarm_actions, Some(vec![a.to_owned(), b.to_owned()]));
    assert_eq!(alarm.ok_actions, ["x-payments"]);
    assert_eq!(alarm.description, "not $Team, not ${");

    let declared = &file.parameters[0];
    assert_eq!(
        *declared,
        ParameterDeclaration {
            name: "RoleArn".to_owned(),
            kind: ParameterType::CommaDelimitedList,
            description: Some("Roles".to_owned()),
            example: Some("arn:aws:iam::444455556666:role/x".to_owned()),
            default: None,
            position: position("alarms.yaml", 2, 3),
        }
    );
    assert_eq!(declared.variable_name(), "ROLE_ARN");
    assert_eq!(file.parameters[1].default.as_deref(), Some("10"));
    assert_eq!(file.parameters.len(), 6);
}

#[test]
fn a_parameter_without_a_value_or_declaration_is_told_where_it_is_needed() {
    assert_snapshot!(errors(&with_parameters("FilterPattern: '{ $.arn = \"${NotGiven}\" && $.b != \"${NotGiven}\" }'\nRunbook: ${NotGiven}")), @r#"
    alarms.yaml:10:32: alarm `Errors` needs parameter `NotGiven`, which has no value; set the environment variable NOT_GIVEN
    10 |     FilterPattern: '{ $.arn = "${NotGiven}" && $.b != "${NotGiven}" }'
       |                                ^^^^^^^^^^^
    "#);
    assert_snapshot!(errors(&with_parameters("FilterPattern: '{ $.arn = \"${RoleArm}\" && $.team = \"${Unheard}\" }'\nPeriod: ${Second}")), @r#"
    alarms.yaml:10:32: parameter `RoleArm` is not declared under `Parameters`; did you mean `RoleArn`?
    10 |     FilterPattern: '{ $.arn = "${RoleArm}" && $.team = "${Unheard}" }'
       |                                ^^^^^^^^^^

    alarms.yaml:10:57: parameter `Unheard` is not declared under `Parameters`
    10 |     FilterPattern: '{ $.arn = "${RoleArm}" && $.team = "${Unheard}" }'
       |                                                         ^^^^^^^^^^

    alarms.yaml:13:13: parameter `Second` is not declared under `Parameters`; did you mean `Seconds`?
    13 |     Period: ${Second}
       |             ^^^^^^^^^
    "#);
    assert_snapshot!(errors(&with_parameters("FilterPattern: '{ $.arn = ${RoleArn} }'")), @r"
    alarms.yaml:10:32: expected quotes around a parameter, found `${` (CloudWatch: Invalid character(s) in term '${')
    10 |     FilterPattern: '{ $.arn = ${RoleArn} }'
       |                                ^
    ");
    assert_snapshot!(errors(&with_parameters("FilterPattern: '\"${RoleArn}\" other'\nThreshold: ${RoleArn}")), @r#"
    alarms.yaml:10:20: the parameter `RoleArn` has several values, which a term that must occur next to others cannot have
    10 |     FilterPattern: '"${RoleArn}" other'
       |                    ^^^^^^^^^^^^^^^^^^^^

    alarms.yaml:15:16: `Threshold`: expected a number, found `arn:aws:iam::111122223333:role/a,arn:aws:iam::111122223333:r...`
    15 |     Threshold: ${RoleArn}
       |                ^^^^^^^^^^
    "#);
    assert_snapshot!(errors(&format!("Parameters: {{Wrong: {{Type: Number}}}}\n{}", alarm("Period: ${Wrong}"))), @r"
    alarms.yaml:1:14: parameter `Wrong` is a Number, but its value is `ten`
    1 | Parameters: {Wrong: {Type: Number}}
      |              ^^^^^
    ");
}

#[test]
fn a_faulty_declaration_is_told() {
    assert_snapshot!(errors("Parameters:\n  A_B: {Type: String}\n  C: {Type: Strin}\n  D: {Default: 1}\n  E: x\n  F: {Type: String, NoEcho: true, Exmple: x}\n"), @r"
    alarms.yaml:2:3: expected the name of a parameter, letters and digits with a letter first, found `A_B`
    2 |   A_B: {Type: String}
      |   ^^^

    alarms.yaml:3:13: `Type`: expected String, Number or CommaDelimitedList, found `Strin`; did you mean `String`?
    3 |   C: {Type: Strin}
      |             ^^^^^

    alarms.yaml:4:6: parameter `D` has no `Type`
    4 |   D: {Default: 1}
      |      ^

    alarms.yaml:5:6: expected the properties of parameter `E`, found `x`
    5 |   E: x
      |      ^

    alarms.yaml:6:21: `NoEcho` is not supported: a parameter here has only `Type`, `Description`, `Example` and `Default`
    6 |   F: {Type: String, NoEcho: true, Exmple: x}
      |                     ^^^^^^

    alarms.yaml:6:35: unknown property `Exmple`; did you mean `Example`?
    6 |   F: {Type: String, NoEcho: true, Exmple: x}
      |                                   ^^^^^^
    ");
    assert_snapshot!(errors("Parameters:\n  KmsKey: {Type: String}\n  KMSKey: {Type: String}\n"), @r"
    alarms.yaml:3:3: parameters `KmsKey` and `KMSKey` would both be read from KMS_KEY
    3 |   KMSKey: {Type: String}
      |   ^^^^^^
    ");
    assert_snapshot!(errors("Parameters: [A]\n"), @r"
    alarms.yaml:1:13: `Parameters`: expected a mapping, found a list
    1 | Parameters: [A]
      |             ^
    ");
}

#[test]
fn files_are_split() {
    let alarm_of = |name: &str| alarm(&format!("AlarmName: {name}"));
    let files = [
        (
            "etc/alarms.yaml",
            format!(
                "Include: [catalogue/one.yaml, ./two.yaml]\nParameters: {{Team: {{Type: String}}}}\n{}",
                alarm_of("root")
            ),
        ),
        (
            "etc/catalogue/one.yaml",
            format!(
                "Include: [../three.yaml]\nParameters: {{Team: {{Type: String, Example: x}}}}\n{}",
                alarm_of("one-${Team}")
            ),
        ),
        (
            "etc/./two.yaml",
            alarm_of("two-${Team}") + "    Tests: [{Record: r.json, Match: true}]\n",
        ),
        ("etc/catalogue/../three.yaml", alarm_of("three")),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let file = load_all(&files).unwrap();
    let names: Vec<&str> = file
        .alarms
        .iter()
        .map(|alarm| alarm.name.as_str())
        .collect();
    assert_eq!(names, ["root", "one-payments", "three", "two-payments"]);
    assert_eq!(
        file.locations[1].name,
        position("etc/catalogue/one.yaml", 4, 16)
    );
    assert_eq!(file.parameters.len(), 1);
    assert_eq!(
        file.alarms[3].tests[0].record,
        RecordSource::File(PathBuf::from("etc/./r.json"))
    );
}

#[test]
fn faults_of_inclusion_are_told() {
    let shown = |files: &[(&str, &str)]| {
        load_all(files)
            .expect_err("the files are wrong")
            .to_string()
    };
    let ok = alarm("");
    assert_snapshot!(shown(&[("a.yaml", "Include: [b.yaml]\n"), ("b.yaml", "Include: [./a.yaml]\n")]), @r"
    b.yaml:1:11: a.yaml would include itself
    1 | Include: [./a.yaml]
      |           ^^^^^^^^
    ");
    assert_snapshot!(shown(&[("a.yaml", "Include: [a.yaml]\n")]), @r"
    a.yaml:1:11: a.yaml would include itself
    1 | Include: [a.yaml]
      |           ^^^^^^
    ");
    assert_snapshot!(shown(&[("a.yaml", "Include:\n  - x/b.yaml\n  - x/../x/b.yaml\n"), ("x/b.yaml", &ok)]), @r"
    a.yaml:3:5: x/b.yaml is already included at a.yaml:2:5
    3 |   - x/../x/b.yaml
      |     ^^^^^^^^^^^^^
    ");
    assert_snapshot!(shown(&[("a.yaml", "Include: [none.yaml, '']\n")]), @r"
    a.yaml:1:22: `Include`: expected 1 to 1024 characters, found 0
    1 | Include: [none.yaml, '']
      |                      ^^
    ");
    assert_snapshot!(shown(&[("a.yaml", "Include: [none.yaml]\n")]), @r"
    a.yaml:1:11: cannot read none.yaml: entity not found
    1 | Include: [none.yaml]
      |           ^^^^^^^^^
    ");
    assert_snapshot!(shown(&[("a.yaml", &format!("Include: [b.yaml]\n{ok}")), ("b.yaml", &ok)]), @r"
    b.yaml:2:16: alarm `Errors` is already defined at a.yaml:3:16
    2 |   - AlarmName: Errors
      |                ^^^^^^
    ");
    assert_snapshot!(shown(&[("a.yaml", "Include: [b.yaml]\nParameters: {X: {Type: String}}\n"), ("b.yaml", "Parameters: {X: {Type: Number}}\n")]), @r"
    b.yaml:1:14: parameter `X` has another `Type` or `Default` at a.yaml:2:14
    1 | Parameters: {X: {Type: Number}}
      |              ^
    ");
}

#[test]
fn the_deployed_file_loads_with_its_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(root.join(path));
    let file = load(Path::new("alarms.yaml"), &read, &|parameter| {
        parameter.example.clone()
    })
    .unwrap();

    let alarm = &file.alarms[0];
    assert_eq!(alarm.name, "Pattern1ApplicationKMSSecurityAlarm");
    assert_eq!(
        alarm.description,
        "KMS API calls made by the application's ECS task role are failing."
    );
    assert_eq!(
        (alarm.namespace.as_str(), alarm.metric_name.as_str()),
        ("Pattern1Application/KMSSecurity", "KMSSecurityError")
    );
    assert_eq!(
        alarm.settings,
        Settings {
            period: 10,
            evaluation_periods: 1,
            datapoints_to_alarm: Some(1),
            threshold: 1.0,
            comparison_operator: ComparisonOperator::GreaterThanThreshold,
            treat_missing_data: TreatMissingData::Ignore,
        }
    );
    assert_eq!(
        (alarm.severity, alarm.renotify_after),
        (Some(Severity::High), Some(SignedDuration::from_hours(1)))
    );
    assert_eq!(alarm.tests.len(), 6);

    let unset = load(Path::new("alarms.yaml"), &read, &|_| None).unwrap_err();
    assert_eq!(
        unset.diagnostics()[0].message(),
        "alarm `Pattern1ApplicationKMSSecurityAlarm` needs parameter `EcsTaskRoleArn`, which has no value; \
         set the environment variable ECS_TASK_ROLE_ARN"
    );
}

#[test]
fn the_settings_of_pasted_properties_are_read() {
    let (settings, window) = settings_from_properties(
        r#"{"AlarmName": "x", "Dimensions": [], "ExtendedStatistic": "p99", "Period": 10, "EvaluationPeriods": "9",
            "Threshold": "2.5", "ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching"}"#,
    )
    .unwrap();
    let expected = Settings {
        period: 10,
        evaluation_periods: 9,
        datapoints_to_alarm: None,
        threshold: 2.5,
        comparison_operator: ComparisonOperator::LessThanThreshold,
        treat_missing_data: TreatMissingData::Breaching,
    };
    assert_eq!((settings, window), (expected, EvaluationWindow::Sliding));
}

#[test]
fn settings_that_cannot_be_evaluated_are_refused() {
    let refused = |properties: &str| {
        let json = format!(
            r#"{{"Threshold": 1, "ComparisonOperator": "LessThanThreshold", {properties}}}"#
        );
        let error: &dyn std::error::Error =
            &settings_from_properties(&json).expect_err("they are refused");
        error
            .source()
            .map_or(error.to_string(), |source| format!("{error}: {source}"))
    };
    let zero = |name: &str| format!("`{name}` must be at least 1");
    assert_eq!(
        refused(r#""Period": 0, "EvaluationPeriods": 1"#),
        zero("Period")
    );
    assert_eq!(
        refused(r#""Period": 60, "EvaluationPeriods": 0"#),
        zero("EvaluationPeriods")
    );
    assert_eq!(
        refused(r#""Period": 60, "EvaluationPeriods": 1, "DatapointsToAlarm": 0"#),
        zero("DatapointsToAlarm")
    );
    assert_eq!(
        refused(r#""Period": 60, "EvaluationPeriods": 2, "DatapointsToAlarm": 3"#),
        "`DatapointsToAlarm` is 3, more than the 2 of `EvaluationPeriods`"
    );
    assert_snapshot!(refused(r#""Period": 60"#), @r"
    cannot read the properties of the alarm: missing field `EvaluationPeriods` at line 1 column 73
    ");
    assert_snapshot!(refused(r#""Period": "ten", "EvaluationPeriods": 1"#), @r"
    cannot read the properties of the alarm: expected a number, found ten: invalid digit found in string at line 1 column 75
    ");
}

/// Pieces of YAML and of alarms files, so that chance gets further than the first character.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "Alarms:",
        "Parameters:",
        "Include:",
        "Tests:",
        "Exclude:",
        "FilterPattern: ",
        "Period: ",
        "Threshold: ",
        "GroupBy: ",
        "\n",
        "\n  ",
        "\n    ",
        "\n  - ",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "'",
        "\"",
        "|",
        ">-",
        "&a ",
        "*a",
        "!Ref ",
        "!Sub ",
        "!!str ",
        "# ",
        "---",
        "...",
        "%YAML 1.2",
        "? ",
        "<<: ",
        "${",
        "${A}",
        "${!A}",
        "\t",
        "\r",
        "\u{feff}",
        "\u{85}",
        "é",
        "\\",
        "$.a",
        "10",
        "~",
        "1e999",
        "AlarmName",
        "{ $.a = \"${A}\" }",
    ];
    prop_oneof![9 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #[test]
    fn no_text_makes_loading_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        if let Err(error) = load_text(&pieces.concat()) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn no_change_to_a_good_file_makes_loading_panic(at in 0..1000_usize, take in 0..9_usize, pieces in prop::collection::vec(piece(), 0..3)) {
        let mut text: Vec<char> = with_parameters("Runbook: ${Team}\nTests: [{Record: {a: 1}, Match: true}]\nGroupBy: [$.a]").chars().collect();
        let start = at % text.len();
        let end = (start + take).min(text.len());
        text.splice(start..end, pieces.concat().chars());
        if let Err(error) = load_text(&text.iter().collect::<String>()) {
            prop_assert!(error.diagnostics().iter().all(|diagnostic| diagnostic.position().line > 0));
        }
    }
}

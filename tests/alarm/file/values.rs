//! The values of all properties, and their defaults.

use std::path::Path;

use cloudtrail_alarms::alarm::definition::{
    AlarmDefinition, ComparisonOperator, EvaluationWindow, Exclusion, MetricValue, RecordSource,
    RecordTest, Settings, Severity, Statistic, TimeSource, TreatMissingData,
};
use cloudtrail_alarms::alarm::file::load;
use cloudtrail_alarms::alarm::first_seen::FirstSeen;
use cloudtrail_alarms_testkit::repository;
use cloudwatch_filter_pattern::record::Selector;
use jiff::SignedDuration;
use jiff::civil::date;

use super::{definition, load_all, position};

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
        max_notifications_per_hour: 10,
        count_distinct: None,
        first_seen: None,
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
    FirstSeen: {Fields: [$.eventName], History: 30d, WarmUp: 2d}
    GroupBy: [$.recipientAccountId, '$.userIdentity.arn']
    MaxNotificationsPerHour: 3
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
fn every_property_is_read() {
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
        max_notifications_per_hour: 3,
        count_distinct: None,
        first_seen: Some(FirstSeen {
            fields: vec![Selector::of_members(&["eventName"])],
            history: SignedDuration::from_hours(30 * 24),
            warm_up: SignedDuration::from_hours(48),
        }),
        time_source: TimeSource::EventTime,
        allowed_lateness: SignedDuration::from_mins(30),
        renotify_after: Some(SignedDuration::from_hours(24)),
        exclude: vec![Exclusion {
            pattern: "{ $.userAgent = \"scanner\" }".parse().unwrap(),
            reason: "the scanner tries everything".to_owned(),
            owner: "security@example.com".to_owned(),
            expires: Some(date(2027, 1, 31)),
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
fn the_deployed_file_loads_with_its_examples() {
    let read = |path: &Path| std::fs::read_to_string(repository::path(path));
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

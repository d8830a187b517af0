//! The timeline in `docs/concepts.md` against a backtest of the same calls.

use cloudtrail_alarms_testkit::folder::folder;
use cloudtrail_alarms_testkit::repository::file;
use serde_json::{Value, json};

use super::run;

/// Two calls that fail at 10:00:20 and 10:00:40, and that CloudTrail delivers at 10:05:10.
fn delivered_together() -> String {
    let record = |id: &str, time: &str| {
        json!({
            "eventVersion": "1.11", "eventID": id, "eventTime": time, "eventSource": "kms.amazonaws.com",
            "eventName": "Decrypt", "errorCode": "AccessDenied", "awsRegion": "eu-central-1",
            "recipientAccountId": "111122223333", "userIdentity": {"type": "AssumedRole"},
        })
    };
    let calls = [
        record(
            "4c6f1a0e-8d2b-4f57-9b63-1e0a7c95d240",
            "2026-11-20T10:00:20Z",
        ),
        record(
            "4c6f1a0e-8d2b-4f57-9b63-1e0a7c95d241",
            "2026-11-20T10:00:40Z",
        ),
    ];
    let delivered = "2026-11-20T10:05:10Z".parse::<jiff::Timestamp>().unwrap();
    let events = calls.map(|record| {
        json!({
            "logStreamName": "111122223333_CloudTrail_eu-central-1", "timestamp": delivered.as_millisecond(),
            "eventId": record["eventID"], "message": record.to_string(),
        })
    });
    json!({ "events": events }).to_string()
}

/// When the function decides on each new state, by the clock of the backtest.
fn changes(time_source: &str) -> Vec<(String, String)> {
    let alarms = format!(
        "Alarms:\n  - AlarmName: Failed\n    FilterPattern: '{{ $.errorCode = \"*\" }}'\n    MetricNamespace: Security\n    \
         MetricName: Failed\n    MetricValue: \"1\"\n    Statistic: Sum\n    Period: 60\n    EvaluationPeriods: 1\n    \
         Threshold: 1\n    ComparisonOperator: GreaterThanThreshold\n    TreatMissingData: notBreaching\n    \
         TimeSource: {time_source}\n"
    );
    let files = folder(&[
        ("alarms.yaml", &alarms),
        ("records.json", &delivered_together()),
    ]);
    let arguments = ["backtest", "records.json", "--output", "json"];
    let output = run(&files, &arguments, &[], "").success();
    let lines = output.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let state = line.pointer("/transition/to")?.as_str()?.to_owned();
        Some((state, line["deliveredAt"].as_str()?.to_owned()))
    });
    lines.flatten().collect()
}

#[test]
fn the_picture_shows_when_the_alarm_fires_and_recovers() {
    let pictured = file("docs/images/timeline.svg");
    let page = file("docs/concepts.md");
    for (time_source, recovers) in [("LogTimestamp", "10:17"), ("EventTime", "10:37")] {
        let expected = [("ALARM", "10:05:10"), ("OK", &format!("{recovers}:00"))]
            .map(|(state, time)| (state.to_owned(), format!("2026-11-20T{time}Z")));
        assert_eq!(changes(time_source), expected, "{time_source}");
        assert!(
            pictured.contains(&format!(">OK at {recovers}<")),
            "{recovers}"
        );
        assert!(page.contains(recovers), "{recovers}");
    }
}

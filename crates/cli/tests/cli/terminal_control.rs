//! Terminal control sequences in records, messages and file names are not printed.

use std::path::Path;

use cloudtrail_alarms_testkit::folder::{empty_folder, folder};
use cloudtrail_alarms_testkit::records::failed_call;
use cloudtrail_alarms_testkit::repository::file;
use serde_json::json;

use super::run;

/// Clears the screen, sets the title, turns red, and reverses the direction of text.
const STEERING: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}";

/// [`STEERING`] with visible escapes.
const VISIBLE: &str = r"\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e";

/// Runs the tool on input with [`STEERING`] text, and checks that its output has no terminal control and contains `shown`.
#[track_caller]
fn check_no_terminal_control(folder: &Path, arguments: &[&str], input: &str, shown: &str) {
    let outcome = run(folder, arguments, &[], input);
    let text = outcome.stdout + &outcome.stderr;
    let is_steering = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || c == '\u{202e}';
    assert!(!text.contains(is_steering), "{arguments:?}: {text:?}");
    assert!(text.contains(shown), "{arguments:?}: {text}");
}

#[test]
fn explain_prints_no_terminal_control() {
    let folder = folder(&[("alarms.yaml", &file("alarms.yaml"))]);
    let record = failed_call(1, &json!({"errorCode": STEERING})).to_string();
    let arguments = [
        "explain",
        "--alarm",
        "Pattern1ApplicationKMSSecurityAlarm",
        "-",
        "--output",
    ];
    for output in ["text", "json"] {
        check_no_terminal_control(
            folder.path(),
            &[&arguments[..], &[output]].concat(),
            &record,
            VISIBLE,
        );
    }
    check_no_terminal_control(
        folder.path(),
        &["explain", "--alarm", STEERING, "-"],
        &record,
        "error: ",
    );
}

#[test]
fn test_metric_filter_prints_no_terminal_control() {
    let folder = empty_folder();
    let message = format!("ERROR {STEERING}");
    let arguments = [
        "test-metric-filter",
        "--filter-pattern",
        "ERROR",
        "--log-event-messages",
        &message,
    ];
    check_no_terminal_control(folder.path(), &arguments, "", VISIBLE);
    let record = json!({"errorCode": STEERING}).to_string();
    let arguments = [
        "test-metric-filter",
        "--filter-pattern",
        "{ $.errorCode = \"*\" }",
        "--log-event-messages",
        &record,
    ];
    check_no_terminal_control(folder.path(), &arguments, "", VISIBLE);
}

#[test]
fn backtest_prints_no_terminal_control() {
    let folder = folder(&[("alarms.yaml", &file("alarms.yaml"))]);
    let changes = json!({"userAgent": STEERING, "errorMessage": STEERING});
    let records = [1, 2]
        .map(|n| failed_call(n, &changes).to_string())
        .join("\n");
    let role = "EcsTaskRoleArn=arn:aws:iam::111122223333:role/pattern1-application-task";
    let arguments = ["backtest", "--param", role, "-", "--output"];
    check_no_terminal_control(
        folder.path(),
        &[&arguments[..], &["text"]].concat(),
        &records,
        "INSUFFICIENT_DATA -> ALARM",
    );
    check_no_terminal_control(
        folder.path(),
        &[&arguments[..], &["json"]].concat(),
        &records,
        r"\\u{1b}[2J",
    );
    check_no_terminal_control(
        folder.path(),
        &["backtest", "--param", role, STEERING],
        "",
        "owned",
    );
}

#[test]
fn import_prints_no_terminal_control() {
    let folder = empty_folder();
    let alarm = json!({"Type": "AWS::CloudWatch::Alarm", "Properties": {STEERING: STEERING, "MetricName": "M"}});
    let template = json!({"Resources": {STEERING: alarm}}).to_string();
    check_no_terminal_control(folder.path(), &["import", "-"], &template, "owned");
}

//! Terminal control in the input of the command-line tool: records, messages and file names.

#![expect(unreachable_pub, reason = "a test has nothing to export")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::json;

use super::records::failed_call;
use super::row::folder;

/// The exit code of the tool, and its output on both streams.
pub struct Run {
    pub code: i32,
    pub text: String,
}

/// Runs the tool in a folder with this input.
#[track_caller]
pub fn tool(folder: &Path, arguments: &[&str], input: &str) -> Run {
    let mut process = Command::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/target/debug/cloudtrail-alarms"
    ))
    .args(arguments)
    .current_dir(folder)
    .env_clear()
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("cargo has built the tool");
    let mut stdin = process.stdin.take().expect("it is piped");
    let input = input.to_owned();
    // On a thread, because the tool may print before it reads. It may also end without reading.
    let writer = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = process.wait_with_output().expect("the tool ends");
    writer.join().expect("writing does not panic");
    let text = String::from_utf8([output.stdout, output.stderr].concat());
    Run {
        code: output.status.code().expect("the tool is not killed"),
        text: text.expect("the tool prints text"),
    }
}

/// Clears the screen, sets the title, turns red, and reverses the direction of text.
const STEERING: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}";

/// The text with the characters of [`STEERING`] made visible.
const VISIBLE: &str = r"\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e";

/// Runs the tool on input with [`STEERING`] text and checks that its output is harmless and contains this text.
#[track_caller]
fn check_harmless(folder: &Path, arguments: &[&str], input: &str, shown: &str) {
    let Run { text, .. } = tool(folder, arguments, input);
    let is_steering = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || c == '\u{202e}';
    assert!(!text.contains(is_steering), "{arguments:?}: {text:?}");
    assert!(text.contains(shown), "{arguments:?}: {text}");
}

#[test]
fn explain_prints_no_terminal_control() {
    let folder = folder(&[("alarms.yaml", include_str!("../../alarms.yaml"))]);
    let record = failed_call(1, &json!({"errorCode": STEERING})).to_string();
    let arguments = [
        "explain",
        "--alarm",
        "Pattern1ApplicationKMSSecurityAlarm",
        "-",
        "--output",
    ];
    for output in ["text", "json"] {
        check_harmless(
            folder.path(),
            &[&arguments[..], &[output]].concat(),
            &record,
            VISIBLE,
        );
    }
    check_harmless(
        folder.path(),
        &["explain", "--alarm", STEERING, "-"],
        &record,
        "error: ",
    );
}

#[test]
fn test_metric_filter_prints_no_terminal_control() {
    let folder = folder(&[]);
    let message = format!("ERROR {STEERING}");
    let arguments = [
        "test-metric-filter",
        "--filter-pattern",
        "ERROR",
        "--log-event-messages",
        &message,
    ];
    check_harmless(folder.path(), &arguments, "", VISIBLE);
    let record = json!({"errorCode": STEERING}).to_string();
    let arguments = [
        "test-metric-filter",
        "--filter-pattern",
        "{ $.errorCode = \"*\" }",
        "--log-event-messages",
        &record,
    ];
    check_harmless(folder.path(), &arguments, "", VISIBLE);
}

#[test]
fn backtest_prints_no_terminal_control() {
    let folder = folder(&[("alarms.yaml", include_str!("../../alarms.yaml"))]);
    let changes = json!({"userAgent": STEERING, "errorMessage": STEERING});
    let records = [1, 2]
        .map(|n| failed_call(n, &changes).to_string())
        .join("\n");
    let role = "EcsTaskRoleArn=arn:aws:iam::111122223333:role/pattern1-application-task";
    let arguments = ["backtest", "--param", role, "--from", "-", "--output"];
    check_harmless(
        folder.path(),
        &[&arguments[..], &["text"]].concat(),
        &records,
        "INSUFFICIENT_DATA -> ALARM",
    );
    check_harmless(
        folder.path(),
        &[&arguments[..], &["json"]].concat(),
        &records,
        r"\\u{1b}[2J",
    );
    check_harmless(
        folder.path(),
        &["backtest", "--param", role, "--from", STEERING],
        "",
        "owned",
    );
}

#[test]
fn import_prints_no_terminal_control() {
    let folder = folder(&[]);
    let alarm = json!({"Type": "AWS::CloudWatch::Alarm", "Properties": {STEERING: STEERING, "MetricName": "M"}});
    let template = json!({"Resources": {STEERING: alarm}}).to_string();
    check_harmless(folder.path(), &["import", "-"], &template, "owned");
}

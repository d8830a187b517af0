//! `evaluate`.

use std::path::Path;

use cloudtrail_alarms_testkit::vectors;
use serde_json::{Value, json};

use super::{Outcome, run, tool};

const ALARM: &str = r#"{"AlarmName": "errors", "Period": 60, "EvaluationPeriods": 3, "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum"}"#;

fn evaluate(alarm: &str, datapoints: &str, state: &str) -> Outcome {
    tool(&[
        "evaluate",
        "--alarm",
        alarm,
        "--datapoints",
        datapoints,
        "--state",
        state,
    ])
}

fn lines(lines: &str) -> Outcome {
    run(Path::new("."), &["evaluate", "--file", "-"], &[], lines)
}

#[test]
fn the_answer_is_a_state_and_a_reason() {
    assert_eq!(
        evaluate(ALARM, "[1, null, 3]", "OK").success(),
        "{\"StateValue\":\"OK\",\"StateReason\":\"Threshold Crossed: 1 datapoint [1.0 (31/12/25 23:57:00)] was not \
         greater than the threshold (1.0).\"}\n"
    );
    assert_eq!(
        evaluate(ALARM, "[]", "ALARM").success(),
        "{\"StateValue\":\"INSUFFICIENT_DATA\",\"StateReason\":\"Insufficient Data: 3 datapoints were unknown.\"}\n"
    );
}

#[test]
fn the_newest_window_ends_at_the_given_time() {
    let arguments = [
        "evaluate",
        "--alarm",
        ALARM,
        "--datapoints",
        "[2,3,4]",
        "--state",
        "OK",
    ];
    let answer = tool(&[&arguments[..], &["--time", "2026-11-21T10:00:30Z"]].concat()).success();
    let datapoints = "[4.0 (21/11/26 09:59:00), 3.0 (21/11/26 09:58:00), 2.0 (21/11/26 09:57:00)]";
    assert!(answer.contains(datapoints), "{answer}");
}

#[test]
fn a_file_gets_an_answer_a_line() {
    let question = |datapoints: &str, state: &str| {
        let alarm = ALARM.replace('\n', "");
        format!("{{\"alarm\":{alarm},\"datapoints\":{datapoints},\"state\":\"{state}\"}}\n")
    };
    let questions = question("[1,null,3]", "OK") + &question("[]", "ALARM");
    let one_by_one =
        evaluate(ALARM, "[1,null,3]", "OK").success() + &evaluate(ALARM, "[]", "ALARM").success();
    assert_eq!(lines(&questions).success(), one_by_one);
}

#[test]
fn what_cannot_be_read_is_named() {
    assert_eq!(
        lines("{\"alarm\":{},\"datapoints\":[],\"state\":\"OK\"}\n").usage_error(),
        "error: standard input:1: missing field `Period` at column 2\n"
    );
    assert_eq!(
        lines("{\"alarm\":{},\"datapoints\":[],\"state\":\"FINE\"}\n").usage_error(),
        "error: standard input:1: unknown variant `FINE`, expected one of `OK`, `ALARM`, `INSUFFICIENT_DATA` \
         at column 42\n"
    );
    assert_eq!(
        lines("not JSON").usage_error(),
        "error: standard input:1: expected `null`, `true` or `false`, found `o` at column 2\n"
    );
    assert_eq!(
        evaluate(
            &ALARM.replace("\"EvaluationPeriods\": 3", "\"EvaluationPeriods\": 0"),
            "[]",
            "OK"
        )
        .usage_error(),
        "error: --alarm: `EvaluationPeriods` must be at least 1\n"
    );
    assert_eq!(
        evaluate(ALARM, "1", "OK").usage_error(),
        "error: --datapoints: invalid type: integer `1`, expected a sequence at column 1\n"
    );
    let complaint = evaluate(ALARM, "[]", "FINE").usage_error();
    assert!(complaint.contains("'FINE' for '--state"), "{complaint}");
}

#[test]
fn settings_beyond_all_limits_are_evaluated_too() {
    let alarm = r#"{"Period": 4294967280, "EvaluationPeriods": 4294967295, "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold"}"#;
    let answer = evaluate(alarm, "[5]", "OK").success();
    assert!(answer.contains(r#""StateValue":"OK""#), "{answer}");
}

#[test]
fn nothing_is_answered_if_a_line_is_bad() {
    let good = json!({
        "alarm": serde_json::from_str::<Value>(ALARM).expect("it is JSON"),
        "datapoints": [1],
        "state": "OK",
    });
    assert!(
        lines(&format!("{good}\n{{}}\n"))
            .usage_error()
            .contains("standard input:2: missing field")
    );
}

#[test]
fn every_recorded_state_is_decided() {
    let rows = vectors::alarm();
    let question = |row: &Value| {
        let config = &row["config"];
        let alarm = json!({
            "Period": config["period"],
            "EvaluationPeriods": config["evaluation_periods"],
            "DatapointsToAlarm": config["datapoints_to_alarm"],
            "Threshold": config["threshold"],
            "ComparisonOperator": config["comparison"],
            "Statistic": config["statistic"],
            "TreatMissingData": config["treat_missing_data"],
        });
        let question = json!({
            "alarm": alarm,
            "datapoints": row["datapoints"],
            "state": row["initial_state"],
        });
        format!("{question}\n")
    };
    let answers = lines(&rows.iter().map(question).collect::<String>()).success();
    assert_eq!(answers.lines().count(), 215);
    for (row, answer) in rows.iter().zip(answers.lines()) {
        let answer: Value = serde_json::from_str(answer).expect("an answer is JSON");
        assert_eq!(
            answer["StateValue"], row["expected_state"],
            "{row}: {answer}"
        );
    }
}

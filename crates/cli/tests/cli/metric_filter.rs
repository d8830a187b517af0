//! `test-metric-filter`.

use std::collections::BTreeMap;
use std::path::Path;

use cloudtrail_alarms_testkit::vectors;
use serde_json::Value;

use super::{folder, run, tool};

fn test(pattern: &str, messages: &[&str]) -> super::Outcome {
    let arguments = [
        "test-metric-filter",
        "--filter-pattern",
        pattern,
        "--log-event-messages",
    ];
    tool(&[&arguments, messages].concat())
}

#[test]
fn the_output_is_that_of_the_aws_cli() {
    let messages = [r#"{"a":2}"#, r#"{"a":1,"b":[]}"#, r#"{"a":"1","c":"é"}"#];
    assert_eq!(
        test("{ $.a = 1 }", &messages).success(),
        r#"{
    "matches": [
        {
            "eventNumber": 2,
            "eventMessage": "{\"a\":1,\"b\":[]}",
            "extractedValues": {
                "$.a": "1"
            }
        },
        {
            "eventNumber": 3,
            "eventMessage": "{\"a\":\"1\",\"c\":\"é\"}",
            "extractedValues": {
                "$.a": "1"
            }
        }
    ]
}
"#
    );
    assert_eq!(
        test("ERROR", &["an\tERROR\u{1}"]).success(),
        r#"{
    "matches": [
        {
            "eventNumber": 1,
            "eventMessage": "an\tERROR\u0001",
            "extractedValues": {}
        }
    ]
}
"#
    );
}

#[test]
fn no_match_is_no_finding() {
    assert_eq!(
        test("-ERROR", &["an ERROR"]).success(),
        "{\n    \"matches\": []\n}\n"
    );
}

#[test]
fn both_output_modes_print_json() {
    let arguments = [
        "test-metric-filter",
        "--filter-pattern",
        "a",
        "--log-event-messages",
        "b",
    ];
    let json = tool(&[&arguments[..], &["--output", "json"]].concat());
    assert_eq!(json, tool(&arguments));
}

#[test]
fn a_parameter_is_text_as_it_is_to_cloudwatch() {
    let answer = test(
        r#"{ $.a = "${Role}" }"#,
        &[r#"{"a":"${Role}"}"#, r#"{"a":"Role"}"#],
    )
    .success();
    assert!(answer.contains(r#""eventNumber": 1"#) && !answer.contains(r#""eventNumber": 2"#));
}

#[test]
fn a_rejected_pattern_is_shown_with_its_mistake() {
    assert_eq!(
        test("{ $.a == 1 }", &["{}"]).usage_error(),
        "error: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
  { $.a == 1 }
         ^
"
    );
}

#[test]
fn messages_come_from_a_file_or_from_standard_input() {
    let lines = "\"ERROR\\n\"\n\"fine\"\n\"{\\\"a\\\":\\\"ERROR\\\"}\"\n";
    let folder = folder(&[("messages.jsonl", lines)]);
    let arguments = [
        "test-metric-filter",
        "--filter-pattern",
        "ERROR",
        "--messages-file",
    ];
    let of_file = run(
        &folder,
        &[&arguments[..], &["messages.jsonl"]].concat(),
        &[],
        "",
    )
    .success();
    let of_input = run(&folder, &[&arguments[..], &["-"]].concat(), &[], lines).success();
    assert_eq!(of_file, of_input);
    let of_arguments = test("ERROR", &["ERROR\n", "fine", r#"{"a":"ERROR"}"#]).success();
    assert_eq!(of_file, of_arguments);
}

#[test]
fn a_line_that_is_not_a_json_string_is_named() {
    let complaint = |lines: &str| {
        let arguments = [
            "test-metric-filter",
            "--filter-pattern",
            "",
            "--messages-file",
        ];
        let folder = folder(&[("m.jsonl", lines)]);
        run(&folder, &[&arguments[..], &["m.jsonl"]].concat(), &[], "").usage_error()
    };
    for (lines, message) in [
        (
            "\"fine\"\n{\"a\":1}\n",
            "m.jsonl:2: expected a JSON string, found an object",
        ),
        (
            "\"fine\"\n\n\"fine\"\n",
            "m.jsonl:2: expected a JSON string, found an empty line",
        ),
        (
            "hello\n",
            "m.jsonl:1: expected a JSON string, found `hello`",
        ),
        ("null", "m.jsonl:1: expected a JSON string, found `null`"),
        (
            "\"a\" \"b\"",
            "m.jsonl:1: expected nothing more, found `\"` at column 5",
        ),
        (
            "\"a\"\n\"b\\x\"",
            "m.jsonl:2: expected an escape such as `\\n` or `\\u00e9`, found `x` at column 4",
        ),
        (
            "\"fine\"\n\"torn\n",
            "m.jsonl:2: expected the rest of a string, found the end",
        ),
    ] {
        assert_eq!(complaint(lines), format!("error: {message}\n"));
    }
}

#[test]
fn a_file_of_messages_that_cannot_be_read_is_a_usage_error() {
    let arguments = [
        "test-metric-filter",
        "--filter-pattern",
        "",
        "--messages-file",
        "none.jsonl",
    ];
    assert_eq!(
        tool(&arguments).usage_error(),
        "error: cannot read none.jsonl: No such file or directory (os error 2)\n"
    );
}

#[test]
fn messages_are_needed_and_from_one_place_only() {
    let arguments = ["test-metric-filter", "--filter-pattern", "a"];
    assert!(
        tool(&arguments)
            .usage_error()
            .contains("required arguments were not provided")
    );
    let both = ["--messages-file", "-", "--log-event-messages", "b"];
    let complaint = tool(&[&arguments[..], &both].concat()).usage_error();
    assert!(complaint.contains("cannot be used with"), "{complaint}");
}

#[test]
fn every_recorded_answer_is_given() {
    let mut rejected = 0;
    let mut patterns: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in vectors::filter_pattern() {
        let pattern = row["pattern"]
            .as_str()
            .expect("a pattern is text")
            .to_owned();
        if row["error"] == true {
            rejected += 1;
            let complaint = test(&pattern, &["{}"]).usage_error();
            let message = row["error_message"].as_str().unwrap_or_default();
            assert!(complaint.contains(message), "{row}: {complaint}");
        } else {
            patterns.entry(pattern).or_default().push(row);
        }
    }
    assert_eq!(rejected, 43);
    assert_eq!(patterns.values().map(Vec::len).sum::<usize>(), 1353 - 43);
    for (pattern, rows) in patterns {
        let lines = rows.iter().map(|row| {
            let message = match &row["event"] {
                Value::String(message) => message.clone(),
                object => object.to_string(),
            };
            format!("{}\n", Value::from(message))
        });
        let arguments = [
            "test-metric-filter",
            "--messages-file",
            "-",
            "--filter-pattern",
            &pattern,
        ];
        let answer = run(Path::new("."), &arguments, &[], &lines.collect::<String>()).success();
        let answer: Value = serde_json::from_str(&answer).expect("the answer is JSON");
        let matches = answer["matches"].as_array().expect("matches are a list");
        let found: Vec<u64> = matches
            .iter()
            .filter_map(|m| m["eventNumber"].as_u64())
            .collect();
        let expected: Vec<u64> = (1..)
            .zip(&rows)
            .filter(|(_, row)| row["match"] == true)
            .map(|(number, _)| number)
            .collect();
        assert_eq!(found, expected, "{pattern}");
    }
}

//! `test`.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{ANY_THRESHOLD, alarm, folder, root, run, tool};

/// An alarm with `{ $.a = 1 }` and these tests.
fn tested(name: &str, tests: &str) -> String {
    alarm(name, "{ $.a = 1 }", &format!("{ANY_THRESHOLD}{tests}"))
}

/// Two alarms: the last of three tests of the first one fails, and the second one has no tests.
fn alarms() -> String {
    let tests = r#"Tests:
  - {Record: one.json, Match: true}
  - {Record: {a: 2}, Match: false}
  - {Name: "<a> & \"b\"\n\u0001é", Record: {a: "1 < 2\u009b"}, Match: true}
"#;
    format!("Alarms:\n{}{}", tested("A", tests), tested("B", ""))
}

#[test]
fn the_alarms_that_are_deployed_pass_their_tests() {
    let text = tool(&["test"]).success();
    assert_eq!(
        text,
        "Pattern1ApplicationKMSSecurityAlarm
  ok      ciphertext that belongs to another key
  ok      a call that the key policy denies
  ok      the same failure of another role
  ok      a failed call of another service
  ok      a call that succeeded
  ok      a record whose errorCode is null

6 passed, 0 failed
"
    );
    assert_eq!(tool(&["test", "alarms.yaml"]).success(), text);
}

#[test]
fn a_failure_is_explained_and_an_alarm_without_tests_is_reported() {
    let folder = folder(&[("my.yaml", &alarms()), ("one.json", "{ \"a\": 1 }\n")]);
    assert_eq!(
        run(&folder, &["test", "my.yaml"], &[], "").findings(),
        "A
  ok      one.json
  ok      test 2
  FAILED  <a> & \"b\" \\u0001é: expected a match, found no match
          at my.yaml:13:48
            (* = clause that decides the result)
          * false  $.a = 1  is \"1 < 2\\u009b\"

2 passed, 1 failed; without tests: B
"
    );
    let json = run(&folder, &["test", "my.yaml", "--output", "json"], &[], "").findings();
    assert_eq!(
        serde_json::from_str::<Value>(&json).expect("it is JSON"),
        json!({
            "tests": [
                {
                    "alarm": "A", "name": "one.json", "file": "my.yaml", "line": 11, "column": 18,
                    "passed": true, "expected": true, "matches": true,
                },
                {
                    "alarm": "A", "name": "test 2", "file": "my.yaml", "line": 12, "column": 18,
                    "passed": true, "expected": false, "matches": false,
                },
                {
                    "alarm": "A", "name": "<a> & \"b\"\n\u{1}é", "file": "my.yaml", "line": 13, "column": 48,
                    "passed": false, "expected": true, "matches": false,
                    "explanation": {
                        "matches": false,
                        "clauses": {
                            "verdict": false, "decides": true, "clause": "$.a = 1", "subject": "$.a",
                            "values": ["1 < 2\u{9b}"],
                        },
                    },
                },
            ],
            "summary": {"passed": 2, "failed": 1, "notRun": 0, "alarmsWithoutTests": ["B"]},
        })
    );
}

#[test]
fn a_test_of_a_record_that_an_exclusion_holds_back_fails_with_advice() {
    let more = r"Exclude:
  - {Pattern: '{ $.b = 1 }', Reason: Approved scanner, Owner: me, Expires: never}
Tests:
  - {Name: excluded, Record: {a: 1, b: 1}, Match: false}
  - {Name: counted, Record: {a: 1}, Match: false}
";
    let alarms = format!("Alarms:\n{}", tested("A", more));
    let folder = folder(&[("my.yaml", &alarms)]);
    let text = run(&folder, &["test", "my.yaml"], &[], "").findings();
    let failures: Vec<&str> = (text.lines())
        .filter(|line| line.starts_with("  FAILED"))
        .collect();
    assert_eq!(
        failures,
        [
            "  FAILED  excluded: expected no match, found a match; a test ignores exclusions, such as \"Approved scanner\"",
            "  FAILED  counted: expected no match, found a match",
        ]
    );
}

#[test]
fn the_name_of_an_alarm_takes_one_line_and_turns_no_text_round() {
    let of_two_lines = |alarm: String| alarm.replace("NAME", r#""one\u2028\u202etwo""#);
    let tests = "Tests:\n  - {Name: t, Record: {a: 1}, Match: true}\n";
    let alarms = format!(
        "Alarms:\n{}{}",
        of_two_lines(tested("NAME", tests)),
        of_two_lines(tested("NAME", "")).replace("two", "three")
    );
    let folder = folder(&[("my.yaml", &alarms)]);
    assert_eq!(
        run(&folder, &["test", "my.yaml"], &[], "").success(),
        "one \\u202etwo
  ok      t

1 passed, 0 failed; without tests: one \\u202ethree
"
    );
}

#[test]
fn a_parameter_decides_what_is_tested() {
    let parameter = "EcsTaskRoleArn=arn:aws:iam::111122223333:role/other";
    let text = tool(&["test", "--param", parameter]).findings();
    assert!(text.ends_with("4 passed, 2 failed\n"), "{text}");
    let root = root();
    let variable = [("ECS_TASK_ROLE_ARN", "arn:aws:iam::111122223333:role/other")];
    assert_eq!(run(root, &["test"], &variable, "").findings(), text);
}

#[test]
fn a_test_without_a_record_does_not_keep_the_others_from_being_run() {
    let tests = "Tests:\n  - {Record: none.json, Match: true}\n  - {Name: other, Record: {a: 1}, Match: true}\n";
    let text = format!("Alarms:\n{}", tested("A", tests));
    let folder = folder(&[("my.yaml", &text)]);
    let arguments = ["test", "my.yaml", "--junit", "report.xml"];
    assert_eq!(
        run(&folder, &arguments, &[], "").findings(),
        "A
  NOT RUN none.json: cannot read none.json: No such file or directory (os error 2)
          at my.yaml:11:18
  ok      other

1 passed, 0 failed, 1 not run
"
    );
    assert_eq!(
        junit(&folder.path().join("report.xml"))[3][0],
        json!(["testsuite", {"name": "A", "tests": "2", "failures": "0", "errors": "1"}, "", [
            ["testcase", {"classname": "A", "name": "none.json"}, "", [[
                "error",
                {"message": "cannot read none.json: No such file or directory (os error 2)"},
                "at my.yaml:11:18",
                [],
            ]]],
            ["testcase", {"classname": "A", "name": "other"}, "", []],
        ]])
    );
    let json = run(
        &folder,
        &[&arguments[..], &["--output", "json"]].concat(),
        &[],
        "",
    )
    .findings();
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(
        json["tests"][0],
        json!({
            "alarm": "A", "name": "none.json", "file": "my.yaml", "line": 11, "column": 18, "passed": false,
            "expected": true, "error": "cannot read none.json: No such file or directory (os error 2)",
        })
    );
    assert_eq!(
        json["summary"],
        json!({"passed": 1, "failed": 0, "notRun": 1, "alarmsWithoutTests": []})
    );
}

#[test]
fn a_test_has_one_record() {
    let tests =
        "Tests:\n  - {Record: one.json, Match: true}\n  - {Record: two.jsonl, Match: true}\n";
    let text = format!("Alarms:\n{}", tested("A", tests));
    let folder = folder(&[
        ("my.yaml", &text),
        ("one.json", r#"{"Records":[{"a":1}]}"#),
        ("two.jsonl", "{\"a\":1}\n{\"a\":2}\n"),
    ]);
    assert_eq!(
        run(&folder, &["test", "my.yaml"], &[], "").findings(),
        "A
  ok      one.json
  NOT RUN two.jsonl: expected one record in two.jsonl, found 2
          at my.yaml:12:18

1 passed, 0 failed, 1 not run
"
    );
}

#[test]
fn an_alarms_file_that_cannot_be_read_is_a_usage_error() {
    let faulty = alarms().replace("Period: 60", "Period: 61");
    let folder = folder(&[("faulty.yaml", &faulty)]);
    let complaint = run(&folder, &["test", "faulty.yaml"], &[], "").usage_error();
    assert!(
        complaint.starts_with("error: faulty.yaml:6:13: `Period`: "),
        "{complaint}"
    );
    assert_eq!(
        run(&folder, &["test", "none.yaml"], &[], "").usage_error(),
        "error: none.yaml:1:1: cannot read the file: No such file or directory (os error 2)\n"
    );
}

/// Prints the elements of a JUnit file, as Python's XML parser reads them.
const READ_JUNIT: &str = r"
import json, sys, xml.etree.ElementTree as ElementTree
def tree(e): return [e.tag, e.attrib, (e.text or '').strip(), [tree(c) for c in e]]
print(json.dumps(tree(ElementTree.parse(sys.argv[1]).getroot())))
";

fn junit(report: &Path) -> Value {
    let python = Command::new("python3")
        .args(["-c", READ_JUNIT])
        .arg(report)
        .output()
        .expect("there is a Python");
    serde_json::from_slice(&python.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&python.stderr)))
}

#[test]
fn junit_is_what_an_xml_parser_reads() {
    let folder = folder(&[("my.yaml", &alarms()), ("one.json", r#"{"a":1}"#)]);
    run(
        &folder,
        &["test", "my.yaml", "--junit", "report.xml"],
        &[],
        "",
    )
    .findings();
    let case = |name: &str, children: Value| json!(["testcase", {"classname": "A", "name": name}, "", children]);
    let failure = json!([
        "failure",
        {"message": "expected a match, found no match"},
        "at my.yaml:13:48\n  (* = clause that decides the result)\n* false  $.a = 1  is \"1 < 2\u{9b}\"",
        [],
    ]);
    assert_eq!(
        junit(&folder.path().join("report.xml")),
        json!(["testsuites", {"name": "cloudtrail-alarms", "tests": "3", "failures": "1", "errors": "0"}, "", [
            ["testsuite", {"name": "A", "tests": "3", "failures": "1", "errors": "0"}, "", [
                case("one.json", json!([])),
                case("test 2", json!([])),
                case("<a> & \"b\"\n\u{FFFD}é", json!([failure])),
            ]],
            ["testsuite", {"name": "B", "tests": "0", "failures": "0", "errors": "0"}, "", []],
        ]])
    );
}

#[test]
fn a_report_that_cannot_be_written_is_a_usage_error() {
    let complaint = tool(&["test", "--junit", "no/such/folder/report.xml"]).usage_error();
    assert!(
        complaint.starts_with("error: cannot write no/such/folder/report.xml: "),
        "{complaint}"
    );
}

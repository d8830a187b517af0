//! Findings in lists of patterns, and findings as JSON.

use std::fs;

use serde_json::{Value, json};

use super::super::{file, folder};
use super::{lint, lint_in, places};

#[test]
fn a_list_of_patterns_is_corrected_in_place() {
    let catalogue = file("tests/data/catalogue.json");
    let folder = folder(&[("catalogue.json", &catalogue)]);
    let report = lint_in(&folder, "catalogue.json", &[]).findings();
    assert_eq!(places(&report).len(), 4, "{report}");
    for name in [
        "cis-1.4-4.1-unauthorized-api-calls",
        "cis-3.0-4.1-unauthorized-api-calls",
        "cis-5.0-4.1-unauthorized-api-calls",
        "cis-5.0-4.6-console-auth-failures",
    ] {
        assert!(report.contains(&format!("\nin {name}\n")), "{report}");
    }

    let report = lint_in(&folder, "catalogue.json", &["--fix"]).success();
    assert!(
        report.ends_with("\n4 corrected, 0 findings left\n"),
        "{report}"
    );
    let corrected = fs::read_to_string(folder.path().join("catalogue.json")).unwrap();
    let changed = corrected
        .lines()
        .zip(catalogue.lines())
        .filter(|(a, b)| a != b);
    assert_eq!(changed.count(), 4);
    let entries: Value = serde_json::from_str(&corrected).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 101);
    assert_eq!(lint_in(&folder, "catalogue.json", &[]).success(), "");
}

#[test]
fn findings_for_programs_are_an_array() {
    let list = r#"[{"name": "n", "filterPattern": "{ $.readOnly = \"true\" }"}, {"other": 1}, {"FilterPattern": "%a"}]"#;
    let report = lint(&[("list.json", list)], &["--output", "json"]).findings();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        report,
        json!([
            {
                "code": "boolean-as-string",
                "file": "list.json",
                "line": 1,
                "column": 36,
                "name": "n",
                "message": "never true: `$.readOnly` is a JSON boolean, not a string; use `IS TRUE`",
                "corrected_pattern": "{ $.readOnly IS TRUE }",
                "fixed": false,
            },
            {
                "code": "syntax",
                "file": "list.json",
                "line": 1,
                "column": 98,
                "name": "entry 2",
                "message": "expected `%` at the end, found `a` (CloudWatch: If a filter pattern starts with '%' it must end with '%')",
                "fixed": false,
            },
        ])
    );
}

#[test]
fn errors_in_a_list_are_reported_for_each_entry() {
    let list = r#"[{"pattern": 5}, {"name": "n", "FilterPattern": {}}, 7, {"pattern": "{ $.readOnly = true }"}]"#;
    let report = lint(&[("list.json", list)], &[]).findings();
    let first = r#"list.json:1:14: `pattern`: expected a string, found `5` [invalid]
1 | [{"pattern": 5}, {"name": "n", "FilterPattern": {}}, 7, {"pattern": "{ $.readOnly = true }"}]
  |              ^
in entry 0

list.json:1:49: `FilterPattern`: expected a string, found an object [invalid]
"#;
    assert!(report.starts_with(first), "{report}");
    assert_eq!(
        places(&report)[2..],
        ["list.json:1:54 invalid", "list.json:1:72 boolean-as-string"]
    );
    for (text, message) in [
        (
            "[1]",
            "1:2: expected an object with a `pattern`, `filterPattern` or `FilterPattern`, found `1`",
        ),
        (
            r#"[{"a": "b"}]"#,
            "1:1: expected entries with a `pattern`, `filterPattern` or `FilterPattern`, found none",
        ),
        (
            "[{\"pattern\": \"x\"},\n",
            "1:19: not JSON: expected a value, found the end",
        ),
        (
            "{\"pattern\" \"x\"}",
            "1:12: not JSON: expected `:`, found `\"`",
        ),
        (
            "5",
            "1:1: expected an array of patterns, or an alarms file, found `5`",
        ),
    ] {
        let report = lint(&[("list.json", text)], &[]).findings();
        let expected = format!("list.json:{message} [invalid]\n");
        assert!(report.starts_with(&expected), "{text}: {report}");
    }
}

//! The alarms file as an argument: the same in every command.

use std::fs;

use cloudtrail_alarms_testkit::records::failed_call;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{ANY_THRESHOLD, Outcome, alarm, empty_folder, folder, run, tool};

const NO_ALARMS_FILE: &str =
    "error: alarms.yaml not found in the current folder; pass --alarms-file FILE\n";

const BUILT_IN: &str = "note: alarms.yaml not found in the current folder; using the built-in alarms; pass others with \
                        --alarms-file FILE\n";

/// Runs the tool in a folder.
#[track_caller]
fn run_in(folder: &TempDir, arguments: &[&str]) -> Outcome {
    run(folder, arguments, &[], "")
}

/// An alarms file with two alarms, one of them with a test.
fn alarms() -> String {
    let tests = "Tests:\n  - {Name: error, Record: {errorCode: x}, Match: true}\n";
    format!(
        "Alarms:\n{}{}",
        alarm(
            "Errors",
            r#"{ $.errorCode = "*" }"#,
            &format!("{ANY_THRESHOLD}{tests}")
        ),
        alarm(
            "Reads",
            "{ $.readOnly IS TRUE }",
            &format!("{ANY_THRESHOLD}MetricName: Reads")
        )
    )
}

/// The formats of `export`.
const FORMATS: [&str; 4] = [
    "athena",
    "cloudformation",
    "logs-insights",
    "subscription-filter",
];

#[test]
fn without_an_alarms_file_lint_test_and_export_fail() {
    let folder = empty_folder();
    for command in [&["lint"][..], &["lint", "--fix"], &["test"]] {
        assert_eq!(run_in(&folder, command).usage_error(), NO_ALARMS_FILE);
    }
    for format in FORMATS {
        let outcome = run_in(&folder, &["export", format]);
        assert_eq!(outcome.usage_error(), NO_ALARMS_FILE, "{format}");
    }
}

#[test]
fn without_an_alarms_file_explain_and_backtest_report_the_alarms_that_they_use() {
    let record = failed_call(1, &json!({})).to_string();
    let folder = folder(&[("record.json", &record)]);
    let name = "Pattern1ApplicationKMSSecurityAlarm";
    let explained = run_in(&folder, &["explain", "--alarm", name, "record.json"]);
    assert_eq!((explained.code, explained.stderr.as_str()), (0, BUILT_IN));
    assert!(explained.stdout.contains(name), "{explained:?}");
    let backtest = run_in(&folder, &["backtest", "record.json"]);
    assert_eq!(backtest.code, 0, "{backtest:?}");
    assert!(backtest.stderr.starts_with(BUILT_IN), "{backtest:?}");
    assert!(backtest.stdout.contains(name), "{backtest:?}");
}

#[test]
fn a_positional_file_is_the_alarms_file() {
    let folder = folder(&[("my.yaml", &alarms())]);
    let formats = FORMATS.map(|format| vec!["export", format]);
    for command in formats.into_iter().chain([vec!["lint"], vec!["test"]]) {
        let with = |more: &[&str]| run_in(&folder, &[&command, more].concat());
        let named = with(&["--alarms-file", "my.yaml"]);
        assert_eq!(named.code, 0, "{named:?}");
        assert_eq!(with(&["my.yaml"]), named, "{command:?}");
        let both = with(&["my.yaml", "--alarms-file", "my.yaml"]).usage_error();
        assert!(both.contains("cannot be used with"), "{both}");
    }
}

#[test]
fn a_backtest_takes_its_paths_in_any_order() {
    let record = failed_call(1, &json!({})).to_string();
    let alarms = alarms();
    let folder = folder(&[
        ("alarms.yaml", &alarms),
        ("copy", &alarms),
        ("records/1.json", &record),
        ("2.json", &record),
    ]);
    let expected = run_in(&folder, &["backtest", "records", "2.json"]);
    assert!(
        expected.stdout.contains("records: 2; 2 matched"),
        "{expected:?}"
    );
    for arguments in [
        &["records", "2.json", "--alarms-file", "alarms.yaml"][..],
        &["alarms.yaml", "records", "2.json"],
        &["records", "copy", "2.json"],
        &["alarms.yaml", "--from", "records", "2.json"],
        &["--from", "records", "2.json", "copy"],
        &[
            "--from",
            "records",
            "--from",
            "2.json",
            "--alarms-file",
            "copy",
        ],
        &["records", "--from", "2.json"],
    ] {
        let run = run_in(&folder, &[&["backtest"], arguments].concat());
        assert_eq!(run, expected, "{arguments:?}");
    }
}

#[test]
fn a_backtest_has_one_alarms_file_and_records() {
    let alarms = alarms();
    let folder = folder(&[("a.yaml", &alarms), ("b.yaml", &alarms), ("r.json", "{}")]);
    let rejected = |arguments: &[&str]| {
        let arguments = [&["backtest"], arguments].concat();
        run_in(&folder, &arguments).usage_error()
    };
    let two = "error: expected one alarms file, found a.yaml and b.yaml; one of them can `Include` the other\n";
    assert_eq!(rejected(&["a.yaml", "b.yaml", "r.json"]), two);
    assert_eq!(
        rejected(&["r.json", "--from", "b.yaml", "--alarms-file", "a.yaml"]),
        two
    );
    assert_eq!(
        rejected(&["a.yaml"]),
        "error: expected files or folders with records in addition to the alarms file a.yaml, found none\n"
    );
    assert_eq!(
        rejected(&["none.yaml", "r.json"]),
        "error: none.yaml:1:1: cannot read the file: No such file or directory (os error 2)\n"
    );
    fs::write(folder.path().join("b.yaml"), "Alarms: [\n").unwrap();
    let invalid = rejected(&["b.yaml", "r.json"]);
    assert!(invalid.starts_with("error: b.yaml:"), "{invalid}");
    assert!(invalid.contains(": invalid YAML: "), "{invalid}");
}

#[test]
fn a_missing_parameter_is_reported_with_the_argument_that_sets_it() {
    let declared = "Parameters: {Project: {Type: String}}\nAlarms:\n";
    let alarm = alarm("A", r#"{ $.a = "${Project}" }"#, ANY_THRESHOLD);
    let folder = folder(&[("alarms.yaml", &(declared.to_owned() + &alarm))]);
    let lint = run_in(&folder, &["lint"]).findings();
    let test = run_in(&folder, &["test"]).usage_error();
    for message in [lint, test] {
        assert!(
            message.contains(
                "alarm `A` needs parameter `Project`, which has no value; set the environment variable PROJECT, or pass \
                 --param Project=VALUE"
            ),
            "{message}"
        );
    }
    assert_eq!(run_in(&folder, &["test", "--param", "Project=x"]).code, 0);
}

#[test]
fn some_alarms_can_be_selected() {
    let record = failed_call(1, &json!({})).to_string();
    let folder = folder(&[("alarms.yaml", &alarms()), ("record.json", &record)]);
    let selected = |command: &[&str], names: &[&str]| {
        let names = names.iter().flat_map(|name| ["--alarm", name]);
        let arguments: Vec<&str> = command.iter().copied().chain(names).collect();
        run_in(&folder, &arguments)
    };
    let queries = |names: &[&str]| {
        let export = ["export", "logs-insights", "--output", "json"];
        let rows: Value = serde_json::from_str(&selected(&export, names).stdout).unwrap();
        let rows = rows.as_array().unwrap().iter();
        rows.filter_map(|row| row["alarm"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(queries(&[]), ["Errors", "Reads"]);
    assert_eq!(queries(&["Reads"]), ["Reads"]);
    assert_eq!(queries(&["Reads", "Errors", "Reads"]), ["Errors", "Reads"]);
    assert_eq!(
        selected(&["test"], &["Reads"]).success(),
        "0 passed, 0 failed; without tests: Reads\n"
    );
    let backtest = selected(&["backtest", "record.json"], &["Reads"]).success();
    assert!(
        backtest.contains("\nReads ") && !backtest.contains("Errors"),
        "{backtest}"
    );
    for command in [
        &["test"][..],
        &["export", "athena"],
        &["backtest", "record.json"],
        &["lint"],
    ] {
        assert_eq!(
            selected(command, &["Errors", "Other"]).usage_error(),
            "error: unknown alarm \"Other\"; available: `Errors`, `Reads`\n"
        );
    }
}

#[test]
fn the_help_of_every_command_names_the_argument() {
    for command in ["lint", "test", "explain", "backtest", "export athena"] {
        let arguments: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = tool(&arguments).success();
        assert!(help.contains("--alarms-file <FILE>"), "{help}");
        assert!(help.contains("--param <NAME=VALUE>"), "{help}");
        assert!(!help.contains("--from"), "{help}");
    }
}

//! Hostile alarms files. The function and `lint` report the same fault at the same place.

use std::fmt::Write as _;
use std::path::Path;

use super::row::{folder, start};
use super::tool::tool;

/// Checks that both the function and the tool refuse `alarms.yaml` among these files, with these words.
#[track_caller]
fn check_refused(files: &[(&str, &str)], words: &str) {
    let folder = folder(files);
    check_refused_in(folder.path(), words);
}

#[track_caller]
fn check_refused_in(folder: &Path, words: &str) {
    let of_function = start(folder).refuses_to_start();
    let of_tool = tool(folder, &["lint", "alarms.yaml"], "");
    assert!(of_function.contains(words), "{of_function:.2000}");
    assert!(
        of_tool.code == 1 && of_tool.text.contains(words),
        "{}",
        of_tool.text
    );
}

#[test]
fn aliases_are_refused() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in ('b'..='j').zip('a'..) {
        writeln!(
            bomb,
            "{name}: &{name} [*{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}]"
        )
        .unwrap();
    }
    check_refused(
        &[("alarms.yaml", &bomb)],
        "alarms.yaml:2:8: aliases are not supported",
    );
}

#[test]
fn collections_50_000_deep_are_refused() {
    for open in ["[", "- "] {
        let alarms = format!("Alarms:\n  {}", open.repeat(50_000));
        check_refused(
            &[("alarms.yaml", &alarms)],
            "not YAML: recursion limit exceeded",
        );
    }
}

#[test]
fn a_file_that_includes_itself_is_refused() {
    let include = |path: &str| format!("Include: [{path}]\n");
    check_refused(
        &[("alarms.yaml", &include("alarms.yaml"))],
        "would include itself",
    );
    let files = [
        ("alarms.yaml", &*include("b.yaml")),
        ("b.yaml", &include("./alarms.yaml")),
    ];
    check_refused(&files, "would include itself");
}

#[test]
fn control_characters_in_a_name_are_refused() {
    let alarms = "Alarms:\n  - AlarmName: \"a\\e[2J\\nSubject: OK\"\n";
    let words = "alarms.yaml:2:16: `AlarmName`: expected a name without control characters";
    check_refused(&[("alarms.yaml", alarms)], words);
}

#[test]
fn five_thousand_alarms_are_taken() {
    let mut alarms = "Alarms:\n".to_owned();
    for n in 0..5_000 {
        writeln!(
            alarms,
            "  - {{AlarmName: A{n}, FilterPattern: '{{ $.eventName = \"Call{n}\" }}', MetricNamespace: N, MetricName: M, \
             Period: 60, EvaluationPeriods: 1, Threshold: 0, ComparisonOperator: GreaterThanThreshold}}"
        )
        .unwrap();
    }
    let folder = folder(&[("alarms.yaml", &alarms)]);
    let mut function = start(folder.path());
    let record = serde_json::json!({"eventName": "Call4999"});
    let reply = function.invoke(&super::records::records([record])).unwrap();
    assert_eq!(reply["matched"], 1);
    assert_eq!(reply["notifications"]["sent"], 1);
    let peak = function.peak_memory().unwrap();
    assert!(peak < 128 << 20, "{} MiB", peak >> 20);
}

/// Known limitation: `Include` reads any path, and the message of a fault contains a line of the file. Do not run `lint`
/// or a build on an alarms file of an unknown author with access to secrets. A path with `..` is not a fault, because an
/// alarms file may include one of a neighboring folder.
#[test]
fn an_included_file_that_is_not_an_alarms_file_is_a_fault() {
    let files = [
        ("function/alarms.yaml", "Include: [../secret]\n"),
        ("secret", "root:x:0:0:root:/root:/bin/sh\n"),
    ];
    let folder = folder(&files);
    check_refused_in(&folder.path().join("function"), "secret:1:1: ");
}

//! The command `lint`: findings with their positions, and the files that `--fix` writes.

use std::fs::{self, DirEntry, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{ANY_THRESHOLD, Outcome, TOOL, alarm, file, folder, run, tool};

/// An alarms file with the catalogue's kinds of quoting, and something wrong in each alarm.
const ALARMS: &str = r#"Parameters:
  Role: {Type: String, Example: deployer}
Include: [more.yaml]
Alarms:
  - AlarmName: Denied
    FilterPattern: '{ $.errorCode = "AccessDenied" && $.userIdentity.invokedBy != "it''s" }' # stays
    MetricNamespace: App
    MetricName: Denied
    Period: 60
    EvaluationPeriods: 1
    Statistic: Average
    Threshold: 5
    ComparisonOperator: GreaterThanThreshold
    GroupBy: [$.recipientAccountID]
    Exclude:
      - {Pattern: "{ $.userAgent != \"a\" || $.userAgent != \"b\" }", Reason: noise, Owner: Ann, Expires: 2026-01-31}
  - AlarmName: Changes
    FilterPattern: >-
      { $.readOnly = false &&
        $.userIdentity.arn = "${Role}" && $.userIdentity.userName
        != "x" }
    MetricNamespace: App
    MetricName: Changes
    Period: 60
    EvaluationPeriods: 1
    Threshold: 5
    ComparisonOperator: GreaterThanThreshold
"#;

/// The corrections of each file.
const CORRECTIONS: [(&str, &str); 4] = [
    (
        r#"&& $.userIdentity.invokedBy != "it''s" }"#,
        r#"&& ($.userIdentity.invokedBy NOT EXISTS || $.userIdentity.invokedBy != "it''s") }"#,
    ),
    (r#"\"a\" || $.userAgent"#, r#"\"a\" && $.userAgent"#),
    ("$.readOnly = false", "$.readOnly IS FALSE"),
    (
        "$.userIdentity.userName\n        != \"x\" }",
        "($.userIdentity.userName NOT EXISTS || $.userIdentity.userName\n        != \"x\") }",
    ),
];

/// With a byte order mark, two patterns that do not parse, and a misspelt property.
const MORE: &str = "\u{feff}Alarms:
  - AlarmName: Logins
    FilterPattern: |
      {
        $.errorMessage = Failed authentication &&
        $.errorCode IS NULL
      }
    Treshold: 1
  - AlarmName: Other
    FilterPattern: \"{ $eventName = Décrypt }\"
";

const MORE_CORRECTIONS: [(&str, &str); 3] = [
    ("Failed authentication", "\"Failed authentication\""),
    ("$.errorCode IS NULL", "$.errorCode NOT EXISTS"),
    ("$eventName", "$.eventName"),
];

/// The text with each correction in its place.
#[track_caller]
fn corrected(text: &str, corrections: &[(&str, &str)]) -> String {
    corrections
        .iter()
        .fold(text.to_owned(), |text, (written, instead)| {
            assert_eq!(text.matches(written).count(), 1, "{written}");
            text.replace(written, instead)
        })
}

/// An alarms file with one alarm: this pattern, and these lines of properties.
fn alarms(pattern: &str, properties: &str) -> String {
    format!("Alarms:\n{}", alarm("A", pattern, properties))
}

/// Lints a file of a new folder on a day in 2026.
#[track_caller]
fn lint(files: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    let folder = folder(files);
    lint_in(&folder, files[0].0, arguments)
}

#[track_caller]
fn lint_in(folder: impl AsRef<Path>, file: &str, arguments: &[&str]) -> Outcome {
    let always = ["lint", "--today", "2026-02-01", file];
    run(folder, &[&always, arguments].concat(), &[], "")
}

/// Positions and codes of findings, without repetitions.
fn places(report: &str) -> Vec<String> {
    let place_and_code = |line: &str| {
        let (position, rest) = line.split_once(": ")?;
        let (_, code) = rest.strip_suffix(']')?.rsplit_once(" [")?;
        let is_position = position
            .split(':')
            .skip(1)
            .all(|part| part.parse::<usize>().is_ok());
        (is_position && position.contains(':')).then(|| format!("{position} {code}"))
    };
    let mut places: Vec<String> = report.lines().filter_map(place_and_code).collect();
    places.dedup();
    places
}

#[test]
fn the_alarms_that_are_deployed_have_no_findings() {
    assert_eq!(tool(&["lint"]).success(), "");
    assert_eq!(tool(&["lint", "alarms.yaml"]).success(), "");
    assert_eq!(tool(&["lint", "--output", "json"]).success(), "[]\n");
}

#[test]
fn a_finding_has_its_place_its_reason_and_its_correction() {
    let pattern = r#"{ $.eventSource = "kms.amazon.com" && $.errorCode = "*" }"#;
    let report = tool(&["lint", "--filter-pattern", pattern]).findings();
    assert_eq!(
        report,
        r#"--filter-pattern:1:19: no record has the value `kms.amazon.com` in `$.eventSource`; did you mean `kms.amazonaws.com`? [service-name]
1 | { $.eventSource = "kms.amazon.com" && $.errorCode = "*" }
  |                   ^^^^^^^^^^^^^^^^
write: { $.eventSource = "kms.amazonaws.com" && $.errorCode = "*" }

1 finding, 1 with a correction
"#
    );
}

#[test]
fn every_file_and_every_way_of_quoting_is_checked() {
    let files = [("alarms.yaml", ALARMS), ("more.yaml", MORE)];
    let report = lint(&files, &[]).findings();
    assert_eq!(
        places(&report),
        [
            "alarms.yaml:6:55 missing-field",
            "alarms.yaml:12:16 threshold-never-crossed",
            "alarms.yaml:14:15 unknown-field",
            "alarms.yaml:16:22 always-true",
            "alarms.yaml:16:107 expired-exclusion",
            "alarms.yaml:19:9 boolean-as-string",
            "alarms.yaml:20:43 missing-field",
            "more.yaml:2:5 invalid",
            "more.yaml:5:33 unquoted-value",
            "more.yaml:8:5 invalid",
            "more.yaml:9:5 invalid",
            "more.yaml:10:24 syntax",
        ],
        "{report}"
    );
    assert!(report.contains("in Denied\n"), "{report}");
    assert!(
        report.contains("the exclusion expired on 2026-01-31, so its records count again; remove it, or have Ann renew it"),
        "{report}"
    );
}

#[test]
fn fix_writes_the_corrections_and_nothing_else() {
    let files = [("alarms.yaml", ALARMS), ("more.yaml", MORE)];
    let folder = folder(&files);
    let report = lint_in(&folder, "alarms.yaml", &["--fix"]).findings();
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("alarms.yaml"), corrected(ALARMS, &CORRECTIONS));
    assert_eq!(read("more.yaml"), corrected(MORE, &MORE_CORRECTIONS));
    assert_eq!(report.matches(": fixed: ").count(), 7, "{report}");

    let second = lint_in(&folder, "alarms.yaml", &["--fix"]).findings();
    assert!(
        !second.contains("fixed: ") && !second.contains("write: "),
        "{second}"
    );
    assert_eq!(read("alarms.yaml"), corrected(ALARMS, &CORRECTIONS));
}

/// The names of what is in a folder.
fn names(folder: impl AsRef<Path>) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it is a folder");
    let name = |entry: io::Result<DirEntry>| entry.expect("it is there").file_name();
    let mut names: Vec<_> = entries
        .map(name)
        .map(|name| name.display().to_string())
        .collect();
    names.sort();
    names
}

#[test]
fn fix_keeps_the_permissions_of_a_file_and_the_link_to_it() {
    let files = [("alarms.yaml", ALARMS), ("more.yaml", MORE)];
    let folder = folder(&files);
    fs::rename(
        folder.path().join("more.yaml"),
        folder.path().join("shared.yaml"),
    )
    .unwrap();
    symlink("shared.yaml", folder.path().join("more.yaml")).unwrap();
    let mode = |name| {
        fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    for (name, mode) in [("alarms.yaml", 0o640), ("shared.yaml", 0o664)] {
        fs::set_permissions(folder.path().join(name), Permissions::from_mode(mode)).unwrap();
    }
    lint_in(&folder, "alarms.yaml", &["--fix"]).findings();
    assert_eq!((mode("alarms.yaml"), mode("shared.yaml")), (0o640, 0o664));
    let link = fs::read_link(folder.path().join("more.yaml")).unwrap();
    assert_eq!(link, Path::new("shared.yaml"));
    let shared = fs::read_to_string(folder.path().join("shared.yaml")).unwrap();
    assert_eq!(shared, corrected(MORE, &MORE_CORRECTIONS));
    assert_eq!(names(&folder), ["alarms.yaml", "more.yaml", "shared.yaml"]);
}

#[test]
fn a_disk_that_fills_while_fix_writes_leaves_every_file_as_it_was() {
    // The first file fits, the second does not.
    let long = format!("{MORE}{}", "# a comment\n".repeat(1_000));
    let files = [("alarms.yaml", ALARMS), ("more.yaml", long.as_str())];
    let folder = folder(&files);
    let output = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 8; exec \"$0\" lint --fix alarms.yaml",
            TOOL,
        ])
        .current_dir(&folder)
        .output()
        .expect("there is a shell");
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert!(
        complaint.starts_with("error: cannot write more.yaml: "),
        "{complaint}"
    );
    for (name, text) in files {
        assert_eq!(
            fs::read_to_string(folder.path().join(name)).unwrap(),
            text,
            "{name}"
        );
    }
    assert_eq!(names(&folder), ["alarms.yaml", "more.yaml"]);
}

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
                "message": "never true: `$.readOnly` is a JSON boolean, which no text is compared with; write `IS TRUE`",
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
fn a_threshold_is_judged_by_what_datapoints_can_be() {
    let cases = [
        (
            "Threshold: 5\nComparisonOperator: GreaterThanThreshold",
            None,
        ),
        (
            "Statistic: Maximum\nThreshold: 1\nComparisonOperator: GreaterThanThreshold",
            Some(
                "with `Statistic` Maximum and this `MetricValue` a datapoint is 1: none crosses the threshold [threshold-never-crossed]",
            ),
        ),
        (
            "Statistic: Maximum\nThreshold: 1\nComparisonOperator: GreaterThanOrEqualToThreshold",
            None,
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold",
            Some(
                "with `Statistic` Sum and this `MetricValue` a datapoint is 1 or more: none crosses the threshold [threshold-never-crossed]",
            ),
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold\nDefaultValue: 0",
            None,
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold\nCountDistinct: $.sourceIPAddress",
            Some(
                "with `Statistic` Sum and this `MetricValue` a datapoint is 1 or more: none crosses the threshold [threshold-never-crossed]",
            ),
        ),
        (
            "Threshold: 2\nComparisonOperator: LessThanThreshold\nCountDistinct: $.sourceIPAddress",
            None,
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold\nCountDistinct: $.sourceIPAddress\nDefaultValue: 0",
            None,
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold\nTreatMissingData: breaching",
            None,
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold\nMetricValue: $.requestParameters.size",
            None,
        ),
        (
            "Threshold: 0\nComparisonOperator: GreaterThanOrEqualToThreshold\nDefaultValue: 0",
            Some(
                "with `Statistic` Sum and this `MetricValue` a datapoint is 0 or more: each crosses the threshold, and the alarm never ends [threshold-always-crossed]",
            ),
        ),
        (
            "Threshold: 1\nComparisonOperator: GreaterThanOrEqualToThreshold\nTreatMissingData: breaching",
            Some(
                "with `Statistic` Sum and this `MetricValue` a datapoint is 1 or more: each crosses the threshold, as missing ones do, and the alarm never ends [threshold-always-crossed]",
            ),
        ),
        (
            "Threshold: 1\nComparisonOperator: GreaterThanOrEqualToThreshold\nTreatMissingData: notBreaching",
            None,
        ),
    ];
    for (properties, expected) in cases {
        let file = alarms("{ $.errorCode = \"*\" }", properties);
        let outcome = lint(&[("alarms.yaml", &file)], &[]);
        match expected {
            None => assert_eq!(outcome.success(), "", "{properties}"),
            Some(expected) => {
                let report = outcome.findings();
                let first = report.lines().next().unwrap_or_default();
                assert!(first.ends_with(expected), "{properties}: {report}");
                assert!(report.ends_with("\n1 finding\n"), "{report}");
            }
        }
    }
}

#[test]
fn reminders_that_nothing_ends_are_found() {
    let endless = "Threshold: 1\nComparisonOperator: GreaterThanOrEqualToThreshold\nTreatMissingData: ignore\nGroupBy: [$.userIdentity.arn]\nRenotifyAfter: 1h";
    let lint = |properties: &str| {
        let file = alarms("{ $.errorCode = \"*\" }", properties);
        lint(&[("alarms.yaml", &file)], &[])
    };
    let report = lint(endless).findings();
    assert_eq!(places(&report), ["alarms.yaml:12:20 endless-reminders"]);
    let ended = [
        endless.replace("ignore", "notBreaching"),
        endless.replace("ignore", "missing"),
        endless.replace("GroupBy: [$.userIdentity.arn]\n", ""),
        endless.replace("\nRenotifyAfter: 1h", ""),
        format!("{endless}\nDefaultValue: 0"),
        format!("{endless}\nActionsEnabled: false"),
        format!("{endless}\nAlarmActions: []"),
    ];
    for properties in ended {
        assert_eq!(lint(&properties).success(), "", "{properties}");
    }
}

#[test]
fn an_exclusion_is_judged_by_its_day_and_by_what_it_leaves() {
    let exclusion = |pattern: &str, expires: &str| {
        let properties = format!(
            "{ANY_THRESHOLD}Exclude:\n  - {{Pattern: '{pattern}', Reason: r, Owner: o, Expires: {expires}}}\n"
        );
        alarms("{ $.errorCode = \"*\" }", &properties)
    };
    let lint = |file: &str| lint(&[("alarms.yaml", file)], &[]);
    let other = "{ $.eventName = A }";
    assert_eq!(lint(&exclusion(other, "2026-02-01")).success(), "");
    let expired = lint(&exclusion(other, "2026-01-31")).findings();
    assert_eq!(places(&expired), ["alarms.yaml:11:72 expired-exclusion"]);
    for all in ["", "{ ($.errorCode = *) }"] {
        let report = lint(&exclusion(all, "2026-02-01")).findings();
        assert_eq!(places(&report), ["alarms.yaml:11:19 excludes-everything"]);
    }
}

#[test]
fn a_parameter_without_a_value_hides_nothing() {
    let pattern =
        r#"{ $.eventSource = "kms.amazon.com" && $.errorCode = "${Nope}" && $.readOnly = true }"#;
    let never = "Statistic: Maximum\nThreshold: 1\nComparisonOperator: GreaterThanThreshold";
    let report = lint(&[("alarms.yaml", &alarms(pattern, never))], &[]).findings();
    assert_eq!(
        places(&report),
        [
            "alarms.yaml:3:39 service-name",
            "alarms.yaml:3:74 invalid",
            "alarms.yaml:3:86 boolean-as-string",
            "alarms.yaml:9:16 threshold-never-crossed",
        ]
    );
    assert!(
        report.contains(": parameter `Nope` is not declared under `Parameters` [invalid]\n"),
        "{report}"
    );
}

#[test]
fn the_pattern_of_an_alarm_that_does_not_load_is_checked() {
    let report = lint(
        &[(
            "alarms.yaml",
            &alarms("{ $.readOnly = true }", "Treshold: 1"),
        )],
        &[],
    )
    .findings();
    assert!(report.contains("[boolean-as-string]\n"), "{report}");
    assert!(report.contains("unknown property `Treshold`"), "{report}");
}

#[test]
fn escapes_and_continued_lines_are_corrected_in_place() {
    let written = r#"Alarms:
  - AlarmName: Escaped
    FilterPattern: "{ $.eventSource = \"kms.\x61mazon.com\" && \
        $.readOnly = \U00000074rue }"
  - AlarmName: Plain
    FilterPattern: “Denied”
  - AlarmName: PlainParagraphs
    FilterPattern: “Denied

      twice”
"#;
    let folder = folder(&[("alarms.yaml", written)]);
    let report = lint_in(&folder, "alarms.yaml", &["--fix"]).findings();
    assert_eq!(
        fs::read_to_string(folder.path().join("alarms.yaml")).unwrap(),
        corrected(
            written,
            &[
                (r"kms.\x61mazon.com", "kms.amazonaws.com"),
                (r"= \U00000074rue", "IS TRUE"),
                ("“Denied”", "'\"Denied\"'"),
            ]
        )
    );
    let not_written = r#"^
in PlainParagraphs
not written: the text cannot be edited in the form in which the file has it
write: "Denied twice"
"#;
    assert!(report.contains(not_written), "{report}");
    let json = lint_in(&folder, "alarms.yaml", &["--fix", "--output", "json"]).findings();
    let json: Value = serde_json::from_str(&json).unwrap();
    let finding = json
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["code"] == "syntax");
    assert_eq!(
        finding.unwrap()["not_fixed"],
        "the text cannot be edited in the form in which the file has it"
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

#[test]
fn what_cannot_be_linted_is_a_usage_error() {
    let complaint =
        |files: &[(&str, &str)], arguments: &[&str]| lint(files, arguments).usage_error();
    let file = alarms("", ANY_THRESHOLD);
    assert_eq!(
        complaint(&[("alarms.yaml", &file)], &["--param", "Nobody=x"]),
        "error: --param Nobody: unknown parameter; available: none\n"
    );
    let nowhere = tool(&["lint", "nowhere.yaml"]).usage_error();
    assert!(
        nowhere.starts_with("error: cannot read nowhere.yaml"),
        "{nowhere}"
    );
    let both = tool(&["lint", "--fix", "--filter-pattern", "x"]).usage_error();
    assert!(both.contains("cannot be used with"), "{both}");
}

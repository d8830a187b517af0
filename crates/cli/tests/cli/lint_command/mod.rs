//! The command `lint`: findings with their positions, and the files that `--fix` writes.

use std::path::Path;

use super::{ANY_THRESHOLD, Outcome, alarm, folder, run, tool};

mod alarms;
mod fix;
mod lists;

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
fn some_alarms_can_be_selected() {
    let alarms = ALARMS.replace("Include: [more.yaml]\n", "");
    let files = [("alarms.yaml", alarms.as_str())];
    let selected = lint(&files, &["--alarm", "Changes"]).findings();
    assert_eq!(
        places(&selected),
        [
            "alarms.yaml:18:9 boolean-as-string",
            "alarms.yaml:19:43 missing-field",
        ]
    );
    assert_eq!(
        lint(&files, &["--alarm", "Change"]).usage_error(),
        "error: unknown alarm \"Change\"; did you mean `Changes`?\n"
    );
    let folder = folder(&files);
    let fixed = lint_in(&folder, "alarms.yaml", &["--alarm", "Changes", "--fix"]);
    assert_eq!(fixed.code, 0, "{fixed:?}");
    let others = lint_in(&folder, "alarms.yaml", &[]).findings();
    assert_eq!(places(&others)[0], "alarms.yaml:5:55 missing-field");
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
suggested: { $.eventSource = "kms.amazonaws.com" && $.errorCode = "*" }

1 finding, 1 with a suggested fix
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

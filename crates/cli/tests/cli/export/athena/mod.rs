//! `export athena`: the statements, run in `DuckDB` over real records.

mod expected;
mod records;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::{ParameterDeclaration, load};
use cloudtrail_alarms_testkit::alarms::alarm_item;
use cloudtrail_alarms_testkit::repository;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::FILES;
use crate::{folder, run};
use expected::{expected, matching, sorted};
use records::records;

/// Patterns with each kind of test, on text columns, JSON columns, structs, arrays and members of objects.
const PATTERNS: &[&str] = &[
    r#"{ $.eventName = Put*Policy && $.errorCode != "AccessDenied" }"#,
    "{ $.readOnly IS FALSE && $.userIdentity.invokedBy NOT EXISTS && $.userAgent != %aws-cli/[0-9]% }",
    "{ $.userIdentity.sessionContext NOT EXISTS || $.resources NOT EXISTS }",
    r#"{ $.requestParameters.* = "*" && $.requestParameters.bucketName NOT EXISTS }"#,
    r#"{ $.requestParameters.* = "true" || $.requestParameters.force = "true" }"#,
    "{ $.requestParameters.* IS TRUE }",
    "{ $.requestParameters.* NOT EXISTS && $.eventName = Describe* }",
    "{ $.requestParameters.* > 90 || $.requestParameters.maxResults <= 5 }",
    "{ $.requestParameters.instancesSet.items[*].instanceId = i-* }",
    "{ $.requestParameters.instancesSet.*[0].instanceId = i-* }",
    r#"{ $.responseElements.credentials.* != "x" && $.requestParameters.roleSessionName != "*Session*" }"#,
    r#"{ $.requestParameters.maxResults = 50 || $.requestParameters.maxResults = "100" || $.requestParameters.limit != 60 }"#,
    r#"{ $.requestParameters.dryRun != "x" || $.requestParameters.force = "*" || $.responseElements.publicAccess = %e$% }"#,
    r#"{ $.resources[*].ARN = "arn:aws:s3*" || $.resources[0].type = "AWS::KMS::Key" }"#,
    r#"{ $.resources[*].ARN != "arn:aws:kms*" || $.resources[*].accountId NOT EXISTS }"#,
    r#"{ $.requestParameters.['a.b'] = "it's \"so\"" || $.requestParameters.policyDocument = "*_*%*" }"#,
    "{ $.additionalEventData.bytesTransferredOut >= 100 && $.additionalEventData.bytesTransferredOut != 0 }",
    "{ $.additionalEventData.MFAUsed != Yes && $.responseElements.ConsoleLogin = Success }",
];

/// The alarms of a file. Each parameter has its default or its example as value.
fn alarms(path: &Path) -> Vec<AlarmDefinition> {
    let value =
        |parameter: &ParameterDeclaration| parameter.default.clone().or(parameter.example.clone());
    let file = load(path, &|path| fs::read_to_string(path), &value);
    file.unwrap_or_else(|error| panic!("{error}")).alarms
}

/// Runs statements in `DuckDB`.
fn run_in_duckdb(records: &[Value], statements: &[String]) -> Vec<Value> {
    let script = repository::path("crates/cli/tests/cli/export/athena/run.py");
    let mut python = Command::new(repository::tool("athena/bin/python"))
        .arg("-B")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let request = json!({"records": records, "statements": statements}).to_string();
    let mut stdin = python.stdin.take().expect("it is piped");
    stdin
        .write_all(request.as_bytes())
        .expect("Python reads it");
    drop(stdin);
    let output = python.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "see standard error");
    serde_json::from_slice(&output.stdout).expect("it writes JSON")
}

/// The statements of an alarms file, by the names of their alarms.
fn statements(folder: &Path, arguments: &[&str]) -> BTreeMap<String, String> {
    let arguments = [&["export", "athena", "--output", "json"], arguments].concat();
    let printed = run(folder, &arguments, &[], "");
    let rows: Vec<Value> = serde_json::from_str(&printed.stdout).expect("it is JSON");
    let query = |row: &Value| {
        Some((
            row["alarm"].as_str()?.to_owned(),
            row["query"].as_str()?.to_owned(),
        ))
    };
    rows.iter().filter_map(query).collect()
}

/// Alarms that windows without a record raise.
fn silent() -> String {
    let few = "ComparisonOperator: LessThanThreshold\nThreshold: 3\nPeriod: 7200";
    let item = |name: &str, more: &str| {
        alarm_item(&format!(
            "AlarmName: {name}\nFilterPattern: '{{ $.eventSource = \"x\" }}'\n{few}\n{more}"
        ))
    };
    [
        item("Default", "DefaultValue: 0"),
        item("Breaching", "TreatMissingData: breaching"),
        item("Only with records", "TreatMissingData: notBreaching"),
    ]
    .concat()
}

#[test]
fn the_statements_find_the_records_that_the_patterns_match() {
    let patterns = PATTERNS.iter().enumerate().map(|(number, pattern)| {
        let pattern = pattern.replace('\'', "''");
        alarm_item(&format!(
            "AlarmName: Pattern {number}\nFilterPattern: '{pattern}'\nPeriod: 300\nThreshold: 2\n\
             GroupBy: [$.eventName]\nCountDistinct: $.requestParameters.bucketName"
        ))
    });
    let patterns = format!("Alarms:\n{}", patterns.collect::<String>());
    let folder = folder(&[
        ("patterns.yaml", &patterns),
        ("silent.yaml", &format!("Alarms:\n{}", silent())),
    ]);
    let days = ["--start-date", "2026-11-29", "--end-date", "2026-12-01"];
    // Three days of windows of two hours.
    let first = "2026-11-29T00:00:00Z"
        .parse::<Timestamp>()
        .expect("it is a time")
        .as_second()
        / 7200;
    let windows = (first, first + 35);

    let packs = FILES.map(|file| repository::root().join(file));
    let of_patterns = alarms(&folder.path().join("patterns.yaml"));
    let of_silence = alarms(&folder.path().join("silent.yaml"));
    let mut all: Vec<(AlarmDefinition, Option<(i64, i64)>)> = Vec::new();
    let mut exported = BTreeMap::new();
    for path in &packs {
        all.extend(alarms(path).into_iter().map(|alarm| (alarm, None)));
        exported.extend(statements(
            repository::root().as_path(),
            &[path.to_str().expect("it is UTF-8")],
        ));
    }
    all.extend(of_patterns.into_iter().map(|alarm| (alarm, None)));
    exported.extend(statements(folder.path(), &["patterns.yaml"]));
    all.extend(of_silence.into_iter().map(|alarm| (alarm, Some(windows))));
    exported.extend(statements(
        folder.path(),
        &[&["silent.yaml"], &days[..]].concat(),
    ));

    let definitions: Vec<AlarmDefinition> = all.iter().map(|(alarm, _)| alarm.clone()).collect();
    let records = records(&definitions);
    assert!(records.len() > 900, "{}", records.len());
    all.retain(|(alarm, _)| exported.contains_key(&alarm.name));
    assert!(all.len() > 70, "{}", all.len());
    let texts: Vec<String> = all
        .iter()
        .map(|(alarm, _)| exported[&alarm.name].clone())
        .collect();
    let found = run_in_duckdb(&records, &texts);
    let definitions: Vec<AlarmDefinition> = all.iter().map(|(alarm, _)| alarm.clone()).collect();
    let matching = matching(&definitions, &records);
    let mut matched = 0;
    for (((alarm, windows), matching), mut found) in all.iter().zip(&matching).zip(found) {
        if let Value::Array(rows) = found["rows"].take() {
            found["rows"] = sorted(rows).into();
        }
        let expected = expected(alarm, matching, &records, *windows);
        assert_eq!(found, expected, "{}: {}", alarm.name, exported[&alarm.name]);
        matched += usize::from(
            !found["records"]
                .as_array()
                .expect("it is a list")
                .is_empty(),
        );
    }
    assert!(matched > 60, "{matched}");
}

#[test]
fn windows_without_a_record_need_days() {
    let folder = folder(&[("alarms.yaml", &format!("Alarms:\n{}", silent()))]);
    let printed = run(
        &folder,
        &["export", "athena", "--start-date", "2026-11-29"],
        &[],
        "",
    );
    assert_eq!(printed.code, 1, "{printed:?}");
    let note = "Default, Breaching: left out: windows without a record raise it; give the days to search with --start-date and --end-date\n";
    assert!(printed.stderr.starts_with(note), "{printed:?}");
    let backwards = [
        "export",
        "athena",
        "--start-date",
        "2026-11-29",
        "--end-date",
        "2026-11-28",
    ];
    assert_eq!(
        run(&folder, &backwards, &[], "").usage_error(),
        "error: --end-date: expected a day that is not before --start-date\n"
    );
    let insights = run(&folder, &["export", "logs-insights"], &[], "");
    assert!(insights.stderr.starts_with(
        "Default, Breaching: left out: windows without a record raise it, and Insights has no rows for them\n"
    ));
}

#[test]
fn the_table_and_the_days_are_in_the_statement() {
    let alarms = format!(
        "Alarms:\n{}",
        alarm_item("FilterPattern: '{ $.eventName = a || $.eventName = b }'")
    );
    let folder = folder(&[("alarms.yaml", &alarms)]);
    let days = ["--start-date", "2026-02-27", "--end-date", "2026-02-28"];
    let arguments = [&["export", "athena", "--table", "audit.trail_1"], &days[..]].concat();
    let printed = run(&folder, &arguments, &[], "");
    assert_eq!(
        printed.stdout,
        "-- A
-- the query counts by `eventTime`: the table does not have the delivery time
-- windows do not slide: records on both sides of a window's end are not counted together
SELECT from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 60) * 60) AS period,
       count(*) AS matches
FROM audit.trail_1
WHERE concat(year, month, day) >= '20260227'
  AND eventtime >= '2026-02-27'
  AND concat(year, month, day) <= '20260301'
  AND eventtime < '2026-03-01'
  AND (eventname = 'a' OR eventname = 'b')
GROUP BY 1
HAVING count(*) > 1
ORDER BY 1;
"
    );
    for table in ["a b", "a;drop", "", "a..b", "1a", "a.b.c.d", "a.Select"] {
        let refused = run(&folder, &["export", "athena", "--table", table], &[], "");
        assert_eq!(refused.code, 2, "{table}");
    }
    for argument in ["--start-date", "--end-date"] {
        let arguments = ["export", "athena", argument, "9999-12-31"];
        assert_eq!(
            run(&folder, &arguments, &[], "").usage_error(),
            format!("error: {argument}: expected a year from 1970 to 9998\n")
        );
    }
}

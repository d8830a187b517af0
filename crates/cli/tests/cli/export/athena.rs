//! `export athena`: the statements, run in DuckDB over real records.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cloudtrail_alarms::alarm::definition::{AlarmDefinition, RecordSource};
use cloudtrail_alarms::alarm::evaluation::breaches;
use cloudtrail_alarms::alarm::file::{ParameterDeclaration, load};
use cloudtrail_alarms_testkit::alarms::alarm_item;
use cloudtrail_alarms_testkit::records::real;
use cloudtrail_alarms_testkit::repository;
use cloudwatch_filter_pattern::record::{Selector, Selectors, Step};
use cloudwatch_filter_pattern::{FilterPattern, PatternSet};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::FILES;
use crate::{folder, run};

/// Patterns with each kind of test, on text columns, JSON columns, structs, arrays and members of objects.
const PATTERNS: &[&str] = &[
    r#"{ $.eventName = Put*Policy && $.errorCode != "AccessDenied" }"#,
    r#"{ $.readOnly IS FALSE && $.userIdentity.invokedBy NOT EXISTS && $.userAgent != %aws-cli/[0-9]% }"#,
    r#"{ $.userIdentity.sessionContext NOT EXISTS || $.resources NOT EXISTS }"#,
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

/// The fields whose values are JSON text in the table.
const DOCUMENTS: [&str; 4] = [
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "serviceEventDetails",
];

/// Invented values: shapes that the real records do not have.
fn invented() -> Vec<Value> {
    let shapes = [
        json!({"force": "true", "maxResults": 50.0, "dryRun": true}),
        json!({"force": true, "maxResults": "50", "dryRun": "no"}),
        json!({"a.b": "it's \"so\"", "limit": "60", "policyDocument": "a_b%c\\"}),
        json!({"force": {"x": 1}, "limit": 60.0, "instancesSet": {"items": "i-1"}}),
        json!({"limit": null, "bucketName": null, "instancesSet": {"items": {"x": {"instanceId": "i-2"}}}}),
        json!({"maxResults": "4", "instancesSet": [[{"instanceId": "i-3"}]], "items": []}),
        json!({}),
    ];
    let record = |(second, parameters): (usize, &Value)| {
        json!({
            "eventVersion": "1.11", "eventID": second.to_string(), "eventName": "DescribeShapes", "eventSource": "x",
            "eventTime": format!("2026-11-30T10:00:{second:02}Z"), "requestParameters": parameters, "readOnly": true,
            "additionalEventData": {"bytesTransferredOut": if second == 0 { json!(100.5) } else { json!("100") }},
        })
    };
    shapes.iter().enumerate().map(record).collect()
}

/// The alarms of a file. Each parameter has its default or its example as value.
fn alarms(path: &Path) -> Vec<AlarmDefinition> {
    let value =
        |parameter: &ParameterDeclaration| parameter.default.clone().or(parameter.example.clone());
    let file = load(path, &|path| fs::read_to_string(path), &value);
    file.unwrap_or_else(|error| panic!("{error}")).alarms
}

/// The real records, the records of the alarms' tests, and the invented ones. All have a time.
fn records(alarms: &[AlarmDefinition]) -> Vec<Value> {
    let tests = alarms.iter().flat_map(|alarm| &alarm.tests);
    let of_tests = tests.map(|test| match &test.record {
        RecordSource::File(path) => {
            fs::read_to_string(repository::root().join(path)).expect("it is a file")
        }
        RecordSource::Inline(text) => text.clone(),
    });
    let texts: BTreeSet<String> = of_tests.collect();
    let texts = real().into_iter().chain(texts);
    let timed = texts.map(|text| {
        let mut record: Value = serde_json::from_str(&text).expect("a record is JSON");
        let members = record.as_object_mut().expect("a record is an object");
        // A record in a test may have only what the test is about.
        let time = members.entry("eventTime");
        time.or_insert_with(|| json!("2026-11-29T10:00:00Z"));
        record
    });
    timed.chain(invented()).filter(is_in_table).collect()
}

/// Whether a record has no null in a text column: the table does not distinguish it from a missing field.
///
/// `CloudTrail` itself writes null only instead of a whole document.
fn is_in_table(record: &Value) -> bool {
    let members = record.as_object().expect("a record is an object");
    let mut others = members
        .iter()
        .filter(|(name, _)| !DOCUMENTS.contains(&name.as_str()));
    let has_null = |value: &Value| value.is_null() || value.to_string().contains(":null");
    !others.any(|(_, value)| has_null(value))
}

/// The text of the selected value, as SQL has it.
fn text(record: &Value, selector: &Selector) -> Option<String> {
    let selected = selector
        .steps()
        .iter()
        .try_fold(record, |value, step| match step {
            Step::Member(name) => value.get(&**name),
            Step::Element(index) => value.get(index),
            Step::Any => None,
        });
    match selected? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// The indexes of the records that each alarm matches.
fn matching(alarms: &[AlarmDefinition], records: &[Value]) -> Vec<Vec<usize>> {
    let patterns: Vec<FilterPattern> = alarms.iter().map(|alarm| alarm.pattern.clone()).collect();
    let mut selectors = Selectors::default();
    let set = PatternSet::new(&patterns, &mut selectors);
    let mut reader = selectors.into_reader();
    let mut matching = vec![Vec::new(); alarms.len()];
    for (index, record) in records.iter().enumerate() {
        let text = record.to_string();
        let mut hits = Vec::new();
        set.matches(&text, reader.read(&text).ok(), &mut hits);
        for alarm in hits {
            matching[alarm].push(index);
        }
    }
    matching
}

/// The indexes of the records that an alarm counts, and the rows of windows that cross its threshold. `windows` are the
/// numbers of the first and the last window that are searched.
fn expected(
    alarm: &AlarmDefinition,
    matching: &[usize],
    records: &[Value],
    windows: Option<(i64, i64)>,
) -> Value {
    let period = i64::from(alarm.settings.period);
    let mut found = Vec::new();
    let mut counted: BTreeMap<(i64, Vec<Option<String>>), Vec<Option<String>>> = BTreeMap::new();
    let all_windows = windows.filter(|_| alarm.watches_silence());
    for window in all_windows
        .into_iter()
        .flat_map(|(first, last)| first..=last)
    {
        counted.insert((window * period, Vec::new()), Vec::new());
    }
    for index in matching.iter().copied() {
        let record = &records[index];
        let time = record["eventTime"].as_str().map(str::parse::<Timestamp>);
        let time = time.and_then(Result::ok).expect("it has a time");
        let window = time.as_second().div_euclid(period);
        if !windows.is_none_or(|(first, last)| (first..=last).contains(&window)) {
            continue;
        }
        found.push(index);
        let groups = alarm
            .group_by
            .iter()
            .map(|selector| text(record, selector))
            .collect();
        let value = match &alarm.count_distinct {
            Some(selector) => text(record, selector),
            None => Some(index.to_string()),
        };
        counted
            .entry((window * period, groups))
            .or_default()
            .push(value);
    }
    let rows = counted
        .into_iter()
        .filter_map(|((window, groups), values)| {
            let distinct: BTreeSet<String> = values.into_iter().flatten().collect();
            let count = distinct.len();
            let is_missing = count == 0 && alarm.count_distinct.is_none();
            #[expect(clippy::cast_precision_loss, reason = "it is a small number")]
            let is_listed = is_missing || breaches(count as f64, &alarm.settings);
            let row = [json!(window)]
                .into_iter()
                .chain(groups.into_iter().map(|group| json!(group)));
            is_listed.then(|| row.chain([json!(count)]).collect::<Value>())
        });
    json!({"records": found, "rows": sorted(rows.collect())})
}

fn sorted(mut rows: Vec<Value>) -> Vec<Value> {
    rows.sort_by_key(Value::to_string);
    rows
}

/// Runs statements in DuckDB.
fn run_in_duckdb(records: &[Value], statements: &[String]) -> Vec<Value> {
    let script = repository::path("crates/cli/tests/cli/export/athena.py");
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
-- the query counts by `eventTime`: the table does not have the time of delivery
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
    for table in ["a b", "a;drop", "", "a..b", "1a"] {
        let refused = run(&folder, &["export", "athena", "--table", table], &[], "");
        assert_eq!(refused.code, 2, "{table}");
    }
}

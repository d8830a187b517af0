//! `Exclude` of a file, from the records to the emails: how many records each exclusion held back.

use std::collections::BTreeMap;

use cloudtrail_alarms_testkit::alarms::alarm_yaml;
use cloudtrail_alarms_testkit::folder::folder;
use cloudtrail_alarms_testkit::records::gunzip_file;
use cloudtrail_alarms_testkit::repository::{file, path};
use serde_json::{Value, json};

use super::tool;

/// An alarm on all failed calls, in a file that includes known noise.
const FILE: &str = "docs/examples/failed-calls-without-noise.yaml";

/// The user who deploys in the records of `invictus`.
const DEPLOYMENT: &str = "arn:aws:iam::123837392027:user/bert-jan";

const PLAN: &str = "A plan or a deletion asks whether a resource exists, and it does not.";

const THROTTLED: &str =
    "A deployment makes many calls at once, and repeats those that AWS throttles.";

/// The lines of a backtest in JSON over a set of real records.
#[track_caller]
fn backtest(set: &str, alarms: &str, parameters: &[&str]) -> Vec<Value> {
    let records = format!("tests/data/cloudtrail/{set}.jsonl.gz");
    let mut arguments = vec!["backtest", &records, "--alarms-file", alarms];
    arguments.extend(["--output", "json"]);
    arguments.extend(parameters);
    let output = tool(&arguments).success();
    let lines = output.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_backtest_shows_how_many_real_records_each_exclusion_held_back() {
    let records = gunzip_file(&path("tests/data/cloudtrail/opensearch_catalog.jsonl.gz"));
    let records = records
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let failed = records.filter(|record: &Value| record["errorCode"].is_string());
    let failed = failed.count();
    assert!(failed > 0);

    let lines = backtest("opensearch_catalog", FILE, &[]);
    let summary = &lines.last().unwrap()["summary"];
    let reason = "AWS Config reads each property of a bucket. S3 answers with an error if a bucket does not have it.";
    let exclusion =
        json!({"reason": reason, "owner": "security team", "expires": null, "records": failed});
    assert_eq!(summary["excluded"], failed);
    assert_eq!(summary["exclusions"], json!([exclusion]));
    assert_eq!(summary["counters"]["matched"], 0);

    let set = "tests/data/cloudtrail/opensearch_catalog.jsonl.gz";
    let text = tool(&["backtest", set, "--alarms-file", FILE]).success();
    let line = format!("\nexcluded: {failed} records: {reason} (security team)\n");
    assert!(text.contains(&line), "{text}");
}

/// The records are counted once more, without the tool.
#[test]
fn records_are_attributed_to_the_exclusions_that_match_them() {
    let mut expected = BTreeMap::from([(PLAN, 0_u64), (THROTTLED, 0)]);
    for line in gunzip_file(&path("tests/data/cloudtrail/invictus.jsonl.gz")).lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let code = record["errorCode"].as_str().unwrap_or_default();
        if record["userIdentity"]["arn"] != DEPLOYMENT {
            continue;
        }
        let is_missing = code.starts_with("NoSuch") || code.contains("NotFound");
        if is_missing && record["readOnly"] == true {
            *expected.get_mut(PLAN).unwrap() += 1;
        } else if code.starts_with("Throttling") {
            *expected.get_mut(THROTTLED).unwrap() += 1;
        }
    }
    assert!(expected.values().all(|records| *records > 0));

    let parameter = format!("DeploymentArns={DEPLOYMENT}");
    let lines = backtest("invictus", FILE, &["--param", &parameter]);
    let exclusions = |list: &Value| -> BTreeMap<String, u64> {
        let list = list.as_array().unwrap().iter();
        list.map(|exclusion| {
            let reason = exclusion["reason"].as_str().unwrap();
            (reason.to_owned(), exclusion["records"].as_u64().unwrap())
        })
        .collect()
    };
    let of_summary = exclusions(&lines.last().unwrap()["summary"]["exclusions"]);
    let expected: BTreeMap<String, u64> = (expected.into_iter())
        .map(|(reason, records)| (reason.to_owned(), records))
        .collect();
    assert_eq!(of_summary, expected);

    // In an hour there are ten counted calls, and others that are held back.
    let alarm = "AlarmName: FailedCalls\nFilterPattern: '{ $.errorCode = \"*\" }'\nPeriod: 3600\nThreshold: 9\n";
    let folder = folder(&[
        (
            "alarms.yaml",
            &format!("Include: [known-noise.yaml]\n{}", alarm_yaml(alarm)),
        ),
        ("known-noise.yaml", &file("catalogue/known-noise.yaml")),
    ]);
    let alarms = folder.path().join("alarms.yaml");
    let lines = backtest(
        "invictus",
        alarms.to_str().unwrap(),
        &["--param", &parameter],
    );
    let mut notifications = lines.iter().filter_map(|line| line.get("notification"));
    let notification = notifications.next().unwrap();
    let document: Value = serde_json::from_str(notification["default"].as_str().unwrap()).unwrap();
    let evidence = &document["CloudTrailAlarms"]["evidence"];
    let of_email = exclusions(&evidence["exclusions"]);
    assert!(!of_email.is_empty());
    assert_eq!(evidence["excluded"], of_email.values().sum::<u64>());
    for (reason, records) in of_email {
        assert!(records <= expected[&reason]);
        let plural = if records == 1 { "" } else { "s" };
        let line = format!("Excluded: {records} record{plural}: {reason}");
        let email = notification["email"].as_str().unwrap();
        // The email wraps its lines.
        let email = email.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(email.contains(&line), "{line}\n{email}");
    }
}

#[test]
fn a_file_of_exclusions_alone_is_linted_and_does_not_load() {
    let exclusions = "Parameters:\n  Role: {Type: String, Description: a role, Default: none}\nAccountNames: {\"111122223333\": prod}\nExclude:\n  - {Pattern: '{ $.userIdentity.arn = \"${Role}\" }', Reason: r, Owner: Ann, Expires: 2027-01-31}\n";
    let folder = folder(&[
        ("noise.yaml", exclusions),
        (
            "broken.yaml",
            "Exclude:\n  - {Pattern: '{ $.eventNmae = \"x\" }', Reason: r, Owner: Ann, Expires: 2026-01-31}\n  - {Pattern: '', Reason: r, Owner: Ann, Expires: never}\n",
        ),
        ("empty.yaml", "Parameters: {}\n"),
    ]);
    let path = |name| folder.path().join(name).to_str().unwrap().to_owned();
    let lint = |name| tool(&["lint", &path(name), "--today", "2026-11-21"]);
    assert_eq!(lint("noise.yaml").success(), "");
    let findings = lint("broken.yaml").findings();
    for code in [
        "[unknown-field]",
        "[expired-exclusion]",
        "[excludes-everything]",
    ] {
        assert!(findings.contains(code), "{code}\n{findings}");
    }
    assert!(
        findings.ends_with("\n3 findings, 1 with a suggested fix\n"),
        "{findings}"
    );
    let findings = lint("empty.yaml").findings();
    assert!(
        findings.contains("the file defines no alarms"),
        "{findings}"
    );
    for command in ["test", "export"] {
        let mut arguments = vec![command];
        arguments.extend((command == "export").then_some("athena"));
        let path = path("noise.yaml");
        arguments.extend(["--alarms-file", &path]);
        let message = tool(&arguments).usage_error();
        assert!(message.contains("the file defines no alarms"), "{message}");
    }
}

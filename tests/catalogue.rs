//! The packs of `catalogue/`: each loads, passes its tests and lint, cannot be avoided by a caller, and matches the tables in
//! `docs/catalogue.md`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use cloudtrail_alarms::alarm::definition::{
    AlarmDefinition, ComparisonOperator, MetricValue, RecordSource, Severity, TreatMissingData,
};
use cloudtrail_alarms::alarm::file::{AlarmsFile, ParameterDeclaration, load};
use cloudtrail_alarms::event::{Event, RecordEvent, SingleEvent};
use cloudtrail_alarms::settings::Settings;
use cloudwatch_filter_pattern::record::Selectors;
use cloudwatch_filter_pattern::{Condition, FilterPattern, Language, Operator, PatternSet};
use serde_json::{Value, json};

#[path = "support/records.rs"]
#[expect(unreachable_pub, reason = "shared with other tests")]
mod records;

const PACKS: [&str; 4] = [
    "cis-aws-foundations",
    "infrastructure-changes",
    "kms",
    "guard",
];

const ROLE: &str = "arn:aws:iam::111122223333:role/pattern1-application-task";

fn file(path: impl AsRef<Path>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn path_of(pack: &str) -> String {
    format!("catalogue/{pack}.yaml")
}

/// A pack with its parameters as the template of this project leaves them: the role of the tasks, and no other.
fn pack(name: &str) -> AlarmsFile {
    let value = |parameter: &ParameterDeclaration| {
        (parameter.name == "EcsTaskRoleArn").then(|| ROLE.to_owned())
    };
    let read = |path: &Path| Ok(file(path));
    load(Path::new(&path_of(name)), &read, &value).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs the tool in the repository; its exit code, and what it prints.
fn tool(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/target/debug/cloudtrail-alarms"
    ))
    .args(arguments)
    .current_dir(env!("CARGO_MANIFEST_DIR"))
    .env_clear()
    .output()
    .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn one_line_brings_every_pack_to_the_function() {
    let included: Vec<String> = PACKS.iter().map(|name| path_of(name)).collect();
    let with_all = format!(
        "Include: [{}]\n{}",
        included.join(", "),
        file("alarms.yaml")
    );
    let read = |path: &Path| match path.strip_prefix("/var/task").unwrap() {
        path if path == Path::new("alarms.yaml") => Ok(with_all.clone()),
        path => Ok(file(path)),
    };
    let variable = |name: &str| match name {
        "ALARMS_FILE" => Some("alarms.yaml".to_owned()),
        "LAMBDA_TASK_ROOT" => Some("/var/task".to_owned()),
        "ECS_TASK_ROLE_ARN" => Some(ROLE.to_owned()),
        _ => None,
    };
    let settings = Settings::from_environment(&variable, &read);
    let settings = settings.unwrap_or_else(|error| panic!("{error}"));
    let alone: usize = PACKS.iter().map(|name| pack(name).alarms.len()).sum();
    assert_eq!(settings.alarms.len(), alone + 1);
}

/// Variables that Lambda itself gives to every function ("Defined runtime environment variables", AWS Lambda Developer Guide).
const SET_BY_LAMBDA: [&str; 3] = ["AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION", "LAMBDA_TASK_ROOT"];

/// The function's variables in the template.
fn set_by_the_stack() -> BTreeSet<String> {
    let template = file("template.yaml");
    let (_, variables) = template.split_once("\n        Variables:\n").unwrap();
    let inside = |line: &&str| line.starts_with("          ");
    let names = variables.lines().take_while(inside).map(str::trim);
    let names = names.filter_map(|line| line.split_once(": "));
    let is_name = |name: &str| !name.contains(|c: char| c == '#' || c.is_ascii_lowercase());
    names
        .filter(|(name, _)| is_name(name))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn every_parameter_is_a_variable_that_lambda_or_the_stack_sets() {
    let set = set_by_the_stack();
    assert!(set.contains("ALARM_TOPIC_ARN"), "{set:?}");
    let paths = PACKS
        .map(path_of)
        .into_iter()
        .chain(["alarms.yaml".to_owned()]);
    let mut parameters = 0;
    for path in paths {
        let asked = RefCell::new(Vec::new());
        let value = |parameter: &ParameterDeclaration| {
            asked.borrow_mut().push(parameter.variable_name());
            (parameter.name == "EcsTaskRoleArn").then(|| ROLE.to_owned())
        };
        let read = |path: &Path| Ok(file(path));
        load(Path::new(&path), &read, &value).unwrap_or_else(|error| panic!("{error}"));
        for variable in asked.into_inner() {
            parameters += 1;
            let is_set = set.contains(&variable) || SET_BY_LAMBDA.contains(&variable.as_str());
            assert!(is_set, "{path}: nobody sets {variable}");
        }
    }
    assert!(parameters >= 8, "{parameters}");
}

#[test]
fn every_test_of_a_pack_passes() {
    for name in PACKS {
        let (code, said) = tool(&["test", &path_of(name)]);
        assert_eq!(code, Some(0), "{said}");
        assert!(!said.contains("without tests"), "{said}");
        let shown = format!("$ cloudtrail-alarms test {} | tail -1\n", path_of(name));
        if let Some((_, shown)) = file("docs/catalogue.md").split_once(&shown) {
            assert_eq!(shown.lines().next(), said.lines().last());
        }
    }
}

#[test]
fn an_event_of_kms_itself_raises_the_alarm_that_is_named_after_it_and_no_other() {
    for (detail_type, expected) in [
        ("KMS CMK Deletion", "kms-event-key-deleted"),
        (
            "KMS Imported Key Material Expiration",
            "kms-event-key-material-expired",
        ),
        ("KMS CMK Rotation", "kms-event-key-rotated"),
    ] {
        let event = json!({
            "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": detail_type, "source": "aws.kms",
            "account": "111122223333", "time": "2026-11-20T02:15:00Z", "region": "eu-central-1",
            "resources": ["arn:aws:kms:eu-central-1:111122223333:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809"],
            "detail": {"key-id": "1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809"},
        })
        .to_string();
        let Event::Single(SingleEvent::Records(RecordEvent::EventBridge { message, .. })) =
            Event::read(&event, jiff::Timestamp::now()).unwrap()
        else {
            panic!("{event}")
        };
        let alarms = pack("kms").alarms;
        let hit = alarms
            .iter()
            .filter(|alarm| alarm.pattern.matches(&message));
        let hit: Vec<&str> = hit.map(|alarm| alarm.name.as_str()).collect();
        assert_eq!(hit, [expected]);
    }
}

#[test]
fn lint_finds_nothing_in_a_pack() {
    for name in PACKS {
        let (code, said) = tool(&["lint", &path_of(name), "--today", "2026-11-21"]);
        assert_eq!((code, said.as_str()), (Some(0), ""));
    }
}

#[test]
fn every_alarm_says_where_it_comes_from_and_how_bad_it_is_and_has_a_match_and_a_near_miss() {
    for name in PACKS {
        let text = file(path_of(name));
        for alarm in pack(name).alarms {
            let AlarmDefinition {
                name,
                description,
                severity,
                tests,
                ..
            } = &alarm;
            assert!(!description.is_empty() && severity.is_some(), "{name}");
            for wanted in [true, false] {
                assert!(
                    tests.iter().any(|test| test.matches == wanted),
                    "{name}: {wanted}"
                );
            }
            for test in tests {
                let is_assembled = test.name.ends_with(" (assembled)");
                let is_inline = matches!(test.record, RecordSource::Inline(_));
                assert_eq!(is_assembled, is_inline, "{name}: {}", test.name);
            }
            let entry = format!("\n  - AlarmName: {name}\n");
            let (above, _) = text.split_once(&entry).unwrap();
            let comment = above.rsplit("\n\n").next().unwrap_or(above);
            let comment = comment.rsplit("Match: false\n").next().unwrap();
            assert!(comment.contains("# Source: "), "{name}: {comment}");
        }
    }
}

#[test]
fn every_real_record_of_the_packs_is_used_and_has_its_source() {
    let sources = file("catalogue/records/SOURCES.md");
    let texts: Vec<String> = PACKS.iter().map(|name| file(path_of(name))).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue/records");
    let mut records = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(slug) = name.strip_suffix(".json") else {
            continue;
        };
        records += 1;
        assert!(
            sources.contains(&format!("| `{slug}` | ")),
            "{slug} has no source"
        );
        let reference = format!("Record: records/{name}\n");
        assert!(
            texts.iter().any(|text| text.contains(&reference)),
            "{slug} is not used"
        );
    }
    assert_eq!(sources.matches("| `").count(), records);
}

#[test]
fn the_published_texts_of_the_benchmark_stand_beside_its_alarms() {
    let catalogue: Vec<Value> = serde_json::from_str(&file("tests/data/catalogue.json")).unwrap();
    let text = file(path_of("cis-aws-foundations"));
    let alarms = pack("cis-aws-foundations").alarms;
    assert_eq!(alarms.len(), 15);
    for (number, alarm) in (1..).zip(&alarms) {
        assert!(
            alarm.name.starts_with(&format!("cis-4.{number}-")),
            "{}",
            alarm.name
        );
        let id = format!("cis-5.0-4.{number}-");
        let entry = catalogue
            .iter()
            .find(|entry| entry["id"].as_str().unwrap().starts_with(&id));
        let published = entry.unwrap()["pattern"].as_str().unwrap();
        let comment = format!("  # Published: {published}\n");
        assert!(text.contains(&comment), "{}: {published}", alarm.name);
        // What is corrected matches less, but for 4.1, whose exclusions say nothing about records without an address.
        if let Ok(published) = published.parse::<FilterPattern>() {
            let is_narrower = alarm.pattern.implies(&published);
            assert!(is_narrower || number == 1, "{}: {published}", alarm.name);
        }
    }
}

/// "≥ 3 in 5 min"
fn raised(alarm: &AlarmDefinition) -> String {
    let settings = &alarm.settings;
    let sign = match settings.comparison_operator {
        ComparisonOperator::GreaterThanOrEqualToThreshold => "≥",
        ComparisonOperator::GreaterThanThreshold => ">",
        other => panic!("{}: {other:?}", alarm.name),
    };
    let what = alarm
        .count_distinct
        .as_ref()
        .map_or_else(String::new, |field| format!(" values of `{field}`"));
    format!(
        "{sign} {}{what} in {} min",
        settings.threshold,
        settings.period / 60
    )
}

/// The table of a pack: its alarms, with their matches and notifications for the real records in this repository.
fn table(name: &str) -> String {
    let role = format!("EcsTaskRoleArn={ROLE}");
    let path = path_of(name);
    let mut arguments = vec!["backtest", &path, "--output", "json"];
    let files = records::paths();
    arguments.extend(
        files
            .iter()
            .flat_map(|path| ["--from", path.to_str().unwrap()]),
    );
    if name == "kms" {
        arguments.extend(["--param", &role]);
    }
    let (code, said) = tool(&arguments);
    assert_eq!(code, Some(0), "{said}");
    let summary: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    let mut table =
        "| alarm | severity | raised by | matches | emails |\n|---|---|---|---:|---:|\n".to_owned();
    let alarms = pack(name).alarms;
    let patterns: Vec<_> = alarms.iter().map(|alarm| alarm.pattern.clone()).collect();
    let mut selectors = Selectors::default();
    let set = PatternSet::new(&patterns, &mut selectors);
    let mut reader = selectors.into_reader();
    let mut matches = vec![0; alarms.len()];
    let mut hits = Vec::new();
    for record in records::all() {
        set.matches(&record, reader.read(&record).ok(), &mut hits);
        for &hit in &hits {
            matches[hit] += 1;
        }
    }
    for (alarm, matches) in alarms.iter().zip(matches) {
        let emails = &summary["summary"]["alarms"][&alarm.name]["notifications"];
        let severity = alarm.severity.map_or("", Severity::as_str);
        writeln!(
            table,
            "| `{}` | {severity} | {} | {matches} | {emails} |",
            alarm.name,
            raised(alarm)
        )
        .unwrap();
    }
    table
}

#[test]
fn the_page_has_the_alarms_of_each_pack_and_what_they_say_of_real_records() {
    let page = file("docs/catalogue.md");
    for name in PACKS {
        let table = table(name);
        assert!(
            page.contains(&table),
            "docs/catalogue.md has not this table of {name}:\n\n{table}"
        );
    }
}

/// Fields that AWS sets and that no caller can choose.
const SET_BY_AWS: [(&str, &str); 5] = [
    ("$.recipientAccountId", "the account of the trail"),
    ("$.account", "the account of an EventBridge event"),
    ("$.userIdentity.accountId", "the account of the caller"),
    ("$.userIdentity.type", "the kind of the caller"),
    (
        "$.userIdentity.sessionContext.sessionIssuer.arn",
        "the role, without the name of the session",
    ),
];

/// Fields that a caller can choose, but whose values cannot keep an alarm below a threshold of one record.
const CHOSEN_FROM_WHAT_EXISTS: [(&str, &str); 3] = [
    ("$.eventName", "the pattern lists the calls"),
    ("$.resources[0].ARN", "a key that exists"),
    ("$.detail.key-id", "a key that existed"),
];

/// Fields that `CountDistinct` may count: a caller can add values, but cannot make two of them equal.
const COUNTED: [(&str, &str); 2] = [
    ("$.resources[0].ARN", "KMS sets it to the key"),
    ("$.errorMessage", "KMS writes it; it contains the key"),
];

/// Fields that a pattern may use to leave records out, by `!=` or `NOT EXISTS`.
const LEAVES_OUT_BY: [(&str, &str); 9] = [
    ("$.errorCode", "AWS sets it"),
    ("$.errorMessage", "AWS writes it"),
    ("$.eventName", "the call itself"),
    ("$.eventType", "AWS sets it"),
    ("$.userIdentity.invokedBy", "the AWS service that calls"),
    (
        "$.userIdentity.sessionContext.sessionIssuer.arn",
        "the role, without the name of the session",
    ),
    ("$.sourceIPAddress", "a name only if an AWS service calls"),
    (
        "$.additionalEventData.MFAUsed",
        "the sign-in service sets it",
    ),
    (
        "$.requestParameters.stackName",
        "without it the alarm covers every stack",
    ),
];

fn is_among(fields: &[(&str, &str)], field: &str) -> bool {
    fields.iter().any(|(known, _)| *known == field)
}

/// Whether a single record raises the alarm, in whatever group it is.
fn needs_one_record(alarm: &AlarmDefinition) -> bool {
    let settings = &alarm.settings;
    alarm.metric_value == MetricValue::Constant(1.0)
        && alarm.count_distinct.is_none()
        && settings.comparison_operator == ComparisonOperator::GreaterThanOrEqualToThreshold
        && settings.threshold <= 1.0
        && settings.evaluation_periods == 1
}

fn all_alarms() -> Vec<AlarmDefinition> {
    PACKS.iter().flat_map(|name| pack(name).alarms).collect()
}

fn grouped_by(alarm: &AlarmDefinition) -> Vec<String> {
    alarm.group_by.iter().map(ToString::to_string).collect()
}

#[test]
fn no_alarm_is_grouped_by_a_field_that_lets_a_caller_avoid_it() {
    let iam_user: FilterPattern =
        r#"{ $.userIdentity.type = "IAMUser" && $.responseElements.ConsoleLogin = "Success" }"#
            .parse()
            .unwrap();
    for alarm in all_alarms() {
        for field in grouped_by(&alarm) {
            let is_allowed = is_among(&SET_BY_AWS, &field)
                || needs_one_record(&alarm) && is_among(&CHOSEN_FROM_WHAT_EXISTS, &field)
                // A token's subject in other records, but here the name of a user who signed in.
                || field == "$.userIdentity.userName" && alarm.pattern.implies(&iam_user);
            assert!(is_allowed, "{}: a caller can choose {field}", alarm.name);
        }
    }
}

#[test]
fn no_alarm_leaves_out_or_merges_records_by_a_field_that_a_caller_can_choose() {
    for alarm in all_alarms() {
        let name = &alarm.name;
        assert!(alarm.exclude.is_empty(), "{name}");
        if let Some(field) = &alarm.count_distinct {
            assert!(is_among(&COUNTED, &field.to_string()), "{name}: {field}");
        }
        let Language::Json(pattern) = alarm.pattern.language() else {
            panic!("{name}")
        };
        for test in pattern.tests() {
            let leaves_out = match &test.condition.node {
                Condition::NotExists => true,
                Condition::Compare(comparison) => comparison.operator.node != Operator::Equal,
                Condition::Is(_) => false,
            };
            let field = test.selector.node.to_string();
            // Patterns test it only as `IS FALSE || NOT EXISTS`, which excludes only calls that read.
            let is_allowed = is_among(&LEAVES_OUT_BY, &field) || field == "$.readOnly";
            assert!(!leaves_out || is_allowed, "{name}: {field}");
        }
    }
}

/// Alarms that are not grouped by the caller, and why another caller's record need not raise them again.
const NOT_BY_CALLER: [(&str, &str); 12] = [
    ("cis-4.2-console-sign-in-without-mfa", "by user"),
    ("cis-4.3-root-account-usage", "an account has one root user"),
    (
        "cis-4.6-console-authentication-failures",
        "nobody has signed in",
    ),
    ("infrastructure-root-use", "an account has one root user"),
    ("kms-key-deletion-scheduled", "by key"),
    ("kms-key-deleted", "by key; KMS calls"),
    ("kms-key-material-gone", "by key"),
    ("kms-event-key-deleted", "by key; the event has no caller"),
    (
        "kms-event-key-material-expired",
        "by key; the event has no caller",
    ),
    ("kms-event-key-rotated", "the event has no caller"),
    ("kms-throttled", "a quota of the account"),
    ("kms-internal-error", "the fault of KMS, not of a caller"),
];

#[test]
fn an_alarm_that_one_caller_raised_ends_by_itself_and_hides_no_other_caller() {
    let caller = [
        "$.recipientAccountId",
        "$.userIdentity.sessionContext.sessionIssuer.arn",
        "$.userIdentity.type",
        "$.userIdentity.accountId",
    ];
    let mut not_by_caller = BTreeSet::new();
    for alarm in all_alarms() {
        let name = &alarm.name;
        let missing = alarm.settings.treat_missing_data;
        assert_eq!(missing, TreatMissingData::NotBreaching, "{name}");
        let groups = grouped_by(&alarm);
        assert!(!groups.is_empty(), "{name}");
        if !caller
            .iter()
            .all(|field| groups.iter().any(|group| group == field))
        {
            not_by_caller.insert(name.clone());
        }
    }
    let expected = NOT_BY_CALLER.iter().map(|(name, _)| (*name).to_owned());
    assert_eq!(not_by_caller, expected.collect());
}

/// A call of this session of role `orders` at 02:15:01, with a number for its event ID.
fn call(number: usize, session: &str) -> Value {
    json!({
        "eventVersion": "1.11",
        "eventID": format!("1d77bd0f-85a9-4d10-a30e-{number:012x}"),
        "eventTime": "2026-11-20T02:15:01Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.1",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("AROAEXAMPLEORDERS0001:{session}"),
            "arn": format!("arn:aws:sts::111122223333:assumed-role/orders/{session}"),
            "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLEORDERS0001",
                "arn": "arn:aws:iam::111122223333:role/orders",
                "accountId": "111122223333",
                "userName": "orders",
            }},
        },
        "recipientAccountId": "111122223333",
    })
}

/// A call that EC2 denies.
fn denied(number: usize, session: &str) -> Value {
    let mut record = call(number, session);
    record["errorCode"] = json!("Client.UnauthorizedOperation");
    record
}

/// A KMS call that is denied for this key.
fn denied_key(number: usize, session: &str, operation: &str, key: usize) -> Value {
    let mut record = call(number, session);
    record["eventSource"] = json!("kms.amazonaws.com");
    record["eventName"] = json!(operation);
    record["errorCode"] = json!("AccessDenied");
    record["errorMessage"] = json!(format!(
        "User: arn:aws:sts::111122223333:assumed-role/orders/{session} is not authorized to perform: kms:{operation} on resource: \
         arn:aws:kms:eu-central-1:111122223333:key/1b2c3d4e-5f60-4718-92a3-{key:012x} because no identity-based policy allows the \
         kms:{operation} action"
    ));
    record
}

/// The alarms that the records raise, one entry for each change to `ALARM`.
fn raised_by(name: &str, records: &[Value]) -> Vec<String> {
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    fs::write(&path, lines.join("\n")).unwrap();
    let pack = path_of(name);
    let role = format!("EcsTaskRoleArn={ROLE}");
    let mut arguments = vec!["backtest", &pack, "--output", "json"];
    arguments.extend(["--from", path.to_str().unwrap()]);
    if name == "kms" {
        arguments.extend(["--param", &role]);
    }
    let (code, said) = tool(&arguments);
    assert_eq!(code, Some(0), "{said}");
    let lines = said
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let alarms = lines.filter(|line| line["transition"]["to"] == "ALARM");
    let mut alarms: Vec<String> = alarms
        .map(|line| line["transition"]["alarm"].as_str().unwrap().to_owned())
        .collect();
    alarms.sort();
    alarms
}

#[test]
fn a_role_with_a_new_session_name_for_every_few_denied_calls_raises_the_alarm() {
    let session = |number: usize| format!("session-{}", number / 9);
    let records: Vec<Value> = (0..900)
        .map(|number| denied(number, &session(number)))
        .collect();
    assert_eq!(
        raised_by("cis-aws-foundations", &records),
        ["cis-4.1-unauthorized-api-calls"]
    );
    assert_eq!(raised_by("cis-aws-foundations", &records[..9]), [""; 0]);
}

#[test]
fn denied_calls_of_users_count_together_and_apart_from_those_of_roles_and_root() {
    let by = |kind: &str, name: &str, number: usize| {
        let mut record = denied(number, "");
        record["userIdentity"] = json!({
            "type": kind,
            "arn": format!("arn:aws:iam::111122223333:{name}"),
            "accountId": "111122223333",
        });
        record
    };
    let user = |number: usize| by("IAMUser", &format!("user/user-{}", number / 2), number);
    let nine_users: Vec<Value> = (0..9).map(user).collect();
    let others = (10..19).map(|number| denied(number, "session"));
    let root = (20..29).map(|number| by("Root", "root", number));
    let mut records: Vec<Value> = nine_users.into_iter().chain(others).chain(root).collect();
    let raised = |records: &[Value]| {
        let mut alarms = raised_by("cis-aws-foundations", records);
        alarms.retain(|name| name == "cis-4.1-unauthorized-api-calls");
        alarms.len()
    };
    assert_eq!(raised(&records), 0);
    records.push(user(9));
    assert_eq!(raised(&records), 1);
}

#[test]
fn a_role_that_tries_many_keys_with_new_session_names_raises_the_alarm() {
    let records: Vec<Value> = (0..20)
        .map(|number| {
            denied_key(
                number,
                &format!("session-{}", number / 4),
                "Decrypt",
                number,
            )
        })
        .collect();
    assert_eq!(
        raised_by("kms", &records),
        ["kms-access-denied", "kms-many-keys-denied"]
    );
}

#[test]
fn the_tasks_of_a_service_that_are_denied_one_key_have_not_tried_many_keys() {
    let task = |number: usize| {
        let operation = ["Decrypt", "GenerateDataKey"][number % 2];
        denied_key(number, &format!("task-{}", number / 60), operation, 0)
    };
    let records: Vec<Value> = (0..300).map(task).collect();
    assert_eq!(raised_by("kms", &records), ["kms-access-denied"]);
}

#[test]
fn a_change_by_one_role_does_not_hide_a_change_by_another_one() {
    let change = |number: usize, role: &str, second: usize| {
        let mut record = call(number, "session");
        record["eventName"] = json!("AuthorizeSecurityGroupIngress");
        record["eventTime"] = json!(format!("2026-11-20T02:15:{second:02}Z"));
        let issuer = &mut record["userIdentity"]["sessionContext"]["sessionIssuer"];
        issuer["arn"] = json!(format!("arn:aws:iam::111122223333:role/{role}"));
        record
    };
    let first = change(1, "deployment", 1);
    let name = "cis-4.10-security-group-changes";
    let of_one = [first.clone(), change(2, "deployment", 30)];
    assert_eq!(raised_by("cis-aws-foundations", &of_one), [name]);
    let of_two = [first, change(2, "orders", 30)];
    assert_eq!(raised_by("cis-aws-foundations", &of_two), [name, name]);
}

#[test]
fn a_cheap_change_of_the_guarded_stack_does_not_hide_another_call() {
    let change = |number: usize, event: &str| {
        let mut record = call(number, "session");
        record["eventSource"] = json!("lambda.amazonaws.com");
        record["eventName"] = json!(event);
        record["requestParameters"] = json!({"functionName": "cloudtrail-alarms"});
        record
    };
    let records = [
        change(1, "PutFunctionEventInvokeConfig"),
        change(2, "UpdateFunctionCode20150331v2"),
    ];
    let name = "guard-function-changed";
    assert_eq!(raised_by("guard", &records), [name, name]);
}

#[test]
fn what_changes_the_stack_through_cloudformation_is_reported_too() {
    let alarms = pack("guard").alarms;
    let mut changed = 0;
    for alarm in &alarms {
        for test in alarm.tests.iter().filter(|test| test.matches) {
            let RecordSource::Inline(text) = &test.record else {
                continue;
            };
            let mut record: Value = serde_json::from_str(text).unwrap();
            record["userIdentity"]["invokedBy"] = json!("cloudformation.amazonaws.com");
            let record = record.to_string();
            let hits = alarms.iter().filter(|other| other.pattern.matches(&record));
            let hits: Vec<&AlarmDefinition> = hits.collect();
            // CloudFormation does not move messages or revoke grants, and names a log group by its name.
            let is_by_hand = ["StartMessageMoveTask", "RevokeGrant", "resourceIdentifier"]
                .iter()
                .any(|name| record.contains(name));
            assert_eq!(hits.is_empty(), is_by_hand, "{}: {}", alarm.name, test.name);
            let is_direct = hits.iter().any(|hit| hit.name == alarm.name);
            if !is_direct && !is_by_hand {
                changed += 1;
                assert!(
                    hits.iter().all(|hit| hit.severity == Some(Severity::Low)),
                    "{}: {}",
                    alarm.name,
                    test.name
                );
            }
        }
    }
    assert!(changed >= 30, "{changed}");
}

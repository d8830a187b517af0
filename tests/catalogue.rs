//! The packs of `catalogue/`: each loads, is tested, is clean, and says of real records what its page says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use cloudtrail_alarms::alarm::definition::{
    AlarmDefinition, ComparisonOperator, RecordSource, Severity,
};
use cloudtrail_alarms::alarm::file::{AlarmsFile, ParameterDeclaration, load};
use cloudtrail_alarms::event::Event;
use cloudtrail_alarms::pattern::{FilterPattern, PatternSet};
use cloudtrail_alarms::record::Selectors;
use cloudtrail_alarms::settings::Settings;
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
    let output = Command::new(env!("CARGO_BIN_EXE_cloudtrail-alarms"))
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
        let Event::Record { message, .. } = Event::read(&event, jiff::Timestamp::now()).unwrap()
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

/// The table of a pack: its alarms, and what they say of the real records in this repository.
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
        "| alarm | severity | raised by | matches | mails |\n|---|---|---|---:|---:|\n".to_owned();
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
        let mails = &summary["summary"]["alarms"][&alarm.name]["notifications"];
        let severity = alarm.severity.map_or("", Severity::as_str);
        writeln!(
            table,
            "| `{}` | {severity} | {} | {matches} | {mails} |",
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

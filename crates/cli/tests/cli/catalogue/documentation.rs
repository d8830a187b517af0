//! The tables of `docs/reference/catalogue.md` match a backtest of the packs over real records.

use std::fmt::Write as _;

use cloudtrail_alarms::alarm::definition::{AlarmDefinition, ComparisonOperator, Severity};
use cloudtrail_alarms_testkit::alarms::TASK_ROLE;
use cloudtrail_alarms_testkit::records;
use cloudtrail_alarms_testkit::repository::file;
use cloudwatch_filter_pattern::PatternSet;
use cloudwatch_filter_pattern::record::Selectors;
use serde_json::Value;

use super::{PACKS, pack, path_of, tool};

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

/// The first sentence of the description, without its full stop.
fn what_happened(alarm: &AlarmDefinition) -> &str {
    let description = alarm.description.trim_end_matches('.');
    description
        .split_once(". ")
        .map_or(description, |(first, _)| first)
}

/// The table of a pack: its alarms, with their matches and notifications for the real records in this repository.
fn table(name: &str) -> String {
    let role = format!("EcsTaskRoleArn={TASK_ROLE}");
    let path = path_of(name);
    let mut arguments = vec!["backtest", "--alarms-file", &path, "--output", "json"];
    let files = records::real_paths();
    arguments.extend(files.iter().map(|path| path.to_str().unwrap()));
    if matches!(name, "kms" | "first-seen") {
        arguments.extend(["--param", &role]);
    }
    let (code, output) = tool(&arguments);
    assert_eq!(code, 0, "{output}");
    let summary: Value = serde_json::from_str(output.lines().last().unwrap()).unwrap();
    let mut table =
        "| alarm | what happened | severity | raised by | matches | emails |\n|---|---|---|---|---:|---:|\n".to_owned();
    let alarms = pack(name).alarms;
    let patterns: Vec<_> = alarms.iter().map(|alarm| alarm.pattern.clone()).collect();
    let mut selectors = Selectors::default();
    let set = PatternSet::new(&patterns, &mut selectors);
    let mut reader = selectors.into_reader();
    let mut matches = vec![0; alarms.len()];
    let mut hits = Vec::new();
    for record in records::real() {
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
            "| `{}` | {} | {severity} | {} | {matches} | {emails} |",
            alarm.name,
            what_happened(alarm),
            raised(alarm)
        )
        .unwrap();
    }
    table
}

#[test]
fn the_page_has_the_alarms_of_each_pack_and_what_they_say_of_real_records() {
    let page = file("docs/reference/catalogue.md");
    for name in PACKS {
        let table = table(name);
        assert!(
            page.contains(&table),
            "docs/reference/catalogue.md has not this table of {name}:\n\n{table}"
        );
    }
}

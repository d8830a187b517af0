//! The tables and the example of the reference page.

use std::io;
use std::path::Path;

use cloudtrail_alarms::alarm::file::load;
use cloudtrail_alarms::alarm::file::vocabulary::{
    EXCLUSION, FILE, FIRST_SEEN, Kind, METRIC_ALARM, METRIC_FILTER, OWN, PARAMETER, Presence,
    Property, TEST,
};
use cloudtrail_alarms_testkit::documentation::check_generated;
use cloudtrail_alarms_testkit::repository::file;

use crate::file::{alarm, errors};

const PAGE: &str = "docs/reference/alarms-file.md";

#[test]
fn the_page_has_a_row_for_each_property() {
    let own_tables = [
        ("metric-filter", METRIC_FILTER),
        ("metric-alarm", METRIC_ALARM),
        ("own", OWN),
    ];
    let others = [
        ("file", FILE[0]),
        ("first-seen", FIRST_SEEN[0]),
        ("exclusion", EXCLUSION[0]),
        ("test", TEST[0]),
        ("parameter", PARAMETER[0]),
    ];
    for (name, properties) in own_tables.into_iter().chain(others) {
        let rows: Vec<String> = properties.iter().map(row).collect();
        let table = format!(
            "| property | type and limits | default | meaning, example |\n|---|---|---|---|\n{}",
            rows.join("\n")
        );
        check_generated(PAGE, name, &table);
    }
}

#[test]
fn the_page_lists_the_units() {
    let unit = METRIC_FILTER
        .iter()
        .find(|property| property.name == "Unit");
    let Some(Kind::Choice(units)) = unit.map(|unit| unit.kind) else {
        panic!("`Unit` is a choice");
    };
    check_generated(PAGE, "units", &format!("{}.", one_of(units)));
}

#[test]
fn the_example_of_the_page_loads() {
    let page = file(PAGE);
    let example = page
        .split("```")
        .find_map(|part| part.strip_prefix("yaml\n"));
    let example = example.expect("the page has an example");
    let read = |path: &Path| -> io::Result<String> {
        let is_example = path == Path::new("alarms.yaml");
        Ok(if is_example {
            example.to_owned()
        } else {
            file(path)
        })
    };
    let loaded = load(Path::new("alarms.yaml"), &read, &|parameter| {
        parameter.example.clone()
    });
    assert!(loaded.is_ok_and(|file| file.alarms.len() > 1));
}

#[test]
fn the_page_lists_unsupported_properties() {
    let page = file(PAGE);
    let section = page
        .split("### Unsupported properties of CloudFormation")
        .nth(1);
    let section = section
        .and_then(|text| text.split("\n## ").next())
        .expect("the page has the section");
    let cells = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let names: Vec<&str> = cells
        .flat_map(|cell| cell.split(", "))
        .map(|name| name.trim_matches('`'))
        .collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        let error = errors(&alarm(&format!("{name}: x")));
        assert!(
            error.contains(&format!("`{name}` is not supported: ")),
            "{error}"
        );
    }
}

fn row(property: &Property) -> String {
    let Property {
        name,
        kind,
        presence,
        example,
        meaning,
    } = property;
    let default = match presence {
        Presence::Required => "required".to_owned(),
        Presence::Default(value) => format!("`{value}`"),
        Presence::Optional => "none".to_owned(),
    };
    let kind = kind_text(kind);
    format!("| `{name}` | {kind} | {default} | {meaning}<br>`{name}: {example}` |")
        .replace("||", r"\|\|")
}

fn kind_text(kind: &Kind) -> String {
    match kind {
        Kind::Text { least, most } => format!("text{}", characters(*least, *most)),
        Kind::Name(most) => format!("text{}, no control characters", characters(1, Some(*most))),
        Kind::Pattern => "filter pattern, at most 1,024 characters".to_owned(),
        Kind::Selector => "selector".to_owned(),
        Kind::NumberOrSelector => "number or selector".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::Count => "whole number, at least 1".to_owned(),
        Kind::CountUpTo(most) => format!("whole number, 1 to {}", with_comma(*most as usize)),
        Kind::Period => "10, 20, 30 or a multiple of 60".to_owned(),
        Kind::Boolean => "`true` or `false`".to_owned(),
        Kind::Choice([only]) => format!("`{only}`"),
        Kind::Choice(names) if names.len() > 10 => "[a unit of CloudWatch](#units)".to_owned(),
        Kind::Choice(names) => one_of(names),
        Kind::Duration { least, most } => format!("duration, `{least}` to `{most}`"),
        Kind::Date => "date, or `never`".to_owned(),
        Kind::PathOrMapping => "path of a file (1 to 1,024 characters), or mapping".to_owned(),
        Kind::List { of, most } => {
            let limit = most.map(|most| format!(" of at most {most} items"));
            format!("list{}; each: {}", limit.unwrap_or_default(), kind_text(of))
        }
        Kind::Selectors(most) => format!("list of 1 to {most} selectors"),
        Kind::Mapping(_) => "mapping".to_owned(),
        Kind::Mappings(_) => "list of mappings".to_owned(),
        Kind::NamedMappings(_) => "mapping of names to mappings".to_owned(),
        Kind::AccountNames(most) => {
            format!(
                "mapping of account IDs (12 digits) to names{}",
                characters(1, Some(*most))
            )
        }
        Kind::Ignored => "any".to_owned(),
    }
}

fn characters(least: usize, most: Option<usize>) -> String {
    match (least, most.map(with_comma)) {
        (_, None) => String::new(),
        (0, Some(most)) => format!(", at most {most} characters"),
        (least, Some(most)) => format!(", {least} to {most} characters"),
    }
}

/// "1,024"
fn with_comma(number: usize) -> String {
    match number {
        1000.. => format!("{},{:03}", number / 1000, number % 1000),
        _ => number.to_string(),
    }
}

/// "`a`, `b` or `c`"
fn one_of(names: &[&str]) -> String {
    let mut names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let last = names.pop().unwrap_or_default();
    format!("{} or {last}", names.join(", "))
}

//! Published patterns, and records as CloudTrail wrote them: what must be found there, and what must not.

use std::collections::{BTreeMap, BTreeSet};

use cloudtrail_alarms_cli::lint::pattern::lint_source;
use cloudtrail_alarms_testkit::repository::file;
use cloudtrail_alarms_testkit::{records, vectors};
use cloudwatch_filter_pattern::FilterPattern;
use cloudwatch_filter_pattern::record::{Selector, Step};
use serde::Deserialize;
use serde_json::Value;

use super::{corrected, finds_nothing};

/// An entry of `tests/data/catalogue.json`.
#[derive(Deserialize)]
struct Entry {
    id: String,
    pattern: String,
    recommended_pattern: Option<String>,
}

fn catalogue() -> Vec<Entry> {
    serde_json::from_str(&file("tests/data/catalogue.json")).expect("it is a list of entries")
}

#[test]
fn only_published_patterns_with_known_errors_have_findings() {
    let found: Vec<(String, String)> = catalogue()
        .iter()
        .flat_map(|entry| {
            let codes = lint_source(&entry.pattern).into_iter();
            codes.map(|finding| (entry.id.clone(), finding.code.to_string()))
        })
        .collect();
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(id, code)| (id.as_str(), code.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("cis-1.4-4.1-unauthorized-api-calls", "always-true"),
            ("cis-3.0-4.1-unauthorized-api-calls", "always-true"),
            ("cis-5.0-4.1-unauthorized-api-calls", "mixed-operators"),
            ("cis-5.0-4.6-console-auth-failures", "unquoted-value"),
        ]
    );
}

#[test]
fn recommended_patterns_have_no_findings_and_one_equals_the_correction() {
    let entries = catalogue();
    let recommended = entries
        .iter()
        .filter_map(|entry| entry.recommended_pattern.as_deref());
    let recommended: Vec<&str> = recommended.collect();
    assert!(recommended.len() >= 9);
    finds_nothing(&recommended);

    let entry = entries
        .iter()
        .find(|entry| entry.id == "cis-5.0-4.6-console-auth-failures");
    let entry = entry.expect("it is in the catalogue");
    let recommended = entry.recommended_pattern.as_deref().map(str::parse);
    assert_eq!(
        corrected(&entry.pattern).parse::<FilterPattern>(),
        recommended.expect("there is one")
    );
}

/// Every pattern that people published or deployed. Each finding was looked at: none is a matter of taste.
#[test]
fn deployed_patterns_have_exactly_these_findings() {
    let patterns = vectors::real_patterns().into_iter().map(|row| {
        let pattern = row["pattern"].as_str();
        pattern.expect("it has a pattern").to_owned()
    });
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for source in patterns {
        for finding in lint_source(&source) {
            *counts.entry(finding.code.as_str()).or_default() += 1;
        }
    }
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [
            ("always-true", 6),
            ("limit", 1),
            ("missing-field", 12),
            ("mixed-operators", 15),
            ("syntax", 5),
            ("unknown-value", 1),
            ("unquoted-value", 3),
        ]
    );
}

/// A finding in a member or value of a real record is a false positive.
#[test]
fn fields_and_values_of_real_records_have_no_findings() {
    let mut seen = BTreeSet::new();
    for record in records::real() {
        let record = serde_json::from_str(&record).unwrap();
        tests_of(&record, &mut Vec::new(), &mut seen);
    }
    assert!(seen.len() > 5_000, "{}", seen.len());
    // Some publishers of records add these fields.
    let added = ["'@timestamp'", "'@version'"];
    for test in seen
        .iter()
        .filter(|test| !added.iter().any(|name| test.contains(name)))
    {
        let source = format!("{{ {test} }}");
        let found = lint_source(&source);
        assert!(found.is_empty(), "{source}: {found:?}");
    }
}

/// A true test of each field of a value, with the field's own value if that is a short text.
fn tests_of(value: &Value, steps: &mut Vec<Step>, tests: &mut BTreeSet<String>) {
    let selector = || Selector::new(steps.clone());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                steps.push(Step::Member(name.as_str().into()));
                tests_of(member, steps, tests);
                steps.pop();
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                steps.push(Step::Element(index));
                tests_of(element, steps, tests);
                steps.pop();
            }
        }
        Value::Bool(value) => {
            tests.insert(format!("{} IS {value}", selector()));
        }
        Value::Number(value) => {
            tests.insert(format!("{} = {value}", selector()));
        }
        Value::String(value) if value.len() < 200 && !value.contains(['"', '\\', '$']) => {
            tests.insert(format!("{} = \"{value}\"", selector()));
        }
        Value::String(_) => {
            tests.insert(format!("{} = \"*\"", selector()));
        }
        // `permiso` writes null where CloudTrail writes nothing.
        Value::Null => {}
    }
}

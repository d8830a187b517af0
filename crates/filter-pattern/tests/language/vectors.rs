//! Recorded answers of CloudWatch, and published patterns. `vectors/SOURCES.md` lists their sources.

use cloudwatch_filter_pattern::FilterPattern;
use serde_json::Value;

use super::{pattern, pattern_err};

fn rows(file: &str) -> Vec<Value> {
    let path = format!(
        "{}/tests/language/vectors/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).expect("the file is in the repository");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}

fn text<'r>(row: &'r Value, key: &str) -> &'r str {
    row[key].as_str().unwrap_or_default()
}

/// The event of a vector as text.
fn event(row: &Value) -> String {
    match &row["event"] {
        Value::String(message) => message.clone(),
        object => object.to_string(),
    }
}

/// The events of all vectors as text.
pub(super) fn events() -> Vec<String> {
    let rows = rows("filter-pattern.jsonl");
    let rows = rows.iter().filter(|row| row["error"] != true);
    rows.map(event).collect()
}

#[test]
fn every_recorded_answer_is_reproduced() {
    let rows = rows("filter-pattern.jsonl");
    assert_eq!(rows.len(), 1353);
    for row in &rows {
        let (id, source) = (text(row, "id"), text(row, "pattern"));
        if row["error"] == true {
            let message = pattern_err(source).message();
            assert!(
                message.contains(text(row, "error_message")),
                "{id}: {message}"
            );
            continue;
        }
        let message = event(row);
        let pattern = pattern(source);
        assert_eq!(
            pattern.matches(&message),
            row["match"],
            "{id}: {source} on {message}"
        );
        let explained = pattern.explain(&message).matches;
        assert_eq!(explained, row["match"], "{id}: {source} on {message}");
    }
}

#[test]
fn every_pattern_of_the_vectors_prints_as_itself() {
    for row in rows("filter-pattern.jsonl")
        .iter()
        .filter(|row| row["error"] != true)
    {
        let parsed = pattern(text(row, "pattern"));
        assert_eq!(pattern(&parsed.to_string()), parsed);
    }
}

#[test]
fn deployed_patterns_are_accepted_as_cloudwatch_does() {
    let rows = rows("real-patterns.jsonl");
    assert_eq!(rows.len(), 283);
    for row in &rows {
        let (id, source) = (text(row, "id"), text(row, "pattern"));
        let verdict = text(row, "parse");
        match source.parse::<FilterPattern>() {
            Ok(parsed) => {
                assert_eq!(verdict, "ok", "{id}: {source}");
                assert_eq!(pattern(&parsed.to_string()), parsed, "{id}");
            }
            Err(error) => {
                let reason = verdict
                    .strip_prefix("rejected: ")
                    .unwrap_or_else(|| panic!("{id}: {error}"));
                assert!(error.message().contains(reason), "{id}: {reason}\n{error}");
            }
        }
    }
}

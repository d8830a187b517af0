//! Recorded answers of CloudWatch, and published patterns.

use serde_json::Value;

use crate::repository::file;

/// Folder of the vectors of the filter pattern language.
const FILTER_PATTERN: &str = "crates/filter-pattern/tests/language/vectors";

/// Recorded answers of `TestMetricFilter`, one for each pattern and message.
pub fn filter_pattern() -> Vec<Value> {
    rows(&file(format!("{FILTER_PATTERN}/filter-pattern.jsonl")))
}

/// Patterns that people have deployed or published.
pub fn real_patterns() -> Vec<Value> {
    rows(&file(format!("{FILTER_PATTERN}/real-patterns.jsonl")))
}

/// Recorded states of CloudWatch alarms.
pub fn alarm() -> Vec<Value> {
    rows(&file("tests/alarm/vectors/alarm.jsonl"))
}

/// Published alarms with their sources, as objects.
pub fn published_alarms() -> Vec<Value> {
    serde_json::from_str(&file("tests/data/catalogue.json")).expect("the file is a list")
}

fn rows(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}

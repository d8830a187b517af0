//! What a matching pattern extracts from a message.

use std::collections::BTreeMap;

use super::number::NumberText;
use super::{Expr, Field, FilterPattern, Kind, PatternSet, SpaceDelimited};
use crate::record::{Record, Selectors, Value};

pub(super) fn extracted_values(pattern: &FilterPattern, message: &str) -> BTreeMap<String, String> {
    let mut selectors = Selectors::default();
    let set = PatternSet::new(std::slice::from_ref(pattern), &mut selectors);
    let mut reader = selectors.clone().into_reader();
    let record = reader.read(message).ok();
    if !set.matches_one(0, message, record) {
        return BTreeMap::new();
    }
    match (pattern.kind(), record) {
        (Kind::Json(expr), Some(record)) => from_record(expr, &mut selectors, record),
        (Kind::SpaceDelimited(fields), _) => from_tokens(fields, message),
        _ => BTreeMap::new(),
    }
}

/// `selectors` has the slots by which the record was read.
fn from_record(
    expr: &Expr,
    selectors: &mut Selectors,
    record: Record<'_>,
) -> BTreeMap<String, String> {
    let extract = |selector| {
        let value = record.value(selectors.slot(selector))?;
        Some((selector.to_string(), text(value)))
    };
    expr.tests()
        .into_iter()
        .map(|test| &test.selector.node)
        .filter_map(extract)
        .collect()
}

fn from_tokens(pattern: &SpaceDelimited, message: &str) -> BTreeMap<String, String> {
    let extract = |(place, capture): (usize, super::space_delimited::Capture<'_>)| {
        let name = match capture.field.map(|at| &pattern.fields()[at].node) {
            Some(Field::Named { name, .. }) => format!("${name}"),
            _ => format!("${}", place + 1),
        };
        (name, capture.text.to_owned())
    };
    pattern
        .captures(message)
        .into_iter()
        .flatten()
        .enumerate()
        .map(extract)
        .collect()
}

fn text(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(spelling) => NumberText::new(spelling).as_str().to_owned(),
        Value::String(text) => text.to_owned(),
        Value::Array { json, .. } | Value::Object { json } => json.to_owned(),
    }
}

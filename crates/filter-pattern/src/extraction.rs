//! What a matching pattern extracts from a message.

use std::collections::BTreeMap;

use super::number::NumberText;
use super::{Field, FilterPattern, Language, PatternSet, SpaceDelimited};
use crate::record::{Reader, Record, Selectors, Slot, Value};

/// A pattern, compiled to be asked what it extracts from many messages, as `TestMetricFilter` does.
///
/// ```
/// use cloudwatch_filter_pattern::Extractor;
///
/// let pattern = "{ $.errorCode = *Denied }".parse()?;
/// let mut extractor = Extractor::new(&pattern);
/// assert_eq!(extractor.extract(r#"{"errorCode": "NotFound"}"#), None);
/// let values = extractor.extract(r#"{"errorCode": "AccessDenied"}"#).unwrap();
/// assert_eq!(values["$.errorCode"], "AccessDenied");
/// # Ok::<(), cloudwatch_filter_pattern::PatternError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Extractor<'p> {
    pattern: &'p FilterPattern,
    compiled: PatternSet,
    /// The pattern's selectors as they are printed.
    names: Vec<(String, Slot)>,
    reader: Reader,
}

impl<'p> Extractor<'p> {
    /// Compiles the pattern.
    pub fn new(pattern: &'p FilterPattern) -> Self {
        let mut selectors = Selectors::default();
        let compiled = PatternSet::new(std::slice::from_ref(pattern), &mut selectors);
        let names = match pattern.language() {
            Language::Json(expr) => expr
                .tests()
                .into_iter()
                .map(|test| &test.selector.node)
                .map(|selector| (selector.to_string(), selectors.slot(selector)))
                .collect(),
            _ => Vec::new(),
        };
        Self {
            pattern,
            compiled,
            names,
            reader: selectors.into_reader(),
        }
    }

    /// What [`FilterPattern::extracted_values`] gives for this message; none if it does not match.
    pub fn extract(&mut self, message: &str) -> Option<BTreeMap<String, String>> {
        let record = match self.pattern.language() {
            Language::Json(_) => self.reader.read(message).ok(),
            _ => None,
        };
        if !self.compiled.matches_one(0, message, record) {
            return None;
        }
        Some(match (self.pattern.language(), record) {
            (Language::SpaceDelimited(fields), _) => from_tokens(fields, message),
            (_, Some(record)) => from_record(&self.names, record),
            _ => BTreeMap::new(),
        })
    }
}

fn from_record(names: &[(String, Slot)], record: Record<'_>) -> BTreeMap<String, String> {
    let extract = |(name, slot): &(String, Slot)| {
        let value = record.value(*slot)?;
        Some((name.clone(), text(value)))
    };
    names.iter().filter_map(extract).collect()
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

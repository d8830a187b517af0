//! Extraction of values from messages that match.

use std::collections::BTreeMap;

use crate::number_text::NumberText;
use crate::pattern::{FilterPattern, Language};
use crate::pattern_set::PatternSet;
use crate::record::{Reader, Record, Selectors, Slot, Value};
use crate::space_delimited::{Capture, Field, SpaceDelimited};

/// A pattern compiled to extract values from many messages, as `TestMetricFilter` does.
///
/// ```
/// use cloudwatch_filter_pattern::Extractor;
///
/// let pattern = "{ $.error = Time* }".parse()?;
/// let mut extractor = Extractor::new(&pattern);
/// assert_eq!(extractor.extract(r#"{"error": "NotFound"}"#), None);
/// let values = extractor.extract(r#"{"error": "Timeout"}"#).unwrap();
/// assert_eq!(values["$.error"], "Timeout");
/// # Ok::<(), cloudwatch_filter_pattern::PatternError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Extractor<'p> {
    pattern: &'p FilterPattern,
    compiled: PatternSet,
    /// The pattern's selectors as they print, with their slots.
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

    /// The same values as [`FilterPattern::extracted_values`]; `None` if the message does not match.
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
    let extract = |(index, capture): (usize, Capture<'_>)| {
        let name = match capture.field.map(|at| &pattern.fields()[at].node) {
            Some(Field::Named { name, .. }) => format!("${name}"),
            _ => format!("${}", index + 1),
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

impl FilterPattern {
    /// The values that `aws logs test-metric-filter` calls `extractedValues`. Empty if the message does not match.
    ///
    /// * JSON: each selector of the pattern that selects a value, with that value: `{"$.error": "Timeout"}`.
    /// * Space-delimited: `{"$status": "404"}` for named fields. Other tokens, and all tokens of `[]`, have their position
    ///   in the message as name, starting with `$1` (examples of `TestMetricFilter` in the API reference).
    /// * Terms, regular expressions and the empty pattern: nothing.
    ///
    /// The documentation leaves the form of other values open. Here, null, objects and arrays are JSON text, numbers are
    /// the text that a pattern compares with, and a selector with a wildcard has its first value.
    ///
    /// Compiles the pattern on each call. For many messages, use an [`Extractor`].
    pub fn extracted_values(&self, message: &str) -> BTreeMap<String, String> {
        Extractor::new(self).extract(message).unwrap_or_default()
    }
}

//! The values of a record by which `FirstSeen` and `GroupBy` distinguish records.

use crate::series::EventId;
use cloudwatch_filter_pattern::record::{
    Reader, Record, RecordError, Selector, Selectors, Slot, Value,
};

/// Maximum length of a value that is kept whole, in characters. Values are in keys, responses and emails.
const MAX_VALUE: usize = 256;

/// The fields of a combination of values.
#[derive(Clone, Debug, Default)]
pub(super) struct CombinationSlots(Vec<(String, Slot)>);

impl CombinationSlots {
    pub(super) fn register(fields: &[Selector], selectors: &mut Selectors) -> Self {
        let slot = |selector: &Selector| (selector.to_string(), selectors.slot(selector));
        Self(fields.iter().map(slot).collect())
    }

    /// The selectors with their values in a record. Without a value if the record lacks the field, or if it is an
    /// object or an array.
    pub(super) fn values(&self, record: Record<'_>) -> Vec<(String, Option<String>)> {
        let value = |(name, slot): &(String, Slot)| {
            let value = record.value(*slot).and_then(scalar);
            (name.clone(), value.map(shortened))
        };
        self.0.iter().map(value).collect()
    }
}

/// The selectors with their values in a record, as `FirstSeen` compares them. `None` is an absent value.
///
/// # Errors
/// The message is not a record.
pub fn combination(
    fields: &[Selector],
    message: &str,
) -> Result<Vec<(String, Option<String>)>, RecordError> {
    let mut selectors = Selectors::default();
    let slots = CombinationSlots::register(fields, &mut selectors);
    let mut reader: Reader = selectors.into_reader();
    Ok(slots.values(reader.read(message)?))
}

/// The text of a string, a number or a boolean.
pub(super) fn scalar(value: Value<'_>) -> Option<&str> {
    match value {
        Value::String(text) | Value::Number(text) => Some(text),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        Value::Null | Value::Array { .. } | Value::Object { .. } => None,
    }
}

/// The value, or the beginning of a long one with a hash that keeps it distinct from others.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(MAX_VALUE) {
        None => value.to_owned(),
        Some((end, _)) => format!(
            "{}...{}",
            &value[..end],
            EventId::of_texts(&[value]).to_hex()
        ),
    }
}

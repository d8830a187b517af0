//! A property of the record readers: all of them capture the same values.

use cloudwatch_filter_pattern::record::{
    Encoding, Reader, Record, Selector, Selectors, Slot, Step, Value as Captured,
};
use serde_json::json;

/// Paths of members that records rarely have, or that have unusual values: wildcards, indices, containers, scalars.
const UNUSUAL: [&str; 14] = [
    "resources.*.ARN",
    "resources.0",
    "resources",
    "requestParameters.items.*.a",
    "requestParameters",
    "requestParameters.eventSelectors.*.excludeManagementEventSources.0",
    "responseElements.*.0",
    "size",
    "deep.*.*",
    "empty",
    "list.*.k",
    "list.1.k",
    "a.0",
    "b",
];

/// Selectors of a path whose steps are separated by dots.
pub fn selector(path: &str) -> Selector {
    let step = |name: &str| match name.parse() {
        _ if name == "*" => Step::Any,
        Ok(index) => Step::Element(index),
        Err(_) => Step::Member(name.into()),
    };
    Selector::new(path.split('.').map(step).collect())
}

/// A reader and its slots.
pub struct Readers {
    reader: Reader,
    slots: Vec<Slot>,
}

impl Readers {
    /// Readers of these selectors and of some that records rarely have.
    pub fn new<'s>(selected: impl IntoIterator<Item = &'s Selector>) -> Self {
        let mut selectors = Selectors::default();
        let mut slots: Vec<Slot> = selected
            .into_iter()
            .map(|selector| selectors.slot(selector))
            .collect();
        slots.extend(UNUSUAL.map(|path| selectors.slot(&selector(path))));
        Self {
            reader: selectors.into_reader(),
            slots,
        }
    }

    /// Asserts that `Reader::read` and `Reader::scan` capture the same values as `Reader::read_reference`.
    ///
    /// Each line is read twice: the second time, a reader can use the cached layout of the line.
    pub fn check(&self, lines: &[&str]) {
        let slots = &self.slots;
        let mut fast = self.reader.clone();
        let mut escaped = self.reader.clone();
        let mut reference = self.reader.clone();
        for line in lines.iter().chain(lines) {
            let expected = reference.read_reference(line);
            let expected = expected.map(|record| captured(record, slots));
            let expected = expected.map_err(|error| error.to_string());
            let found = fast.read(line).map(|record| captured(record, slots));
            let found = found.map_err(|error| error.to_string());
            assert_eq!(found, expected, "{line}");

            let written = json!(line).to_string();
            let text = &written.as_bytes()[1..];
            // The fast path does not decide about a record that text follows.
            if let Some((record, length)) = escaped.scan(text, Encoding::JsonString)
                && text[length..] == *b"\""
            {
                assert_eq!(Ok(captured(record, slots)), expected, "{line}");
            }
        }
    }
}

/// All values of all slots as text.
fn captured(record: Record<'_>, slots: &[Slot]) -> Vec<(bool, Vec<String>)> {
    let written = |value: Captured<'_>| match (value, record.json(value)) {
        (Captured::Array { holds_null, .. }, Some(json)) => format!("{holds_null} {json}"),
        (_, Some(json)) => json.into_owned(),
        (value, None) => format!("{value:?}"),
    };
    let of_slot = |slot: &Slot| {
        let values = record.values(*slot).map(written).collect();
        (record.has_container(*slot), values)
    };
    slots.iter().map(of_slot).collect()
}

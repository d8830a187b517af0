//! An index from values in a record to the patterns that it can match.
//!
//! The strings that all patterns compare the same field with are in one hash table. So a thousand patterns on
//! `$.eventName` cost one lookup.

use rustc_hash::FxHashMap;

use crate::comparison::map_text;
use crate::record::{Record, Slot};
use crate::trigger::{Trigger, Triggers};

/// Finds the patterns with a trigger in a record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// Number of patterns.
    len: usize,
    /// Patterns without triggers.
    always: Vec<usize>,
    fields: Vec<FieldIndex>,
}

/// The triggers at one slot.
#[derive(Clone, Debug)]
struct FieldIndex {
    slot: Slot,
    /// Patterns that any value triggers.
    present: Vec<usize>,
    texts: FxHashMap<Box<str>, Vec<usize>>,
    /// A bit for each length of a text; the last bit is for all longer texts. Avoids most lookups.
    lengths: u64,
}

fn length_bit(text: &str) -> u64 {
    1 << text.len().min(63)
}

impl Index {
    /// Adds a pattern by its index in the set. Without triggers it is always a candidate.
    pub(crate) fn insert(&mut self, pattern: usize, triggers: Option<Triggers>) {
        self.len += 1;
        let Some(triggers) = triggers else {
            self.always.push(pattern);
            return;
        };
        for trigger in triggers.triggers {
            match trigger {
                Trigger::Present(slot) => self.field(slot).present.push(pattern),
                Trigger::Text(slot, text) => {
                    let field = self.field(slot);
                    field.lengths |= length_bit(&text);
                    field.texts.entry(text).or_default().push(pattern);
                }
            }
        }
    }

    fn field(&mut self, slot: Slot) -> &mut FieldIndex {
        let known = self.fields.iter().position(|field| field.slot == slot);
        let at = known.unwrap_or_else(|| {
            self.fields.push(FieldIndex {
                slot,
                present: Vec::new(),
                texts: FxHashMap::default(),
                lengths: 0,
            });
            self.fields.len() - 1
        });
        &mut self.fields[at]
    }

    /// Replaces `found` by the patterns that the record can match, in ascending order.
    pub(crate) fn candidates(&self, record: Record<'_>, found: &mut Vec<usize>) {
        found.clear();
        found.extend(&self.always);
        for field in &self.fields {
            for (index, value) in record.values(field.slot).enumerate() {
                if index == 0 {
                    found.extend(&field.present);
                }
                map_text(value, |text| {
                    if field.lengths & length_bit(text) != 0
                        && let Some(patterns) = field.texts.get(text)
                    {
                        found.extend(patterns);
                    }
                });
                // A selector with a wildcard can select equal values a hundred thousand times.
                if found.len() > 4 * self.len {
                    found.sort_unstable();
                    found.dedup();
                }
            }
        }
        found.sort_unstable();
        found.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frequency::Frequency;
    use crate::record::{Selector, Selectors, Step};

    #[test]
    fn equal_values_below_a_wildcard_take_no_memory() {
        let mut selectors = Selectors::default();
        let steps = vec![Step::Member("a".into()), Step::Any];
        let slot = selectors.slot(&Selector::new(steps));
        let mut index = Index::default();
        for pattern in 0..3 {
            let triggers = Triggers {
                frequency: Frequency::Rare,
                triggers: vec![Trigger::Text(slot, "x".into())],
            };
            index.insert(pattern, Some(triggers));
        }
        let message = format!(r#"{{"a":[{}]}}"#, vec![r#""x""#; 50_000].join(","));
        let mut reader = selectors.into_reader();
        let mut found = Vec::new();
        index.candidates(reader.read(&message).unwrap(), &mut found);
        assert_eq!(found, [0, 1, 2]);
        assert!(found.capacity() < 100, "{}", found.capacity());
    }
}

//! The memory into which a record's values are captured.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::Value;
use super::reader::undo_escapes;

/// Memory for more than so many entries, keys or bytes of text is given back before the next record, so that one giant does
/// not stay for good.
const KEPT: usize = 64 << 10;

/// What was captured of the record at hand; the memory is used again for the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// What does not stand in the record as it is: captured strings with escapes, and keys below a wildcard.
    pub(super) text: String,
    /// A string with escapes, as JSON text.
    json: Vec<u8>,
    pub(super) journal: Vec<Found>,
    pub(super) slots: Vec<SlotState>,
    /// The keys that selectors name, of the objects that are being walked, innermost last.
    pub(super) members: Vec<Member>,
    /// The other keys of objects below a wildcard, likewise.
    pub(super) keys: Vec<Key>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SlotState {
    pub(super) first: Option<usize>,
    last: Option<usize>,
    pub(super) container: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) entry: Entry,
    /// The next entry of the same slot.
    pub(super) next: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Entry {
    /// Overruled by a later key of the same name.
    Void,
    /// There is a value where the wildcard of the slot's selector stands.
    Container {
        slot: usize,
        /// The byte in front of the value, or the first of all; only the quick walk says it.
        at: usize,
    },
    /// The bytes `start..end` of the record, or, for a string that had escapes, of `Scratch::text`.
    Value {
        slot: usize,
        kind: Kind,
        start: usize,
        end: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Null,
    True,
    False,
    Number,
    String,
    Unescaped,
    Array { holds_null: bool },
    Object,
}

/// A key that a selector names, by its place among the state's members, and what its value added to the journal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    at: usize,
    from: usize,
    to: usize,
}

/// Another key, by its text in `Scratch::text`, and what its value added to the journal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Entry {
    /// Where in the record it begins.
    pub(super) fn place(self) -> Option<usize> {
        match self {
            Self::Value { start: at, .. } | Self::Container { at, .. } => Some(at),
            Self::Void => None,
        }
    }

    /// Where an object ends.
    pub(super) fn end(self) -> Option<usize> {
        match self {
            Self::Value {
                kind: Kind::Object,
                end,
                ..
            } => Some(end),
            _ => None,
        }
    }

    /// Whether nothing but what stands in the record up to its beginning decides on it, but for where it ends.
    pub(super) fn is_fixed_where_it_begins(self) -> bool {
        match self {
            Self::Value { kind, .. } => !matches!(kind, Kind::Array { .. }),
            // It is there whatever the value is.
            Self::Container { .. } => true,
            Self::Void => false,
        }
    }

    /// The same at another place, without a content.
    pub(super) fn moved(self, at: usize) -> Self {
        match self {
            Self::Value { slot, kind, .. } => Self::Value {
                slot,
                kind,
                start: at,
                end: at,
            },
            Self::Container { slot, .. } => Self::Container { slot, at },
            Self::Void => Self::Void,
        }
    }

    /// Lets it end here.
    pub(super) fn close(&mut self, at: usize) {
        if let Self::Value { end, .. } = self {
            *end = at;
        }
    }
}

impl Scratch {
    pub(super) fn with_slots(count: usize) -> Self {
        Self {
            slots: vec![SlotState::default(); count],
            ..Self::default()
        }
    }

    pub(super) fn clear(&mut self) {
        let capacities = [
            self.text.capacity(),
            self.json.capacity(),
            self.journal.capacity(),
            self.keys.capacity(),
        ];
        if capacities.into_iter().any(|capacity| capacity > KEPT) {
            *self = Self::with_slots(self.slots.len());
        }
        self.text.clear();
        self.journal.clear();
        self.members.clear();
        self.keys.clear();
        self.slots.fill(SlotState::default());
    }

    pub(super) fn note(&mut self, entry: Entry) {
        self.journal.push(Found { entry, next: None });
    }

    fn void(&mut self, from: usize, to: usize) {
        for found in &mut self.journal[from..to] {
            found.entry = Entry::Void;
        }
    }

    /// Writes down a key so that no two that differ look alike: not every key is text, as one with a lone surrogate.
    pub(super) fn note_key(&mut self, key: &[u8]) {
        if let Ok(key) = std::str::from_utf8(key) {
            self.text.push('t');
            self.text.push_str(key);
        } else {
            self.text.push('b');
            self.text.extend(key.iter().copied().map(char::from));
        }
    }

    /// Notes that a named key's value added the entries from `from` on; what an equal key of the same object, whose named
    /// keys stand from `base` on, added before is void.
    pub(super) fn note_member(&mut self, base: usize, at: usize, from: usize) {
        let to = self.journal.len();
        let member = Member { at, from, to };
        let known = self.members[base..].iter().position(|known| known.at == at);
        match known {
            Some(earlier) => {
                let earlier = std::mem::replace(&mut self.members[base + earlier], member);
                self.void(earlier.from, earlier.to);
            }
            None => self.members.push(member),
        }
    }

    /// Ends an object whose named keys and other ones stand from there on: of equal keys below a wildcard only the last one
    /// stays.
    pub(super) fn close_object(&mut self, members: usize, keys: usize) {
        let text = &self.text;
        let name_of = |key: &Key| &text[key.start..key.end];
        let all = &mut self.keys[keys..];
        all.sort_unstable_by(|a, b| (name_of(a), a.from).cmp(&(name_of(b), b.from)));
        for pair in all.windows(2) {
            if name_of(&pair[0]) == name_of(&pair[1]) {
                for found in &mut self.journal[pair[0].from..pair[0].to] {
                    found.entry = Entry::Void;
                }
            }
        }
        self.members.truncate(members);
        self.keys.truncate(keys);
    }

    /// Captures the value with this JSON text, which begins at this byte of the record, for every slot.
    pub(super) fn capture(
        &mut self,
        slots: &[usize],
        json: &str,
        at: usize,
    ) -> Result<(), serde_json::Error> {
        let (mut start, mut end) = (at, at + json.len());
        let kind = match json.as_bytes().first() {
            Some(b'n') => Kind::Null,
            Some(b't') => Kind::True,
            Some(b'f') => Kind::False,
            Some(b'"') if json.contains('\\') => {
                start = self.text.len();
                Deserializer::from_str(json).deserialize_bytes(Unescaped {
                    text: &mut self.text,
                })?;
                end = self.text.len();
                Kind::Unescaped
            }
            Some(b'"') => {
                (start, end) = (start + 1, end - 1);
                Kind::String
            }
            Some(b'[') => Kind::Array {
                holds_null: holds_null(json)?,
            },
            Some(b'{') => Kind::Object,
            _ => Kind::Number,
        };
        self.note_values(slots, kind, start, end);
        Ok(())
    }

    /// Undoes the escapes of a string that the quick walk has passed, given without its quotes, as
    /// [`Scratch::capture`] would; the kind and the place of what comes out. None where it is no string after all.
    pub(super) fn unescape<const IN_STRING: bool>(
        &mut self,
        content: &[u8],
    ) -> Option<(Kind, usize, usize)> {
        self.json.clear();
        self.json.push(b'"');
        if IN_STRING {
            undo_escapes(content, &mut self.json);
        } else {
            self.json.extend_from_slice(content);
        }
        self.json.push(b'"');
        let start = self.text.len();
        let text = &mut self.text;
        Deserializer::from_slice(&self.json)
            .deserialize_bytes(Unescaped { text })
            .ok()?;
        Some((Kind::Unescaped, start, self.text.len()))
    }

    /// Captures a value of this kind for every slot.
    pub(super) fn note_values(&mut self, slots: &[usize], kind: Kind, start: usize, end: usize) {
        for &slot in slots {
            self.note(Entry::Value {
                slot,
                kind,
                start,
                end,
            });
        }
    }

    /// Chains the entries of each slot.
    pub(super) fn link(&mut self) {
        for at in 0..self.journal.len() {
            match self.journal[at].entry {
                Entry::Void => {}
                Entry::Container { slot, .. } => self.slots[slot].container = true,
                Entry::Value { slot, .. } => {
                    let state = &mut self.slots[slot];
                    match state.last.replace(at) {
                        Some(before) => self.journal[before].next = Some(at),
                        None => state.first = Some(at),
                    }
                }
            }
        }
    }

    pub(super) fn value<'r>(&'r self, record: &'r [u8], entry: Entry) -> Value<'r> {
        let Entry::Value {
            kind, start, end, ..
        } = entry
        else {
            unreachable!("only values are chained to a slot");
        };
        let text = match kind {
            Kind::Null | Kind::True | Kind::False => "",
            Kind::Unescaped => &self.text[start..end],
            _ => std::str::from_utf8(&record[start..end]).expect("the walk was over text"),
        };
        match kind {
            Kind::Null => Value::Null,
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::Number => Value::Number(text),
            Kind::String | Kind::Unescaped => Value::String(text),
            Kind::Array { holds_null } => Value::Array {
                json: text,
                holds_null,
            },
            Kind::Object => Value::Object { json: text },
        }
    }
}

/// Whether one of the array's own elements is `null`.
fn holds_null(json: &str) -> Result<bool, serde_json::Error> {
    struct Elements;
    impl<'de> Visitor<'de> for Elements {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<bool, A::Error> {
            let mut found = false;
            while let Some(element) = elements.next_element::<&RawValue>()? {
                found |= element.get() == "null";
            }
            Ok(found)
        }
    }
    Deserializer::from_str(json).deserialize_seq(Elements)
}

/// Appends an unescaped string; a lone surrogate, which no Rust string can hold, becomes U+FFFD.
struct Unescaped<'s> {
    text: &'s mut String,
}

impl Visitor<'_> for Unescaped<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<(), E> {
        self.text.push_str(&String::from_utf8_lossy(bytes));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_giant_took_is_given_back() {
        let mut scratch = Scratch::with_slots(3);
        for _ in 0..=KEPT {
            scratch.note(Entry::Void);
        }
        scratch.clear();
        assert_eq!(scratch.journal.capacity(), 0);
        assert_eq!(scratch.slots.len(), 3);
        scratch.note(Entry::Void);
        scratch.clear();
        assert_ne!(scratch.journal.capacity(), 0);
    }
}

//! The buffer into which the values of one record are captured.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::text::append_unescaped;
use super::value::Value;

/// Most log entries, keys or bytes of text whose memory is kept for the next record.
const MAX_RETAINED: usize = 64 << 10;

/// The values captured from one record. The memory is reused for the next record.
///
/// Parsers append to a log while they parse. A duplicate key supersedes what the earlier value of that key added.
/// [`CaptureBuffer::link_slots`] then links the entries of each slot.
#[derive(Clone, Debug, Default)]
pub(super) struct CaptureBuffer {
    /// Text that the record does not contain in this form: strings that had escapes, and keys below a wildcard.
    pub(super) text: String,
    /// Scratch memory: a string with escapes, as JSON text.
    json: Vec<u8>,
    pub(super) log: Vec<LogEntry>,
    pub(super) slots: Vec<SlotState>,
    /// Selected keys of the objects that are being parsed, the innermost object last.
    pub(super) members: Vec<Member>,
    /// Other keys of objects below a wildcard, likewise.
    pub(super) keys: Vec<Key>,
}

/// The log entries of a slot.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SlotState {
    pub(super) first: Option<usize>,
    last: Option<usize>,
    /// Whether the wildcard of the slot's selector has a container.
    pub(super) has_container: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct LogEntry {
    pub(super) capture: Capture,
    /// The next entry of the same slot.
    pub(super) next: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Capture {
    /// Replaced by the value of a later key with the same name.
    Superseded,
    /// A value to which the wildcard of the slot's selector applies.
    Container {
        slot: usize,
        /// Offset of the byte in front of the value, or 0. Only the scanner sets it.
        at: usize,
    },
    /// A captured value: the bytes `start..end` of the record, or of `CaptureBuffer::text` if it is [`Kind::Unescaped`].
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
    /// A string without escapes.
    String,
    /// A string that had escapes.
    Unescaped,
    Array {
        holds_null: bool,
    },
    Object,
}

/// A selected key: its index among the node's members, and the log entries of its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    index: usize,
    from: usize,
    to: usize,
}

/// A key below a wildcard: its bytes in `CaptureBuffer::text`, and the log entries of its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Capture {
    /// Offset in the record at which the capture starts.
    pub(super) fn start(self) -> Option<usize> {
        match self {
            Self::Value { start: at, .. } | Self::Container { at, .. } => Some(at),
            Self::Superseded => None,
        }
    }

    /// Offset at which an object ends; `None` for other captures.
    pub(super) fn object_end(self) -> Option<usize> {
        match self {
            Self::Value {
                kind: Kind::Object,
                end,
                ..
            } => Some(end),
            _ => None,
        }
    }

    /// Whether the text up to the capture's start decides everything about it except its end.
    pub(super) fn is_decided_at_start(self) -> bool {
        match self {
            // Whether an array contains `null` depends on its elements.
            Self::Value { kind, .. } => !matches!(kind, Kind::Array { .. }),
            Self::Container { .. } => true,
            Self::Superseded => false,
        }
    }

    /// The same capture, empty, at another offset.
    pub(super) fn empty_at(self, at: usize) -> Self {
        match self {
            Self::Value { slot, kind, .. } => Self::Value {
                slot,
                kind,
                start: at,
                end: at,
            },
            Self::Container { slot, .. } => Self::Container { slot, at },
            Self::Superseded => Self::Superseded,
        }
    }

    /// Sets the end of a value.
    pub(super) fn set_end(&mut self, at: usize) {
        if let Self::Value { end, .. } = self {
            *end = at;
        }
    }
}

impl CaptureBuffer {
    pub(super) fn with_slots(count: usize) -> Self {
        Self {
            slots: vec![SlotState::default(); count],
            ..Self::default()
        }
    }

    /// Empties the buffer. Frees its memory if a record needed more than [`MAX_RETAINED`].
    pub(super) fn clear(&mut self) {
        let capacities = [
            self.text.capacity(),
            self.json.capacity(),
            self.log.capacity(),
            self.keys.capacity(),
        ];
        if capacities
            .into_iter()
            .any(|capacity| capacity > MAX_RETAINED)
        {
            *self = Self::with_slots(self.slots.len());
        }
        self.text.clear();
        self.log.clear();
        self.members.clear();
        self.keys.clear();
        self.slots.fill(SlotState::default());
    }

    pub(super) fn push(&mut self, capture: Capture) {
        self.log.push(LogEntry {
            capture,
            next: None,
        });
    }

    /// Appends a value of this kind for each slot.
    pub(super) fn push_values(&mut self, slots: &[usize], kind: Kind, start: usize, end: usize) {
        for &slot in slots {
            self.push(Capture::Value {
                slot,
                kind,
                start,
                end,
            });
        }
    }

    /// Appends a key to `text`, such that different keys have different texts. A key with a lone surrogate is not UTF-8.
    pub(super) fn push_key(&mut self, key: &[u8]) {
        if let Ok(key) = std::str::from_utf8(key) {
            self.text.push('t');
            self.text.push_str(key);
        } else {
            self.text.push('b');
            self.text.extend(key.iter().copied().map(char::from));
        }
    }

    /// Adds the selected key of this index, whose value added the log entries from `from` on.
    ///
    /// The selected keys of the same object start at `base`. If one of them is the same key, its entries are superseded.
    pub(super) fn push_member(&mut self, base: usize, index: usize, from: usize) {
        let to = self.log.len();
        let member = Member { index, from, to };
        let mut earlier = self.members[base..].iter_mut();
        match earlier.find(|earlier| earlier.index == index) {
            Some(earlier) => {
                let Member { from, to, .. } = std::mem::replace(earlier, member);
                supersede(&mut self.log[from..to]);
            }
            None => self.members.push(member),
        }
    }

    /// Closes an object whose keys start at these indices of `members` and `keys`. If a key below a wildcard is
    /// duplicated, only its last value is kept.
    pub(super) fn close_object(&mut self, members: usize, keys: usize) {
        let text = &self.text;
        let name_of = |key: &Key| &text[key.start..key.end];
        let all = &mut self.keys[keys..];
        all.sort_unstable_by(|a, b| (name_of(a), a.from).cmp(&(name_of(b), b.from)));
        for pair in all.windows(2) {
            if name_of(&pair[0]) == name_of(&pair[1]) {
                supersede(&mut self.log[pair[0].from..pair[0].to]);
            }
        }
        self.members.truncate(members);
        self.keys.truncate(keys);
    }

    /// Captures a value for each slot, given its JSON text and its offset in the record.
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
        self.push_values(slots, kind, start, end);
        Ok(())
    }

    /// Unescapes the content of a string, as [`CaptureBuffer::capture`] does. `None` if it is not a valid JSON string.
    ///
    /// Returns the kind of the value and its bytes in `text`.
    pub(super) fn unescape<const IN_STRING: bool>(
        &mut self,
        content: &[u8],
    ) -> Option<(Kind, usize, usize)> {
        self.json.clear();
        self.json.push(b'"');
        if IN_STRING {
            append_unescaped(content, &mut self.json);
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

    /// Links the log entries of each slot, in the record's order.
    pub(super) fn link_slots(&mut self) {
        for at in 0..self.log.len() {
            match self.log[at].capture {
                Capture::Superseded => {}
                Capture::Container { slot, .. } => self.slots[slot].has_container = true,
                Capture::Value { slot, .. } => {
                    let state = &mut self.slots[slot];
                    match state.last.replace(at) {
                        Some(before) => self.log[before].next = Some(at),
                        None => state.first = Some(at),
                    }
                }
            }
        }
    }

    /// The value of a capture that a slot links.
    pub(super) fn value<'r>(&'r self, record: &'r [u8], capture: Capture) -> Value<'r> {
        let Capture::Value {
            kind, start, end, ..
        } = capture
        else {
            unreachable!("slots link values only");
        };
        let text = match kind {
            Kind::Null | Kind::True | Kind::False => "",
            Kind::Unescaped => &self.text[start..end],
            _ => std::str::from_utf8(&record[start..end]).expect("the record is UTF-8"),
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

fn supersede(entries: &mut [LogEntry]) {
    for entry in entries {
        entry.capture = Capture::Superseded;
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

/// Appends an unescaped string. A lone surrogate becomes U+FFFD, since no Rust string can contain one.
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
    fn memory_of_a_large_record_is_freed() {
        let mut captures = CaptureBuffer::with_slots(3);
        for _ in 0..=MAX_RETAINED {
            captures.push(Capture::Superseded);
        }
        captures.clear();
        assert_eq!(captures.log.capacity(), 0);
        assert_eq!(captures.slots.len(), 3);
        captures.push(Capture::Superseded);
        captures.clear();
        assert_ne!(captures.log.capacity(), 0);
    }
}

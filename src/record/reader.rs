use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::{Selector, Step, Value};

/// Where the values of one registered selector are found in a [`Record`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(usize);

/// The selectors that somebody wants read; each distinct one once.
#[derive(Clone, Debug, Default)]
pub struct Selectors(Vec<Selector>);

impl Selectors {
    /// The slot of this selector; the same one for an equal selector.
    pub fn slot(&mut self, selector: &Selector) -> Slot {
        let known = self.0.iter().position(|other| other == selector);
        Slot(known.unwrap_or_else(|| {
            self.0.push(selector.clone());
            self.0.len() - 1
        }))
    }

    /// The reader that captures all of them in one walk.
    pub fn into_reader(self) -> Reader {
        let mut states = Vec::new();
        let wanted: Vec<Wanted<'_>> = self
            .0
            .iter()
            .enumerate()
            .map(|(slot, selector)| (slot, selector.steps()))
            .collect();
        build_state(&wanted, &mut states);
        Reader {
            states,
            scratch: Scratch::with_slots(self.0.len()),
        }
    }
}

/// A slot and the steps that are still to go to reach its values.
type Wanted<'s> = (usize, &'s [Step]);

/// One place of the merged selectors: what is to be captured here, and where each step leads.
#[derive(Clone, Debug, Default)]
struct State {
    captures: Vec<usize>,
    /// Slots whose wildcard is the next step, so that a value here is their container.
    containers: Vec<usize>,
    members: Vec<(Box<str>, usize)>,
    elements: Vec<(usize, usize)>,
    any: Option<usize>,
}

/// Adds the state for these slots and all below it; returns its index.
///
/// A member that is named by one selector and covered by the wildcard of another leads to one state for both, so each
/// value is walked once. The depth is that of the longest selector, which a pattern's 1,024 characters bound.
fn build_state(wanted: &[Wanted<'_>], states: &mut Vec<State>) -> usize {
    let index = states.len();
    states.push(State::default());
    let mut state = State::default();
    let mut below_any: Vec<Wanted<'_>> = Vec::new();
    let mut below_members: Vec<(&str, Vec<Wanted<'_>>)> = Vec::new();
    let mut below_elements: Vec<(usize, Vec<Wanted<'_>>)> = Vec::new();
    for &(slot, steps) in wanted {
        match steps.split_first() {
            None => state.captures.push(slot),
            Some((Step::Any, rest)) => {
                state.containers.push(slot);
                below_any.push((slot, rest));
            }
            Some((Step::Member(name), rest)) => add_below(&mut below_members, name, (slot, rest)),
            Some((Step::Element(at), rest)) => add_below(&mut below_elements, *at, (slot, rest)),
        }
    }
    for (name, mut below) in below_members {
        below.extend_from_slice(&below_any);
        state
            .members
            .push((name.into(), build_state(&below, states)));
    }
    for (at, mut below) in below_elements {
        below.extend_from_slice(&below_any);
        state.elements.push((at, build_state(&below, states)));
    }
    if !below_any.is_empty() {
        state.any = Some(build_state(&below_any, states));
    }
    states[index] = state;
    index
}

fn add_below<'s, K: PartialEq>(below: &mut Vec<(K, Vec<Wanted<'s>>)>, key: K, wanted: Wanted<'s>) {
    match below.iter_mut().find(|(known, _)| *known == key) {
        Some((_, all)) => all.push(wanted),
        None => below.push((key, vec![wanted])),
    }
}

impl State {
    fn is_leaf(&self) -> bool {
        self.members.is_empty() && self.elements.is_empty() && self.any.is_none()
    }
}

/// Why a text is not a CloudTrail record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The text does not begin like a JSON object.
    #[error("expected a CloudTrail record, which is one JSON object, found {found}")]
    NotAnObject {
        /// What stands there instead.
        found: &'static str,
    },
    /// The text begins like an object and is none, or has something behind it.
    #[error("the record is not one whole JSON object")]
    Json {
        /// The place and the cause.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads records; made by [`Selectors::into_reader`].
///
/// It owns the memory into which a record's values are captured, so a [`Record`] must be done with before the next one
/// is read.
#[derive(Clone, Debug)]
pub struct Reader {
    states: Vec<State>,
    scratch: Scratch,
}

impl Reader {
    /// Captures the values of one record.
    ///
    /// `message` is the whole text of a log event; white space around the object is allowed.
    pub fn read(&mut self, message: &str) -> Result<Record<'_>, RecordError> {
        match message
            .trim_start_matches([' ', '\t', '\r', '\n'])
            .as_bytes()
            .first()
        {
            Some(b'{') => {}
            found => {
                return Err(RecordError::NotAnObject {
                    found: describe(found.copied()),
                });
            }
        }
        self.pass(message, Walk::Streaming)
            // A value on the way to a selected one that serde_json cannot represent (a number beyond a double) must
            // not cost the record; the second way looks at such a value's text only.
            .or_else(|_| self.pass(message, Walk::ByText))
            .map_err(|source| RecordError::Json { source })?;
        self.scratch.link();
        Ok(Record {
            scratch: &self.scratch,
        })
    }

    fn pass(&mut self, message: &str, walk: Walk) -> Result<(), serde_json::Error> {
        self.scratch.clear();
        let mut json = Deserializer::from_str(message);
        let root = Node {
            states: &self.states,
            state: 0,
            walk,
            scratch: &mut self.scratch,
        };
        root.deserialize(&mut json)?;
        json.end()
    }
}

fn describe(first: Option<u8>) -> &'static str {
    match first {
        None => "nothing",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(_) => "other text",
    }
}

/// The captured values of one record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'r> {
    scratch: &'r Scratch,
}

impl<'r> Record<'r> {
    /// The values that the slot's selector selects, in the record's order; none where it selects nothing.
    pub fn values(self, slot: Slot) -> impl Iterator<Item = Value<'r>> {
        let scratch = self.scratch;
        let mut at = scratch.slots[slot.0].first;
        std::iter::from_fn(move || {
            let found = scratch.journal[at?];
            at = found.next;
            Some(scratch.value(found.entry))
        })
    }

    /// The first value that the slot's selector selects.
    pub fn value(self, slot: Slot) -> Option<Value<'r>> {
        self.values(slot).next()
    }

    /// The first selected value, if it is a string.
    pub fn text(self, slot: Slot) -> Option<&'r str> {
        self.value(slot).and_then(Value::as_str)
    }

    /// Whether there is a value of any kind where the wildcard of the slot's selector stands.
    ///
    /// False for a selector without a wildcard.
    pub fn has_container(self, slot: Slot) -> bool {
        self.scratch.slots[slot.0].container
    }
}

/// What was captured of the record at hand. Cleared, not freed, for the next.
#[derive(Clone, Debug, Default)]
struct Scratch {
    /// The text of all captured values, one behind the other.
    text: String,
    journal: Vec<Found>,
    slots: Vec<SlotState>,
    /// The keys of the objects that are being walked, innermost last.
    keys: Vec<Key>,
}

#[derive(Clone, Copy, Debug, Default)]
struct SlotState {
    first: Option<usize>,
    last: Option<usize>,
    container: bool,
}

#[derive(Clone, Copy, Debug)]
struct Found {
    entry: Entry,
    /// The next entry of the same slot.
    next: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    /// Overruled by a later key of the same name.
    Void,
    Container {
        slot: usize,
    },
    Value {
        slot: usize,
        kind: Kind,
        start: usize,
        end: usize,
    },
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Null,
    True,
    False,
    Number,
    String,
    Array { holds_null: bool },
    Object,
}

/// A key that was met, and what its value added to the journal.
#[derive(Clone, Copy, Debug)]
struct Key {
    name: KeyName,
    from: usize,
    to: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum KeyName {
    /// A key that a selector names: its place among the state's members.
    Member(usize),
    /// Any other key: its text in `Scratch::text`.
    Text { start: usize, end: usize },
}

impl Scratch {
    fn with_slots(count: usize) -> Self {
        Self {
            slots: vec![SlotState::default(); count],
            ..Self::default()
        }
    }

    fn clear(&mut self) {
        self.text.clear();
        self.journal.clear();
        self.keys.clear();
        self.slots.fill(SlotState::default());
    }

    fn note(&mut self, entry: Entry) {
        self.journal.push(Found { entry, next: None });
    }

    fn void(&mut self, from: usize, to: usize) {
        for found in &mut self.journal[from..to] {
            found.entry = Entry::Void;
        }
    }

    /// Notes that a key's value added the entries from `from` on; what an equal key added before is void.
    fn note_member(&mut self, base: usize, member: usize, from: usize) {
        let to = self.journal.len();
        let name = KeyName::Member(member);
        match self.keys[base..].iter().position(|key| key.name == name) {
            Some(earlier) => {
                let Key {
                    from: old_from,
                    to: old_to,
                    ..
                } = self.keys[base + earlier];
                self.void(old_from, old_to);
                self.keys[base + earlier] = Key { name, from, to };
            }
            None => self.keys.push(Key { name, from, to }),
        }
    }

    /// Ends an object whose keys stand from `base` on: of equal keys below a wildcard only the last one stays.
    fn close_object(&mut self, base: usize) {
        let text = &self.text;
        let name_of = |key: &Key| match key.name {
            KeyName::Member(_) => None,
            KeyName::Text { start, end } => Some(&text[start..end]),
        };
        let keys = &mut self.keys[base..];
        if keys
            .iter()
            .filter(|key| name_of(key).is_some())
            .nth(1)
            .is_some()
        {
            keys.sort_by(|a, b| (name_of(a), a.from).cmp(&(name_of(b), b.from)));
            for pair in keys.windows(2) {
                if name_of(&pair[0]).is_some() && name_of(&pair[0]) == name_of(&pair[1]) {
                    for found in &mut self.journal[pair[0].from..pair[0].to] {
                        found.entry = Entry::Void;
                    }
                }
            }
        }
        self.keys.truncate(base);
    }

    /// Captures the value with this JSON text for every slot.
    fn capture(&mut self, slots: &[usize], json: &str) -> Result<(), serde_json::Error> {
        let start = self.text.len();
        let kind = match json.as_bytes().first() {
            Some(b'n') => Kind::Null,
            Some(b't') => Kind::True,
            Some(b'f') => Kind::False,
            Some(b'"') => {
                self.push_string(json)?;
                Kind::String
            }
            Some(b'[') => {
                self.text.push_str(json);
                Kind::Array {
                    holds_null: holds_null(json)?,
                }
            }
            Some(b'{') => {
                self.text.push_str(json);
                Kind::Object
            }
            _ => {
                self.text.push_str(json);
                Kind::Number
            }
        };
        let end = self.text.len();
        for &slot in slots {
            self.note(Entry::Value {
                slot,
                kind,
                start,
                end,
            });
        }
        Ok(())
    }

    fn push_string(&mut self, json: &str) -> Result<(), serde_json::Error> {
        let inner = &json[1..json.len() - 1];
        if inner.contains('\\') {
            Deserializer::from_str(json).deserialize_bytes(Unescaped {
                text: &mut self.text,
            })
        } else {
            self.text.push_str(inner);
            Ok(())
        }
    }

    /// Chains the entries of each slot.
    fn link(&mut self) {
        for at in 0..self.journal.len() {
            match self.journal[at].entry {
                Entry::Void => {}
                Entry::Container { slot } => self.slots[slot].container = true,
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

    fn value(&self, entry: Entry) -> Value<'_> {
        let Entry::Value {
            kind, start, end, ..
        } = entry
        else {
            unreachable!("only values are chained to a slot");
        };
        let text = &self.text[start..end];
        match kind {
            Kind::Null => Value::Null,
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::Number => Value::Number(text),
            Kind::String => Value::String(text),
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

/// How to get past a value that is not captured itself but has captured ones inside.
#[derive(Clone, Copy)]
enum Walk {
    /// Let the one parser run on. The quick way.
    Streaming,
    /// Take its text first, and start a parser of its own for it. Knows no depth limit and no number that is too large.
    ByText,
}

/// A value, and the state that says what to capture of it.
struct Node<'s> {
    states: &'s [State],
    state: usize,
    walk: Walk,
    scratch: &'s mut Scratch,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let state = &self.states[self.state];
        for &slot in &state.containers {
            self.scratch.note(Entry::Container { slot });
        }
        if state.captures.is_empty() && matches!(self.walk, Walk::Streaming) {
            return json.deserialize_any(self);
        }
        let text = <&RawValue as serde::Deserialize>::deserialize(json)?.get();
        self.scratch
            .capture(&state.captures, text)
            .map_err(D::Error::custom)?;
        if !state.is_leaf() && text.starts_with(['{', '[']) {
            Deserializer::from_str(text)
                .deserialize_any(self)
                .map_err(D::Error::custom)?;
        }
        Ok(())
    }
}

impl Node<'_> {
    fn child(&mut self, state: usize) -> Node<'_> {
        Node {
            states: self.states,
            state,
            walk: self.walk,
            scratch: self.scratch,
        }
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let state = &self.states[self.state];
        let base = self.scratch.keys.len();
        while let Some(step) = members.next_key_seed(KeySeed {
            state,
            scratch: self.scratch,
        })? {
            let from = self.scratch.journal.len();
            match step {
                KeyStep::Skip => {
                    members.next_value::<IgnoredAny>()?;
                }
                KeyStep::Member(at) => {
                    members.next_value_seed(self.child(state.members[at].1))?;
                    self.scratch.note_member(base, at, from);
                }
                KeyStep::Any { below, start, end } => {
                    members.next_value_seed(self.child(below))?;
                    let to = self.scratch.journal.len();
                    let name = KeyName::Text { start, end };
                    self.scratch.keys.push(Key { name, from, to });
                }
            }
        }
        self.scratch.close_object(base);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        let state = &self.states[self.state];
        for at in 0.. {
            let named = state.elements.iter().find(|(element, _)| *element == at);
            let more = match named.map(|(_, below)| *below).or(state.any) {
                Some(below) => elements.next_element_seed(self.child(below))?.is_some(),
                None => elements.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    // A scalar has nothing inside.

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// What to do with the value of a key.
enum KeyStep {
    Skip,
    Member(usize),
    Any {
        below: usize,
        start: usize,
        end: usize,
    },
}

struct KeySeed<'s> {
    state: &'s State,
    scratch: &'s mut Scratch,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = KeyStep;

    fn deserialize<D: serde::Deserializer<'de>>(self, key: D) -> Result<KeyStep, D::Error> {
        // As bytes, since serde_json refuses a lone surrogate in a `str`.
        key.deserialize_bytes(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = KeyStep;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_bytes<E>(self, key: &[u8]) -> Result<KeyStep, E> {
        let member = self
            .state
            .members
            .iter()
            .position(|(name, _)| name.as_bytes() == key);
        Ok(match (member, self.state.any) {
            (Some(at), _) => KeyStep::Member(at),
            (None, Some(below)) => {
                let start = self.scratch.text.len();
                self.scratch.text.push_str(&String::from_utf8_lossy(key));
                KeyStep::Any {
                    below,
                    start,
                    end: self.scratch.text.len(),
                }
            }
            (None, None) => KeyStep::Skip,
        })
    }
}

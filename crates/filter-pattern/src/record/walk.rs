//! One walk over a record's text, along the tree of selectors.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::scratch::{Entry, Key, Scratch};
use super::tree::State;

/// How to get past a value that is not captured itself but has captured ones inside.
#[derive(Clone, Copy)]
pub(super) enum Walk {
    /// Let the one parser run on. The quick way.
    Streaming,
    /// Take its text first, and start a parser of its own for it. Knows no depth limit and no number that is too large.
    ByText,
}

/// A value, and the state that says what to capture of it.
pub(super) struct Node<'s> {
    pub(super) states: &'s [State],
    pub(super) state: usize,
    pub(super) walk: Walk,
    /// The address of the record's first byte; every text that `serde_json` hands out is a part of the record.
    pub(super) origin: usize,
    pub(super) scratch: &'s mut Scratch,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let state = &self.states[self.state];
        for &slot in &state.containers {
            self.scratch.note(Entry::Container { slot, at: 0 });
        }
        if state.captures.is_empty() && matches!(self.walk, Walk::Streaming) {
            return json.deserialize_any(self);
        }
        let text = <&RawValue as serde::Deserialize>::deserialize(json)?.get();
        self.scratch
            .capture(&state.captures, text, text.as_ptr().addr() - self.origin)
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
            origin: self.origin,
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
        let members_before = self.scratch.members.len();
        let keys_before = self.scratch.keys.len();
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
                    self.scratch.note_member(members_before, at, from);
                }
                KeyStep::Any { below, start, end } => {
                    members.next_value_seed(self.child(below))?;
                    let to = self.scratch.journal.len();
                    self.scratch.keys.push(Key {
                        start,
                        end,
                        from,
                        to,
                    });
                }
            }
        }
        self.scratch.close_object(members_before, keys_before);
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
        Ok(match (self.state.member(key), self.state.any) {
            (Some(at), _) => KeyStep::Member(at),
            (None, Some(below)) => {
                let start = self.scratch.text.len();
                self.scratch.note_key(key);
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

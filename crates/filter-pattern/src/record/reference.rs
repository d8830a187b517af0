//! The reference parser: `serde_json`'s parser, which follows the selector tree.
//!
//! It accepts every record, and all other parsers must capture what it captures.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::captures::{Capture, CaptureBuffer, Key};
use super::tree::SelectorNode;

/// Captures the selected values of a record.
///
/// `message` is the record's whole text. White space around the object is allowed.
pub(super) fn parse(
    message: &str,
    tree: &[SelectorNode],
    captures: &mut CaptureBuffer,
) -> Result<(), serde_json::Error> {
    parse_with(Mode::Streaming, message, tree, captures)
        // serde_json rejects some values that may contain selected ones: a number beyond a double, deep nesting. The
        // second pass takes such values as text.
        .or_else(|_| parse_with(Mode::RawValues, message, tree, captures))
}

fn parse_with(
    mode: Mode,
    message: &str,
    tree: &[SelectorNode],
    captures: &mut CaptureBuffer,
) -> Result<(), serde_json::Error> {
    captures.clear();
    let mut json = Deserializer::from_str(message);
    let root = ValueSeed {
        tree,
        node: 0,
        mode,
        origin: message.as_ptr().addr(),
        captures,
    };
    root.deserialize(&mut json)?;
    json.end()
}

/// How to parse a value that is not captured but may contain captured values.
#[derive(Clone, Copy)]
enum Mode {
    /// With the parser of the whole record: fast.
    Streaming,
    /// With a parser of its own on the value's text. Has no depth limit and no number limit.
    RawValues,
}

/// Parses one value along a node of the selector tree.
struct ValueSeed<'s> {
    tree: &'s [SelectorNode],
    node: usize,
    mode: Mode,
    /// Address of the record's first byte. Every text that `serde_json` returns is a part of the record.
    origin: usize,
    captures: &'s mut CaptureBuffer,
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let node = &self.tree[self.node];
        for &slot in &node.containers {
            self.captures.push(Capture::Container { slot, at: 0 });
        }
        if node.slots.is_empty() && matches!(self.mode, Mode::Streaming) {
            return json.deserialize_any(self);
        }
        let text = <&RawValue as serde::Deserialize>::deserialize(json)?.get();
        self.captures
            .capture(&node.slots, text, text.as_ptr().addr() - self.origin)
            .map_err(D::Error::custom)?;
        if !node.is_leaf() && text.starts_with(['{', '[']) {
            Deserializer::from_str(text)
                .deserialize_any(self)
                .map_err(D::Error::custom)?;
        }
        Ok(())
    }
}

impl ValueSeed<'_> {
    fn child(&mut self, node: usize) -> ValueSeed<'_> {
        ValueSeed {
            tree: self.tree,
            node,
            mode: self.mode,
            origin: self.origin,
            captures: self.captures,
        }
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let node = &self.tree[self.node];
        let members_before = self.captures.members.len();
        let keys_before = self.captures.keys.len();
        while let Some(key) = members.next_key_seed(KeySeed {
            node,
            captures: self.captures,
        })? {
            let from = self.captures.log.len();
            match key {
                ParsedKey::Ignored => {
                    members.next_value::<IgnoredAny>()?;
                }
                ParsedKey::Member(index) => {
                    members.next_value_seed(self.child(node.members[index].1))?;
                    self.captures.push_member(members_before, index, from);
                }
                ParsedKey::Wildcard { below, start, end } => {
                    members.next_value_seed(self.child(below))?;
                    let to = self.captures.log.len();
                    self.captures.keys.push(Key {
                        start,
                        end,
                        from,
                        to,
                    });
                }
            }
        }
        self.captures.close_object(members_before, keys_before);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        let node = &self.tree[self.node];
        for at in 0.. {
            let named = node.elements.iter().find(|(element, _)| *element == at);
            let more = match named.map(|(_, below)| *below).or(node.any) {
                Some(below) => elements.next_element_seed(self.child(below))?.is_some(),
                None => elements.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    // Scalars contain no other values.

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

/// A key, by what selects its value.
enum ParsedKey {
    /// Not selected.
    Ignored,
    /// Selected by name: index among the node's members.
    Member(usize),
    /// Selected by a wildcard: the node of its value, and the key's bytes in `CaptureBuffer::text`.
    Wildcard {
        below: usize,
        start: usize,
        end: usize,
    },
}

/// Parses a key of an object.
struct KeySeed<'s> {
    node: &'s SelectorNode,
    captures: &'s mut CaptureBuffer,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = ParsedKey;

    fn deserialize<D: serde::Deserializer<'de>>(self, key: D) -> Result<ParsedKey, D::Error> {
        // As bytes, since serde_json rejects a lone surrogate in a `str`.
        key.deserialize_bytes(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = ParsedKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_bytes<E>(self, key: &[u8]) -> Result<ParsedKey, E> {
        Ok(match (self.node.member(key), self.node.any) {
            (Some(index), _) => ParsedKey::Member(index),
            (None, Some(below)) => {
                let start = self.captures.text.len();
                self.captures.push_key(key);
                ParsedKey::Wildcard {
                    below,
                    start,
                    end: self.captures.text.len(),
                }
            }
            (None, None) => ParsedKey::Ignored,
        })
    }
}

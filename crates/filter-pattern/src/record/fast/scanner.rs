//! The scanner: parses compact JSON records in two stages, like simdjson.
//!
//! 1. [`super::quotes`] finds all quotes of the record's strings and validates every escape, 64 bytes at a time.
//! 2. [`Scanner`] parses the tokens along the selector tree and skips each string in one step. Outside of strings it
//!    accepts only brackets, braces, commas, colons, numbers and literals.
//!
//! A `Some` result is exact. `None` means that the scanner cannot decide; use the reference parser. It returns `None` for:
//!
//! * white space between tokens,
//! * an escape in a key, since the key could equal one that is spelled differently,
//! * a duplicate selected key, an object below a wildcard, or more than [`MAX_MEMBERS`] selected keys in an object,
//! * more than [`MAX_DEPTH`] nested brackets inside a value that is not captured,
//! * invalid JSON.

use super::quotes::Quote;
use crate::record::captures::{Capture, CaptureBuffer, Kind};
use crate::record::text::number_length;
use crate::record::tree::SelectorNode;

/// Maximum nesting of brackets in a value that is skipped: one bit each.
const MAX_DEPTH: u32 = 64;

/// Maximum number of selected keys per object: one bit each, to detect duplicate keys.
const MAX_MEMBERS: usize = 128;

/// Parses one record. `IN_STRING` states that the text is the content of a JSON string, still escaped.
pub(super) struct Scanner<'t, 's, const IN_STRING: bool> {
    text: &'t [u8],
    /// Offset of the next token.
    at: usize,
    /// The quotes from the next token on.
    quotes: &'t [Quote],
    tree: &'s [SelectorNode],
    captures: &'s mut CaptureBuffer,
}

/// A string: the offsets of its content, without the quotes.
#[derive(Clone, Copy)]
struct ScannedString {
    start: usize,
    end: usize,
    has_escapes: bool,
}

impl<'t, 's, const IN_STRING: bool> Scanner<'t, 's, IN_STRING> {
    /// A scanner of a text, given the offsets of all quotes in it.
    pub(super) fn new(
        text: &'t [u8],
        quotes: &'t [Quote],
        tree: &'s [SelectorNode],
        captures: &'s mut CaptureBuffer,
    ) -> Self {
        Self {
            text,
            at: 0,
            quotes,
            tree,
            captures,
        }
    }

    /// Parses the record at the start of the text. Returns its length in bytes.
    pub(super) fn record(mut self) -> Option<usize> {
        self.value(0)?;
        Some(self.at)
    }

    /// Parses the next value and captures what this node selects.
    fn value(&mut self, node: usize) -> Option<()> {
        let tree = self.tree;
        let node = &tree[node];
        for &slot in &node.containers {
            let at = self.at.saturating_sub(1);
            self.captures.push(Capture::Container { slot, at });
        }
        let start = self.at;
        let first = self.peek()?;
        if node.slots.is_empty() {
            return match first {
                b'{' => self.object(node),
                b'[' => self.array(node).map(|_| ()),
                _ => self.skip(),
            };
        }
        // The value's entries precede those of the values inside it, as in the reference parser.
        let entry = self.captures.log.len();
        self.captures
            .push_values(&node.slots, Kind::Null, start, start);
        let (kind, start, end) = match first {
            b'{' => {
                self.object(node)?;
                (Kind::Object, start, self.at)
            }
            b'[' => {
                let holds_null = self.array(node)?;
                (Kind::Array { holds_null }, start, self.at)
            }
            b'n' => return self.literal(b"null"),
            b't' => {
                self.literal(b"true")?;
                (Kind::True, start, start)
            }
            b'f' => {
                self.literal(b"false")?;
                (Kind::False, start, start)
            }
            b'-' | b'0'..=b'9' => {
                self.number()?;
                (Kind::Number, start, self.at)
            }
            _ => {
                let ScannedString {
                    start,
                    end,
                    has_escapes,
                } = self.string()?;
                if has_escapes {
                    self.captures
                        .unescape::<IN_STRING>(&self.text[start..end])?
                } else {
                    (Kind::String, start, end)
                }
            }
        };
        for (entry, &slot) in self.captures.log[entry..].iter_mut().zip(&node.slots) {
            entry.capture = Capture::Value {
                slot,
                kind,
                start,
                end,
            };
        }
        Some(())
    }

    /// Parses an object and captures what this node selects.
    fn object(&mut self, node: &SelectorNode) -> Option<()> {
        if node.members.is_empty() && node.any.is_none() {
            return self.skip();
        }
        // A wildcard selects all keys.
        if node.any.is_some() || node.members.len() > MAX_MEMBERS {
            return None;
        }
        let mut seen = 0_u128;
        self.at += 1;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let key = self.key()?;
            match node.member(&self.text[key.start..key.end]) {
                Some(member) => {
                    if seen >> member & 1 == 1 {
                        return None;
                    }
                    seen |= 1 << member;
                    self.value(node.members[member].1)?;
                }
                None => self.skip()?,
            }
            match self.next()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Parses an array and captures what this node selects. Returns whether one of the array's own elements is `null`.
    fn array(&mut self, node: &SelectorNode) -> Option<bool> {
        let mut holds_null = false;
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Some(false);
        }
        for index in 0.. {
            holds_null |= self.peek()? == b'n';
            let named = node.elements.iter().find(|(element, _)| *element == index);
            match named.map(|(_, below)| *below).or(node.any) {
                Some(below) => self.value(below)?,
                None => self.skip()?,
            }
            match self.next()? {
                b',' => {}
                b']' => break,
                _ => return None,
            }
        }
        Some(holds_null)
    }

    /// Skips a value in which nothing is selected.
    fn skip(&mut self) -> Option<()> {
        // The innermost bracket is the lowest bit; 1 is an object.
        let mut brackets = 0_u64;
        let mut depth = 0;
        loop {
            match self.peek()? {
                open @ (b'{' | b'[') => {
                    self.at += 1;
                    let is_object = open == b'{';
                    let close = if is_object { b'}' } else { b']' };
                    if self.peek()? == close {
                        self.at += 1;
                    } else {
                        if depth == MAX_DEPTH {
                            return None;
                        }
                        depth += 1;
                        brackets = brackets << 1 | u64::from(is_object);
                        if is_object {
                            self.key()?;
                        }
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.number()?,
                b'n' => self.literal(b"null")?,
                b't' => self.literal(b"true")?,
                b'f' => self.literal(b"false")?,
                _ => _ = self.string()?,
            }
            // After a value: the next one follows, or objects and arrays end.
            loop {
                if depth == 0 {
                    return Some(());
                }
                let in_object = brackets & 1 == 1;
                match (self.next()?, in_object) {
                    (b',', true) => {
                        self.key()?;
                        break;
                    }
                    (b',', false) => break,
                    (b'}', true) | (b']', false) => {
                        depth -= 1;
                        brackets >>= 1;
                    }
                    _ => return None,
                }
            }
        }
    }

    /// Parses a key without escapes and the colon after it.
    fn key(&mut self) -> Option<ScannedString> {
        let key = self.string()?;
        (!key.has_escapes && self.next()? == b':').then_some(key)
    }

    #[inline]
    fn string(&mut self) -> Option<ScannedString> {
        let (&[open, close], rest) = self.quotes.split_first_chunk()?;
        if open.offset() != self.at {
            return None;
        }
        self.quotes = rest;
        let width = if IN_STRING { 2 } else { 1 };
        let start = self.at + width;
        self.at = close.offset() + width;
        Some(ScannedString {
            start,
            end: close.offset(),
            has_escapes: close.follows_escape(),
        })
    }

    fn literal(&mut self, literal: &[u8]) -> Option<()> {
        let is_there = self.text.get(self.at..)?.starts_with(literal);
        self.at += literal.len();
        is_there.then_some(())
    }

    fn number(&mut self) -> Option<()> {
        self.at += number_length(self.text.get(self.at..)?)?;
        Some(())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }
}

//! The quick walk: records as CloudTrail writes them, also while they still stand in a JSON string.
//!
//! Its word counts only where it says yes. Then the text is one whole JSON object, and captured is exactly what the
//! thorough walk captures. It says no at the first thing that it does not know: white space between tokens, an escape
//! in a key, a captured key that comes twice, an object below a wildcard or with more than [`MAX_MEMBERS`] captured keys,
//! brackets nested deeper than [`MAX_DEPTH`], and whatever is no JSON.
//!
//! First the quotes of the record's own strings are found, and every escape in them is checked ([`super::quotes`]); then
//! the tokens are walked, strings in one step each. What stands outside of strings is only accepted if it is a bracket, a
//! brace, a comma, a colon, a number or a literal.

use super::quotes::Quote;
use super::scratch::{Entry, Kind, Scratch};
use super::tree::State;

/// Brackets within brackets that the walk follows: one bit each.
const MAX_DEPTH: u32 = 64;

/// Keys of one object that selectors name: one bit each, to see that none comes twice.
const MAX_MEMBERS: usize = 128;

/// A walk over a text. `IN_STRING` says that it stands in a JSON string, whose escapes have not been undone.
pub(super) struct Skim<'t, 's, const IN_STRING: bool> {
    pub(super) text: &'t [u8],
    pub(super) at: usize,
    /// The quotes of the record's strings that have not been passed yet.
    pub(super) quotes: &'t [Quote],
    pub(super) states: &'s [State],
    pub(super) scratch: &'s mut Scratch,
}

/// A string that was passed: where it stands without its quotes, and whether it has escapes.
#[derive(Clone, Copy)]
struct Passed {
    start: usize,
    end: usize,
    is_escaped: bool,
}

impl<const IN_STRING: bool> Skim<'_, '_, IN_STRING> {
    /// Walks the value that begins here; `state` says what to capture of it.
    pub(super) fn value(&mut self, state: usize) -> Option<()> {
        let states = self.states;
        let state = &states[state];
        for &slot in &state.containers {
            let at = self.at.saturating_sub(1);
            self.scratch.note(Entry::Container { slot, at });
        }
        let start = self.at;
        let first = self.peek()?;
        if state.captures.is_empty() {
            return match first {
                b'{' => self.object(state),
                b'[' => self.array(state).map(|_| ()),
                _ => self.skip(),
            };
        }
        // Before what it holds, as the thorough walk has it.
        let entry = self.scratch.journal.len();
        self.scratch
            .note_values(&state.captures, Kind::Null, start, start);
        let (kind, start, end) = match first {
            b'{' => {
                self.object(state)?;
                (Kind::Object, start, self.at)
            }
            b'[' => {
                let holds_null = self.array(state)?;
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
                let Passed {
                    start,
                    end,
                    is_escaped,
                } = self.string()?;
                if is_escaped {
                    self.scratch.unescape::<IN_STRING>(&self.text[start..end])?
                } else {
                    (Kind::String, start, end)
                }
            }
        };
        for (found, &slot) in self.scratch.journal[entry..]
            .iter_mut()
            .zip(&state.captures)
        {
            found.entry = Entry::Value {
                slot,
                kind,
                start,
                end,
            };
        }
        Some(())
    }

    /// Walks an object, and what of it the state wants.
    fn object(&mut self, state: &State) -> Option<()> {
        if state.members.is_empty() && state.any.is_none() {
            return self.skip();
        }
        // All keys are wanted, or more than there are bits.
        if state.any.is_some() || state.members.len() > MAX_MEMBERS {
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
            match state.member(&self.text[key.start..key.end]) {
                Some(member) => {
                    if seen >> member & 1 == 1 {
                        return None;
                    }
                    seen |= 1 << member;
                    self.value(state.members[member].1)?;
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

    /// Walks an array, and what of it the state wants; says whether one of its own elements is `null`.
    fn array(&mut self, state: &State) -> Option<bool> {
        let mut holds_null = false;
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Some(false);
        }
        for place in 0.. {
            holds_null |= self.peek()? == b'n';
            let named = state.elements.iter().find(|(element, _)| *element == place);
            match named.map(|(_, below)| *below).or(state.any) {
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

    /// Passes a value of which nothing is wanted.
    fn skip(&mut self) -> Option<()> {
        // The innermost bracket is the lowest bit; a one is an object.
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

    /// Passes a key and its colon. One with an escape could be spelled as another: it is not accepted.
    fn key(&mut self) -> Option<Passed> {
        let key = self.string()?;
        (!key.is_escaped && self.next()? == b':').then_some(key)
    }

    /// Passes a string.
    #[inline]
    fn string(&mut self) -> Option<Passed> {
        let (&[open, close], rest) = self.quotes.split_first_chunk()?;
        if open.place() != self.at {
            return None;
        }
        self.quotes = rest;
        let width = if IN_STRING { 2 } else { 1 };
        let start = self.at + width;
        self.at = close.place() + width;
        Some(Passed {
            start,
            end: close.place(),
            is_escaped: close.is_behind_escape(),
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

/// The length of the number that a text begins with, which something must follow.
pub(super) fn number_length(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| -> Option<usize> {
        let count = text
            .get(from..)?
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        Some(count.count()).filter(|&count| count > 0)
    };
    let mut at = usize::from(*text.first()? == b'-');
    at += if *text.get(at)? == b'0' {
        1
    } else {
        digits(at)?
    };
    if *text.get(at)? == b'.' {
        at += 1;
        at += digits(at)?;
    }
    if matches!(text.get(at)?, b'e' | b'E') {
        at += 1;
        at += usize::from(matches!(text.get(at)?, b'+' | b'-'));
        at += digits(at)?;
    }
    text.get(at).map(|_| at)
}

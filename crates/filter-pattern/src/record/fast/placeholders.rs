//! The parts in which records of one layout differ: the contents of strings, numbers and booleans.

use wide::i8x16;

use super::quotes::Quote;
use crate::record::captures::Kind;
use crate::record::text::{escape_length, number_length};

/// The token that follows a literal part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placeholder {
    /// The content of a string, without its quotes.
    String,
    /// A number, `true` or `false`.
    Scalar,
    /// Nothing: the record ends.
    End,
}

/// A placeholder and the bytes of a record that it replaces.
pub(super) struct Span {
    pub(super) placeholder: Placeholder,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The placeholders of a record that the scanner accepted, in order; the last one is [`Placeholder::End`].
pub(super) fn spans<const IN_STRING: bool>(record: &[u8], quotes: &[Quote]) -> Vec<Span> {
    let width = if IN_STRING { 2 } else { 1 };
    let mut spans = Vec::with_capacity(quotes.len() / 4 + 2);
    let mut outside = 0;
    let (pairs, _) = quotes.as_chunks::<2>();
    for [open, close] in pairs {
        push_scalars(record, outside, open.offset(), &mut spans);
        let (start, end) = (open.offset() + width, close.offset());
        outside = end + width;
        let is_key = record.get(outside) == Some(&b':');
        if !is_key {
            spans.push(Span {
                placeholder: Placeholder::String,
                start,
                end,
            });
        }
    }
    push_scalars(record, outside, record.len(), &mut spans);
    spans.push(Span {
        placeholder: Placeholder::End,
        start: record.len(),
        end: record.len(),
    });
    spans
}

/// Pushes the numbers and booleans between two strings.
fn push_scalars(record: &[u8], from: usize, to: usize, spans: &mut Vec<Span>) {
    let mut at = from;
    while at < to {
        match record[at] {
            b'n' => at += b"null".len(),
            byte if is_scalar(Some(&byte)) => {
                let is_part = |byte: &&u8| !matches!(byte, b',' | b']' | b'}');
                let end = at + record[at..to].iter().take_while(is_part).count();
                spans.push(Span {
                    placeholder: Placeholder::Scalar,
                    start: at,
                    end,
                });
                at = end;
            }
            _ => at += 1,
        }
    }
}

/// Whether a number or a boolean starts with this byte.
pub(super) fn is_scalar(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'-' | b'0'..=b'9' | b't' | b'f'))
}

/// Parses the number or boolean at `start`. Returns its kind and its end.
pub(super) fn parse_scalar(text: &[u8], start: usize) -> Option<(Kind, usize)> {
    let rest = &text[start..];
    match rest.first()? {
        b't' => rest.starts_with(b"true").then_some((Kind::True, start + 4)),
        b'f' => rest
            .starts_with(b"false")
            .then_some((Kind::False, start + 5)),
        _ => Some((Kind::Number, start + number_length(rest)?)),
    }
}

/// The content of a string.
pub(super) struct StringContent {
    /// Offset of the closing quote.
    pub(super) end: usize,
    pub(super) has_escapes: bool,
}

impl StringContent {
    /// Parses the content at `start`, up to the closing quote. `None` if it is not valid, or if the text ends first.
    #[inline]
    pub(super) fn parse<const IN_STRING: bool>(text: &[u8], start: usize) -> Option<Self> {
        let mut end = start;
        let mut has_escapes = false;
        let mut is_ascii = true;
        loop {
            end = next_special(text, end)?;
            match text[end] {
                b'"' if !IN_STRING => break,
                b'\\' if IN_STRING && text.get(end + 1) == Some(&b'"') => break,
                b'\\' => {
                    end += escape_length::<IN_STRING>(&text[end..])?;
                    has_escapes = true;
                }
                0x80.. => {
                    end += text[end..]
                        .iter()
                        .take_while(|byte| !byte.is_ascii())
                        .count();
                    is_ascii = false;
                }
                _ => return None,
            }
        }
        if !is_ascii {
            std::str::from_utf8(&text[start..end]).ok()?;
        }
        Some(Self { end, has_escapes })
    }
}

/// Offset of the first special byte from `from` on.
#[inline]
fn next_special(text: &[u8], from: usize) -> Option<usize> {
    let mut rest = text.get(from..)?;
    let mut at = from;
    while let Some((block, after)) = rest.split_first_chunk::<16>() {
        let found = special_mask(block);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize);
        }
        at += block.len();
        rest = after;
    }
    let mut block = [b' '; 16];
    block[..rest.len()].copy_from_slice(rest);
    let found = special_mask(&block);
    (found != 0).then(|| at + found.trailing_zeros() as usize)
}

/// A bit for each special byte: a quote, a backslash, a control character, or a byte of a non-ASCII character.
#[inline]
fn special_mask(block: &[u8; 16]) -> u32 {
    // As signed integers, bytes of non-ASCII characters are negative.
    let bytes = i8x16::new(block.map(u8::cast_signed));
    let is = |byte: u8| bytes.simd_eq(i8x16::splat(byte.cast_signed()));
    let found = bytes.simd_lt(i8x16::splat(0x20)) | is(b'"') | is(b'\\');
    found.to_bitmask()
}

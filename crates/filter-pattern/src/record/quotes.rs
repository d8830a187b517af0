//! Where the strings of a record begin and end, found in blocks of 64 bytes.
//!
//! The record may itself stand in a JSON string, whose escapes have not been undone: then its quotes are written `\"`, and
//! its backslashes `\\`. Why that is read right: a quote without a backslash would end the outer string, so reading ends
//! there; each backslash is either the first half of `\"`, or the first byte of what two escapes in a row make, which is
//! accepted only if it is one escape of JSON in the record ([`Quotes::escape`]); every other escape of the outer string is
//! refused. So whoever undoes the outer escapes finds exactly the strings that were found here.

use wide::{i8x16, u8x16};

/// Bytes that are looked at together: one bit each.
const BLOCK: usize = 64;

/// Where the text of a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// By itself.
    Plain,
    /// In a JSON string, whose escapes have not been undone: `{\"eventName\":\"Decrypt\"}`.
    JsonString,
}

/// A quote that begins or ends a string, by the place of its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote(u32);

/// Set in a quote that ends a string with escapes.
const BEHIND_ESCAPE: u32 = 1 << 31;

impl Quote {
    pub(super) fn place(self) -> usize {
        (self.0 & !BEHIND_ESCAPE) as usize
    }

    pub(super) fn is_behind_escape(self) -> bool {
        self.0 & BEHIND_ESCAPE != 0
    }
}

/// What a block holds of each kind: a bit for each of its bytes.
#[derive(Clone, Copy, Default)]
struct Masks {
    quotes: u64,
    backslashes: u64,
    controls: u64,
}

impl Masks {
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        let mut masks = Self::default();
        let (parts, _) = block.as_chunks::<16>();
        for (place, part) in parts.iter().enumerate() {
            let bytes = u8x16::new(*part);
            let shifted = |found: u8x16| u64::from(found.to_bitmask()) << (16 * place);
            masks.quotes |= shifted(bytes.simd_eq(u8x16::splat(b'"')));
            masks.backslashes |= shifted(bytes.simd_eq(u8x16::splat(b'\\')));
            masks.controls |= shifted(bytes.min(u8x16::splat(0x1f)).simd_eq(bytes));
        }
        masks
    }

    /// Those of what a text ends with, which is shorter than a block; behind it only controls follow.
    fn of_end(end: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        block[..end.len()].copy_from_slice(end);
        Self::of(&block)
    }
}

/// Finds quotes; keeps its memory from one record to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Quotes(Vec<Quote>);

impl Quotes {
    pub(super) fn as_slice(&self) -> &[Quote] {
        &self.0
    }

    /// Finds the quotes up to the end of the text, or of the JSON string that the record stands in; returns where that
    /// is. None where an escape is not accepted, or the text is cut within one.
    pub(super) fn find<const IN_STRING: bool>(&mut self, text: &[u8]) -> Option<usize> {
        self.0.clear();
        if text.len() >= BEHIND_ESCAPE as usize {
            return None;
        }
        let mut behind_escape = 0;
        // What stands before this place has been dealt with.
        let mut from = 0;
        for start in (0..).step_by(BLOCK) {
            let rest = text.get(start..)?;
            let Masks {
                quotes,
                backslashes,
                controls,
            } = match rest.first_chunk() {
                Some(block) => Masks::of(block),
                None => Masks::of_end(rest),
            };
            loop {
                if from >= start + BLOCK {
                    break;
                }
                let ahead = u64::MAX << from.saturating_sub(start);
                let specials = (quotes | backslashes | controls) & ahead;
                let found = if IN_STRING {
                    let next_is_quote = rest.get(BLOCK) == Some(&b'"');
                    backslashes & ahead & (quotes >> 1 | u64::from(next_is_quote) << 63)
                } else {
                    quotes & ahead
                };
                let odd = specials & !found & !(if IN_STRING { found << 1 } else { 0 });
                let regular = odd.wrapping_sub(1) & !odd;
                let mut found = found & regular;
                if IN_STRING && found >> 63 == 1 {
                    from = start + BLOCK + 1;
                }
                while found != 0 {
                    let place = start + found.trailing_zeros() as usize;
                    #[expect(clippy::cast_possible_truncation, reason = "the text is shorter")]
                    self.0.push(Quote(place as u32 | behind_escape));
                    behind_escape = 0;
                    found &= found - 1;
                }
                if odd == 0 {
                    break;
                }
                let place = start + odd.trailing_zeros() as usize;
                match text.get(place) {
                    None if !IN_STRING => return Some(place),
                    Some(b'"') if IN_STRING => return Some(place),
                    Some(b'\\') => {
                        from = place + Self::escape::<IN_STRING>(&text[place..])?;
                        behind_escape = BEHIND_ESCAPE;
                    }
                    _ => return None,
                }
            }
        }
        None
    }

    /// The length of the escape that a text begins with: of `\n`, which is written `\\n` where the record stands in a
    /// JSON string.
    pub(super) fn escape<const IN_STRING: bool>(text: &[u8]) -> Option<usize> {
        let escape = text.strip_prefix(if IN_STRING { b"\\\\".as_slice() } else { b"\\" })?;
        let length = text.len() - escape.len();
        match (IN_STRING, escape) {
            (_, [b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..]) | (false, [b'"' | b'\\', ..]) => {
                Some(length + 1)
            }
            (true, [b'\\', b'"' | b'\\', ..]) => Some(length + 2),
            (_, [b'u', digits @ ..]) => {
                let digits = digits.first_chunk::<4>()?;
                digits
                    .iter()
                    .all(u8::is_ascii_hexdigit)
                    .then_some(length + 5)
            }
            _ => None,
        }
    }
}

/// A byte in a string's content that is not just a character of its own: a quote, a backslash, a control character, or a
/// part of a character beyond ASCII.
pub(super) struct Special;

impl Special {
    /// Where the next one is.
    #[inline]
    pub(super) fn next(text: &[u8], from: usize) -> Option<usize> {
        let mut rest = text.get(from..)?;
        let mut at = from;
        while let Some((block, behind)) = rest.split_first_chunk::<16>() {
            let found = Self::mask(block);
            if found != 0 {
                return Some(at + found.trailing_zeros() as usize);
            }
            at += block.len();
            rest = behind;
        }
        let mut block = [b' '; 16];
        block[..rest.len()].copy_from_slice(rest);
        let found = Self::mask(&block);
        (found != 0).then(|| at + found.trailing_zeros() as usize)
    }

    /// A bit for each byte that is one.
    #[inline]
    fn mask(block: &[u8; 16]) -> u32 {
        // Beyond ASCII a byte is negative.
        let bytes = i8x16::new(block.map(u8::cast_signed));
        let is = |byte: u8| bytes.simd_eq(i8x16::splat(byte.cast_signed()));
        let found = bytes.simd_lt(i8x16::splat(0x20)) | is(b'"') | is(b'\\');
        found.to_bitmask()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn bare(text: &str, expected: Option<&[(usize, bool)]>) {
        let mut quotes = Quotes::default();
        let end = quotes.find::<false>(text.as_bytes());
        let found = quotes.0.iter();
        let found: Vec<_> = found
            .map(|quote| (quote.place(), quote.is_behind_escape()))
            .collect();
        assert_eq!(end.map(|_| found.as_slice()), expected, "{text}");
        assert!(end.is_none_or(|end| end == text.len()));
    }

    #[test]
    fn strings_are_found_and_their_escapes_are_no_quotes() {
        bare("", Some(&[]));
        bare(
            r#"{"a":"b"}"#,
            Some(&[(1, false), (3, false), (5, false), (7, false)]),
        );
        bare(r#""\"""#, Some(&[(0, false), (3, true)]));
        bare(r#""\\\\""#, Some(&[(0, false), (5, true)]));
        bare(r#""\u00e9\/""#, Some(&[(0, false), (9, true)]));
        bare(r#""\x""#, None);
        bare(r#""\u00g0""#, None);
        bare(r#""\u00"#, None);
        bare(r#""\"#, None);
        bare("\"\n\"", None);
    }

    #[test]
    fn in_a_json_string_the_same_strings_are_found_wherever_the_blocks_end() {
        let pieces = [
            r#"{"key":"value""#,
            r#","\"\\":"\n\u00e9\/""#,
            r#","":"\\\"\\"}"#,
        ];
        for blanks in 0..150 {
            let text = format!("{}{}", " ".repeat(blanks), pieces.concat());
            let mut outer = Quotes::default();
            outer.find::<false>(text.as_bytes()).unwrap();
            let written = serde_json::Value::from(text.as_str()).to_string();
            let mut inner = Quotes::default();
            let end = inner.find::<true>(&written.as_bytes()[1..]).unwrap();
            assert_eq!(end, written.len() - 2);
            let strings = |text: &str, quotes: &Quotes, width: usize| -> Vec<String> {
                let pairs = quotes.0.chunks(2);
                pairs
                    .map(|pair| text[pair[0].place() + width..pair[1].place()].to_owned())
                    .collect()
            };
            let unescaped: Vec<String> = strings(&written[1..], &inner, 2)
                .iter()
                .map(|text| serde_json::from_str(&format!("\"{text}\"")).unwrap())
                .collect();
            assert_eq!(unescaped, strings(&text, &outer, 1), "{blanks}");
            for end in 1..written.len() - 1 {
                assert_eq!(inner.find::<true>(&written.as_bytes()[1..end]), None);
            }
        }
    }
}

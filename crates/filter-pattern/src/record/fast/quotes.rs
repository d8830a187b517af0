//! Stage 1 of the scanner: an index of the quotes at which strings start and end, built from blocks of 64 bytes.
//!
//! The technique is the structural index of simdjson (Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019).
//! SIMD comparisons turn a block into bit masks, one bit per byte, and bit arithmetic finds the quotes. Escapes are rare in
//! log records, so each one is validated by itself, unlike in simdjson.
//!
//! # A record in a JSON string
//!
//! In the content of a JSON string, a quote of the record is written `\"` and a backslash of the record is written `\\`.
//! The index accepts exactly these two outer escapes:
//!
//! * A quote without a backslash ends the outer string, so the index ends there.
//! * `\"` is a quote of the record.
//! * `\\` starts an escape of the record, which must be valid together with what follows it ([`escape_length`]).
//! * Every other outer escape is rejected.
//!
//! A parser that unescapes the outer string first therefore finds the same strings.

use wide::u8x16;

use crate::record::text::escape_length;

/// Bytes per block: one bit of a mask each.
const BLOCK: usize = 64;

/// The quote that starts or ends a string: the offset of its first byte, and [`AFTER_ESCAPE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote(u32);

/// Flag of a quote that ends a string with escapes.
const AFTER_ESCAPE: u32 = 1 << 31;

impl Quote {
    pub(super) fn offset(self) -> usize {
        (self.0 & !AFTER_ESCAPE) as usize
    }

    /// Whether there is an escape between this quote and the one before.
    pub(super) fn follows_escape(self) -> bool {
        self.0 & AFTER_ESCAPE != 0
    }
}

/// The bytes of a block that matter, as bit masks: the lowest bit is the first byte.
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
        for (index, part) in parts.iter().enumerate() {
            let bytes = u8x16::new(*part);
            let shifted = |found: u8x16| u64::from(found.to_bitmask()) << (16 * index);
            masks.quotes |= shifted(bytes.simd_eq(u8x16::splat(b'"')));
            masks.backslashes |= shifted(bytes.simd_eq(u8x16::splat(b'\\')));
            masks.controls |= shifted(bytes.min(u8x16::splat(0x1f)).simd_eq(bytes));
        }
        masks
    }

    /// The masks of a text's last block, which is shorter than 64 bytes. Control characters follow the text.
    fn of_last(rest: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        Self::of(&block)
    }
}

/// The quotes of a text, in order. The memory is reused for the next text.
#[derive(Clone, Debug, Default)]
pub(super) struct QuoteIndex(Vec<Quote>);

impl QuoteIndex {
    pub(super) fn as_slice(&self) -> &[Quote] {
        &self.0
    }

    /// Indexes the quotes up to the end of the text, or up to the end of the JSON string whose content it is. Returns
    /// that end.
    ///
    /// `None` if the text contains an invalid escape or a control character, ends within an escape, or if the JSON string
    /// does not end.
    ///
    /// # Example
    ///
    /// Each pass of the inner loop handles the bytes of a block up to the first exception. The first byte of the text is
    /// on the left:
    ///
    /// ```text
    ///                    {"a":"b\n","c":1}
    /// quotes             .#.#.#...#.#.#...
    /// backslashes        .......#.........
    /// --- first pass, resume = 0
    /// unread             #################   bytes from `resume` on
    /// string_quotes      .#.#.#...#.#.#...   unread quotes of the record
    /// exceptions         .......#.........   unread quotes, backslashes, controls that are not string quotes
    /// before_exception   #######..........
    /// pushed             .#.#.#...........   string_quotes & before_exception: offsets 1, 3, 5
    /// --- the exception is the escape `\n`: resume = 9, after_escape is set
    /// unread             .........########
    /// string_quotes      .........#.#.#...
    /// exceptions         .................
    /// before_exception   #################
    /// pushed             .........#.#.#...   offsets 9 (marked as after an escape), 11, 13
    /// ```
    ///
    /// In a JSON string, the quotes of the record are the backslashes in front of a quote:
    ///
    /// ```text
    ///                    {\"a\":\"b\\n\"}"}
    /// quotes             ..#..#..#.....#.#.
    /// backslashes        .#..#..#..##.#....
    /// string_quotes      .#..#..#.....#....   backslashes & quotes >> 1
    /// exceptions         ..........##....#.   the escape `\\n` at 10, and at 16 the end of the JSON string
    /// ```
    ///
    /// The shift needs one byte of the next block (`next_is_quote`). If the last byte of a block is the backslash of a
    /// string quote, the next block resumes after its first byte.
    pub(super) fn build<const IN_STRING: bool>(&mut self, text: &[u8]) -> Option<usize> {
        self.0.clear();
        if text.len() >= AFTER_ESCAPE as usize {
            return None;
        }
        let mut after_escape = 0;
        // Offset of the first unread byte.
        let mut resume = 0;
        for start in (0..).step_by(BLOCK) {
            let rest = text.get(start..)?;
            let Masks {
                quotes,
                backslashes,
                controls,
            } = match rest.first_chunk() {
                Some(block) => Masks::of(block),
                None => Masks::of_last(rest),
            };
            loop {
                if resume >= start + BLOCK {
                    break;
                }
                let unread = u64::MAX << resume.saturating_sub(start);
                let special = (quotes | backslashes | controls) & unread;
                let string_quotes = if IN_STRING {
                    let next_is_quote = rest.get(BLOCK) == Some(&b'"');
                    backslashes & unread & (quotes >> 1 | u64::from(next_is_quote) << 63)
                } else {
                    quotes & unread
                };
                let second_bytes = if IN_STRING { string_quotes << 1 } else { 0 };
                let exceptions = special & !string_quotes & !second_bytes;
                // All bits below the lowest exception; all 64 if there is none.
                let before_exception = exceptions.wrapping_sub(1) & !exceptions;
                let mut pushed = string_quotes & before_exception;
                if IN_STRING && pushed >> 63 == 1 {
                    resume = start + BLOCK + 1;
                }
                while pushed != 0 {
                    let offset = start + pushed.trailing_zeros() as usize;
                    #[expect(clippy::cast_possible_truncation, reason = "the text is shorter")]
                    self.0.push(Quote(offset as u32 | after_escape));
                    after_escape = 0;
                    // Clears the lowest bit.
                    pushed &= pushed - 1;
                }
                if exceptions == 0 {
                    break;
                }
                let offset = start + exceptions.trailing_zeros() as usize;
                match text.get(offset) {
                    // The control characters after the text.
                    None if !IN_STRING => return Some(offset),
                    Some(b'"') if IN_STRING => return Some(offset),
                    Some(b'\\') => {
                        resume = offset + escape_length::<IN_STRING>(&text[offset..])?;
                        after_escape = AFTER_ESCAPE;
                    }
                    _ => return None,
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_quotes(text: &str, expected: Option<&[(usize, bool)]>) {
        let mut index = QuoteIndex::default();
        let end = index.build::<false>(text.as_bytes());
        let quotes: Vec<_> = (index.0.iter())
            .map(|quote| (quote.offset(), quote.follows_escape()))
            .collect();
        assert_eq!(end.map(|_| quotes.as_slice()), expected, "{text}");
        assert!(end.is_none_or(|end| end == text.len()));
    }

    #[test]
    fn escaped_quotes_are_not_quotes_of_strings() {
        assert_quotes("", Some(&[]));
        assert_quotes(
            r#"{"a":"b"}"#,
            Some(&[(1, false), (3, false), (5, false), (7, false)]),
        );
        assert_quotes(r#""\"""#, Some(&[(0, false), (3, true)]));
        assert_quotes(r#""\\\\""#, Some(&[(0, false), (5, true)]));
        assert_quotes(r#""\u00e9\/""#, Some(&[(0, false), (9, true)]));
        assert_quotes(r#""\x""#, None);
        assert_quotes(r#""\u00g0""#, None);
        assert_quotes(r#""\u00"#, None);
        assert_quotes(r#""\"#, None);
        assert_quotes("\"\n\"", None);
    }

    /// The example of [`QuoteIndex::build`].
    #[test]
    fn quotes_of_the_documented_example() {
        let quotes = [1, 3, 5, 9, 11, 13].map(|offset| (offset, offset == 9));
        assert_quotes(r#"{"a":"b\n","c":1}"#, Some(&quotes));
        let mut index = QuoteIndex::default();
        assert_eq!(index.build::<true>(br#"{\"a\":\"b\\n\"}"}"#), Some(16));
        let offsets: Vec<_> = index.0.iter().map(|quote| quote.offset()).collect();
        assert_eq!(offsets, [1, 4, 7, 13]);
    }

    #[test]
    fn a_record_in_a_json_string_has_the_same_strings_at_every_block_boundary() {
        let pieces = [
            r#"{"key":"value""#,
            r#","\"\\":"\n\u00e9\/""#,
            r#","":"\\\"\\"}"#,
        ];
        for spaces in 0..150 {
            let text = format!("{}{}", " ".repeat(spaces), pieces.concat());
            let mut plain = QuoteIndex::default();
            plain.build::<false>(text.as_bytes()).unwrap();
            let outer = serde_json::Value::from(text.as_str()).to_string();
            let mut in_string = QuoteIndex::default();
            let end = in_string.build::<true>(&outer.as_bytes()[1..]).unwrap();
            assert_eq!(end, outer.len() - 2);
            let strings = |text: &str, index: &QuoteIndex, width: usize| -> Vec<String> {
                let pairs = index.0.chunks(2);
                pairs
                    .map(|pair| text[pair[0].offset() + width..pair[1].offset()].to_owned())
                    .collect()
            };
            let unescaped: Vec<String> = strings(&outer[1..], &in_string, 2)
                .iter()
                .map(|text| serde_json::from_str(&format!("\"{text}\"")).unwrap())
                .collect();
            assert_eq!(unescaped, strings(&text, &plain, 1), "{spaces}");
            for end in 1..outer.len() - 1 {
                assert_eq!(in_string.build::<true>(&outer.as_bytes()[1..end]), None);
            }
        }
    }
}

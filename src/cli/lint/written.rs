//! A pattern as it is written in a file: with quotes and escapes, folded over several lines.

use std::iter::repeat_n;
use std::ops::Range;

use crate::alarm::file::Source;
use crate::pattern::lint::Finding;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// As it is.
    Verbatim,
    /// As a scalar of YAML or a string of JSON.
    Scalar,
}

/// A pattern, and where its source has it.
#[derive(Debug)]
pub(super) struct Written {
    /// The pattern.
    pub(super) text: String,
    /// The bytes of the source, the quotes included.
    pub(super) span: Range<usize>,
    pub(super) writing: Writing,
}

/// The ways in which a scalar is quoted.
#[derive(Clone, Copy, PartialEq)]
enum Quotes {
    None,
    Single,
    Double,
}

impl Written {
    /// Where a part of the pattern stands in the source; nothing if that cannot be told.
    pub(super) fn locate(&self, source: &str, part: &Range<usize>) -> Option<Range<usize>> {
        if self.writing == Writing::Verbatim {
            return Some(self.span.start + part.start..self.span.start + part.end);
        }
        let places = places(source.get(self.span.clone())?, &self.text)?;
        let place = |at: usize| places.get(at).map(|place| self.span.start + place);
        // A part ends where its last character does, not where the next one begins.
        let last = self.text.get(part.clone())?.chars().next_back();
        let end = match last.map(char::len_utf8) {
            Some(width) => {
                let start = part.end - width;
                let unit = unit(
                    source.get(place(start)?..)?,
                    quotes(source.get(self.span.clone())?),
                );
                place(start)? + unit.map_or(width, |(_, width)| width)
            }
            None => place(part.end)?,
        };
        Some(place(part.start)?..end)
    }

    /// Writes a finding's suggestion into the source; `false` if it has none, or its place cannot be told.
    pub(super) fn correct(&mut self, source: &mut Source, finding: &Finding) -> bool {
        let Some(suggestion) = &finding.suggestion else {
            return false;
        };
        let places: Option<Vec<_>> = (suggestion.edits().iter())
            .map(|edit| self.locate(source.text(), &edit.span))
            .collect();
        let Some(places) = places else {
            return false;
        };
        for (edit, place) in suggestion.edits().iter().zip(places).rev() {
            let replacement = self.escape(source.text(), &edit.replacement);
            self.span.end = self.span.end + replacement.len() - place.len();
            source.replace(place, &replacement);
        }
        self.text = suggestion.apply(&self.text);
        true
    }

    /// Text as it has to be written here.
    fn escape(&self, source: &str, text: &str) -> String {
        let raw = source.get(self.span.clone()).unwrap_or_default();
        match quotes(raw) {
            _ if self.writing == Writing::Verbatim => text.to_owned(),
            Quotes::None => text.to_owned(),
            Quotes::Single => text.replace('\'', "''"),
            Quotes::Double => text.replace('\\', "\\\\").replace('"', "\\\""),
        }
    }
}

fn quotes(raw: &str) -> Quotes {
    match raw.chars().next() {
        Some('\'') => Quotes::Single,
        Some('"') => Quotes::Double,
        _ => Quotes::None,
    }
}

/// For each byte of the text, and its end, the byte of the scalar where it is written.
///
/// White space may be written as other white space: lines are folded, and indented.
fn places(raw: &str, text: &str) -> Option<Vec<usize>> {
    let quotes = quotes(raw);
    let mut at = usize::from(quotes != Quotes::None);
    let blank = |at: usize| {
        let rest = raw.get(at..).unwrap_or_default();
        rest.len() - rest.trim_start().len()
    };
    let mut places = Vec::with_capacity(text.len() + 1);
    for c in text.chars() {
        if !c.is_whitespace() {
            at += blank(at);
        }
        let width = match unit(raw.get(at..)?, quotes) {
            Some((found, width)) if found == c => width,
            // One blank for a line break and an indent.
            _ if c.is_whitespace() => blank(at),
            _ => return None,
        };
        places.extend(repeat_n(at, c.len_utf8()));
        at += width;
    }
    places.push(at);
    Some(places)
}

/// The character that a scalar goes on with, and in how many bytes it is written.
fn unit(rest: &str, quotes: Quotes) -> Option<(char, usize)> {
    let c = rest.chars().next()?;
    Some(match (quotes, c) {
        (Quotes::Single, '\'') => return rest.starts_with("''").then_some(('\'', 2)),
        (Quotes::Double, '"') => return None,
        (Quotes::Double, '\\') => {
            let escaped = rest.chars().nth(1)?;
            match escaped {
                'n' => ('\n', 2),
                't' => ('\t', 2),
                'r' => ('\r', 2),
                'u' => {
                    let code = u32::from_str_radix(rest.get(2..6)?, 16).ok()?;
                    (char::from_u32(code)?, 6)
                }
                '"' | '\\' | '/' | ' ' => (escaped, 2),
                _ => return None,
            }
        }
        _ => (c, c.len_utf8()),
    })
}

#[cfg(test)]
mod tests {
    use super::{Writing, Written};

    /// Finds the first `part` of the text in the scalar, which stands behind two other bytes.
    #[track_caller]
    fn finds(raw: &str, text: &str, part: &str, written: Option<&str>) {
        let source = format!("  {raw}");
        let start = text.find(part).unwrap();
        let pattern = Written {
            text: text.to_owned(),
            span: 2..source.len(),
            writing: Writing::Scalar,
        };
        let found = pattern.locate(&source, &(start..start + part.len()));
        assert_eq!(found.map(|span| &source[span]), written);
    }

    #[test]
    fn a_part_is_found_behind_quotes_and_escapes() {
        finds("'a b'", "a b", "b", Some("b"));
        finds("'it''s b'", "it's b", "'s b", Some("''s b"));
        finds(r#""{ \"a\" }""#, r#"{ "a" }"#, r#""a""#, Some(r#"\"a\""#));
        finds(r#""a\n\u00e9 b""#, "a\né b", "é", Some(r"\u00e9"));
        finds(r#""a\/b""#, "a/b", "/b", Some(r"\/b"));
    }

    #[test]
    fn a_part_is_found_in_folded_lines() {
        finds("a\n    b\n    c", "a b c", "b", Some("b"));
        finds(
            "a\n    b c\n    d\n",
            "a b c\nd\n",
            "c\nd",
            Some("c\n    d"),
        );
        finds("'a\n  b'", "a b", "b", Some("b"));
    }

    #[test]
    fn what_is_written_otherwise_is_not_found() {
        finds("a", "b", "b", None);
        finds(r#""\x41""#, "A", "A", None);
    }
}

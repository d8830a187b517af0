//! A pattern as it is written in a file: with quotes and escapes, folded over several lines.

use std::iter::repeat_n;
use std::ops::Range;

use crate::lint::pattern::Finding;
use cloudtrail_alarms::alarm::file::{Quoting, Source};

/// A pattern, and where its source has it.
#[derive(Debug)]
pub(super) struct Written {
    /// The pattern.
    pub(super) text: String,
    /// The bytes of the source, the quotes included.
    pub(super) span: Range<usize>,
    /// How it is written there; none if the text is the source as it stands. A string of JSON is one in double quotes.
    pub(super) quoting: Option<Quoting>,
}

impl Written {
    /// Where a part of the pattern stands in the source; nothing if that cannot be told.
    pub(super) fn locate(&self, source: &str, part: &Range<usize>) -> Option<Range<usize>> {
        let Some(quoting) = self.quoting else {
            return Some(self.span.start + part.start..self.span.start + part.end);
        };
        let raw = source.get(self.span.clone())?;
        let places = places(raw, quoting, &self.text)?;
        let place = |at: usize| places.get(at).copied();
        // A part ends where its last character does, not where the next one begins.
        let last = self.text.get(part.clone())?.chars().next_back();
        let end = match last.map(char::len_utf8) {
            Some(width) => {
                let start = place(part.end - width)?;
                start + unit(raw.get(start..)?, quoting).map_or(width, |(_, width)| width)
            }
            None => place(part.end)?,
        };
        Some(self.span.start + place(part.start)?..self.span.start + end)
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
        let corrected = suggestion.apply(&self.text);
        if self.quoting == Some(Quoting::Plain) {
            // Without quotes, what is put in could be read as something else than text.
            if corrected.contains('\n') {
                return false;
            }
            let replacement = format!("'{}'", escaped(&corrected, Quoting::Single));
            source.replace(self.span.clone(), &replacement);
            self.span.end = self.span.start + replacement.len();
            self.quoting = Some(Quoting::Single);
        } else {
            for (edit, place) in suggestion.edits().iter().zip(places).rev() {
                let replacement = match self.quoting {
                    Some(quoting) => &escaped(&edit.replacement, quoting),
                    None => &edit.replacement,
                };
                self.span.end = self.span.end + replacement.len() - place.len();
                source.replace(place, replacement);
            }
        }
        self.text = corrected;
        true
    }
}

/// Text on one line as it has to be written between these quotes.
fn escaped(text: &str, quoting: Quoting) -> String {
    match quoting {
        Quoting::Plain | Quoting::Block => text.to_owned(),
        Quoting::Single => text.replace('\'', "''"),
        Quoting::Double => text.replace('\\', "\\\\").replace('"', "\\\""),
    }
}

/// For each byte of the text, and its end, the byte of the scalar where it is written.
///
/// White space may be written as other white space: lines are folded, and indented.
fn places(raw: &str, quoting: Quoting, text: &str) -> Option<Vec<usize>> {
    let blank = |at: usize| {
        let rest = raw.get(at..).unwrap_or_default();
        rest.len() - rest.trim_start().len()
    };
    let continued = |at: usize| match quoting {
        Quoting::Double => continuation(raw.get(at..).unwrap_or_default()),
        Quoting::Plain | Quoting::Single | Quoting::Block => 0,
    };
    let mut at = usize::from(matches!(quoting, Quoting::Single | Quoting::Double));
    let mut places = Vec::with_capacity(text.len() + 1);
    for c in text.chars() {
        at += continued(at);
        if !c.is_whitespace() {
            at += blank(at);
            at += continued(at);
        }
        let width = match unit(raw.get(at..)?, quoting) {
            Some((found, width)) if found == c => width,
            // One blank for a line break and an indent; the break at the end of a block may be that of the file.
            _ if c.is_whitespace() && (blank(at) > 0 || at == raw.len()) => blank(at),
            _ => return None,
        };
        places.extend(repeat_n(at, c.len_utf8()));
        at += width;
    }
    places.push(at);
    Some(places)
}

/// How many bytes of a `\` that ends its line, and of the blanks before the next one, stand for nothing.
fn continuation(rest: &str) -> usize {
    let next_line = ["\\\n", "\\\r\n"]
        .iter()
        .find_map(|end| rest.strip_prefix(end));
    next_line.map_or(0, |line| {
        rest.len() - line.trim_start_matches([' ', '\t']).len()
    })
}

/// The character that a scalar goes on with, and in how many bytes it is written.
fn unit(rest: &str, quoting: Quoting) -> Option<(char, usize)> {
    let c = rest.chars().next()?;
    match (quoting, c) {
        (Quoting::Single, '\'') => rest.starts_with("''").then_some(('\'', 2)),
        (Quoting::Double, '"') => None,
        (Quoting::Double, '\\') => escape(rest),
        _ => Some((c, c.len_utf8())),
    }
}

/// What an escape stands for, and how many bytes it has: those of YAML (1.2, 5.7), and JSON's pairs of surrogates.
fn escape(rest: &str) -> Option<(char, usize)> {
    let letter = rest.chars().nth(1)?;
    let c = match letter {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        ' ' | '"' | '/' | '\\' => letter,
        'x' => return Some((char::from_u32(hexadecimal(rest, 2..4)?)?, 4)),
        'U' => return Some((char::from_u32(hexadecimal(rest, 2..10)?)?, 10)),
        'u' => return utf16(rest),
        _ => return None,
    };
    Some((c, 2))
}

/// `\u00e9`, or a character in two halves: `\ud83d\ude00`.
fn utf16(rest: &str) -> Option<(char, usize)> {
    let first = hexadecimal(rest, 2..6)?;
    if let Some(c) = char::from_u32(first) {
        return Some((c, 6));
    }
    let second = rest.get(6..8).filter(|letters| *letters == "\\u");
    let second = second.and_then(|_| hexadecimal(rest, 8..12))?;
    let halves = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    let c = char::decode_utf16(halves).next()?.ok()?;
    Some((c, 12))
}

fn hexadecimal(text: &str, digits: Range<usize>) -> Option<u32> {
    u32::from_str_radix(text.get(digits)?, 16).ok()
}
#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::Written;
    use crate::lint::pattern::corrections;
    use cloudtrail_alarms::alarm::file::{Diagnostic, Quoting, Source, analyze};

    /// The first pattern of an alarms file, as YAML's own parser reads it.
    fn read(file: &str) -> Written {
        let analysis = analyze(Path::new("a.yaml"), &|_| Ok(file.to_owned()), &|_| None);
        let diagnostics: Vec<&str> = analysis
            .diagnostics
            .iter()
            .map(Diagnostic::message)
            .collect();
        let pattern = analysis.patterns.into_iter().next();
        let pattern = pattern.unwrap_or_else(|| panic!("{file}: {diagnostics:?}"));
        Written {
            text: pattern.text,
            span: pattern.span,
            quoting: Some(pattern.quoting),
        }
    }

    fn alarms(scalar: &str) -> String {
        format!("Alarms:\n  - FilterPattern: {scalar}\n    AlarmName: A\n")
    }

    /// Finds the first `part` of the text that a scalar means.
    #[track_caller]
    fn finds(scalar: &str, part: &str, expected: &str) {
        let file = alarms(scalar);
        let pattern = read(&file);
        let start = pattern.text.find(part).expect("the part is in the text");
        let found = pattern.locate(&file, &(start..start + part.len()));
        assert_eq!(found.map(|span| &file[span]), Some(expected));
    }

    #[test]
    fn a_part_is_found_behind_quotes_and_escapes() {
        finds("'a b'", "b", "b");
        finds("'it''s b'", "'s b", "''s b");
        finds(r#""{ \"a\" }""#, r#""a""#, r#"\"a\""#);
        finds(r#""a\n\u00e9 b""#, "é", r"\u00e9");
        finds(r#""a\/b""#, "/b", r"\/b");
        finds(r#""\x41 \U0001F600\e b""#, "A", r"\x41");
        finds(
            r#""\x41 \U0001F600\e b""#,
            "\u{1f600}\u{1b}",
            r"\U0001F600\e",
        );
    }

    #[test]
    fn a_part_is_found_in_folded_and_continued_lines() {
        finds("a\n      b\n      c", "b", "b");
        finds(">\n      a\n      b c\n      d\n", "c d", "c\n      d");
        finds("'a\n      b'", "b", "b");
        finds("\"a\\\n      b\"", "ab", "a\\\n      b");
        finds("\"a \\\n      \\ b\"", "  b", " \\\n      \\ b");
    }

    #[test]
    fn a_pair_of_surrogates_is_one_character() {
        let file = r#"["\ud83d\ude00b"]"#;
        let pattern = Written {
            text: "\u{1f600}b".to_owned(),
            span: 1..file.len() - 1,
            quoting: Some(Quoting::Double),
        };
        assert_eq!(pattern.locate(file, &(0..4)), Some(2..14));
        assert_eq!(pattern.locate(file, &(4..5)), Some(14..15));
    }

    #[test]
    fn what_is_written_otherwise_is_not_found() {
        for (scalar, text) in [("a", "b"), (r#""\q""#, "q"), ("ab", "a b")] {
            let pattern = Written {
                text: text.to_owned(),
                span: 0..scalar.len(),
                quoting: Some(Quoting::Double),
            };
            assert_eq!(pattern.locate(scalar, &(0..1)), None);
        }
    }

    /// Text of a pattern, and how it may be written in double quotes.
    fn piece() -> impl Strategy<Value = (&'static str, &'static str)> {
        select(vec![
            ("a", "a"),
            ("a", r"\x61"),
            ("a", r"\u0061"),
            ("a", "\\\n        a"),
            ("a", "\\\r\n        \ta"),
            ("é", "é"),
            ("é", r"\U000000e9"),
            (" b", " b"),
            (" b", "\n        b"),
            (" b", r"\x20b"),
            (" b", " \\\n        b"),
            ("  b", "\\\n        \\  b"),
            ("'", "'"),
            ("/", r"\/"),
            ("\\\\", r"\\\\"),
            ("\\\"", r#"\\\""#),
            (": #", ": #"),
            ("\u{a0}", r"\_"),
            ("\u{1f600}", "\u{1f600}"),
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn yaml_reads_the_corrected_text(
            pieces in prop::collection::vec(piece(), 0..8), quoting in select(vec!["\"", "'", ">-", "|"]),
        ) {
            let value: String = pieces.iter().map(|(text, _)| *text).collect();
            let pattern = format!(r#"{{ $.readOnly = true && $.errorCode != "x{value}x" }}"#);
            let scalar = match quoting {
                "\"" => {
                    let written: String = pieces.iter().map(|(_, written)| *written).collect();
                    format!(r#""{{ $.readOnly\n= tru\x65 && \
                        $.errorCode != \"x{written}x\" }}""#)
                }
                "'" => format!("'{}'", pattern.replace('\'', "''").replacen(' ', "\n      ", 3)),
                block => format!("{block}\n      {}", pattern.replace(" &&", " &&\n      ")),
            };
            let file = alarms(&scalar);
            let mut written = read(&file);
            let mut source = Source::new("a.yaml".into(), file, 0);
            let corrections = corrections(&written.text);
            prop_assert_eq!(corrections.len(), 2);
            for finding in corrections {
                prop_assert!(written.correct(&mut source, &finding), "{}", source.text());
            }
            prop_assert_eq!(read(source.text()).text, written.text, "{}", source.text());
        }
    }
}

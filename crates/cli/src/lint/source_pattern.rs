//! Patterns in a source file. They may be quoted, escaped and folded over several lines.

use std::iter::repeat_n;
use std::ops::Range;

use crate::lint::pattern::Finding;
use cloudtrail_alarms::alarm::file::{Quoting, Source};

/// A pattern, the name of its alarm or list entry, and its file.
pub(super) struct NamedPattern {
    /// Empty for a pattern without a file.
    pub(super) name: String,
    /// Index of the file.
    pub(super) source: usize,
    pub(super) pattern: SourcePattern,
}

/// A pattern and its location in a source file.
#[derive(Debug)]
pub(super) struct SourcePattern {
    /// The pattern.
    pub(super) text: String,
    /// Byte offsets in the source, including the quotes.
    pub(super) span: Range<usize>,
    /// How the source quotes it; `None` if the source is the text itself. JSON strings have double quotes.
    pub(super) quoting: Option<Quoting>,
}

impl SourcePattern {
    /// The byte offsets of a part of the pattern in the source; `None` if they cannot be determined.
    pub(super) fn locate(&self, source: &str, part: &Range<usize>) -> Option<Range<usize>> {
        let Some(quoting) = self.quoting else {
            return Some(self.span.start + part.start..self.span.start + part.end);
        };
        let raw = source.get(self.span.clone())?;
        let offsets = offsets(raw, quoting, &self.text)?;
        let offset = |at: usize| offsets.get(at).copied();
        // A part ends after its last character, which may be before the next one begins.
        let last = self.text.get(part.clone())?.chars().next_back();
        let end = match last.map(char::len_utf8) {
            Some(width) => {
                let start = offset(part.end - width)?;
                start + next_char(raw.get(start..)?, quoting).map_or(width, |(_, width)| width)
            }
            None => offset(part.end)?,
        };
        Some(self.span.start + offset(part.start)?..self.span.start + end)
    }

    /// Applies the suggestion of a finding to the source. Returns false if there is none or it cannot be located.
    pub(super) fn correct(&mut self, source: &mut Source, finding: &Finding) -> bool {
        let Some(suggestion) = &finding.suggestion else {
            return false;
        };
        let spans: Option<Vec<_>> = (suggestion.edits().iter())
            .map(|edit| self.locate(source.text(), &edit.span))
            .collect();
        let Some(spans) = spans else {
            return false;
        };
        let corrected = suggestion.apply(&self.text);
        if self.quoting == Some(Quoting::Plain) {
            // Without quotes, YAML could read the inserted text as something else.
            if corrected.contains('\n') {
                return false;
            }
            let replacement = format!("'{}'", escaped(&corrected, Quoting::Single));
            source.replace(self.span.clone(), &replacement);
            self.span.end = self.span.start + replacement.len();
            self.quoting = Some(Quoting::Single);
        } else {
            for (edit, span) in suggestion.edits().iter().zip(spans).rev() {
                let replacement = match self.quoting {
                    Some(quoting) => &escaped(&edit.replacement, quoting),
                    None => &edit.replacement,
                };
                self.span.end = self.span.end + replacement.len() - span.len();
                source.replace(span, replacement);
            }
        }
        self.text = corrected;
        true
    }
}

/// Escapes text of one line for a kind of quotes.
fn escaped(text: &str, quoting: Quoting) -> String {
    match quoting {
        Quoting::Plain | Quoting::Block => text.to_owned(),
        Quoting::Single => text.replace('\'', "''"),
        Quoting::Double => text.replace('\\', "\\\\").replace('"', "\\\""),
    }
}

/// For each byte of the text, and its end, the offset in the raw scalar.
///
/// White space of the text can be other white space in the scalar, whose lines are folded and indented.
fn offsets(raw: &str, quoting: Quoting, text: &str) -> Option<Vec<usize>> {
    let spaces = |at: usize| {
        let rest = raw.get(at..).unwrap_or_default();
        rest.len() - rest.trim_start().len()
    };
    let continued = |at: usize| match quoting {
        Quoting::Double => continuation(raw.get(at..).unwrap_or_default()),
        Quoting::Plain | Quoting::Single | Quoting::Block => 0,
    };
    let mut at = usize::from(matches!(quoting, Quoting::Single | Quoting::Double));
    let mut offsets = Vec::with_capacity(text.len() + 1);
    for c in text.chars() {
        at += continued(at);
        if !c.is_whitespace() {
            at += spaces(at);
            at += continued(at);
        }
        let width = match next_char(raw.get(at..)?, quoting) {
            Some((found, width)) if found == c => width,
            // One space can be a line break and an indent. The line break at the end of a block can be the end of the file.
            _ if c.is_whitespace() && (spaces(at) > 0 || at == raw.len()) => spaces(at),
            _ => return None,
        };
        offsets.extend(repeat_n(at, c.len_utf8()));
        at += width;
    }
    offsets.push(at);
    Some(offsets)
}

/// Length of an escaped line break: a `\` at the end of a line, and the indent of the next line.
fn continuation(rest: &str) -> usize {
    let next_line = ["\\\n", "\\\r\n"]
        .iter()
        .find_map(|end| rest.strip_prefix(end));
    next_line.map_or(0, |line| {
        rest.len() - line.trim_start_matches([' ', '\t']).len()
    })
}

/// Decodes the next character of a scalar. Also returns its length in bytes.
fn next_char(rest: &str, quoting: Quoting) -> Option<(char, usize)> {
    let c = rest.chars().next()?;
    match (quoting, c) {
        (Quoting::Single, '\'') => rest.starts_with("''").then_some(('\'', 2)),
        (Quoting::Double, '"') => None,
        (Quoting::Double, '\\') => decode_escape(rest),
        _ => Some((c, c.len_utf8())),
    }
}

/// Decodes an escape of YAML (1.2, section 5.7) or a JSON surrogate pair. Also returns its length in bytes.
fn decode_escape(rest: &str) -> Option<(char, usize)> {
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
        'u' => return decode_utf16(rest),
        _ => return None,
    };
    Some((c, 2))
}

/// Decodes `\u00e9` or a surrogate pair such as `\ud83d\ude00`.
fn decode_utf16(rest: &str) -> Option<(char, usize)> {
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

    use super::SourcePattern;
    use crate::lint::pattern::corrections;
    use cloudtrail_alarms::alarm::file::{Diagnostic, Quoting, Source, analyze};

    /// The first pattern of an alarms file, as YAML's own parser reads it.
    fn read(file: &str) -> SourcePattern {
        let analysis = analyze(Path::new("a.yaml"), &|_| Ok(file.to_owned()), &|_| None);
        let diagnostics: Vec<&str> = analysis
            .diagnostics
            .iter()
            .map(Diagnostic::message)
            .collect();
        let pattern = analysis.patterns.into_iter().next();
        let pattern = pattern.unwrap_or_else(|| panic!("{file}: {diagnostics:?}"));
        SourcePattern {
            text: pattern.text,
            span: pattern.span,
            quoting: Some(pattern.quoting),
        }
    }

    fn alarms(scalar: &str) -> String {
        format!("Alarms:\n  - FilterPattern: {scalar}\n    AlarmName: A\n")
    }

    /// Finds the first `part` in the text of a scalar.
    #[track_caller]
    fn finds(scalar: &str, part: &str, expected: &str) {
        let file = alarms(scalar);
        let pattern = read(&file);
        let start = pattern.text.find(part).expect("the part is in the text");
        let found = pattern.locate(&file, &(start..start + part.len()));
        assert_eq!(found.map(|span| &file[span]), Some(expected));
    }

    #[test]
    fn a_part_is_found_after_quotes_and_escapes() {
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
        let pattern = SourcePattern {
            text: "\u{1f600}b".to_owned(),
            span: 1..file.len() - 1,
            quoting: Some(Quoting::Double),
        };
        assert_eq!(pattern.locate(file, &(0..4)), Some(2..14));
        assert_eq!(pattern.locate(file, &(4..5)), Some(14..15));
    }

    #[test]
    fn a_text_that_differs_from_the_source_is_not_found() {
        for (scalar, text) in [("a", "b"), (r#""\q""#, "q"), ("ab", "a b")] {
            let pattern = SourcePattern {
                text: text.to_owned(),
                span: 0..scalar.len(),
                quoting: Some(Quoting::Double),
            };
            assert_eq!(pattern.locate(scalar, &(0..1)), None);
        }
    }

    /// Text of a pattern, and a spelling of it in double quotes.
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

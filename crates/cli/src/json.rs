//! What is wrong with JSON, in words: "expected X, found Y".

use cloudwatch_filter_pattern::excerpt::quoted;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// A text that is not the JSON that it should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misread {
    /// What was expected and what was found.
    pub(super) message: String,
    /// The byte that it is about; none if that is the value as a whole.
    pub(super) at: Option<usize>,
}

impl Misread {
    pub(super) fn new(text: &str, error: &serde_json::Error) -> Self {
        let shown = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let complaint = shown.strip_suffix(&place).unwrap_or(&shown);
        let at = offset(text, error);
        let expected = match error.classify() {
            Category::Io | Category::Data => {
                return Self {
                    message: complaint.to_owned(),
                    at: (error.column() > 0).then_some(at),
                };
            }
            Category::Eof => match complaint.strip_prefix("EOF while parsing ") {
                Some("a value") | None => "a value".to_owned(),
                Some(begun) => format!("the rest of {begun}"),
            },
            Category::Syntax => match complaint {
                "expected value" | "trailing comma" => "a value",
                "trailing characters" => "nothing more",
                "key must be a string" => "a name in quotes",
                "expected ident" => "`null`, `true` or `false`",
                "invalid number" => "a digit",
                "invalid escape" => "an escape such as `\\n` or `\\u00e9`",
                "recursion limit exceeded" => "at most 128 levels",
                joint if joint.starts_with("expected `") => &joint["expected ".len()..],
                control if control.starts_with("control character") => "an escape such as `\\n`",
                surrogate if surrogate.contains("hex escape") => {
                    "an escape of two halves such as `\\ud83d\\ude00`"
                }
                _ => "JSON",
            }
            .to_owned(),
        };
        let next = text[at..].chars().next();
        let found = match next.filter(|_| error.classify() != Category::Eof) {
            None => "the end".to_owned(),
            Some(c) if c.is_control() => format!("`{}`", c.escape_default()),
            Some(c) => format!("`{c}`"),
        };
        Self {
            message: format!("expected {expected}, found {found}"),
            at: Some(at),
        }
    }

    /// The message, with the column of a text that is one line.
    pub(super) fn on_one_line(&self, text: &str) -> String {
        match self.at {
            Some(at) if at < text.len() => {
                let column = text[..at].chars().count() + 1;
                format!("{} at column {column}", self.message)
            }
            _ => self.message.clone(),
        }
    }
}

/// The byte that an error points at; if that is its end, the byte behind the last character.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    if error.classify() == Category::Eof {
        return text.trim_end().len();
    }
    let lines = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let at = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
    text.floor_char_boundary(at.min(text.len()))
}

/// Parses JSON that stands on one line.
pub(super) fn parse<T: DeserializeOwned>(line: &str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| Misread::new(line, &error).on_one_line(line))
}

/// Parses a string that stands on one line.
pub(super) fn parse_string(line: &str) -> Result<String, String> {
    let written = line.trim();
    if written.starts_with('"') {
        parse(line)
    } else {
        Err(format!(
            "expected a JSON string, found {}",
            describe(written)
        ))
    }
}

/// What a text says if it is JSON, for a message.
pub(super) fn describe(text: &str) -> String {
    match text.chars().next() {
        None => "an empty line".to_owned(),
        Some('{') => "an object".to_owned(),
        Some('[') => "an array".to_owned(),
        Some(_) => quoted(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{parse, parse_string};

    #[track_caller]
    fn tells(line: &str, message: &str) {
        assert_eq!(parse::<Value>(line), Err(message.to_owned()), "{line}");
    }

    #[test]
    fn what_is_no_json_says_what_was_expected() {
        tells("", "expected a value, found the end");
        tells("{", "expected the rest of an object, found the end");
        tells("[1,", "expected a value, found the end");
        tells(r#""a"#, "expected the rest of a string, found the end");
        tells("é", "expected a value, found `é` at column 1");
        tells("[1,]", "expected a value, found `]` at column 4");
        tells("[1 2]", "expected `,` or `]`, found `2` at column 4");
        tells(r#"{"a" 1}"#, "expected `:`, found `1` at column 6");
        tells(
            r#"{"a":1 "b"}"#,
            "expected `,` or `}`, found `\"` at column 8",
        );
        tells("{a:1}", "expected a name in quotes, found `a` at column 2");
        tells(r#""é" x"#, "expected nothing more, found `x` at column 5");
        tells("-x", "expected a digit, found `x` at column 2");
        tells(
            r#""\q""#,
            "expected an escape such as `\\n` or `\\u00e9`, found `q` at column 3",
        );
        tells(
            "\"\t\"",
            "expected an escape such as `\\n`, found `\\t` at column 2",
        );
        tells(
            &"[".repeat(200),
            "expected at most 128 levels, found `[` at column 128",
        );
        tells(
            "trux",
            "expected `null`, `true` or `false`, found `x` at column 4",
        );
    }

    #[test]
    fn what_is_no_string_is_named() {
        let complaint = |line| parse_string(line).unwrap_err();
        for (line, found) in [
            (" ", "an empty line"),
            (r#"{"a":1}"#, "an object"),
            ("[]", "an array"),
            ("hello", "`hello`"),
            ("null", "`null`"),
        ] {
            assert_eq!(
                complaint(line),
                format!("expected a JSON string, found {found}")
            );
        }
        assert_eq!(parse_string(" \"a\" "), Ok("a".to_owned()));
    }
}

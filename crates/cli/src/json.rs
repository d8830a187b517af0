//! Numbers as JSON, and error messages for invalid JSON: "expected X, found Y".

use cloudwatch_filter_pattern::excerpt::quoted;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

/// A text that is not JSON, or not of the expected type.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct JsonError {
    /// The expected and the found token, or the error of the type.
    pub(super) message: String,
    /// Byte offset of the error; `None` if the value as a whole is wrong.
    pub(super) at: Option<usize>,
}

impl JsonError {
    pub(super) fn new(text: &str, error: &serde_json::Error) -> Self {
        let shown = error.to_string();
        let position = format!(" at line {} column {}", error.line(), error.column());
        let problem = shown.strip_suffix(&position).unwrap_or(&shown);
        let at = offset(text, error);
        let expected = match error.classify() {
            Category::Io | Category::Data => {
                return Self {
                    message: problem.to_owned(),
                    at: (error.column() > 0).then_some(at),
                };
            }
            Category::Eof => match problem.strip_prefix("EOF while parsing ") {
                Some("a value") | None => "a value".to_owned(),
                Some(incomplete) => format!("the rest of {incomplete}"),
            },
            Category::Syntax => match problem {
                "expected value" | "trailing comma" => "a value",
                "trailing characters" => "nothing more",
                "key must be a string" => "a name in quotes",
                "expected ident" => "`null`, `true` or `false`",
                "invalid number" => "a digit",
                "invalid escape" => "an escape such as `\\n` or `\\u00e9`",
                "recursion limit exceeded" => "at most 128 levels",
                separator if separator.starts_with("expected `") => &separator["expected ".len()..],
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

    /// The message, with the column in a text of one line.
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

/// Byte offset of an error. If the text ends early, the offset after its last character.
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

/// A number as JSON, without a fraction if it is whole.
pub(super) fn number(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        return Value::from(number as i64);
    }
    Value::from(number)
}

/// Parses one line of JSON.
pub(super) fn parse<T: DeserializeOwned>(line: &str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| JsonError::new(line, &error).on_one_line(line))
}

/// Parses one line with a JSON string.
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

/// Describes a text for a message: its JSON type, or an excerpt.
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
    use super::*;

    #[track_caller]
    fn rejects(line: &str, message: &str) {
        assert_eq!(parse::<Value>(line), Err(message.to_owned()), "{line}");
    }

    #[test]
    fn invalid_json_is_reported_with_what_was_expected() {
        rejects("", "expected a value, found the end");
        rejects("{", "expected the rest of an object, found the end");
        rejects("[1,", "expected a value, found the end");
        rejects(r#""a"#, "expected the rest of a string, found the end");
        rejects("é", "expected a value, found `é` at column 1");
        rejects("[1,]", "expected a value, found `]` at column 4");
        rejects("[1 2]", "expected `,` or `]`, found `2` at column 4");
        rejects(r#"{"a" 1}"#, "expected `:`, found `1` at column 6");
        rejects(
            r#"{"a":1 "b"}"#,
            "expected `,` or `}`, found `\"` at column 8",
        );
        rejects("{a:1}", "expected a name in quotes, found `a` at column 2");
        rejects(r#""é" x"#, "expected nothing more, found `x` at column 5");
        rejects("-x", "expected a digit, found `x` at column 2");
        rejects(
            r#""\q""#,
            "expected an escape such as `\\n` or `\\u00e9`, found `q` at column 3",
        );
        rejects(
            "\"\t\"",
            "expected an escape such as `\\n`, found `\\t` at column 2",
        );
        rejects(
            &"[".repeat(200),
            "expected at most 128 levels, found `[` at column 128",
        );
        rejects(
            "trux",
            "expected `null`, `true` or `false`, found `x` at column 4",
        );
    }

    #[test]
    fn another_value_than_a_string_is_described() {
        let problem = |line| parse_string(line).unwrap_err();
        for (line, found) in [
            (" ", "an empty line"),
            (r#"{"a":1}"#, "an object"),
            ("[]", "an array"),
            ("hello", "`hello`"),
            ("null", "`null`"),
        ] {
            assert_eq!(
                problem(line),
                format!("expected a JSON string, found {found}")
            );
        }
        assert_eq!(parse_string(" \"a\" "), Ok("a".to_owned()));
    }
}

//! What commands read: files and standard input, records, and lines of JSON.

use std::io::Read as _;
use std::path::Path;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::CliError;

/// The text of a file; `-` is standard input.
pub(super) fn text(path: &Path) -> Result<String, CliError> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|source| CliError::Read {
        path: name(path),
        source,
    })
}

/// How a file is called in a message.
fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// The record in a file, as CloudTrail would deliver it: JSON on one line, however it is laid out in the file. A text
/// that is not JSON stays as it is, but for the white space round it.
pub(super) fn record(path: &Path) -> Result<String, CliError> {
    Ok(compact(text(path)?.trim()))
}

/// Makes something of each line of a file, all of which are JSON.
pub(super) fn json_lines<L: DeserializeOwned, T>(
    path: &Path,
    convert: impl Fn(L) -> Result<T, String>,
) -> Result<Vec<T>, CliError> {
    let parse = |(line, text): (usize, &str)| {
        json(text)
            .and_then(&convert)
            .map_err(|reason| CliError::Line {
                path: name(path),
                line,
                reason,
            })
    };
    (1..).zip(text(path)?.lines()).map(parse).collect()
}

/// Parses JSON that stands on one line.
pub(super) fn json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| json_error(&error))
}

/// What is wrong with JSON that stands on one line.
pub(super) fn json_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = text.strip_suffix(&place).unwrap_or(&text);
    match error.column() {
        // It is about the value as a whole.
        0 => message.to_owned(),
        column => format!("{message} at column {column}"),
    }
}

/// JSON without white space between its tokens, as CloudTrail writes a record; other text as it is.
pub(super) fn compact(text: &str) -> String {
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let mut in_string = false;
    let mut escaped = false;
    let keeps = |c: &char| {
        let keep = in_string || !c.is_ascii_whitespace();
        match c {
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = *c == '\\' && !escaped;
        keep
    };
    text.chars().filter(keeps).collect()
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn white_space_goes_between_tokens_only() {
        assert_eq!(
            compact("{ \"a b\" : [ 1.0 ,\n \"c \\\" d\" ] }"),
            r#"{"a b":[1.0,"c \" d"]}"#
        );
        assert_eq!(compact("not { json"), "not { json");
    }
}

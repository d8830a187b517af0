//! Input of commands: files, standard input, records and lines.

use std::io::{self, Read as _};
use std::path::Path;

use serde::de::IgnoredAny;

use crate::error::CliError;

/// Reads a text file; `-` is standard input.
pub(super) fn text(path: &Path) -> Result<String, CliError> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|source| unreadable(path, source))
}

fn unreadable(path: &Path, source: io::Error) -> CliError {
    CliError::Read {
        path: name(path),
        source,
    }
}

/// The name of a file in messages.
fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Reads a record as CloudTrail delivers it: JSON on one line, regardless of its layout in the file. A text that is not JSON
/// is only trimmed.
pub(super) fn record(path: &Path) -> Result<String, CliError> {
    Ok(compact(text(path)?.trim()))
}

/// Reads a record from a file that another file refers to. `-` is an ordinary file name.
pub(super) fn record_in(path: &Path) -> Result<String, CliError> {
    let text = std::fs::read_to_string(path).map_err(|source| unreadable(path, source))?;
    Ok(compact(text.trim()))
}

/// Converts each line of a file.
pub(super) fn lines<T>(
    path: &Path,
    convert: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, CliError> {
    let convert = |(line, text): (usize, &str)| {
        convert(text).map_err(|reason| CliError::Line {
            path: name(path),
            line,
            reason,
        })
    };
    (1..).zip(text(path)?.lines()).map(convert).collect()
}

/// Removes white space between JSON tokens, as in records of CloudTrail. Returns other text unchanged.
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
    fn only_white_space_between_tokens_is_removed() {
        assert_eq!(
            compact("{ \"a b\" : [ 1.0 ,\n \"c \\\" d\" ] }"),
            r#"{"a b":[1.0,"c \" d"]}"#
        );
        assert_eq!(compact("not { json"), "not { json");
    }
}

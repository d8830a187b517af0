//! Safe output of text from files and records on a terminal.

use std::fmt;
use std::io::{self, Write};

use cloudtrail_alarms::unsafe_char::is_unsafe_char;

/// A writer that escapes unsafe characters as JSON does: `\u001b`.
///
/// The meaning of JSON does not change. Line ends and tabs are not escaped.
pub(super) struct Visible<W>(pub(super) W);

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.write_all(text)?;
        Ok(text.len())
    }

    fn write_all(&mut self, text: &[u8]) -> io::Result<()> {
        // Callers write whole characters.
        self.0
            .write_all(visible(&String::from_utf8_lossy(text)).as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Escapes unsafe characters as JSON does.
pub(super) fn visible(text: &str) -> String {
    use std::fmt::Write as _;

    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if must_be_escaped(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(shown, "\\u{unit:04x}").expect("writing to a string cannot fail");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Prints a line on standard error, escaped. An error is ignored: nothing depends on the line.
pub(super) fn print_stderr(line: fmt::Arguments<'_>) {
    let _ = writeln!(Visible(io::stderr()), "{line}");
}

/// Whether the character must be escaped: an unsafe one that is neither a line end nor a tab.
fn must_be_escaped(c: char) -> bool {
    is_unsafe_char(c) && !matches!(c, '\n' | '\t')
}

/// The words of a text, separated by single spaces.
pub(super) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{Visible, on_one_line, visible};

    #[test]
    fn unsafe_characters_are_escaped_as_in_json() {
        assert_eq!(
            visible("a\u{1b}[31m\r\u{7f}\u{9b}"),
            r"a\u001b[31m\u000d\u007f\u009b"
        );
        assert_eq!(
            visible("x\u{202e}gpj.exe\u{e0041}"),
            r"x\u202egpj.exe\udb40\udc41"
        );
        // Soft hyphen, filler and variation selector.
        assert_eq!(visible("a\u{ad}\u{3164}\u{fe0f}"), r"a\u00ad\u3164\ufe0f");
        assert_eq!(visible("é\u{1f600}\ta\n"), "é\u{1f600}\ta\n");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({"a": "\u{1b}\u{9b}\u{202e}\u{e0041}\n\"", "b": ["é"]});
        let mut out = Vec::new();
        let text = serde_json::to_string_pretty(&value).unwrap();
        Visible(&mut out).write_all(text.as_bytes()).unwrap();
        assert!(out.iter().all(|byte| *byte != 0x1b && *byte != 0xc2));
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&out).unwrap(),
            value
        );
    }

    #[test]
    fn lines_become_one() {
        assert_eq!(on_one_line("one\n  two\r\n\tthree\n"), "one two three");
        assert_eq!(on_one_line(""), "");
    }
}

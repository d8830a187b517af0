//! Text of files and records on a terminal: nothing in it may steer the terminal, or hide.

use std::io::{self, Write};

/// Passes text on with `\u001b` for what could steer a terminal or turn the reading direction, as JSON would write it;
/// so JSON stays the JSON that it was. Line ends and tabs stay too.
pub(super) struct Visible<W>(pub(super) W);

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.write_all(text)?;
        Ok(text.len())
    }

    fn write_all(&mut self, text: &[u8]) -> io::Result<()> {
        // Whoever prints writes whole characters.
        self.0
            .write_all(visible(&String::from_utf8_lossy(text)).as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The text with what is dangerous made visible.
pub(super) fn visible(text: &str) -> String {
    use std::fmt::Write as _;

    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_dangerous(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(shown, "\\u{unit:04x}").expect("a string takes whatever is written");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Control characters, and those without a shape of their own (Unicode's list of format characters, as far as they have
/// to do with direction, joining and tags).
fn is_dangerous(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
        || matches!(c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The words of a text on one line.
pub(super) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{Visible, on_one_line, visible};

    #[test]
    fn what_steers_a_terminal_is_written_as_json_would() {
        assert_eq!(
            visible("a\u{1b}[31m\r\u{7f}\u{9b}"),
            r"a\u001b[31m\u000d\u007f\u009b"
        );
        assert_eq!(
            visible("x\u{202e}gpj.exe\u{e0041}"),
            r"x\u202egpj.exe\udb40\udc41"
        );
        assert_eq!(visible("é\u{1f600}\ta\n"), "é\u{1f600}\ta\n");
    }

    #[test]
    fn json_means_what_it_meant() {
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

//! Heredocs without a line.
//!
//! The parser expects a line break in front of the end marker, so it misses the end of a heredoc that has no line of text. It
//! would read on to the next heredoc with that marker.

use std::borrow::Cow;

/// The text with an empty text in place of each heredoc without a line. All lines keep their numbers.
pub(super) fn without_empty(source: &str) -> Cow<'_, str> {
    let mut scanner = Scanner {
        source,
        at: 0,
        nesting: Vec::new(),
    };
    let mut replaced = String::new();
    let mut done = 0;
    while let Some(heredoc) = scanner.heredoc() {
        if heredoc.is_empty {
            replaced += &source[done..heredoc.start];
            replaced += "\"\"\n";
            done = scanner.at;
        }
    }
    if done == 0 {
        return Cow::Borrowed(source);
    }
    Cow::Owned(replaced + &source[done..])
}

/// The construct that a position is inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nesting {
    Braces,
    Quotes,
}

struct Scanner<'t> {
    source: &'t str,
    at: usize,
    nesting: Vec<Nesting>,
}

struct Heredoc {
    start: usize,
    is_empty: bool,
}

impl Scanner<'_> {
    /// The next heredoc. The position is then after its end marker.
    fn heredoc(&mut self) -> Option<Heredoc> {
        while self.at < self.source.len() {
            if self.nesting.last() == Some(&Nesting::Quotes) {
                self.step_in_quotes();
                continue;
            }
            let start = self.at;
            if let Some((length, is_empty)) = heredoc_length(&self.source[start..]) {
                self.at += length;
                return Some(Heredoc { start, is_empty });
            }
            self.step();
        }
        None
    }

    /// Moves past a character of a quoted text, an escape, or the start of an interpolation.
    fn step_in_quotes(&mut self) {
        let rest = &self.source[self.at..];
        let starts_with = |starts: &[&str]| starts.iter().any(|start| rest.starts_with(start));
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let length = if let Some(escaped) = rest.strip_prefix('\\') {
            1 + escaped.chars().next().map_or(0, char::len_utf8)
        } else if starts_with(&["$${", "%%{"]) {
            3
        } else if starts_with(&["${", "%{"]) {
            self.nesting.push(Nesting::Braces);
            2
        } else {
            if rest.starts_with('"') {
                self.nesting.pop();
            }
            first
        };
        self.at += length;
    }

    /// Moves past a comment or a character of an expression or a block.
    fn step(&mut self) {
        let rest = &self.source[self.at..];
        let until = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
        let mut length = rest.chars().next().map_or(1, char::len_utf8);
        match rest.as_bytes() {
            [b'#', ..] | [b'/', b'/', ..] => length = until("\n"),
            [b'/', b'*', ..] => length = until("*/"),
            [b'"', ..] => self.nesting.push(Nesting::Quotes),
            [b'{', ..] => self.nesting.push(Nesting::Braces),
            [b'}', ..] => drop(self.nesting.pop()),
            _ => {}
        }
        self.at += length;
    }
}

/// The length of the heredoc at the start of a text, to the end of its end marker, and whether it has no line.
fn heredoc_length(text: &str) -> Option<(usize, bool)> {
    if !text.starts_with("<<") {
        return None;
    }
    let opener = text.split_inclusive('\n').next()?;
    let marker = opener.strip_prefix("<<")?.strip_suffix('\n')?;
    let marker = marker
        .strip_prefix('-')
        .unwrap_or(marker)
        .trim_end_matches('\r');
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if marker.is_empty() || !marker.chars().all(is_name) {
        return None;
    }
    let mut start = opener.len();
    for line in text[opener.len()..].split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        if content.trim_matches([' ', '\t']) == marker {
            return Some((start + content.len(), start == opener.len()));
        }
        start += line.len();
    }
    Some((text.len(), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_heredoc_without_a_line_is_replaced() {
        for (source, expected) in [
            ("a = <<EOF\nEOF\nb = 1\n", "a = \"\"\n\nb = 1\n"),
            ("a = <<-EOF\r\n\t EOF\r\nb = 1\n", "a = \"\"\n\r\nb = 1\n"),
            ("a = [<<A\nA\n, <<A\nA\n]", "a = [\"\"\n\n, \"\"\n\n]"),
            ("a = \"${f(<<A\nA\n)}\"", "a = \"${f(\"\"\n\n)}\""),
            ("a = <<A\n\nA\n", "a = <<A\n\nA\n"),
            ("a = <<A\n<<B\nB\nA\n", "a = <<A\n<<B\nB\nA\n"),
            ("# <<A\nA = 1\n", "# <<A\nA = 1\n"),
            ("// \"<<A\nA = <<A\nA\n", "// \"<<A\nA = \"\"\n\n"),
            ("/* <<A\nA\n*/ a = 1\n", "/* <<A\nA\n*/ a = 1\n"),
            ("a = \"\\\" <<A\nA\n\"", "a = \"\\\" <<A\nA\n\""),
            ("a = \"$${<<A\nA\n\"", "a = \"$${<<A\nA\n\""),
            ("a = <<A\nB\n", "a = <<A\nB\n"),
            ("a = 1 <<\n", "a = 1 <<\n"),
        ] {
            assert_eq!(without_empty(source), expected, "{source}");
        }
    }
}

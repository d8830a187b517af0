//! The errors of an alarms file, with positions and excerpts.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use cloudwatch_filter_pattern::excerpt::Excerpt;

use super::path;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A position in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// The file, as it was opened.
    pub path: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// An error in an alarms file.
///
/// Displayed as `FILE:LINE:COLUMN: message`, the line of the file, and carets:
///
/// ```text
/// alarms.yaml:9:5: unknown property `Treshold`; did you mean `Threshold`?
/// 9 |     Treshold: 1
///   |     ^^^^^^^^
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    position: Position,
    message: String,
    /// The line, the carets and further lines. Empty if the file could not be read.
    excerpt: Vec<String>,
    /// Sort key: index of the file, and byte offset.
    order: (usize, usize),
    rejects_pattern: bool,
    /// The parameter whose value is missing, if that is the error.
    missing_parameter: Option<String>,
}

impl Diagnostic {
    /// An unreadable file. There is no excerpt, and the position is the beginning of the file.
    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self {
            position: Position {
                path: path.to_owned(),
                line: 1,
                column: 1,
            },
            message: format!("cannot read the file: {error}"),
            excerpt: Vec::new(),
            order: (0, 0),
            rejects_pattern: false,
            missing_parameter: None,
        }
    }

    /// Adds lines below the carets.
    pub(super) fn with_detail(mut self, detail: &str) -> Self {
        self.excerpt.extend(detail.lines().map(str::to_owned));
        self
    }

    /// Marks it as an invalid filter pattern.
    pub(super) fn of_pattern(mut self) -> Self {
        self.rejects_pattern = true;
        self
    }

    /// Marks it as a parameter without a value.
    pub(super) fn of_missing_parameter(mut self, name: &str) -> Self {
        self.missing_parameter = Some(name.to_owned());
        self
    }

    /// Adds text to the end of the message.
    #[must_use]
    pub fn with_advice(mut self, advice: &str) -> Self {
        self.message.push_str(advice);
        self
    }

    /// Its position.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// The error, on one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The line of the file, the carets, and further lines.
    pub fn excerpt(&self) -> &[String] {
        &self.excerpt
    }

    /// The parameter whose value is missing; `None` for another error.
    pub fn missing_parameter(&self) -> Option<&str> {
        self.missing_parameter.as_deref()
    }

    /// Whether a filter pattern is invalid.
    pub fn rejects_pattern(&self) -> bool {
        self.rejects_pattern
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.message)?;
        self.excerpt
            .iter()
            .try_for_each(|line| write!(f, "\n{line}"))
    }
}

/// Why an alarms file was not loaded: all errors in it and in the files that it includes.
///
/// There is at least one; they are in the order of the files. Displayed with an empty line between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmsFileError {
    diagnostics: Vec<Diagnostic>,
}

impl AlarmsFileError {
    pub(super) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics }
    }

    /// The errors.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl fmt::Display for AlarmsFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            let between = if index == 0 { "" } else { "\n\n" };
            write!(f, "{between}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for AlarmsFileError {}

/// Sorts diagnostics by file and position.
pub(super) fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_key(|diagnostic| diagnostic.order);
}

/// The text of one file. Converts byte offsets into positions.
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    text: String,
    /// Byte offsets of the beginnings of the lines, since each alarm and pattern has a position.
    line_starts: Vec<usize>,
    has_mark: bool,
    /// Index of the file among those that are loaded.
    index: usize,
}

impl Source {
    /// The file at `path` with this index among the files. A byte order mark is not part of the text.
    pub fn new(path: PathBuf, mut text: String, index: usize) -> Self {
        let has_mark = text.starts_with(BYTE_ORDER_MARK);
        if has_mark {
            text.remove(0);
        }
        Self {
            path,
            line_starts: line_starts(&text),
            text,
            has_mark,
            index,
        }
    }

    /// The file, as it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its index among the files that are loaded.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Replaces a byte range.
    pub fn replace(&mut self, span: Range<usize>, replacement: &str) {
        self.text.replace_range(span, replacement);
        self.line_starts = line_starts(&self.text);
    }

    /// The content of the file: the text, with the byte order mark if it had one.
    pub fn contents(&self) -> String {
        let mark = if self.has_mark { BYTE_ORDER_MARK } else { "" };
        [mark, &self.text].concat()
    }

    /// `path` relative to the folder of this file.
    pub(super) fn relative(&self, path: &str) -> PathBuf {
        path::relative(&self.path, path)
    }

    /// The position of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        // The first line starts at 0, so there is at least one start.
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let before = &self.text[self.line_starts[line - 1]..offset];
        Position {
            path: self.path.clone(),
            line,
            column: before.chars().count() + 1,
        }
    }

    /// An error at this byte range. The carets stop at the end of the line.
    pub fn diagnostic(&self, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        let start = self.text.floor_char_boundary(span.start);
        let position = self.position(start);
        let excerpt = self.excerpt(start, span.end, position.line);
        Diagnostic {
            position,
            message: message.into(),
            excerpt,
            order: (self.index, start),
            rejects_pattern: false,
            missing_parameter: None,
        }
    }

    /// The line that contains the byte `start`, and carets from there to `end`.
    fn excerpt(&self, start: usize, end: usize, line_number: usize) -> Vec<String> {
        let Excerpt { line, carets } = Excerpt::new(&self.text, start..end);
        let number = line_number.to_string();
        vec![
            format!("{number} | {line}").trim_end().to_owned(),
            format!("{:gutter$} | {carets}", "", gutter = number.len()),
        ]
    }
}

/// The byte offsets at which the lines of a text begin.
fn line_starts(text: &str) -> Vec<usize> {
    let newlines = text.match_indices('\n');
    std::iter::once(0)
        .chain(newlines.map(|(offset, _)| offset + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(text: &str, span: Range<usize>, expected: &str) {
        let source = Source::new("a.yaml".into(), text.to_owned(), 0);
        assert_eq!(source.diagnostic(span, "wrong").to_string(), expected);
    }

    #[test]
    fn carets_are_below_the_characters() {
        shows("a: b", 3..4, "a.yaml:1:4: wrong\n1 | a: b\n  |    ^");
        shows(
            "a:\n  é: ü!\r\nc:\n",
            9..12,
            "a.yaml:2:6: wrong\n2 |   é: ü!\n  |      ^^",
        );
        shows("a:\tb", 3..4, "a.yaml:1:4: wrong\n1 | a: b\n  |    ^");
    }

    #[test]
    fn what_is_empty_or_goes_on_in_the_next_line_has_carets_too() {
        shows("a:", 2..2, "a.yaml:1:3: wrong\n1 | a:\n  |   ^");
        shows("", 0..9, "a.yaml:1:1: wrong\n1 |\n  | ^");
        shows("a: b\nc", 3..6, "a.yaml:1:4: wrong\n1 | a: b\n  |    ^");
        shows("a\n", 2..2, "a.yaml:2:1: wrong\n2 |\n  | ^");
        shows("é", 1..9, "a.yaml:1:1: wrong\n1 | é\n  | ^");
    }

    #[test]
    fn of_a_long_line_the_part_round_the_carets_is_shown() {
        let line = format!("{}here{}", "-".repeat(200), "+".repeat(200));
        let expected = format!(
            "a.yaml:1:201: wrong\n1 | ...{}here{}...\n  | {}^^^^",
            "-".repeat(60),
            "+".repeat(56),
            " ".repeat(63),
        );
        shows(&line, 200..204, &expected);
    }
}

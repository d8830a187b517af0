//! What is wrong with a pattern, and where.

use std::fmt;
use std::ops::Range;

use super::{MAX_DEPTH, MAX_LENGTH};

/// Why a text is not a filter pattern.
///
/// It prints as a message, the line of the pattern that it is about, and carets under the place:
///
/// ```text
/// expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
///   { $.errorCode == AccessDenied }
///                  ^
/// ```
///
/// The message includes what CloudWatch itself would answer, where that is known, so that it can be searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    kind: PatternErrorKind,
    span: Range<usize>,
    source: Box<str>,
}

/// What is wrong. The texts of CloudWatch in parentheses are those of `TestMetricFilter` and `PutMetricFilter`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternErrorKind {
    /// Something stands where the grammar wants something else ("Invalid metric filter pattern").
    Unexpected {
        /// What the grammar wants.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// The same, where CloudWatch names the text ("Invalid character(s) in term '...'").
    InvalidCharacters {
        /// What the grammar wants.
        expected: &'static str,
        /// The text up to and including the first character that cannot be.
        term: String,
    },
    /// The pattern begins with `{`, `[` or `%` and does not end with its counterpart ("If a filter pattern starts with
    /// '{' it must end with '}'").
    Unclosed {
        /// What it begins with.
        open: char,
        /// What it has to end with.
        close: char,
        /// What it ends with.
        found: char,
    },
    /// More than [`MAX_LENGTH`] characters.
    TooLong {
        /// How many there are.
        length: usize,
    },
    /// Parentheses nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// A regular expression of legal characters that makes no sense ("Failed to compile regular expression.").
    Regex {
        /// What would make sense.
        expected: &'static str,
        /// The expression, between its `%`.
        found: String,
    },
    /// A third regular expression.
    TooManyRegexes,
    /// A second wildcard in one selector.
    SecondWildcard,
    /// A fourth selector with a wildcard; one that stands several times counts once.
    TooManyWildcards,
    /// The condition of one field names another one ("Multiple variables used in a single filter.").
    SecondField {
        /// Whose condition it is.
        first: String,
        /// The other name.
        second: String,
    },
    /// A field, or `...`, stands twice.
    DuplicateField {
        /// Its name.
        name: String,
    },
}

impl PatternError {
    pub(super) fn new(kind: PatternErrorKind, span: Range<usize>, source: &str) -> Self {
        Self {
            kind,
            span,
            source: source.into(),
        }
    }

    /// What is wrong.
    pub fn kind(&self) -> &PatternErrorKind {
        &self.kind
    }

    /// Where: byte offsets into the pattern's text. Empty if something is missing there.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The message alone, on one line, without the pattern and the carets.
    pub fn message(&self) -> String {
        self.kind.to_string()
    }
}

impl fmt::Display for PatternErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { expected, found } => {
                write!(f, "expected {expected}, found {found} (CloudWatch: Invalid metric filter pattern)")
            }
            Self::InvalidCharacters { expected, term } => {
                let found = quoted(term);
                let term = on_one_line(term);
                write!(f, "expected {expected}, found {found} (CloudWatch: Invalid character(s) in term '{term}')")
            }
            Self::Unclosed { open, close, found } => write!(
                f,
                "expected `{close}` at the end, found `{found}` \
                 (CloudWatch: If a filter pattern starts with '{open}' it must end with '{close}')"
            ),
            Self::TooLong { length } => write!(
                f,
                "expected at most {MAX_LENGTH} characters, found {length} \
                 (CloudWatch: Member must have length less than or equal to {MAX_LENGTH})"
            ),
            Self::TooDeep => write!(f, "expected at most {MAX_DEPTH} nested parentheses, found more"),
            Self::Regex { expected, found } => {
                let found = quoted(found);
                write!(f, "expected {expected}, found {found} (CloudWatch: Failed to compile regular expression.)")
            }
            Self::TooManyRegexes => f.write_str(
                "expected at most two regular expressions, found a third (CloudWatch: Your input has exceeded the \
                 maximum of 2 regular expressions per filter pattern.)",
            ),
            Self::SecondWildcard => f.write_str(
                "expected at most one wildcard in a selector, found a second (CloudWatch: Your filter pattern has a \
                 JSON path selector that exceeds the maximum of 1 wildcard allowed per json selector.)",
            ),
            Self::TooManyWildcards => {
                f.write_str("expected at most three different selectors with a wildcard, found a fourth")
            }
            Self::SecondField { first, second } => write!(
                f,
                "expected only `{first}` in the condition of this field, found `{second}` \
                 (CloudWatch: Multiple variables used in a single filter. Var1 : {first}, Var2 : {second})"
            ),
            Self::DuplicateField { name } => write!(
                f,
                "expected each field once, found `{name}` again (CloudWatch: Duplicate field '{name}')"
            ),
        }
    }
}

/// Longest part of a pattern that a message repeats, in characters.
const MAX_QUOTED: usize = 60;

/// How many characters are shown on each side of a place in a text that is too long to be shown.
const CONTEXT: usize = 30;

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        // A text beyond the limit may be any file given by mistake: only the place of the limit is shown.
        if matches!(self.kind, PatternErrorKind::TooLong { .. }) {
            let (within, beyond) = self.source.split_at(self.span.start);
            let before = on_one_line(tail(within));
            let after: String = on_one_line(beyond).chars().take(CONTEXT).collect();
            let indent = " ".repeat(before.chars().count() + 3);
            return write!(f, "\n  ...{before}{after}\n  {indent}^");
        }
        let Range { start, end } = self.span;
        let line_start = self.source[..start]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        let line = self.source[line_start..].lines().next().unwrap_or_default();
        // Spans count bytes, columns count characters. A tab stays one, so that both lines widen alike.
        let blank = |c: char| if c == '\t' { c } else { ' ' };
        let shown = line
            .chars()
            .map(|c| if c.is_control() { blank(c) } else { c });
        let indent = self.source[line_start..start].chars().map(blank);
        let line_end = line_start + line.len();
        let width = self.source[start..].char_indices();
        let width = width
            .take_while(|(at, _)| start + at < end.min(line_end))
            .count()
            .max(1);
        write!(
            f,
            "\n  {}\n  {}{}",
            shown.collect::<String>(),
            indent.collect::<String>(),
            "^".repeat(width)
        )
    }
}

/// Part of a pattern for a message: in backticks, on one line, not too long.
pub(super) fn quoted(text: &str) -> String {
    let text = on_one_line(text);
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("`{}...`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// The text with a blank for each line break, and `\u{1b}` for what else could steer a terminal.
fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => line.push(' '),
            c if c.is_control() => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
    }
    line
}

/// The end of a text.
fn tail(text: &str) -> &str {
    let from = text.char_indices().rev().nth(CONTEXT - 1);
    from.map_or(text, |(at, _)| &text[at..])
}

impl std::error::Error for PatternError {}

//! Errors of the parser.

use std::fmt;
use std::ops::Range;

use crate::excerpt::{Excerpt, on_one_line, quoted};
use crate::limits::{MAX_DEPTH, MAX_LENGTH};

/// The reason why a text is not a filter pattern.
///
/// It prints as a message and an [`Excerpt`] of the pattern:
///
/// ```text
/// expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
///   { $.level == ERROR }
///              ^
/// ```
///
/// If CloudWatch's own message for the error is known, it is in parentheses, so that users can search for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    kind: PatternErrorKind,
    span: Range<usize>,
    source: Box<str>,
}

/// The kinds of errors. Messages of CloudWatch in parentheses are those of `TestMetricFilter` and `PutMetricFilter`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternErrorKind {
    /// The pattern does not follow the grammar ("Invalid metric filter pattern").
    Unexpected {
        /// The tokens that the grammar allows.
        expected: &'static str,
        /// The text of the pattern at this position.
        found: String,
    },
    /// Same as `Unexpected`, for errors in which CloudWatch quotes the text ("Invalid character(s) in term '...'").
    InvalidCharacters {
        /// The tokens that the grammar allows.
        expected: &'static str,
        /// The text up to and including the first invalid character.
        term: String,
    },
    /// The pattern begins with `{`, `[` or `%` and does not end with its counterpart ("If a filter pattern starts with
    /// '{' it must end with '}'").
    Unclosed {
        /// The first character.
        open: char,
        /// The required last character.
        close: char,
        /// The actual last character.
        found: char,
    },
    /// More than [`MAX_LENGTH`] characters.
    TooLong {
        /// The actual number.
        length: usize,
    },
    /// Parentheses nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// A regular expression with valid characters and invalid syntax ("Failed to compile regular expression.").
    Regex {
        /// The text that the syntax allows.
        expected: &'static str,
        /// The expression with its `%`.
        found: String,
    },
    /// More than [`MAX_REGEXES`](crate::MAX_REGEXES) regular expressions.
    TooManyRegexes,
    /// A second wildcard in one selector.
    SecondWildcard,
    /// More than [`MAX_WILDCARDS`](crate::MAX_WILDCARDS) different selectors with a wildcard.
    TooManyWildcards,
    /// The condition of one field names another field ("Multiple variables used in a single filter.").
    SecondField {
        /// The name of the field.
        first: String,
        /// The other name.
        second: String,
    },
    /// Two fields have the same name, or there are two `...`.
    DuplicateField {
        /// The name.
        name: String,
    },
}

impl PatternError {
    pub(crate) fn new(kind: PatternErrorKind, span: Range<usize>, source: &str) -> Self {
        Self {
            kind,
            span,
            source: source.into(),
        }
    }

    /// The kind of error.
    pub fn kind(&self) -> &PatternErrorKind {
        &self.kind
    }

    /// Byte range of the error in the pattern. Empty if something is missing.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The message on one line, without the excerpt.
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

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let excerpt = Excerpt::new(&self.source, self.span.clone());
        write!(f, "{}\n{excerpt}", self.kind)
    }
}

impl std::error::Error for PatternError {}

//! What is provably wrong, or dangerous, in a pattern that is to match CloudTrail records.
//!
//! In comes a pattern, out come [`Finding`]s, each with its place and, where there is one, the text to write instead.
//! What is promised: a finding is a fact about CloudTrail records and about the language, not a matter of taste; and a
//! [`Suggestion`] leaves a pattern that parses. Every [`Code`] is explained in `docs/lint.md`.
//!
//! ```
//! use cloudtrail_alarms::pattern::lint::{Code, lint};
//!
//! let pattern = r#"{ $.errorCode = "AccessDenied" && $.userIdentity.invokedBy != "config.amazonaws.com" }"#.parse()?;
//! let finding = &lint(&pattern)[0];
//! assert_eq!(finding.code, Code::MissingField);
//! assert_eq!(
//!     finding.suggestion.as_ref().unwrap().apply(pattern.source()),
//!     r#"{ $.errorCode = "AccessDenied" && ($.userIdentity.invokedBy NOT EXISTS || $.userIdentity.invokedBy != "config.amazonaws.com") }"#
//! );
//! # Ok::<(), cloudtrail_alarms::pattern::PatternError>(())
//! ```

mod alternatives;
mod contradiction;
mod fields;
mod grouping;
mod known;
mod layout;
mod missing;
mod schema;
mod services;
mod syntax;
mod texts;
mod types;

use std::fmt;
use std::ops::Range;

use super::{Comparison, Condition, Expr, FilterPattern, Kind, Operand, Operator, Test};
use layout::Layout;

pub use fields::unknown_field;

/// One thing that is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which kind of thing.
    pub code: Code,
    /// Where: byte offsets into the pattern's text.
    pub span: Range<usize>,
    /// What is wrong, and why, on one line.
    pub message: String,
    /// What to write instead, if that is certain enough to be written without asking.
    pub suggestion: Option<Suggestion>,
}

/// Text to put in the place of a part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The part: byte offsets into the pattern's text.
    pub span: Range<usize>,
    /// What takes its place.
    pub replacement: String,
}

impl Suggestion {
    /// The pattern with the replacement in it.
    ///
    /// # Panics
    /// If `source` is not the pattern that the suggestion was made for.
    pub fn apply(&self, source: &str) -> String {
        [
            &source[..self.span.start],
            &self.replacement,
            &source[self.span.end..],
        ]
        .concat()
    }
}

/// The kinds of findings in patterns. Their names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The text is no pattern.
    Syntax,
    /// A value that needs quotes has none.
    UnquotedValue,
    /// More of something than the language allows.
    Limit,
    /// `!=` on a field that not every record has.
    MissingField,
    /// Alternatives of which one is true of nearly every record.
    AlwaysTrue,
    /// `&&` and `||` without parentheses that tell which is first.
    MixedOperators,
    /// `= true` on a JSON boolean.
    BooleanAsString,
    /// `IS TRUE` on a string.
    StringAsBoolean,
    /// A comparison with what cannot be compared.
    NotComparable,
    /// `IS NULL` on a field that is left out, never null.
    IsNull,
    /// A clause that can never hold.
    NeverMatches,
    /// A selector that no record has.
    UnknownField,
    /// A value that the field never has.
    UnknownValue,
    /// A name that no service has.
    ServiceName,
    /// A placeholder in which no value was put.
    Placeholder,
    /// A `?term` that does not count.
    IgnoredTerm,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Syntax,
        Self::UnquotedValue,
        Self::Limit,
        Self::MissingField,
        Self::AlwaysTrue,
        Self::MixedOperators,
        Self::BooleanAsString,
        Self::StringAsBoolean,
        Self::NotComparable,
        Self::IsNull,
        Self::NeverMatches,
        Self::UnknownField,
        Self::UnknownValue,
        Self::ServiceName,
        Self::Placeholder,
        Self::IgnoredTerm,
    ];

    /// The name of the code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::UnquotedValue => "unquoted-value",
            Self::Limit => "limit",
            Self::MissingField => "missing-field",
            Self::AlwaysTrue => "always-true",
            Self::MixedOperators => "mixed-operators",
            Self::BooleanAsString => "boolean-as-string",
            Self::StringAsBoolean => "string-as-boolean",
            Self::NotComparable => "not-comparable",
            Self::IsNull => "is-null",
            Self::NeverMatches => "never-matches",
            Self::UnknownField => "unknown-field",
            Self::UnknownValue => "unknown-value",
            Self::ServiceName => "service-name",
            Self::Placeholder => "placeholder",
            Self::IgnoredTerm => "ignored-term",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is wrong with a text that is to be a pattern: why it is none, or else what [`lint`] finds.
pub fn lint_source(source: &str) -> Vec<Finding> {
    match source.parse() {
        Ok(pattern) => findings(&pattern),
        Err(error) => vec![syntax::finding(source, &error)],
    }
}

/// What is wrong with a pattern, in the order of its text.
///
/// A parameter may have any value, also where the pattern is bound: what is linted is the pattern as it is written.
pub fn lint(pattern: &FilterPattern) -> Vec<Finding> {
    lint_source(pattern.source())
}

fn findings(pattern: &FilterPattern) -> Vec<Finding> {
    let mut findings = Vec::new();
    match pattern.kind() {
        Kind::Json(root) => {
            let subject = Subject {
                source: pattern.source(),
                root,
                layout: Layout::new(pattern.source(), root),
            };
            let rules = [
                fields::check,
                types::check,
                texts::check,
                services::check,
                contradiction::check,
                missing::check,
                alternatives::check,
                grouping::check,
            ];
            for rule in rules {
                rule(&subject, &mut findings);
            }
        }
        Kind::Terms(terms) => texts::check_terms(terms, &mut findings),
        Kind::Everything | Kind::SpaceDelimited(_) | Kind::Regex(_) => {}
    }
    findings.sort_by_key(|finding| (finding.span.start, finding.span.end));
    findings
}

/// The pattern after all suggestions, and the findings that are thereby done away with, each with its place in the text
/// that it was found in.
pub fn corrected(source: &str) -> (String, Vec<Finding>) {
    // Each correction does away with its finding and makes no new one of a kind before it; this only bounds a mistake.
    const MOST: usize = 1000;
    let mut text = source.to_owned();
    let mut done = Vec::new();
    while let Some(finding) = next_correction(&text).filter(|_| done.len() < MOST) {
        let suggestion = finding.suggestion.as_ref();
        text = suggestion.map_or_else(String::new, |suggestion| suggestion.apply(&text));
        done.push(finding);
    }
    (text, done)
}

/// The first finding that has a suggestion.
pub fn next_correction(source: &str) -> Option<Finding> {
    lint_source(source)
        .into_iter()
        .find(|finding| finding.suggestion.is_some())
}

/// A JSON pattern, as the rules see it.
struct Subject<'p> {
    source: &'p str,
    root: &'p Expr,
    layout: Layout,
}

impl Subject<'_> {
    fn text(&self, span: Range<usize>) -> &str {
        &self.source[span]
    }

    /// The selector of a test, as it is written.
    fn selector(&self, test: &Test) -> &str {
        self.text(test.selector.span.clone())
    }

    /// A replacement; none if the pattern would not parse with it, or say the same as before.
    fn replace(&self, span: Range<usize>, replacement: impl Into<String>) -> Option<Suggestion> {
        let suggestion = Suggestion {
            span,
            replacement: replacement.into(),
        };
        let text = suggestion.apply(self.source);
        let parses = text.parse::<FilterPattern>().is_ok();
        (parses && text != self.source).then_some(suggestion)
    }

    /// A value in the place of an operand, with quotes if that has them or the value needs them.
    fn replace_operand(&self, comparison: &Comparison, value: &str) -> Option<Suggestion> {
        let span = comparison.operand.span.clone();
        let is_bare = !self.text(span.clone()).starts_with('"')
            && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
        self.replace(
            span,
            if is_bare {
                value.to_owned()
            } else {
                format!("\"{value}\"")
            },
        )
    }
}

impl Test {
    fn comparison(&self) -> Option<&Comparison> {
        match &self.condition.node {
            Condition::Compare(comparison) => Some(comparison),
            Condition::Is(_) | Condition::NotExists => None,
        }
    }

    /// The text that the field must be equal to, or must not.
    fn equality(&self) -> Option<(&Comparison, &str)> {
        let comparison = self.comparison()?;
        match &comparison.operand.node {
            Operand::Text(text) if !comparison.operator.is_ordering() => {
                Some((comparison, text.literal()?))
            }
            _ => None,
        }
    }

    fn is_not_equal(&self) -> bool {
        self.comparison()
            .is_some_and(|comparison| comparison.operator.node == Operator::NotEqual)
    }
}

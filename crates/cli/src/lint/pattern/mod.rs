//! What is provably wrong, or dangerous, in a pattern that is to match CloudTrail records.
//!
//! In comes a pattern, out come [`Finding`]s, each with its place and, where there is one, the text to write instead.
//! What is promised: a finding is a fact about CloudTrail records and about the language, not a matter of taste; and a
//! [`Suggestion`] leaves a pattern that parses. Every [`Code`] is explained in `docs/lint.md`.
//!
//! ```
//! use cloudtrail_alarms_cli::lint::pattern::{Code, lint};
//!
//! let pattern = r#"{ $.errorCode = "AccessDenied" && $.userIdentity.invokedBy != "config.amazonaws.com" }"#.parse()?;
//! let finding = &lint(&pattern)[0];
//! assert_eq!(finding.code, Code::MissingField);
//! assert_eq!(
//!     finding.suggestion.as_ref().unwrap().apply(pattern.source()),
//!     r#"{ $.errorCode = "AccessDenied" && ($.userIdentity.invokedBy NOT EXISTS || $.userIdentity.invokedBy != "config.amazonaws.com") }"#
//! );
//! # Ok::<(), cloudwatch_filter_pattern::PatternError>(())
//! ```

mod alternatives;
mod code;
mod contradiction;
mod fields;
mod grouping;
mod identity;
mod known;
mod layout;
mod missing;
mod schema;
mod services;
mod syntax;
mod target;
mod texts;
mod types;

use std::ops::Range;

use cloudwatch_filter_pattern::{Comparison, Expr, FilterPattern, Language, Test};
use layout::Layout;

pub use code::Code;
pub use fields::unknown_field_of;

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

/// What to write instead of a pattern: edits in the order of its text, none of which touches another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    edits: Vec<Edit>,
}

/// Text to put in the place of a part of a pattern, or into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The part: byte offsets into the pattern's text. Empty where the text is put between others.
    pub span: Range<usize>,
    /// What takes its place; on one line.
    pub replacement: String,
}

impl Suggestion {
    /// The edits, from left to right.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The pattern after the edits.
    ///
    /// # Panics
    /// If `source` is not the pattern that the suggestion was made for.
    pub fn apply(&self, source: &str) -> String {
        let mut text = source.to_owned();
        for Edit { span, replacement } in self.edits.iter().rev() {
            text.replace_range(span.clone(), replacement);
        }
        text
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
    match pattern.language() {
        Language::Json(root) => {
            let subject = Subject {
                source: pattern.source(),
                root,
                asks_for_kms_events: fields::asks_for_kms_events(pattern),
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
        Language::Terms(terms) => texts::check_terms(terms, &mut findings),
        Language::Everything | Language::SpaceDelimited(_) | Language::Regex(_) => {}
    }
    findings.sort_by_key(|finding| (finding.span.start, finding.span.end));
    findings
}

/// The findings that have a suggestion, one after the other: each is found in the text that those before it leave.
pub fn corrections(source: &str) -> Vec<Finding> {
    // A correction does away with its finding and brings no other of its kind; this only bounds a mistake.
    const MOST: usize = 1000;
    let mut text = source.to_owned();
    let mut done = Vec::new();
    while done.len() < MOST {
        let found = lint_source(&text).into_iter().find_map(|finding| {
            let text = finding.suggestion.as_ref()?.apply(&text);
            Some((finding, text))
        });
        let Some((finding, corrected)) = found else {
            break;
        };
        done.push(finding);
        text = corrected;
    }
    done
}

/// A JSON pattern, as the rules see it.
struct Subject<'p> {
    source: &'p str,
    root: &'p Expr,
    asks_for_kms_events: bool,
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

    /// A replacement; none if the pattern would not parse with it, or be the same as before.
    fn replace(&self, span: Range<usize>, replacement: impl Into<String>) -> Option<Suggestion> {
        self.edit(vec![Edit {
            span,
            replacement: replacement.into(),
        }])
    }

    /// The edits; none if the pattern would not parse with them, or be the same as before.
    fn edit(&self, mut edits: Vec<Edit>) -> Option<Suggestion> {
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let suggestion = Suggestion { edits };
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

//! Linter for patterns that are meant to match CloudTrail records.
//!
//! A [`Finding`] has its location and, if possible, a correction. It states a fact about CloudTrail records and the
//! language, not a matter of taste. A pattern still parses after a [`Suggestion`] is applied. `docs/reference/lint-rules.md` explains every
//! [`Code`].
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
mod finding;
mod grouping;
mod identity;
mod json_pattern;
mod layout;
mod missing;
mod placeholders;
mod premises;
mod schema;
mod services;
mod syntax;
mod target;
mod terms;
mod types;

use cloudwatch_filter_pattern::{FilterPattern, Language};
use json_pattern::JsonPattern;
use layout::Layout;

pub use code::Code;
pub(crate) use contradiction::are_exclusive;
pub use fields::unknown_field_of;
pub use finding::{Edit, Finding, Suggestion};

/// Lints the text of a pattern. If it does not parse, the only finding is the syntax error.
pub fn lint_source(source: &str) -> Vec<Finding> {
    match source.parse() {
        Ok(pattern) => findings(&pattern),
        Err(error) => vec![syntax::finding(source, &error)],
    }
}

/// Lints a pattern. The findings are in the order of its text.
///
/// The pattern is linted as it is written: even if it is bound, its parameters may have any value.
pub fn lint(pattern: &FilterPattern) -> Vec<Finding> {
    lint_source(pattern.source())
}

fn findings(pattern: &FilterPattern) -> Vec<Finding> {
    let mut findings = Vec::new();
    match pattern.language() {
        Language::Json(root) => {
            let pattern = JsonPattern {
                source: pattern.source(),
                root,
                matches_kms_events_only: fields::matches_kms_events_only(pattern),
                layout: Layout::new(pattern.source(), root),
            };
            let rules = [
                fields::check,
                types::check,
                placeholders::check,
                services::check,
                contradiction::check,
                missing::check,
                alternatives::check,
                grouping::check,
            ];
            for rule in rules {
                rule(&pattern, &mut findings);
            }
        }
        Language::Terms(terms) => terms::check(pattern.source(), terms, &mut findings),
        Language::Everything | Language::SpaceDelimited(_) | Language::Regex(_) => {}
    }
    findings.sort_by_key(|finding| (finding.span.start, finding.span.end));
    findings
}

/// The findings that have a suggestion, each in the text after the corrections before it.
pub fn corrections(source: &str) -> Vec<Finding> {
    // A correction removes its finding and adds no other of its kind. The limit only guards against a bug in a rule.
    const MAX_CORRECTIONS: usize = 1000;
    let mut text = source.to_owned();
    let mut done = Vec::new();
    while done.len() < MAX_CORRECTIONS {
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

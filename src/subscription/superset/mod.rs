//! One pattern for all that several patterns match: what a subscription filter has to let through.
//!
//! In come the patterns of alarms, as they were written; out comes a [`Superset`]: a pattern that CloudWatch Logs takes as
//! a subscription filter, and what had to be given up so that it does. What is promised: each message that one of the
//! patterns matches, whatever its parameters' values, matches the superset too, and
//! [`FilterPattern::implies`] proves it.
//!
//! It is sound by construction. The patterns become rows of clauses, joined by `||`, and from there on each step leads to
//! something that follows from what was before: a clause of a row is left out, values of a field become their common
//! beginning with a star, two rows become what is true of both. The language has no negation round an expression, so what
//! is weaker inside is weaker as a whole. Negation inside a clause is not touched: `!=` and `NOT EXISTS` stay as they are or
//! go. A star that is put into a text stands at its end, and one is put behind a text that has stars but does not end in
//! one, since the service may find less by those than this project does (`glob::matches_leftmost`).
//!
//! ```
//! use cloudwatch_filter_pattern::superset::{Subject, superset};
//!
//! let stop = r#"{ $.eventName = "StopLogging" && $.userIdentity.arn != "${Admin}" }"#.parse()?;
//! let delete = r#"{ $.eventName = "DeleteTrail" }"#.parse()?;
//! let alarms = [Subject::new("Stop", &stop), Subject::new("Delete", &delete)];
//! let superset = superset(&alarms, &|_| None);
//! assert_eq!(
//!     superset.pattern.source(),
//!     r#"{ $.eventName = "StopLogging" && $.userIdentity.arn = "*" || $.eventName = "DeleteTrail" }"#
//! );
//! assert_eq!(superset.given_up[0], "Stop: `$.userIdentity.arn != \"${Admin}\"` becomes `$.userIdentity.arn = \"*\"`: the parameter may have any value");
//! # Ok::<(), cloudwatch_filter_pattern::PatternError>(())
//! ```

mod estimate;
mod print;
mod reading;
mod relax;
mod report;
mod rows;

use cloudwatch_filter_pattern::parameter::Values;
use cloudwatch_filter_pattern::{FilterPattern, Language, Role, Spanned, Term, Terms};
use rows::Rows;

/// Longest filter pattern of `PutSubscriptionFilter`, in UTF-16 units: no fewer than characters, however they are counted.
pub const MAX_UNITS: usize = cloudwatch_filter_pattern::MAX_LENGTH;

/// A pattern, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'p> {
    name: &'p str,
    pattern: &'p FilterPattern,
}

impl<'p> Subject<'p> {
    /// The pattern of the alarm of this name.
    pub fn new(name: &'p str, pattern: &'p FilterPattern) -> Self {
        Self { name, pattern }
    }
}

/// A pattern that matches whatever one of several patterns matches.
#[derive(Clone, Debug)]
pub struct Superset {
    /// The pattern.
    pub pattern: FilterPattern,
    /// What it lets through besides: lines for people, empty where it is exactly the patterns' union.
    pub given_up: Vec<String>,
}

impl Superset {
    fn everything(why: String) -> Self {
        Self {
            pattern: parsed(""),
            given_up: vec![why],
        }
    }
}

/// The tightest such pattern that is found. `values` gives the values of a parameter that are the same in every
/// deployment; one without may have any value.
///
/// Which step comes first is decided by an estimate of how many more records it lets through, for each character that it
/// saves. The estimate can be wrong, and then the pattern is less tight than it might be, but no less sound.
pub fn superset(patterns: &[Subject<'_>], values: Values<'_>) -> Superset {
    superset_within(MAX_UNITS, patterns, values)
}

/// As [`superset`], with another limit to the pattern's length in UTF-16 units.
pub fn superset_within(units: usize, patterns: &[Subject<'_>], values: Values<'_>) -> Superset {
    if let [first, others @ ..] = patterns
        && others.iter().all(|other| other.pattern == first.pattern)
        && !matches!(
            first.pattern.language(),
            Language::Json(_) | Language::Terms(_)
        )
        && print::length(first.pattern.source()) <= units
    {
        return alone(first.pattern);
    }
    let is_json = |subject: &Subject| matches!(subject.pattern.language(), Language::Json(_));
    let is_terms = |subject: &Subject| matches!(subject.pattern.language(), Language::Terms(_));
    if patterns.iter().all(is_json) {
        let (rows, mut given_up) = Rows::new(patterns, values);
        let relaxed = relax::relax(rows.clone(), units);
        given_up.extend(report::report(&rows, &relaxed));
        return Superset {
            pattern: parsed(&print::print(&relaxed, units)),
            given_up,
        };
    }
    if patterns.iter().all(is_terms) {
        return any_term(patterns, units);
    }
    let other = patterns.iter().find(|subject| !is_json(subject));
    Superset::everything(format!(
        "{}: its pattern is not JSON, which those of others are; there is no pattern for both, so every message passes",
        other.map_or("", |subject| subject.name)
    ))
}

/// The pattern itself, if it says the same in every deployment.
fn alone(pattern: &FilterPattern) -> Superset {
    if !pattern.parameters().is_empty() {
        return Superset::everything(
            "the pattern has parameters, which may have any value; every message passes".to_owned(),
        );
    }
    Superset {
        pattern: parsed(pattern.source()),
        given_up: Vec::new(),
    }
}

/// `?a ?b`: of each pattern one term that must occur.
fn any_term(patterns: &[Subject<'_>], units: usize) -> Superset {
    let mut terms: Vec<Spanned<Term>> = Vec::new();
    let mut given_up = Vec::new();
    for subject in patterns {
        let Language::Terms(all) = subject.pattern.language() else {
            continue;
        };
        let optional = all.are_all_optional();
        let known = all.terms().iter().filter(|term| {
            term.role
                == if optional {
                    Role::Optional
                } else {
                    Role::Required
                }
        });
        let mut texts: Vec<&str> = known.filter_map(|term| term.text.literal()).collect();
        if !optional {
            // Of terms that must all occur the longest is the rarest.
            texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
            texts.truncate(1);
            if all.terms().len() > 1 {
                given_up.push(format!("{}: of its terms one is asked for", subject.name));
            }
        }
        if texts.is_empty() || optional && texts.len() < all.terms().len() {
            return Superset::everything(format!(
                "{}: no term is known to occur in all that it matches; every message passes",
                subject.name
            ));
        }
        for text in texts {
            if !terms.iter().any(|term| term.text.literal() == Some(text)) {
                let term = Term {
                    role: Role::Optional,
                    text: text.into(),
                };
                terms.push(Spanned::new(term, 0..0));
            }
        }
    }
    let text = Terms::new(terms).to_string();
    if text.encode_utf16().count() > units {
        return Superset::everything("the terms are too many; every message passes".to_owned());
    }
    Superset {
        pattern: parsed(&text),
        given_up,
    }
}

fn parsed(text: &str) -> FilterPattern {
    text.parse()
        .expect("what is printed of a pattern is a pattern")
}

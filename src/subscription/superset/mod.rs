//! Computes a pattern that matches everything that several patterns match, for a subscription filter.
//!
//! The input is the patterns of alarms, as they were written. The output is a [`Superset`]: a pattern that CloudWatch Logs accepts
//! for a subscription filter, and what it matches in addition. Each message that one of the patterns matches, with any
//! values of its parameters, matches the superset too, and [`FilterPattern::implies`] proves it.
//!
//! The algorithm is sound by construction. The patterns become a disjunctive normal form: a disjunction of conjuncts, each a
//! conjunction of clauses. Each later step gives a pattern that the previous one implies:
//!
//! * A clause of a conjunct is removed.
//! * Values of a field are replaced by their common prefix with a star.
//! * Two conjuncts are replaced by what both imply.
//!
//! The language has no negation around an expression, so a weaker part makes the whole weaker. Negation inside a clause (`!=`
//! and `NOT EXISTS`) is kept or removed, never changed. A star is only added at the end of a text. It is also added to a text
//! that has stars but does not end with one, because CloudWatch may match less with those (`glob::matches_leftmost`).
//!
//! ```
//! use cloudtrail_alarms::subscription::superset::{Subject, superset};
//!
//! let stop = r#"{ $.eventName = "StopLogging" && $.userIdentity.arn != "${Admin}" }"#.parse()?;
//! let delete = r#"{ $.eventName = "DeleteTrail" }"#.parse()?;
//! let alarms = [Subject::new("Stop", &stop), Subject::new("Delete", &delete)];
//! let superset = superset(&alarms, &|_| None);
//! assert_eq!(
//!     superset.pattern.source(),
//!     r#"{ $.eventName = "StopLogging" && $.userIdentity.arn = "*" || $.eventName = "DeleteTrail" }"#
//! );
//! assert_eq!(superset.widened[0], "Stop: `$.userIdentity.arn != \"${Admin}\"` becomes `$.userIdentity.arn = \"*\"`: the parameter may have any value");
//! # Ok::<(), cloudwatch_filter_pattern::PatternError>(())
//! ```

mod clause;
mod dnf;
mod estimate;
mod normalize;
mod print;
mod report;
mod subject;
mod weaken;

pub use subject::Subject;

use cloudwatch_filter_pattern::parameter::Values;
use cloudwatch_filter_pattern::{FilterPattern, Language, Role, Spanned, Term, Terms};
use normalize::normalize;

/// Maximum length of a filter pattern of `PutSubscriptionFilter`, in UTF-16 units, the strictest way to count characters.
pub const MAX_UNITS: usize = cloudwatch_filter_pattern::MAX_LENGTH;

/// A pattern that matches everything that several patterns match.
#[derive(Clone, Debug)]
pub struct Superset {
    /// The pattern.
    pub pattern: FilterPattern,
    /// The additional matches, one line each, for people. Empty if it is the exact union of the patterns.
    pub widened: Vec<String>,
}

impl Superset {
    fn everything(why: String) -> Self {
        Self {
            pattern: parsed(""),
            widened: vec![why],
        }
    }
}

/// Computes the superset of `patterns`, as tight as the search finds. `values` returns the values of a parameter that are the
/// same in every deployment. A parameter for which it returns `None` can have any value.
///
/// An estimate of how many additional records a step lets through, for each character that it saves, decides which step comes
/// first. If the estimate is wrong, the pattern is less tight, but still sound.
pub fn superset(patterns: &[Subject<'_>], values: Values<'_>) -> Superset {
    superset_within(MAX_UNITS, patterns, values)
}

/// Like [`superset`], with another maximum length of the pattern in UTF-16 units.
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
        let (dnf, mut widened) = normalize(patterns, values);
        let weakened = weaken::weaken(dnf.clone(), units);
        widened.extend(report::report(&dnf, &weakened));
        return Superset {
            pattern: parsed(&print::print(&weakened, units)),
            widened,
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

/// The pattern itself, if it is the same in every deployment.
fn alone(pattern: &FilterPattern) -> Superset {
    if !pattern.parameters().is_empty() {
        return Superset::everything(
            "the pattern has parameters, which may have any value; every message passes".to_owned(),
        );
    }
    Superset {
        pattern: parsed(pattern.source()),
        widened: Vec::new(),
    }
}

/// `?a ?b`: of each pattern one term that must occur.
fn any_term(patterns: &[Subject<'_>], units: usize) -> Superset {
    let mut terms: Vec<Spanned<Term>> = Vec::new();
    let mut widened = Vec::new();
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
            // If all terms must occur, keep the longest one, which is probably the rarest.
            texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
            texts.truncate(1);
            if all.terms().len() > 1 {
                widened.push(format!(
                    "{}: only one of its terms is required",
                    subject.name
                ));
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
        widened,
    }
}

fn parsed(text: &str) -> FilterPattern {
    text.parse().expect("a printed pattern is a pattern")
}

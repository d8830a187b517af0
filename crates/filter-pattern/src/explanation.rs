//! Why a message matches a pattern, or does not.
//!
//! Each clause is asked by the very code that matches, and their verdicts are joined by the very code that joins them
//! there, so that an explanation cannot tell another story.

use super::matcher::Check;
use super::space_delimited::token_count;
use super::{Comparison, Condition, Expr, Field, FilterPattern, Keyword, Language, Operator};
use super::{Role, SpaceDelimited, Spanned, Terms, Test};
use crate::record::{Selectors, Value};

/// Why one message matches a pattern, or does not.
///
/// ```
/// use cloudwatch_filter_pattern::{Expr, FilterPattern};
///
/// let pattern: FilterPattern = r#"{ $.eventName = Decrypt && $.errorCode != "" }"#.parse()?;
/// let explanation = pattern.explain(r#"{"eventName": "Decrypt", "errorCode": null}"#);
/// assert!(!explanation.matches);
///
/// let Some(Expr::And(clauses)) = explanation.clauses else { unreachable!() };
/// let Expr::Test(clause) = &clauses[1] else { unreachable!() };
/// assert_eq!(clause.text, r#"$.errorCode != """#);
/// assert!(clause.decides);
/// assert_eq!(clause.note, Some("a comparison is false for null, objects and arrays"));
/// # Ok::<(), cloudwatch_filter_pattern::PatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Whether the message matches.
    pub matches: bool,
    /// What kept the clauses from being asked.
    pub obstacle: Option<Obstacle>,
    /// What was asked; none where the pattern asks nothing, or something kept it from asking.
    pub clauses: Option<Expr<Clause>>,
    /// The optional terms that are ignored beside others, as the pattern prints them.
    pub ignored: Vec<String>,
}

/// Why a message cannot match, whatever the clauses of the pattern say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// No JSON pattern matches it.
    #[error("the message is not one whole JSON object, so no JSON pattern matches it")]
    NotAnObject,
    /// Not every field gets a token.
    #[error("too few tokens: the message has {found}, and the pattern needs {needed}")]
    TooFewTokens {
        /// How many the message has.
        found: usize,
        /// How many the pattern needs.
        needed: usize,
    },
}

/// One question of a pattern, and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// The question, as the pattern prints it.
    pub text: String,
    /// Whose value was looked at: the selector, or the name of the field; none where it was the whole message.
    pub subject: Option<String>,
    /// What was found there.
    pub observed: Observation,
    /// The answer.
    pub holds: bool,
    /// Whether the verdict rests on it: every clause that must change for the verdict to change, or can change it alone.
    pub decides: bool,
    /// The rule that explains an answer that may surprise.
    pub note: Option<&'static str>,
}

/// What a clause saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The values, as JSON; none where the selector selects nothing, more than one only through a wildcard.
    Values(Vec<String>),
    /// Whether the text that is searched for occurs in the message.
    Occurrence(bool),
}

impl Expr<Clause> {
    /// Whether the clauses together are true.
    pub fn verdict(&self) -> bool {
        self.holds(&|clause| clause.holds)
    }

    /// Whether the verdict rests on one of the clauses.
    pub fn decides(&self) -> bool {
        self.tests().iter().any(|clause| clause.decides)
    }

    /// Marks the clauses that the verdict rests on: of each `&&` and `||` those operands that are what it is.
    fn mark(&mut self) {
        let verdict = self.verdict();
        match self {
            Self::Test(clause) => clause.decides = true,
            Self::And(operands) | Self::Or(operands) => operands
                .iter_mut()
                .filter(|operand| operand.verdict() == verdict)
                .for_each(Self::mark),
        }
    }
}

impl Explanation {
    pub(super) fn new(pattern: &FilterPattern, message: &str) -> Self {
        let clauses = match pattern.language() {
            Language::Everything => Ok(None),
            Language::Json(expr) => of_json(expr, message).map(Some),
            Language::Terms(terms) => Ok(Some(of_terms(terms, message))),
            Language::SpaceDelimited(fields) => of_fields(fields, message),
            Language::Regex(regex) => {
                let found = regex.is_match(message);
                let observed = Observation::Occurrence(found);
                let clause = Clause::new(regex.node.to_string(), observed, found);
                Ok(Some(Expr::Test(clause)))
            }
        };
        let (mut clauses, obstacle) = match clauses {
            Ok(clauses) => (clauses, None),
            Err(obstacle) => (None, Some(obstacle)),
        };
        if let Some(clauses) = &mut clauses {
            clauses.mark();
        }
        let matches = match &clauses {
            Some(clauses) => clauses.verdict(),
            None => obstacle.is_none(),
        };
        debug_assert_eq!(matches, pattern.matches(message), "{pattern} on {message}");
        Self {
            matches,
            obstacle,
            clauses,
            ignored: ignored(pattern.language()),
        }
    }
}

impl Clause {
    fn new(text: String, observed: Observation, holds: bool) -> Self {
        Self {
            text,
            subject: None,
            observed,
            holds,
            decides: false,
            note: None,
        }
    }
}

fn of_json(expr: &Expr, message: &str) -> Result<Expr<Clause>, Obstacle> {
    let mut selectors = Selectors::default();
    let checks = expr.map(&mut |test| (test, Check::new(test, &mut selectors)));
    let mut reader = selectors.into_reader();
    let record = reader.read(message).map_err(|_| Obstacle::NotAnObject)?;
    Ok(checks.map(&mut |(test, check)| {
        let values: Vec<Value<'_>> = record.values(check.slot).collect();
        let holds = check.holds(record);
        let note = note(test, &values, holds);
        let observed = Observation::Values(values.into_iter().map(Value::to_json).collect());
        Clause {
            subject: Some(test.selector.node.to_string()),
            note,
            ..Clause::new(test.to_string(), observed, holds)
        }
    }))
}

/// The rule behind an answer that people do not expect.
fn note(test: &Test, values: &[Value<'_>], holds: bool) -> Option<&'static str> {
    let condition = &test.condition.node;
    let is_not_equal = |comparison: &Comparison| comparison.operator.node == Operator::NotEqual;
    if test.selector.has_wildcard() {
        return match (condition, values, holds) {
            (Condition::Compare(comparison), [], _) if is_not_equal(comparison) => Some(if holds {
                "through a wildcard `!=` is true where nothing in the container is equal, so where it is empty"
            } else {
                "`!=` is false where the container is missing"
            }),
            _ => None,
        };
    }
    match (condition, values) {
        _ if holds => None,
        (Condition::Compare(comparison), []) if is_not_equal(comparison) => {
            Some("`!=` is false where the field is missing; `NOT EXISTS` is true there")
        }
        (Condition::Compare(_), [Value::Bool(_)]) => {
            Some("a comparison is false for true and false; `IS TRUE` and `IS FALSE` ask for them")
        }
        (Condition::Compare(_), [Value::Null | Value::Object { .. } | Value::Array { .. }]) => {
            Some("a comparison is false for null, objects and arrays")
        }
        (Condition::Compare(comparison), [Value::String(_)])
            if comparison.operator.node.is_ordering() =>
        {
            Some("this is a string; `<`, `<=`, `>` and `>=` are true for numbers only")
        }
        (Condition::Is(Keyword::True | Keyword::False), [Value::String("true" | "false")]) => {
            Some("this is a string and not a boolean; `=` compares it")
        }
        (Condition::Is(Keyword::Null), []) => {
            Some("a missing field is not null; `NOT EXISTS` is true there")
        }
        (Condition::NotExists, [Value::Null]) => Some("a field that is null exists"),
        _ => None,
    }
}

fn of_terms(terms: &Terms, message: &str) -> Expr<Clause> {
    let clause = |term: &Spanned<super::Term>| {
        let observed = Observation::Occurrence(term.occurs(message) == Some(true));
        let holds = term.holds(message);
        Expr::Test(Clause::new(term.node.to_string(), observed, holds))
    };
    if terms.are_all_optional() {
        Expr::or(terms.terms.iter().map(clause).collect())
    } else {
        let counting = terms
            .terms
            .iter()
            .filter(|term| term.role != Role::Optional);
        Expr::and(counting.map(clause).collect())
    }
}

fn ignored(language: &Language) -> Vec<String> {
    match language {
        Language::Terms(terms) if !terms.are_all_optional() => terms
            .terms
            .iter()
            .filter(|term| term.role == Role::Optional)
            .map(|term| term.node.to_string())
            .collect(),
        _ => Vec::new(),
    }
}

/// The fields that have a name, and nothing if none has; one without a condition takes any token.
fn of_fields(pattern: &SpaceDelimited, message: &str) -> Result<Option<Expr<Clause>>, Obstacle> {
    let captures = pattern
        .captures(message)
        .ok_or_else(|| Obstacle::TooFewTokens {
            found: token_count(message),
            needed: pattern.tokens_needed(),
        })?;
    let fields: Vec<Expr<Clause>> = captures
        .filter_map(|capture| {
            let Field::Named { name, condition } = &pattern.fields[capture.field?].node else {
                return None;
            };
            let observed = Observation::Values(vec![Value::String(capture.text).to_json()]);
            let clause = |text: String, holds: bool| Clause {
                subject: Some(name.clone()),
                ..Clause::new(text, observed.clone(), holds)
            };
            Some(match condition {
                Some(condition) => condition.map(&mut |comparison| {
                    let holds = comparison.holds_for_token(capture.text);
                    clause(format!("{name} {comparison}"), holds)
                }),
                None => Expr::Test(clause(name.clone(), true)),
            })
        })
        .collect();
    Ok((!fields.is_empty()).then(|| Expr::and(fields)))
}

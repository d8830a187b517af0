//! Explanations: the result of each clause of a pattern for one message.
//!
//! The code that matches also evaluates the clauses and combines their results, so an explanation agrees with the match.

use crate::ast::{Comparison, Condition, Keyword, Operator, Test};
use crate::compiled_test::Compiler;
use crate::expression::Expr;
use crate::frequency::DefaultFrequencies;
use crate::pattern::{FilterPattern, Language};
use crate::record::{Selectors, Value};
use crate::space_delimited::{Field, SpaceDelimited};
use crate::span::Spanned;
use crate::terms::{Role, Term, Terms};
use crate::tokens::token_count;

/// The reason why one message matches a pattern or not.
///
/// ```
/// use cloudwatch_filter_pattern::{Expr, FilterPattern};
///
/// let pattern: FilterPattern = r#"{ $.method = GET && $.error != "" }"#.parse()?;
/// let explanation = pattern.explain(r#"{"method": "GET", "error": null}"#);
/// assert!(!explanation.matches);
///
/// let Some(Expr::And(clauses)) = explanation.clauses else { unreachable!() };
/// let Expr::Test(clause) = &clauses[1] else { unreachable!() };
/// assert_eq!(clause.text, r#"$.error != """#);
/// assert!(clause.decides);
/// assert_eq!(clause.note, Some("a comparison is false for null, objects and arrays"));
/// # Ok::<(), cloudwatch_filter_pattern::PatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Whether the message matches.
    pub matches: bool,
    /// The reason why the clauses were not evaluated.
    pub obstacle: Option<Obstacle>,
    /// The clauses; `None` if the pattern has none or there is an obstacle.
    pub clauses: Option<Expr<Clause>>,
    /// The optional terms that are ignored because of other terms, as the pattern prints them.
    pub ignored: Vec<String>,
}

/// The reason why a message cannot match, regardless of the clauses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// The pattern is a JSON pattern, and the message is not one JSON object.
    #[error("the message is not one whole JSON object, so no JSON pattern matches it")]
    NotAnObject,
    /// The pattern has more fields than the message has tokens.
    #[error("too few tokens: the message has {found}, and the pattern needs {needed}")]
    TooFewTokens {
        /// The number of tokens in the message.
        found: usize,
        /// The number of tokens that the pattern requires.
        needed: usize,
    },
}

/// A test, term or field of a pattern, with its result.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// The clause as the pattern prints it.
    pub text: String,
    /// The selector or the name of the field; `None` if the clause is about the whole message.
    pub subject: Option<String>,
    /// The values of the subject, or whether the term occurs.
    pub observed: Observation,
    /// The result.
    pub holds: bool,
    /// Whether the pattern's result depends on this clause: whether it must change, or can alone change, the result.
    pub decides: bool,
    /// The rule that leads to a result that often surprises users.
    pub note: Option<&'static str>,
}

/// The values or the text that a clause was evaluated on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The selected values as JSON. Empty if the selector selects nothing; several only through a wildcard.
    Values(Vec<String>),
    /// Whether the term or regular expression occurs in the message.
    Occurrence(bool),
}

impl Expr<Clause> {
    /// The result of the expression.
    pub fn verdict(&self) -> bool {
        self.holds(&|clause| clause.holds)
    }

    /// Whether the result depends on one of the clauses.
    pub fn decides(&self) -> bool {
        self.tests().iter().any(|clause| clause.decides)
    }

    /// Marks the clauses that decide: in each `&&` and `||`, the operands with the same result as the whole.
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
    fn new(pattern: &FilterPattern, message: &str) -> Self {
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
    let mut compiler = Compiler {
        selectors: &mut selectors,
        frequencies: &DefaultFrequencies,
    };
    let tests = expr.map(&mut |test| (test, compiler.test(test)));
    let mut reader = selectors.into_reader();
    let record = reader.read(message).map_err(|_| Obstacle::NotAnObject)?;
    Ok(tests.map(&mut |(test, compiled)| {
        let values: Vec<Value<'_>> = record.values(compiled.slot).collect();
        let holds = compiled.holds(record);
        let note = note(test, &values, holds);
        let observed = Observation::Values(values.into_iter().map(Value::to_json).collect());
        Clause {
            subject: Some(test.selector.node.to_string()),
            note,
            ..Clause::new(test.to_string(), observed, holds)
        }
    }))
}

/// The rule that leads to a result that often surprises users; `None` for other results.
fn note(test: &Test, values: &[Value<'_>], holds: bool) -> Option<&'static str> {
    let condition = &test.condition.node;
    let is_not_equal = |comparison: &Comparison| comparison.operator.node == Operator::NotEqual;
    if test.selector.has_wildcard() {
        return match (condition, values, holds) {
            (Condition::Compare(comparison), [], _) if is_not_equal(comparison) => Some(if holds {
                "through a wildcard, `!=` is true if no value in the container is equal, so also if it is empty"
            } else {
                "`!=` is false if the container is missing"
            }),
            _ => None,
        };
    }
    match (condition, values) {
        _ if holds => None,
        (Condition::Compare(comparison), []) if is_not_equal(comparison) => {
            Some("`!=` is false if the field is missing; use `NOT EXISTS` to match that")
        }
        (Condition::Compare(_), [Value::Bool(_)]) => {
            Some("a comparison is false for true and false; `IS TRUE` and `IS FALSE` test for them")
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
    let clause = |term: &Spanned<Term>| {
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

/// The named fields; `None` if there are none. A field without a condition is always true.
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

impl FilterPattern {
    /// Explains why one message matches or not.
    pub fn explain(&self, message: &str) -> Explanation {
        Explanation::new(self, message)
    }
}

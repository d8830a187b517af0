//! Output of an explanation as JSON.

use serde::Serialize;
use serde_json::value::RawValue;

use cloudwatch_filter_pattern::{Clause, Explanation, Expr, Observation};

/// An [`Explanation`] as JSON.
#[derive(Serialize)]
pub(crate) struct ExplanationJson {
    matches: bool,
    /// Why the clauses were not evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clauses: Option<Node>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ignored: Vec<String>,
}

/// An expression and its result.
#[derive(Serialize)]
struct Node {
    verdict: bool,
    decides: bool,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Content {
    And(Vec<Node>),
    Or(Vec<Node>),
    #[serde(untagged)]
    Clause(ClauseJson),
}

#[derive(Serialize)]
struct ClauseJson {
    clause: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The observed values; `None` for a clause of a text pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Box<RawValue>>>,
    /// Whether the message contains the text of the clause.
    #[serde(skip_serializing_if = "Option::is_none")]
    occurs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

impl ExplanationJson {
    pub(crate) fn new(explanation: &Explanation) -> Self {
        Self {
            matches: explanation.matches,
            obstacle: explanation.obstacle.as_ref().map(ToString::to_string),
            clauses: explanation.clauses.as_ref().map(Node::new),
            ignored: explanation.ignored.clone(),
        }
    }
}

impl Node {
    fn new(expr: &Expr<Clause>) -> Self {
        Self {
            verdict: expr.verdict(),
            decides: expr.decides(),
            content: match expr {
                Expr::And(operands) => Content::And(operands.iter().map(Self::new).collect()),
                Expr::Or(operands) => Content::Or(operands.iter().map(Self::new).collect()),
                Expr::Test(clause) => Content::Clause(ClauseJson::new(clause)),
            },
        }
    }
}

impl ClauseJson {
    fn new(clause: &Clause) -> Self {
        let (values, occurs) = match &clause.observed {
            Observation::Values(values) => (Some(values.iter().cloned().map(raw).collect()), None),
            Observation::Occurrence(occurs) => (None, Some(*occurs)),
        };
        Self {
            clause: clause.text.clone(),
            subject: clause.subject.clone(),
            values,
            occurs,
            note: clause.note,
        }
    }
}

fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).expect("an observed value is JSON")
}

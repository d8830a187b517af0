//! Printing of patterns.

use std::fmt;

use crate::ast::{Comparison, Condition, Operand, Test};
use crate::expression::Expr;
use crate::pattern::{FilterPattern, Language};

/// Prints a pattern that parses to an equal one: strings in quotes, one space between tokens, only necessary parentheses.
///
/// The result can be longer than the source, and so longer than [`MAX_LENGTH`](crate::MAX_LENGTH).
impl fmt::Display for FilterPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.language {
            Language::Everything => Ok(()),
            Language::Json(expr) => write!(f, "{{ {expr} }}"),
            Language::Terms(terms) => terms.fmt(f),
            Language::SpaceDelimited(fields) => fields.fmt(f),
            Language::Regex(regex) => regex.node.fmt(f),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &|f, test| test.fmt(f))
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.selector.node, self.condition.node)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(comparison) => comparison.fmt(f),
            Self::Is(keyword) => write!(f, "IS {}", keyword.as_str()),
            Self::NotExists => f.write_str("NOT EXISTS"),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operator.as_str(), self.operand.node)
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.write_str(number.spelling()),
            Self::Text(text) => text.fmt(f),
            Self::Regex(regex) => regex.fmt(f),
        }
    }
}

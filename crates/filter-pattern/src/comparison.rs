//! Evaluation of conditions on one value.

use std::cmp::Ordering;

use crate::ast::{Comparison, Keyword, Operand, Operator};
use crate::glob;
use crate::number_text::NumberText;
use crate::record::Value;

impl Comparison {
    /// Whether one value satisfies the comparison.
    pub(crate) fn holds(&self, value: Value<'_>) -> bool {
        let compares = |is_wanted: fn(Ordering) -> bool| match (&self.operand.node, value) {
            (Operand::Number(number), Value::Number(text)) => {
                number.compare(text).is_some_and(is_wanted)
            }
            _ => false,
        };
        match self.operator.node {
            Operator::Equal => self.operand.equals(value) == Some(true),
            Operator::NotEqual => self.operand.equals(value) == Some(false),
            Operator::Less => compares(Ordering::is_lt),
            Operator::LessOrEqual => compares(Ordering::is_le),
            Operator::Greater => compares(Ordering::is_gt),
            Operator::GreaterOrEqual => compares(Ordering::is_ge),
        }
    }
}

impl Operand {
    /// Whether the value equals this operand; `None` if values of its type cannot.
    pub(crate) fn equals(&self, value: Value<'_>) -> Option<bool> {
        match (self, value) {
            (Self::Number(number), Value::Number(text)) => {
                number.compare(text).map(Ordering::is_eq)
            }
            (Self::Number(number), Value::String(text)) => Some(text == number.spelling()),
            (Self::Number(_), _) => None,
            (Self::Text(text), _) => {
                let pattern = text.literal()?;
                map_text(value, |text| glob::matches(pattern, text))
            }
            (Self::Regex(regex), _) => map_text(value, |text| regex.is_match(text)),
        }
    }
}

impl Keyword {
    /// Whether one value satisfies `IS` with this keyword.
    pub(crate) fn holds(self, value: Value<'_>) -> bool {
        match self {
            Self::Null => matches!(
                value,
                Value::Null
                    | Value::Array {
                        holds_null: true,
                        ..
                    }
            ),
            Self::True => value == Value::Bool(true),
            Self::False => value == Value::Bool(false),
        }
    }
}

/// Applies `map` to the text of a string or number; `None` for other values.
pub(crate) fn map_text<R>(value: Value<'_>, map: impl FnOnce(&str) -> R) -> Option<R> {
    match value {
        Value::String(text) => Some(map(text)),
        Value::Number(spelling) => Some(map(NumberText::new(spelling).as_str())),
        Value::Null | Value::Bool(_) | Value::Array { .. } | Value::Object { .. } => None,
    }
}

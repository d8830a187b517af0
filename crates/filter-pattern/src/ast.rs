//! Tests: the leaves of a JSON pattern's syntax tree.

use std::ops::Range;

use crate::number::Number;
use crate::record::Selector;
use crate::regex::Regex;
use crate::span::Spanned;
use crate::text::Text;

/// A condition on the value that a selector selects: `$.level = "ERROR"`.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Selects the value.
    pub selector: Spanned<Selector>,
    /// The condition on it.
    pub condition: Spanned<Condition>,
}

impl Test {
    /// Byte range of the whole test, from the selector's `$` to the end of the condition.
    pub fn span(&self) -> Range<usize> {
        self.selector.span.start..self.condition.span.end
    }

    /// The comparison; `None` if the condition is `IS` or `NOT EXISTS`.
    pub fn comparison(&self) -> Option<&Comparison> {
        match &self.condition.node {
            Condition::Compare(comparison) => Some(comparison),
            Condition::Is(_) | Condition::NotExists => None,
        }
    }

    /// The comparison and its text; `None` unless the test compares with `=` or `!=` and a text without parameters.
    pub fn equality(&self) -> Option<(&Comparison, &str)> {
        let comparison = self.comparison()?;
        match &comparison.operand.node {
            Operand::Text(text) if !comparison.operator.is_ordering() => {
                Some((comparison, text.literal()?))
            }
            _ => None,
        }
    }

    /// Whether the condition is a comparison with `!=`.
    pub fn is_not_equal(&self) -> bool {
        self.comparison()
            .is_some_and(|comparison| comparison.operator.node == Operator::NotEqual)
    }
}

/// A condition on the selected value.
///
/// If the selector has a wildcard, at least one selected value must satisfy the condition. The exceptions:
/// [`NotEqual`](Operator::NotEqual) and [`NotExists`](Self::NotExists).
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `= "ERROR"`, `> 5`.
    Compare(Comparison),
    /// `IS TRUE`.
    Is(Keyword),
    /// `NOT EXISTS`: the selector selects nothing. A null exists.
    NotExists,
}

/// An operator and its right-hand side. Null, booleans, objects and arrays satisfy none.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The operator.
    pub operator: Spanned<Operator>,
    /// The right-hand side.
    pub operand: Spanned<Operand>,
}

impl Comparison {
    /// The text on the right-hand side; `None` if that is a number or a regular expression.
    pub(crate) fn text(&self) -> Option<&Text> {
        match &self.operand.node {
            Operand::Text(text) => Some(text),
            Operand::Number(_) | Operand::Regex(_) => None,
        }
    }
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`: a string or number that is not equal. Through a wildcard selector: the container exists, and no selected
    /// value is equal.
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// The operator as a pattern spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether the operator is `<`, `<=`, `>` or `>=`, which require an unquoted number.
    pub fn is_ordering(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// The right-hand side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// An unquoted number: equals numbers by value, and strings by spelling.
    Number(Number),
    /// A word or quoted string, in which `*` is a wildcard: matches strings, and numbers by their text.
    Text(Text),
    /// `%...%`: searched for in strings, and in the text of numbers.
    Regex(Regex),
}

/// The operand of `IS`. Not case-sensitive in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// `IS NULL`: JSON `null`, or an array with a `null` among its direct elements.
    Null,
    /// `IS TRUE`: JSON `true`, not the string.
    True,
    /// `IS FALSE`: JSON `false`, not the string.
    False,
}

impl Keyword {
    /// The keyword in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::True => "TRUE",
            Self::False => "FALSE",
        }
    }
}

//! The syntax tree: one type for each thing that a pattern can say.

use std::ops::{Deref, Range};

use super::{Number, Regex, SpaceDelimited, Terms, Text};
use crate::record::Selector;

/// A node of the tree, and where in the pattern's text it stands.
///
/// Two nodes are equal wherever they stand: equality ignores the span.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// What stands there.
    pub node: T,
    /// Where: byte offsets into [`FilterPattern::source`](super::FilterPattern::source).
    pub span: Range<usize>,
}

impl<T> Spanned<T> {
    /// A node and its byte range in the pattern.
    pub fn new(node: T, span: Range<usize>) -> Self {
        Self { node, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.node
    }
}

/// The four kinds of pattern, and the empty one. The first character tells them apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Language {
    /// Nothing, or only white space: every message matches.
    Everything,
    /// `{ $.eventName = ConsoleLogin }`: the message is a JSON object.
    Json(Expr),
    /// `ERROR -timeout`: the message is text.
    Terms(Terms),
    /// `[ip, ..., status = 4*]`: the message is a line of fields.
    SpaceDelimited(SpaceDelimited),
    /// `%AccessDenied|Unauthorized%`: the message is text.
    Regex(Spanned<Regex>),
}

/// Tests joined by `&&` and `||`.
///
/// An expression that was parsed is in normal form: `And` and `Or` hold at least two operands, and none of their own
/// kind, so `a || (b || c)` is one `Or` of three.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr<T = Test> {
    /// Every operand is true.
    And(Vec<Self>),
    /// At least one operand is true.
    Or(Vec<Self>),
    /// A single test.
    Test(T),
}

impl<T> Expr<T> {
    /// The conjunction in normal form.
    pub fn and(operands: Vec<Self>) -> Self {
        Self::join(operands, Self::And, |operand| match operand {
            Self::And(inner) => Ok(inner),
            other => Err(other),
        })
    }

    /// The disjunction in normal form.
    pub fn or(operands: Vec<Self>) -> Self {
        Self::join(operands, Self::Or, |operand| match operand {
            Self::Or(inner) => Ok(inner),
            other => Err(other),
        })
    }

    fn join(
        operands: Vec<Self>,
        joined: fn(Vec<Self>) -> Self,
        unnest: fn(Self) -> Result<Vec<Self>, Self>,
    ) -> Self {
        let mut flat = Vec::with_capacity(operands.len());
        for operand in operands {
            match unnest(operand) {
                Ok(inner) => flat.extend(inner),
                Err(other) => flat.push(other),
            }
        }
        if flat.len() == 1 {
            flat.swap_remove(0)
        } else {
            joined(flat)
        }
    }

    /// All tests, from left to right.
    pub fn tests(&self) -> Vec<&T> {
        match self {
            Self::And(operands) | Self::Or(operands) => {
                operands.iter().flat_map(Self::tests).collect()
            }
            Self::Test(test) => vec![test],
        }
    }

    /// The expression with what `map` makes of each test, from left to right.
    pub fn map<'e, U>(&'e self, map: &mut impl FnMut(&'e T) -> U) -> Expr<U> {
        match self {
            Self::And(operands) => {
                Expr::And(operands.iter().map(|operand| operand.map(map)).collect())
            }
            Self::Or(operands) => {
                Expr::Or(operands.iter().map(|operand| operand.map(map)).collect())
            }
            Self::Test(test) => Expr::Test(map(test)),
        }
    }

    /// Whether the expression is true, given what each test is.
    pub fn holds(&self, test: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::And(operands) => operands.iter().all(|operand| operand.holds(test)),
            Self::Or(operands) => operands.iter().any(|operand| operand.holds(test)),
            Self::Test(leaf) => test(leaf),
        }
    }

    /// The expression with another one in the place of each test.
    pub(super) fn try_replace<U, E>(
        &self,
        replace: &impl Fn(&T) -> Result<Expr<U>, E>,
    ) -> Result<Expr<U>, E> {
        let replace_all = |operands: &[Self]| -> Result<Vec<Expr<U>>, E> {
            operands
                .iter()
                .map(|operand| operand.try_replace(replace))
                .collect()
        };
        Ok(match self {
            Self::And(operands) => Expr::and(replace_all(operands)?),
            Self::Or(operands) => Expr::or(replace_all(operands)?),
            Self::Test(test) => replace(test)?,
        })
    }
}

/// One question about the value that a selector selects: `$.errorCode = "AccessDenied"`.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Whose value.
    pub selector: Spanned<Selector>,
    /// What is asked.
    pub condition: Spanned<Condition>,
}

impl Test {
    /// Where the whole test stands, from the selector's `$` to the end of the condition.
    pub fn span(&self) -> Range<usize> {
        self.selector.span.start..self.condition.span.end
    }
}

/// What is asked of the selected value.
///
/// If the selector has a wildcard, at least one selected value must satisfy the condition. The exceptions:
/// [`NotEqual`](Operator::NotEqual) and [`NotExists`](Self::NotExists).
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `= "Root"`, `> 5`.
    Compare(Comparison),
    /// `IS TRUE`.
    Is(Keyword),
    /// `NOT EXISTS`: the selector selects nothing. A null exists.
    NotExists,
}

/// An operator and its right-hand side. Null, booleans, objects and arrays satisfy none.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// How to compare.
    pub operator: Spanned<Operator>,
    /// With what.
    pub operand: Spanned<Operand>,
}

/// How a value is compared.
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
    /// How the operator is written.
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

    /// Whether the operator asks which is larger, and so wants an unquoted number.
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
    /// `%...%`: searched in strings, and in the text of numbers.
    Regex(Regex),
}

/// What a value can be besides equal to something. Not case-sensitive in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// `IS NULL`: JSON `null`, or an array that has one among its own elements.
    Null,
    /// `IS TRUE`: JSON `true`; not the string.
    True,
    /// `IS FALSE`: JSON `false`; not the string.
    False,
}

impl Keyword {
    /// How the keyword is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::True => "TRUE",
            Self::False => "FALSE",
        }
    }
}

impl Test {
    /// The comparison, if the test is one.
    pub fn comparison(&self) -> Option<&Comparison> {
        match &self.condition.node {
            Condition::Compare(comparison) => Some(comparison),
            Condition::Is(_) | Condition::NotExists => None,
        }
    }

    /// The comparison and its text, if the test compares with `=` or `!=` and a text without parameters.
    pub fn equality(&self) -> Option<(&Comparison, &str)> {
        let comparison = self.comparison()?;
        match &comparison.operand.node {
            Operand::Text(text) if !comparison.operator.is_ordering() => {
                Some((comparison, text.literal()?))
            }
            _ => None,
        }
    }

    /// Whether the test is a comparison with `!=`.
    pub fn is_not_equal(&self) -> bool {
        self.comparison()
            .is_some_and(|comparison| comparison.operator.node == Operator::NotEqual)
    }
}

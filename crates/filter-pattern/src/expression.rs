//! Boolean expressions over tests.

use std::fmt;

use crate::ast::Test;

/// Tests joined by `&&` and `||`.
///
/// A parsed expression is in normal form: `And` and `Or` have at least two operands, none of their own kind. So
/// `a || (b || c)` is one `Or` of three operands.
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

    /// The tests from left to right.
    pub fn tests(&self) -> Vec<&T> {
        match self {
            Self::And(operands) | Self::Or(operands) => {
                operands.iter().flat_map(Self::tests).collect()
            }
            Self::Test(test) => vec![test],
        }
    }

    /// Replaces each test with the result of `map`, from left to right.
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

    /// Evaluates the expression with `test` for each test.
    pub fn holds(&self, test: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::And(operands) => operands.iter().all(|operand| operand.holds(test)),
            Self::Or(operands) => operands.iter().any(|operand| operand.holds(test)),
            Self::Test(leaf) => test(leaf),
        }
    }

    /// Replaces each test with an expression.
    pub(crate) fn try_replace<U, E>(
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

    /// Prints the expression with `test` for each test.
    pub(crate) fn write(
        &self,
        f: &mut fmt::Formatter<'_>,
        test: &impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
    ) -> fmt::Result {
        let (operands, operator) = match self {
            Self::Test(leaf) => return test(f, leaf),
            Self::And(operands) => (operands, " && "),
            Self::Or(operands) => (operands, " || "),
        };
        for (index, operand) in operands.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { operator })?;
            // `&&` binds tighter, and in normal form neither contains its own kind directly.
            if matches!((self, operand), (Self::And(_), Self::Or(_))) {
                f.write_str("(")?;
                operand.write(f, test)?;
                f.write_str(")")?;
            } else {
                operand.write(f, test)?;
            }
        }
        Ok(())
    }
}

//! A pattern printed.

use std::fmt;

use super::{Comparison, Condition, Expr, FilterPattern, Language, Operand, Test};

/// Prints a pattern that parses to an equal one: strings in quotes, one blank between tokens, parentheses where they are
/// needed. (The print may be longer than the source, and so longer than [`MAX_LENGTH`](super::MAX_LENGTH).)
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

impl<T> Expr<T> {
    /// Writes the expression, given how to write a test.
    pub(super) fn write(
        &self,
        f: &mut fmt::Formatter<'_>,
        test: &impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
    ) -> fmt::Result {
        let (operands, joint) = match self {
            Self::Test(leaf) => return test(f, leaf),
            Self::And(operands) => (operands, " && "),
            Self::Or(operands) => (operands, " || "),
        };
        for (place, operand) in operands.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { joint })?;
            // `&&` binds tighter, and neither stands directly within itself.
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

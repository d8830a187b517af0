//! Translation of filter patterns into query languages, to search stored records for what an alarm matches.
//!
//! [`condition`] translates the logical structure of a pattern. A [`Dialect`] translates the single tests.

pub mod logs_insights;

use cloudwatch_filter_pattern::record::Selector;
use cloudwatch_filter_pattern::{Condition, Expr, Keyword, Operand, Operator, Test};

/// A query language.
pub trait Dialect {
    /// The conjunction, with spaces around it.
    const AND: &'static str;

    /// The disjunction, with spaces around it.
    const OR: &'static str;

    /// Translates one test of a field.
    ///
    /// # Errors
    /// The language cannot express the test.
    fn test(&self, selector: &Selector, test: &ValueTest<'_>) -> Result<String, Unsupported>;
}

/// The reason why a pattern cannot be translated.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unsupported(pub String);

/// A test of the value of one field.
#[derive(Clone, Debug)]
pub enum ValueTest<'p> {
    /// `NOT EXISTS`
    Missing,
    /// `= "*"`
    Present,
    /// `IS TRUE`
    True,
    /// `IS FALSE`
    False,
    /// `IS NULL`
    Null,
    /// `<`, `<=`, `>` or `>=`, and the number as the pattern spells it.
    Ordering(Operator, &'p str),
    /// `=`
    Equal(Value<'p>),
    /// `!=`, which is false if the field is missing.
    NotEqual(Value<'p>),
}

/// The right side of `=` and `!=`.
#[derive(Clone, Debug)]
pub enum Value<'p> {
    /// A number of at most 15 digits, without leading zeros, sign or exponent.
    Number(&'p str),
    /// A text without wildcards.
    Text(&'p str),
    /// A text with wildcards: the pieces between them.
    Glob(Vec<&'p str>),
    /// A regular expression as the pattern spells it.
    Regex(&'p str),
}

/// Translates a JSON pattern. Each nested conjunction or disjunction is in parentheses.
///
/// # Errors
/// The language cannot express one of the tests, or a parameter of the pattern has no value.
pub fn condition<D: Dialect>(dialect: &D, expr: &Expr) -> Result<String, Unsupported> {
    let (operands, operator) = match expr {
        Expr::Test(test) => return dialect.test(&test.selector, &value_test(test)?),
        Expr::And(operands) => (operands, D::AND),
        Expr::Or(operands) => (operands, D::OR),
    };
    let parts = operands.iter().map(|operand| {
        let part = condition(dialect, operand)?;
        Ok(match operand {
            Expr::Test(_) => part,
            Expr::And(_) | Expr::Or(_) => format!("({part})"),
        })
    });
    Ok(parts
        .collect::<Result<Vec<_>, Unsupported>>()?
        .join(operator))
}

fn value_test(predicate: &Test) -> Result<ValueTest<'_>, Unsupported> {
    let comparison = match &predicate.condition.node {
        Condition::NotExists => return Ok(ValueTest::Missing),
        Condition::Is(Keyword::Null) => return Ok(ValueTest::Null),
        Condition::Is(Keyword::True) => return Ok(ValueTest::True),
        Condition::Is(Keyword::False) => return Ok(ValueTest::False),
        Condition::Compare(comparison) => comparison,
    };
    let operator = comparison.operator.node;
    let value = match &comparison.operand.node {
        Operand::Number(number) if operator.is_ordering() => {
            return Ok(ValueTest::Ordering(operator, number.spelling()));
        }
        Operand::Number(number) => match number.spelling() {
            number if is_plain(number) => Value::Number(number),
            spelling => Value::Text(spelling),
        },
        Operand::Regex(regex) => Value::Regex(regex.as_str()),
        Operand::Text(text) => {
            let text = text
                .literal()
                .ok_or_else(|| Unsupported("a parameter has no value".to_owned()))?;
            let is_any = !text.is_empty() && text.bytes().all(|byte| byte == b'*');
            if is_any && operator != Operator::NotEqual {
                return Ok(ValueTest::Present);
            }
            if text.contains('*') {
                Value::Glob(text.split('*').collect())
            } else {
                Value::Text(text)
            }
        }
    };
    Ok(match operator {
        Operator::NotEqual => ValueTest::NotEqual(value),
        _ => ValueTest::Equal(value),
    })
}

/// Whether the spelling is the usual one of the number, with at most 15 digits, so that a double is exact.
///
/// CloudTrail writes account IDs as strings, and `012345678901` as a number would lose its zero.
fn is_plain(spelling: &str) -> bool {
    let (integer, fraction) = spelling.split_once('.').unwrap_or((spelling, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_digits(integer)
        && is_digits(fraction)
        && (integer == "0" || !integer.starts_with('0'))
        && spelling.len() <= 15
}

//! Triggers: a record must hold at least one trigger of a pattern to match it.

use crate::ast::Operator;
use crate::compiled_test::{CompiledTest, Predicate};
use crate::expression::Expr;
use crate::frequency::Frequency;
use crate::record::Slot;

/// A value that a record can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// A string, or a number with this text.
    Text(Slot, Box<str>),
    /// Any value.
    Present(Slot),
}

/// The triggers of a pattern. A record that holds none of them does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Triggers {
    /// How often a record holds one of them.
    pub(crate) frequency: Frequency,
    pub(crate) triggers: Vec<Trigger>,
}

impl Triggers {
    /// The triggers of an expression; `None` if a record without any of its fields can match.
    pub(crate) fn new(expr: &Expr<CompiledTest>) -> Option<Self> {
        match expr {
            Expr::Test(test) => Self::of_test(test),
            // All operands must be true, so the least frequent one is enough.
            Expr::And(operands) => operands
                .iter()
                .filter_map(Self::new)
                .min_by_key(|operand| (operand.frequency, operand.triggers.len())),
            // Any operand can be the true one.
            Expr::Or(operands) => {
                let mut all = Self {
                    frequency: Frequency::Rare,
                    triggers: Vec::new(),
                };
                for operand in operands {
                    let operand = Self::new(operand)?;
                    all.frequency = all.frequency.max(operand.frequency);
                    all.triggers.extend(operand.triggers);
                }
                Some(all)
            }
        }
    }

    fn of_test(test: &CompiledTest) -> Option<Self> {
        let is_not_equal = match &test.predicate {
            Predicate::NotExists => return None,
            Predicate::Never => {
                return Some(Self {
                    frequency: Frequency::Rare,
                    triggers: Vec::new(),
                });
            }
            Predicate::OneOf {
                strings,
                negated: false,
            } => {
                let texts = strings.iter().cloned();
                return Some(Self {
                    frequency: test.text_frequency,
                    triggers: texts.map(|text| Trigger::Text(test.slot, text)).collect(),
                });
            }
            Predicate::OneOf { negated: true, .. } => true,
            Predicate::Compare(comparison) => comparison.operator.node == Operator::NotEqual,
            Predicate::Is(_) => false,
        };
        // Through a wildcard, `!=` is true for an empty container.
        let needs_value = !(is_not_equal && test.has_wildcard);
        needs_value.then(|| Self {
            frequency: test.value_frequency,
            triggers: vec![Trigger::Present(test.slot)],
        })
    }
}

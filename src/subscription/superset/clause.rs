//! Clauses: the leaves of a disjunctive normal form.

use cloudwatch_filter_pattern::record::Selector;
use cloudwatch_filter_pattern::{Comparison, Condition, Expr, Operand, Operator, Spanned, Test};

/// A disjunction of conditions on one field.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub(super) selector: Selector,
    /// At least one.
    pub(super) conditions: Vec<Condition>,
}

impl Clause {
    pub(super) fn implies(&self, other: &Self) -> bool {
        self.conditions.iter().all(|condition| {
            let condition = test(&self.selector, condition);
            let mut others = other.conditions.iter();
            others.any(|other_condition| condition.implies(&test(&other.selector, other_condition)))
        })
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.selector == other.selector
            && self.conditions.len() == other.conditions.len()
            && (self.conditions.iter()).all(|condition| other.conditions.contains(condition))
    }

    /// The disjunction of both clauses, without redundant conditions.
    pub(super) fn or(&self, other: &Self) -> Self {
        let mut conditions = self.conditions.clone();
        conditions.extend(other.conditions.iter().cloned());
        Self {
            selector: self.selector.clone(),
            conditions: widest(&self.selector, conditions),
        }
    }

    pub(super) fn to_expr(&self) -> Expr {
        let tests = self.conditions.iter();
        Expr::or(
            tests
                .map(|condition| Expr::Test(test(&self.selector, condition)))
                .collect(),
        )
    }
}

/// The conditions without those that imply another one.
pub(super) fn widest(selector: &Selector, conditions: Vec<Condition>) -> Vec<Condition> {
    let wildcard = selector.has_wildcard();
    let mut widest: Vec<Condition> = Vec::with_capacity(conditions.len());
    for condition in conditions {
        if !(widest.iter()).any(|known| condition.implies(known, wildcard)) {
            widest.retain(|known| !known.implies(&condition, wildcard));
            widest.push(condition);
        }
    }
    widest
}

pub(super) fn test(selector: &Selector, condition: &Condition) -> Test {
    Test {
        selector: Spanned::new(selector.clone(), 0..0),
        condition: Spanned::new(condition.clone(), 0..0),
    }
}

/// `= "text"`
pub(super) fn equal(text: &str) -> Condition {
    Condition::Compare(Comparison {
        operator: Spanned::new(Operator::Equal, 0..0),
        operand: Spanned::new(Operand::Text(text.into()), 0..0),
    })
}

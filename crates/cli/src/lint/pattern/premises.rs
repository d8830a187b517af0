//! The premises under which a test decides: its siblings in an `&&` are true, those in an `||` are false.

use super::identity::{ALL_OR_NONE, IDENTITIES, IDENTITY_TYPE, Identity};
use super::target::{is_within, path};
use cloudwatch_filter_pattern::record::{Selector, Step};
use cloudwatch_filter_pattern::{Condition, Expr, Test};

/// Expressions and the value that each has if the result of the pattern depends on a test.
pub(super) type Premises<'p> = [(&'p Expr, bool)];

/// Calls `each` with every test and its premises, from left to right.
pub(super) fn visit_tests<'p>(root: &'p Expr, each: &mut impl FnMut(&'p Test, &Premises<'p>)) {
    descend(root, &mut Vec::new(), each);
}

fn descend<'p>(
    expr: &'p Expr,
    premises: &mut Vec<(&'p Expr, bool)>,
    each: &mut impl FnMut(&'p Test, &Premises<'p>),
) {
    let (operands, holds) = match expr {
        Expr::Test(test) => return each(test, premises),
        Expr::And(operands) => (operands, true),
        Expr::Or(operands) => (operands, false),
    };
    let above = premises.len();
    for (index, operand) in operands.iter().enumerate() {
        let others = operands.iter().enumerate();
        let others = others.filter(|(other, _)| *other != index);
        premises.extend(others.map(|(_, sibling)| (sibling, holds)));
        descend(operand, premises, each);
        premises.truncate(above);
    }
}

/// Whether a premise implies a fact, given which of its tests imply it.
///
/// If all operands must hold, one that implies the fact is enough. If one operand suffices, every operand must imply it.
pub(super) fn implies(
    expr: &Expr,
    holds: bool,
    test_implies: &impl Fn(&Test, bool) -> bool,
) -> bool {
    match (expr, holds) {
        (Expr::Test(test), _) => test_implies(test, holds),
        (Expr::And(operands), true) | (Expr::Or(operands), false) => operands
            .iter()
            .any(|operand| implies(operand, holds, test_implies)),
        (Expr::And(operands), false) | (Expr::Or(operands), true) => operands
            .iter()
            .all(|operand| implies(operand, holds, test_implies)),
    }
}

/// The facts about calls of one type of identity, if a test fixes that type.
pub(super) fn fixed_identity(test: &Test, holds: bool) -> Option<&'static Identity> {
    // If `!=` is false, the record has this type or none.
    let (_, kind) = test
        .equality()
        .filter(|_| test.is_not_equal() != holds)
        .filter(|_| path(&test.selector).is_some_and(|path| path == IDENTITY_TYPE))?;
    IDENTITIES.iter().find(|identity| identity.kind == kind)
}

/// Whether a test implies that a record has the selector, or shows that the author considered its absence.
pub(super) fn implies_presence(test: &Test, holds: bool, selector: &Selector) -> bool {
    if test.condition.node == Condition::NotExists {
        return !holds && is_prefix(&test.selector, selector);
    }
    let Some(wanted) = path(selector) else {
        return holds && !test.is_not_equal() && test.selector.node == *selector;
    };
    if let Some(identity) = fixed_identity(test, holds)
        && identity.has.iter().any(|above| is_within(&wanted, above))
    {
        return true;
    }
    // Another `!=` of the same field has the same problem.
    if !holds || test.is_not_equal() {
        return false;
    }
    let together = |path: &str| ALL_OR_NONE.iter().find(|above| is_within(path, above));
    let compared = path(&test.selector);
    is_prefix(selector, &test.selector)
        || compared
            .is_some_and(|path| together(&path).is_some() && together(&path) == together(&wanted))
}

/// Whether `above` selects the same as `below`, or a parent of it.
pub(super) fn is_prefix(above: &Selector, below: &Selector) -> bool {
    below.steps().starts_with(above.steps())
}

/// The part of a selector that a record must have for `!=` to be true.
pub(super) fn required_prefix(selector: &Selector) -> Option<Selector> {
    let steps = selector.steps();
    let wildcard = steps.iter().position(|step| *step == Step::Any);
    let steps = steps.get(..wildcard.unwrap_or(steps.len()))?;
    (!steps.is_empty()).then(|| Selector::new(steps.to_vec()))
}

//! What is known where a test decides: its neighbours in an `&&` are true, those in an `||` are false.

use super::identity::{ALL_OR_NONE, IDENTITIES, IDENTITY_TYPE, Identity};
use super::target::{is_within, path};
use cloudwatch_filter_pattern::record::{Selector, Step};
use cloudwatch_filter_pattern::{Condition, Expr, Test};

/// Expressions on the way from the root to a test, and what they are where it matters what the test is.
pub(super) type Known<'p> = [(&'p Expr, bool)];

/// Calls `each` with every test and what is known there, from left to right.
pub(super) fn visit<'p>(root: &'p Expr, each: &mut impl FnMut(&'p Test, &Known<'p>)) {
    descend(root, &mut Vec::new(), each);
}

fn descend<'p>(
    expr: &'p Expr,
    known: &mut Vec<(&'p Expr, bool)>,
    each: &mut impl FnMut(&'p Test, &Known<'p>),
) {
    let (operands, holds) = match expr {
        Expr::Test(test) => return each(test, known),
        Expr::And(operands) => (operands, true),
        Expr::Or(operands) => (operands, false),
    };
    let above = known.len();
    for (place, operand) in operands.iter().enumerate() {
        let others = operands.iter().enumerate();
        let others = others.filter(|(other, _)| *other != place);
        known.extend(others.map(|(_, sibling)| (sibling, holds)));
        descend(operand, known, each);
        known.truncate(above);
    }
}

/// Whether one of the tests tells something, where an expression is known to be true or false.
///
/// Of what must all be so one teller is enough; of what can be so in several ways, every way must tell.
pub(super) fn tells(expr: &Expr, holds: bool, teller: &impl Fn(&Test, bool) -> bool) -> bool {
    match (expr, holds) {
        (Expr::Test(test), _) => teller(test, holds),
        (Expr::And(operands), true) | (Expr::Or(operands), false) => {
            operands.iter().any(|operand| tells(operand, holds, teller))
        }
        (Expr::And(operands), false) | (Expr::Or(operands), true) => {
            operands.iter().all(|operand| tells(operand, holds, teller))
        }
    }
}

/// What is known of a call by the type of its identity, if a test pins that down.
pub(super) fn identity(test: &Test, holds: bool) -> Option<&'static Identity> {
    // Where `!=` is false the type is this one, or there is none.
    let (_, kind) = test
        .equality()
        .filter(|_| test.is_not_equal() != holds)
        .filter(|_| path(&test.selector).is_some_and(|path| path == IDENTITY_TYPE))?;
    IDENTITIES.iter().find(|identity| identity.kind == kind)
}

/// Whether a test tells that the selector selects something, or that whoever wrote it has thought of that.
pub(super) fn tells_presence(test: &Test, holds: bool, selector: &Selector) -> bool {
    if test.condition.node == Condition::NotExists {
        return !holds && is_prefix(&test.selector, selector);
    }
    let Some(wanted) = path(selector) else {
        return holds && !test.is_not_equal() && test.selector.node == *selector;
    };
    if let Some(identity) = identity(test, holds)
        && identity.has.iter().any(|above| is_within(&wanted, above))
    {
        return true;
    }
    // Another `!=` of the same field is in the same trap.
    if !holds || test.is_not_equal() {
        return false;
    }
    let together = |path: &str| ALL_OR_NONE.iter().find(|above| is_within(path, above));
    let compared = path(&test.selector);
    is_prefix(selector, &test.selector)
        || compared
            .is_some_and(|path| together(&path).is_some() && together(&path) == together(&wanted))
}

/// Whether the one selector leads to the other, or above it.
pub(super) fn is_prefix(above: &Selector, below: &Selector) -> bool {
    below.steps().starts_with(above.steps())
}

/// The part of a selector that must be there for `!=` to be true.
pub(super) fn needed(selector: &Selector) -> Option<Selector> {
    let steps = selector.steps();
    let needed = steps.iter().position(|step| *step == Step::Any);
    let steps = steps.get(..needed.unwrap_or(steps.len()))?;
    (!steps.is_empty()).then(|| Selector::new(steps.to_vec()))
}

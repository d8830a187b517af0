//! `&&` and `||` side by side, without parentheses that tell which comes first.

use super::super::{Condition, Expr, Operator, Test};
use super::alternatives::conjoin;
use super::layout::Edit;
use super::schema::{Shape, Target, target};
use super::{Code, Finding, Subject, Suggestion};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    descend(subject.root, subject, findings);
}

fn descend(expr: &Expr, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let (Expr::And(operands) | Expr::Or(operands)) = expr else {
        return;
    };
    let is_bare = |operand: &&Expr| {
        matches!(operand, Expr::And(_)) && !subject.layout.is_parenthesised(operand)
    };
    if matches!(expr, Expr::Or(_))
        && let Some(first) = operands.iter().find(is_bare)
    {
        let edits = operands.iter().filter(is_bare);
        let edits = edits.flat_map(|operand| Edit::parentheses(&subject.layout.outer(operand)));
        findings.push(Finding {
            code: Code::MixedOperators,
            span: subject.layout.outer(first),
            message: "`&&` binds tighter than `||`: these clauses are one alternative, \
                      and say nothing about the others; write the parentheses that are meant"
                .to_owned(),
            suggestion: exclusions_for_all(expr, operands, subject)
                .or_else(|| subject.edit(edits.collect(), subject.root)),
        });
    }
    for operand in operands {
        descend(operand, subject, findings);
    }
}

/// `$.a = x || $.a = y && $.b != z`: alternatives for one field, and behind them what is excluded, surely for all of them.
fn exclusions_for_all(
    or: &Expr,
    operands: &[Expr],
    subject: &Subject<'_>,
) -> Option<Suggestion> {
    let (Expr::And(last), earlier) = operands.split_last()? else {
        return None;
    };
    let (chosen, excluded) = last.split_first()?;
    let alternatives: Vec<&Expr> = earlier.iter().chain([chosen]).collect();
    let [Expr::Test(first), ..] = alternatives[..] else {
        return None;
    };
    let is_alternative = |expr: &&Expr| {
        let Expr::Test(test) = expr else { return false };
        let is_equal = test
            .comparison()
            .is_some_and(|comparison| comparison.operator.node == Operator::Equal);
        is_equal && test.selector.node == first.selector.node
    };
    let is_exclusion = |expr: &Expr| expr.tests().into_iter().all(excludes);
    if !alternatives.iter().all(|expr| is_alternative(expr)) || !excluded.iter().all(is_exclusion) {
        return None;
    }
    let layout = &subject.layout;
    let mut edits: Vec<Edit> =
        Edit::parentheses(&(layout.outer(earlier.first()?).start..layout.outer(chosen).end)).into();
    edits.extend(conjoin(excluded, subject)?);
    let mut meant = excluded.to_vec();
    meant.insert(
        0,
        Expr::or(alternatives.into_iter().cloned().collect()),
    );
    // Only where the `||` is the whole pattern is it sure that nothing else is joined with it.
    std::ptr::eq(or, subject.root)
        .then(|| subject.edit(edits, &Expr::and(meant)))
        .flatten()
}

/// Whether a test excludes records by a field that has nothing to do with which API was called.
fn excludes(test: &Test) -> bool {
    let negative = test.is_not_equal() || test.condition.node == Condition::NotExists;
    let is_common = match target(test.selector.steps()) {
        Target::Field { field, .. } => {
            matches!(field.shape, Shape::Text | Shape::Boolean)
                && !is_open(test)
        }
        _ => false,
    };
    negative && is_common
}

/// Whether the selector leads into what depends on the API.
fn is_open(test: &Test) -> bool {
    let first = test.selector.steps().get(..1).unwrap_or_default();
    matches!(
        target(first),
        Target::Field { field, .. } if matches!(field.shape, Shape::Open(_))
    )
}

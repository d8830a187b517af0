//! Rule: `&&` and `||` next to each other without parentheses.

use super::code::Code;
use super::finding::{Edit, Finding, Suggestion};
use super::json_pattern::JsonPattern;
use super::schema::Shape;
use super::target::{Target, target};
use cloudwatch_filter_pattern::{Condition, Expr, Operator, Test};

pub(super) fn check(pattern: &JsonPattern<'_>, findings: &mut Vec<Finding>) {
    descend(pattern.root, pattern, findings);
}

fn descend(expr: &Expr, pattern: &JsonPattern<'_>, findings: &mut Vec<Finding>) {
    let (Expr::And(operands) | Expr::Or(operands)) = expr else {
        return;
    };
    let is_bare = |operand: &&Expr| {
        matches!(operand, Expr::And(_)) && !pattern.layout.is_parenthesized(operand)
    };
    if matches!(expr, Expr::Or(_))
        && let Some(first) = operands.iter().find(is_bare)
    {
        findings.push(Finding {
            code: Code::MixedOperators,
            span: pattern.layout.outer(first),
            message: "`&&` binds tighter than `||`: these clauses are one alternative, \
                      and say nothing about the others; write the parentheses that are meant"
                .to_owned(),
            suggestion: (exclusions_for_all(operands, pattern))
                .or_else(|| service_of_all(operands, pattern))
                // Unless the `||` is the whole pattern, other operands may belong to the group.
                .filter(|_| std::ptr::eq(expr, pattern.root)),
        });
    }
    for operand in operands {
        descend(operand, pattern, findings);
    }
}

/// `$.a = x || $.a = y && $.b != z`: values of one field, then exclusions that are meant for all of them.
fn exclusions_for_all(operands: &[Expr], pattern: &JsonPattern<'_>) -> Option<Suggestion> {
    let (Expr::And(last), earlier) = operands.split_last()? else {
        return None;
    };
    let (chosen, excluded) = last.split_first()?;
    let values: Vec<&Expr> = earlier.iter().chain([chosen]).collect();
    let is_exclusion = |expr: &Expr| expr.tests().into_iter().all(excludes);
    if !are_values_of_one_field(&values) || !excluded.iter().all(is_exclusion) {
        return None;
    }
    let mut meant = excluded.to_vec();
    meant.insert(0, either(&values));
    group(&values, meant, pattern)
}

/// `$.eventSource = x && $.a = y || $.a = z`: the service, then values of one field that all belong to it.
fn service_of_all(operands: &[Expr], pattern: &JsonPattern<'_>) -> Option<Suggestion> {
    let (Expr::And(first), later) = operands.split_first()? else {
        return None;
    };
    let (chosen, service) = first.split_last()?;
    let values: Vec<&Expr> = [chosen].into_iter().chain(later).collect();
    let [Expr::Test(test)] = service else {
        return None;
    };
    let is_service = is_equal(test) && pattern.selector(test) == "$.eventSource";
    if !are_values_of_one_field(&values) || !is_service {
        return None;
    }
    let mut meant = service.to_vec();
    meant.push(either(&values));
    group(&values, meant, pattern)
}

fn are_values_of_one_field(alternatives: &[&Expr]) -> bool {
    let selector = |expr: &&Expr| match expr {
        Expr::Test(test) if is_equal(test) => Some(test.selector.node.clone()),
        _ => None,
    };
    let first = alternatives.first().and_then(selector);
    first.is_some() && alternatives.iter().all(|expr| selector(expr) == first)
}

fn either(alternatives: &[&Expr]) -> Expr {
    Expr::or(alternatives.iter().map(|&expr| expr.clone()).collect())
}

/// Puts the alternatives in parentheses if the pattern is then parsed as the operands `meant`.
fn group(
    alternatives: &[&Expr],
    meant: Vec<Expr>,
    pattern: &JsonPattern<'_>,
) -> Option<Suggestion> {
    let outer = |expr| pattern.layout.outer(expr);
    let span = outer(alternatives.first()?).start..outer(alternatives.last()?).end;
    pattern.rewrite(Edit::parentheses(&span).into(), &Expr::and(meant))
}

fn is_equal(test: &Test) -> bool {
    test.comparison()
        .is_some_and(|comparison| comparison.operator.node == Operator::Equal)
}

/// Whether a test excludes records by a field that does not depend on the API.
fn excludes(test: &Test) -> bool {
    let negative = test.is_not_equal() || test.condition.node == Condition::NotExists;
    let is_common = match target(test.selector.steps()) {
        Target::Field { field, .. } => {
            matches!(field.shape, Shape::Text | Shape::Boolean) && !is_open(test)
        }
        _ => false,
    };
    negative && is_common
}

/// Whether the selector is below a field that depends on the API.
fn is_open(test: &Test) -> bool {
    let first = test.selector.steps().get(..1).unwrap_or_default();
    matches!(
        target(first),
        Target::Field { field, .. } if matches!(field.shape, Shape::Open(_))
    )
}

//! `&&` and `||` side by side, without parentheses that tell which comes first.

use super::schema::Shape;
use super::target::{Target, target};
use super::{Code, Edit, Finding, Subject, Suggestion};
use cloudwatch_filter_pattern::{Condition, Expr, Operator, Test};

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
        findings.push(Finding {
            code: Code::MixedOperators,
            span: subject.layout.outer(first),
            message: "`&&` binds tighter than `||`: these clauses are one alternative, \
                      and say nothing about the others; write the parentheses that are meant"
                .to_owned(),
            suggestion: (exclusions_for_all(operands, subject))
                .or_else(|| service_of_all(operands, subject))
                // Only where the `||` is the whole pattern is it sure that nothing else is joined with it.
                .filter(|_| std::ptr::eq(expr, subject.root)),
        });
    }
    for operand in operands {
        descend(operand, subject, findings);
    }
}

/// `$.a = x || $.a = y && $.b != z`: values of one field, and what is excluded behind them, surely for all of them.
fn exclusions_for_all(operands: &[Expr], subject: &Subject<'_>) -> Option<Suggestion> {
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
    group(&values, meant, subject)
}

/// `$.eventSource = x && $.a = y || $.a = z`: values of one field, and before them the service, surely of all of them.
fn service_of_all(operands: &[Expr], subject: &Subject<'_>) -> Option<Suggestion> {
    let (Expr::And(first), later) = operands.split_first()? else {
        return None;
    };
    let (chosen, service) = first.split_last()?;
    let values: Vec<&Expr> = [chosen].into_iter().chain(later).collect();
    let [Expr::Test(test)] = service else {
        return None;
    };
    let is_service = is_equal(test) && subject.selector(test) == "$.eventSource";
    if !are_values_of_one_field(&values) || !is_service {
        return None;
    }
    let mut meant = service.to_vec();
    meant.push(either(&values));
    group(&values, meant, subject)
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

/// Parentheses round the alternatives, if the pattern then says what is meant.
fn group(alternatives: &[&Expr], meant: Vec<Expr>, subject: &Subject<'_>) -> Option<Suggestion> {
    let outer = |expr| subject.layout.outer(expr);
    let span = outer(alternatives.first()?).start..outer(alternatives.last()?).end;
    subject.rewrite(Edit::parentheses(&span).into(), &Expr::and(meant))
}

fn is_equal(test: &Test) -> bool {
    test.comparison()
        .is_some_and(|comparison| comparison.operator.node == Operator::Equal)
}

/// Whether a test excludes records by a field that has nothing to do with which API was called.
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

/// Whether the selector leads into what depends on the API.
fn is_open(test: &Test) -> bool {
    let first = test.selector.steps().get(..1).unwrap_or_default();
    matches!(
        target(first),
        Target::Field { field, .. } if matches!(field.shape, Shape::Open(_))
    )
}

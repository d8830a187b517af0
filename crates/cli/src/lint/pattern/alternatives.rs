//! Rule: `!=` among the alternatives of an `||`, which excludes almost nothing.

use super::code::Code;
use super::contradiction::are_disjoint_as_written;
use super::finding::{Edit, Finding, Suggestion};
use super::json_pattern::JsonPattern;
use super::premises::required_prefix;
use super::schema::{Field, Presence, Shape};
use super::target::{Target, target};
use cloudwatch_filter_pattern::{Condition, Expr, Operand, Test, glob};

pub(super) fn check(pattern: &JsonPattern<'_>, findings: &mut Vec<Finding>) {
    let before = findings.len();
    descend(pattern.root, pattern, findings);
    // The first finding includes the second.
    if findings.len() == before {
        findings.extend(nearly_everything(pattern));
    }
}

fn descend(expr: &Expr, pattern: &JsonPattern<'_>, findings: &mut Vec<Finding>) {
    let (Expr::And(operands) | Expr::Or(operands)) = expr else {
        return;
    };
    if matches!(expr, Expr::Or(_)) {
        findings.extend(exclusions_of_one_field(expr, operands, pattern));
    }
    for operand in operands {
        descend(operand, pattern, findings);
    }
}

/// `$.a != x || $.a != y`
fn exclusions_of_one_field(
    or: &Expr,
    operands: &[Expr],
    pattern: &JsonPattern<'_>,
) -> Option<Finding> {
    let excludes = |operand: &&Expr| matches!(operand, Expr::Test(test) if test.is_not_equal() && !test.selector.has_wildcard());
    let exclusions: Vec<&Test> = (operands.iter().filter(excludes))
        .flat_map(Expr::tests)
        .collect();
    let pairs = exclusions.iter().enumerate().flat_map(|(index, first)| {
        exclusions[index + 1..]
            .iter()
            .map(move |second| (first, second))
    });
    let of_one_field = pairs.filter(|(first, second)| first.selector.node == second.selector.node);
    let (first, second, overlap) = of_one_field
        .filter_map(|(first, second)| Some((first, second, overlap(first, second)?)))
        // Report the stronger statement.
        .min_by_key(|(_, _, overlap)| *overlap != Overlap::None)?;
    let field = pattern.selector(first);
    let message = match overlap {
        Overlap::None => format!(
            "`||` between `!=` of one field: every record that has `{field}` matches; \
             join exclusions with `&&`"
        ),
        Overlap::Within => format!(
            "`||` between `!=` of one field: only the value of `{field}` that the others include is excluded; \
             join exclusions with `&&`"
        ),
    };
    let suggestion = (exclusions.len() == operands.len())
        .then(|| pattern.rewrite(conjoin(operands, pattern)?, &with_and(pattern.root, or)))
        .flatten();
    Some(Finding {
        code: Code::AlwaysTrue,
        span: first.span().start..second.span().end,
        message,
        suggestion,
    })
}

/// How the values that two tests exclude relate.
#[derive(Clone, Copy, PartialEq)]
enum Overlap {
    /// No value is excluded by both.
    None,
    /// One test excludes all values that the other excludes.
    Within,
}

fn overlap(first: &Test, second: &Test) -> Option<Overlap> {
    let (a, b) = (first.comparison()?, second.comparison()?);
    if a.operand == b.operand {
        // A repetition.
        return None;
    }
    if let (Operand::Text(a), Operand::Text(b)) = (&a.operand.node, &b.operand.node)
        && let (Some(a), Some(b)) = (a.literal(), b.literal())
        && (glob::matches(a, b) || glob::matches(b, a))
    {
        return Some(Overlap::Within);
    }
    are_disjoint_as_written(&a.operand, &b.operand).then_some(Overlap::None)
}

/// `$.a = x || $.b != y`, as the whole pattern.
fn nearly_everything(pattern: &JsonPattern<'_>) -> Option<Finding> {
    let Expr::Or(operands) = pattern.root else {
        return None;
    };
    let (broad, rest): (Vec<&Expr>, Vec<&Expr>) =
        operands.iter().partition(|operand| is_broad(operand));
    let first = *broad.first()?;
    let is_guard = |operand: &&Expr| matches!(operand, Expr::Test(test) if test.condition.node == Condition::NotExists);
    // A repetition is one exclusion, as with `&&`.
    let is_one = broad.iter().all(|&other| other == first);
    if is_one && rest.iter().all(is_guard) {
        return None;
    }
    let span = match first {
        Expr::Test(test) => test.span(),
        Expr::And(_) | Expr::Or(_) => pattern.layout.outer(first),
    };
    let message = format!(
        "nearly every record matches: `{}` is true of all but a few, regardless of the other alternatives; \
         join exclusions with `&&`",
        pattern.text(span.clone())
    );
    Some(Finding {
        code: Code::AlwaysTrue,
        span,
        message,
        suggestion: exclude(operands, rest.len(), pattern),
    })
}

/// Whether all tests are `!=` on fields that every record has.
fn is_broad(expr: &Expr) -> bool {
    expr.tests().into_iter().all(|test| {
        let excludes =
            test.is_not_equal() && test.equality().is_none_or(|(_, text)| !glob::is_any(text));
        let field = required_prefix(&test.selector).filter(|_| excludes);
        field.is_some_and(|field| {
            matches!(
                target(field.steps()),
                // `!=` is never true of a boolean.
                Target::Field {
                    presence: Presence::Always,
                    field: Field {
                        shape: Shape::Text,
                        ..
                    },
                }
            )
        })
    })
}

/// Joins the exclusions with `&&`, and the alternatives before them as one more operand.
fn exclude(
    operands: &[Expr],
    alternatives: usize,
    pattern: &JsonPattern<'_>,
) -> Option<Suggestion> {
    let (wanted, excluded) = operands.split_at(alternatives);
    if !excluded.iter().all(is_broad) {
        return None;
    }
    let mut edits = Vec::new();
    if let [first, .., last] = wanted {
        let span = pattern.layout.outer(first).start..pattern.layout.outer(last).end;
        edits.extend(Edit::parentheses(&span));
    }
    let from = wanted.len().saturating_sub(1);
    edits.extend(conjoin(&operands[from..], pattern)?);
    let mut meant = excluded.to_vec();
    if !wanted.is_empty() {
        meant.insert(0, Expr::or(wanted.to_vec()));
    }
    pattern.rewrite(edits, &Expr::and(meant))
}

/// Replaces each `||` between these operands by `&&`.
fn conjoin(operands: &[Expr], pattern: &JsonPattern<'_>) -> Option<Vec<Edit>> {
    operands
        .windows(2)
        .map(|pair| {
            let operator = pattern.layout.operator(&pair[0], &pair[1])?;
            Some(Edit::new(operator, "&&"))
        })
        .collect()
}

/// The expression with one `||` replaced by `&&`.
fn with_and(expr: &Expr, or: &Expr) -> Expr {
    match expr {
        Expr::Or(operands) if std::ptr::eq(expr, or) => Expr::and(operands.clone()),
        Expr::Or(operands) => Expr::or(operands.iter().map(|one| with_and(one, or)).collect()),
        Expr::And(operands) => Expr::and(operands.iter().map(|one| with_and(one, or)).collect()),
        Expr::Test(test) => Expr::Test(test.clone()),
    }
}

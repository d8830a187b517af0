//! `!=` among the alternatives of an `||`: what was to be excluded is excluded by none of them.

use super::contradiction::are_disjoint_as_written;
use super::known::needed;
use super::schema::{Field, Presence, Shape};
use super::target::{Target, target};
use super::{Code, Edit, Finding, Subject, Suggestion};
use cloudwatch_filter_pattern::{Condition, Expr, Operand, Test, glob};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let before = findings.len();
    descend(subject.root, subject, findings);
    // A pattern that excludes nothing of one field need not be told that it excludes nothing.
    if findings.len() == before {
        findings.extend(nearly_everything(subject));
    }
}

fn descend(expr: &Expr, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let (Expr::And(operands) | Expr::Or(operands)) = expr else {
        return;
    };
    if matches!(expr, Expr::Or(_)) {
        findings.extend(exclusions_of_one_field(expr, operands, subject));
    }
    for operand in operands {
        descend(operand, subject, findings);
    }
}

/// `$.a != x || $.a != y`
fn exclusions_of_one_field(or: &Expr, operands: &[Expr], subject: &Subject<'_>) -> Option<Finding> {
    let excludes = |operand: &&Expr| matches!(operand, Expr::Test(test) if test.is_not_equal() && !test.selector.has_wildcard());
    let exclusions: Vec<&Test> = (operands.iter().filter(excludes))
        .flat_map(Expr::tests)
        .collect();
    let pairs = exclusions.iter().enumerate().flat_map(|(place, first)| {
        exclusions[place + 1..]
            .iter()
            .map(move |second| (first, second))
    });
    let of_one_field = pairs.filter(|(first, second)| first.selector.node == second.selector.node);
    let (first, second, overlap) = of_one_field
        .filter_map(|(first, second)| Some((first, second, overlap(first, second)?)))
        // The stronger statement counts.
        .min_by_key(|(_, _, overlap)| *overlap != Overlap::None)?;
    let field = subject.selector(first);
    let message = match overlap {
        Overlap::None => format!(
            "`||` between `!=` of one field: no `{field}` is equal to both values, so each one matches; \
             exclusions are joined with `&&`"
        ),
        Overlap::Within => format!(
            "`||` between `!=` of one field: only the value of `{field}` that the others include is excluded; \
             exclusions are joined with `&&`"
        ),
    };
    let suggestion = (exclusions.len() == operands.len())
        .then(|| subject.rewrite(conjoin(operands, subject)?, &replaced(subject.root, or)))
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
    /// All that the one excludes is excluded by the other too.
    Within,
}

fn overlap(first: &Test, second: &Test) -> Option<Overlap> {
    let (a, b) = (first.comparison()?, second.comparison()?);
    if a.operand == b.operand {
        // The same said twice.
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
fn nearly_everything(subject: &Subject<'_>) -> Option<Finding> {
    let Expr::Or(operands) = subject.root else {
        return None;
    };
    let (broad, rest): (Vec<&Expr>, Vec<&Expr>) =
        operands.iter().partition(|operand| is_broad(operand));
    let first = *broad.first()?;
    let is_guard = |operand: &&Expr| matches!(operand, Expr::Test(test) if test.condition.node == Condition::NotExists);
    // The same said twice is one exclusion, as it would be with `&&`.
    let is_one = broad.iter().all(|&other| other == first);
    if is_one && rest.iter().all(is_guard) {
        return None;
    }
    let span = match first {
        Expr::Test(test) => test.span(),
        Expr::And(_) | Expr::Or(_) => subject.layout.outer(first),
    };
    let message = format!(
        "nearly every record matches: `{}` is true of all but a few, whatever the other alternatives say; \
         exclusions are joined with `&&`",
        subject.text(span.clone())
    );
    Some(Finding {
        code: Code::AlwaysTrue,
        span,
        message,
        suggestion: exclude(operands, rest.len(), subject),
    })
}

/// Whether nothing is asked but that fields which every record has are not equal to something.
fn is_broad(expr: &Expr) -> bool {
    expr.tests().into_iter().all(|test| {
        let excludes =
            test.is_not_equal() && test.equality().is_none_or(|(_, text)| !glob::is_any(text));
        let field = needed(&test.selector).filter(|_| excludes);
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

/// The alternatives before the first exclusion as one operand of `&&`, the exclusions as the others.
fn exclude(operands: &[Expr], alternatives: usize, subject: &Subject<'_>) -> Option<Suggestion> {
    let (wanted, excluded) = operands.split_at(alternatives);
    if !excluded.iter().all(is_broad) {
        return None;
    }
    let mut edits = Vec::new();
    if let [first, .., last] = wanted {
        let span = subject.layout.outer(first).start..subject.layout.outer(last).end;
        edits.extend(Edit::parentheses(&span));
    }
    let from = wanted.len().saturating_sub(1);
    edits.extend(conjoin(&operands[from..], subject)?);
    let mut meant = excluded.to_vec();
    if !wanted.is_empty() {
        meant.insert(0, Expr::or(wanted.to_vec()));
    }
    subject.rewrite(edits, &Expr::and(meant))
}

/// `&&` in the place of each `||` between these operands.
fn conjoin(operands: &[Expr], subject: &Subject<'_>) -> Option<Vec<Edit>> {
    operands
        .windows(2)
        .map(|pair| {
            let joint = subject.layout.joint(&pair[0], &pair[1])?;
            Some(Edit::new(joint, "&&"))
        })
        .collect()
}

/// The expression with `&&` in the place of one `||`.
fn replaced(expr: &Expr, or: &Expr) -> Expr {
    match expr {
        Expr::Or(operands) if std::ptr::eq(expr, or) => Expr::and(operands.clone()),
        Expr::Or(operands) => Expr::or(operands.iter().map(|one| replaced(one, or)).collect()),
        Expr::And(operands) => Expr::and(operands.iter().map(|one| replaced(one, or)).collect()),
        Expr::Test(test) => Expr::Test(test.clone()),
    }
}

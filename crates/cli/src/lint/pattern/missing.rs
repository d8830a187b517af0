//! `!=` on a field that not every record has: there it is false, as every comparison is.

use super::known::{Known, needed, tells, tells_presence, visit};
use super::schema::Presence;
use super::target::{Target, target};
use super::{Code, Edit, Finding, Subject};
use cloudwatch_filter_pattern::record::Selector;
use cloudwatch_filter_pattern::{Expr, Test, glob};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    visit(subject.root, &mut |test, known| {
        let Some(field) = trap(test, known) else {
            return;
        };
        let message = format!(
            "`!=` is false where `{field}` is missing, as it is in some records; let those through with `NOT EXISTS`"
        );
        let span = test.span();
        let expr = Expr::Test(test.clone());
        let stands_alone = subject.layout.is_parenthesised(&expr) || is_alternative(subject, test);
        let mut edits = vec![Edit::new(
            span.start..span.start,
            &format!("{field} NOT EXISTS || "),
        )];
        if !stands_alone {
            edits.insert(0, Edit::new(span.start..span.start, "("));
            edits.push(Edit::new(span.end..span.end, ")"));
        }
        findings.push(Finding {
            code: Code::MissingField,
            span,
            message,
            suggestion: subject.edit(edits),
        });
    });
}

/// What may be missing although nothing around the test says so.
fn trap(test: &Test, known: &Known<'_>) -> Option<Selector> {
    // `!= "*"` is never true; that is another finding.
    let is_asked =
        test.is_not_equal() && test.equality().is_none_or(|(_, text)| !glob::is_any(text));
    let field = needed(&test.selector).filter(|_| is_asked)?;
    let Target::Field {
        presence: Presence::Sometimes,
        ..
    } = target(field.steps())
    else {
        return None;
    };
    let is_told = |(expr, holds): &(&Expr, bool)| {
        tells(expr, *holds, &|test, holds| {
            tells_presence(test, holds, &field)
        })
    };
    (!known.iter().any(is_told)).then_some(field)
}

/// Whether the test is an operand of `||`, or the whole pattern.
fn is_alternative(subject: &Subject<'_>, test: &Test) -> bool {
    fn parent_of<'p>(expr: &'p Expr, test: &Test) -> Option<&'p Expr> {
        let (Expr::And(operands) | Expr::Or(operands)) = expr else {
            return None;
        };
        let is_here =
            |operand: &Expr| matches!(operand, Expr::Test(found) if found.span() == test.span());
        if operands.iter().any(is_here) {
            return Some(expr);
        }
        operands.iter().find_map(|operand| parent_of(operand, test))
    }
    !matches!(parent_of(subject.root, test), Some(Expr::And(_)))
}

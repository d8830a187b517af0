//! Rule: `!=` on a field that some records do not have. If the field is missing, every comparison is false.

use super::code::Code;
use super::finding::{Edit, Finding};
use super::json_pattern::JsonPattern;
use super::premises::{Premises, implies, implies_presence, required_prefix, visit_tests};
use super::schema::Presence;
use super::target::{Target, target};
use cloudwatch_filter_pattern::record::Selector;
use cloudwatch_filter_pattern::{Expr, Test, glob};

pub(super) fn check(pattern: &JsonPattern<'_>, findings: &mut Vec<Finding>) {
    visit_tests(pattern.root, &mut |test, premises| {
        let Some(field) = possibly_missing(test, premises) else {
            return;
        };
        let message = format!(
            "`!=` is false if `{field}` is missing, as in some records; add `NOT EXISTS` to include them"
        );
        let span = test.span();
        let expr = Expr::Test(test.clone());
        let needs_no_parentheses =
            pattern.layout.is_parenthesized(&expr) || is_alternative(pattern, test);
        let mut edits = vec![Edit::new(
            span.start..span.start,
            &format!("{field} NOT EXISTS || "),
        )];
        if !needs_no_parentheses {
            edits.insert(0, Edit::new(span.start..span.start, "("));
            edits.push(Edit::new(span.end..span.end, ")"));
        }
        findings.push(Finding {
            code: Code::MissingField,
            span,
            message,
            suggestion: pattern.edit(edits),
        });
    });
}

/// The field of a `!=` if it may be missing and no premise considers that.
fn possibly_missing(test: &Test, premises: &Premises<'_>) -> Option<Selector> {
    // `!= "*"` is never true, which is another finding.
    let is_relevant =
        test.is_not_equal() && test.equality().is_none_or(|(_, text)| !glob::is_any(text));
    let field = required_prefix(&test.selector).filter(|_| is_relevant)?;
    let Target::Field {
        presence: Presence::Sometimes,
        ..
    } = target(field.steps())
    else {
        return None;
    };
    let is_considered = |(expr, holds): &(&Expr, bool)| {
        implies(expr, *holds, &|test, holds| {
            implies_presence(test, holds, &field)
        })
    };
    (!premises.iter().any(is_considered)).then_some(field)
}

/// Whether the test is an operand of `||`, or the whole pattern.
fn is_alternative(pattern: &JsonPattern<'_>, test: &Test) -> bool {
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
    !matches!(parent_of(pattern.root, test), Some(Expr::And(_)))
}

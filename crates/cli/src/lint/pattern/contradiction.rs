//! Tests that can never be true, by themselves or together with what must be true beside them.

use std::cmp::Ordering;

use super::known::{identity, is_prefix, visit};
use super::target::{is_within, path};
use super::{Code, Finding, Subject};
use cloudwatch_filter_pattern::{
    Comparison, Condition, Expr, Number, Operand, Operator, Test, glob,
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    visit(subject.root, &mut |test, known| {
        if let Some(finding) = never(test, subject) {
            findings.push(finding);
            return;
        }
        let beside = known.iter().filter(|(_, holds)| *holds);
        let witness = beside
            .filter_map(|(expr, _)| excluding(expr, test))
            // Of two tests that exclude each other the second is told.
            .find(|witness| witness.span().start < test.span().start);
        if let Some(witness) = witness {
            findings.push(Finding {
                code: Code::NeverMatches,
                span: test.span(),
                message: format!(
                    "never true together with `{}`",
                    subject.text(witness.span())
                ),
                suggestion: None,
            });
        }
    });
}

/// `!= "*"`: every text and every number matches `*`.
fn never(test: &Test, subject: &Subject<'_>) -> Option<Finding> {
    let (_, value) = test.equality().filter(|_| test.is_not_equal())?;
    (glob::is_any(value) && !test.selector.has_wildcard()).then(|| Finding {
        code: Code::NeverMatches,
        span: test.span(),
        message: format!(
            "never true: every text matches `*`; that `{}` is missing is asked with `NOT EXISTS`",
            subject.selector(test)
        ),
        suggestion: subject.replace(test.condition.span.clone(), "NOT EXISTS"),
    })
}

/// A test that keeps `test` from being true if the expression is true.
///
/// In an `||` all alternatives must do so; the last one is the witness.
fn excluding<'p>(expr: &'p Expr, test: &Test) -> Option<&'p Test> {
    match expr {
        Expr::Test(beside) => exclude_each_other(beside, test).then_some(beside),
        Expr::And(operands) => operands.iter().find_map(|operand| excluding(operand, test)),
        Expr::Or(operands) => {
            let witnesses: Option<Vec<_>> = operands
                .iter()
                .map(|operand| excluding(operand, test))
                .collect();
            witnesses?.last().copied()
        }
    }
}

fn exclude_each_other(a: &Test, b: &Test) -> bool {
    lacks(a, b) || lacks(b, a) || is_missing(a, b) || is_missing(b, a) || {
        let one_value = a.selector.node == b.selector.node && !a.selector.has_wildcard();
        one_value && have_no_common_value(&a.condition, &b.condition)
    }
}

/// Whether the one test pins the type of the identity, and the other asks for what that type never has.
fn lacks(a: &Test, b: &Test) -> bool {
    let asks = b.condition.node != Condition::NotExists;
    asks && identity(a, true)
        .zip(path(&b.selector))
        .is_some_and(|(identity, path)| identity.lacks.iter().any(|above| is_within(&path, above)))
}

/// Whether the one test says that something is missing, and the other asks for it, or for something below it.
///
/// `!=` behind a wildcard asks only for the container: `$.a[*] NOT EXISTS` and `$.a[*] != 1` both hold of `[]`.
fn is_missing(a: &Test, b: &Test) -> bool {
    let needs_a_value = !(b.is_not_equal() && b.selector.has_wildcard());
    (needs_a_value || !a.selector.has_wildcard())
        && a.condition.node == Condition::NotExists
        && b.condition.node != Condition::NotExists
        && is_prefix(&a.selector, &b.selector)
}

fn have_no_common_value(a: &Condition, b: &Condition) -> bool {
    match (a, b) {
        (Condition::Is(a), Condition::Is(b)) => a != b,
        (Condition::Is(_), Condition::Compare(_)) | (Condition::Compare(_), Condition::Is(_)) => {
            true
        }
        (Condition::Compare(a), Condition::Compare(b)) => comparisons_exclude(a, b),
        // What is missing is the business of `is_missing`.
        (Condition::NotExists, _) | (_, Condition::NotExists) => false,
    }
}

fn comparisons_exclude(a: &Comparison, b: &Comparison) -> bool {
    match (a.operator.node, b.operator.node) {
        (Operator::Equal, Operator::NotEqual) => includes_as_written(&b.operand, &a.operand),
        (Operator::NotEqual, Operator::Equal) => includes_as_written(&a.operand, &b.operand),
        (Operator::NotEqual, _) | (_, Operator::NotEqual) => false,
        (Operator::Equal, Operator::Equal) => are_disjoint_as_written(&a.operand, &b.operand),
        _ => match (&a.operand.node, &b.operand.node) {
            (Operand::Number(x), Operand::Number(y)) => {
                ranges_exclude((a.operator.node, x), (b.operator.node, y))
            }
            // An order is of numbers, so a text that matches no number has none.
            (Operand::Number(_), Operand::Text(text))
            | (Operand::Text(text), Operand::Number(_)) => text.literal().is_some_and(|text| {
                !text.contains('*') && !text.contains(|c: char| c.is_ascii_digit())
            }),
            _ => false,
        },
    }
}

/// Whether all that is equal to `part` is equal to `whole`, as this project reads the two. A text with a parameter neither
/// includes nor is included.
pub(super) fn includes_as_written(whole: &Operand, part: &Operand) -> bool {
    match (whole, part) {
        (Operand::Text(whole), Operand::Text(part)) => whole
            .literal()
            .zip(part.literal())
            // A star in the part is covered only by one in the whole.
            .is_some_and(|(whole, part)| glob::matches(whole, part)),
        (Operand::Number(whole), Operand::Number(part)) => whole == part,
        (Operand::Regex(regex), Operand::Text(part)) => part
            .literal()
            .is_some_and(|part| !part.contains('*') && regex.is_match(part)),
        _ => false,
    }
}

/// Whether nothing is equal to both. A text with a parameter may have something in common with any other.
pub(super) fn are_disjoint_as_written(a: &Operand, b: &Operand) -> bool {
    match (a, b) {
        (Operand::Text(a), Operand::Text(b)) => a
            .literal()
            .zip(b.literal())
            .is_some_and(|(a, b)| glob::are_disjoint(a, b)),
        (Operand::Number(a), Operand::Number(b)) => {
            // The text of a number is equal to that number too.
            a.compare(b.spelling())
                .is_some_and(|order| order != Ordering::Equal)
        }
        (Operand::Number(_), Operand::Text(text)) | (Operand::Text(text), Operand::Number(_)) => {
            text.literal().is_some_and(|text| {
                !text.contains('*') && !text.contains(|c: char| c.is_ascii_digit())
            })
        }
        (Operand::Regex(regex), Operand::Text(text))
        | (Operand::Text(text), Operand::Regex(regex)) => text
            .literal()
            .is_some_and(|text| !text.contains('*') && !regex.is_match(text)),
        (Operand::Regex(_), _) | (_, Operand::Regex(_)) => false,
    }
}

/// Whether no number satisfies both.
fn ranges_exclude((of_a, a): (Operator, &Number), (of_b, b): (Operator, &Number)) -> bool {
    // How the number of `b` compares to that of `a`.
    let Some(order) = a.compare(b.spelling()) else {
        return false;
    };
    let (a, b) = (admitted(of_a), admitted(of_b));
    // Between two numbers there always is another one.
    let meet = |low: [bool; 3], high: [bool; 3]| {
        (low[0] || low[1]) && high[0] || low[2] && high.contains(&true)
    };
    match order {
        Ordering::Greater => !meet(a, b),
        Ordering::Less => !meet(b, a),
        Ordering::Equal => !a.into_iter().zip(b).any(|(a, b)| a && b),
    }
}

/// Whether an operator lets in what is below its operand, the operand, and what is above it.
fn admitted(operator: Operator) -> [bool; 3] {
    match operator {
        Operator::Equal => [false, true, false],
        Operator::NotEqual => [true, false, true],
        Operator::Less => [true, false, false],
        Operator::LessOrEqual => [true, true, false],
        Operator::Greater => [false, false, true],
        Operator::GreaterOrEqual => [false, true, true],
    }
}

#[cfg(test)]
mod tests {
    use cloudwatch_filter_pattern::{Expr, FilterPattern, Language};

    use super::*;

    fn operand(written: &str) -> Operand {
        let pattern: FilterPattern = format!("{{ $.a = {written} }}")
            .parse()
            .expect("it is a pattern");
        match pattern.language() {
            Language::Json(Expr::Test(test)) => match &test.condition.node {
                Condition::Compare(comparison) => comparison.operand.node.clone(),
                other => panic!("{other:?} compares nothing"),
            },
            other => panic!("{other:?} is more than a test"),
        }
    }

    #[track_caller]
    fn includes(whole: &str, part: &str, expected: bool) {
        let (whole, part) = (operand(whole), operand(part));
        assert_eq!(includes_as_written(&whole, &part), expected);
    }

    #[test]
    fn a_text_includes_the_texts_that_it_matches_as_written() {
        includes(r#""Foo*""#, "FooFoo", true);
        includes(r#""*Foo""#, "FooFoo", true);
        includes(r#""a*""#, r#""a${Name}""#, false);
        includes(r#""a*""#, r#""${Name}""#, false);
        includes("%^a%", "ab", true);
        includes("%^a%", r#""a*""#, false);
    }

    #[track_caller]
    fn are_disjoint(a: &str, b: &str, expected: bool) {
        assert_eq!(are_disjoint_as_written(&operand(a), &operand(b)), expected);
    }

    #[test]
    fn operands_without_a_common_value_are_disjoint_as_written() {
        are_disjoint("a", "b", true);
        are_disjoint(r#""a${Name}""#, r#""b*""#, false);
        are_disjoint(r#""${Name}""#, "b", false);
        are_disjoint("a", r#""b${Name}""#, false);
        are_disjoint("1", "2", true);
        are_disjoint("%^a%", "b", true);
    }
}

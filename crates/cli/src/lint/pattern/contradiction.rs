//! Rule: tests that can never be true, on their own or together with their premises.

use std::cmp::Ordering;

use super::code::Code;
use super::finding::Finding;
use super::json_pattern::JsonPattern;
use super::premises::{fixed_identity, is_prefix, visit_tests};
use super::target::{is_within, path};
use cloudwatch_filter_pattern::{
    Comparison, Condition, Expr, FilterPattern, Language, Number, Operand, Operator, Test, glob,
};

pub(super) fn check(pattern: &JsonPattern<'_>, findings: &mut Vec<Finding>) {
    visit_tests(pattern.root, &mut |test, premises| {
        if let Some(finding) = never_true(test, pattern) {
            findings.push(finding);
            return;
        }
        let true_premises = premises.iter().filter(|(_, holds)| *holds);
        let witness = true_premises
            .filter_map(|(expr, _)| contradicting(expr, test))
            // Of two tests that contradict each other, the second is reported.
            .find(|witness| witness.span().start < test.span().start);
        if let Some(witness) = witness {
            findings.push(Finding {
                code: Code::NeverMatches,
                span: test.span(),
                message: format!(
                    "never true together with `{}`",
                    pattern.text(witness.span())
                ),
                suggestion: None,
            });
        }
    });
}

/// Whether provably no CloudTrail record matches both patterns. False for patterns that are not JSON patterns.
pub(crate) fn are_exclusive(a: &FilterPattern, b: &FilterPattern) -> bool {
    match (a.language(), b.language()) {
        (Language::Json(a), Language::Json(b)) => exclude(a, b),
        _ => false,
    }
}

fn exclude(a: &Expr, b: &Expr) -> bool {
    match (a, b) {
        (Expr::Or(cases), other) | (other, Expr::Or(cases)) => {
            cases.iter().all(|case| exclude(case, other))
        }
        (Expr::And(parts), other) | (other, Expr::And(parts)) => {
            parts.iter().any(|part| exclude(part, other))
        }
        (Expr::Test(a), Expr::Test(b)) => contradict(a, b),
    }
}

/// `!= "*"`: every text and every number matches `*`.
fn never_true(test: &Test, pattern: &JsonPattern<'_>) -> Option<Finding> {
    let (_, value) = test.equality().filter(|_| test.is_not_equal())?;
    (glob::is_any(value) && !test.selector.has_wildcard()).then(|| Finding {
        code: Code::NeverMatches,
        span: test.span(),
        message: format!(
            "never true: every text matches `*`; to test that `{}` is missing, use `NOT EXISTS`",
            pattern.selector(test)
        ),
        suggestion: pattern.replace(test.condition.span.clone(), "NOT EXISTS"),
    })
}

/// A test that makes `test` false if the expression is true.
///
/// In an `||` all alternatives must contradict it; the last one is returned.
fn contradicting<'p>(expr: &'p Expr, test: &Test) -> Option<&'p Test> {
    match expr {
        Expr::Test(other) => contradict(other, test).then_some(other),
        Expr::And(operands) => operands
            .iter()
            .find_map(|operand| contradicting(operand, test)),
        Expr::Or(operands) => {
            let witnesses: Option<Vec<_>> = operands
                .iter()
                .map(|operand| contradicting(operand, test))
                .collect();
            witnesses?.last().copied()
        }
    }
}

fn contradict(a: &Test, b: &Test) -> bool {
    identity_lacks(a, b)
        || identity_lacks(b, a)
        || requires_absence(a, b)
        || requires_absence(b, a)
        || {
            let one_value = a.selector.node == b.selector.node && !a.selector.has_wildcard();
            one_value && have_no_common_value(&a.condition, &b.condition)
        }
}

/// Whether `a` fixes the type of the identity, and `b` requires a field that this type never has.
fn identity_lacks(a: &Test, b: &Test) -> bool {
    let requires = b.condition.node != Condition::NotExists;
    requires
        && fixed_identity(a, true)
            .zip(path(&b.selector))
            .is_some_and(|(identity, path)| {
                identity.lacks.iter().any(|above| is_within(&path, above))
            })
}

/// Whether `a` requires that a field is missing, and `b` requires that field or one below it.
///
/// `!=` after a wildcard requires only the container: `$.a[*] NOT EXISTS` and `$.a[*] != 1` both match `[]`.
fn requires_absence(a: &Test, b: &Test) -> bool {
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
        // See `requires_absence`.
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
            // Only numbers are ordered.
            (Operand::Number(_), Operand::Text(text))
            | (Operand::Text(text), Operand::Number(_)) => {
                text.literal().is_some_and(matches_no_number)
            }
            _ => false,
        },
    }
}

/// Whether a text is not equal to any spelling of any number.
fn matches_no_number(text: &str) -> bool {
    !text.contains('*') && !text.contains(|c: char| c.is_ascii_digit())
}

/// Whether every value that is equal to `part` is also equal to `whole`. False for a text with a parameter.
pub(super) fn includes_as_written(whole: &Operand, part: &Operand) -> bool {
    match (whole, part) {
        (Operand::Text(whole), Operand::Text(part)) => whole
            .literal()
            .zip(part.literal())
            // Only a star in the whole covers a star in the part.
            .is_some_and(|(whole, part)| glob::matches(whole, part)),
        (Operand::Number(whole), Operand::Number(part)) => whole == part,
        (Operand::Regex(regex), Operand::Text(part)) => part
            .literal()
            .is_some_and(|part| !part.contains('*') && regex.is_match(part)),
        _ => false,
    }
}

/// Whether no value is equal to both. False for a text with a parameter.
pub(super) fn are_disjoint_as_written(a: &Operand, b: &Operand) -> bool {
    match (a, b) {
        (Operand::Text(a), Operand::Text(b)) => a
            .literal()
            .zip(b.literal())
            .is_some_and(|(a, b)| glob::are_disjoint(a, b)),
        (Operand::Number(a), Operand::Number(b)) => {
            // A string with the text of a number is equal to that number.
            a.compare(b.spelling())
                .is_some_and(|order| order != Ordering::Equal)
        }
        (Operand::Number(_), Operand::Text(text)) | (Operand::Text(text), Operand::Number(_)) => {
            text.literal().is_some_and(matches_no_number)
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
    // There is always another number between two numbers.
    let meet = |low: [bool; 3], high: [bool; 3]| {
        (low[0] || low[1]) && high[0] || low[2] && high.contains(&true)
    };
    match order {
        Ordering::Greater => !meet(a, b),
        Ordering::Less => !meet(b, a),
        Ordering::Equal => !a.into_iter().zip(b).any(|(a, b)| a && b),
    }
}

/// Whether an operator is true of numbers below its operand, of the operand, and of numbers above it.
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
    fn exclusive(a: &str, b: &str, expected: bool) {
        let parse = |text: &str| -> FilterPattern { text.parse().expect("it is a pattern") };
        assert_eq!(are_exclusive(&parse(a), &parse(b)), expected, "{a} {b}");
        assert_eq!(are_exclusive(&parse(b), &parse(a)), expected, "{b} {a}");
    }

    #[test]
    fn patterns_that_contradict_each_other_are_exclusive() {
        exclusive("{ $.a = x }", "{ $.a = y }", true);
        exclusive("{ $.a = x || $.a = z }", "{ $.a = y && $.b = 1 }", true);
        exclusive("{ $.a = x || $.b = z }", "{ $.a = y }", false);
        exclusive(
            "{ ($.a = x || $.a = z) && $.b = 1 }",
            "{ $.a = y || $.b = 2 }",
            true,
        );
        exclusive("{ $.a[*] = x }", "{ $.a[*] = y }", false);
        exclusive("{ $.a = \"${Name}\" }", "{ $.a = y }", false);
        exclusive("x", "y", false);
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

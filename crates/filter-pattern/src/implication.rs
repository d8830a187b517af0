//! Implication: a proof that one pattern matches every message that another pattern matches.
//!
//! The implied pattern is meant for a filter in CloudWatch, so a proof also holds for CloudWatch. Recordings show that
//! CloudWatch matches a piece between two stars at its first occurrence only, so that `*Foo` does not match `FooFoo`. A
//! glob that ends in a star is not affected.

use crate::ast::{Comparison, Condition, Operand, Operator, Test};
use crate::expression::Expr;
use crate::glob;
use crate::pattern::{FilterPattern, Language};
use crate::record::{Selector, Step};
use crate::terms::{Role, Terms};
use crate::text::Text;

/// Maximum number of steps of one proof. Patterns written by hand take a few thousand.
const MAX_STEPS: usize = 200_000;

impl FilterPattern {
    /// Whether every message that matches this pattern provably matches the other one.
    ///
    /// The proof holds for all values of this pattern's parameters. A comparison of the other pattern that has a parameter is
    /// never implied. `false` means that no proof was found; there can be one if the two patterns differ much in form.
    ///
    /// ```
    /// use cloudwatch_filter_pattern::FilterPattern;
    ///
    /// let narrow: FilterPattern = r#"{ $.error = "Timeout*" && $.path != "${Health}" }"#.parse()?;
    /// assert!(narrow.implies(&r#"{ $.error = "*" }"#.parse()?));
    /// assert!(!narrow.implies(&r#"{ $.path != "/status" }"#.parse()?));
    /// # Ok::<(), cloudwatch_filter_pattern::PatternError>(())
    /// ```
    pub fn implies(&self, other: &Self) -> bool {
        match (&self.language, &other.language) {
            (_, Language::Everything) => true,
            (Language::Json(facts), Language::Json(goal)) => {
                let mut steps = MAX_STEPS;
                prove(&mut vec![facts], goal, &mut steps)
            }
            (Language::Terms(facts), Language::Terms(goal)) => terms_imply(facts, goal),
            (facts, goal) => facts == goal && self.parameters().is_empty(),
        }
    }
}

/// Whether the facts together imply the goal.
fn prove(facts: &mut Vec<&Expr>, goal: &Expr, steps: &mut usize) -> bool {
    let Some(left) = steps.checked_sub(1) else {
        return false;
    };
    *steps = left;
    match goal {
        Expr::And(operands) => return operands.iter().all(|part| prove(facts, part, steps)),
        Expr::Or(operands) if operands.iter().any(|part| holds(facts, part)) => return true,
        Expr::Test(_) if holds(facts, goal) => return true,
        Expr::Or(_) | Expr::Test(_) => {}
    }
    // Split a compound fact: the goal must follow from each of its alternatives.
    let compound = facts
        .iter()
        .rposition(|fact| !matches!(fact, Expr::Test(_)));
    let Some(index) = compound else {
        return match goal {
            Expr::Or(operands) => operands.iter().any(|part| prove(facts, part, steps)),
            Expr::And(_) | Expr::Test(_) => false,
        };
    };
    let fact = facts.swap_remove(index);
    let before = facts.len();
    let proven = match fact {
        Expr::And(operands) => {
            facts.extend(operands);
            prove(facts, goal, steps)
        }
        Expr::Or(operands) => operands.iter().all(|case| {
            facts.push(case);
            let proven = prove(facts, goal, steps);
            facts.truncate(before);
            proven
        }),
        Expr::Test(_) => unreachable!("a test is not compound"),
    };
    facts.truncate(before);
    facts.push(fact);
    let last = facts.len() - 1;
    facts.swap(index, last);
    proven
}

/// Whether the goal follows from single facts that are tests.
fn holds(facts: &[&Expr], goal: &Expr) -> bool {
    match goal {
        Expr::Test(goal) => facts
            .iter()
            .any(|fact| matches!(fact, Expr::Test(fact) if fact.implies(goal))),
        Expr::And(goals) => goals.iter().all(|goal| holds(facts, goal)),
        Expr::Or(goals) => goals.iter().any(|goal| holds(facts, goal)),
    }
}

impl Test {
    /// Whether the other test is true for every record for which this one is.
    pub fn implies(&self, other: &Self) -> bool {
        if self.condition.node == Condition::NotExists
            && other.condition.node == Condition::NotExists
        {
            return is_above(&self.selector, &other.selector);
        }
        self.selector.node == other.selector.node
            && self
                .condition
                .implies(&other.condition, self.selector.has_wildcard())
    }
}

/// Whether `below` selects nothing in every record in which `above` selects nothing.
fn is_above(above: &Selector, below: &Selector) -> bool {
    let (above, below) = (above.steps(), below.steps());
    below.len() >= above.len()
        && above
            .iter()
            .zip(below)
            .all(|(above, below)| above == below || *above == Step::Any)
}

impl Condition {
    /// Whether every value that satisfies this condition satisfies the other one. `wildcard`: whether the selector can
    /// select several values.
    pub fn implies(&self, other: &Self, wildcard: bool) -> bool {
        match (self, other) {
            (Self::Compare(fact), Self::Compare(goal)) => fact.implies(goal, wildcard),
            (Self::Is(_) | Self::NotExists, _) => self == other,
            (Self::Compare(_), Self::Is(_) | Self::NotExists) => false,
        }
    }
}

impl Comparison {
    fn implies(&self, goal: &Self, wildcard: bool) -> bool {
        let fact = self.operator.node;
        match goal.operator.node {
            // A true comparison means that the value is a text or a number.
            Operator::Equal if goal.is_any() => fact != Operator::NotEqual || !wildcard,
            Operator::Equal => {
                fact == Operator::Equal
                    && includes_for_the_service(&goal.operand.node, &self.operand.node)
            }
            Operator::NotEqual if fact == Operator::NotEqual => {
                !has_parameter(&self.operand.node) && covers(&self.operand.node, &goal.operand.node)
            }
            Operator::NotEqual => {
                fact == Operator::Equal
                    && !wildcard
                    && are_disjoint_for_any_value(&self.operand.node, &goal.operand.node)
            }
            _ => self == goal,
        }
    }

    /// Whether the comparison is `= "*"`, which is true for every string and number.
    pub fn is_any(&self) -> bool {
        self.operator.node == Operator::Equal
            && matches!(&self.operand.node, Operand::Text(text) if text.literal().is_some_and(glob::is_any))
    }
}

/// Whether every value that equals `part`, for any values of its parameters, also equals `whole` in CloudWatch.
fn includes_for_the_service(whole: &Operand, part: &Operand) -> bool {
    match (whole, part) {
        (Operand::Text(whole), Operand::Text(part)) => {
            let part = part.to_glob();
            whole.literal().is_some_and(|whole| {
                if part.contains('*') {
                    // Only a star of the whole covers a star of the part.
                    whole.ends_with('*') && glob::matches(whole, &part)
                } else {
                    glob::matches_leftmost(whole, &part)
                }
            })
        }
        (Operand::Regex(regex), Operand::Text(part)) => {
            let part = part.to_glob();
            !part.contains('*') && regex.is_match(&part)
        }
        _ => whole == part && !has_parameter(part),
    }
}

/// Whether every value that equals `part` equals `whole` in this crate, so that `!=` of the whole excludes it.
fn covers(whole: &Operand, part: &Operand) -> bool {
    match (whole, part) {
        (Operand::Text(whole), Operand::Text(part)) => whole
            .literal()
            .zip(part.literal())
            .is_some_and(|(whole, part)| glob::matches(whole, part)),
        _ => whole == part,
    }
}

/// Whether no text equals both, for any values of the parameters of `fact`. `false` if `goal` has a parameter.
fn are_disjoint_for_any_value(fact: &Operand, goal: &Operand) -> bool {
    let (Operand::Text(fact), Operand::Text(goal)) = (fact, goal) else {
        return false;
    };
    let (fact, goal) = (fact.to_glob(), goal.literal());
    goal.is_some_and(|goal| glob::are_disjoint(&fact, goal))
}

fn has_parameter(operand: &Operand) -> bool {
    matches!(operand, Operand::Text(text) if text.literal().is_none())
}

/// Whether a required term of the facts, or each optional one, contains one of the goal's optional terms.
fn terms_imply(facts: &Terms, goal: &Terms) -> bool {
    if facts == goal {
        return facts
            .terms()
            .iter()
            .all(|term| term.text.literal().is_some());
    }
    if !goal.are_all_optional() {
        return false;
    }
    let found = |text: &Text| {
        let text = text.literal().unwrap_or_default();
        let mut goals = goal.terms().iter().filter_map(|term| term.text.literal());
        goals.any(|goal| text.contains(goal))
    };
    let mut terms = facts.terms().iter();
    if facts.are_all_optional() {
        terms.all(|term| found(&term.text))
    } else {
        terms.any(|term| term.role == Role::Required && found(&term.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operand(written: &str) -> Operand {
        let pattern: FilterPattern = format!("{{ $.a = {written} }}")
            .parse()
            .expect("the operand is valid");
        let Language::Json(Expr::Test(test)) = pattern.language() else {
            panic!("{pattern} is not one test");
        };
        let comparison = test.comparison().expect("the test is a comparison");
        comparison.operand.node.clone()
    }

    /// Asserts whether `whole` includes `part` in CloudWatch.
    #[track_caller]
    fn includes(whole: &str, part: &str, expected: bool) {
        let (whole, part) = (operand(whole), operand(part));
        assert_eq!(includes_for_the_service(&whole, &part), expected);
    }

    #[test]
    fn a_text_includes_what_cloudwatch_matches() {
        includes(r#""Foo*""#, "FooFoo", true);
        // CloudWatch matches `Foo` at its first occurrence only.
        includes(r#""*Foo""#, "FooFoo", false);
        includes(r#""a*""#, r#""a${Name}""#, true);
        includes(r#""a*""#, r#""${Name}""#, false);
        includes("%^a%", "ab", true);
        includes("%^a%", r#""a*""#, false);
    }

    /// Asserts whether no value equals both.
    #[track_caller]
    fn are_disjoint(a: &str, b: &str, expected: bool) {
        let (a, b) = (operand(a), operand(b));
        assert_eq!(are_disjoint_for_any_value(&a, &b), expected);
    }

    #[test]
    fn texts_with_different_prefixes_are_disjoint_for_any_parameter() {
        are_disjoint("a", "b", true);
        are_disjoint(r#""a${Name}""#, r#""b*""#, true);
        are_disjoint(r#""${Name}""#, "b", false);
        are_disjoint("a", r#""b${Name}""#, false);
        // The proof does not consider numbers and regular expressions.
        are_disjoint("1", "2", false);
        are_disjoint("%^a%", "b", false);
    }
}

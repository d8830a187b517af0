//! Whether whatever one pattern matches another one matches too: a proof from the two texts, without a record.
//!
//! The other pattern is meant for a filter of CloudWatch's own, so a proof holds for the service too. It was seen to search
//! the pieces between two stars leftmost first without going back, and so not to find `FooFoo` by `*Foo`; a text that
//! ends in a star has no such gap.

use super::{
    Comparison, Condition, Expr, FilterPattern, Language, Operand, Operator, Role, Terms, Test,
    Text, glob,
};
use crate::record::{Selector, Step};

/// Most steps that are spent on one proof. What people write takes a few thousand.
const MAX_STEPS: usize = 200_000;

impl FilterPattern {
    /// Whether each message that matches this pattern provably matches the other one.
    ///
    /// A parameter of this pattern may have any value; one of the other pattern proves nothing. No is "not proven": where
    /// two patterns say the same in very different words, the proof is not found.
    ///
    /// ```
    /// use cloudwatch_filter_pattern::FilterPattern;
    ///
    /// let alarm: FilterPattern = r#"{ $.errorCode = "AccessDenied*" && $.eventName != "${Name}" }"#.parse()?;
    /// assert!(alarm.implies(&r#"{ $.errorCode = "*" }"#.parse()?));
    /// assert!(!alarm.implies(&r#"{ $.eventName != "HeadBucket" }"#.parse()?));
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

    /// The pattern as it was written, its parameters without a value.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "only what parses is a pattern")]
    pub fn unbound(&self) -> Self {
        self.source
            .parse()
            .expect("the source of a pattern was parsed before")
    }
}

/// Whether the goal is true wherever all facts are.
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
    // What is true all the same follows from every alternative of some fact.
    let compound = facts
        .iter()
        .rposition(|fact| !matches!(fact, Expr::Test(_)));
    let Some(place) = compound else {
        return match goal {
            Expr::Or(operands) => operands.iter().any(|part| prove(facts, part, steps)),
            Expr::And(_) | Expr::Test(_) => false,
        };
    };
    let fact = facts.swap_remove(place);
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
        Expr::Test(_) => unreachable!("a test is no compound"),
    };
    facts.truncate(before);
    facts.push(fact);
    let last = facts.len() - 1;
    facts.swap(place, last);
    proven
}

/// Whether one of the facts that are tests is enough for the goal.
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
    /// Whether the other test is true wherever this one is.
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

/// Whether the second selector selects nothing where the first one does.
fn is_above(above: &Selector, below: &Selector) -> bool {
    let (above, below) = (above.steps(), below.steps());
    below.len() >= above.len()
        && above
            .iter()
            .zip(below)
            .all(|(above, below)| above == below || *above == Step::Any)
}

impl Condition {
    /// Whether a value of the same selector satisfies the other condition too. `wildcard` says whether it may have
    /// several.
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
        let (is, is_to_be) = (self.operator.node, goal.operator.node);
        match is_to_be {
            // Whatever is compared with success is a text or a number.
            Operator::Equal if goal.is_any() => is != Operator::NotEqual || !wildcard,
            Operator::Equal => {
                is == Operator::Equal
                    && includes_for_the_service(&goal.operand.node, &self.operand.node)
            }
            Operator::NotEqual if is == Operator::NotEqual => {
                !has_parameter(&self.operand.node) && covers(&self.operand.node, &goal.operand.node)
            }
            Operator::NotEqual => {
                is == Operator::Equal
                    && !wildcard
                    && are_disjoint_for_any_value(&self.operand.node, &goal.operand.node)
            }
            _ => self == goal,
        }
    }

    /// `= "*"`
    pub fn is_any(&self) -> bool {
        self.operator.node == Operator::Equal
            && matches!(&self.operand.node, Operand::Text(text) if text.literal().is_some_and(glob::is_any))
    }
}

/// Whether all that is equal to `part`, whatever value its parameters have, is equal to `whole`, for the service too. The
/// linter's `includes_as_written` reads it without these.
fn includes_for_the_service(whole: &Operand, part: &Operand) -> bool {
    match (whole, part) {
        (Operand::Text(whole), Operand::Text(part)) => {
            let part = part.to_glob();
            whole.literal().is_some_and(|whole| {
                if part.contains('*') {
                    // A star in the part is covered only by one in the whole.
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

/// Whether all that is equal to `part` is equal to `whole`, as this project reads both: `!=` of the whole excludes it.
fn covers(whole: &Operand, part: &Operand) -> bool {
    match (whole, part) {
        (Operand::Text(whole), Operand::Text(part)) => whole
            .literal()
            .zip(part.literal())
            .is_some_and(|(whole, part)| glob::matches(whole, part)),
        _ => whole == part,
    }
}

/// Whether no text is equal to both, whatever value the parameters of `fact` have; one in `goal` proves nothing.
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

/// Whether some term that must occur, or each of those of which one must, holds one of the optional terms of the goal.
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
            .expect("it is a pattern");
        match pattern.language() {
            Language::Json(Expr::Test(test)) => match &test.condition.node {
                Condition::Compare(comparison) => comparison.operand.node.clone(),
                other => panic!("{other:?} compares nothing"),
            },
            other => panic!("{other:?} is more than a test"),
        }
    }

    /// Checks whether `whole` includes all of `part` for the service, with any value of a parameter.
    #[track_caller]
    fn includes(whole: &str, part: &str, expected: bool) {
        let (whole, part) = (operand(whole), operand(part));
        assert_eq!(includes_for_the_service(&whole, &part), expected);
    }

    #[test]
    fn a_text_includes_what_the_service_matches() {
        includes(r#""Foo*""#, "FooFoo", true);
        // The service takes the first `Foo`, and does not go back.
        includes(r#""*Foo""#, "FooFoo", false);
        includes(r#""a*""#, r#""a${Name}""#, true);
        includes(r#""a*""#, r#""${Name}""#, false);
        includes("%^a%", "ab", true);
        includes("%^a%", r#""a*""#, false);
    }

    /// Checks whether no value is equal to both, with any value of a parameter of the first.
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
        // The proof does not look at numbers and regular expressions.
        are_disjoint("1", "2", false);
        are_disjoint("%^a%", "b", false);
    }
}

//! Prints a disjunctive normal form as a pattern, as short as necessary.

use super::clause::Clause;
use super::dnf::{Conjunct, Dnf};
use cloudwatch_filter_pattern::{Comparison, Condition, Expr, Keyword, Operand, Test};

/// Words that are not values without quotes.
const KEYWORDS: [&str; 6] = ["null", "true", "false", "is", "not", "exists"];

/// The pattern with spaces and quotes if it then has at most `units` UTF-16 units, otherwise as short as possible.
pub(super) fn print(dnf: &Dnf, units: usize) -> String {
    if dnf.conjuncts.is_empty() || dnf.is_everything() {
        return String::new();
    }
    let expr = expr(
        dnf.conjuncts
            .iter()
            .map(|conjunct| conjunct.clauses.clone())
            .collect(),
    );
    let long = format!("{{ {expr} }}");
    if length(&long) <= units {
        return long;
    }
    let mut short = "{".to_owned();
    write(&expr, &mut short);
    short.push('}');
    short
}

/// Length in UTF-16 units, the strictest way to count characters.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The length of a conjunct, or of one of its clauses, alone.
pub(super) fn conjunct_length(conjunct: &Conjunct) -> usize {
    conjunct
        .clauses
        .iter()
        .map(|clause| clause_length(clause) + 2)
        .sum()
}

pub(super) fn clause_length(clause: &Clause) -> usize {
    let mut text = String::new();
    write(&clause.to_expr(), &mut text);
    length(&text) + 2
}

/// The disjunction of the conjuncts. A clause that several conjuncts share is written once.
fn expr(mut conjuncts: Vec<Vec<Clause>>) -> Expr {
    let mut alternatives = Vec::new();
    while let Some(shared) = most_shared(&conjuncts) {
        let is_shared =
            |clause: &Clause| clause.selector == shared.selector && same(clause, &shared);
        let (with, without): (Vec<_>, Vec<_>) = conjuncts
            .into_iter()
            .partition(|conjunct| conjunct.iter().any(is_shared));
        let rest: Vec<Vec<Clause>> = with
            .into_iter()
            .map(|conjunct| {
                conjunct
                    .into_iter()
                    .filter(|clause| !is_shared(clause))
                    .collect()
            })
            .collect();
        alternatives.push(Expr::and(vec![shared.to_expr(), expr(rest)]));
        conjuncts = without;
    }
    alternatives.extend(
        conjuncts
            .into_iter()
            .map(|conjunct| Expr::and(conjunct.iter().map(Clause::to_expr).collect())),
    );
    Expr::or(alternatives)
}

/// The shared clause that saves the most characters if it is written once.
fn most_shared(conjuncts: &[Vec<Clause>]) -> Option<Clause> {
    let mut best: Option<(usize, &Clause)> = None;
    for clause in conjuncts.iter().flatten() {
        let count = conjuncts
            .iter()
            .filter(|conjunct| conjunct.iter().any(|other| same(clause, other)))
            .count();
        let saved = (count - 1) * clause_length(clause);
        // A conjunct of only this clause would absorb the others.
        let is_alone = conjuncts
            .iter()
            .any(|conjunct| conjunct.len() == 1 && same(clause, &conjunct[0]));
        if count > 1 && !is_alone && best.is_none_or(|(most, _)| saved > most) {
            best = Some((saved, clause));
        }
    }
    best.map(|(_, clause)| clause.clone())
}

fn same(a: &Clause, b: &Clause) -> bool {
    a.selector == b.selector && a.implies(b) && b.implies(a)
}

/// Writes operators without spaces, and words without quotes.
fn write(expr: &Expr, out: &mut String) {
    let (operands, joint) = match expr {
        Expr::Test(leaf) => return write_test(leaf, out),
        Expr::And(operands) => (operands, "&&"),
        Expr::Or(operands) => (operands, "||"),
    };
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            out.push_str(joint);
        }
        if matches!((expr, operand), (Expr::And(_), Expr::Or(_))) {
            out.push('(');
            write(operand, out);
            out.push(')');
        } else {
            write(operand, out);
        }
    }
}

fn write_test(leaf: &Test, out: &mut String) {
    out.push_str(&leaf.selector.node.to_string());
    match &leaf.condition.node {
        Condition::Compare(Comparison { operator, operand }) => {
            out.push_str(operator.as_str());
            match &operand.node {
                Operand::Text(text) if text.literal().is_some_and(is_word) => {
                    out.push_str(text.literal().unwrap_or_default());
                }
                other => out.push_str(&other.to_string()),
            }
        }
        Condition::Is(Keyword::Null) => out.push_str(" IS NULL"),
        Condition::Is(Keyword::True) => out.push_str(" IS TRUE"),
        Condition::Is(Keyword::False) => out.push_str(" IS FALSE"),
        Condition::NotExists => out.push_str(" NOT EXISTS"),
    }
}

/// Whether CloudWatch is known to accept it without quotes, as the same text.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '*'))
        && !KEYWORDS.contains(&text.to_ascii_lowercase().as_str())
}

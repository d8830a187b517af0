//! Describes what a weakened pattern lets through in addition.

use std::collections::BTreeSet;

use super::clause::Clause;
use super::dnf::{Conjunct, Dnf};
use cloudwatch_filter_pattern::Condition;

/// How many names or texts a line lists.
const MAX_SHOWN: usize = 8;

/// A line for each removed clause, for each field with more values, and for each conjunct with new combinations of values.
pub(super) fn report(before: &Dnf, after: &Dnf) -> Vec<String> {
    if after.is_everything() {
        return vec![
            "no pattern within 1,024 characters covers all alarms; this one matches every record"
                .to_owned(),
        ];
    }
    let mut lines = dropped(before, after);
    lines.extend(widened(before, after));
    lines.extend(cross_products(before, after));
    lines
}

fn dropped(before: &Dnf, after: &Dnf) -> Vec<String> {
    // Descriptions of clauses in their order, each with the patterns that lost the clause.
    let mut dropped: Vec<(String, BTreeSet<usize>)> = Vec::new();
    for conjunct in &before.conjuncts {
        let Some(left) = after.conjuncts.iter().find(|left| conjunct.implies(left)) else {
            continue;
        };
        let is_tested = |clause: &&Clause| {
            left.clauses
                .iter()
                .any(|other| other.selector == clause.selector)
        };
        for clause in conjunct.clauses.iter().filter(|clause| !is_tested(clause)) {
            let description = describe(clause);
            match dropped.iter_mut().find(|(known, _)| *known == description) {
                Some((_, subjects)) => subjects.extend(&conjunct.subjects),
                None => dropped.push((description, conjunct.subjects.clone())),
            }
        }
    }
    let line = |(description, subjects): &(String, BTreeSet<usize>)| {
        format!("{}: {description}", names(before, subjects))
    };
    dropped.iter().map(line).collect()
}

fn widened(before: &Dnf, after: &Dnf) -> Vec<String> {
    let conditions = |dnf: &Dnf, selector| -> Vec<Condition> {
        let clauses = dnf
            .conjuncts
            .iter()
            .flat_map(|conjunct| conjunct.clauses.clone());
        let of_it = clauses.filter(|clause| clause.selector == selector);
        of_it.flat_map(|clause| clause.conditions).collect()
    };
    let clauses = after
        .conjuncts
        .iter()
        .flat_map(|conjunct| &conjunct.clauses);
    let selectors: BTreeSet<_> = clauses.map(|clause| clause.selector.clone()).collect();
    let lines = selectors.into_iter().filter_map(|selector| {
        let known = conditions(before, selector.clone());
        let mut wider: Vec<String> = Vec::new();
        for condition in conditions(after, selector.clone()) {
            let text = format!("`{condition}`");
            if !known.contains(&condition) && !wider.contains(&text) {
                wider.push(text);
            }
        }
        let some = shown(&wider);
        (!wider.is_empty()).then(|| format!("`{selector}`: {some} instead of single values"))
    });
    lines.collect()
}

fn cross_products(before: &Dnf, after: &Dnf) -> Vec<String> {
    // Values of one field alone cannot be combined with those of another.
    let differs = |clause: &Clause, conjunct: &Conjunct| {
        let parts = before
            .conjuncts
            .iter()
            .filter(|part| part.implies(conjunct));
        let mut own = parts.flat_map(|part| &part.clauses);
        own.any(|own| own.selector == clause.selector && !clause.implies(own))
    };
    let is_cross_product = |conjunct: &&Conjunct| {
        let clauses = conjunct
            .clauses
            .iter()
            .filter(|clause| differs(clause, conjunct));
        clauses.count() > 1
    };
    let line = |conjunct: &Conjunct| {
        let mut fields: Vec<String> = Vec::new();
        for clause in &conjunct.clauses {
            let field = format!("`{}`", clause.selector);
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        let (names, fields) = (names(before, &conjunct.subjects), fields.join(" and "));
        format!("{names}: records pass with any combination of the values of {fields}")
    };
    after
        .conjuncts
        .iter()
        .filter(is_cross_product)
        .map(line)
        .collect()
}

fn describe(clause: &Clause) -> String {
    match clause.conditions.as_slice() {
        [only] => format!("records pass regardless of `{} {only}`", clause.selector),
        several => format!(
            "records pass with any value of `{}`, and not only with the {} that the pattern has",
            clause.selector,
            several.len()
        ),
    }
}

/// The names of the patterns.
fn names(dnf: &Dnf, subjects: &BTreeSet<usize>) -> String {
    let names: Vec<String> = (subjects.iter())
        .map(|index| dnf.names[*index].clone())
        .collect();
    shown(&names)
}

fn shown(texts: &[String]) -> String {
    let some = texts[..texts.len().min(MAX_SHOWN)].join(", ");
    match texts.len().saturating_sub(MAX_SHOWN) {
        0 => some,
        more => format!("{some} and {more} more"),
    }
}

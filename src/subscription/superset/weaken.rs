//! Weakens a pattern step by step until it is short enough.
//!
//! Each step gives a pattern that the previous one implies, and that has fewer conditions. So the steps end, at the latest with
//! the pattern that matches everything.

use std::collections::BTreeSet;

use super::clause::{Clause, equal};
use super::dnf::Dnf;
use super::{estimate, print};
use cloudwatch_filter_pattern::{
    Comparison, Condition, MAX_REGEXES, MAX_WILDCARDS, Operand, Operator, glob,
};

/// Weakens until the text has at most `units` UTF-16 units and is within CloudWatch's other limits.
pub(super) fn weaken(mut dnf: Dnf, units: usize) -> Dnf {
    while count(&dnf, has_wildcard) > MAX_WILDCARDS {
        cheapest_drop(&dnf, has_wildcard).apply(&mut dnf);
    }
    while count(&dnf, has_regex) > MAX_REGEXES {
        cheapest_drop(&dnf, has_regex).apply(&mut dnf);
    }
    loop {
        let length = print::length(&print::print(&dnf, units));
        let excess = length.saturating_sub(units);
        if excess == 0 {
            return dnf;
        }
        best(&dnf, excess).apply(&mut dnf);
    }
}

/// If a step lets through more than this share of all records, prefixes within words are tried too.
const LARGE_SHARE: f64 = 0.02;

fn has_wildcard(clause: &Clause) -> bool {
    clause.selector.has_wildcard()
}

fn has_regex(clause: &Clause) -> bool {
    let is_regex = |condition: &Condition| matches!(condition, Condition::Compare(Comparison { operand, .. }) if matches!(operand.node, Operand::Regex(_)));
    clause.conditions.iter().any(is_regex)
}

/// Number of conditions in the clauses that `is_counted` selects.
fn count(dnf: &Dnf, is_counted: fn(&Clause) -> bool) -> usize {
    let clauses = dnf.conjuncts.iter().flat_map(|conjunct| &conjunct.clauses);
    let counted = clauses.filter(|clause| is_counted(clause));
    counted.map(|clause| clause.conditions.len()).sum()
}

/// A way to weaken.
enum Weakening {
    /// Remove a clause from a conjunct.
    Drop { conjunct: usize, clause: usize },
    /// Replace all values that a pattern with a star at its end matches by that pattern.
    Widen {
        conjunct: usize,
        clause: usize,
        glob: String,
    },
    /// Replace two conjuncts by what both imply.
    Merge { conjunct: usize, other: usize },
}

/// A step, the additional share of records that it lets through, and how many characters it saves at least.
struct Step {
    change: Weakening,
    more: f64,
    saved: usize,
}

impl Step {
    fn apply(self, dnf: &mut Dnf) {
        match self.change {
            Weakening::Drop { conjunct, clause } => {
                drop(dnf.conjuncts[conjunct].clauses.remove(clause));
            }
            Weakening::Widen {
                conjunct,
                clause,
                glob,
            } => {
                let clause = &mut dnf.conjuncts[conjunct].clauses[clause];
                clause.conditions.push(equal(&glob));
            }
            Weakening::Merge { conjunct, other } => {
                let merged = dnf.conjuncts[conjunct].common(&dnf.conjuncts[other]);
                dnf.conjuncts[conjunct] = merged;
                dnf.conjuncts.remove(other);
            }
        }
        dnf.simplify();
    }
}

/// Removes the selected clause that lets the fewest additional records through.
fn cheapest_drop(dnf: &Dnf, is_counted: fn(&Clause) -> bool) -> Step {
    let counted = drops(dnf).filter(|step| match step.change {
        Weakening::Drop { conjunct, clause } => {
            is_counted(&dnf.conjuncts[conjunct].clauses[clause])
        }
        Weakening::Widen { .. } | Weakening::Merge { .. } => false,
    });
    counted
        .min_by(|a, b| a.more.total_cmp(&b.more))
        .expect("there are more of them than the limit, so there is one")
}

/// The step that lets the fewest additional records through for each character that it saves of `excess`.
fn best(dnf: &Dnf, excess: usize) -> Step {
    let score = |step: &Step| {
        #[expect(clippy::cast_precision_loss, reason = "lengths of a pattern are small")]
        let share = excess as f64 / step.saved as f64;
        step.more * share.max(1.0)
    };
    let cheapest = |steps: &mut dyn Iterator<Item = Step>| {
        steps
            .filter(|step| step.saved > 0)
            .min_by(|a, b| score(a).total_cmp(&score(b)))
    };
    let best = cheapest(
        &mut drops(dnf)
            .chain(widenings(dnf, word_globs))
            .chain(merges(dnf)),
    )
    .expect("a conjunct that is printed has a clause that can be left out");
    if best.more <= LARGE_SHARE {
        return best;
    }
    match cheapest(&mut widenings(dnf, letter_globs)) {
        Some(other) if score(&other) < score(&best) => other,
        _ => best,
    }
}

fn drops(dnf: &Dnf) -> impl Iterator<Item = Step> {
    dnf.conjuncts
        .iter()
        .enumerate()
        .flat_map(|(index, conjunct)| {
            let share = estimate::conjunct(conjunct);
            conjunct
                .clauses
                .iter()
                .enumerate()
                .map(move |(at, clause)| Step {
                    change: Weakening::Drop {
                        conjunct: index,
                        clause: at,
                    },
                    more: share / estimate::clause(clause).max(1e-9) - share,
                    saved: print::clause_length(clause),
                })
        })
}

fn widenings(dnf: &Dnf, globs: fn(&str) -> Vec<String>) -> impl Iterator<Item = Step> {
    dnf.conjuncts
        .iter()
        .enumerate()
        .flat_map(move |(index, conjunct)| {
            let share = estimate::conjunct(conjunct);
            conjunct
                .clauses
                .iter()
                .enumerate()
                .flat_map(move |(at, clause)| {
                    let others = share / estimate::clause(clause).max(1e-9);
                    let measure = move |condition: &Condition| {
                        let one = Clause {
                            selector: clause.selector.clone(),
                            conditions: vec![condition.clone()],
                        };
                        (print::clause_length(&one), estimate::clause(&one))
                    };
                    let values = clause.conditions.iter();
                    let values: Vec<_> = values
                        .filter_map(|condition| Some((value(condition)?, measure(condition))))
                        .collect();
                    let of_all = values.iter().flat_map(|(value, _)| globs(value));
                    let of_all: BTreeSet<String> = of_all.collect();
                    of_all.into_iter().filter_map(move |glob| {
                        let (length, share) = measure(&equal(&glob));
                        let replaced: Vec<_> = (values.iter())
                            .filter(|(value, _)| glob::matches(&glob, value))
                            .map(|(_, one)| *one)
                            .collect();
                        let lengths: usize = replaced.iter().map(|(length, _)| length).sum();
                        let shares: f64 = replaced.iter().map(|(_, share)| share).sum();
                        (replaced.len() > 1).then(|| Step {
                            more: others * (share - shares).max(0.0),
                            saved: lengths.saturating_sub(length),
                            change: Weakening::Widen {
                                conjunct: index,
                                clause: at,
                                glob,
                            },
                        })
                    })
                })
        })
}

fn merges(dnf: &Dnf) -> impl Iterator<Item = Step> {
    dnf.conjuncts
        .iter()
        .enumerate()
        .flat_map(move |(index, conjunct)| {
            let others = dnf.conjuncts.iter().enumerate().skip(index + 1);
            others.map(move |(other_index, other)| {
                let common = conjunct.common(other);
                let before = estimate::conjunct(conjunct) + estimate::conjunct(other);
                let saved = print::conjunct_length(conjunct) + print::conjunct_length(other);
                Step {
                    change: Weakening::Merge {
                        conjunct: index,
                        other: other_index,
                    },
                    more: (estimate::conjunct(&common) - before).max(0.0),
                    saved: saved.saturating_sub(print::conjunct_length(&common)),
                }
            })
        })
}

/// Prefixes of whole words with a star after them, and those with a star and a later word.
fn word_globs(value: &str) -> Vec<String> {
    let words = words(beginning(value));
    let mut globs = Vec::new();
    for index in 0..words.len() {
        globs.push(format!("{}*", words[..=index].concat()));
        let befores = (0..index).map(|end| words[..end].concat());
        globs.extend(befores.map(|before| format!("{before}*{}*", words[index])));
    }
    globs
}

/// Prefixes with a star after them.
fn letter_globs(value: &str) -> Vec<String> {
    let beginning = beginning(value);
    let ends = beginning.char_indices().map(|(at, c)| at + c.len_utf8());
    ends.map(|end| format!("{}*", &beginning[..end])).collect()
}

fn beginning(value: &str) -> &str {
    value.split('*').next().unwrap_or_default()
}

/// The text of an `=`.
fn value(condition: &Condition) -> Option<&str> {
    match condition {
        Condition::Compare(Comparison { operator, operand })
            if operator.node == Operator::Equal =>
        {
            match &operand.node {
                Operand::Text(text) => text.literal(),
                Operand::Number(_) | Operand::Regex(_) => None,
            }
        }
        _ => None,
    }
}

/// `PutBucketPolicy` is `Put`, `Bucket` and `Policy`; `s3.amazonaws.com` is `s3`, `.`, `amazonaws`, `.` and `com`.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let begins = match before {
            None => false,
            Some(before) if c.is_alphanumeric() && before.is_alphanumeric() => {
                c.is_uppercase() && !before.is_uppercase()
            }
            Some(_) => true,
        };
        if begins {
            words.push(&text[start..at]);
            start = at;
        }
        before = Some(c);
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

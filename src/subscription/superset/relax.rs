//! Step by step to a pattern that is short enough. Each step leads to something that follows from what was before, and
//! leaves fewer conditions, so there is an end: the pattern that everything matches.

use std::collections::BTreeSet;

use super::rows::{Cell, Rows, equal};
use super::{estimate, print};
use cloudwatch_filter_pattern::{
    Comparison, Condition, MAX_REGEXES, MAX_WILDCARDS, Operand, Operator, glob,
};

/// Rows whose text takes no more than so many UTF-16 units, and is within CloudWatch's other limits.
pub(super) fn relax(mut rows: Rows, units: usize) -> Rows {
    while count(&rows, has_wildcard) > MAX_WILDCARDS {
        cheapest_drop(&rows, has_wildcard).take(&mut rows);
    }
    while count(&rows, has_regex) > MAX_REGEXES {
        cheapest_drop(&rows, has_regex).take(&mut rows);
    }
    loop {
        let length = print::length(&print::print(&rows, units));
        let excess = length.saturating_sub(units);
        if excess == 0 {
            return rows;
        }
        best(&rows, excess).take(&mut rows);
    }
}

/// From this share of all records on a step is too dear as long as shorter beginnings of words would do.
const MUCH: f64 = 0.02;

fn has_wildcard(cell: &Cell) -> bool {
    cell.selector.has_wildcard()
}

fn has_regex(cell: &Cell) -> bool {
    let is_regex = |condition: &Condition| matches!(condition, Condition::Compare(Comparison { operand, .. }) if matches!(operand.node, Operand::Regex(_)));
    cell.conditions.iter().any(is_regex)
}

/// Conditions in cells that count.
fn count(rows: &Rows, is_counted: fn(&Cell) -> bool) -> usize {
    let cells = rows.rows.iter().flat_map(|row| &row.cells);
    let counted = cells.filter(|cell| is_counted(cell));
    counted.map(|cell| cell.conditions.len()).sum()
}

/// A step away from what the patterns say.
enum Move {
    /// Leave a cell out of a row.
    Drop { row: usize, cell: usize },
    /// Put a text that ends in a star into the place of all values that it includes.
    Widen {
        row: usize,
        cell: usize,
        glob: String,
    },
    /// Put what is true of both into the place of two rows.
    Merge { row: usize, other: usize },
}

/// A step, how much more it lets through, and how many characters it saves at least.
struct Step {
    change: Move,
    more: f64,
    saved: usize,
}

impl Step {
    fn take(self, rows: &mut Rows) {
        match self.change {
            Move::Drop { row, cell } => drop(rows.rows[row].cells.remove(cell)),
            Move::Widen { row, cell, glob } => {
                let cell = &mut rows.rows[row].cells[cell];
                cell.conditions.push(equal(&glob));
            }
            Move::Merge { row, other } => {
                let merged = rows.rows[row].common(&rows.rows[other]);
                rows.rows[row] = merged;
                rows.rows.remove(other);
            }
        }
        rows.simplify();
    }
}

/// The cell among those that count whose loss lets the least through.
fn cheapest_drop(rows: &Rows, is_counted: fn(&Cell) -> bool) -> Step {
    let counted = drops(rows).filter(|step| match step.change {
        Move::Drop { row, cell } => is_counted(&rows.rows[row].cells[cell]),
        Move::Widen { .. } | Move::Merge { .. } => false,
    });
    counted
        .min_by(|a, b| a.more.total_cmp(&b.more))
        .expect("there are more of them than the limit, so there is one")
}

/// The step that lets the least through for what it saves, of the characters that are too many.
fn best(rows: &Rows, excess: usize) -> Step {
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
        &mut drops(rows)
            .chain(widenings(rows, word_globs))
            .chain(merges(rows)),
    )
    .expect("a row that is printed has a cell that can be left out");
    if best.more <= MUCH {
        return best;
    }
    match cheapest(&mut widenings(rows, letter_globs)) {
        Some(other) if score(&other) < score(&best) => other,
        _ => best,
    }
}

fn drops(rows: &Rows) -> impl Iterator<Item = Step> {
    rows.rows.iter().enumerate().flat_map(|(place, row)| {
        let share = estimate::row(row);
        row.cells.iter().enumerate().map(move |(at, cell)| Step {
            change: Move::Drop {
                row: place,
                cell: at,
            },
            more: share / estimate::cell(cell).max(1e-9) - share,
            saved: print::cell_length(cell),
        })
    })
}

fn widenings(rows: &Rows, globs: fn(&str) -> Vec<String>) -> impl Iterator<Item = Step> {
    rows.rows.iter().enumerate().flat_map(move |(place, row)| {
        let share = estimate::row(row);
        row.cells.iter().enumerate().flat_map(move |(at, cell)| {
            let others = share / estimate::cell(cell).max(1e-9);
            let measure = move |condition: &Condition| {
                let one = Cell {
                    selector: cell.selector.clone(),
                    conditions: vec![condition.clone()],
                };
                (print::cell_length(&one), estimate::cell(&one))
            };
            let values = cell.conditions.iter();
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
                    change: Move::Widen {
                        row: place,
                        cell: at,
                        glob,
                    },
                })
            })
        })
    })
}

fn merges(rows: &Rows) -> impl Iterator<Item = Step> {
    rows.rows.iter().enumerate().flat_map(move |(place, row)| {
        let others = rows.rows.iter().enumerate().skip(place + 1);
        others.map(move |(other_place, other)| {
            let common = row.common(other);
            let before = estimate::row(row) + estimate::row(other);
            let saved = print::row_length(row) + print::row_length(other);
            Step {
                change: Move::Merge {
                    row: place,
                    other: other_place,
                },
                more: (estimate::row(&common) - before).max(0.0),
                saved: saved.saturating_sub(print::row_length(&common)),
            }
        })
    })
}

/// Whole words at the beginning of a value with a star behind them, and those with a word further on.
fn word_globs(value: &str) -> Vec<String> {
    let words = words(beginning(value));
    let mut globs = Vec::new();
    for place in 0..words.len() {
        globs.push(format!("{}*", words[..=place].concat()));
        let befores = (0..place).map(|end| words[..end].concat());
        globs.extend(befores.map(|before| format!("{before}*{}*", words[place])));
    }
    globs
}

/// Letters at the beginning of a value with a star behind them.
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

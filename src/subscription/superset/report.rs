//! What was given up, in words: the rows as they were against the rows that are left.

use std::collections::BTreeSet;

use super::rows::{Cell, Row, Rows};
use cloudwatch_filter_pattern::Condition;

/// Most names or texts in a line.
const MAX_SHOWN: usize = 8;

/// A line for each clause that is asked for no longer, for each field of which more values pass, and for rows that are
/// told apart no longer.
pub(super) fn report(before: &Rows, after: &Rows) -> Vec<String> {
    if after.is_everything() {
        return vec!["every record passes: nothing less takes few enough characters".to_owned()];
    }
    let mut lines = dropped(before, after);
    lines.extend(widened(before, after));
    lines.extend(crossed(before, after));
    lines
}

fn dropped(before: &Rows, after: &Rows) -> Vec<String> {
    // Clauses in the order in which they come, each with the patterns that lost it.
    let mut dropped: Vec<(String, BTreeSet<usize>)> = Vec::new();
    for row in &before.rows {
        let Some(left) = after.rows.iter().find(|left| row.implies(left)) else {
            continue;
        };
        let is_asked = |cell: &&Cell| {
            left.cells
                .iter()
                .any(|other| other.selector == cell.selector)
        };
        for cell in row.cells.iter().filter(|cell| !is_asked(cell)) {
            let clause = clause(cell);
            match dropped.iter_mut().find(|(known, _)| *known == clause) {
                Some((_, subjects)) => subjects.extend(&row.subjects),
                None => dropped.push((clause, row.subjects.clone())),
            }
        }
    }
    let line = |(clause, subjects): &(String, BTreeSet<usize>)| {
        format!("{}: {clause} is not asked for", names(before, subjects))
    };
    dropped.iter().map(line).collect()
}

fn widened(before: &Rows, after: &Rows) -> Vec<String> {
    let conditions = |rows: &Rows, selector| -> Vec<Condition> {
        let cells = rows.rows.iter().flat_map(|row| row.cells.clone());
        let of_it = cells.filter(|cell| cell.selector == selector);
        of_it.flat_map(|cell| cell.conditions).collect()
    };
    let cells = after.rows.iter().flat_map(|row| &row.cells);
    let selectors: BTreeSet<_> = cells.map(|cell| cell.selector.clone()).collect();
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

fn crossed(before: &Rows, after: &Rows) -> Vec<String> {
    // Values of one field alone cannot be crossed with those of another.
    let differs = |cell: &Cell, row: &Row| {
        let parts = before.rows.iter().filter(|part| part.implies(row));
        let mut own = parts.flat_map(|part| &part.cells);
        own.any(|own| own.selector == cell.selector && !cell.implies(own))
    };
    let is_crossed = |row: &&Row| {
        let cells = row.cells.iter().filter(|cell| differs(cell, row));
        cells.count() > 1
    };
    let line = |row: &Row| {
        let fields: Vec<String> = (row.cells.iter())
            .map(|cell| format!("`{}`", cell.selector))
            .collect();
        let (names, fields) = (names(before, &row.subjects), fields.join(" and "));
        format!("{names}: their values of {fields} pass in any combination")
    };
    after.rows.iter().filter(is_crossed).map(line).collect()
}

fn clause(cell: &Cell) -> String {
    match cell.conditions.as_slice() {
        [only] => format!("`{} {only}`", cell.selector),
        several => format!("one of {} values of `{}`", several.len(), cell.selector),
    }
}

/// The names of patterns.
fn names(rows: &Rows, subjects: &BTreeSet<usize>) -> String {
    let names: Vec<String> = (subjects.iter())
        .map(|place| rows.names[*place].clone())
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

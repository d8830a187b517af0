//! Rows as the text of a pattern, in as few characters as it takes.

use super::rows::{Cell, Row, Rows};
use cloudwatch_filter_pattern::{Comparison, Condition, Expr, Keyword, Operand, Test};

/// Words that mean something else where a value stands without quotes.
const KEYWORDS: [&str; 6] = ["null", "true", "false", "is", "not", "exists"];

/// The pattern: written out if that takes no more than so many UTF-16 units, and else as short as can be.
pub(super) fn print(rows: &Rows, units: usize) -> String {
    if rows.rows.is_empty() || rows.is_everything() {
        return String::new();
    }
    let expr = expr(rows.rows.iter().map(|row| row.cells.clone()).collect());
    let long = format!("{{ {expr} }}");
    if length(&long) <= units {
        return long;
    }
    let mut short = "{".to_owned();
    write(&expr, &mut short);
    short.push('}');
    short
}

/// As whoever counts strictest counts it.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The length of a row, or of one of its cells, by itself.
pub(super) fn row_length(row: &Row) -> usize {
    row.cells.iter().map(|cell| cell_length(cell) + 2).sum()
}

pub(super) fn cell_length(cell: &Cell) -> usize {
    let mut text = String::new();
    write(&cell.to_expr(), &mut text);
    length(&text) + 2
}

/// The rows as an expression, a cell that several rows share written once.
fn expr(mut rows: Vec<Vec<Cell>>) -> Expr {
    let mut alternatives = Vec::new();
    while let Some(shared) = most_shared(&rows) {
        let is_shared = |cell: &Cell| cell.selector == shared.selector && same(cell, &shared);
        let (with, without): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.iter().any(is_shared));
        let rest: Vec<Vec<Cell>> = with
            .into_iter()
            .map(|row| row.into_iter().filter(|cell| !is_shared(cell)).collect())
            .collect();
        alternatives.push(Expr::and(vec![shared.to_expr(), expr(rest)]));
        rows = without;
    }
    alternatives.extend(
        rows.into_iter()
            .map(|row| Expr::and(row.iter().map(Cell::to_expr).collect())),
    );
    Expr::or(alternatives)
}

/// The cell that takes most characters in rows besides the first that has it.
fn most_shared(rows: &[Vec<Cell>]) -> Option<Cell> {
    let mut best: Option<(usize, &Cell)> = None;
    for cell in rows.iter().flatten() {
        let count = rows
            .iter()
            .filter(|row| row.iter().any(|other| same(cell, other)))
            .count();
        let saved = (count - 1) * cell_length(cell);
        // A row that is that cell alone would have been absorbed the others.
        let is_alone = rows.iter().any(|row| row.len() == 1 && same(cell, &row[0]));
        if count > 1 && !is_alone && best.is_none_or(|(most, _)| saved > most) {
            best = Some((saved, cell));
        }
    }
    best.map(|(_, cell)| cell.clone())
}

fn same(a: &Cell, b: &Cell) -> bool {
    a.selector == b.selector && a.implies(b) && b.implies(a)
}

/// `&&` and `||` and operators without blanks, words without quotes.
fn write(expr: &Expr, out: &mut String) {
    let (operands, joint) = match expr {
        Expr::Test(leaf) => return write_test(leaf, out),
        Expr::And(operands) => (operands, "&&"),
        Expr::Or(operands) => (operands, "||"),
    };
    for (place, operand) in operands.iter().enumerate() {
        if place > 0 {
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

/// Whether CloudWatch is known to take it without quotes, and as this text.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '*'))
        && !KEYWORDS.contains(&text.to_ascii_lowercase().as_str())
}

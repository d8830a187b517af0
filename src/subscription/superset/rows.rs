//! Patterns as rows of cells: a row for each way to match, a cell for each field that it asks about.

use std::collections::BTreeSet;

use super::Subject;
use super::reading::Reading;
use cloudwatch_filter_pattern::parameter::Values;
use cloudwatch_filter_pattern::record::Selector;
use cloudwatch_filter_pattern::{
    Comparison, Condition, Expr, Language, Operand, Operator, Spanned, Test,
};

/// What is asked of one field: any of the conditions is enough.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) selector: Selector,
    /// At least one.
    pub(super) conditions: Vec<Condition>,
}

impl Cell {
    pub(super) fn implies(&self, other: &Self) -> bool {
        self.conditions.iter().all(|condition| {
            let condition = test(&self.selector, condition);
            let mut others = other.conditions.iter();
            others.any(|other_condition| condition.implies(&test(&other.selector, other_condition)))
        })
    }

    fn is_same(&self, other: &Self) -> bool {
        self.selector == other.selector
            && self.conditions.len() == other.conditions.len()
            && (self.conditions.iter()).all(|condition| other.conditions.contains(condition))
    }

    /// The cell with the conditions of both, those left out that another one includes.
    pub(super) fn or(&self, other: &Self) -> Self {
        let mut conditions = self.conditions.clone();
        conditions.extend(other.conditions.iter().cloned());
        Self {
            selector: self.selector.clone(),
            conditions: widest(&self.selector, conditions),
        }
    }

    pub(super) fn to_expr(&self) -> Expr {
        let tests = self.conditions.iter();
        Expr::or(
            tests
                .map(|condition| Expr::Test(test(&self.selector, condition)))
                .collect(),
        )
    }
}

/// One way to match: all cells are true.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    /// The places of the patterns that it stands for.
    pub(super) subjects: BTreeSet<usize>,
}

impl Row {
    pub(super) fn implies(&self, other: &Self) -> bool {
        let mut cells = other.cells.iter();
        cells.all(|wanted| self.cells.iter().any(|cell| cell.implies(wanted)))
    }

    /// Both rows in one, if they differ in the values of one field only.
    fn joined(&self, other: &Self) -> Option<Self> {
        if self.cells.len() != other.cells.len() {
            return None;
        }
        let is_in = |cell: &&Cell, row: &Self| row.cells.iter().any(|known| known.is_same(cell));
        let mut mine = self.cells.iter().filter(|cell| !is_in(cell, other));
        let mut theirs = other.cells.iter().filter(|cell| !is_in(cell, self));
        let (Some(own), None) = (mine.next(), mine.next()) else {
            return None;
        };
        let (Some(their), None) = (theirs.next(), theirs.next()) else {
            return None;
        };
        (own.selector == their.selector).then(|| {
            let mut joined = self.with_subjects_of(other);
            for cell in joined.cells.iter_mut().filter(|cell| cell.is_same(own)) {
                *cell = own.or(their);
            }
            joined
        })
    }

    pub(super) fn with_subjects_of(&self, other: &Self) -> Self {
        let mut row = self.clone();
        row.subjects.extend(&other.subjects);
        row
    }

    /// What is true of both rows: cells of fields that both ask about, with the values of either.
    pub(super) fn common(&self, other: &Self) -> Self {
        let mut theirs: Vec<&Cell> = other.cells.iter().collect();
        let cells = self.cells.iter().filter_map(|cell| {
            let place = theirs
                .iter()
                .position(|their| their.selector == cell.selector)?;
            Some(cell.or(theirs.remove(place)))
        });
        Self {
            cells: cells.collect(),
            ..self.with_subjects_of(other)
        }
    }
}

/// All rows: one of them is true.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    /// The names of the patterns.
    pub(super) names: Vec<String>,
}

impl Rows {
    /// The rows of JSON patterns, and what had to be given up for what CloudWatch does not have, or may read otherwise.
    pub(super) fn new(patterns: &[Subject<'_>], values: Values<'_>) -> (Self, Vec<String>) {
        let mut given_up = Vec::new();
        let mut rows = Vec::new();
        for (place, subject) in patterns.iter().enumerate() {
            let unbound = subject.pattern.unbound();
            let Language::Json(expr) = unbound.language() else {
                continue;
            };
            let mut reading = Reading {
                name: subject.name,
                values,
                given_up: &mut given_up,
            };
            rows.extend(reading.rows(expr).into_iter().map(|cells| Row {
                cells,
                subjects: BTreeSet::from([place]),
            }));
        }
        let names = patterns.iter().map(|subject| subject.name.to_owned());
        let mut rows = Self {
            rows,
            names: names.collect(),
        };
        rows.simplify();
        (rows, given_up)
    }

    /// Whether a row is true of everything.
    pub(super) fn is_everything(&self) -> bool {
        self.rows.iter().any(|row| row.cells.is_empty())
    }

    /// Leaves out what something else says already, and joins what can be joined without a loss.
    pub(super) fn simplify(&mut self) {
        for row in &mut self.rows {
            for cell in &mut row.cells {
                let conditions = std::mem::take(&mut cell.conditions);
                cell.conditions = widest(&cell.selector, conditions);
            }
            let mut narrowest: Vec<Cell> = Vec::with_capacity(row.cells.len());
            for cell in row.cells.drain(..) {
                if !narrowest.iter().any(|known| known.implies(&cell)) {
                    narrowest.retain(|known| !cell.implies(known));
                    narrowest.push(cell);
                }
            }
            row.cells = narrowest;
        }
        let mut kept: Vec<Row> = Vec::with_capacity(self.rows.len());
        let mut pending: Vec<Row> = self.rows.drain(..).rev().collect();
        while let Some(row) = pending.pop() {
            if let Some(known) = kept.iter_mut().find(|known| row.implies(known)) {
                known.subjects.extend(&row.subjects);
                continue;
            }
            let mut row = row;
            kept.retain(|known| {
                let absorbed = known.implies(&row);
                if absorbed {
                    row.subjects.extend(&known.subjects);
                }
                !absorbed
            });
            let joined = kept
                .iter()
                .enumerate()
                .find_map(|(place, known)| Some((place, known.joined(&row)?)));
            match joined {
                // It may now be joined with others.
                Some((place, joined)) => {
                    kept.remove(place);
                    pending.push(joined);
                }
                None => kept.push(row),
            }
        }
        self.rows = kept;
    }
}

/// The conditions without those that another one includes.
fn widest(selector: &Selector, conditions: Vec<Condition>) -> Vec<Condition> {
    let wildcard = selector.has_wildcard();
    let mut widest: Vec<Condition> = Vec::with_capacity(conditions.len());
    for condition in conditions {
        if !(widest.iter()).any(|known| condition.implies(known, wildcard)) {
            widest.retain(|known| !known.implies(&condition, wildcard));
            widest.push(condition);
        }
    }
    widest
}

pub(super) fn test(selector: &Selector, condition: &Condition) -> Test {
    Test {
        selector: Spanned::new(selector.clone(), 0..0),
        condition: Spanned::new(condition.clone(), 0..0),
    }
}

/// `= "text"`
pub(super) fn equal(text: &str) -> Condition {
    Condition::Compare(Comparison {
        operator: Spanned::new(Operator::Equal, 0..0),
        operand: Spanned::new(Operand::Text(text.into()), 0..0),
    })
}

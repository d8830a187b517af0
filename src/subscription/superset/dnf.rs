//! Disjunctive normal form of patterns: a disjunction of conjuncts, each a conjunction of clauses.

use std::collections::BTreeSet;

use super::clause::{Clause, widest};

/// A conjunction of clauses.
#[derive(Clone, Debug)]
pub(super) struct Conjunct {
    pub(super) clauses: Vec<Clause>,
    /// Indices of the patterns that it comes from.
    pub(super) subjects: BTreeSet<usize>,
}

impl Conjunct {
    pub(super) fn implies(&self, other: &Self) -> bool {
        let mut clauses = other.clauses.iter();
        clauses.all(|other_clause| {
            self.clauses
                .iter()
                .any(|clause| clause.implies(other_clause))
        })
    }

    /// The disjunction of both conjuncts, if they differ in one clause only and that is on the same field.
    fn joined(&self, other: &Self) -> Option<Self> {
        if self.clauses.len() != other.clauses.len() {
            return None;
        }
        let is_in = |clause: &&Clause, conjunct: &Self| {
            conjunct.clauses.iter().any(|known| known.is_same(clause))
        };
        let mut mine = self.clauses.iter().filter(|clause| !is_in(clause, other));
        let mut theirs = other.clauses.iter().filter(|clause| !is_in(clause, self));
        let (Some(own), None) = (mine.next(), mine.next()) else {
            return None;
        };
        let (Some(their), None) = (theirs.next(), theirs.next()) else {
            return None;
        };
        (own.selector == their.selector).then(|| {
            let mut joined = self.with_subjects_of(other);
            for clause in joined
                .clauses
                .iter_mut()
                .filter(|clause| clause.is_same(own))
            {
                *clause = own.or(their);
            }
            joined
        })
    }

    pub(super) fn with_subjects_of(&self, other: &Self) -> Self {
        let mut conjunct = self.clone();
        conjunct.subjects.extend(&other.subjects);
        conjunct
    }

    /// A conjunct that both imply: the clauses on fields of both, each with the conditions of both.
    pub(super) fn common(&self, other: &Self) -> Self {
        let mut theirs: Vec<&Clause> = other.clauses.iter().collect();
        let clauses = self.clauses.iter().filter_map(|clause| {
            let index = theirs
                .iter()
                .position(|their| their.selector == clause.selector)?;
            Some(clause.or(theirs.remove(index)))
        });
        Self {
            clauses: clauses.collect(),
            ..self.with_subjects_of(other)
        }
    }
}

/// A disjunction of conjuncts.
#[derive(Clone, Debug)]
pub(super) struct Dnf {
    pub(super) conjuncts: Vec<Conjunct>,
    /// The names of the patterns.
    pub(super) names: Vec<String>,
}

impl Dnf {
    /// Whether it matches everything, because a conjunct has no clauses.
    pub(super) fn is_everything(&self) -> bool {
        self.conjuncts
            .iter()
            .any(|conjunct| conjunct.clauses.is_empty())
    }

    /// Removes redundant conditions, clauses and conjuncts, and joins conjuncts that differ in one clause.
    pub(super) fn simplify(&mut self) {
        for conjunct in &mut self.conjuncts {
            for clause in &mut conjunct.clauses {
                let conditions = std::mem::take(&mut clause.conditions);
                clause.conditions = widest(&clause.selector, conditions);
            }
            let mut narrowest: Vec<Clause> = Vec::with_capacity(conjunct.clauses.len());
            for clause in conjunct.clauses.drain(..) {
                if !narrowest.iter().any(|known| known.implies(&clause)) {
                    narrowest.retain(|known| !clause.implies(known));
                    narrowest.push(clause);
                }
            }
            conjunct.clauses = narrowest;
        }
        let mut kept: Vec<Conjunct> = Vec::with_capacity(self.conjuncts.len());
        let mut pending: Vec<Conjunct> = self.conjuncts.drain(..).rev().collect();
        while let Some(conjunct) = pending.pop() {
            if let Some(known) = kept.iter_mut().find(|known| conjunct.implies(known)) {
                known.subjects.extend(&conjunct.subjects);
                continue;
            }
            let mut conjunct = conjunct;
            kept.retain(|known| {
                let absorbed = known.implies(&conjunct);
                if absorbed {
                    conjunct.subjects.extend(&known.subjects);
                }
                !absorbed
            });
            let joined = kept
                .iter()
                .enumerate()
                .find_map(|(index, known)| Some((index, known.joined(&conjunct)?)));
            match joined {
                // It can perhaps be joined with others now.
                Some((index, joined)) => {
                    kept.remove(index);
                    pending.push(joined);
                }
                None => kept.push(conjunct),
            }
        }
        self.conjuncts = kept;
    }
}

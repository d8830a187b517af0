//! The alternatives of an expression.

use cloudwatch_filter_pattern::{Expr, Test};

/// How many alternatives are tried.
const MAX_BRANCHES: usize = 64;

/// Sets of tests that make the expression true if all of a set are true: the first alternatives.
pub(super) fn branches(expr: &Expr) -> Vec<Vec<&Test>> {
    match expr {
        Expr::Test(test) => vec![vec![test]],
        Expr::Or(cases) => {
            let branches = cases.iter().flat_map(branches);
            branches.take(MAX_BRANCHES).collect()
        }
        Expr::And(parts) => parts.iter().fold(vec![Vec::new()], |known, part| {
            let part = branches(part);
            let combined = known.iter().flat_map(|first| {
                part.iter()
                    .map(|second| [first.as_slice(), second.as_slice()].concat())
            });
            combined.take(MAX_BRANCHES).collect()
        }),
    }
}

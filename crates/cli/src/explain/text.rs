//! Output of an explanation as text.

use std::io::{self, Write};

use crate::shortened;
use cloudwatch_filter_pattern::{Clause, Explanation, Expr, Observation};

/// Maximum length of a value in the text output, in characters.
const MAX_VALUE: usize = 120;

/// Maximum width of the clause column, in characters. Wider clauses are not aligned.
const MAX_COLUMN: usize = 72;

/// Writes an explanation as text: one line per clause, below the `&&` or `||` that it belongs to.
pub(crate) fn write_text(
    explanation: &Explanation,
    indent: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    match (&explanation.clauses, &explanation.obstacle) {
        (Some(clauses), _) => {
            writeln!(out, "{indent}  (* = clause that decides the result)")?;
            let mut lines = Vec::new();
            lay_out(clauses, 0, &mut lines);
            let width = lines
                .iter()
                .filter(|line| line.observed.is_some())
                .map(|line| line.text.chars().count())
                .filter(|&width| width <= MAX_COLUMN)
                .max()
                .unwrap_or_default();
            for line in &lines {
                let mark = if line.decides { '*' } else { ' ' };
                let (verdict, text) = (line.verdict, &line.text);
                match &line.observed {
                    Some(observed) => {
                        writeln!(
                            out,
                            "{indent}{mark} {verdict:<5}  {text:<width$}  {observed}"
                        )?;
                    }
                    None => writeln!(out, "{indent}{mark} {verdict:<5}  {text}")?,
                }
            }
        }
        (None, Some(obstacle)) => writeln!(out, "{indent}  {obstacle}")?,
        (None, None) => writeln!(out, "{indent}  the pattern matches every message")?,
    }
    for term in &explanation.ignored {
        writeln!(
            out,
            "{indent}  {term} is ignored: `?` counts only if every term has it"
        )?;
    }
    Ok(())
}

/// A line of an explanation.
struct Line {
    decides: bool,
    verdict: bool,
    text: String,
    /// The observation of the clause; `None` for the line above the operands of `&&` or `||`.
    observed: Option<String>,
}

fn lay_out(expr: &Expr<Clause>, depth: usize, lines: &mut Vec<Line>) {
    let indent = "  ".repeat(depth);
    let (operands, label) = match expr {
        Expr::And(operands) => (operands, "all of (&&)"),
        Expr::Or(operands) => (operands, "any of (||)"),
        Expr::Test(clause) => {
            lines.push(Line {
                decides: clause.decides,
                verdict: clause.holds,
                text: format!("{indent}{}", clause.text),
                observed: Some(observed(clause)),
            });
            return;
        }
    };
    lines.push(Line {
        decides: expr.decides(),
        verdict: expr.verdict(),
        text: format!("{indent}{label}"),
        observed: None,
    });
    for operand in operands {
        lay_out(operand, depth + 1, lines);
    }
}

fn observed(clause: &Clause) -> String {
    let observed = match &clause.observed {
        Observation::Occurrence(true) => "occurs".to_owned(),
        Observation::Occurrence(false) => "does not occur".to_owned(),
        Observation::Values(values) if values.is_empty() => "is missing".to_owned(),
        Observation::Values(values) => {
            format!("is {}", shortened::text(&values.join(", "), MAX_VALUE))
        }
    };
    match clause.note {
        Some(note) => format!("{observed}: {note}"),
        None => observed,
    }
}

//! Prints the lines of standard input that match a filter pattern.
//!
//! ```text
//! match_lines PATTERN
//! match_lines --explain PATTERN
//! ```
//!
//! With `--explain`, prints every line with the result of each clause. `*` marks the clauses that decide. The exit code is 0
//! if a line matches, 1 if no line does, and 2 after an error.

use std::io::{self, BufRead as _, Write};
use std::process::ExitCode;

use cloudwatch_filter_pattern::record::Selectors;
use cloudwatch_filter_pattern::{FilterPattern, Observation, PatternSet};

const USAGE: &str = "usage: match_lines [--explain] PATTERN < LINES";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (explain, source) = match arguments[..] {
        ["--explain", source] => (true, source),
        [source] if !source.starts_with("--") => (false, source),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let pattern: FilterPattern = match source.parse() {
        Ok(pattern) => pattern,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let mut out = io::stdout().lock();
    let matched = if explain {
        explain_lines(&pattern, &mut out)
    } else {
        match_lines(pattern, &mut out)
    };
    match matched {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Prints the lines that match. Returns whether there is one.
fn match_lines(pattern: FilterPattern, out: &mut impl Write) -> io::Result<bool> {
    // A pattern set is compiled once and can have many patterns.
    let mut selectors = Selectors::default();
    let set = PatternSet::new(&[pattern], &mut selectors);
    let mut reader = selectors.into_reader();
    let mut matched = false;
    for line in io::stdin().lock().lines() {
        let line = line?;
        if set.matches_one(0, &line, reader.read(&line).ok()) {
            writeln!(out, "{line}")?;
            matched = true;
        }
    }
    Ok(matched)
}

/// Prints all lines with an explanation. Returns whether one matches.
fn explain_lines(pattern: &FilterPattern, out: &mut impl Write) -> io::Result<bool> {
    let mut matched = false;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let explanation = pattern.explain(&line);
        let result = if explanation.matches {
            "match"
        } else {
            "no match"
        };
        writeln!(out, "{result}: {line}")?;
        if let Some(obstacle) = &explanation.obstacle {
            writeln!(out, "  {obstacle}")?;
        }
        for clause in explanation
            .clauses
            .iter()
            .flat_map(|clauses| clauses.tests())
        {
            let mark = if clause.decides { '*' } else { ' ' };
            let observed = match &clause.observed {
                Observation::Values(values) if values.is_empty() => "missing".to_owned(),
                Observation::Values(values) => values.join(", "),
                Observation::Occurrence(true) => "occurs".to_owned(),
                Observation::Occurrence(false) => "does not occur".to_owned(),
            };
            writeln!(
                out,
                "{mark} {:<5}  {}  ({observed})",
                clause.holds, clause.text
            )?;
            if let Some(note) = clause.note {
                writeln!(out, "         {note}")?;
            }
        }
        matched |= explanation.matches;
    }
    Ok(matched)
}

//! `cloudtrail-alarms lint`: reports provable errors and risks in alarms and patterns, with corrections.

pub mod alarm;
mod arguments;
mod input;
pub mod pattern;
mod pattern_list;
mod replacement;
mod report;
mod source_pattern;

use std::io::Write;

use crate::error::CliError;
use crate::output::{Output, Verdict};
use input::LintInput;
use report::FindingReport;

pub(super) use arguments::LintArguments;

/// Prints the findings. With `--fix`, applies the corrections, and prints them and the remaining findings.
pub(super) fn run(
    arguments: &LintArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let today = arguments.day.today();
    let mut input = LintInput::read(arguments)?;
    let mut reports = Vec::new();
    if arguments.fix {
        reports = input.correct()?;
        if !reports.is_empty() {
            input = LintInput::read(arguments)?;
        }
    }
    let mut findings = input.findings(today);
    if arguments.fix {
        findings = findings.into_iter().map(FindingReport::not_fixed).collect();
    }
    let verdict = if findings.is_empty() {
        Verdict::Fine
    } else {
        Verdict::Findings
    };
    reports.extend(findings);
    match output {
        Output::Text => report::write_text(&reports, out)?,
        Output::Json => FindingReport::write_json(&reports, out)?,
    }
    Ok(verdict)
}

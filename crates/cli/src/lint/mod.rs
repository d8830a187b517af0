//! `cloudtrail-alarms lint`: what is provably wrong or dangerous, why, and what to write instead.

pub mod alarm;
mod list;
pub mod pattern;
mod replacement;
mod report;
mod subject;
mod written;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::alarms::AlarmsArguments;
use super::day::DayArguments;
use super::{CliError, Output, Verdict};
use report::Report;
use subject::Subject;

#[derive(Debug, Args)]
pub(super) struct LintArguments {
    /// An alarms file, or a JSON array of objects with a `pattern` or `filterPattern` each [default: alarms.yaml, or else
    /// the alarms that are compiled in]
    #[arg(conflicts_with = "filter_pattern")]
    file: Option<PathBuf>,
    /// A pattern, instead of a file of them.
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    filter_pattern: Option<String>,
    /// Write the corrected text into the file wherever there is one.
    #[arg(long, conflicts_with = "filter_pattern")]
    fix: bool,
    #[command(flatten)]
    day: DayArguments,
    #[command(flatten)]
    alarms: AlarmsArguments,
}

/// Prints the findings, or with `--fix` what was corrected and the findings that are left.
pub(super) fn run(
    arguments: &LintArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let today = arguments.day.today();
    let mut subject = Subject::read(arguments)?;
    let mut reports = Vec::new();
    if arguments.fix {
        reports = subject.correct()?;
        if !reports.is_empty() {
            subject = Subject::read(arguments)?;
        }
    }
    let mut findings = subject.findings(today);
    if arguments.fix {
        findings = findings.into_iter().map(Report::left).collect();
    }
    let verdict = if findings.is_empty() {
        Verdict::Fine
    } else {
        Verdict::Findings
    };
    reports.extend(findings);
    match output {
        Output::Text => report::write_text(&reports, out)?,
        Output::Json => Report::write_json(&reports, out)?,
    }
    Ok(verdict)
}

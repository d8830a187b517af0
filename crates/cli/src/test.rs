//! `cloudtrail-alarms test`: runs the tests of an alarms file, records that must or must not match.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::alarms::{AlarmSelection, AlarmsFileArguments};
use crate::error::CliError;
use crate::explain::ExplanationJson;
use crate::junit;
use crate::output::{Output, Verdict};
use crate::suite::{Ending, Suite};
use crate::visible::on_one_line;
use cloudtrail_alarms::alarm::file::Position;
use cloudtrail_alarms::error::chain;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        cloudtrail-alarms test alarms.yaml\n  \
        cloudtrail-alarms test catalogue/kms.yaml --junit results.xml")]
pub(super) struct TestArguments {
    #[command(flatten)]
    alarms: AlarmsFileArguments,
    #[command(flatten)]
    selection: AlarmSelection,
    /// Also write the results to this file, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Runs all tests. A test that fails is a finding, as is one whose record cannot be read.
pub(super) fn run(
    arguments: &TestArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let file = arguments.selection.select(arguments.alarms.load()?)?;
    let suites: Vec<Suite> = (file.alarms.iter().zip(&file.locations))
        .map(|(alarm, location)| Suite::run(alarm, location))
        .collect();
    if let Some(path) = &arguments.junit {
        let report = junit::Report(&suites).to_string();
        std::fs::write(path, report).map_err(|source| CliError::WriteFile {
            path: path.display().to_string(),
            source,
        })?;
    }
    let summary = Summary::new(&suites);
    match output {
        Output::Text => write_text(&suites, &summary, out)?,
        Output::Json => {
            let report = ReportJson {
                tests: suites.iter().flat_map(results).collect(),
                summary: &summary,
            };
            serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(match summary.failed + summary.not_run {
        0 => Verdict::Fine,
        _ => Verdict::Findings,
    })
}

fn write_text(suites: &[Suite], summary: &Summary<'_>, out: &mut dyn Write) -> io::Result<()> {
    for Suite { alarm, outcomes } in suites {
        if outcomes.is_empty() {
            continue;
        }
        writeln!(out, "{}", on_one_line(alarm))?;
        for outcome in outcomes {
            let name = on_one_line(&outcome.name);
            let label = match outcome.ending() {
                Ending::Passed => {
                    writeln!(out, "  ok      {name}")?;
                    continue;
                }
                Ending::Failed => "FAILED ",
                Ending::NotRun => "NOT RUN",
            };
            writeln!(out, "  {label} {name}: {}", outcome.problem())?;
            outcome.write_details("          ", out)?;
        }
        writeln!(out)?;
    }
    let Summary {
        passed,
        failed,
        not_run,
        alarms_without_tests,
    } = summary;
    write!(out, "{passed} passed, {failed} failed")?;
    if *not_run > 0 {
        write!(out, ", {not_run} not run")?;
    }
    if !alarms_without_tests.is_empty() {
        let names = alarms_without_tests.iter();
        let names: Vec<String> = names.map(|name| on_one_line(name)).collect();
        write!(out, "; without tests: {}", names.join(", "))?;
    }
    writeln!(out)
}

#[derive(Serialize)]
struct ReportJson<'r> {
    tests: Vec<ResultJson<'r>>,
    summary: &'r Summary<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'r> {
    passed: usize,
    failed: usize,
    not_run: usize,
    alarms_without_tests: Vec<&'r str>,
}

impl<'r> Summary<'r> {
    fn new(suites: &'r [Suite]) -> Self {
        let count = |ending| suites.iter().map(|suite| suite.count(ending)).sum();
        let without = suites.iter().filter(|suite| suite.outcomes.is_empty());
        Self {
            passed: count(Ending::Passed),
            failed: count(Ending::Failed),
            not_run: count(Ending::NotRun),
            alarms_without_tests: without.map(|suite| suite.alarm.as_str()).collect(),
        }
    }
}

#[derive(Serialize)]
struct ResultJson<'r> {
    alarm: &'r str,
    name: &'r str,
    file: String,
    line: usize,
    column: usize,
    passed: bool,
    expected: bool,
    /// `None` if the test was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<bool>,
    /// Only for a test that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<ExplanationJson>,
    /// Why the test was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

fn results(suite: &Suite) -> impl Iterator<Item = ResultJson<'_>> {
    suite.outcomes.iter().map(|outcome| {
        let Position { path, line, column } = &outcome.position;
        let explanation = outcome.explanation.as_ref();
        let failed = explanation
            .ok()
            .filter(|_| outcome.ending() == Ending::Failed);
        ResultJson {
            alarm: &suite.alarm,
            name: &outcome.name,
            file: path.display().to_string(),
            line: *line,
            column: *column,
            passed: outcome.ending() == Ending::Passed,
            expected: outcome.expected,
            matches: explanation.ok().map(|explanation| explanation.matches),
            explanation: failed.map(ExplanationJson::new),
            error: explanation.err().map(|error| chain(error)),
        }
    })
}

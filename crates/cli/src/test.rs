//! `cloudtrail-alarms test`: the records that an alarms file says must, or must not, match.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::alarms::{self, AlarmsArguments};
use super::explain::{self, ExplanationJson};
use super::visible::on_one_line;
use super::{CliError, Output, Verdict, input, junit};
use cloudtrail_alarms::alarm::definition::{AlarmDefinition, RecordSource, RecordTest};
use cloudtrail_alarms::alarm::file::{AlarmLocation, Position};
use cloudtrail_alarms::error::chain;
use cloudwatch_filter_pattern::Explanation;

#[derive(Debug, Args)]
pub(super) struct TestArguments {
    /// The alarms file [default: alarms.yaml, or else the alarms that are compiled in]
    file: Option<PathBuf>,
    #[command(flatten)]
    alarms: AlarmsArguments,
    /// Write the results to this file too, as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// The tests of one alarm, done.
pub(super) struct Suite {
    pub(super) alarm: String,
    pub(super) outcomes: Vec<Outcome>,
}

/// One test, done, or not done for want of its record.
pub(super) struct Outcome {
    pub(super) name: String,
    position: Position,
    expected: bool,
    explanation: Result<Explanation, CliError>,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Passed,
    Failed,
    /// There is no record.
    NotRun,
}

impl Suite {
    fn run(alarm: &AlarmDefinition, location: &AlarmLocation) -> Self {
        let outcome = |(test, position): (&RecordTest, &Position)| Outcome {
            name: test.name.clone(),
            position: position.clone(),
            expected: test.matches,
            explanation: match &test.record {
                RecordSource::File(path) => {
                    input::record_in(path).map(|message| alarm.pattern.explain(&message))
                }
                RecordSource::Inline(json) => Ok(alarm.pattern.explain(json)),
            },
        };
        Self {
            alarm: alarm.name.clone(),
            outcomes: (alarm.tests.iter().zip(&location.tests))
                .map(outcome)
                .collect(),
        }
    }

    /// How many of its tests ended in this way.
    pub(super) fn count(&self, ending: Ending) -> usize {
        let ended = self.outcomes.iter().map(Outcome::ending);
        ended.filter(|&other| other == ending).count()
    }
}

impl Outcome {
    pub(super) fn ending(&self) -> Ending {
        match &self.explanation {
            Ok(explanation) if explanation.matches == self.expected => Ending::Passed,
            Ok(_) => Ending::Failed,
            Err(_) => Ending::NotRun,
        }
    }

    /// What went wrong, of a test that did not pass.
    pub(super) fn complaint(&self) -> String {
        let said = |matches| if matches { "a match" } else { "no match" };
        match &self.explanation {
            Ok(explanation) => {
                let (expected, found) = (said(self.expected), said(explanation.matches));
                format!("expected {expected}, found {found}")
            }
            Err(error) => chain(error),
        }
    }

    /// Where the test stands, and why its record matches or does not.
    pub(super) fn write_details(&self, indent: &str, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{indent}at {}", self.position)?;
        match &self.explanation {
            Ok(explanation) => explain::write_text(explanation, indent, out),
            Err(_) => Ok(()),
        }
    }
}

/// Runs all tests. One that fails, or whose record cannot be read, is a finding: the others are run all the same.
pub(super) fn run(
    arguments: &TestArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let file = alarms::load(arguments.file.as_deref(), &arguments.alarms.parameters)?;
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
            let word = match outcome.ending() {
                Ending::Passed => {
                    writeln!(out, "  ok      {name}")?;
                    continue;
                }
                Ending::Failed => "FAILED ",
                Ending::NotRun => "NOT RUN",
            };
            writeln!(out, "  {word} {name}: {}", outcome.complaint())?;
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
    /// None of a test that was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<bool>,
    /// Of a test that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<ExplanationJson>,
    /// Why a test was not run.
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

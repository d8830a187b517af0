//! `cloudtrail-alarms test`: the records that an alarms file says must, or must not, match.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::alarms::{self, AlarmsArguments};
use super::explain::{self, ExplanationJson};
use super::{CliError, Output, Verdict, input, junit};
use crate::alarm::definition::{AlarmDefinition, RecordSource, RecordTest};
use crate::pattern::Explanation;

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

/// One test, done.
pub(super) struct Outcome {
    pub(super) name: String,
    expected: bool,
    explanation: Explanation,
}

impl Suite {
    fn run(alarm: &AlarmDefinition) -> Result<Self, CliError> {
        let outcome = |test: &RecordTest| {
            let message = match &test.record {
                RecordSource::File(path) => &input::record(path)?,
                RecordSource::Inline(json) => json,
            };
            Ok(Outcome {
                name: test.name.clone(),
                expected: test.matches,
                explanation: alarm.pattern.explain(message),
            })
        };
        Ok(Self {
            alarm: alarm.name.clone(),
            outcomes: alarm
                .tests
                .iter()
                .map(outcome)
                .collect::<Result<_, CliError>>()?,
        })
    }

    pub(super) fn failed(&self) -> usize {
        let failed = self.outcomes.iter().filter(|outcome| !outcome.passed());
        failed.count()
    }
}

impl Outcome {
    fn passed(&self) -> bool {
        self.explanation.matches == self.expected
    }

    /// What went wrong, if anything did.
    pub(super) fn complaint(&self) -> Option<String> {
        let said = |matches| if matches { "a match" } else { "no match" };
        let (expected, found) = (said(self.expected), said(self.explanation.matches));
        (!self.passed()).then(|| format!("expected {expected}, found {found}"))
    }

    pub(super) fn explanation_text(&self) -> String {
        let mut text = Vec::new();
        explain::write_text(&self.explanation, "", &mut text)
            .expect("writing to memory does not fail");
        String::from_utf8(text).expect("only text was written")
    }
}

/// Runs all tests; a test that fails is a finding. A record that cannot be read is misuse, and then none is run.
pub(super) fn run(
    arguments: &TestArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let file = alarms::load(arguments.file.as_deref(), &arguments.alarms.parameters)?;
    let suites: Vec<Suite> = (file.alarms.iter())
        .map(Suite::run)
        .collect::<Result<_, _>>()?;
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
    Ok(match summary.failed {
        0 => Verdict::Fine,
        _ => Verdict::Findings,
    })
}

fn write_text(suites: &[Suite], summary: &Summary<'_>, out: &mut dyn Write) -> io::Result<()> {
    for Suite { alarm, outcomes } in suites {
        if outcomes.is_empty() {
            continue;
        }
        writeln!(out, "{alarm}")?;
        for outcome in outcomes {
            let name = &outcome.name;
            match outcome.complaint() {
                None => writeln!(out, "  ok      {name}")?,
                Some(complaint) => {
                    writeln!(out, "  FAILED  {name}: {complaint}")?;
                    explain::write_text(&outcome.explanation, "          ", out)?;
                }
            }
        }
        writeln!(out)?;
    }
    let Summary {
        passed,
        failed,
        alarms_without_tests,
    } = summary;
    write!(out, "{passed} passed, {failed} failed")?;
    if !alarms_without_tests.is_empty() {
        write!(out, "; without tests: {}", alarms_without_tests.join(", "))?;
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
    alarms_without_tests: Vec<&'r str>,
}

impl<'r> Summary<'r> {
    fn new(suites: &'r [Suite]) -> Self {
        let tests: usize = suites.iter().map(|suite| suite.outcomes.len()).sum();
        let failed = suites.iter().map(Suite::failed).sum();
        let without = suites.iter().filter(|suite| suite.outcomes.is_empty());
        Self {
            passed: tests - failed,
            failed,
            alarms_without_tests: without.map(|suite| suite.alarm.as_str()).collect(),
        }
    }
}

#[derive(Serialize)]
struct ResultJson<'r> {
    alarm: &'r str,
    name: &'r str,
    passed: bool,
    expected: bool,
    matches: bool,
    /// Of a test that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<ExplanationJson>,
}

fn results(suite: &Suite) -> impl Iterator<Item = ResultJson<'_>> {
    suite.outcomes.iter().map(|outcome| ResultJson {
        alarm: &suite.alarm,
        name: &outcome.name,
        passed: outcome.passed(),
        expected: outcome.expected,
        matches: outcome.explanation.matches,
        explanation: (!outcome.passed()).then(|| ExplanationJson::new(&outcome.explanation)),
    })
}

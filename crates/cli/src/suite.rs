//! Test suites of an alarms file and their outcomes.

use std::io::{self, Write};

use crate::error::CliError;
use crate::explain;
use crate::records::message_of_file;
use crate::visible::on_one_line;
use cloudtrail_alarms::alarm::definition::{AlarmDefinition, RecordSource, RecordTest};
use cloudtrail_alarms::alarm::file::{AlarmLocation, Position};
use cloudtrail_alarms::error::chain;
use cloudwatch_filter_pattern::Explanation;

/// The outcomes of the tests of one alarm.
pub(super) struct Suite {
    pub(super) alarm: String,
    pub(super) outcomes: Vec<Outcome>,
}

/// The outcome of one test.
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) position: Position,
    /// Whether the record must match.
    pub(super) expected: bool,
    /// An error if the record cannot be read.
    pub(super) explanation: Result<Explanation, CliError>,
    /// The reason of the first exclusion that matches the record. Exclusions do not affect a test.
    exclusion: Option<String>,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Passed,
    Failed,
    /// The record cannot be read.
    NotRun,
}

impl Suite {
    /// Runs the tests of an alarm.
    pub(super) fn run(alarm: &AlarmDefinition, location: &AlarmLocation) -> Self {
        let outcome = |(test, position): (&RecordTest, &Position)| {
            let message = match &test.record {
                RecordSource::File(path) => message_of_file(path),
                RecordSource::Inline(json) => Ok(json.clone()),
            };
            let matching = |message: &String| {
                let mut exclusions = alarm.exclude.iter();
                let first = exclusions.find(|exclusion| exclusion.pattern.matches(message))?;
                Some(first.reason.clone())
            };
            Outcome {
                name: test.name.clone(),
                position: position.clone(),
                expected: test.matches,
                exclusion: message.as_ref().ok().and_then(matching),
                explanation: message.map(|message| alarm.pattern.explain(&message)),
            }
        };
        Self {
            alarm: alarm.name.clone(),
            outcomes: (alarm.tests.iter().zip(&location.tests))
                .map(outcome)
                .collect(),
        }
    }

    /// Number of tests that ended in this way.
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

    /// Why a test did not pass.
    pub(super) fn problem(&self) -> String {
        let result = |matches| if matches { "a match" } else { "no match" };
        match &self.explanation {
            Ok(explanation) => {
                let (expected, found) = (result(self.expected), result(explanation.matches));
                let advice = match &self.exclusion {
                    Some(reason) if explanation.matches => {
                        let reason = on_one_line(reason);
                        format!("; a test ignores exclusions, such as \"{reason}\"")
                    }
                    _ => String::new(),
                };
                format!("expected {expected}, found {found}{advice}")
            }
            Err(error) => chain(error),
        }
    }

    /// Writes the position of the test, and why its record matches or does not match.
    pub(super) fn write_details(&self, indent: &str, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{indent}at {}", self.position)?;
        match &self.explanation {
            Ok(explanation) => explain::write_text(explanation, indent, out),
            Err(_) => Ok(()),
        }
    }
}

//! `cloudtrail-alarms explain`: the result of each clause of a pattern for a record, and which clauses decide.

mod exclusions;
mod first_seen;
mod json;
mod text;

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::alarms::{self, AlarmsArguments, Parameter};
use crate::argument;
use crate::day::DayArguments;
use crate::error::CliError;
use crate::input;
use crate::output::{Output, Verdict};
use crate::records;
use crate::visible::{on_one_line, print_stderr};
use cloudtrail_alarms::alarm::definition::{AlarmDefinition, Exclusion};
use cloudwatch_filter_pattern::FilterPattern;
use exclusions::ExclusionJson;
use first_seen::FirstSeenJson;

pub(super) use json::ExplanationJson;
pub(super) use text::write_text;

#[derive(Debug, Args)]
#[command(
    override_usage = "cloudtrail-alarms explain [OPTIONS] --alarm <NAME> <RECORD>\n       \
        cloudtrail-alarms explain [OPTIONS] --filter-pattern <PATTERN> <RECORD>",
    after_help = "Example:\n  \
        cloudtrail-alarms explain --alarm Pattern1ApplicationKMSSecurityAlarm \\\n    \
        events/records/kms-incorrect-key.json"
)]
pub(super) struct ExplainArguments {
    #[command(flatten)]
    pattern: PatternArguments,
    /// File with a record or another message; `-` is standard input
    ///
    /// A file with several records, in one of the formats of `backtest`, is accepted too: see --record.
    #[arg(value_name = "RECORD")]
    file: PathBuf,
    /// Number of the record in the file, from 1
    #[arg(long, value_name = "N", default_value = "1", value_parser = argument::number)]
    record: NonZeroUsize,
    #[command(flatten)]
    day: DayArguments,
    #[command(flatten)]
    alarms: AlarmsArguments,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct PatternArguments {
    /// Explain the pattern of this alarm
    #[arg(long, value_name = "NAME")]
    alarm: Option<String>,
    /// Explain this pattern
    #[arg(
        long,
        value_name = "PATTERN",
        allow_hyphen_values = true,
        conflicts_with = "alarms_file"
    )]
    filter_pattern: Option<String>,
}

/// Explains the pattern. A record that does not match is not a finding, and a log file without a record is one.
pub(super) fn run(
    arguments: &ExplainArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let PatternArguments {
        alarm,
        filter_pattern,
    } = &arguments.pattern;
    let parameters = &arguments.alarms.parameters;
    let (pattern, definition) = if let Some(name) = alarm {
        let file = arguments.alarms.load()?;
        let alarm = alarms::find(&file.alarms, name)?.clone();
        (alarm.pattern.clone(), Some(alarm))
    } else {
        let pattern: FilterPattern = filter_pattern.as_deref().unwrap_or_default().parse()?;
        (bound(&pattern, parameters)?, None)
    };
    let messages = records::messages(&arguments.file)?;
    if messages.is_empty() {
        let name = input::name(&arguments.file);
        print_stderr(format_args!(
            "error: {name} has no record; its list of records is empty"
        ));
        return Ok(Verdict::Findings);
    }
    let message = selected(&messages, arguments)?;
    let explanation = pattern.explain(message);
    let today = arguments.day.today();
    let matching: Option<&AlarmDefinition> = (definition.as_ref()).filter(|_| explanation.matches);
    let applicable: Vec<&Exclusion> = (matching.iter())
        .flat_map(|alarm| &alarm.exclude)
        .filter(|exclusion| exclusion.pattern.matches(message))
        .collect();
    let first_seen = matching.and_then(|alarm| FirstSeenJson::new(alarm, message));
    match output {
        Output::Text => {
            let verdict = if explanation.matches {
                "match"
            } else {
                "no match"
            };
            let suffix = alarm.iter();
            let suffix = suffix.map(|name| format!(" of alarm {}", on_one_line(name)));
            writeln!(out, "{verdict}{}", suffix.collect::<String>())?;
            write_text(&explanation, "", out)?;
            exclusions::write_text(&applicable, today, out)?;
            if let Some(first_seen) = first_seen {
                let is_excluded = applicable.iter().any(|one| one.holds_on(today));
                first_seen.write_text(is_excluded, out)?;
            }
        }
        Output::Json => {
            let report = Report {
                alarm: alarm.as_deref(),
                filter_pattern: pattern.source(),
                record: arguments.record,
                records: messages.len(),
                explanation: ExplanationJson::new(&explanation),
                exclusions: (applicable.into_iter())
                    .map(|exclusion| ExclusionJson::new(exclusion, today))
                    .collect(),
                first_seen,
            };
            serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(Verdict::Fine)
}

/// The record with the number of the arguments. Of several records, reports on standard error which one it is.
fn selected<'m>(messages: &'m [String], arguments: &ExplainArguments) -> Result<&'m str, CliError> {
    let (number, count) = (arguments.record.get(), messages.len());
    let message = messages.get(number - 1).ok_or_else(|| {
        let path = input::name(&arguments.file);
        CliError::Argument {
            argument: "--record",
            reason: format!(
                "expected at most {count}, the number of records in {path}, found {number}"
            ),
        }
    })?;
    if count > 1 {
        print_stderr(format_args!(
            "note: record {number} of {count} is explained; --record N selects another one"
        ));
    }
    Ok(message)
}

/// Binds the parameters of a pattern from the command line. Each must have a value.
fn bound(pattern: &FilterPattern, parameters: &[Parameter]) -> Result<FilterPattern, CliError> {
    let names = pattern.parameters();
    alarms::check_known(names.iter().copied(), parameters)?;
    let value = |name: &str| alarms::value(name, parameters).map(|value| vec![value]);
    if let Some(name) = names.iter().find(|name| value(name).is_none()) {
        return Err(CliError::Argument {
            argument: "--filter-pattern",
            reason: format!(
                "the parameter `{name}` has no value; give it with --param {name}=VALUE"
            ),
        });
    }
    Ok(pattern.bind(&value)?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm: Option<&'r str>,
    filter_pattern: &'r str,
    /// Number of the record in its file, from 1.
    record: NonZeroUsize,
    /// Number of records in the file.
    records: usize,
    #[serde(flatten)]
    explanation: ExplanationJson,
    /// Exclusions that match the record, including expired ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exclusions: Vec<ExclusionJson<'r>>,
    /// The combination of an alarm with `FirstSeen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen: Option<FirstSeenJson>,
}

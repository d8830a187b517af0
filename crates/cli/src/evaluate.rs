//! `cloudtrail-alarms evaluate`: the state of an alarm as CloudWatch evaluates it, and the reason.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde::de::IntoDeserializer;
use serde::de::value::Error as ValueError;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::argument;
use crate::error::CliError;
use crate::input;
use crate::json::{self, JsonError};
use crate::output::{SingleFormat, Verdict};
use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::evaluation::{Datapoint, evaluate};
use cloudtrail_alarms::alarm::file::properties::{PropertiesError, settings_from_properties};
use cloudtrail_alarms::alarm::window::windows_ending_at;
use cloudtrail_alarms::error::chain;

#[derive(Debug, Args)]
#[command(
    override_usage = "cloudtrail-alarms evaluate --alarm <JSON> --datapoints <JSON>\n           \
        --state <STATE>\n       \
        cloudtrail-alarms evaluate --file <FILE>",
    after_help = "Example:\n  \
        cloudtrail-alarms evaluate --datapoints '[0, null, 3]' --state OK --alarm \\\n    \
        '{\"Threshold\": 1, \"ComparisonOperator\": \"GreaterThanThreshold\",\n    \
        \"EvaluationPeriods\": 1, \"Period\": 60, \"Statistic\": \"Sum\"}'"
)]
pub(super) struct EvaluateArguments {
    /// Alarm, as JSON with its CloudFormation properties
    #[arg(long, value_name = "JSON", required_unless_present = "file", requires_all = ["datapoints", "state"])]
    alarm: Option<String>,
    /// Datapoints, oldest first, as a JSON array; null is missing
    #[arg(long, value_name = "JSON", requires = "alarm")]
    datapoints: Option<String>,
    /// Previous state: `OK`, `ALARM` or `INSUFFICIENT_DATA`
    #[arg(long, value_parser = state, requires = "alarm")]
    state: Option<AlarmState>,
    /// Evaluate each line of this JSON Lines file; `-` is standard input
    ///
    /// Each line is `{"alarm": {...}, "datapoints": [...], "state": "OK"}`.
    #[arg(long, conflicts_with_all = ["alarm", "datapoints", "state"])]
    file: Option<PathBuf>,
    /// Evaluation time (RFC 3339); the newest datapoint's period ends here
    #[arg(long, default_value = "2026-01-01T00:00:00Z", value_parser = argument::time)]
    time: Timestamp,
    #[command(flatten)]
    format: SingleFormat,
}

fn state(text: &str) -> Result<AlarmState, &'static str> {
    let state: Result<_, ValueError> = AlarmState::deserialize(text.into_deserializer());
    state.map_err(|_| "expected `OK`, `ALARM` or `INSUFFICIENT_DATA`")
}

/// A line of the file.
#[derive(Deserialize)]
struct Request {
    alarm: Box<RawValue>,
    datapoints: Vec<Option<f64>>,
    state: AlarmState,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    state_value: AlarmState,
    state_reason: String,
}

/// Evaluates the alarms and prints one result per line.
pub(super) fn run(arguments: &EvaluateArguments, out: &mut dyn Write) -> Result<Verdict, CliError> {
    let time = arguments.time;
    let responses = match (&arguments.file, &arguments.alarm) {
        (Some(path), _) => input::lines(path, |line| {
            let Request {
                alarm,
                datapoints,
                state,
            } = json::parse(line)?;
            evaluate_json(alarm.get(), &datapoints, state, time)
        })?,
        (None, alarm) => {
            let invalid = |argument| move |reason| CliError::Argument { argument, reason };
            let datapoints = arguments.datapoints.as_deref().unwrap_or_default();
            let datapoints: Vec<Option<f64>> =
                json::parse(datapoints).map_err(invalid("--datapoints"))?;
            let state = arguments.state.unwrap_or(AlarmState::InsufficientData);
            let alarm = alarm.as_deref().unwrap_or_default();
            let response =
                evaluate_json(alarm, &datapoints, state, time).map_err(invalid("--alarm"))?;
            vec![response]
        }
    };
    for response in responses {
        serde_json::to_writer(&mut *out, &response).map_err(io::Error::from)?;
        writeln!(out)?;
    }
    Ok(Verdict::Fine)
}

/// Evaluates an alarm, given as JSON. The error describes what is wrong with the JSON.
fn evaluate_json(
    alarm: &str,
    values: &[Option<f64>],
    before: AlarmState,
    time: Timestamp,
) -> Result<Response, String> {
    let (settings, evaluation_window) =
        settings_from_properties(alarm).map_err(|error| match error {
            PropertiesError::Json(error) => JsonError::new(alarm, &error).on_one_line(alarm),
            other => chain(&other),
        })?;
    let windows = windows_ending_at(time, &settings, evaluation_window, values.len());
    let datapoints: Vec<Datapoint> = (windows.iter().zip(values))
        .map(|(window, &value)| Datapoint {
            start: window.start,
            value,
        })
        .collect();
    let evaluation = evaluate(&datapoints, &settings, before);
    Ok(Response {
        state_value: evaluation.state,
        state_reason: evaluation.reason(&settings),
    })
}

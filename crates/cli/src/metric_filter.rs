//! `cloudtrail-alarms test-metric-filter`: the messages that a pattern matches, and the values that it extracts.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use crate::error::CliError;
use crate::output::{SingleFormat, Verdict};
use crate::{input, json};
use cloudwatch_filter_pattern::{Extractor, FilterPattern};

#[derive(Debug, Args)]
#[command(
    override_usage = "cloudtrail-alarms test-metric-filter --filter-pattern <PATTERN>\n           \
        <--log-event-messages <MESSAGE>...|--messages-file <FILE>>",
    after_help = "Example:\n  \
        cloudtrail-alarms test-metric-filter --filter-pattern '{ $.a = 1 }' \\\n    \
        --log-event-messages '{\"a\": 1}' '{\"a\": 2}'"
)]
pub(super) struct TestMetricFilterArguments {
    /// Filter pattern
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    filter_pattern: String,
    #[command(flatten)]
    messages: Messages,
    #[command(flatten)]
    format: SingleFormat,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Messages {
    /// Messages
    #[arg(long, value_name = "MESSAGE", num_args = 1..)]
    log_event_messages: Option<Vec<String>>,
    /// File with a JSON string, one message, on each line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    messages_file: Option<PathBuf>,
}

/// The response of the API action `TestMetricFilter`.
#[derive(Serialize)]
struct Response<'m> {
    matches: Vec<Match<'m>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Match<'m> {
    /// Index of the message, from 1.
    event_number: usize,
    event_message: &'m str,
    extracted_values: BTreeMap<String, String>,
}

/// Prints the response as the AWS CLI does: JSON, indented by four spaces.
pub(super) fn run(
    arguments: &TestMetricFilterArguments,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let pattern: FilterPattern = arguments.filter_pattern.parse()?;
    // CloudWatch has no parameters: `${Name}` is ordinary text.
    let pattern = pattern.bind(&|name| Some(vec![format!("${{{name}}}")]))?;
    let Messages {
        log_event_messages,
        messages_file,
    } = &arguments.messages;
    let file_messages;
    let messages = match messages_file {
        Some(path) => {
            file_messages = input::lines(path, json::parse_string)?;
            &file_messages
        }
        None => log_event_messages.as_deref().unwrap_or_default(),
    };

    let mut extractor = Extractor::new(&pattern);
    let matches = (1..).zip(messages).filter_map(|(event_number, message)| {
        Some(Match {
            event_number,
            event_message: message,
            extracted_values: extractor.extract(message)?,
        })
    });
    let response = Response {
        matches: matches.collect(),
    };
    let mut json = Serializer::with_formatter(&mut *out, PrettyFormatter::with_indent(b"    "));
    response
        .serialize(&mut json)
        .map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(Verdict::Fine)
}

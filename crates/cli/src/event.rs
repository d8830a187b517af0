//! `cloudtrail-alarms event`: makes an invocation event of records, as CloudWatch Logs sends it.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::argument;
use crate::error::CliError;
use crate::output::{SingleFormat, Verdict};
use crate::records;

/// Default delay between the last call and its delivery: the average of CloudTrail.
const DELIVERY_DELAY: SignedDuration = SignedDuration::from_mins(5);

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
        cloudtrail-alarms event events/records/kms-incorrect-key.json > event.json")]
pub(super) struct EventArguments {
    /// Files with records, in the formats of `backtest`; other text is sent verbatim
    #[arg(value_name = "RECORD", required_unless_present = "control_message")]
    records: Vec<PathBuf>,
    /// Delivery time (RFC 3339) [default: 5 minutes after the last `eventTime`]
    #[arg(long, value_parser = argument::time)]
    timestamp: Option<Timestamp>,
    /// Account that owns the log group
    #[arg(long, default_value = "111122223333")]
    owner: String,
    /// Log group
    #[arg(long, default_value = "aws-cloudtrail-logs")]
    log_group: String,
    /// Log stream [default: `OWNER_CloudTrail_REGION`]
    #[arg(long)]
    log_stream: Option<String>,
    /// Region in the name of the log stream
    #[arg(long, default_value = "ap-southeast-2")]
    region: String,
    /// Subscription filter that the records passed
    #[arg(long, default_value = "cloudtrail-alarms")]
    subscription_filter: String,
    /// Build the control message that CloudWatch Logs sends to check a destination
    #[arg(long, conflicts_with = "records")]
    control_message: bool,
    #[command(flatten)]
    format: SingleFormat,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "eventTime")]
    event_time: Option<Timestamp>,
}

/// Prints the event as one line of JSON. The same arguments give the same bytes.
pub(super) fn run(arguments: &EventArguments, out: &mut dyn Write) -> Result<Verdict, CliError> {
    let payload = if arguments.control_message {
        control_message(arguments)
    } else {
        data_message(arguments)?
    };
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(payload.to_string().as_bytes())?;
    let data = base64_simd::STANDARD.encode_to_string(gzip.finish()?);
    writeln!(out, "{}", json!({"awslogs": {"data": data}}))?;
    Ok(Verdict::Fine)
}

fn data_message(arguments: &EventArguments) -> Result<Value, CliError> {
    let mut messages = Vec::new();
    for path in &arguments.records {
        messages.extend(records::messages(path)?);
    }
    let time_of = |message: &String| serde_json::from_str::<Record>(message).ok()?.event_time;
    let last = || {
        messages
            .iter()
            .filter_map(time_of)
            .max()?
            .checked_add(DELIVERY_DELAY)
            .ok()
    };
    let timestamp = arguments
        .timestamp
        .or_else(last)
        .ok_or(CliError::NoTime)?
        .as_millisecond();
    let events = messages.iter().enumerate().map(|(index, message)| {
        json!({"id": log_event_id(timestamp, index), "timestamp": timestamp, "message": message})
    });
    let EventArguments { owner, region, .. } = arguments;
    let stream = arguments
        .log_stream
        .clone()
        .unwrap_or_else(|| format!("{owner}_CloudTrail_{region}"));
    Ok(payload(
        "DATA_MESSAGE",
        owner,
        &arguments.log_group,
        &stream,
        arguments,
        &events.collect::<Vec<_>>(),
    ))
}

fn control_message(arguments: &EventArguments) -> Value {
    let message = "CWL CONTROL MESSAGE: Checking health of destination Lambda function.";
    let timestamp = arguments
        .timestamp
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .as_millisecond();
    let event = json!({"id": "", "timestamp": timestamp, "message": message});
    payload(
        "CONTROL_MESSAGE",
        "CloudwatchLogs",
        "",
        "",
        arguments,
        &[event],
    )
}

fn payload(
    message_type: &str,
    owner: &str,
    group: &str,
    stream: &str,
    arguments: &EventArguments,
    events: &[Value],
) -> Value {
    json!({
        "messageType": message_type,
        "owner": owner,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": [arguments.subscription_filter],
        "logEvents": events,
    })
}

/// An ID of 56 digits, as in CloudWatch Logs: the time, then the index of the event.
fn log_event_id(timestamp: i64, index: usize) -> String {
    format!("{timestamp:017}{index:039}")
}

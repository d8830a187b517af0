//! Arguments of `backtest`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::SignedDuration;

use crate::alarms::{AlarmSelection, AlarmsArguments};
use crate::error::CliError;
use crate::records::DeliveryInterval;
use cloudtrail_alarms::yaml::{self, Schema};

/// Top-level keys. An alarms file has at least one of them.
const ALARMS_FILE_KEYS: [&str; 2] = ["Alarms", "Include"];

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Size from which a file is not an alarms file, in bytes. The largest file of the catalogue has 60 KB.
const MAX_ALARMS_FILE: u64 = 1 << 20;

#[derive(Debug, Args)]
#[command(
    override_usage = "cloudtrail-alarms backtest [OPTIONS] <PATH>...",
    after_help = "Examples:\n  \
        cloudtrail-alarms backtest events/kms-error-burst.json --show-emails\n  \
        cloudtrail-alarms backtest --alarms-file catalogue/kms.yaml events"
)]
pub(crate) struct BacktestArguments {
    /// Files and folders with records; `-` is standard input
    ///
    /// The format is detected from the content: CloudTrail log files, subscription payloads, EventBridge events, records as
    /// JSON Lines or as an array, or the output of `aws logs filter-log-events` or `aws cloudtrail lookup-events`; gzip or
    /// not. An alarms file among the paths is the same as --alarms-file.
    #[arg(value_name = "PATH", required_unless_present = "from")]
    paths: Vec<PathBuf>,
    /// The same as PATH
    #[arg(long, value_name = "PATH", num_args = 1.., hide = true)]
    from: Vec<PathBuf>,
    #[command(flatten)]
    alarms: AlarmsArguments,
    #[command(flatten)]
    pub(super) selection: AlarmSelection,
    /// Delivery interval to simulate for records that have no delivery time
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = interval)]
    pub(super) delivery_interval: DeliveryInterval,
    /// Account ID in notifications [default: that of the first record]
    #[arg(long)]
    pub(super) account: Option<String>,
    /// Region in notifications [default: that of the first record]
    #[arg(long)]
    pub(super) region: Option<String>,
    /// Count new combinations of `FirstSeen` from the first record on
    #[arg(long)]
    pub(super) skip_warm_up: bool,
    /// Print complete emails, not only their subjects
    #[arg(long)]
    pub(super) show_emails: bool,
    /// Use the slower reference parser; the results are identical
    #[arg(long = "reference-parser")]
    pub(super) reference_parser_only: bool,
}

fn interval(text: &str) -> Result<DeliveryInterval, &'static str> {
    let duration: Option<SignedDuration> = text.parse().ok();
    duration
        .and_then(DeliveryInterval::new)
        .ok_or("expected 1s to 24h, in whole seconds, such as 5m")
}

/// The alarms and the records of a backtest.
pub(super) struct Sources {
    pub(super) alarms: AlarmsArguments,
    /// Files and folders with records, at least one.
    pub(super) inputs: Vec<PathBuf>,
}

impl BacktestArguments {
    /// Separates the alarms file from the records.
    pub(super) fn sources(&self) -> Result<Sources, CliError> {
        let mut alarms = self.alarms.clone();
        let paths = self.paths.iter().chain(&self.from).cloned();
        let (files, inputs): (Vec<_>, Vec<_>) = paths.partition(|path| is_alarms_file(path));
        for file in files {
            if let Some(first) = &alarms.alarms_file {
                return Err(CliError::SeveralAlarmsFiles {
                    first: first.display().to_string(),
                    second: file.display().to_string(),
                });
            }
            alarms.alarms_file = Some(file);
        }
        match alarms.alarms_file {
            Some(file) if inputs.is_empty() => Err(CliError::NoInput {
                alarms_file: file.display().to_string(),
            }),
            _ => Ok(Sources { alarms, inputs }),
        }
    }
}

/// Whether a path is that of an alarms file. Reads only ordinary files, since others can be read only once.
fn is_alarms_file(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() < MAX_ALARMS_FILE => {
            fs::read_to_string(path).is_ok_and(|text| has_alarms(&text))
        }
        Ok(_) => false,
        // Records have other extensions.
        Err(_) => path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml"),
    }
}

/// Whether a text is a YAML mapping with a key of an alarms file, or begins a line with one and is not valid YAML.
fn has_alarms(text: &str) -> bool {
    let keys = || ALARMS_FILE_KEYS.into_iter();
    let text = text.trim_start_matches(BYTE_ORDER_MARK);
    // Most records have neither word.
    if !keys().any(|key| text.contains(key)) {
        return false;
    }
    match yaml::parse(text, Schema::AlarmsFile).root {
        Some(root) => keys().any(|key| root.get(key).is_some()),
        None => keys().any(|key| text.lines().any(|line| line.starts_with(key))),
    }
}

#[cfg(test)]
mod tests {
    use super::has_alarms;

    #[test]
    fn an_alarms_file_is_recognized_by_its_content() {
        for (text, expected) in [
            ("Alarms:\n  - AlarmName: A\n", true),
            ("# Comment\nParameters: {}\nAlarms: []\n", true),
            ("\u{feff}Include: [pack.yaml]\n", true),
            (r#"{"Alarms": [{"AlarmName": "A"}]}"#, true),
            ("Alarms: [\n", true),
            ("", false),
            ("Parameters: {}\n", false),
            (r#"{"Records": [{"eventName": "DescribeAlarms"}]}"#, false),
            (r#"{"requestParameters": {"Alarms": []}}"#, false),
            ("{\"eventName\": \"DescribeAlarms\"}\n{\"a\": 1}\n", false),
            ("[Alarms]\n", false),
        ] {
            assert_eq!(has_alarms(text), expected, "{text:?}");
        }
    }
}

//! Reads and checks the environment variables of the function. A value of [`Settings`] is valid.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::alarm::definition::AlarmDefinition;
use crate::alarm::file::{self, AlarmsFile, AlarmsFileError, variable_name};
use crate::matching::{OwnIdentity, RecordParser};
use crate::metrics::DeclaredMetrics;
use crate::notification::{DeploymentContext, Format};
use crate::subscription::{self, EventBridgePath};

/// Name of the built-in alarms file.
pub const COMPILED_IN: &str = "alarms.yaml";

/// The expected value of a variable with a role ARN, for messages.
const ROLE: &str = "the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME";

/// The configuration of the function.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The alarms.
    pub alarms: Vec<AlarmDefinition>,
    /// `STATE_TABLE_NAME`.
    pub table_name: Option<String>,
    /// `FUNCTION_ROLE_ARN` and `SCHEDULER_ROLE_ARN`.
    pub own: OwnIdentity,
    /// `AWS_LAMBDA_FUNCTION_NAME`; empty if it is not set.
    pub function_name: String,
    /// Account and Region, and `ALARM_TOPIC_ARN`, `CLOUDTRAIL_LOG_GROUP_NAME`, `NOTIFICATION_FORMAT`.
    pub deployment: DeploymentContext,
    /// `RECORD_PARSER`: `fast` if it is not set.
    pub record_parser: RecordParser,
    /// `DETAILED_METRICS`: [`DeclaredMetrics::All`] if it is `true`.
    pub declared_metrics: DeclaredMetrics,
    /// Why alarms do not receive their records with `SUBSCRIPTION_FILTER_PATTERN` and `EVENTBRIDGE_PATH`, one line for each
    /// problem. They do not prevent a start, because a function that does not start misses every alarm.
    pub configuration_problems: Vec<String>,
}

/// All errors in the environment variables.
#[derive(Debug)]
pub struct SettingsError {
    problems: Vec<SettingsProblem>,
}

/// An error in the environment variables.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsProblem {
    /// The value of a variable is invalid.
    #[error("{name} is {value:?}; expected {expected}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// The expected values.
        expected: &'static str,
    },
    /// The alarms file is invalid.
    #[error(transparent)]
    Alarms(#[from] AlarmsFileError),
}

impl SettingsError {
    /// The errors, at least one.
    pub fn problems(&self) -> &[SettingsProblem] {
        &self.problems
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid configuration; the function cannot start:")?;
        for problem in &self.problems {
            write!(f, "\n{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// Reads the environment. `variable` returns the value of a variable, and `read` the text of a file. An empty value
    /// counts as not set.
    pub fn from_environment(
        variable: &dyn Fn(&str) -> Option<String>,
        read: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<Self, SettingsError> {
        let value = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let mut problems = Vec::new();
        let mut checked =
            |name: &'static str, is_valid: fn(&str) -> bool, expected: &'static str| {
                let value = value(name)?;
                if is_valid(&value) {
                    return Some(value);
                }
                problems.push(SettingsProblem::Variable {
                    name,
                    value,
                    expected,
                });
                None
            };
        let topic_arn = checked(
            "ALARM_TOPIC_ARN",
            |arn| is_arn(arn, "sns") && arn.strip_suffix(".fifo").is_none(),
            "the ARN of an SNS topic that is not FIFO, arn:aws:sns:REGION:ACCOUNT:NAME",
        );
        let table_name = checked(
            "STATE_TABLE_NAME",
            is_table,
            "the name or ARN of a DynamoDB table: 3 to 255 letters, digits, `_`, `-` and `.`",
        );
        let role_arn = checked("FUNCTION_ROLE_ARN", is_role, ROLE);
        let scheduler_role_arn = checked("SCHEDULER_ROLE_ARN", is_role, ROLE);
        let by_event_time = checked(
            "TIME_SOURCE",
            |source| source == "EventTime",
            "EventTime, or unset to use each alarm's TimeSource",
        );
        let log_group = checked(
            "CLOUDTRAIL_LOG_GROUP_NAME",
            is_log_group,
            "the name (not the ARN) of a log group: at most 512 letters, digits, `.`, `-`, `_`, `/` and `#`",
        );
        let format = checked(
            "NOTIFICATION_FORMAT",
            |name| format_named(name).is_some(),
            "`CloudWatch` or `AmazonQ`",
        );
        let record_parser = checked(
            "RECORD_PARSER",
            |name| matches!(name, "fast" | "reference"),
            "fast or reference",
        );
        let detailed_metrics = checked(
            "DETAILED_METRICS",
            |value| matches!(value, "true" | "false"),
            "true or false",
        );
        let path = checked(
            "EVENTBRIDGE_PATH",
            |name| EventBridgePath::named(name).is_some(),
            "disabled, failed-calls or all-calls",
        );
        let file = load(&value, read).map_err(|error| problems.push(error.into()));
        let (Ok(file), []) = (file, problems.as_slice()) else {
            return Err(SettingsError { problems });
        };
        let mut alarms = file.alarms;
        if by_event_time.is_some() {
            alarms
                .iter_mut()
                .for_each(AlarmDefinition::count_by_event_time);
        }
        let account = role_arn.as_deref().and_then(|arn| arn.split(':').nth(4));
        let path = path.as_deref().and_then(EventBridgePath::named);
        let configuration_problems = value("SUBSCRIPTION_FILTER_PATTERN").map(|filter| {
            subscription::problems(&alarms, &filter, path, scheduler_role_arn.as_deref())
        });
        let region = value("AWS_REGION")
            .or_else(|| value("AWS_DEFAULT_REGION"))
            .unwrap_or_default();
        let deployment = DeploymentContext {
            account: account.unwrap_or_default().to_owned(),
            region,
            topic_arn,
            log_group,
            format: format.as_deref().and_then(format_named).unwrap_or_default(),
            account_names: file.account_names,
        };
        Ok(Self {
            alarms,
            table_name,
            own: OwnIdentity {
                role_arn,
                scheduler_role_arn,
            },
            function_name: value("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
            deployment,
            record_parser: record_parser_named(record_parser.as_deref()),
            declared_metrics: declared_metrics(detailed_metrics.as_deref()),
            configuration_problems: configuration_problems.unwrap_or_default(),
        })
    }
}

/// The parser that a valid value of `RECORD_PARSER` names.
fn record_parser_named(name: Option<&str>) -> RecordParser {
    match name {
        Some("reference") => RecordParser::Reference,
        _ => RecordParser::Fast,
    }
}

/// The metrics to declare with a valid value of `DETAILED_METRICS`.
fn declared_metrics(detailed: Option<&str>) -> DeclaredMetrics {
    match detailed {
        Some("true") => DeclaredMetrics::All,
        _ => DeclaredMetrics::Healthy,
    }
}

fn load(
    value: &dyn Fn(&str) -> Option<String>,
    read: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<AlarmsFile, AlarmsFileError> {
    let of_parameter =
        |parameter: &file::ParameterDeclaration| value(&variable_name(&parameter.name));
    match value("ALARMS_FILE") {
        Some(path) => {
            let root = PathBuf::from(value("LAMBDA_TASK_ROOT").unwrap_or_default());
            file::load(&root.join(path), read, &of_parameter)
        }
        None => file::load(Path::new(COMPILED_IN), &compiled_in, &of_parameter),
    }
}

/// `alarms.yaml` and all files that it includes: normalized paths, and texts. The build script generates it.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/alarms_files.rs"));

/// The text of a built-in file: of [`COMPILED_IN`], or of one that it includes.
pub fn compiled_in(path: &Path) -> io::Result<String> {
    let path = file::normalized(path);
    match FILES.iter().find(|(known, _)| path == Path::new(known)) {
        Some((_, text)) => Ok((*text).to_owned()),
        None => Err(io::Error::new(
            io::ErrorKind::NotFound,
            "this file is not compiled into the binary",
        )),
    }
}

/// Whether it has the six parts of an ARN and this service.
fn is_arn(text: &str, service: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", partition, of, _, account, resource]
        if !partition.is_empty() && *of == service && account.len() == 12 && !resource.is_empty())
}

fn is_role(text: &str) -> bool {
    is_arn(text, "iam") && text.contains(":role/")
}

/// Whether CloudWatch Logs accepts the name (`CreateLogGroup`, `logGroupName`).
fn is_log_group(text: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "._-/#".contains(c);
    text.len() <= 512 && text.chars().all(is_of_name)
}

fn format_named(name: &str) -> Option<Format> {
    match name {
        "CloudWatch" => Some(Format::CloudWatch),
        "AmazonQ" => Some(Format::AmazonQ),
        _ => None,
    }
}

fn is_table(text: &str) -> bool {
    let is_name = (3..=255).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    is_name || is_arn(text, "dynamodb")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::alarm::definition::TimeSource;

    const ROLE: (&str, &str) = ("ECS_TASK_ROLE_ARN", "arn:aws:iam::111122223333:role/app");

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let variables: HashMap<_, _> = variables.iter().copied().collect();
        let variable = |name: &str| variables.get(name).map(|value| (*value).to_owned());
        Settings::from_environment(&variable, &compiled_in)
    }

    #[test]
    fn the_default_alarm_is_compiled_in() {
        let settings = settings(&[ROLE, ("ALARM_TOPIC_ARN", "")]).unwrap();
        assert_eq!(
            settings.alarms[0].name,
            "Pattern1ApplicationKMSSecurityAlarm"
        );
        assert_eq!(settings.deployment.topic_arn, None);
        assert_eq!(settings.table_name, None);
    }

    #[test]
    fn the_account_comes_out_of_the_function_role() {
        let role = "arn:aws:iam::111122223333:role/fn";
        let settings = settings(&[ROLE, ("FUNCTION_ROLE_ARN", role)]).unwrap();
        assert_eq!(settings.own.role_arn.as_deref(), Some(role));
        assert_eq!(settings.deployment.account, "111122223333");
    }

    #[test]
    fn where_records_come_by_two_paths_every_alarm_counts_by_the_time_of_the_call() {
        let alarms = settings(&[ROLE, ("TIME_SOURCE", "EventTime")])
            .unwrap()
            .alarms;
        assert!(
            alarms
                .iter()
                .all(|alarm| alarm.time_source == TimeSource::EventTime
                    && alarm.allowed_lateness.as_mins() >= 30)
        );
        let alarms = settings(&[ROLE, ("TIME_SOURCE", "")]).unwrap().alarms;
        assert_eq!(alarms[0].time_source, TimeSource::LogTimestamp);
    }

    #[test]
    fn the_fast_parser_is_used_unless_the_reference_parser_is_configured() {
        let record_parser = |variables: &[_]| settings(variables).unwrap().record_parser;
        assert_eq!(record_parser(&[ROLE]), RecordParser::Fast);
        assert_eq!(
            record_parser(&[ROLE, ("RECORD_PARSER", "fast")]),
            RecordParser::Fast
        );
        assert_eq!(
            record_parser(&[ROLE, ("RECORD_PARSER", "reference")]),
            RecordParser::Reference
        );
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let variables = [
            ("TIME_SOURCE", "LogTimestamp"),
            ("ALARM_TOPIC_ARN", "topic"),
            ("STATE_TABLE_NAME", "a b"),
            ("FUNCTION_ROLE_ARN", "arn:aws:iam::1:user/x"),
            ("CLOUDTRAIL_LOG_GROUP_NAME", "arn:aws:logs:x"),
            ("NOTIFICATION_FORMAT", "slack"),
            ("RECORD_PARSER", "off"),
            ("DETAILED_METRICS", "yes"),
            ("SCHEDULER_ROLE_ARN", "arn:aws:iam::1:user/x"),
            ("EVENTBRIDGE_PATH", "on"),
        ];
        let text = settings(&variables).unwrap_err().to_string();
        for part in [
            "TIME_SOURCE is \"LogTimestamp\"; expected EventTime, or unset",
            "ALARM_TOPIC_ARN is \"topic\"; expected the ARN of an SNS topic",
            "STATE_TABLE_NAME is \"a b\"; expected the name or ARN of a DynamoDB table",
            "FUNCTION_ROLE_ARN is \"arn:aws:iam::1:user/x\"; expected the ARN of a role",
            "CLOUDTRAIL_LOG_GROUP_NAME is \"arn:aws:logs:x\"; expected the name (not the ARN)",
            "NOTIFICATION_FORMAT is \"slack\"; expected `CloudWatch` or `AmazonQ`",
            "RECORD_PARSER is \"off\"; expected fast or reference",
            "DETAILED_METRICS is \"yes\"; expected true or false",
            "SCHEDULER_ROLE_ARN is \"arn:aws:iam::1:user/x\"; expected the ARN of a role",
            "EVENTBRIDGE_PATH is \"on\"; expected disabled, failed-calls or all-calls",
            "Pattern1ApplicationKMSSecurityAlarm",
            "ECS_TASK_ROLE_ARN",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}

//! Errors of the commands.

use cloudtrail_alarms::alarm::file::AlarmsFileError;
use cloudtrail_alarms::error::chain;
use cloudwatch_filter_pattern::{PatternError, UnboundParameter};

use crate::visible::visible;

/// A command that cannot be carried out: wrong usage, or input or output that fails. Exit code 2.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Its path.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The output cannot be written.
    #[error("cannot write the output")]
    Write {
        /// The cause.
        #[from]
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}")]
    WriteFile {
        /// Its path.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A line of a file is invalid.
    #[error("{path}:{line}: {reason}")]
    Line {
        /// The path of the file.
        path: String,
        /// The number of the line, from 1.
        line: usize,
        /// The problem.
        reason: String,
    },
    /// `--var` names a variable that no Terraform configuration of the input has.
    #[error("--var {name}: unknown variable; {advice}")]
    UnknownVariable {
        /// The name.
        name: String,
        /// The known variables, or the one with a similar spelling.
        advice: String,
    },
    /// The value of an argument is invalid.
    #[error("{argument}: {reason}")]
    Argument {
        /// The argument.
        argument: &'static str,
        /// The problem.
        reason: String,
    },
    /// The records of a file cannot be read.
    #[error("cannot read the records of {path}: {reason}")]
    Records {
        /// The path of the file.
        path: String,
        /// The problem.
        reason: String,
    },
    /// A file that should have records has no text.
    #[error("{path} is empty; expected a record as JSON, or a log file with records")]
    Empty {
        /// The path of the file.
        path: String,
    },
    /// A file is not a list of accounts.
    #[error(
        "cannot read the accounts of {path}: {reason}; expected the output of \
         `aws organizations list-accounts --output json`"
    )]
    Accounts {
        /// The path of the file.
        path: String,
        /// The problem.
        reason: String,
    },
    /// A file has several records instead of one.
    #[error("expected one record in {path}, found {count}")]
    SeveralRecords {
        /// The path of the file.
        path: String,
        /// The number of its records.
        count: usize,
    },
    /// The alarms file is invalid.
    #[error(transparent)]
    Alarms(#[from] AlarmsFileError),
    /// The alarms file does not exist, and the command does not accept the built-in alarms.
    #[error("{default} not found in the current folder; pass --alarms-file FILE")]
    NoAlarmsFile {
        /// The path that applies without an argument.
        default: &'static str,
    },
    /// Two arguments name an alarms file.
    #[error(
        "expected one alarms file, found {first} and {second}; one of them can `Include` the other"
    )]
    SeveralAlarmsFiles {
        /// One path.
        first: String,
        /// Another path.
        second: String,
    },
    /// A backtest has an alarms file and no records.
    #[error(
        "expected files or folders with records in addition to the alarms file {alarms_file}, found none"
    )]
    NoInput {
        /// The path of the alarms file.
        alarms_file: String,
    },
    /// `--param` names a parameter that neither an alarms file declares nor a pattern has.
    #[error("--param {name}: unknown parameter; {advice}")]
    UnknownParameter {
        /// The name.
        name: String,
        /// The declared parameters, or the one with a similar spelling.
        advice: String,
    },
    /// No alarm has that name.
    #[error("unknown alarm {name:?}; {advice}")]
    UnknownAlarm {
        /// The name.
        name: String,
        /// The known alarms, or the one with a similar spelling.
        advice: String,
    },
    /// A filter pattern is rejected.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A parameter of a filter pattern has no value.
    #[error(transparent)]
    Unbound(#[from] UnboundParameter),
    /// The handler failed. With a store in memory that is unexpected.
    #[error(transparent)]
    Handler(#[from] cloudtrail_alarms::error::Error),
    /// No record has an `eventTime`, and no time is given.
    #[error("no record has an `eventTime`; set the delivery time with --timestamp")]
    NoTime,
}

impl CliError {
    /// The error and its causes, escaped for a terminal.
    pub fn report(&self) -> String {
        visible(&format!("error: {}", chain(self)))
    }
}

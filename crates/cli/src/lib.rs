//! The command-line tool: alarms on a laptop, without AWS.

mod alarms;
mod backtest;
mod day;
mod evaluate;
mod event;
mod explain;
mod export;
mod import;
mod input;
mod json;
mod junit;
pub mod lint;
mod metric_filter;
mod ordered;
mod test;
mod visible;

use std::io::Write;

use clap::{Parser, Subcommand, ValueEnum};

use cloudtrail_alarms::alarm::file::AlarmsFileError;
use cloudtrail_alarms::error::chain;
use cloudwatch_filter_pattern::{PatternError, UnboundParameter};
use visible::{Visible, visible};

/// CloudWatch metric filters and alarms over CloudTrail, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "cloudtrail-alarms", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// For whom findings are written.
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    output: Output,
}

/// For whom a command writes what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show which messages a filter pattern matches, as `aws logs test-metric-filter` does.
    TestMetricFilter(metric_filter::TestMetricFilterArguments),
    /// Show what each clause of a pattern makes of a record, and which clauses decide.
    Explain(explain::ExplainArguments),
    /// Find what is provably wrong or dangerous in alarms and patterns.
    Lint(lint::LintArguments),
    /// Run the tests of an alarms file.
    Test(test::TestArguments),
    /// Decide the state of an alarm from datapoints, as CloudWatch would.
    Evaluate(evaluate::EvaluateArguments),
    /// Show what alarms would have done about records of the past.
    Backtest(backtest::BacktestArguments),
    /// Make an invocation of records, as CloudWatch Logs would send it.
    Event(event::EventArguments),
    /// Make an alarms file of metric filters and alarms of CloudFormation, Terraform or the AWS CLI.
    Import(import::ImportArguments),
    /// Write alarms for the services of AWS.
    Export(export::ExportArguments),
}

/// How a command ended, as an exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 0: nothing was found wanting.
    Fine,
    /// 1: there are findings.
    Findings,
}

/// Misuse, or input that cannot be read; exit code 2.
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
    /// A line of a file is not what it should be.
    #[error("{path}:{line}: {reason}")]
    Line {
        /// The path of the file.
        path: String,
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The value of an argument is not what it should be.
    #[error("{argument}: {reason}")]
    Argument {
        /// The argument.
        argument: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
    /// The alarms file has faults.
    #[error(transparent)]
    Alarms(#[from] AlarmsFileError),
    /// `--param` names a parameter that neither an alarms file declares nor a pattern has.
    #[error("--param {name}: there is no such parameter; there are {declared}")]
    UnknownParameter {
        /// The name.
        name: String,
        /// The parameters that there are.
        declared: String,
    },
    /// There is no alarm of that name.
    #[error("there is no alarm {name:?}; there are {known}")]
    UnknownAlarm {
        /// The name.
        name: String,
        /// The alarms that there are.
        known: String,
    },
    /// A filter pattern is rejected.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A parameter of a filter pattern has no value.
    #[error(transparent)]
    Unbound(#[from] UnboundParameter),
    /// The handler failed, which in memory it has no reason to.
    #[error(transparent)]
    Handler(#[from] cloudtrail_alarms::error::Error),
    /// A record says no time, and none is given.
    #[error("no record says its `eventTime`; give the time of delivery with --timestamp")]
    NoTime,
}

impl CliError {
    /// The error and everything behind it, for a terminal.
    pub fn report(&self) -> String {
        visible(&format!("error: {}", chain(self)))
    }
}

/// Runs a command; what it prints goes to `out`, and nothing in it steers a terminal.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Verdict, CliError> {
    let output = arguments.output;
    let out = &mut Visible(out);
    match &arguments.command {
        Command::TestMetricFilter(arguments) => metric_filter::run(arguments, out),
        Command::Explain(arguments) => explain::run(arguments, output, out),
        Command::Lint(arguments) => lint::run(arguments, output, out),
        Command::Test(arguments) => test::run(arguments, output, out),
        Command::Evaluate(arguments) => evaluate::run(arguments, out),
        Command::Backtest(arguments) => backtest::run(arguments, output, out),
        Command::Event(arguments) => event::run(arguments, out),
        Command::Import(arguments) => import::run(arguments, output, out),
        Command::Export(arguments) => export::run(arguments, output, out),
    }
}

//! The command-line tool `cloudtrail-alarms`: checks, tests and backtests alarms without AWS.

mod accounts;
mod alarms;
mod argument;
mod backtest;
mod day;
mod error;
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
mod output;
mod records;
mod shared_metric;
mod shortened;
mod suite;
mod test;
mod visible;

use std::io::Write;

use clap::{Parser, Subcommand};

pub use error::CliError;
pub use output::Verdict;

use output::Output;
use visible::Visible;

/// The maximum width of help, in characters.
const HELP_WIDTH: usize = 80;

/// Lint, test, replay and convert CloudTrail alarms on your machine
#[derive(Debug, Parser)]
#[command(
    name = "cloudtrail-alarms",
    version,
    max_term_width = HELP_WIDTH,
    after_help = "Exit codes:\n  \
        0  success, no findings\n  \
        1  findings\n  \
        2  wrong usage, or input or output that failed\n\n\
        Examples:\n  \
        cloudtrail-alarms lint alarms.yaml\n  \
        cloudtrail-alarms test alarms.yaml"
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Output format
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Test a filter pattern on messages, as `aws logs test-metric-filter` does
    TestMetricFilter(metric_filter::TestMetricFilterArguments),
    /// Show how each clause of a filter pattern evaluates against a record
    Explain(explain::ExplainArguments),
    /// Check alarms and filter patterns for mistakes
    Lint(lint::LintArguments),
    /// Run the tests in an alarms file
    Test(test::TestArguments),
    /// Compute the state that CloudWatch would set for the given datapoints
    Evaluate(evaluate::EvaluateArguments),
    /// Replay recorded CloudTrail events and show which alarms would have fired
    Backtest(backtest::BacktestArguments),
    /// Build a Lambda test event from CloudTrail records
    Event(event::EventArguments),
    /// Convert metric filters and alarms to an alarms file
    Import(import::ImportArguments),
    /// Convert alarms to CloudFormation, Terraform, queries or a subscription filter
    Export(export::ExportArguments),
    /// Convert a list of accounts to the `AccountNames` section of an alarms file
    Accounts(accounts::AccountsArguments),
}

/// Runs a command and writes its output to `out`, with control characters escaped.
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
        Command::Accounts(arguments) => accounts::run(arguments, output, out),
    }
}

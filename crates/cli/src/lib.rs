//! The command-line tool `cloudtrail-alarms`: checks, tests and backtests alarms without AWS.

mod accounts;
mod alarms;
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

/// CloudWatch metric filters and alarms over CloudTrail, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "cloudtrail-alarms", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Output format
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show which messages a filter pattern matches, as `aws logs test-metric-filter` does
    TestMetricFilter(metric_filter::TestMetricFilterArguments),
    /// Show the result of each clause of a pattern for a record, and which clauses decide
    Explain(explain::ExplainArguments),
    /// Find what is provably wrong or dangerous in alarms and patterns
    Lint(lint::LintArguments),
    /// Run the tests of an alarms file
    Test(test::TestArguments),
    /// Decide the state of an alarm from datapoints, as CloudWatch would
    Evaluate(evaluate::EvaluateArguments),
    /// Show what alarms would have done about records of the past
    Backtest(backtest::BacktestArguments),
    /// Create a Lambda event from records, as CloudWatch Logs sends it
    Event(event::EventArguments),
    /// Convert metric filters and alarms into an alarms file
    Import(import::ImportArguments),
    /// Export alarms to AWS services
    Export(export::ExportArguments),
    /// Convert the output of `aws organizations list-accounts` into the section `AccountNames` of an alarms file
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

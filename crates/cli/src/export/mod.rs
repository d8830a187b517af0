//! `cloudtrail-alarms export`: converts alarms to formats of AWS services.

mod arguments;
mod athena;
pub(super) mod cloudformation;
mod logs_insights;
mod queries;
mod subscription_filter;
mod warnings;

use std::io::Write;

use clap::{Args, Subcommand};

use crate::error::CliError;
use crate::output::{Output, Verdict};
use arguments::FileArguments;
use cloudtrail_alarms::query::logs_insights::LogsInsights;

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Format {
    /// SQL of Athena for each alarm, over the table of CloudTrail logs that its documentation has.
    Athena(FileArguments),
    /// A template of CloudFormation: a metric filter and an alarm for each alarm.
    Cloudformation(FileArguments),
    /// A query of CloudWatch Logs Insights for each alarm.
    LogsInsights(FileArguments),
    /// The tightest filter pattern of a subscription that lets through what the alarms and the canary need.
    SubscriptionFilter(FileArguments),
}

/// Runs the command.
pub(super) fn run(
    arguments: &ExportArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    match &arguments.format {
        Format::Athena(arguments) => queries::run(&athena::Athena, arguments, output, out)?,
        Format::LogsInsights(arguments) => {
            queries::run(&LogsInsights, arguments, output, out)?;
        }
        Format::Cloudformation(arguments) => cloudformation::run(arguments, output, out)?,
        Format::SubscriptionFilter(arguments) => subscription_filter::run(arguments, output, out)?,
    }
    Ok(Verdict::Fine)
}

//! `cloudtrail-alarms export`: converts alarms to formats of AWS services.

mod arguments;
mod athena;
mod cloudformation;
mod log_alarm;
mod logs_insights;
mod losses;
mod metric_alarms;
mod names;
mod notes;
mod properties;
mod queries;
mod stack_parameters;
mod subscription_filter;
pub(super) mod template;
mod terraform;

use std::io::Write;

use clap::{Args, Subcommand};

use crate::error::CliError;
use crate::output::{Output, Verdict};
use arguments::FileArguments;
use cloudtrail_alarms::query::logs_insights::LogsInsights;
use queries::QueryArguments;

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Format {
    /// SQL of Athena for each alarm, over the table of CloudTrail logs that its documentation has
    Athena(athena::AthenaArguments),
    /// A template of CloudFormation: a metric filter and an alarm for each alarm
    Cloudformation(FileArguments),
    /// A template of CloudFormation: a log alarm for each alarm
    LogAlarm(FileArguments),
    /// A query of CloudWatch Logs Insights for each alarm
    LogsInsights(QueryArguments),
    /// The tightest filter pattern of a subscription that lets through what the alarms and the canary need
    SubscriptionFilter(FileArguments),
    /// Terraform's configuration language: a metric filter and an alarm for each alarm
    Terraform(FileArguments),
}

/// Runs the command. An alarm that is left out is a finding.
pub(super) fn run(
    arguments: &ExportArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    match &arguments.format {
        Format::Athena(arguments) => athena::run(arguments, output, out),
        Format::Cloudformation(arguments) => cloudformation::run(arguments, output, out),
        Format::LogAlarm(arguments) => log_alarm::run(arguments, output, out),
        Format::LogsInsights(arguments) => queries::run(&LogsInsights, arguments, output, out),
        Format::SubscriptionFilter(arguments) => subscription_filter::run(arguments, output, out),
        Format::Terraform(arguments) => terraform::run(arguments, output, out),
    }
}

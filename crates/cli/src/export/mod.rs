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
use crate::output::{Output, SingleFormat, Verdict};
use arguments::FileArguments;
use cloudtrail_alarms::query::logs_insights::LogsInsights;
use queries::QueryArguments;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
        cloudtrail-alarms export subscription-filter alarms.yaml")]
pub(super) struct ExportArguments {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, Args)]
struct TerraformArguments {
    #[command(flatten)]
    file: FileArguments,
    #[command(flatten)]
    format: SingleFormat,
}

#[derive(Debug, Subcommand)]
enum Format {
    /// Print an Athena query for each alarm, on the documented CloudTrail table
    Athena(athena::AthenaArguments),
    /// Print a CloudFormation template with a metric filter and alarm for each alarm
    #[command(after_help = "Example:\n  cloudtrail-alarms export cloudformation alarms.yaml")]
    Cloudformation(FileArguments),
    /// Print a CloudFormation template with a log alarm for each alarm
    #[command(after_help = "Example:\n  cloudtrail-alarms export log-alarm alarms.yaml")]
    LogAlarm(FileArguments),
    /// Print a CloudWatch Logs Insights query for each alarm
    #[command(after_help = "Example:\n  cloudtrail-alarms export logs-insights alarms.yaml")]
    LogsInsights(QueryArguments),
    /// Print the narrowest subscription filter pattern that covers all alarms
    #[command(after_help = "Example:\n  cloudtrail-alarms export subscription-filter alarms.yaml")]
    SubscriptionFilter(FileArguments),
    /// Print Terraform configuration with a metric filter and alarm for each alarm
    #[command(after_help = "Example:\n  cloudtrail-alarms export terraform alarms.yaml")]
    Terraform(TerraformArguments),
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
        Format::Terraform(arguments) => terraform::run(&arguments.file, output, out),
    }
}

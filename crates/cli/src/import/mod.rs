//! `cloudtrail-alarms import`: converts metric filters and alarms of other tools to an alarms file.
//!
//! The inputs are:
//!
//! * CloudFormation templates: YAML with short-form tags, or JSON
//! * Terraform: `.tf` and `.tf.json` files, folders, a state, and the output of `terraform show -json`
//! * `security-config.yaml` of the Landing Zone Accelerator
//! * the output of `aws logs describe-metric-filters` and `aws cloudwatch describe-alarms`
//!
//! Each alarm is combined with the filter of its metric; patterns stay unchanged. A summary on standard error lists what
//! differs and what cannot be converted. The printed file always loads.

mod actions;
mod arguments;
mod aws_cli;
mod cloudformation;
mod conversion;
mod document;
mod entry;
mod escape;
mod inputs;
mod joined;
mod landing_zone;
mod log_group;
mod metric;
mod output;
mod parameters;
mod placeholder;
mod property;
mod resources;
mod sample;
mod single_metric;
mod summary;
mod terraform;

use std::io::{self, Write};

use crate::error::CliError;
use crate::output::{Output, Verdict};
use crate::visible::Visible;

pub(super) use arguments::ImportArguments;

/// Prints the alarms file. An alarm that could not be converted is a finding.
pub(super) fn run(
    arguments: &ImportArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let resources = inputs::read_all(arguments)?;
    let selection = log_group::select(&resources, &arguments.log_groups);
    let selection = selection.map_err(|reason| CliError::Argument {
        argument: "--log-group",
        reason,
    })?;
    let (entries, summary) = conversion::convert(&resources, &selection, arguments.tests);
    if !entries.is_empty() {
        output::write(
            &entries,
            &resources.parameters,
            arguments.tests,
            output,
            out,
        )?;
    }
    summary.write(&mut Visible(io::stderr().lock()))?;
    Ok(if summary.is_complete() {
        Verdict::Fine
    } else {
        Verdict::Findings
    })
}

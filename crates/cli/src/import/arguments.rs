//! Arguments of `import`.

use std::path::PathBuf;

use clap::Args;

use super::terraform::Variables;
use crate::alarms::Parameter;
use crate::error::CliError;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        cloudtrail-alarms import template.json > imported.yaml\n  \
        cloudtrail-alarms import infrastructure > imported.yaml")]
pub(crate) struct ImportArguments {
    /// Templates, Terraform files or folders, or `describe-*` output; read as one
    ///
    /// `terraform show -json`, after an apply, always works. Give the output of `aws logs describe-metric-filters` and of
    /// `aws cloudwatch describe-alarms` together: an alarm needs the pattern of its metric filter. `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Set a template parameter, or a pseudo parameter such as `AWS::Region`
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(super) parameters: Vec<Parameter>,
    /// Set a Terraform variable, or a reference such as `terraform.workspace`
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// Read values of Terraform variables from this file
    #[arg(long = "var-file", value_name = "FILE")]
    variable_files: Vec<PathBuf>,
    /// Import only filters on this log group: a name, logical ID or expression
    #[arg(long = "log-group", value_name = "NAME")]
    pub(super) log_groups: Vec<String>,
    /// Add tests to each alarm: a matching record and a near miss, from its pattern
    #[arg(long)]
    pub(super) tests: bool,
}

impl ImportArguments {
    /// The values of Terraform variables.
    pub(super) fn variables(&self) -> Result<Variables, CliError> {
        let pair = |text: &String| {
            let pair = text.split_once('=').ok_or_else(|| CliError::Argument {
                argument: "--var",
                reason: format!("expected NAME=VALUE, found {text:?}"),
            });
            pair.map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
        };
        let given = self.variables.iter().map(pair);
        Ok(Variables {
            given: given.collect::<Result<_, _>>()?,
            files: self.variable_files.clone(),
        })
    }
}

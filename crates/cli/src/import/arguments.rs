//! Arguments of `import`.

use std::path::PathBuf;

use clap::Args;

use super::terraform::Variables;
use crate::alarms::Parameter;
use crate::error::CliError;

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// Templates, Terraform files and folders, or output of the describe commands; read as one
    ///
    /// `terraform show -json`, after an apply, always works. Give the output of `aws logs describe-metric-filters` and of
    /// `aws cloudwatch describe-alarms` together: an alarm needs the pattern of its metric filter. `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Value of a parameter of a template, or of a pseudo parameter such as `AWS::Region`
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(super) parameters: Vec<Parameter>,
    /// Value of a Terraform variable, or of a reference such as `terraform.workspace`
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// File with values of Terraform variables
    #[arg(long = "var-file", value_name = "FILE")]
    variable_files: Vec<PathBuf>,
    /// Log group that CloudTrail writes to: a name, a logical ID, or an expression; filters on others are left out
    #[arg(long = "log-group", value_name = "NAME")]
    pub(super) log_groups: Vec<String>,
    /// Add `Tests` to each alarm: a record that matches and one that almost does, made from the pattern
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

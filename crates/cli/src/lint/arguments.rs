//! Arguments of `lint`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::alarms::{AlarmsArguments, Parameter};
use crate::day::DayArguments;
use crate::error::CliError;

#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// The alarms file, the same as --alarms-file; or a JSON array of objects with a `pattern` or `filterPattern` each
    #[arg(conflicts_with_all = ["alarms_file", "filter_pattern"])]
    file: Option<PathBuf>,
    /// A pattern, instead of a file
    #[arg(
        long,
        value_name = "PATTERN",
        allow_hyphen_values = true,
        conflicts_with = "alarms_file"
    )]
    pub(super) filter_pattern: Option<String>,
    /// Write the corrections into the file
    #[arg(long, conflicts_with = "filter_pattern")]
    pub(super) fix: bool,
    #[command(flatten)]
    pub(super) day: DayArguments,
    #[command(flatten)]
    alarms: AlarmsArguments,
}

impl LintArguments {
    /// The file to lint.
    pub(super) fn file(&self) -> Result<&Path, CliError> {
        match &self.file {
            Some(file) => Ok(file),
            None => self.alarms.required_file(),
        }
    }

    pub(super) fn parameters(&self) -> &[Parameter] {
        &self.alarms.parameters
    }
}

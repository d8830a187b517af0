//! Arguments of `lint`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::alarms::{AlarmSelection, AlarmsArguments, Parameter};
use crate::day::DayArguments;
use crate::error::CliError;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        cloudtrail-alarms lint alarms.yaml\n  \
        cloudtrail-alarms lint --filter-pattern '{ $.eventName = ConsoleLogin }'")]
pub(crate) struct LintArguments {
    /// Alarms file, or a JSON array of objects with `pattern` or `filterPattern`
    #[arg(conflicts_with_all = ["alarms_file", "filter_pattern"])]
    file: Option<PathBuf>,
    /// Check this pattern instead of a file
    #[arg(
        long,
        value_name = "PATTERN",
        allow_hyphen_values = true,
        conflicts_with_all = ["alarms_file", "names"]
    )]
    pub(super) filter_pattern: Option<String>,
    /// Apply the suggested fixes to the file
    #[arg(long, conflicts_with = "filter_pattern")]
    pub(super) fix: bool,
    #[command(flatten)]
    pub(super) day: DayArguments,
    #[command(flatten)]
    alarms: AlarmsArguments,
    #[command(flatten)]
    pub(super) selection: AlarmSelection,
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

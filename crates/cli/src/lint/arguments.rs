//! Arguments of `lint`.

use std::path::PathBuf;

use clap::Args;

use crate::alarms::AlarmsArguments;
use crate::day::DayArguments;

#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// An alarms file, or a JSON array of objects with a `pattern` or `filterPattern` each [default: alarms.yaml, or else
    /// the alarms that are compiled in]
    #[arg(conflicts_with = "filter_pattern")]
    pub(super) file: Option<PathBuf>,
    /// A pattern, instead of a file of them.
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    pub(super) filter_pattern: Option<String>,
    /// Write the corrected text into the file wherever there is one.
    #[arg(long, conflicts_with = "filter_pattern")]
    pub(super) fix: bool,
    #[command(flatten)]
    pub(super) day: DayArguments,
    #[command(flatten)]
    pub(super) alarms: AlarmsArguments,
}

//! Arguments of all formats of `export`.

use std::path::PathBuf;

use clap::Args;

use crate::alarms::AlarmsArguments;

#[derive(Debug, Args)]
pub(super) struct FileArguments {
    /// The alarms file [default: alarms.yaml, or else the alarms that are compiled in]
    pub(super) file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) alarms: AlarmsArguments,
}

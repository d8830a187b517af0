//! Arguments of all formats of `export`.

use clap::Args;

use crate::alarms::{AlarmSelection, AlarmsFileArguments, Parameter};
use crate::error::CliError;
use cloudtrail_alarms::alarm::file::AlarmsFile;

#[derive(Debug, Args)]
pub(super) struct FileArguments {
    #[command(flatten)]
    alarms: AlarmsFileArguments,
    #[command(flatten)]
    selection: AlarmSelection,
}

impl FileArguments {
    /// The selected alarms of the alarms file.
    pub(super) fn load(&self) -> Result<AlarmsFile, CliError> {
        self.selection.select(self.alarms.load()?)
    }

    pub(super) fn parameters(&self) -> &[Parameter] {
        self.alarms.parameters()
    }
}

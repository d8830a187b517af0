//! Output format and result of a command.

use clap::ValueEnum;

/// Output format
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Text for a terminal
    Text,
    /// JSON
    Json,
}

/// Result of a command that was carried out. It determines the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Exit code 0: there are no findings.
    Fine,
    /// Exit code 1: there are findings.
    Findings,
}

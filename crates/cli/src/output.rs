//! Output format and result of a command.

use clap::ValueEnum;

/// For whom a command writes what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For programs.
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

//! Output format and result of a command.

use clap::{Args, ValueEnum};

/// Output format
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Human-readable text
    Text,
    /// JSON
    Json,
}

/// `--output` of a command with a single format. It is accepted, but the help does not list it.
#[derive(Debug, Args)]
pub(crate) struct SingleFormat {
    #[arg(long, value_enum, hide = true)]
    output: Option<Output>,
}

/// Result of a command that was carried out. It determines the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Exit code 0: there are no findings.
    Fine,
    /// Exit code 1: there are findings.
    Findings,
}

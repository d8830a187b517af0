//! The command-line tool: alarms on a laptop, without AWS.

mod event;

use std::io::Write;

use clap::{Parser, Subcommand};

/// CloudWatch metric filters and alarms over CloudTrail, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "cloudtrail-alarms", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make an invocation of records, as CloudWatch Logs would send it.
    Event(event::EventArguments),
}

/// How a command ended, as an exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 0: nothing was found wanting.
    Fine,
    /// 1: there are findings.
    Findings,
}

/// Misuse, or input that cannot be read; exit code 2.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Its path.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The output cannot be written.
    #[error("cannot write the output")]
    Write {
        /// The cause.
        #[from]
        source: std::io::Error,
    },
    /// A record says no time, and none is given.
    #[error("no record says its `eventTime`; give the time of delivery with --timestamp")]
    NoTime,
}

/// Runs a command; what it prints goes to `out`.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Verdict, CliError> {
    match &arguments.command {
        Command::Event(arguments) => event::run(arguments, out),
    }
}

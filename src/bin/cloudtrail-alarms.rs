//! The command-line tool: arguments, then [`cloudtrail_alarms::cli`].

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use clap::Parser as _;
use cloudtrail_alarms::cli::{Arguments, Verdict, run};
use cloudtrail_alarms::error::chain;

fn main() -> ExitCode {
    match run(&Arguments::parse(), &mut stdout().lock()) {
        Ok(Verdict::Fine) => ExitCode::SUCCESS,
        Ok(Verdict::Findings) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {}", chain(&error));
            ExitCode::from(2)
        }
    }
}

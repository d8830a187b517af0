//! Entry point of the command-line tool.

use std::io::{BufWriter, ErrorKind, Write as _, stdout};
use std::process::ExitCode;

use clap::Parser as _;
use cloudtrail_alarms_cli::{Arguments, CliError, Verdict, run};

fn main() -> ExitCode {
    let mut out = BufWriter::new(stdout().lock());
    let verdict = run(&Arguments::parse(), &mut out).and_then(|verdict| {
        out.flush()?;
        Ok(verdict)
    });
    match verdict {
        Ok(Verdict::Fine) => ExitCode::SUCCESS,
        Ok(Verdict::Findings) => ExitCode::from(1),
        // The reader, such as `head`, has closed the pipe.
        Err(CliError::Write { source }) if source.kind() == ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{}", error.report());
            ExitCode::from(2)
        }
    }
}

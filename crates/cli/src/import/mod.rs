//! `cloudtrail-alarms import`: metric filters and alarms of elsewhere, into an alarms file.
//!
//! In come templates of CloudFormation (YAML with short-form tags, or JSON), Terraform as JSON (`terraform show -json`, a
//! state, `.tf.json`), and what `aws logs describe-metric-filters` and `aws cloudwatch describe-alarms` print. Out comes an
//! alarms file with the patterns as they were, each alarm joined with the filter that makes its metric. What cannot be
//! moved is told on standard error, and what is printed loads.

mod document;
mod entry;
mod found;
mod terraform;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::ordered::{Ordered, write_document};
use super::visible::Visible;
use super::{CliError, Output, Verdict, input};
use found::Found;

#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// Templates, Terraform's JSON, or the output of the describe commands; several are read as one.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Prints the alarms file. Where something could not be moved, there are findings.
pub(super) fn run(
    arguments: &ImportArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let mut found = Found::default();
    for path in &arguments.files {
        let text = input::text(path)?;
        let document = document::parse(&text).map_err(|fault| CliError::Line {
            path: path.display().to_string(),
            line: fault.line,
            reason: fault.reason,
        })?;
        if !found.take(&document) {
            return Err(CliError::Line {
                path: path.display().to_string(),
                line: 1,
                reason:
                    "expected a template of CloudFormation, Terraform as JSON, or the output of \
                         describe-metric-filters or describe-alarms"
                        .to_owned(),
            });
        }
    }
    let mut told = Vec::new();
    let (entries, is_complete) = entry::entries(&found, &mut told);
    let mut file = Ordered::default();
    let declared = entry::declarations(&found, &entries);
    if !declared.is_empty() {
        file.push("Parameters", declared);
    }
    let has_moved = !entries.is_empty();
    if has_moved {
        let alarms: Vec<Ordered> = entries.into_iter().map(|entry| entry.properties).collect();
        file.push("Alarms", alarms);
        write_document(&file, output, out)?;
    } else {
        told.push("nothing could be moved".to_owned());
    }
    let mut stderr = Visible(io::stderr().lock());
    for line in &told {
        writeln!(stderr, "{line}")?;
    }
    Ok(if has_moved && is_complete {
        Verdict::Fine
    } else {
        Verdict::Findings
    })
}

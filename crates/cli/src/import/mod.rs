//! `cloudtrail-alarms import`: converts metric filters and alarms of other tools to an alarms file.
//!
//! The input is CloudFormation templates (YAML with short-form tags, or JSON), Terraform JSON (`terraform show -json`, a
//! state, `.tf.json`), and the output of `aws logs describe-metric-filters` and `aws cloudwatch describe-alarms`. Each alarm
//! is combined with the filter of its metric; patterns stay unchanged. Resources that cannot be converted are reported on
//! standard error. The printed file always loads.

mod actions;
mod aws_cli;
mod cloudformation;
mod document;
mod entry;
mod metric;
mod parameters;
mod property;
mod resources;
mod terraform;
mod written;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use crate::error::CliError;
use crate::input;
use crate::ordered::{OrderedMap, write_document};
use crate::output::{Output, Verdict};
use crate::visible::Visible;
use document::Node;
use resources::Resources;

#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// Templates, Terraform's JSON, or the output of the describe commands; several are read as one.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Prints the alarms file. Anything that could not be converted is a finding.
pub(super) fn run(
    arguments: &ImportArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let mut resources = Resources::default();
    for path in &arguments.files {
        let text = input::text(path)?;
        let path = path.display().to_string();
        let document = document::parse(&text).map_err(|fault| CliError::Line {
            path: path.clone(),
            line: fault.line,
            reason: fault.reason,
        })?;
        if !read(&document, &path, &mut resources) {
            return Err(CliError::Line {
                path,
                line: 1,
                reason:
                    "expected a template of CloudFormation, Terraform as JSON, or the output of \
                         describe-metric-filters or describe-alarms"
                        .to_owned(),
            });
        }
    }
    let mut notes = Vec::new();
    let (entries, is_complete) = entry::entries(&resources, &mut notes);
    let mut file = OrderedMap::default();
    let declared = entry::declarations(&resources.parameters, &entries);
    if !declared.is_empty() {
        file.push("Parameters", declared);
    }
    let has_entries = !entries.is_empty();
    if has_entries {
        let alarms: Vec<OrderedMap> = entries.into_iter().map(|entry| entry.properties).collect();
        file.push("Alarms", alarms);
        write_document(&file, output, out)?;
    } else {
        notes.push("nothing could be moved".to_owned());
    }
    let mut stderr = Visible(io::stderr().lock());
    for line in &notes {
        writeln!(stderr, "{line}")?;
    }
    Ok(if has_entries && is_complete {
        Verdict::Fine
    } else {
        Verdict::Findings
    })
}

/// Adds the resources of a document. Returns false if its format is unknown.
fn read(document: &Node, path: &str, resources: &mut Resources) -> bool {
    // Each reader runs, since a document can be the output of two commands.
    let mut is_known = false;
    for read in [cloudformation::read, aws_cli::read, terraform::read] {
        is_known |= read(document, path, resources);
    }
    is_known
}

//! `cloudtrail-alarms import`: converts metric filters and alarms of other tools to an alarms file.
//!
//! The input is CloudFormation templates (YAML with short-form tags, or JSON), Terraform (`.tf` and `.tf.json` files, folders,
//! a state, `terraform show -json`), and the output of `aws logs describe-metric-filters` and `aws cloudwatch describe-alarms`. Each alarm
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

/// The message for a document of another format.
const FORMATS: &str = "expected a template of CloudFormation, Terraform (`.tf`, `.tf.json`, a state or `terraform show -json`), \
    or the output of describe-metric-filters or describe-alarms";

#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// Templates, Terraform files and folders, or output of the describe commands; read as one
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Value of a Terraform variable
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// File with values of Terraform variables
    #[arg(long = "var-file", value_name = "FILE")]
    variable_files: Vec<PathBuf>,
}

/// Prints the alarms file. Anything that could not be converted is a finding.
pub(super) fn run(
    arguments: &ImportArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let variables = variables(arguments)?;
    let resources = read_all(&arguments.files, &variables)?;
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

/// Reads all inputs. Files of a Terraform configuration are one module; each folder is a module.
fn read_all(paths: &[PathBuf], variables: &terraform::Variables) -> Result<Resources, CliError> {
    let mut resources = Resources::default();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let root = terraform::Root::Folder(path);
            terraform::read_configuration(&root, variables, &mut resources)?;
            continue;
        }
        let text = input::text(path)?;
        if path.extension().is_some_and(|extension| extension == "tf") {
            files.push((path.as_path(), text));
            continue;
        }
        let name = path.display().to_string();
        let line = |line, reason| CliError::Line {
            path: name.clone(),
            line,
            reason,
        };
        let document = document::parse(&text).map_err(|fault| line(fault.line, fault.reason))?;
        if terraform::is_configuration(&document) {
            files.push((path.as_path(), text));
        } else if !read(&document, &name, &mut resources) {
            return Err(line(1, FORMATS.to_owned()));
        }
    }
    if !files.is_empty() {
        let root = terraform::Root::Files(files);
        terraform::read_configuration(&root, variables, &mut resources)?;
    }
    Ok(resources)
}

fn variables(arguments: &ImportArguments) -> Result<terraform::Variables, CliError> {
    let pair = |text: &String| {
        let pair = text.split_once('=').ok_or_else(|| CliError::Argument {
            argument: "--var",
            reason: format!("expected NAME=VALUE, found {text:?}"),
        });
        pair.map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
    };
    Ok(terraform::Variables {
        given: arguments
            .variables
            .iter()
            .map(pair)
            .collect::<Result<_, _>>()?,
        files: arguments.variable_files.clone(),
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

//! Reads the inputs with the reader of their format.

use std::collections::BTreeSet;
use std::path::Path;

use super::arguments::ImportArguments;
use super::document::{self, DocumentError, Node};
use super::property::Property;
use super::resources::{NUMBERS, Resources};
use super::{aws_cli, cloudformation, landing_zone, single_metric, terraform};
use crate::alarms::{self, Parameter};
use crate::error::CliError;
use crate::input;
use cloudwatch_filter_pattern::Part;

/// The message for a document of another format.
const FORMATS: &str = "expected a template of CloudFormation, Terraform (`.tf`, `.tf.json`, a state or `terraform show -json`), \
    `security-config.yaml` of the Landing Zone Accelerator, or the output of describe-metric-filters or describe-alarms";

/// Reads all inputs. Files of a Terraform configuration are one module; each folder is a module.
pub(super) fn read_all(arguments: &ImportArguments) -> Result<Resources, CliError> {
    let variables = arguments.variables()?;
    let mut resources = Resources::default();
    let mut files = Vec::new();
    let mut known = Vec::new();
    let mut known_variables = BTreeSet::new();
    let mut configurations = 0;
    for path in &arguments.files {
        if path.is_dir() {
            let root = terraform::Root::Folder(path);
            let names = terraform::read_configuration(&root, &variables, &mut resources)?;
            known_variables.extend(names);
            configurations += 1;
            continue;
        }
        let text = input::text(path)?;
        if path.extension().is_some_and(|extension| extension == "tf") {
            files.push((path.as_path(), text));
            continue;
        }
        let documents = documents(path, &text).map_err(|error| {
            if terraform::is_configuration_text(&text) {
                configuration_text(path)
            } else {
                error
            }
        })?;
        if documents.iter().any(terraform::is_configuration) {
            files.push((path.as_path(), text));
            continue;
        }
        let name = path.display().to_string();
        for document in &documents {
            known.extend(cloudformation::parameter_names(document));
            if !read(document, &name, &arguments.parameters, &mut resources) {
                if terraform::is_configuration_text(&text) {
                    return Err(configuration_text(path));
                }
                let reason = terraform::reason_against(document).unwrap_or(FORMATS);
                return Err(CliError::Line {
                    path: name,
                    line: 1,
                    reason: reason.to_owned(),
                });
            }
        }
    }
    if !files.is_empty() {
        configurations += 1;
        let root = terraform::Root::Files(files);
        let names = terraform::read_configuration(&root, &variables, &mut resources)?;
        known_variables.extend(names);
    }
    if configurations == 0 && !variables.files.is_empty() {
        return Err(CliError::Argument {
            argument: "--var-file",
            reason: "no input is a Terraform configuration".to_owned(),
        });
    }
    let mut given = variables.given.into_keys();
    if let Some(name) = given.find(|name| !known_variables.contains(name)) {
        return Err(CliError::UnknownVariable {
            advice: alarms::alternatives(&name, known_variables.iter().map(String::as_str)),
            name,
        });
    }
    known.sort();
    known.dedup();
    alarms::check_known(known.iter().map(String::as_str), &arguments.parameters)?;
    complete(&mut resources);
    Ok(resources)
}

fn configuration_text(path: &Path) -> CliError {
    CliError::Line {
        path: path.display().to_string(),
        line: 1,
        reason: "this is Terraform's configuration language; import the folder, or files with names that end in `.tf`".to_owned(),
    }
}

/// The documents of a file. The output of `aws cloudformation get-template` is read as its template.
fn documents(path: &Path, text: &str) -> Result<Vec<Node>, CliError> {
    let template = |document: Node| match document.get("TemplateBody") {
        None => Ok(document),
        Some(body) => match body.text() {
            None => Ok(body.clone()),
            Some(text) => document::parse(text).map_err(|error| DocumentError {
                line: 1,
                reason: format!("line {} of `TemplateBody`: {}", error.line, error.reason),
            }),
        },
    };
    let documents = document::parse_all(text);
    let documents = documents.and_then(|all| all.into_iter().map(template).collect());
    documents.map_err(|DocumentError { line, reason }| CliError::Line {
        path: path.display().to_string(),
        line,
        reason,
    })
}

/// Writes single metrics as properties of their alarm, and types the parameters that are numbers.
fn complete(resources: &mut Resources) {
    for alarm in &mut resources.alarms {
        alarm.properties = single_metric::written_out(&alarm.properties);
        for key in NUMBERS {
            if let Some(Property::Text(text)) = alarm.properties.get(key)
                && let [Part::Parameter(name)] = text.parts()
            {
                resources.parameters.make_number(name);
            }
        }
    }
}

/// Adds the resources of a document. Returns false if its format is unknown.
fn read(document: &Node, path: &str, given: &[Parameter], resources: &mut Resources) -> bool {
    // Each reader runs, since a document can be the output of two commands.
    let mut is_known = cloudformation::read(document, path, given, resources);
    is_known |= aws_cli::read(document, path, resources);
    is_known |= landing_zone::read(document, path, resources);
    is_known |= terraform::read(document, path, resources);
    is_known
}

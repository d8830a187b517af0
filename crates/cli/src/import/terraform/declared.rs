//! Reads the resources that a configuration declares.

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::Span;
use hcl_edit::expr::Expression;

use super::SHOW;
use super::attributes;
use super::configuration::{Configuration, ResourceBlock, Target};
use super::expression::{Evaluator, Scope};
use super::value::{Attributes, Value};
use crate::error::CliError;
use crate::import::resources::{Absent, Resource, Resources};

/// The way to add a filter that the files do not declare.
const FILTER_HINT: &str =
    "import the folder with its filter, or the output of `terraform show -json`";

/// Adds the resources of a configuration. `variables` are values of the root module's variables. Returns the names of values
/// that have a use.
pub(super) fn read(
    configuration: &Configuration,
    variables: &BTreeMap<String, String>,
    resources: &mut Resources,
) -> Result<BTreeSet<String>, CliError> {
    check_types(configuration, variables)?;
    let evaluator = Evaluator::new(configuration, variables);
    read_module(&evaluator.root(), resources);
    if !evaluator.is_exhausted() {
        return Ok(evaluator.known_variables());
    }
    let first = configuration.modules[0].files.first();
    Err(CliError::Line {
        path: first.map(|file| file.path.clone()).unwrap_or_default(),
        line: 1,
        reason: format!("the configuration creates too many instances or too much text; {SHOW}"),
    })
}

/// Checks the values of variables that are numbers or booleans.
fn check_types(
    configuration: &Configuration,
    variables: &BTreeMap<String, String>,
) -> Result<(), CliError> {
    for (name, text) in variables {
        let declaration = configuration.modules[0].variables.get(name);
        let kind = declaration.and_then(|declaration| declaration.expression("type"));
        let value = Value::Text(text.clone());
        let expected = match kind {
            Some(Expression::Variable(kind)) => match kind.as_str() {
                "number" if value.to_number().is_none() => "a number",
                "bool" if value.to_bool().is_none() => "true or false",
                _ => continue,
            },
            _ => continue,
        };
        return Err(CliError::Argument {
            argument: "--var",
            reason: format!("variable `{name}` is {expected}, found {text:?}"),
        });
    }
    Ok(())
}

fn read_module(scope: &Scope<'_, '_>, resources: &mut Resources) {
    let module = scope.module();
    for resource in &module.resources {
        if attributes::is_relevant(&resource.kind) {
            read_resource(scope, resource, resources);
        }
    }
    for call in &module.calls {
        let id = scope.address(&format!("module.{}", call.name));
        let absent = match &call.target {
            Target::Remote(source) => {
                let at = scope.position_of(&call.declaration);
                Some(format!(
                    "its source `{source}` ({at}) is not a local folder; run `terraform init` and import the folder, or {SHOW}"
                ))
            }
            Target::Loaded(_) => scope.expansion(&call.declaration).absent,
        };
        resources
            .absent
            .extend(absent.map(|reason| Absent::new(&id, reason)));
        for called in scope.calls(call) {
            read_module(&called, resources);
        }
    }
}

fn read_resource(scope: &Scope<'_, '_>, block: &ResourceBlock, resources: &mut Resources) {
    let declaration = &block.declaration;
    let expansion = scope.expansion(declaration);
    if let Some(reason) = expansion.absent {
        let id = scope.address(&format!("{}.{}", block.kind, block.name));
        resources.absent.push(Absent::new(&id, reason));
    }
    let file = &scope.module().files[declaration.file];
    let line = file.line(declaration.block.span());
    for Attributes { address, values } in instances(scope, block) {
        let resource = Resource {
            id: address,
            path: file.path.clone(),
            line,
            comments: block.comments.clone(),
            filter_hint: Some(FILTER_HINT),
            notes: expansion.undecided.iter().cloned().collect(),
            ..Resource::default()
        };
        attributes::add(&block.kind, resource, values, resources);
    }
}

/// The instances of a resource.
fn instances(scope: &Scope<'_, '_>, block: &ResourceBlock) -> Vec<Attributes> {
    let value = scope.resource_of(block);
    let values: Vec<&Value> = match value.as_ref() {
        Ok(Value::List(items)) => items.iter().collect(),
        Ok(Value::Map(map)) => map.values().collect(),
        Ok(value) => vec![value],
        Err(_) => Vec::new(),
    };
    let attributes = values.into_iter().filter_map(|value| match value {
        Value::Resource(attributes) => Some(attributes.clone()),
        _ => None,
    });
    attributes.collect()
}

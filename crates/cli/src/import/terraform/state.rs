//! Reads `terraform.tfstate`, and the output of `terraform show -json` for a state or a plan.

use std::collections::BTreeMap;

use super::attributes;
use super::plan::{ModulePlan, Plan};
use super::value::Value;
use crate::import::document::Node;
use crate::import::resources::{Resource, Resources};

/// Values that the provider writes if an attribute is not set. CloudWatch has the same defaults.
const DEFAULTS: [(&str, &str); 3] = [
    ("actions_enabled", "true"),
    ("treat_missing_data", "missing"),
    ("unit", "None"),
];

/// Adds the resources of a state or a plan. Returns false for another document.
pub(in crate::import) fn read(document: &Node, path: &str, resources: &mut Resources) -> bool {
    let module = |key: &str| {
        document
            .get(key)
            .and_then(|values| values.get("root_module"))
    };
    if let Some(module) = module("values") {
        read_module(module, None, path, resources);
        return true;
    }
    if let Some(module) = module("planned_values") {
        let plan = Plan::new(document);
        read_module(module, Some(&plan.root(module)), path, resources);
        return true;
    }
    let is_state = ["version", "terraform_version"]
        .iter()
        .any(|key| document.get(key).is_some());
    let members = document.get("resources").and_then(Node::items);
    let Some(members) = members.filter(|_| is_state) else {
        return false;
    };
    for resource in members {
        read_state(resource, path, resources);
    }
    true
}

/// The items of a list, or nothing.
fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::items).unwrap_or_default()
}

/// A text, or an empty one.
fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::text).unwrap_or_default()
}

/// Adds the resources of a module in the output of `terraform show -json`.
fn read_module(
    module: &Node,
    plan: Option<&ModulePlan<'_>>,
    path: &str,
    resources: &mut Resources,
) {
    for node in items(module, "resources") {
        let kind = text(node, "type");
        if !attributes::is_relevant(kind) {
            continue;
        }
        let mut resource = empty(text(node, "address").to_owned(), path);
        let mut values = values(node.get("values"));
        if let Some(plan) = plan {
            resource.notes.extend(plan.complete(node, &mut values));
        }
        attributes::add(kind, resource, values, resources);
    }
    for child in items(module, "child_modules") {
        let plan = plan.map(|plan| plan.child(child));
        read_module(child, plan.as_ref(), path, resources);
    }
}

/// Adds the instances of a resource in a state file.
fn read_state(node: &Node, path: &str, resources: &mut Resources) {
    let kind = text(node, "type");
    if text(node, "mode") == "data" || !attributes::is_relevant(kind) {
        return;
    }
    let module = match text(node, "module") {
        "" => String::new(),
        module => format!("{module}."),
    };
    for instance in items(node, "instances") {
        let index = instance
            .get("index_key")
            .map(|key| format!("[{}]", key.to_json()));
        let index = index.unwrap_or_default();
        let address = format!("{module}{kind}.{}{index}", text(node, "name"));
        let values = values(instance.get("attributes"));
        attributes::add(kind, empty(address, path), values, resources);
    }
}

/// The attributes of an instance that differ from the defaults.
fn values(attributes: Option<&Node>) -> BTreeMap<String, Value> {
    match attributes.map(|attributes| without_defaults(attributes.into())) {
        Some(Value::Map(values)) => values,
        _ => BTreeMap::new(),
    }
}

fn without_defaults(value: Value) -> Value {
    let is_default = |key: &str, value: &Value| {
        let mut defaults = DEFAULTS.iter();
        defaults.any(|(name, text)| *name == key && value.to_text().as_deref() == Some(text))
    };
    match value {
        Value::List(items) => Value::List(items.into_iter().map(without_defaults).collect()),
        Value::Map(map) => {
            let members = map
                .into_iter()
                .filter(|(key, value)| !is_default(key, value));
            Value::Map(
                members
                    .map(|(key, value)| (key, without_defaults(value)))
                    .collect(),
            )
        }
        other => other,
    }
}

fn empty(id: String, path: &str) -> Resource {
    Resource {
        id,
        path: path.to_owned(),
        ..Resource::default()
    }
}

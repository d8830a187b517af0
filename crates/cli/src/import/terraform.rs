//! Reads Terraform JSON, and translates its attributes to properties of CloudFormation.

use super::document::Node;
use super::property::{Properties, Property};
use super::resources::{Resource, Resources};

const FILTER: &str = "aws_cloudwatch_log_metric_filter";
const ALARM: &str = "aws_cloudwatch_metric_alarm";

/// Adds the resources of a state or plan (`terraform show -json`), of a state file or of a `.tf.json` file. Returns false for
/// another document.
pub(super) fn read(document: &Node, path: &str, resources: &mut Resources) -> bool {
    let module = (document.get("values"))
        .or_else(|| document.get("planned_values"))
        .and_then(|values| values.get("root_module"));
    if let Some(module) = module {
        read_module(module, path, resources);
        return true;
    }
    if let Some(members) = document.get("resources").and_then(Node::items) {
        for resource in members {
            for instance in items(resource, "instances") {
                add(resource, instance.get("attributes"), path, resources);
            }
        }
        return true;
    }
    let Some(Node::Mapping(kinds)) = document.get("resource") else {
        return false;
    };
    for kind in kinds {
        for named in kind.value.members() {
            let id = format!("{}.{}", kind.key, named.key);
            let bodies = named.value.items();
            for body in bodies.unwrap_or(std::slice::from_ref(&named.value)) {
                put(&kind.key, &id, Some(body), path, resources);
            }
        }
    }
    true
}

fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::items).unwrap_or_default()
}

fn read_module(module: &Node, path: &str, resources: &mut Resources) {
    for resource in items(module, "resources") {
        add(resource, resource.get("values"), path, resources);
    }
    for child in items(module, "child_modules") {
        read_module(child, path, resources);
    }
}

fn add(resource: &Node, attributes: Option<&Node>, path: &str, resources: &mut Resources) {
    let text = |key: &str| {
        let text = resource.get(key).and_then(Node::text);
        text.unwrap_or_default()
    };
    let id = match text("address") {
        "" => format!("{}.{}", text("type"), text("name")),
        address => address.to_owned(),
    };
    put(text("type"), &id, attributes, path, resources);
}

fn put(kind: &str, id: &str, attributes: Option<&Node>, path: &str, resources: &mut Resources) {
    let resource = |properties| Resource {
        id: id.to_owned(),
        path: path.to_owned(),
        properties,
        ..Resource::default()
    };
    match (kind, attributes) {
        (FILTER, Some(attributes)) => resources.filters.push(resource(filter(attributes))),
        (ALARM, Some(attributes)) => resources.alarms.push(resource(alarm(attributes))),
        _ => {}
    }
}

fn filter(attributes: &Node) -> Properties {
    renamed(attributes, |key| match key {
        "pattern" => Some("FilterPattern"),
        "metric_transformation" => Some("MetricTransformations"),
        _ => None,
    })
}

fn transformation(attributes: &Node) -> Properties {
    renamed(attributes, |key| match key {
        "name" => Some("MetricName"),
        "namespace" => Some("MetricNamespace"),
        "value" => Some("MetricValue"),
        _ => None,
    })
}

fn alarm(attributes: &Node) -> Properties {
    renamed(attributes, |key| match key {
        "ok_actions" => Some("OKActions"),
        "metric_query" => Some("Metrics"),
        _ => None,
    })
}

/// The attributes with the names of CloudFormation.
fn renamed(attributes: &Node, known: fn(&str) -> Option<&'static str>) -> Properties {
    let members = attributes.members().iter();
    members
        .map(|member| {
            let name = known(&member.key).map_or_else(|| camel_case(&member.key), str::to_owned);
            let value = match member.key.as_str() {
                "metric_transformation" => {
                    let one = std::slice::from_ref(&member.value);
                    let list = member.value.items().unwrap_or(one).iter();
                    let list = list.map(|one| Property::Mapping(transformation(one)));
                    Property::List(list.collect())
                }
                _ => Property::literal_of(&member.value),
            };
            (name, value)
        })
        .collect()
}

/// Converts `evaluation_periods` to `EvaluationPeriods`.
fn camel_case(key: &str) -> String {
    let words = key.split('_').filter(|word| !word.is_empty());
    words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

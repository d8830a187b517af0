//! Reads Terraform JSON, and translates its attributes to properties of CloudFormation.

use serde_json::{Map, Value};

use super::resources::{Resource, Resources, is_empty};

const FILTER: &str = "aws_cloudwatch_log_metric_filter";
const ALARM: &str = "aws_cloudwatch_metric_alarm";

/// Adds the resources of a state or plan (`terraform show -json`), of a state file or of a `.tf.json` file. Returns false for
/// another document.
pub(super) fn read(document: &Value, resources: &mut Resources) -> bool {
    let module = (document.get("values"))
        .or_else(|| document.get("planned_values"))
        .and_then(|values| values.get("root_module"));
    if let Some(module) = module {
        read_module(module, resources);
        return true;
    }
    if let Some(members) = document.get("resources").and_then(Value::as_array) {
        for resource in members {
            let instances = resource.get("instances").and_then(Value::as_array);
            for instance in instances.into_iter().flatten() {
                add(resource, instance.get("attributes"), resources);
            }
        }
        return true;
    }
    let Some(kinds) = document.get("resource").and_then(Value::as_object) else {
        return false;
    };
    for (kind, named) in kinds {
        for (name, bodies) in named.as_object().into_iter().flatten() {
            let bodies = bodies
                .as_array()
                .map_or(std::slice::from_ref(bodies), Vec::as_slice);
            for body in bodies {
                put(kind, &format!("{kind}.{name}"), Some(body), resources);
            }
        }
    }
    true
}

fn read_module(module: &Value, resources: &mut Resources) {
    let list = |key: &str| {
        module
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    for resource in list("resources") {
        add(resource, resource.get("values"), resources);
    }
    for child in list("child_modules") {
        read_module(child, resources);
    }
}

fn add(resource: &Value, attributes: Option<&Value>, resources: &mut Resources) {
    let text = |key: &str| {
        resource
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let id = match text("address") {
        "" => format!("{}.{}", text("type"), text("name")),
        address => address.to_owned(),
    };
    put(text("type"), &id, attributes, resources);
}

fn put(kind: &str, id: &str, attributes: Option<&Value>, resources: &mut Resources) {
    let attributes = attributes.and_then(Value::as_object);
    let resource = |properties| Resource::new(id.to_owned(), properties);
    match (kind, attributes) {
        (FILTER, Some(attributes)) => resources.filters.push(resource(filter(attributes))),
        (ALARM, Some(attributes)) => resources.alarms.push(resource(renamed(attributes))),
        _ => {}
    }
}

fn filter(attributes: &Map<String, Value>) -> Map<String, Value> {
    let mut properties = Map::new();
    if let Some(pattern) = attributes.get("pattern") {
        properties.insert("FilterPattern".to_owned(), pattern.clone());
    }
    let transformations = match attributes.get("metric_transformation") {
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let transformations = transformations
        .iter()
        .filter_map(Value::as_object)
        .map(|one| {
            let names = [
                ("name", "MetricName"),
                ("namespace", "MetricNamespace"),
                ("value", "MetricValue"),
            ];
            let members = one.iter().filter(|(_, value)| !is_empty(value));
            let members = members.map(|(key, value)| {
                let known = names.iter().find(|(attribute, _)| attribute == key);
                (
                    known.map_or_else(|| camel_case(key), |(_, name)| (*name).to_owned()),
                    value.clone(),
                )
            });
            Value::Object(members.collect())
        });
    properties.insert(
        "MetricTransformations".to_owned(),
        transformations.collect(),
    );
    properties
}

fn renamed(attributes: &Map<String, Value>) -> Map<String, Value> {
    let set = attributes.iter().filter(|(_, value)| !is_empty(value));
    set.map(|(key, value)| match key.as_str() {
        "ok_actions" => ("OKActions".to_owned(), value.clone()),
        "metric_query" => ("Metrics".to_owned(), value.clone()),
        _ => (camel_case(key), value.clone()),
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

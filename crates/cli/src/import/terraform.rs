//! Terraform: its attributes in CloudFormation's words.

use serde_json::{Map, Value};

use super::found::{Found, Resource, is_nothing};

const FILTER: &str = "aws_cloudwatch_log_metric_filter";
const ALARM: &str = "aws_cloudwatch_metric_alarm";

/// Takes what `terraform show -json` prints of a state or plan, a state file, or a `.tf.json`.
pub(super) fn take(found: &mut Found, document: &Value) -> bool {
    let shown = (document.get("values"))
        .or_else(|| document.get("planned_values"))
        .and_then(|values| values.get("root_module"));
    if let Some(module) = shown {
        take_module(found, module);
        return true;
    }
    if let Some(resources) = document.get("resources").and_then(Value::as_array) {
        for resource in resources {
            let instances = resource.get("instances").and_then(Value::as_array);
            for instance in instances.into_iter().flatten() {
                add(found, resource, instance.get("attributes"));
            }
        }
        return true;
    }
    let Some(written) = document.get("resource").and_then(Value::as_object) else {
        return false;
    };
    for (kind, named) in written {
        for (name, bodies) in named.as_object().into_iter().flatten() {
            let bodies = bodies
                .as_array()
                .map_or(std::slice::from_ref(bodies), Vec::as_slice);
            for body in bodies {
                put(found, kind, &format!("{kind}.{name}"), Some(body));
            }
        }
    }
    true
}

fn take_module(found: &mut Found, module: &Value) {
    let list = |key: &str| {
        module
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    for resource in list("resources") {
        add(found, resource, resource.get("values"));
    }
    for child in list("child_modules") {
        take_module(found, child);
    }
}

fn add(found: &mut Found, resource: &Value, attributes: Option<&Value>) {
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
    put(found, text("type"), &id, attributes);
}

fn put(found: &mut Found, kind: &str, id: &str, attributes: Option<&Value>) {
    let attributes = attributes.and_then(Value::as_object);
    let resource = |properties| Resource {
        id: id.to_owned(),
        properties,
        ours: Map::new(),
    };
    match (kind, attributes) {
        (FILTER, Some(attributes)) => found.filters.push(resource(filter(attributes))),
        (ALARM, Some(attributes)) => found.alarms.push(resource(renamed(attributes))),
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
            let members = one.iter().filter(|(_, value)| !is_nothing(value));
            let members = members.map(|(key, value)| {
                let known = names.iter().find(|(theirs, _)| theirs == key);
                (
                    known.map_or_else(|| camel(key), |(_, ours)| (*ours).to_owned()),
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
    let said = attributes.iter().filter(|(_, value)| !is_nothing(value));
    said.map(|(key, value)| match key.as_str() {
        "ok_actions" => ("OKActions".to_owned(), value.clone()),
        "metric_query" => ("Metrics".to_owned(), value.clone()),
        _ => (camel(key), value.clone()),
    })
    .collect()
}

/// `evaluation_periods` is `EvaluationPeriods`.
fn camel(key: &str) -> String {
    let words = key.split('_').filter(|word| !word.is_empty());
    words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

//! Reads the output of `aws logs describe-metric-filters` and `aws cloudwatch describe-alarms`.

use serde_json::{Map, Value};

use super::resources::{Resource, Resources};

/// Adds the resources of the output. Returns false if the document is not the output of one of the commands.
pub(super) fn read(document: &Value, resources: &mut Resources) -> bool {
    let filters = document.get("metricFilters").and_then(Value::as_array);
    let alarms = document.get("MetricAlarms").and_then(Value::as_array);
    for filter in filters.into_iter().flatten() {
        let properties = capitalized(filter);
        resources.filters.push(resource(properties, "FilterName"));
    }
    for alarm in alarms.into_iter().flatten() {
        let properties = alarm.as_object().cloned().unwrap_or_default();
        resources.alarms.push(resource(properties, "AlarmName"));
    }
    filters.is_some() || alarms.is_some()
}

fn resource(properties: Map<String, Value>, name: &str) -> Resource {
    let name = properties.get(name).and_then(Value::as_str);
    Resource::new(name.unwrap_or("?").to_owned(), properties)
}

/// Capitalizes the keys of all levels: `filterPattern` becomes `FilterPattern`.
fn capitalized(value: &Value) -> Map<String, Value> {
    let inner = |value: &Value| match value {
        Value::Array(items) if items.iter().all(Value::is_object) => items
            .iter()
            .map(|item| Value::Object(capitalized(item)))
            .collect(),
        other => other.clone(),
    };
    let members = value.as_object().into_iter().flatten();
    members
        .map(|(key, value)| {
            let (first, rest) = key.split_at(key.chars().next().map_or(0, char::len_utf8));
            (first.to_uppercase() + rest, inner(value))
        })
        .collect()
}

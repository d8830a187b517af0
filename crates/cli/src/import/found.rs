//! What a document holds: metric filters, alarms, and the parameters that they refer to, in CloudFormation's words.

use serde_json::{Map, Value, json};

use super::super::export::cloudformation::METADATA;
use super::terraform;

/// One resource.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// Its logical id, address or name, for messages.
    pub(super) id: String,
    pub(super) properties: Map<String, Value>,
    /// What an export of ours kept of an alarm.
    pub(super) ours: Map<String, Value>,
}

/// All that was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) filters: Vec<Resource>,
    pub(super) alarms: Vec<Resource>,
    /// Parameters of templates.
    pub(super) parameters: Map<String, Value>,
}

impl Found {
    /// Adds what the document holds; no if it is nothing that is known.
    pub(super) fn take(&mut self, document: &Value) -> bool {
        let is_known = [Self::template, Self::described, terraform::take]
            .into_iter()
            .map(|take| take(self, document));
        // Each is asked: a document can be the output of two commands.
        is_known.fold(false, |known, taken| known | taken)
    }

    fn template(&mut self, document: &Value) -> bool {
        let Some(resources) = document.get("Resources").and_then(Value::as_object) else {
            return false;
        };
        if let Some(parameters) = document.get("Parameters").and_then(Value::as_object) {
            self.parameters.extend(parameters.clone());
        }
        for (id, resource) in resources {
            let object = |value: Option<&Value>| {
                value
                    .and_then(Value::as_object)
                    .cloned()
                    .unwrap_or_default()
            };
            let metadata = resource
                .get("Metadata")
                .and_then(|metadata| metadata.get(METADATA));
            let found = Resource {
                id: id.clone(),
                properties: object(resource.get("Properties")),
                ours: object(metadata),
            };
            match resource.get("Type").and_then(Value::as_str) {
                Some("AWS::Logs::MetricFilter") => self.filters.push(found),
                Some("AWS::CloudWatch::Alarm") => self.alarms.push(found),
                _ => {}
            }
        }
        true
    }

    fn described(&mut self, document: &Value) -> bool {
        let filters = document.get("metricFilters").and_then(Value::as_array);
        let alarms = document.get("MetricAlarms").and_then(Value::as_array);
        for filter in filters.into_iter().flatten() {
            let properties = capitalised(filter);
            self.filters.push(described(properties, "FilterName"));
        }
        for alarm in alarms.into_iter().flatten() {
            let properties = alarm.as_object().cloned().unwrap_or_default();
            self.alarms.push(described(properties, "AlarmName"));
        }
        filters.is_some() || alarms.is_some()
    }
}

fn described(properties: Map<String, Value>, name: &str) -> Resource {
    Resource {
        id: properties
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or("?")
            .to_owned(),
        properties,
        ours: Map::new(),
    }
}

/// `filterPattern` as `FilterPattern`, at each level.
fn capitalised(value: &Value) -> Map<String, Value> {
    let inner = |value: &Value| match value {
        Value::Array(items) if items.iter().all(Value::is_object) => items
            .iter()
            .map(|item| Value::Object(capitalised(item)))
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

/// Whether a value says nothing: null, or an empty text, list or mapping.
pub(super) fn is_nothing(value: &Value) -> bool {
    [json!(null), json!(""), json!([]), json!({})].contains(value)
}

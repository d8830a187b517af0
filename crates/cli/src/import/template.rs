//! Reads CloudFormation templates.

use serde_json::{Map, Value};

use super::resources::{Resource, Resources};
use crate::export::cloudformation::METADATA;

/// Adds the resources of a template. Returns false if the document is not a template.
pub(super) fn read(document: &Value, resources: &mut Resources) -> bool {
    let Some(members) = document.get("Resources").and_then(Value::as_object) else {
        return false;
    };
    if let Some(parameters) = document.get("Parameters").and_then(Value::as_object) {
        resources.parameters.extend(parameters.clone());
    }
    for (id, member) in members {
        let metadata = member
            .get("Metadata")
            .and_then(|metadata| metadata.get(METADATA));
        let resource = Resource {
            id: id.clone(),
            properties: object(member.get("Properties")),
            metadata: object(metadata),
        };
        match member.get("Type").and_then(Value::as_str) {
            Some("AWS::Logs::MetricFilter") => resources.filters.push(resource),
            Some("AWS::CloudWatch::Alarm") => resources.alarms.push(resource),
            _ => {}
        }
    }
    true
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    let object = value.and_then(Value::as_object);
    object.cloned().unwrap_or_default()
}

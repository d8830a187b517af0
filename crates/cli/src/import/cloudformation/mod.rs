//! Reads CloudFormation templates.

mod functions;

use std::collections::BTreeMap;

use serde_json::Map;

use super::document::{Member, Node};
use super::parameters::{Parameter, ParameterKind};
use super::resources::{Resource, Resources};
use crate::export::cloudformation::METADATA;
use functions::Resolver;

/// Adds the resources of a template. Returns false if the document is not a template.
pub(super) fn read(document: &Node, path: &str, resources: &mut Resources) -> bool {
    let Some(Node::Mapping(members)) = document.get("Resources") else {
        return false;
    };
    let resolver = Resolver {
        parameters: declare(document, resources),
    };
    for member in members {
        let target = match member.value.get("Type").and_then(Node::text) {
            Some("AWS::Logs::MetricFilter") => &mut resources.filters,
            Some("AWS::CloudWatch::Alarm") => &mut resources.alarms,
            Some("AWS::CloudWatch::CompositeAlarm") => &mut resources.composite_alarms,
            _ => continue,
        };
        target.push(resource(member, path, &resolver));
    }
    true
}

/// Declares the parameters of a template. Returns their names in the alarms file, by their names in the template.
fn declare(document: &Node, resources: &mut Resources) -> BTreeMap<String, String> {
    let section = document.get("Parameters").map_or(&[][..], Node::members);
    let mut declare = |member: &Member| {
        let name = resources
            .parameters
            .declare(&member.key, parameter(&member.value));
        (member.key.clone(), name)
    };
    section.iter().map(&mut declare).collect()
}

fn parameter(node: &Node) -> Parameter {
    let kind = match node.get("Type").and_then(Node::text) {
        Some("Number") => ParameterKind::Number,
        Some("CommaDelimitedList") => ParameterKind::CommaDelimitedList,
        _ => ParameterKind::String,
    };
    let description = node.get("Description").and_then(Node::text);
    let default = node.get("Default").map(Node::to_json);
    Parameter {
        kind,
        description: description
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        default: default.filter(|value| !value.is_null() && value != ""),
    }
}

fn resource(member: &Member, path: &str, resolver: &Resolver) -> Resource {
    let body = &member.value;
    let metadata = body
        .get("Metadata")
        .and_then(|metadata| metadata.get(METADATA));
    let metadata = metadata.map(Node::to_json);
    Resource {
        id: member.key.clone(),
        path: path.to_owned(),
        line: member.line,
        comments: member.comments.clone(),
        properties: body
            .get("Properties")
            .map(|node| resolver.properties(node))
            .unwrap_or_default(),
        metadata: metadata
            .and_then(|value| value.as_object().cloned())
            .unwrap_or_else(Map::new),
        notes: Vec::new(),
    }
}

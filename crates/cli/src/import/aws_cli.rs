//! Reads the output of `aws logs describe-metric-filters` and `aws cloudwatch describe-alarms`.

use super::document::Node;
use super::property::{Properties, Property};
use super::resources::{Resource, Resources};

/// Adds the resources of the output. Returns false if the document is not the output of one of the commands.
pub(super) fn read(document: &Node, path: &str, resources: &mut Resources) -> bool {
    let list = |key: &str| document.get(key).and_then(Node::items);
    let filters = list("metricFilters");
    let alarms = list("MetricAlarms");
    let composite_alarms = list("CompositeAlarms");
    let resource = |node: &Node, name: &str| {
        let properties = properties(node);
        Resource {
            id: properties.literal(name).unwrap_or("?").to_owned(),
            path: path.to_owned(),
            properties,
            ..Resource::default()
        }
    };
    let alarm = |node| resource(node, "AlarmName");
    for filter in filters.unwrap_or_default() {
        resources.filters.push(resource(filter, "FilterName"));
    }
    let read = alarms.unwrap_or_default().iter().map(alarm);
    resources.alarms.extend(read);
    let read = composite_alarms.unwrap_or_default().iter().map(alarm);
    resources.composite_alarms.extend(read);
    filters.is_some() || alarms.is_some() || composite_alarms.is_some()
}

/// The properties with capitalized keys: `filterPattern` becomes `FilterPattern`.
fn properties(node: &Node) -> Properties {
    let members = node.members().iter();
    members
        .map(|member| {
            let key = &member.key;
            let (first, rest) = key.split_at(key.chars().next().map_or(0, char::len_utf8));
            (first.to_uppercase() + rest, property(&member.value))
        })
        .collect()
}

fn property(node: &Node) -> Property {
    match node {
        Node::Mapping(_) => Property::Mapping(properties(node)),
        Node::List(items) => Property::List(items.iter().map(property).collect()),
        Node::Scalar(_) => Property::literal_of(node),
    }
}

//! Values of a plan that Terraform knows only after the apply.
//!
//! `planned_values` leaves them out, and `after_unknown` names them. For a name of a metric, the plan's `configuration` shows
//! which filter it refers to.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::SHOW;
use super::attributes;
use super::value::{Unresolved, Value};
use crate::import::document::Node;

/// Attributes that the provider computes if their value is null, and that have no effect then. A plan does not know them even if
/// the configuration refers to a variable whose value is null.
const COMPUTED: [&str; 1] = ["evaluate_low_sample_count_percentiles"];

/// A plan.
pub(super) struct Plan<'n> {
    document: &'n Node,
    /// `after_unknown` of each address.
    unknown: BTreeMap<&'n str, &'n Node>,
}

/// A module of a plan.
pub(super) struct ModulePlan<'n> {
    plan: &'n Plan<'n>,
    /// The module in `planned_values`.
    planned: &'n Node,
    /// The module in `configuration`.
    configuration: Option<&'n Node>,
}

/// A reference to an attribute of a metric filter, such as `aws_cloudwatch_log_metric_filter.x[0].id`.
struct Reference<'t> {
    name: &'t str,
    /// The index as JSON.
    index: Option<Json>,
}

impl<'n> Plan<'n> {
    pub(super) fn new(document: &'n Node) -> Self {
        let changes = document.get("resource_changes").and_then(Node::items);
        let unknown = changes.unwrap_or_default().iter().filter_map(|change| {
            let address = change.get("address")?.text()?;
            Some((address, change.get("change")?.get("after_unknown")?))
        });
        Self {
            document,
            unknown: unknown.collect(),
        }
    }

    pub(super) fn root(&'n self, planned: &'n Node) -> ModulePlan<'n> {
        let configuration = self.document.get("configuration");
        ModulePlan {
            plan: self,
            planned,
            configuration: configuration.and_then(|node| node.get("root_module")),
        }
    }
}

impl<'n> ModulePlan<'n> {
    pub(super) fn child(&self, planned: &'n Node) -> Self {
        let address_of = |module: &'n Node| module.get("address").and_then(Node::text);
        let address = address_of(planned).unwrap_or_default();
        // The address without that of this module. The key of an instance may contain any text.
        let local = address_of(self.planned).and_then(|own| address.strip_prefix(own));
        let local = local.map_or(address, |rest| rest.trim_start_matches('.'));
        let calls = self
            .configuration
            .and_then(|module| module.get("module_calls"));
        let mut calls = calls.map_or(&[][..], Node::members).iter();
        let call = calls.find(|call| {
            let rest = local.strip_prefix(&format!("module.{}", call.key));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        });
        Self {
            plan: self.plan,
            planned,
            configuration: call.and_then(|call| call.value.get("module")),
        }
    }

    /// Adds the values that are not known to those of a planned resource. Returns a note about a name that was found by its
    /// reference.
    pub(super) fn complete(
        &self,
        resource: &Node,
        values: &mut BTreeMap<String, Value>,
    ) -> Option<String> {
        let address = resource.get("address")?.text()?;
        for member in self.plan.unknown.get(address)?.members() {
            // The provider computes the other attributes.
            let is_computed = COMPUTED.contains(&member.key.as_str());
            if is_computed || self.expression(resource, &member.key).is_none() {
                continue;
            }
            let references = self.references(resource, &member.key);
            let unresolved = || unresolved(address, &member.key, &references);
            let known = values.remove(&member.key);
            let value = overlaid(known, &member.value, &unresolved);
            values.extend(value.map(|value| (member.key.clone(), value)));
        }
        let Some(Value::Unresolved(_)) = values.get("metric_name") else {
            return None;
        };
        let name = self.metric_name(resource)?;
        values.insert("metric_name".to_owned(), Value::Text(name));
        Some("its `metric_name` is the name of the filter that it refers to; the plan does not know it before the apply".to_owned())
    }

    /// The name of the filter that the name of an alarm's metric refers to.
    fn metric_name(&self, alarm: &Node) -> Option<String> {
        let references = self.references(alarm, "metric_name");
        let of_filters = |read: fn(&'n str) -> Option<Reference<'n>>| -> Vec<String> {
            let filters = references.iter().filter_map(|text| read(text));
            filters
                .filter_map(|filter| self.filter_name(alarm, &filter))
                .collect()
        };
        let mut names = of_filters(Reference::of_attribute);
        // With a computed index, the plan has only the names of the filter and of the index.
        let is_index = |text: &&str| ["each.key", "each.value", "count.index"].contains(text);
        if names.is_empty() && references.iter().any(is_index) {
            names = of_filters(Reference::of_filter);
        }
        // The expression may choose between several filters.
        names.dedup();
        names.pop().filter(|_| names.is_empty())
    }

    /// The expression of an attribute in the configuration.
    fn expression(&self, resource: &Node, attribute: &str) -> Option<&'n Node> {
        let is_same = |node: &&Node| {
            let keys = ["mode", "type", "name"];
            keys.iter().all(|key| node.get(key) == resource.get(key))
        };
        let mut declared = self.configuration?.get("resources")?.items()?.iter();
        declared.find(is_same)?.get("expressions")?.get(attribute)
    }

    /// The references in the expression of an attribute.
    fn references(&self, resource: &Node, attribute: &str) -> Vec<&'n str> {
        let expression = self.expression(resource, attribute);
        let references = expression.and_then(|expression| expression.get("references")?.items());
        references
            .unwrap_or_default()
            .iter()
            .filter_map(Node::text)
            .collect()
    }

    /// The name of the planned filter that a reference leads to.
    fn filter_name(&self, alarm: &Node, reference: &Reference<'_>) -> Option<String> {
        let own = || alarm.get("index").map(Node::to_json);
        let index = reference.index.clone().or_else(own);
        let planned = self
            .planned
            .get("resources")
            .and_then(Node::items)
            .unwrap_or_default();
        let filters: Vec<&Node> = planned
            .iter()
            .filter(|node| {
                node.get("type")
                    .and_then(Node::text)
                    .is_some_and(attributes::is_filter)
            })
            .filter(|node| node.get("name").and_then(Node::text) == Some(reference.name))
            .collect();
        let filter = match filters.as_slice() {
            [only] if only.get("index").is_none() => only,
            several => several
                .iter()
                .find(|node| node.get("index").map(Node::to_json) == index)?,
        };
        let name = filter.get("values")?.get("name")?.text()?;
        Some(name.to_owned())
    }
}

impl<'t> Reference<'t> {
    /// A reference to the ID or the name of a filter.
    fn of_attribute(text: &'t str) -> Option<Self> {
        let path = text.strip_suffix(".id");
        Self::of_filter(path.or_else(|| text.strip_suffix(".name"))?)
    }

    /// A reference to a filter.
    fn of_filter(text: &'t str) -> Option<Self> {
        let (kind, path) = text.split_once('.')?;
        let (name, index) = match path.split_once('[') {
            Some((name, index)) => {
                let index = serde_json::from_str(index.strip_suffix(']')?).ok()?;
                (name, Some(index))
            }
            None => (path, None),
        };
        (attributes::is_filter(kind) && !name.contains('.')).then_some(Self { name, index })
    }
}

fn unresolved(address: &str, attribute: &str, references: &[&str]) -> Value {
    let source = references.first();
    let source = source.map(|reference| format!("is `{reference}`, which "));
    let source = source.unwrap_or_default();
    let reason = format!(
        "its `{attribute}` {source}is known only after the apply; apply the plan, then {SHOW}, or import the `.tf` files"
    );
    Value::Unresolved(Unresolved {
        expression: format!("{address}.{attribute}"),
        reason,
        is_error: false,
    })
}

/// A planned value with the parts that are not known.
fn overlaid(
    known: Option<Value>,
    unknown: &Node,
    unresolved: &impl Fn() -> Value,
) -> Option<Value> {
    match (unknown, known) {
        (Node::Scalar(Json::Bool(true)), _) => Some(unresolved()),
        (Node::Mapping(members), Some(Value::Map(mut map))) => {
            for member in members {
                let known = map.remove(&member.key);
                let value = overlaid(known, &member.value, unresolved);
                map.extend(value.map(|value| (member.key.clone(), value)));
            }
            Some(Value::Map(map))
        }
        (Node::List(unknown), Some(Value::List(known))) => {
            let mut known = known.into_iter();
            let items = unknown
                .iter()
                .map(|unknown| overlaid(known.next(), unknown, unresolved));
            let items: Vec<Value> = items.flatten().collect();
            Some(Value::List(items.into_iter().chain(known).collect()))
        }
        (_, known) => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::document;

    #[test]
    fn a_child_has_the_configuration_of_its_own_call() {
        let parse = |text: &str| document::parse(text).expect("it is JSON");
        let text = r#"{"configuration": {"root_module": {"module_calls": {"x": {"module": {"module_calls": {
            "x": {"module": {"is": "x"}}, "y": {"module": {"is": "y"}}}}}}}}}"#;
        let document = parse(text);
        let plan = Plan::new(&document);
        let root = parse("{}");
        let outer = parse(r#"{"address": "module.x[0]"}"#);
        let root = plan.root(&root);
        let outer = root.child(&outer);
        for (address, expected) in [
            ("module.x[0].module.x", "x"),
            ("module.x[0].module.y", "y"),
            (r#"module.x[0].module.y[\"module.x[\"]"#, "y"),
        ] {
            let inner = parse(&format!(r#"{{"address": "{address}"}}"#));
            let configuration = outer.child(&inner).configuration;
            let found = configuration.and_then(|module| module.get("is")?.text());
            assert_eq!(found, Some(expected), "{address}");
        }
    }
}

//! Translates the attributes of resources to properties of CloudFormation.

use std::collections::BTreeMap;

use super::value::Value;
use crate::import::property::{Properties, Property};
use crate::import::resources::{Resource, Resources};

const FILTER: &str = "aws_cloudwatch_log_metric_filter";
const ALARM: &str = "aws_cloudwatch_metric_alarm";
const COMPOSITE_ALARM: &str = "aws_cloudwatch_composite_alarm";

/// Attributes that are numbers. A configuration may have them as texts.
const NUMBERS: [&str; 4] = [
    "datapoints_to_alarm",
    "evaluation_periods",
    "period",
    "threshold",
];

/// Attributes for which the provider writes 0 into a state if they are not set. CloudWatch does not accept 0 for them.
const ZERO_IS_NOT_SET: [&str; 2] = ["datapoints_to_alarm", "period"];

/// Attributes with other names than those that [`camel_case`] makes.
const NAMES: [(&str, &str); 3] = [
    (
        "evaluate_low_sample_count_percentiles",
        "EvaluateLowSampleCountPercentile",
    ),
    ("metric_query", "Metrics"),
    ("ok_actions", "OKActions"),
];

const FILTER_NAMES: [(&str, &str); 3] = [
    ("metric_transformation", "MetricTransformations"),
    ("name", "FilterName"),
    ("pattern", "FilterPattern"),
];

const TRANSFORMATION_NAMES: [(&str, &str); 3] = [
    ("name", "MetricName"),
    ("namespace", "MetricNamespace"),
    ("value", "MetricValue"),
];

/// Whether resources of this type are imported or named.
pub(super) fn is_relevant(kind: &str) -> bool {
    [FILTER, ALARM, COMPOSITE_ALARM].contains(&kind)
}

/// Whether the type is that of metric filters.
pub(super) fn is_filter(kind: &str) -> bool {
    kind == FILTER
}

/// Adds a resource with these attributes. Resources of other types are ignored.
pub(super) fn add(
    kind: &str,
    resource: Resource,
    attributes: BTreeMap<String, Value>,
    resources: &mut Resources,
) {
    match kind {
        FILTER => {
            let properties = filter(attributes);
            resources.filters.push(Resource {
                properties,
                ..resource
            });
        }
        ALARM => {
            let properties = renamed(attributes, &NAMES);
            resources.alarms.push(Resource {
                properties,
                ..resource
            });
        }
        COMPOSITE_ALARM => {
            let properties = renamed(attributes, &NAMES);
            resources.composite_alarms.push(Resource {
                properties,
                ..resource
            });
        }
        _ => {}
    }
}

fn filter(mut attributes: BTreeMap<String, Value>) -> Properties {
    let transformations = attributes.remove("metric_transformation");
    if let Some(Value::Text(pattern)) = attributes.get_mut("pattern") {
        // The provider does the same.
        *pattern = pattern.trim().to_owned();
    }
    let mut properties = renamed(attributes, &FILTER_NAMES);
    let list = match transformations {
        Some(Value::List(items)) => items,
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let list = list.into_iter().map(|one| match one {
        Value::Map(attributes) => Property::Mapping(renamed(attributes, &TRANSFORMATION_NAMES)),
        other => other.into(),
    });
    properties.push("MetricTransformations", Property::List(list.collect()));
    properties
}

/// The attributes that are set, with the names of CloudFormation.
fn renamed(attributes: BTreeMap<String, Value>, names: &[(&str, &str)]) -> Properties {
    let typed = attributes.into_iter().map(|(key, value)| {
        let number = value
            .to_number()
            .filter(|_| NUMBERS.contains(&key.as_str()));
        let value = number.map_or(value, Value::Number);
        (key, value)
    });
    let set = typed.filter(|(key, value)| {
        *value != Value::Number(0.0) || !ZERO_IS_NOT_SET.contains(&key.as_str())
    });
    set.map(|(key, value)| {
        let known = names.iter().find(|(attribute, _)| *attribute == key);
        let name = known.map_or_else(|| camel_case(&key), |(_, name)| (*name).to_owned());
        (name, value.into())
    })
    .collect()
}

/// Converts `evaluation_periods` to `EvaluationPeriods`.
fn camel_case(key: &str) -> String {
    let words = key.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters)
    });
    words.flatten().collect()
}

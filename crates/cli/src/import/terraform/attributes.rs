//! Translates the attributes of resources to properties of CloudFormation.

use std::collections::BTreeMap;

use super::value::Value;
use crate::import::property::{Properties, Property};
use crate::import::resources::{NUMBERS, Resource, Resources};

const FILTER: &str = "aws_cloudwatch_log_metric_filter";
const ALARM: &str = "aws_cloudwatch_metric_alarm";
const COMPOSITE_ALARM: &str = "aws_cloudwatch_composite_alarm";

/// Properties for which the provider writes 0 into a state if they are not set. CloudWatch does not accept 0 for them.
const ZERO_IS_NOT_SET: [&str; 2] = ["DatapointsToAlarm", "Period"];

/// Attributes with other names than those that [`camel_case`] makes.
const NAMES: [(&str, &str); 2] = [
    (
        "evaluate_low_sample_count_percentiles",
        "EvaluateLowSampleCountPercentile",
    ),
    ("ok_actions", "OKActions"),
];

/// Attributes of the metric of a query that are not part of its `Metric`.
const STATISTIC: [&str; 3] = ["period", "stat", "unit"];

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
            let properties = alarm(attributes);
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
    let list = blocks(transformations).into_iter().map(|one| match one {
        Value::Map(attributes) => Property::Mapping(renamed(attributes, &TRANSFORMATION_NAMES)),
        other => other.into(),
    });
    properties.push("MetricTransformations", Property::List(list.collect()));
    properties
}

fn alarm(mut attributes: BTreeMap<String, Value>) -> Properties {
    let queries = attributes.remove("metric_query");
    let mut properties = renamed(attributes, &NAMES);
    if let Some(queries) = queries {
        let queries = blocks(Some(queries)).into_iter().map(|query| match query {
            Value::Map(attributes) => Property::Mapping(metric_query(attributes)),
            other => other.into(),
        });
        properties.push("Metrics", Property::List(queries.collect()));
    }
    properties
}

/// A query of an alarm. The attributes of its metric are in `MetricStat` and in `Metric` there.
fn metric_query(mut attributes: BTreeMap<String, Value>) -> Properties {
    let metric = blocks(attributes.remove("metric")).pop();
    let mut query = renamed(attributes, &[]);
    if let Some(Value::Map(metric)) = metric {
        let is_of_statistic = |(key, _): &(String, Value)| STATISTIC.contains(&key.as_str());
        let (statistic, metric) = metric.into_iter().partition(is_of_statistic);
        let mut statistic = renamed(statistic, &[]);
        statistic.push("Metric", Property::Mapping(renamed(metric, &[])));
        query.push("MetricStat", Property::Mapping(statistic));
    }
    query
}

/// The blocks of a type. A configuration can have one as an attribute.
fn blocks(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::List(items)) => items,
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one],
    }
}

/// The attributes that are set, with the names of CloudFormation.
fn renamed(attributes: BTreeMap<String, Value>, names: &[(&str, &str)]) -> Properties {
    let typed = attributes.into_iter().map(|(key, value)| {
        let known = names.iter().find(|(attribute, _)| *attribute == key);
        let name = known.map_or_else(|| camel_case(&key), |(_, name)| (*name).to_owned());
        // A configuration may have numbers as texts.
        let number = value
            .to_number()
            .filter(|_| NUMBERS.contains(&name.as_str()));
        (name, number.map_or(value, Value::Number))
    });
    let set = typed.filter(|(name, value)| {
        *value != Value::Number(0.0) || !ZERO_IS_NOT_SET.contains(&name.as_str())
    });
    set.map(|(name, value)| (name, value.into())).collect()
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

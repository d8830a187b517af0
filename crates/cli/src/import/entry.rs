//! Combines an alarm and the filter of its metric into one entry of an alarms file.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::resources::{Resource, Resources, is_empty};
use super::text::TextResolver;
use crate::ordered::{OrderedMap, OrderedValue};
use cloudtrail_alarms::alarm::file::{self, ParameterDeclaration, ParameterType};

/// Properties of an alarm that are copied unchanged.
const PROPERTIES: [&str; 8] = [
    "Statistic",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "ActionsEnabled",
];

/// Unsupported properties, and the reason.
const UNSUPPORTED: [(&str, &str); 5] = [
    ("Metrics", "there is no metric math"),
    ("ThresholdMetricId", "there are no anomaly bands"),
    ("ExtendedStatistic", "there are no percentiles"),
    (
        "EvaluateLowSampleCountPercentile",
        "there are no percentiles",
    ),
    (
        "Dimensions",
        "there are no dimensions; `GroupBy` may be what is meant",
    ),
];

/// An entry of an alarms file that loads.
pub(super) struct Entry {
    pub(super) properties: OrderedMap,
    /// Names of the parameters that it refers to.
    used: BTreeSet<String>,
}

/// A metric of a filter.
struct Metric<'f> {
    filter: &'f Resource,
    transformation: &'f Map<String, Value>,
}

/// Converts all alarms, in their order. Returns whether everything was converted; `notes` gets a line for each problem.
pub(super) fn entries(resources: &Resources, notes: &mut Vec<String>) -> (Vec<Entry>, bool) {
    let mut entries = Vec::new();
    let mut is_complete = true;
    let mut used_filters = BTreeSet::new();
    for alarm in &resources.alarms {
        match entry(alarm, resources, notes, &mut used_filters) {
            Ok(entry) => entries.push(entry),
            Err(reason) => {
                is_complete = false;
                notes.push(format!("{}: not moved: {reason}", name_of(alarm)));
            }
        }
    }
    for filter in &resources.filters {
        if !used_filters.contains(&filter.id) {
            is_complete = false;
            notes.push(format!(
                "{}: not moved: no alarm that was moved watches its metric",
                filter.id
            ));
        }
    }
    (entries, is_complete)
}

fn name_of(alarm: &Resource) -> &str {
    let name = alarm.properties.get("AlarmName").and_then(Value::as_str);
    name.unwrap_or(&alarm.id)
}

fn entry(
    alarm: &Resource,
    resources: &Resources,
    notes: &mut Vec<String>,
    used_filters: &mut BTreeSet<String>,
) -> Result<Entry, String> {
    let property = |key: &str| alarm.properties.get(key).filter(|value| !is_empty(value));
    if let Some((key, why)) = UNSUPPORTED.iter().find(|(key, _)| property(key).is_some()) {
        return Err(format!("it has `{key}`, and {why}"));
    }
    let mut texts = TextResolver {
        parameters: &resources.parameters,
        used: BTreeSet::new(),
        escaped: "${!",
    };
    let namespace = texts.text(property("Namespace").ok_or("it has no `Namespace`")?)?;
    let metric_name = texts.text(property("MetricName").ok_or("it has no `MetricName`")?)?;
    let metric = metric(resources, &namespace, &metric_name, &mut texts)?;

    let mut properties = OrderedMap::default();
    let name = match property("AlarmName") {
        Some(name) => texts.text(name)?,
        None => alarm.id.clone(),
    };
    properties.push("AlarmName", name.clone());
    if let Some(description) = property("AlarmDescription") {
        properties.push("AlarmDescription", texts.text(description)?);
    }
    let pattern = metric.filter.properties.get("FilterPattern");
    // In a string of a pattern, a backslash escapes `${`.
    texts.escaped = "\\${";
    let pattern = texts.text(pattern.ok_or("its filter has no `FilterPattern`")?)?;
    texts.escaped = "${!";
    properties.push("FilterPattern", pattern);
    properties.push("MetricNamespace", namespace);
    properties.push("MetricName", metric_name);
    for key in ["MetricValue", "DefaultValue", "Unit"] {
        if let Some(value) = metric
            .transformation
            .get(key)
            .filter(|value| !is_empty(value))
        {
            properties.push(key, texts.text(value)?);
        }
    }
    for key in PROPERTIES {
        match property(key) {
            Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                properties.push(key, value.clone());
            }
            Some(value) => properties.push(key, texts.text(value)?),
            None => {}
        }
    }
    actions(alarm, &name, &mut properties, notes);
    for (key, value) in &alarm.metadata {
        properties.push(key, literal(value));
    }
    let entry = Entry {
        properties,
        used: texts.used,
    };
    check(&entry, resources)?;
    used_filters.insert(metric.filter.id.clone());
    Ok(entry)
}

/// Escapes `${`, which would refer to a parameter, in a value of the metadata. Patterns are already escaped.
fn literal(value: &Value) -> Value {
    match value {
        Value::String(text) => text.replace("${", "${!").into(),
        Value::Array(items) => items.iter().map(literal).collect(),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| match key.as_str() {
                "Pattern" => (key.clone(), value.clone()),
                _ => (key.clone(), literal(value)),
            };
            Value::Object(members.iter().map(member).collect())
        }
        other => other.clone(),
    }
}

/// The only filter that has this metric.
fn metric<'f>(
    resources: &'f Resources,
    namespace: &str,
    name: &str,
    texts: &mut TextResolver<'_>,
) -> Result<Metric<'f>, String> {
    let mut metrics = Vec::new();
    for filter in &resources.filters {
        let transformations = filter
            .properties
            .get("MetricTransformations")
            .and_then(Value::as_array);
        for transformation in transformations
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
        {
            let mut is = |key: &str, wanted: &str| {
                let text = transformation.get(key).map(|value| texts.text(value));
                text.is_some_and(|text| text.as_deref() == Ok(wanted))
            };
            if is("MetricNamespace", namespace) && is("MetricName", name) {
                metrics.push(Metric {
                    filter,
                    transformation,
                });
            }
        }
    }
    match metrics.len() {
        0 => Err(format!("no filter makes its metric `{namespace}` `{name}`")),
        1 => {
            let metric = metrics.remove(0);
            match metric
                .transformation
                .get("Dimensions")
                .filter(|value| !is_empty(value))
            {
                Some(_) => {
                    Err("its metric has dimensions; `GroupBy` may be what is meant".to_owned())
                }
                None => Ok(metric),
            }
        }
        several => Err(format!(
            "{several} filters make its metric; write an alarm for each"
        )),
    }
}

/// Copies the actions whose ARNs are known. The function always notifies its own topic.
fn actions(alarm: &Resource, name: &str, properties: &mut OrderedMap, notes: &mut Vec<String>) {
    for key in ["AlarmActions", "OKActions", "InsufficientDataActions"] {
        let list = match alarm.properties.get(key) {
            Some(Value::Array(list)) => list.as_slice(),
            Some(Value::Null) | None => {
                if key == "AlarmActions" {
                    without_actions(name, properties, notes);
                }
                continue;
            }
            Some(other) => std::slice::from_ref(other),
        };
        if key == "AlarmActions" && list.is_empty() {
            without_actions(name, properties, notes);
            continue;
        }
        let literal: Option<Vec<String>> = list
            .iter()
            .map(|arn| arn.as_str().map(str::to_owned))
            .collect();
        match literal {
            Some(arns) if arns.is_empty() => {}
            Some(arns) => properties.push(key, arns),
            None => {
                notes.push(format!(
                    "{name}: only CloudFormation knows whom its `{key}` name; the function notifies its own topic"
                ));
                // Only the presence of an action has an effect.
                if key != "AlarmActions" {
                    properties.push(key, vec!["the function's topic".to_owned()]);
                }
            }
        }
    }
}

/// Adds empty actions, since CloudWatch does not notify anyone about an alarm without actions.
fn without_actions(name: &str, properties: &mut OrderedMap, notes: &mut Vec<String>) {
    properties.push("AlarmActions", Vec::<String>::new());
    notes.push(format!(
        "{name}: it has no `AlarmActions` and notifies nobody, as in CloudWatch; remove `AlarmActions: []` to be notified"
    ));
}

/// Checks that a file with this entry loads with any values of its parameters.
fn check(entry: &Entry, resources: &Resources) -> Result<(), String> {
    let mut file = OrderedMap::default();
    file.push("Parameters", declared(resources, &entry.used));
    file.push("Alarms", vec![entry.properties.clone()]);
    let text = serde_json::to_string(&file).map_err(|error| error.to_string())?;
    let read = |_: &Path| Ok(text.clone());
    // Every numeric property accepts 60.
    let value = |parameter: &ParameterDeclaration| {
        let example = if parameter.kind == ParameterType::Number {
            "60"
        } else {
            "x"
        };
        parameter.default.clone().or(Some(example.to_owned()))
    };
    match file::load(Path::new("imported.yaml"), &read, &value) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.diagnostics()[0].message().to_owned()),
    }
}

/// `Parameters` of the file: the parameters that the entries refer to.
pub(super) fn declarations(resources: &Resources, entries: &[Entry]) -> OrderedMap {
    let used = entries.iter().flat_map(|entry| entry.used.iter().cloned());
    declared(resources, &used.collect())
}

fn declared(resources: &Resources, used: &BTreeSet<String>) -> OrderedMap {
    let mut declarations = OrderedMap::default();
    for name in used {
        let parameter = resources.parameters.get(name);
        let text = |key: &str| {
            parameter
                .and_then(|parameter| parameter.get(key))
                .filter(|value| !is_empty(value))
        };
        let kind = text("Type").and_then(Value::as_str);
        let kind = kind.filter(|kind| ["Number", "CommaDelimitedList"].contains(kind));
        let mut declaration = OrderedMap::default();
        declaration.push("Type", kind.unwrap_or("String"));
        for key in ["Description", "Default"] {
            declaration.push_some(
                key,
                text(key).map(|value| OrderedValue::from(value.clone())),
            );
        }
        declarations.push(name, declaration);
    }
    declarations
}

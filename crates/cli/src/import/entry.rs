//! An alarm and the filter that makes its metric, as one entry of an alarms file.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::super::ordered::{Item, Ordered};
use super::found::{Found, Resource, is_nothing};
use super::text::Texts;
use cloudtrail_alarms::alarm::file::{self, ParameterDeclaration, ParameterType};

/// Properties of an alarm that move over as they are.
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

/// What an alarm here cannot do.
const REFUSED: [(&str, &str); 5] = [
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

/// An entry that loads.
pub(super) struct Entry {
    pub(super) properties: Ordered,
    /// The parameters that it refers to.
    used: BTreeSet<String>,
}

/// A metric that a filter makes.
struct Metric<'f> {
    filter: &'f Resource,
    transformation: &'f Map<String, Value>,
}

/// The entries, in the order of the alarms, and whether they are all that was found. What cannot be moved is told.
pub(super) fn entries(found: &Found, told: &mut Vec<String>) -> (Vec<Entry>, bool) {
    let mut entries = Vec::new();
    let mut is_complete = true;
    let mut used_filters = BTreeSet::new();
    for alarm in &found.alarms {
        match entry(alarm, found, told, &mut used_filters) {
            Ok(entry) => entries.push(entry),
            Err(reason) => {
                is_complete = false;
                told.push(format!("{}: not moved: {reason}", name_of(alarm)));
            }
        }
    }
    for filter in &found.filters {
        if !used_filters.contains(&filter.id) {
            is_complete = false;
            told.push(format!(
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
    found: &Found,
    told: &mut Vec<String>,
    used_filters: &mut BTreeSet<String>,
) -> Result<Entry, String> {
    let said = |key: &str| alarm.properties.get(key).filter(|value| !is_nothing(value));
    if let Some((key, why)) = REFUSED.iter().find(|(key, _)| said(key).is_some()) {
        return Err(format!("it has `{key}`, and {why}"));
    }
    let mut texts = Texts {
        parameters: &found.parameters,
        used: BTreeSet::new(),
        escaped: "${!",
    };
    let namespace = texts.text(said("Namespace").ok_or("it has no `Namespace`")?)?;
    let metric_name = texts.text(said("MetricName").ok_or("it has no `MetricName`")?)?;
    let metric = metric(found, &namespace, &metric_name, &mut texts)?;

    let mut properties = Ordered::default();
    let name = match said("AlarmName") {
        Some(name) => texts.text(name)?,
        None => alarm.id.clone(),
    };
    properties.push("AlarmName", name.clone());
    if let Some(description) = said("AlarmDescription") {
        properties.push("AlarmDescription", texts.text(description)?);
    }
    let pattern = metric.filter.properties.get("FilterPattern");
    // In a pattern's strings a backslash makes it text.
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
            .filter(|value| !is_nothing(value))
        {
            properties.push(key, texts.text(value)?);
        }
    }
    for key in PROPERTIES {
        match said(key) {
            Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                properties.push(key, value.clone());
            }
            Some(value) => properties.push(key, texts.text(value)?),
            None => {}
        }
    }
    actions(alarm, &name, &mut properties, told);
    for (key, value) in &alarm.ours {
        properties.push(key, literal(value));
    }
    let entry = Entry {
        properties,
        used: texts.used,
    };
    check(&entry, found)?;
    used_filters.insert(metric.filter.id.clone());
    Ok(entry)
}

/// A value of an export of ours as text of an alarms file, in which `${` would refer to a parameter. A pattern is written
/// as alarms files have it.
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

/// The one filter that makes this metric.
fn metric<'f>(
    found: &'f Found,
    namespace: &str,
    name: &str,
    texts: &mut Texts<'_>,
) -> Result<Metric<'f>, String> {
    let mut makers = Vec::new();
    for filter in &found.filters {
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
                makers.push(Metric {
                    filter,
                    transformation,
                });
            }
        }
    }
    match makers.len() {
        0 => Err(format!("no filter makes its metric `{namespace}` `{name}`")),
        1 => {
            let metric = makers.remove(0);
            match metric
                .transformation
                .get("Dimensions")
                .filter(|value| !is_nothing(value))
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

/// Whom it notifies: ARNs that are known. All goes to the function's own topic.
fn actions(alarm: &Resource, name: &str, properties: &mut Ordered, told: &mut Vec<String>) {
    for key in ["AlarmActions", "OKActions", "InsufficientDataActions"] {
        let list = match alarm.properties.get(key) {
            Some(Value::Array(list)) => list.as_slice(),
            Some(Value::Null) | None => {
                if key == "AlarmActions" {
                    silent(name, properties, told);
                }
                continue;
            }
            Some(other) => std::slice::from_ref(other),
        };
        if key == "AlarmActions" && list.is_empty() {
            silent(name, properties, told);
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
                told.push(format!(
                    "{name}: only CloudFormation knows whom its `{key}` name; the function notifies its own topic"
                ));
                // That there is one is what counts here.
                if key != "AlarmActions" {
                    properties.push(key, vec!["the function's topic".to_owned()]);
                }
            }
        }
    }
}

/// CloudWatch notifies nobody of an alarm without actions.
fn silent(name: &str, properties: &mut Ordered, told: &mut Vec<String>) {
    properties.push("AlarmActions", Vec::<String>::new());
    told.push(format!(
        "{name}: it has no `AlarmActions` and so notifies nobody, here as there; leave `AlarmActions: []` out to be told"
    ));
}

/// Whether a file with this entry loads, whatever the values of its parameters.
fn check(entry: &Entry, found: &Found) -> Result<(), String> {
    let mut file = Ordered::default();
    file.push("Parameters", declared(found, &entry.used));
    file.push("Alarms", vec![entry.properties.clone()]);
    let text = serde_json::to_string(&file).map_err(|error| error.to_string())?;
    let read = |_: &Path| Ok(text.clone());
    // A number that every property takes.
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

/// `Parameters` of the file: those that the entries refer to.
pub(super) fn declarations(found: &Found, entries: &[Entry]) -> Ordered {
    let used = entries.iter().flat_map(|entry| entry.used.iter().cloned());
    declared(found, &used.collect())
}

fn declared(found: &Found, used: &BTreeSet<String>) -> Ordered {
    let mut declarations = Ordered::default();
    for name in used {
        let theirs = found.parameters.get(name);
        let text = |key: &str| {
            theirs
                .and_then(|parameter| parameter.get(key))
                .filter(|value| !is_nothing(value))
        };
        let kind = text("Type").and_then(Value::as_str);
        let kind = kind.filter(|kind| ["Number", "CommaDelimitedList"].contains(kind));
        let mut declaration = Ordered::default();
        declaration.push("Type", kind.unwrap_or("String"));
        for key in ["Description", "Default"] {
            declaration.push_some(key, text(key).map(|value| Item::from(value.clone())));
        }
        declarations.push(name, declaration);
    }
    declarations
}

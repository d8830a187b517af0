//! Combines an alarm and the filter of its metric into one entry of an alarms file.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::actions;
use super::metric::{self, Metric, MetricId};
use super::parameters::Parameters;
use super::property::Property;
use super::resources::{Resource, Resources};
use super::written::Writer;
use crate::ordered::OrderedMap;
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

/// Converts all alarms, in their order. Returns whether everything was converted; `notes` gets a line for each problem.
pub(super) fn entries(resources: &Resources, notes: &mut Vec<String>) -> (Vec<Entry>, bool) {
    let mut entries = Vec::new();
    let mut is_complete = true;
    let mut used_filters = BTreeSet::new();
    for alarm in &resources.alarms {
        let mut of_alarm = Vec::new();
        let name = alarm.name();
        match entry(alarm, resources, &mut of_alarm, &mut used_filters) {
            Ok(entry) => entries.push(entry),
            Err(reason) => {
                is_complete = false;
                notes.push(format!("{name}: not moved: {reason}"));
            }
        }
        let of_alarm = of_alarm.iter().chain(&alarm.notes);
        notes.extend(of_alarm.map(|note| format!("{name}: {note}")));
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

fn entry(
    alarm: &Resource,
    resources: &Resources,
    notes: &mut Vec<String>,
    used_filters: &mut BTreeSet<String>,
) -> Result<Entry, String> {
    let property = |key: &str| alarm.properties.get(key);
    if let Some((key, why)) = UNSUPPORTED.iter().find(|(key, _)| property(key).is_some()) {
        return Err(format!("it has `{key}`, and {why}"));
    }
    let id = MetricId::of_alarm(&alarm.properties)?;
    let mut writer = Writer::default();
    let metric = only_metric(&id, resources, &mut writer)?;

    let mut properties = OrderedMap::default();
    let name = match property("AlarmName") {
        Some(name) => writer.text(&name.as_text()?),
        None => alarm.id.clone(),
    };
    properties.push("AlarmName", name);
    if let Some(description) = property("AlarmDescription") {
        properties.push("AlarmDescription", writer.text(&description.as_text()?));
    }
    let pattern = metric.filter.properties.written("FilterPattern");
    let pattern = pattern.ok_or("its filter has no `FilterPattern`")?;
    properties.push("FilterPattern", writer.pattern(&pattern.as_text()?));
    properties.push("MetricNamespace", writer.text(&id.namespace));
    properties.push("MetricName", writer.text(&id.name));
    for key in ["MetricValue", "DefaultValue", "Unit"] {
        if let Some(value) = metric.transformation.get(key) {
            properties.push(key, writer.text(&value.as_text()?));
        }
    }
    for key in PROPERTIES {
        match property(key) {
            Some(Property::Scalar(value)) => properties.push(key, value.clone()),
            Some(value) => properties.push(key, writer.text(&value.as_text()?)),
            None => {}
        }
    }
    actions::push(&alarm.properties, &mut properties, notes);
    for (key, value) in &alarm.metadata {
        properties.push(key, literal(value));
    }
    let entry = Entry {
        properties,
        used: writer.used,
    };
    check(&entry, &resources.parameters)?;
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

/// The only metric with this ID.
fn only_metric<'f>(
    id: &MetricId,
    resources: &'f Resources,
    writer: &mut Writer,
) -> Result<Metric<'f>, String> {
    let filters: Vec<&Resource> = resources.filters.iter().collect();
    let metrics = metric::of(id, &filters);
    match metrics.as_slice() {
        [] => Err(format!(
            "no filter makes its metric `{}` `{}`",
            writer.text(&id.namespace),
            writer.text(&id.name)
        )),
        [metric] if metric.transformation.get("Dimensions").is_some() => {
            Err("its metric has dimensions; `GroupBy` may be what is meant".to_owned())
        }
        [metric] => Ok(*metric),
        several => Err(format!(
            "{} filters make its metric; write an alarm for each",
            several.len()
        )),
    }
}

/// Checks that a file with this entry loads with any values of its parameters.
fn check(entry: &Entry, parameters: &Parameters) -> Result<(), String> {
    let mut file = OrderedMap::default();
    file.push(
        "Parameters",
        parameters.section(|name| entry.used.contains(name)),
    );
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
pub(super) fn declarations(parameters: &Parameters, entries: &[Entry]) -> OrderedMap {
    parameters.section(|name| entries.iter().any(|entry| entry.used.contains(name)))
}

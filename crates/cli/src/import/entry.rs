//! Combines an alarm and the filter of its metric into one entry of an alarms file.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use serde_json::Value;

use super::escape::Writer;
use super::metric::{Metric, MetricId};
use super::parameters::Parameters;
use super::property::{Property, Text};
use super::resources::Resource;
use super::{actions, joined, sample};
use crate::ordered::OrderedMap;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::{self, ParameterDeclaration};
use cloudwatch_filter_pattern::{FilterPattern, Part};

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
const UNSUPPORTED: [(&str, &str); 4] = [
    ("ThresholdMetricId", "anomaly detection is not supported"),
    ("ExtendedStatistic", "percentiles are not supported"),
    (
        "EvaluateLowSampleCountPercentile",
        "percentiles are not supported",
    ),
    (
        "Dimensions",
        "dimensions are not supported; `GroupBy` may be what is meant",
    ),
];

/// An entry of an alarms file that loads.
pub(super) struct Entry {
    pub(super) name: String,
    /// Comments of the source.
    pub(super) comments: Vec<String>,
    /// All properties but the name.
    properties: OrderedMap,
    /// Names of the parameters that it refers to.
    used: BTreeSet<String>,
    /// The loaded alarm, with examples for parameters without a default.
    definition: Option<AlarmDefinition>,
}

impl Entry {
    /// The item of `Alarms`.
    pub(super) fn alarm(&self) -> OrderedMap {
        let mut alarm = OrderedMap::default();
        alarm.push("AlarmName", &self.name);
        alarm.extend(&self.properties);
        alarm
    }

    /// Adds `Tests` with records that are made from the pattern. Returns false if none are found.
    pub(super) fn add_tests(&mut self) -> bool {
        let Some(alarm) = &self.definition else {
            return false;
        };
        let pattern = alarm.pattern.to_source().parse();
        let Some(samples) = pattern.ok().as_ref().and_then(sample::samples) else {
            return false;
        };
        let record = samples.matching.to_string();
        if alarm.exclude.iter().any(|one| one.pattern.matches(&record)) {
            return false;
        }
        let test = |name: String, record: Value, matches: bool| {
            let mut test = OrderedMap::default();
            test.push("Name", name);
            test.push("Record", record);
            test.push("Match", matches);
            test
        };
        let miss = format!("generated: another {}", samples.difference);
        let tests = vec![
            test(
                "generated: a record that matches".to_owned(),
                samples.matching,
                true,
            ),
            test(miss, samples.near_miss, false),
        ];
        self.properties.push("Tests", tests);
        true
    }
}

/// Converts an alarm and the filters that make its metric. `notes` gets what differs.
pub(super) fn convert(
    alarm: &Resource,
    id: &MetricId,
    metrics: &[Metric<'_>],
    parameters: &Parameters,
    notes: &mut Vec<String>,
) -> Result<Entry, String> {
    let property = |key: &str| alarm.properties.get(key);
    if let Some((key, why)) = UNSUPPORTED.iter().find(|(key, _)| property(key).is_some()) {
        return Err(format!("it has `{key}`, and {why}"));
    }
    let mut writer = Writer::default();
    let name = match property("AlarmName") {
        Some(name) => writer.text(&name.as_text()?),
        None => alarm.id.clone(),
    };
    let mut properties = OrderedMap::default();
    if let Some(description) = property("AlarmDescription") {
        properties.push("AlarmDescription", writer.text(&description.as_text()?));
    }
    let pattern = pattern(alarm, metrics, parameters, &mut writer, notes)?;
    properties.push("FilterPattern", &pattern);
    properties.push("MetricNamespace", writer.text(&id.namespace));
    properties.push("MetricName", writer.text(&id.name));
    for key in ["MetricValue", "DefaultValue", "Unit"] {
        if let Some(value) = metrics[0].transformation.get(key) {
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
    let sources = || metrics.iter().map(|metric| metric.filter).chain([alarm]);
    notes.extend(sources().flat_map(|source| &source.notes).cloned());
    let mut entry = Entry {
        name,
        comments: comments(sources()),
        properties,
        used: writer.used,
        definition: None,
    };
    entry.definition = load(&entry, parameters)?;
    Ok(entry)
}

/// The comments of resources, each line once: a filter and its alarm often have the same comment.
fn comments<'r>(sources: impl Iterator<Item = &'r Resource>) -> Vec<String> {
    let mut known = HashSet::new();
    let lines = sources.flat_map(|source| &source.comments);
    lines.filter(|line| known.insert(*line)).cloned().collect()
}

/// The pattern of the filters of a metric.
fn pattern(
    alarm: &Resource,
    metrics: &[Metric<'_>],
    parameters: &Parameters,
    writer: &mut Writer,
    notes: &mut Vec<String>,
) -> Result<String, String> {
    let patterns = metrics.iter().map(|metric| {
        let has_dimensions = metric.transformation.get("Dimensions").is_some();
        if has_dimensions {
            return Err("its metric has dimensions; `GroupBy` may be what is meant".to_owned());
        }
        let pattern = metric.filter.properties.written("FilterPattern");
        let pattern = pattern.ok_or("its filter has no `FilterPattern`")?;
        if pattern.as_mapping().is_some() {
            return Err("its `FilterPattern` is a mapping; put the pattern in quotes".to_owned());
        }
        let pattern = pattern.as_text()?;
        Ok(match with_defaults(&pattern, parameters)? {
            Some(literal) => {
                notes.push(
                    "its pattern has parameters outside of a text in quotes; their defaults are written out"
                        .to_owned(),
                );
                writer.pattern(&literal)
            }
            None => writer.pattern(&pattern),
        })
    });
    let mut patterns = patterns.collect::<Result<Vec<String>, String>>()?;
    match patterns.len() {
        1 => Ok(patterns.remove(0)),
        _ => joined::join(alarm, metrics, &patterns, notes),
    }
}

/// The pattern with the defaults of its parameters, if it is a pattern only with them: a whole pattern, or a number, can be
/// the value of a parameter of a template, but not of one of an alarms file.
fn with_defaults(pattern: &Text, parameters: &Parameters) -> Result<Option<Text>, String> {
    let is_pattern = |text: &Text| {
        let written = Writer::default().pattern(text);
        written.parse::<FilterPattern>().is_ok()
    };
    if pattern.literal().is_some() || is_pattern(pattern) {
        return Ok(None);
    }
    let mut literal = Text::default();
    for part in pattern.parts() {
        match part {
            Part::Literal(text) => literal.push_literal(text),
            Part::Parameter(name) => {
                let parameter = parameters.get(name);
                match parameter.and_then(|parameter| parameter.default.as_ref()) {
                    Some(Value::String(text)) => literal.push_literal(text),
                    Some(other) => literal.push_literal(&other.to_string()),
                    None => {
                        return Err(format!(
                            "its pattern has parameter `{name}`, without a default, outside of a text in quotes; give the parameter's value"
                        ));
                    }
                }
            }
        }
    }
    Ok(is_pattern(&literal).then_some(literal))
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

/// Loads a file with this entry, which must load with any values of its parameters.
fn load(entry: &Entry, parameters: &Parameters) -> Result<Option<AlarmDefinition>, String> {
    let mut file = OrderedMap::default();
    let section = parameters.section(entry.used.iter(), true);
    file.push("Parameters", section);
    file.push("Alarms", vec![entry.alarm()]);
    let text = serde_json::to_string(&file).map_err(|error| error.to_string())?;
    let read = |_: &Path| Ok(text.clone());
    let value = |parameter: &ParameterDeclaration| {
        let default = parameter.default.clone();
        default.or_else(|| parameter.example.clone())
    };
    match file::load(Path::new("imported.yaml"), &read, &value) {
        Ok(file) => Ok(file.alarms.into_iter().next()),
        Err(error) => Err(error.diagnostics()[0].message().to_owned()),
    }
}

/// `Parameters` of the file: the parameters that the entries refer to.
pub(super) fn declarations(
    parameters: &Parameters,
    entries: &[Entry],
    has_examples: bool,
) -> OrderedMap {
    let used = entries.iter().flat_map(|entry| &entry.used);
    parameters.section(used, has_examples)
}

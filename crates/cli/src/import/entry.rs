//! Combines an alarm and the filter of its metric into one entry of an alarms file.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use serde_json::Value;

use super::escape::Writer;
use super::metric::{Metric, MetricId};
use super::parameters::Parameters;
use super::property::{Properties, Property, Text};
use super::resources::Resource;
use super::{actions, joined, placeholder, sample};
use crate::ordered::OrderedMap;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::{self, ParameterDeclaration};
use cloudwatch_filter_pattern::{FilterPattern, Language, Part};

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
        "dimensions are not supported; use `GroupBy` instead",
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

    /// The item of `Alarms` as JSON.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(&self.alarm()).expect("its keys are texts")
    }

    /// Adds `Tests` with records that are made from the pattern; otherwise returns the reason why there are none.
    pub(super) fn add_tests(&mut self) -> Result<(), &'static str> {
        let not_found = "no record was found that matches its pattern";
        let alarm = self.definition.as_ref().ok_or(not_found)?;
        let pattern = alarm.pattern.to_source().parse::<FilterPattern>();
        let pattern = pattern.map_err(|_| not_found)?;
        if !matches!(pattern.language(), Language::Json(_)) {
            return Err("its pattern is not a JSON pattern");
        }
        let samples = sample::samples(&pattern).ok_or(not_found)?;
        let record = samples.matching.to_string();
        if alarm.exclude.iter().any(|one| one.pattern.matches(&record)) {
            return Err("one of its exclusions matches the generated record");
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
        Ok(())
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
    let name = name(alarm, &mut writer, notes)?;
    let mut properties = OrderedMap::default();
    if let Some(description) = alarm.properties.text("AlarmDescription") {
        note_on_placeholder("AlarmDescription", description.as_ref().ok(), notes);
        properties.push("AlarmDescription", writer.text(&description?));
    }
    let pattern = pattern(alarm, metrics, parameters, &mut writer, notes)?;
    properties.push("FilterPattern", &pattern);
    for (key, text) in [("MetricNamespace", &id.namespace), ("MetricName", &id.name)] {
        note_on_placeholder(key, Some(text), notes);
        properties.push(key, writer.text(text));
    }
    let transformation = metrics[0].transformation;
    for key in ["MetricValue", "DefaultValue", "Unit"] {
        if let Some(text) = transformation.text(key) {
            properties.push(key, writer.text(&text?));
        }
    }
    notes.extend(note_on_unit(&alarm.properties, transformation));
    for key in PROPERTIES {
        match property(key) {
            Some(Property::Scalar(value)) => properties.push(key, value.clone()),
            Some(_) => properties.push_some(
                key,
                alarm
                    .properties
                    .text(key)
                    .transpose()?
                    .map(|text| writer.text(&text)),
            ),
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

/// The name of an alarm. If it is not known, the ID in the source.
fn name(alarm: &Resource, writer: &mut Writer, notes: &mut Vec<String>) -> Result<String, String> {
    match (
        alarm.properties.get("AlarmName"),
        alarm.properties.text("AlarmName"),
    ) {
        (Some(Property::Unknown(unknown)), _) => {
            notes.push(format!(
                "its `AlarmName` is not known, so it has its name in the source: {}",
                unknown.reason
            ));
            Ok(alarm.id.clone())
        }
        (_, Some(name)) => {
            let name = name?;
            note_on_placeholder("AlarmName", Some(&name), notes);
            Ok(writer.text(&name))
        }
        (_, None) => Ok(alarm.id.clone()),
    }
}

/// Notes that a name or description keeps a placeholder, if it has one.
fn note_on_placeholder(key: &str, text: Option<&Text>, notes: &mut Vec<String>) {
    if let Some(placeholder) = text.and_then(placeholder::first) {
        notes.push(format!(
            "`{placeholder}` in its `{key}` stays as it is; write its value"
        ));
    }
}

/// A note on an alarm whose unit is not that of its metric.
fn note_on_unit(alarm: &Properties, transformation: &Properties) -> Option<String> {
    let expected = alarm.literal("Unit")?;
    let unit = transformation.literal("Unit").unwrap_or("None");
    (expected != unit).then(|| {
        format!(
            "its `Unit` is `{expected}`, unlike `{unit}` of its metric; it has data here, but not in CloudWatch"
        )
    })
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
            return Err("its metric has dimensions; use `GroupBy` instead".to_owned());
        }
        let pattern = metric.filter.properties.written("FilterPattern");
        let pattern = pattern.ok_or("its filter has no `FilterPattern`")?;
        if pattern.as_mapping().is_some() {
            return Err("its `FilterPattern` is a mapping; put the pattern in quotes".to_owned());
        }
        let pattern = pattern.text_of("FilterPattern")?;
        if let Some(placeholder) = placeholder::first(&pattern) {
            return Err(format!(
                "its pattern has `{placeholder}`, which another tool replaces; write its value"
            ));
        }
        Ok(match with_defaults(&pattern, parameters)? {
            Some(literal) => {
                let values = values(&pattern, parameters);
                notes.push(format!(
                    "parameters outside of quotes are replaced by their values: {values}"
                ));
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
    let literal = parameters.filled(pattern).map_err(|name| {
        format!(
            "its pattern has `{name}` outside of a text in quotes; give its value with --param {name}=VALUE"
        )
    })?;
    Ok(is_pattern(&literal).then_some(literal))
}

/// The parameters of a text and their values: `Op is "="`.
fn values(text: &Text, parameters: &Parameters) -> String {
    let values = text.parts().iter().filter_map(|part| match part {
        Part::Literal(_) => None,
        Part::Parameter(name) => {
            let value = parameters.get(name)?.default.as_ref()?;
            Some(format!("{name} is {value}"))
        }
    });
    values
        .collect::<BTreeSet<String>>()
        .into_iter()
        .collect::<Vec<String>>()
        .join(", ")
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

/// A line about the parameters without a default that the entries refer to.
pub(super) fn note_on_values(parameters: &Parameters, entries: &[Entry]) -> Option<String> {
    let used = entries.iter().flat_map(|entry| &entry.used);
    let open = parameters.without_default(used);
    let (needed, set) = match open.len() {
        0 => return None,
        1 => ("a value for parameter", "environment variable"),
        _ => ("values for parameters", "environment variables"),
    };
    let (names, variables): (Vec<String>, Vec<String>) = open.into_iter().unzip();
    Some(format!(
        "the alarms file needs {needed} {}: set the {set} {}, or pass --param NAME=VALUE",
        names.join(", "),
        variables.join(", ")
    ))
}

//! Metric filters and metric alarms, in the property names of CloudFormation, for all formats that have these resources.

use serde_json::{Value, json};

use super::losses::{Service, note_losses};
use super::names::{Names, words};
use super::notes::Notes;
use super::stack_parameters::{
    LOG_GROUP, StackParameter, StackParameters, TOPIC, names, note_examples, pattern_source, used,
};
use crate::alarms::Parameter;
use crate::shared_metric::{conflicts, metric};
use cloudtrail_alarms::alarm::definition::{AlarmDefinition, MetricValue};
use cloudtrail_alarms::alarm::file::{AlarmsFile, References};
use cloudwatch_filter_pattern::{MAX_LENGTH, Part};

/// Maximum length of the part of a logical ID that is made from the name of an alarm, in characters.
const MAX_ID: usize = 240;

/// The names of the namespace in the alarms file: that of an alarm and that of a metric filter.
const NAMESPACE: [&str; 2] = ["Namespace", "MetricNamespace"];

/// The value of a property.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Property {
    /// A text with parameters.
    Text(Vec<Part>),
    /// A value without parameters.
    Value(Value),
    /// A list of one item: the ARN of the topic, which the document has as a parameter.
    Topic,
}

pub(super) type Properties = Vec<(&'static str, Property)>;

/// A metric filter with one metric transformation.
#[derive(Debug)]
pub(super) struct MetricFilter {
    /// Name of the resource, without a suffix.
    pub(super) id: String,
    pub(super) pattern: Vec<Part>,
    pub(super) transformation: Properties,
}

/// A metric alarm.
#[derive(Debug)]
pub(super) struct MetricAlarm<'f> {
    /// Name of the resource, without a suffix.
    pub(super) id: String,
    /// Index of the filter that creates its metric.
    pub(super) filter: usize,
    pub(super) properties: Properties,
    pub(super) definition: &'f AlarmDefinition,
}

/// All resources of a document.
#[derive(Debug, Default)]
pub(super) struct MetricAlarms<'f> {
    pub(super) filters: Vec<MetricFilter>,
    pub(super) alarms: Vec<MetricAlarm<'f>>,
}

impl<'f> MetricAlarms<'f> {
    /// The resources for the alarms of a file.
    pub(super) fn new(
        file: &'f AlarmsFile,
        parameters: &StackParameters,
        notes: &mut Notes,
    ) -> Self {
        let mut ids = Names::default();
        let declared = file.parameters.iter().map(|parameter| &*parameter.name);
        for name in declared.chain([LOG_GROUP, TOPIC]) {
            ids.take(name);
        }
        let conflicts = conflicts(&file.alarms);
        let mut resources = Self::default();
        for (alarm, location) in file.alarms.iter().zip(&file.locations) {
            let conflict = (conflicts.iter())
                .find(|conflict| metric(&file.alarms[conflict.first]) == metric(alarm));
            if let Some(conflict) = conflict {
                let reason = format!(
                    "alarms on its metric have another `{}`, and CloudWatch would add up what their filters count; \
                     give each a metric of its own",
                    conflict.property
                );
                notes.leave_out(&alarm.name, &reason);
                continue;
            }
            let length = pattern_source(&alarm.pattern).chars().count();
            if length > MAX_LENGTH {
                let reason = format!(
                    "with the values of its parameters the pattern has {length} characters; CloudWatch accepts {MAX_LENGTH}"
                );
                notes.leave_out(&alarm.name, &reason);
                continue;
            }
            note_losses(alarm, Service::MetricAlarm, notes);
            let id = ids.distinct(&id(&alarm.name), &["Filter", "Alarm"]);
            let shared = resources.alarms.iter();
            let shared = shared.filter(|other| metric(other.definition) == metric(alarm));
            let filter = shared.map(|other| other.filter).next();
            let mut writer = PropertyWriter {
                parameters,
                references: &location.references,
                notes,
                properties: Vec::new(),
            };
            let filter = filter.unwrap_or_else(|| {
                resources.filters.push(writer.filter(alarm, &id));
                resources.filters.len() - 1
            });
            let properties = writer.alarm(alarm);
            resources.alarms.push(MetricAlarm {
                id,
                filter,
                properties,
                definition: alarm,
            });
        }
        resources
    }

    /// The parameters that the document declares. Adds notes on those that become different, and on those that have their
    /// example as value.
    pub(super) fn parameters<'p>(
        &self,
        parameters: &'p StackParameters,
        file: &AlarmsFile,
        given: &[Parameter],
        notes: &mut Notes,
    ) -> Vec<&'p StackParameter> {
        let declared = parameters.used(self.texts());
        for parameter in declared.iter().filter(|parameter| parameter.is_list) {
            notes.general(format!(
                "parameter `{0}` takes one value; for several, export again with --param {0}=VALUE,VALUE",
                parameter.name
            ));
        }
        let is_declared = |name: &str| declared.iter().any(|parameter| parameter.name == name);
        let used = used(file);
        let written = used.iter().map(String::as_str);
        note_examples(
            file,
            given,
            written.filter(|name| !is_declared(name)),
            notes,
        );
        declared
    }

    /// Whether an alarm notifies the topic of the document.
    pub(super) fn has_topic(&self) -> bool {
        let mut properties = self.alarms.iter().flat_map(|alarm| &alarm.properties);
        properties.any(|(_, property)| *property == Property::Topic)
    }

    fn texts(&self) -> impl Iterator<Item = &Vec<Part>> {
        let transformations = self
            .filters
            .iter()
            .flat_map(|filter| &filter.transformation);
        let properties = self.alarms.iter().flat_map(|alarm| &alarm.properties);
        let texts = transformations
            .chain(properties)
            .filter_map(|(_, property)| match property {
                Property::Text(parts) => Some(parts),
                Property::Value(_) | Property::Topic => None,
            });
        texts.chain(self.filters.iter().map(|filter| &filter.pattern))
    }
}

/// Writes the properties of one alarm.
struct PropertyWriter<'w> {
    parameters: &'w StackParameters,
    references: &'w References,
    notes: &'w mut Notes,
    properties: Properties,
}

impl PropertyWriter<'_> {
    /// Adds a property: as it is written in the alarms file if it refers to parameters, otherwise its value.
    ///
    /// `written_as` are its names in the alarms file.
    fn push_as(&mut self, key: &'static str, written_as: &[&str], value: Value) {
        let mut references = written_as
            .iter()
            .filter_map(|name| self.references.get(*name));
        let property = match references.next() {
            Some(parts) if self.parameters.declares(names(parts), self.notes) => {
                Property::Text(parts.clone())
            }
            _ => Property::Value(value),
        };
        self.properties.push((key, property));
    }

    fn push(&mut self, key: &'static str, value: Value) {
        self.push_as(key, &[key], value);
    }

    fn filter(&mut self, alarm: &AlarmDefinition, id: &str) -> MetricFilter {
        self.push_as("MetricNamespace", &NAMESPACE, json!(alarm.namespace));
        self.push("MetricName", json!(alarm.metric_name));
        self.push("MetricValue", json!(metric_value(alarm)));
        if let Some(value) = alarm.default_value {
            self.push("DefaultValue", number(value));
        }
        if let Some(unit) = &alarm.unit {
            self.push("Unit", json!(unit));
        }
        MetricFilter {
            id: id.to_owned(),
            pattern: self.parameters.pattern(&alarm.pattern, self.notes),
            transformation: std::mem::take(&mut self.properties),
        }
    }

    fn alarm(&mut self, alarm: &AlarmDefinition) -> Properties {
        let settings = &alarm.settings;
        self.push("AlarmName", json!(alarm.name));
        if !alarm.description.is_empty() {
            self.push("AlarmDescription", json!(alarm.description));
        }
        self.push_as("Namespace", &NAMESPACE, json!(alarm.namespace));
        self.push("MetricName", json!(alarm.metric_name));
        self.push("Statistic", json!(alarm.statistic));
        self.push("Period", json!(settings.period));
        self.push("EvaluationPeriods", json!(settings.evaluation_periods));
        if let Some(datapoints) = settings.datapoints_to_alarm {
            self.push("DatapointsToAlarm", json!(datapoints));
        }
        self.push("Threshold", number(settings.threshold));
        self.push("ComparisonOperator", json!(settings.comparison_operator));
        self.push("TreatMissingData", json!(settings.treat_missing_data));
        self.properties.extend(actions(alarm));
        std::mem::take(&mut self.properties)
    }
}

/// The properties about actions.
pub(super) fn actions(alarm: &AlarmDefinition) -> Properties {
    let mut properties = Properties::new();
    if !alarm.actions_enabled {
        properties.push(("ActionsEnabled", Property::Value(json!(false))));
    }
    let alarm_actions = match &alarm.alarm_actions {
        None => Property::Topic,
        Some(actions) => Property::Value(json!(actions)),
    };
    properties.push(("AlarmActions", alarm_actions));
    for (key, actions) in [
        ("OKActions", &alarm.ok_actions),
        ("InsufficientDataActions", &alarm.insufficient_data_actions),
    ] {
        if !actions.is_empty() {
            properties.push((key, Property::Value(json!(actions))));
        }
    }
    properties
}

fn metric_value(alarm: &AlarmDefinition) -> String {
    match &alarm.metric_value {
        MetricValue::Constant(value) => value.to_string(),
        MetricValue::Field(selector) => selector.to_string(),
    }
}

/// Converts a whole number to a JSON integer, other numbers to a JSON number with a fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "it is a whole number within 53 bits"
)]
pub(super) fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        json!(value as i64)
    } else {
        json!(value)
    }
}

/// The letters and digits of a name, with a capital at the start of each word.
pub(super) fn id(name: &str) -> String {
    let capitalized = words(name).map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    let mut id: String = capitalized.collect();
    if !id.starts_with(|c: char| c.is_ascii_alphabetic()) {
        id.insert_str(0, "Alarm");
    }
    id.truncate(MAX_ID);
    id
}

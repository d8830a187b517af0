//! Properties of metric filters and metric alarms, with the names of CloudFormation.

use serde_json::{Value, json};

use super::notes::Notes;
use super::stack_parameters::StackParameters;
use crate::json;
use cloudtrail_alarms::alarm::definition::{AlarmDefinition, MetricValue};
use cloudtrail_alarms::alarm::file::References;
use cloudwatch_filter_pattern::Part;

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

/// Writes the properties of one resource.
pub(super) struct PropertyWriter<'w> {
    parameters: &'w StackParameters,
    references: &'w References,
    notes: &'w mut Notes,
    properties: Properties,
}

impl<'w> PropertyWriter<'w> {
    /// A writer for an alarm whose properties refer to parameters in this way.
    pub(super) fn new(
        parameters: &'w StackParameters,
        references: &'w References,
        notes: &'w mut Notes,
    ) -> Self {
        Self {
            parameters,
            references,
            notes,
            properties: Vec::new(),
        }
    }

    /// Adds a property: as it is written in the alarms file if it refers to parameters, otherwise its value.
    ///
    /// `written_as` are its names in the alarms file.
    fn push_as(&mut self, key: &'static str, written_as: &[&str], value: Value) {
        let mut references = written_as
            .iter()
            .filter_map(|name| self.references.get(*name));
        let parts = references.next();
        let text = parts.and_then(|parts| self.parameters.text(parts, self.notes));
        let property = text.map_or(Property::Value(value), Property::Text);
        self.properties.push((key, property));
    }

    fn push(&mut self, key: &'static str, value: Value) {
        self.push_as(key, &[key], value);
    }

    /// The properties of the metric transformation.
    pub(super) fn transformation(mut self, alarm: &AlarmDefinition) -> Properties {
        self.push_as("MetricNamespace", &NAMESPACE, json!(alarm.namespace));
        self.push("MetricName", json!(alarm.metric_name));
        self.push("MetricValue", json!(metric_value(alarm)));
        if let Some(value) = alarm.default_value {
            self.push("DefaultValue", json::number(value));
        }
        if let Some(unit) = &alarm.unit {
            self.push("Unit", json!(unit));
        }
        self.properties
    }

    /// The properties of the metric alarm.
    pub(super) fn alarm(mut self, alarm: &AlarmDefinition) -> Properties {
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
        self.push("Threshold", json::number(settings.threshold));
        self.push("ComparisonOperator", json!(settings.comparison_operator));
        self.push("TreatMissingData", json!(settings.treat_missing_data));
        self.properties.extend(actions(alarm));
        self.properties
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
        Some(actions) => receivers(actions),
    };
    properties.push(("AlarmActions", alarm_actions));
    for (key, actions) in [
        ("OKActions", &alarm.ok_actions),
        ("InsufficientDataActions", &alarm.insufficient_data_actions),
    ] {
        if !actions.is_empty() {
            properties.push((key, receivers(actions)));
        }
    }
    properties
}

/// The topic instead of actions that are not ARNs. In an alarms file only the presence of an action has an effect.
fn receivers(actions: &[String]) -> Property {
    if actions.iter().all(|action| action.starts_with("arn:")) {
        Property::Value(json!(actions))
    } else {
        Property::Topic
    }
}

fn metric_value(alarm: &AlarmDefinition) -> String {
    match &alarm.metric_value {
        MetricValue::Constant(value) => value.to_string(),
        MetricValue::Field(selector) => selector.to_string(),
    }
}

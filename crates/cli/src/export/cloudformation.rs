//! `export cloudformation`: a CloudWatch metric filter and a CloudWatch alarm for each alarm.
//!
//! Properties that CloudWatch does not support are reported on standard error. All of them but `Tests` are stored in the
//! `Metadata` of the alarm, from which `cloudtrail-alarms import` restores them.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::{Map, Value, json};

use super::arguments::FileArguments;
use super::warnings::print_warnings;
use crate::alarms;
use crate::error::CliError;
use crate::ordered::{OrderedMap, write_document};
use crate::output::Output;
use cloudtrail_alarms::alarm::definition::{
    AlarmDefinition, EvaluationWindow, MetricValue, TimeSource,
};
use cloudtrail_alarms::alarm::file::AlarmsFile;
use cloudwatch_filter_pattern::MAX_LENGTH;

/// `Metadata` key of the properties that CloudWatch does not support.
pub(crate) const METADATA: &str = "CloudTrailAlarms";

/// Maximum length of the name part of a logical ID, in characters.
const MAX_ID: usize = 255 - "Filter".len();

pub(super) fn run(
    arguments: &FileArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let file = arguments.load()?;
    let mut notes = examples(&file, arguments);
    let mut resources = OrderedMap::default();
    let mut ids = BTreeSet::new();
    for alarm in &file.alarms {
        let Some(pattern) = pattern_text(alarm, &mut notes) else {
            continue;
        };
        notes.extend(losses(alarm));
        let id = logical_id(&alarm.name, &mut ids);
        resources.push(&format!("{id}Filter"), metric_filter(alarm, &pattern));
        resources.push(&format!("{id}Alarm"), metric_alarm(alarm, &id));
    }
    let mut template = OrderedMap::default();
    template.push("AWSTemplateFormatVersion", "2010-09-09");
    template.push(
        "Description",
        "Metric filters and alarms over CloudTrail, exported by cloudtrail-alarms",
    );
    let mut declared = OrderedMap::default();
    declared.push(
        "LogGroupName",
        json!({"Type": "String", "Description": "Log group that CloudTrail writes to"}),
    );
    declared.push(
        "AlarmTopicArn",
        json!({"Type": "String", "Description": "ARN of the SNS topic to notify"}),
    );
    template.push("Parameters", declared);
    template.push("Resources", resources);
    write_document(&template, output, out)?;
    print_warnings(&notes)?;
    Ok(())
}

/// Notes on parameters for which the example is exported, since they have no value.
fn examples(file: &AlarmsFile, arguments: &FileArguments) -> Vec<String> {
    let given = |name: &str| alarms::value(name, arguments.parameters()).is_some();
    let used = |name: &str| {
        let mut patterns = file.alarms.iter().map(|alarm| alarm.pattern.unbound());
        patterns.any(|pattern| pattern.parameters().contains(&name))
    };
    (file.parameters.iter())
        .filter(|parameter| parameter.default.is_none() && !given(&parameter.name))
        .filter(|parameter| used(&parameter.name))
        .map(|parameter| {
            let name = &parameter.name;
            format!("parameter `{name}` has its example as value; give its own with --param {name}=VALUE")
        })
        .collect()
}

/// The pattern with the values of its parameters; `None` if it is too long for CloudWatch.
fn pattern_text(alarm: &AlarmDefinition, notes: &mut Vec<String>) -> Option<String> {
    // For CloudWatch, `${` is ordinary text.
    let text = alarm.pattern.to_source().replace("\\${", "${");
    let length = text.chars().count();
    if length > MAX_LENGTH {
        notes.push(format!(
            "{}: left out: with the values of its parameters the pattern has {length} characters; CloudWatch accepts {MAX_LENGTH}",
            alarm.name
        ));
        return None;
    }
    Some(text)
}

fn metric_filter(alarm: &AlarmDefinition, pattern: &str) -> OrderedMap {
    let mut transformation = OrderedMap::default();
    transformation.push("MetricNamespace", &alarm.namespace);
    transformation.push("MetricName", &alarm.metric_name);
    transformation.push("MetricValue", metric_value(alarm));
    transformation.push_some("DefaultValue", alarm.default_value.map(number));
    transformation.push_some("Unit", alarm.unit.as_deref());
    let mut properties = OrderedMap::default();
    properties.push("LogGroupName", json!({"Ref": "LogGroupName"}));
    properties.push("FilterPattern", pattern);
    properties.push("MetricTransformations", vec![transformation]);
    resource("AWS::Logs::MetricFilter", properties)
}

fn metric_alarm(alarm: &AlarmDefinition, id: &str) -> OrderedMap {
    let settings = &alarm.settings;
    let mut properties = OrderedMap::default();
    properties.push("AlarmName", &alarm.name);
    if !alarm.description.is_empty() {
        properties.push("AlarmDescription", &alarm.description);
    }
    properties.push("Namespace", &alarm.namespace);
    properties.push("MetricName", &alarm.metric_name);
    properties.push("Statistic", json!(alarm.statistic));
    properties.push("Period", settings.period);
    properties.push("EvaluationPeriods", settings.evaluation_periods);
    properties.push_some("DatapointsToAlarm", settings.datapoints_to_alarm);
    properties.push("Threshold", number(settings.threshold));
    properties.push("ComparisonOperator", json!(settings.comparison_operator));
    properties.push("TreatMissingData", json!(settings.treat_missing_data));
    if !alarm.actions_enabled {
        properties.push("ActionsEnabled", false);
    }
    match &alarm.alarm_actions {
        None => properties.push("AlarmActions", json!([{"Ref": "AlarmTopicArn"}])),
        Some(actions) => properties.push("AlarmActions", actions.clone()),
    }
    if !alarm.ok_actions.is_empty() {
        properties.push("OKActions", alarm.ok_actions.clone());
    }
    if !alarm.insufficient_data_actions.is_empty() {
        properties.push(
            "InsufficientDataActions",
            alarm.insufficient_data_actions.clone(),
        );
    }
    let mut resource = resource("AWS::CloudWatch::Alarm", properties);
    let metadata = metadata(alarm);
    if !metadata.is_empty() {
        resource.push("Metadata", json!({METADATA: metadata}));
    }
    // The filter creates the metric of the alarm.
    resource.push("DependsOn", format!("{id}Filter"));
    resource
}

fn resource(kind: &str, properties: OrderedMap) -> OrderedMap {
    let mut resource = OrderedMap::default();
    resource.push("Type", kind);
    resource.push("Properties", properties);
    resource
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
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        json!(value as i64)
    } else {
        json!(value)
    }
}

/// The properties that CloudWatch does not support.
fn metadata(alarm: &AlarmDefinition) -> Map<String, Value> {
    let texts = |selectors: &[cloudwatch_filter_pattern::record::Selector]| -> Value {
        selectors.iter().map(ToString::to_string).collect()
    };
    let mut metadata = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            metadata.insert(key.to_owned(), value);
        }
    };
    put("Severity", alarm.severity.map(|severity| json!(severity)));
    put("Runbook", alarm.runbook.clone().map(Value::from));
    put(
        "GroupBy",
        (!alarm.group_by.is_empty()).then(|| texts(&alarm.group_by)),
    );
    put(
        "CountDistinct",
        alarm
            .count_distinct
            .as_ref()
            .map(|field| field.to_string().into()),
    );
    put(
        "TimeSource",
        (alarm.time_source == TimeSource::EventTime).then(|| "EventTime".into()),
    );
    put(
        "AllowedLateness",
        Some(format!("{:#}", alarm.allowed_lateness).into()),
    );
    put(
        "EvaluationWindow",
        (alarm.evaluation_window == EvaluationWindow::WallClock).then(|| "WallClock".into()),
    );
    put(
        "RenotifyAfter",
        alarm
            .renotify_after
            .map(|after| format!("{after:#}").into()),
    );
    let exclusions = alarm.exclude.iter().map(|exclusion| {
        json!({
            "Pattern": exclusion.pattern.to_source(),
            "Reason": exclusion.reason,
            "Owner": exclusion.owner,
            "Expires": exclusion.expires.to_string(),
        })
    });
    put(
        "Exclude",
        (!alarm.exclude.is_empty()).then(|| exclusions.collect()),
    );
    metadata
}

/// Notes on behavior that CloudWatch does not support.
fn losses(alarm: &AlarmDefinition) -> Vec<String> {
    let mut losses = Vec::new();
    let mut note = |is_lost: bool, what: &str| {
        if is_lost {
            losses.push(format!("{}: {what}", alarm.name));
        }
    };
    note(
        !alarm.group_by.is_empty(),
        "`GroupBy` is lost: CloudWatch counts all groups together",
    );
    note(
        alarm.count_distinct.is_some(),
        "`CountDistinct` is lost: CloudWatch counts records",
    );
    note(
        !alarm.exclude.is_empty(),
        "`Exclude` is lost: CloudWatch counts those records too",
    );
    note(
        alarm.time_source == TimeSource::EventTime,
        "`TimeSource` is lost: CloudWatch counts by delivery",
    );
    note(
        alarm.renotify_after.is_some(),
        "`RenotifyAfter` is lost: CloudWatch notifies of a state change once",
    );
    note(
        alarm.settings.period < 60,
        "metric filters write a datapoint a minute; with a shorter `Period` CloudWatch sees most windows without data",
    );
    losses
}

/// The letters and digits of a name, followed by a number if another alarm has the same ID.
fn logical_id(name: &str, taken: &mut BTreeSet<String>) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let capitalized = words.filter(|word| !word.is_empty()).map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    let mut base: String = capitalized.collect();
    if !base.starts_with(|c: char| c.is_ascii_alphabetic()) {
        base.insert_str(0, "Alarm");
    }
    base.truncate(MAX_ID - 5);
    let numbered = (2..).map(|number| format!("{base}{number}"));
    let id = std::iter::once(base.clone())
        .chain(numbered)
        .find(|id| !taken.contains(id))
        .expect("there are more numbers than alarms");
    taken.insert(id.clone());
    id
}

//! `export cloudformation`: a CloudWatch metric filter and a CloudWatch alarm for each alarm.
//!
//! Alarms on one metric share a filter. Properties that CloudWatch does not support are reported. All of them but `Tests` are
//! stored in the `Metadata` of the alarm, from which `cloudtrail-alarms import` restores them.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::arguments::FileArguments;
use super::metric_alarms::{MetricAlarm, MetricAlarms, MetricFilter};
use super::notes::Notes;
use super::stack_parameters::{LOG_GROUP, StackParameters};
use super::template::{METADATA, Template, resource, text, value};
use crate::error::CliError;
use crate::ordered::OrderedMap;
use crate::output::{Output, Verdict};
use cloudtrail_alarms::alarm::definition::{
    AlarmDefinition, DEFAULT_NOTIFICATIONS_PER_HOUR, EvaluationWindow, TimeSource,
};

pub(super) fn run(
    arguments: &FileArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let file = arguments.load()?;
    let mut notes = Notes::default();
    let parameters = StackParameters::new(&file, arguments.parameters());
    let resources = MetricAlarms::new(&file, &parameters, &mut notes);
    let mut template = Template {
        description: "Metric filters and alarms over CloudTrail, exported by cloudtrail-alarms",
        ..Template::default()
    };
    template.declare_log_group();
    if resources.has_topic() {
        template.declare_topic();
    }
    for parameter in resources.parameters(&parameters, &file, arguments.parameters(), &mut notes) {
        template.declare_parameter(parameter);
    }
    let mut written = 0;
    for alarm in &resources.alarms {
        let filter = &resources.filters[alarm.filter];
        if alarm.filter == written {
            written += 1;
            template
                .resources
                .push(&filter_id(filter), metric_filter(filter));
        }
        let id = format!("{}Alarm", alarm.id);
        template.resources.push(&id, metric_alarm(alarm, filter));
    }
    template.write(&notes, output, out)?;
    Ok(notes.report())
}

fn filter_id(filter: &MetricFilter) -> String {
    format!("{}Filter", filter.id)
}

fn metric_filter(filter: &MetricFilter) -> OrderedMap {
    let mut transformation = OrderedMap::default();
    for (key, property) in &filter.transformation {
        transformation.push(key, value(property));
    }
    let mut properties = OrderedMap::default();
    properties.push("LogGroupName", json!({"Ref": LOG_GROUP}));
    properties.push("FilterPattern", text(&filter.pattern));
    properties.push("MetricTransformations", vec![transformation]);
    resource("AWS::Logs::MetricFilter", properties)
}

fn metric_alarm(alarm: &MetricAlarm<'_>, filter: &MetricFilter) -> OrderedMap {
    let mut properties = OrderedMap::default();
    for (key, property) in &alarm.properties {
        properties.push(key, value(property));
    }
    let mut resource = resource("AWS::CloudWatch::Alarm", properties);
    resource.push("Metadata", json!({METADATA: metadata(alarm.definition)}));
    // The filter creates the metric of the alarm.
    resource.push("DependsOn", filter_id(filter));
    resource
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
    let most = alarm.max_notifications_per_hour;
    put(
        "MaxNotificationsPerHour",
        (most != DEFAULT_NOTIFICATIONS_PER_HOUR).then(|| most.into()),
    );
    put(
        "CountDistinct",
        alarm
            .count_distinct
            .as_ref()
            .map(|field| field.to_string().into()),
    );
    put(
        "FirstSeen",
        alarm.first_seen.as_ref().map(|first_seen| {
            json!({
                "Fields": texts(&first_seen.fields),
                "History": format!("{:#}", first_seen.history),
                "WarmUp": format!("{:#}", first_seen.warm_up),
            })
        }),
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
            "Expires": exclusion.expires.map_or_else(|| "never".to_owned(), |day| day.to_string()),
        })
    });
    put(
        "Exclude",
        (!alarm.exclude.is_empty()).then(|| exclusions.collect()),
    );
    metadata
}

//! `export log-alarm`: a CloudWatch log alarm (`AWS::CloudWatch::LogAlarm`) for each alarm.
//!
//! A log alarm runs a query of Logs Insights on a schedule and compares its result with the threshold. Sources: CloudWatch
//! User Guide, "Log alarms" (aggregation expressions, contributors, missing data) and "Create a Log Alarm"; the resource's
//! schema in the CloudFormation registry.

use std::io::Write;

use serde_json::json;

use super::arguments::FileArguments;
use super::losses::{Service, alarms_on_less, note_losses};
use super::metric_alarms::id;
use super::names::Names;
use super::notes::Notes;
use super::properties::{Property, actions};
use super::stack_parameters::{LOG_GROUP, TOPIC, note_written};
use super::template::{Template, resource, value};
use crate::error::CliError;
use crate::json;
use crate::ordered::OrderedMap;
use crate::output::{Output, Verdict};
use cloudtrail_alarms::alarm::definition::{AlarmDefinition, MetricValue, Statistic};
use cloudtrail_alarms::query::Unsupported;
use cloudtrail_alarms::query::logs_insights::{field, filter};
use cloudwatch_filter_pattern::Language;

/// Name of the parameter with the role that runs the queries.
const ROLE: &str = "ScheduledQueryRoleArn";

/// Maximum length of `QueryString`, in characters.
const MAX_QUERY: usize = 10_000;

/// Maximum number of fields that an aggregation groups by.
const MAX_GROUP_FIELDS: usize = 5;

/// Maximum of `QueryResultsToEvaluate`.
const MAX_RESULTS: u32 = 100;

/// Seconds between the end of the queried time and the query, in which Logs Insights indexes new records.
const INDEXING_TIME: u32 = 60;

pub(super) fn run(
    arguments: &FileArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let file = arguments.load()?;
    let mut notes = Notes::default();
    let mut template = Template {
        description: "Log alarms over CloudTrail, exported by cloudtrail-alarms",
        ..Template::default()
    };
    let mut ids = Names::default();
    for name in [LOG_GROUP, ROLE, TOPIC] {
        ids.take(name);
    }
    let mut has_topic = false;
    for alarm in &file.alarms {
        match log_alarm(alarm) {
            Ok(properties) => {
                note_losses(alarm, Service::LogAlarm, &mut notes);
                has_topic |= actions(alarm)
                    .iter()
                    .any(|(_, action)| *action == Property::Topic);
                let id = ids.distinct(&id(&alarm.name), &["Alarm"]);
                let resource = resource("AWS::CloudWatch::LogAlarm", properties);
                template.resources.push(&format!("{id}Alarm"), resource);
            }
            Err(reason) => notes.leave_out(&alarm.name, &reason.to_string()),
        }
    }
    template.declare_log_group();
    template.declare(
        ROLE,
        "ARN of the role with which logs.amazonaws.com runs the queries",
    );
    if has_topic {
        template.declare_topic();
    }
    note_written(&file, arguments.parameters(), &mut notes);
    template.write(&notes, output, out)?;
    Ok(notes.report())
}

fn log_alarm(alarm: &AlarmDefinition) -> Result<OrderedMap, Unsupported> {
    let settings = &alarm.settings;
    if settings.evaluation_periods > MAX_RESULTS {
        return Err(Unsupported(format!(
            "a log alarm evaluates at most {MAX_RESULTS} results"
        )));
    }
    let mut properties = OrderedMap::default();
    properties.push("AlarmName", &alarm.name);
    if !alarm.description.is_empty() {
        properties.push("AlarmDescription", &alarm.description);
    }
    properties.push("ScheduledQueryConfiguration", scheduled_query(alarm)?);
    properties.push("QueryResultsToEvaluate", settings.evaluation_periods);
    properties.push("QueryResultsToAlarm", settings.datapoints_needed());
    properties.push("Threshold", json::number(settings.threshold));
    properties.push("ComparisonOperator", json!(settings.comparison_operator));
    properties.push("TreatMissingData", json!(settings.treat_missing_data));
    for (key, action) in actions(alarm) {
        properties.push(key, value(&action));
    }
    Ok(properties)
}

/// The query of each period.
fn scheduled_query(alarm: &AlarmDefinition) -> Result<OrderedMap, Unsupported> {
    let period = alarm.settings.period.max(60);
    if alarm.settings.period < period && alarms_on_less(alarm) {
        return Err(Unsupported(
            "a query runs at most once a minute, and a minute has more records than a shorter `Period`".to_owned(),
        ));
    }
    let rate = match period / 60 {
        1 => "rate(1 minute)".to_owned(),
        minutes => format!("rate({minutes} minutes)"),
    };
    let mut schedule = OrderedMap::default();
    schedule.push("ScheduleExpression", rate);
    schedule.push("StartTimeOffset", period + INDEXING_TIME);
    schedule.push("EndTimeOffset", INDEXING_TIME);
    let mut query = OrderedMap::default();
    query.push("QueryString", query_string(alarm)?);
    query.push("AggregationExpression", aggregation(alarm)?);
    query.push("LogGroupIdentifiers", json!([{"Ref": LOG_GROUP}]));
    query.push("ScheduledQueryRoleARN", json!({"Ref": ROLE}));
    query.push("ScheduleConfiguration", schedule);
    Ok(query)
}

fn query_string(alarm: &AlarmDefinition) -> Result<String, Unsupported> {
    let Language::Json(expr) = alarm.pattern.language() else {
        return Err(Unsupported("its pattern is not about fields".to_owned()));
    };
    let query = format!("fields @timestamp, @message | filter {}", filter(expr)?);
    let length = query.chars().count();
    if length > MAX_QUERY {
        return Err(Unsupported(format!(
            "its query has {length} characters; CloudWatch accepts {MAX_QUERY}"
        )));
    }
    Ok(query)
}

fn aggregation(alarm: &AlarmDefinition) -> Result<String, Unsupported> {
    if alarm.count_distinct.is_some() {
        return Err(Unsupported(
            "a log alarm cannot count distinct values".to_owned(),
        ));
    }
    let function = match (alarm.statistic, &alarm.metric_value) {
        (Statistic::Sum, MetricValue::Constant(1.0))
        | (Statistic::SampleCount, MetricValue::Constant(_)) => "count(*)".to_owned(),
        (Statistic::Sum, MetricValue::Field(selector)) => format!("sum({})", field(selector)?),
        (Statistic::Average, MetricValue::Field(selector)) => format!("avg({})", field(selector)?),
        (Statistic::Minimum, MetricValue::Field(selector)) => format!("min({})", field(selector)?),
        (Statistic::Maximum, MetricValue::Field(selector)) => format!("max({})", field(selector)?),
        (statistic, _) => {
            return Err(Unsupported(format!(
                "a log alarm has no {statistic:?} of this `MetricValue`"
            )));
        }
    };
    if alarm.group_by.len() > MAX_GROUP_FIELDS {
        return Err(Unsupported(format!(
            "a log alarm groups by at most {MAX_GROUP_FIELDS} fields"
        )));
    }
    let fields = alarm
        .group_by
        .iter()
        .map(field)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(if fields.is_empty() {
        function
    } else {
        format!("{function} by {}", fields.join(", "))
    })
}

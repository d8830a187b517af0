//! The `default` text: the JSON document of a CloudWatch alarm, so that programs can read both.
//!
//! Keys, order and spellings are those of notifications recorded from AWS in 2026. The last key is this project's
//! [`Extension`]. The schema is `docs/reference/notification.schema.json`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::alarm::AlarmState;
use crate::alarm::definition::ComparisonOperator;
use crate::notification::diagnosis::Diagnosis;
use crate::notification::extension::Extension;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::escape_unsafe;
use crate::notification::wording::{alarm_arn, contributor_id, missing_data, statistic};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    alarm_name: &'a str,
    alarm_description: &'a str,
    #[serde(rename = "AWSAccountId")]
    aws_account_id: &'a str,
    alarm_configuration_updated_timestamp: String,
    new_state_value: AlarmState,
    new_state_reason: &'a str,
    state_change_time: String,
    region: &'a str,
    alarm_arn: String,
    old_state_value: AlarmState,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm_contributor_id: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    alarm_contributor_attributes: BTreeMap<&'a str, String>,
    action_executed_after_mute_window: bool,
    #[serde(rename = "OKActions")]
    ok_actions: &'a [String],
    alarm_actions: Vec<&'a str>,
    insufficient_data_actions: &'a [String],
    trigger: Trigger<'a>,
    cloud_trail_alarms: Extension<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Trigger<'a> {
    metric_name: &'a str,
    namespace: &'a str,
    statistic_type: &'static str,
    statistic: &'static str,
    unit: Option<&'a str>,
    dimensions: Vec<Dimension<'a>>,
    period: u32,
    evaluation_periods: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    datapoints_to_alarm: Option<u32>,
    comparison_operator: ComparisonOperator,
    threshold: f64,
    treat_missing_data: &'static str,
    evaluate_low_sample_count_percentile: &'static str,
}

#[derive(Serialize)]
struct Dimension<'a> {
    value: String,
    name: &'a str,
}

/// Renders the document as JSON.
pub(super) fn document(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> String {
    let RenderInput {
        definition,
        group,
        pending,
        deployment,
        region,
    } = *input;
    let settings = &definition.settings;
    let alarm_actions = match &definition.alarm_actions {
        Some(actions) => actions.iter().map(String::as_str).collect(),
        None => deployment.topic_arn.as_deref().into_iter().collect(),
    };
    let group_values = || {
        let values = group.0.iter();
        values.map(|(name, value)| {
            let value = escape_unsafe(value.as_deref().unwrap_or("(none)"));
            (name.as_str(), value)
        })
    };
    let document = Document {
        alarm_name: &definition.name,
        alarm_description: &definition.description,
        aws_account_id: &deployment.account,
        alarm_configuration_updated_timestamp: timestamp(pending.change.at),
        new_state_value: pending.change.to,
        new_state_reason: &pending.change.reason,
        state_change_time: timestamp(pending.change.at),
        region,
        alarm_arn: alarm_arn(definition, group, deployment),
        old_state_value: pending.change.from,
        alarm_contributor_id: contributor_id(group),
        alarm_contributor_attributes: group_values().collect(),
        action_executed_after_mute_window: false,
        ok_actions: &definition.ok_actions,
        alarm_actions,
        insufficient_data_actions: &definition.insufficient_data_actions,
        trigger: Trigger {
            metric_name: &definition.metric_name,
            namespace: &definition.namespace,
            statistic_type: "Statistic",
            statistic: statistic(definition.statistic),
            unit: definition.unit.as_deref(),
            dimensions: group_values()
                .map(|(name, value)| Dimension { value, name })
                .collect(),
            period: settings.period,
            evaluation_periods: settings.evaluation_periods,
            datapoints_to_alarm: settings.datapoints_to_alarm,
            comparison_operator: settings.comparison_operator,
            threshold: settings.threshold,
            treat_missing_data: missing_data(settings.treat_missing_data),
            evaluate_low_sample_count_percentile: "",
        },
        cloud_trail_alarms: Extension::new(input, diagnosis),
    };
    serde_json::to_string(&document).expect("strings and finite numbers can be serialized")
}

/// `2026-11-20T02:15:10.000+0000`.
fn timestamp(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S.%3f%z")
        .to_string()
}

//! The section of the alarm.

use crate::alarm::definition::{AlarmDefinition, EvaluationWindow, MetricValue, TimeSource};
use crate::notification::email::section::Section;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::{sanitize, sanitize_multiline, sanitize_multiline_within};
use crate::notification::wording::{alarm_arn, missing_data};
use cloudwatch_filter_pattern::java_double;

/// Maximum length of the filter pattern, in bytes. CloudWatch accepts 1,024 characters; a list parameter can make it
/// longer.
const MAX_PATTERN: usize = 1_500;

/// Name, state change, condition and ARN of the alarm, and the ID of the notification.
pub(super) fn section(input: &RenderInput<'_>) -> Section {
    let mut section = Section::new("Alarm", 4_000);
    let RenderInput {
        definition,
        group,
        pending,
        deployment,
        region,
    } = *input;
    section.field("Name", &sanitize_multiline(&definition.name));
    section.field("Region", region);
    let account = input.named(&deployment.account);
    if account.name().is_some() {
        section.field("Account", &account.to_string());
    }
    if let Some(severity) = definition.severity {
        section.field("Severity", severity.as_str());
    }
    for (selector, value) in &group.0 {
        let value = value.as_deref().map_or_else(
            || "(none)".to_owned(),
            |value| input.named(value).to_string(),
        );
        section.field("Group", &format!("{} = {value}", sanitize(selector)));
    }
    let change = &pending.change;
    section.field("State change", &format!("{} -> {}", change.from, change.to));
    section.field("Reason", &sanitize_multiline(&change.reason));
    section.field("At", &format!("{} UTC", change.at.strftime("%F %T")));
    section.field("Condition", &condition(definition));
    section.field("Window", &window(definition));
    section.field(
        "Metric",
        &format!("{} {}", definition.namespace, definition.metric_name),
    );
    section.field(
        "Filter pattern",
        &sanitize_multiline_within(&definition.pattern.to_string(), MAX_PATTERN),
    );
    let evidence = input.evidence();
    section.field(
        "Not counted",
        &format!(
            "{} excluded, {} delivered again, {} too late",
            evidence.excluded, evidence.duplicates, evidence.too_late
        ),
    );
    section.field("Alarm ARN", &alarm_arn(definition, input.group, deployment));
    section.field("Notification", &pending.id);
    section
}

/// `Sum of the records is GreaterThanThreshold 1.0 for 1 of 1 periods of 10 seconds; missing data: ignore`.
fn condition(definition: &AlarmDefinition) -> String {
    let settings = &definition.settings;
    let statistic = definition.statistic;
    let counted = match (&definition.count_distinct, &definition.metric_value) {
        (Some(selector), _) => format!("Number of distinct values of {selector}"),
        (None, MetricValue::Field(selector)) => {
            format!("{statistic:?} of the values of {selector}")
        }
        (None, MetricValue::Constant(_)) => {
            format!("{statistic:?} of the records")
        }
    };
    format!(
        "{counted} is {:?} {} for {} of {} periods of {} seconds; missing data: {}",
        settings.comparison_operator,
        java_double(settings.threshold),
        settings.datapoints_needed(),
        settings.evaluation_periods,
        settings.period,
        missing_data(settings.treat_missing_data),
    )
}

/// `sliding, by when calls were delivered; open 300 s for late records`.
fn window(definition: &AlarmDefinition) -> String {
    let window = match definition.evaluation_window {
        EvaluationWindow::Sliding => "sliding",
        EvaluationWindow::WallClock => "by the clock (UTC)",
    };
    let time = match definition.time_source {
        TimeSource::LogTimestamp => "delivered",
        TimeSource::EventTime => "made",
    };
    format!(
        "{window}, by when calls were {time}; open {} s for late records",
        definition.allowed_lateness.as_secs()
    )
}

//! Links, and the alarm itself.

use std::fmt::Write as _;

use super::super::diagnosis::Diagnosis;
use super::super::document;
use super::super::harmless::{harmless, plain, plain_within};
use super::super::insights;
use super::super::link::Console;
use super::super::scene::Scene;
use super::section::Section;
use crate::alarm::definition::{AlarmDefinition, EvaluationWindow, TimeSource};
use cloudwatch_filter_pattern::java_double;

/// Longest filter pattern, in bytes; CloudWatch takes 1,024 characters, a list of parameters can make it longer.
const MAX_PATTERN: usize = 1_500;

/// One link a line and nothing behind it: what follows a link, mail clients take for a part of it.
pub(super) fn links(scene: &Scene<'_>, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new("Links", 5_500);
    for (label, link) in diagnosis.links.iter().chain(&of_logs(scene)) {
        section.together(&[&format!("  {label}:"), link]);
    }
    for (label, _, reason) in logs(scene) {
        if let Some(reason) = reason {
            section.line(&format!("  ({label}: no link, {reason})"));
        }
    }
    section
}

/// The alarm's own records in the log group, where that is known and a link can lead there.
pub(in super::super) fn of_logs(scene: &Scene<'_>) -> Vec<(String, String)> {
    let links = logs(scene).into_iter();
    links
        .filter_map(|(label, link, _)| Some((label.to_owned(), link?)))
        .collect()
}

/// Each page on the log group: its label, and the link or why there is none.
fn logs(scene: &Scene<'_>) -> Vec<(&'static str, Option<String>, Option<&'static str>)> {
    const TOO_LONG: &str = "the filter pattern is too long for one";
    let Some(log_group) = &scene.place.log_group else {
        return Vec::new();
    };
    let (events_label, insights_label) =
        ("Log events of this alarm", "Logs Insights with its query");
    let Some(console) = Console::new(&scene.place.region) else {
        let reason = Some("the address of the console in this Region is not known");
        return vec![(events_label, None, reason), (insights_label, None, reason)];
    };
    let (start, end) = scene.span();
    let events = console.log_events(log_group, &pattern(scene), start, end);
    let why_no_events = events.is_none().then_some(TOO_LONG);
    let query = insights::query(
        &scene.definition.pattern,
        &scene.group_values(),
        scene.evidence(),
    );
    let (insights, why_no_insights) = match query {
        None => (
            None,
            Some("the query language has no words for the filter pattern"),
        ),
        Some(query) => {
            let link = console.insights(log_group, &query, start, end);
            let why = link.is_none().then_some(TOO_LONG);
            (link, why)
        }
    };
    vec![
        (events_label, events, why_no_events),
        (insights_label, insights, why_no_insights),
    ]
}

/// The alarm's pattern, narrowed to the values of the group.
fn pattern(scene: &Scene<'_>) -> String {
    let pattern = scene.definition.pattern.to_string();
    let mut values = String::new();
    for (selector, value) in scene.group_values() {
        let _ = write!(values, " && ({selector} = \"{value}\")");
    }
    let inner = pattern
        .trim()
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    match inner {
        Some(inner) if !values.is_empty() => format!("{{ ({}){values} }}", inner.trim()),
        _ => pattern,
    }
}

/// Writes the alarm, its numbers and the notification's id.
pub(super) fn section(scene: &Scene<'_>) -> Section {
    let mut section = Section::new("Alarm", 4_000);
    let Scene {
        definition,
        group,
        owed,
        place,
        region,
    } = *scene;
    section.field("Name", &plain(&definition.name));
    section.field("Region", region);
    if let Some(severity) = definition.severity {
        section.field("Severity", severity.as_str());
    }
    for (selector, value) in &group.0 {
        section.field(
            "Group",
            &format!(
                "{} = {}",
                harmless(selector),
                harmless(value.as_deref().unwrap_or("(none)"))
            ),
        );
    }
    let change = &owed.change;
    section.field("State change", &format!("{} -> {}", change.from, change.to));
    section.field("Reason", &plain(&change.reason));
    section.field("At", &format!("{} UTC", change.at.strftime("%F %T")));
    section.field("Condition", &condition(definition));
    section.field("Window", &window(definition));
    section.field(
        "Metric",
        &format!("{} {}", definition.namespace, definition.metric_name),
    );
    section.field(
        "Filter pattern",
        &plain_within(&definition.pattern.to_string(), MAX_PATTERN),
    );
    let evidence = scene.evidence();
    section.field(
        "Not counted",
        &format!(
            "{} excluded, {} delivered again, {} too late",
            evidence.excluded, evidence.duplicates, evidence.too_late
        ),
    );
    section.field("Alarm ARN", &document::alarm_arn(definition, place));
    section.field("Notification", &owed.id);
    section
}

/// `Sum of the records > 1.0 for 1 of 1 periods of 10 seconds; missing data: ignore`.
fn condition(definition: &AlarmDefinition) -> String {
    let settings = &definition.settings;
    let statistic = definition.statistic;
    let counted = match (&definition.count_distinct, &definition.metric_value) {
        (Some(selector), _) => format!("Number of distinct values of {selector}"),
        (None, crate::alarm::definition::MetricValue::Field(selector)) => {
            format!("{statistic:?} of the values of {selector}")
        }
        (None, crate::alarm::definition::MetricValue::Constant(_)) => {
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
        document::missing_data(settings.treat_missing_data),
    )
}

fn window(definition: &AlarmDefinition) -> String {
    let slides = match definition.evaluation_window {
        EvaluationWindow::Sliding => "sliding",
        EvaluationWindow::WallClock => "by the clock (UTC)",
    };
    let time = match definition.time_source {
        TimeSource::LogTimestamp => "delivered",
        TimeSource::EventTime => "made",
    };
    format!(
        "{slides}, by when calls were {time}; open {} s for late records",
        definition.allowed_lateness.as_secs()
    )
}

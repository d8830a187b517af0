//! Links to the alarm's records in CloudWatch Logs.

use std::fmt::Write as _;

use crate::notification::insights;
use crate::notification::link::AwsConsole;
use crate::notification::render_input::RenderInput;

const TOO_LONG: &str = "the filter pattern is too long for a link";

/// A page of the log group.
pub(super) struct LogLink {
    pub(super) label: &'static str,
    /// The URL, or the reason why there is none.
    pub(super) link: Result<String, &'static str>,
}

/// Labels and URLs of the links that are possible.
pub(super) fn log_links(input: &RenderInput<'_>) -> Vec<(String, String)> {
    let links = log_link_results(input).into_iter();
    links
        .filter_map(|LogLink { label, link }| Some((label.to_owned(), link.ok()?)))
        .collect()
}

/// The log events that match the pattern, and a Logs Insights query. Empty if the log group is unknown.
pub(super) fn log_link_results(input: &RenderInput<'_>) -> Vec<LogLink> {
    let Some(log_group) = &input.deployment.log_group else {
        return Vec::new();
    };
    let (start, end) = input.log_range();
    let console =
        AwsConsole::new(&input.deployment.region).ok_or("the console of this Region is unknown");
    let events = console
        .as_ref()
        .map_err(|reason| *reason)
        .and_then(|console| {
            console
                .log_events(log_group, &pattern(input), start, end)
                .ok_or(TOO_LONG)
        });
    let query = insights::query(
        &input.definition.pattern,
        &input.group_values(),
        input.evidence(),
    );
    let insights = console.and_then(|console| {
        let query = query.ok_or("the filter pattern cannot be expressed in Logs Insights")?;
        console
            .insights(log_group, &query, start, end)
            .ok_or(TOO_LONG)
    });
    vec![
        LogLink {
            label: "Log events of this alarm",
            link: events,
        },
        LogLink {
            label: "Logs Insights",
            link: insights,
        },
    ]
}

/// The alarm's pattern, restricted to the values of the group.
fn pattern(input: &RenderInput<'_>) -> String {
    let pattern = input.definition.pattern.to_string();
    let mut values = String::new();
    for (selector, value) in input.group_values() {
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

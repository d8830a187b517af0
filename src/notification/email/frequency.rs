//! The section of counts: by fact, and over time.

use super::section::Section;
use crate::alarm::definition::TimeSource;
use crate::evidence::{Fact, Timeline};
use crate::notification::call::{call_name, denial_reason};
use crate::notification::diagnosis::Diagnosis;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::sanitize_error_code;

/// Counts by fact and over time. Empty if nothing was counted.
pub(super) fn section(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new("How often", 4_000);
    let evidence = input.evidence();
    if evidence.count == 0 {
        return section;
    }
    section.field("Counted", &input.amount(evidence.count, evidence.at_least));
    let instant = |time: jiff::Timestamp| format!("{} UTC", time.strftime("%F %T"));
    match (evidence.first, evidence.last) {
        (Some(first), Some(last)) if first != last => {
            section.field("First call", &instant(first));
            section.field("Last call", &instant(last));
        }
        (first, last) => section.field("Call", &first.or(last).map(instant).unwrap_or_default()),
    }
    if let Some(text) = timeline(&evidence.timeline) {
        let time = match input.definition.time_source {
            TimeSource::LogTimestamp => "by delivery",
            TimeSource::EventTime => "by time of call",
        };
        // The slots are whole buckets, so the first one can start before the counted time range.
        let shown: u64 = evidence.timeline.counts.iter().sum();
        let earlier = match shown.saturating_sub(evidence.count) {
            0 => String::new(),
            _ if input.definition.count_distinct.is_some() => String::new(),
            earlier => format!("; {earlier} of these came before what is counted here"),
        };
        section.field("Time line", &format!("{text}, {time}{earlier})"));
    }
    section.sanitized_counts(
        "Error code",
        &input.tally(|facts| facts.text(Fact::ErrorCode).map(sanitize_error_code)),
    );
    section.counts(
        "Login",
        &input.tally(|facts| facts.text(Fact::ConsoleLogin)),
    );
    section.counts("Denied because", &input.tally(denial_reason));
    section.counts("API call", &input.tally(call_name));
    section.counts(
        resource_label(diagnosis.resource_kind),
        &diagnosis.resources,
    );
    let tasks = input.tally(|facts| input.caller(facts).ecs_task());
    let callers = input.callers();
    let named: Vec<(String, u64)> = (callers.iter())
        .filter(|(caller, _)| caller.ecs_task().is_none())
        .map(|(caller, count)| (caller.to_string(), *count))
        .collect();
    section.counts("ECS task", &tasks);
    section.sanitized_counts("Caller", &named);
    let known = input.known();
    if evidence.tallies.is_empty() && (1..evidence.count).contains(&known) {
        section.line(&format!(
            "  the counts by field are those of {known} sample records"
        ));
    }
    if evidence.uncounted > 0 && !evidence.tallies.is_empty() {
        section.line(&format!(
            "  and {} more, in combinations that are not listed",
            input.amount(evidence.uncounted, false)
        ));
    }
    section
}

/// The label of the resources.
fn resource_label(resource_kind: &str) -> &'static str {
    match resource_kind {
        "key" => "Key",
        _ => "Resource",
    }
}

/// `. . . 1 . 12 . . 2 3  (10 slots of 60 s from 2026-11-20 02:10:00 UTC`, without the closing bracket. A dot is a slot
/// without records. `None` if there are no slots.
fn timeline(timeline: &Timeline) -> Option<String> {
    let Timeline {
        start,
        slot_seconds,
        counts,
    } = timeline;
    if counts.is_empty() {
        return None;
    }
    let slot = |count: &u64| match count {
        0 => ".".to_owned(),
        count => count.to_string(),
    };
    let slots = counts.iter().map(slot).collect::<Vec<_>>().join(" ");
    Some(format!(
        "{slots}  ({} slots of {slot_seconds} s from {} UTC",
        counts.len(),
        start.strftime("%F %T")
    ))
}

//! How often: counts by what can be counted, and how they spread over time.

use super::super::diagnosis::Diagnosis;
use super::super::harmless::error_code;
use super::super::scene::{Scene, call, layer};
use super::section::Section;
use crate::alarm::definition::TimeSource;
use crate::evidence::{Fact, Timeline};

/// Writes the counts.
pub(super) fn section(scene: &Scene<'_>, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new("How often", 4_000);
    let evidence = scene.evidence();
    if evidence.count == 0 {
        return section;
    }
    section.field("Counted", &scene.amount(evidence.count, evidence.at_least));
    let instant = |time: jiff::Timestamp| format!("{} UTC", time.strftime("%F %T"));
    match (evidence.first, evidence.last) {
        (Some(first), Some(last)) if first != last => {
            section.field("First call", &instant(first));
            section.field("Last call", &instant(last));
        }
        (first, last) => section.field("Call", &first.or(last).map(instant).unwrap_or_default()),
    }
    if let Some(text) = timeline(&evidence.timeline) {
        let by = match scene.definition.time_source {
            TimeSource::LogTimestamp => "by delivery",
            TimeSource::EventTime => "by time of call",
        };
        // The slots are whole buckets, and begin where the span does or before.
        let shown: u64 = evidence.timeline.counts.iter().sum();
        let earlier = match shown.saturating_sub(evidence.count) {
            0 => String::new(),
            _ if scene.definition.count_distinct.is_some() => String::new(),
            earlier => format!("; {earlier} of these came before what is counted here"),
        };
        section.field("Time line", &format!("{text}, {by}{earlier})"));
    }
    section.shown_counts(
        "Error code",
        &scene.tally(|facts| facts.text(Fact::ErrorCode).map(error_code)),
    );
    section.counts(
        "Login",
        &scene.tally(|facts| facts.text(Fact::ConsoleLogin)),
    );
    section.counts("Denied because", &scene.tally(layer));
    section.counts("API call", &scene.tally(call));
    section.counts(title(diagnosis.thing), &diagnosis.things);
    let tasks = scene.tally(|facts| super::super::caller::Caller::of(facts).ecs_task());
    let callers = scene.callers();
    let named: Vec<(String, u64)> = (callers.iter())
        .filter(|(caller, _)| caller.ecs_task().is_none())
        .map(|(caller, count)| (caller.to_string(), *count))
        .collect();
    section.counts("ECS task", &tasks);
    section.shown_counts("Caller", &named);
    let known = scene.known();
    if evidence.tallies.is_empty() && (1..evidence.count).contains(&known) {
        section.line(&format!(
            "  the counts by field are those of {known} sample records"
        ));
    }
    if evidence.untallied > 0 && !evidence.tallies.is_empty() {
        section.line(&format!(
            "  and {} more, in combinations that are not listed",
            scene.amount(evidence.untallied, false)
        ));
    }
    section
}

fn title(thing: &str) -> &'static str {
    match thing {
        "key" => "Key",
        _ => "Resource",
    }
}

/// `. . . 1 . 12 . . 2 3 (10 slots of 60 s from 02:10:00 UTC)`; a dot is a slot without a record.
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

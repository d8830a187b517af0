//! The section of details, for those who look deeper.

use crate::alarm::definition::TimeSource;
use crate::evidence::{AccessDenied, DenialReason, Fact, KeyState, Timeline};
use crate::notification::call::call_name;
use crate::notification::diagnosis::{Diagnosis, and_more};
use crate::notification::email::calls::MAX_SAMPLES;
use crate::notification::email::excluded;
use crate::notification::email::section::Section;
use crate::notification::first_line::roles;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::{
    sanitize, sanitize_multiline, sanitize_multiline_within, sanitize_within,
};

/// Maximum number of error messages.
const MAX_MESSAGES: usize = 2;

/// Maximum length of an error message or a request, in bytes. The JSON document has more.
const MAX_MESSAGE: usize = 300;

/// Maximum length of an encryption context on one line, in bytes.
const MAX_CONTEXT: usize = 66;

/// Maximum length of a user agent, in bytes.
const MAX_USER_AGENT: usize = 80;

/// Maximum length of the filter pattern, in bytes. CloudWatch accepts 1,024 characters; a list parameter can make it
/// longer.
const MAX_PATTERN: usize = 1_500;

/// Error messages, counts by field if they say more than the sample calls, IDs, and the alarm.
pub(super) fn section(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new("Details", 6_000);
    messages(&mut section, input);
    if diagnosis.impacts.is_empty() {
        request(&mut section, input);
    }
    section.field("Encryption context", &encryption_context(diagnosis));
    counts(&mut section, input, diagnosis);
    let evidence = input.evidence();
    if let Some(timeline) = timeline(input, &evidence.timeline) {
        section.field("Over time", &timeline);
    }
    excluded::add(&mut section, input);
    let plural = if evidence.duplicates == 1 { "" } else { "s" };
    let not_counted = [
        (evidence.duplicates, format!("duplicate{plural}")),
        (evidence.too_late, "too late".to_owned()),
    ];
    let not_counted: Vec<String> = (not_counted.into_iter().filter(|(count, _)| *count > 0))
        .map(|(count, why)| format!("{count} {why}"))
        .collect();
    section.field("Not counted", &not_counted.join(", "));
    if let Some(first) = evidence.records.first() {
        let ids = [("", Fact::EventId), ("request ", Fact::RequestId)];
        let ids: Vec<String> = (ids.into_iter())
            .filter_map(|(label, fact)| Some(format!("{label}{}", sanitize(first.text(fact)?))))
            .collect();
        section.field("First event", &ids.join(", "));
    }
    user_agent(&mut section, input);
    alarm(&mut section, input);
    section
}

/// Error messages that the causes do not already contain.
fn messages(section: &mut Section, input: &RenderInput<'_>) {
    let is_explained = |message: &str| {
        let denied = AccessDenied::parse(message);
        denied.is_some_and(|denied| denied.reason != DenialReason::Unknown)
            || KeyState::parse(message).is_some()
    };
    let mut messages = input.sampled(Fact::ErrorMessage);
    messages.retain(|message| !is_explained(message));
    for message in messages.iter().take(MAX_MESSAGES) {
        section.field("Error message", &sanitize_within(message, MAX_MESSAGE));
    }
    if let Some(more @ 1..) = messages.len().checked_sub(MAX_MESSAGES) {
        section.line(&format!("  and {more} more error messages"));
    }
}

/// Request and response of the first call. The request of a sign-in is empty.
fn request(section: &mut Section, input: &RenderInput<'_>) {
    let Some(first) = input.evidence().records.first() else {
        return;
    };
    for (name, fact) in [
        ("Request", Fact::RequestParameters),
        ("Response", Fact::ResponseIds),
    ] {
        if let Some(text) = first.text(fact) {
            // Not wrapped, so that it can be copied.
            section.line(&format!("  {name}: {}", sanitize_within(text, MAX_MESSAGE)));
        }
    }
}

/// The encryption context. If there are several causes, only what fits on a line: the JSON document has all.
fn encryption_context(diagnosis: &Diagnosis) -> String {
    let pairs = diagnosis.encryption_context.as_slice();
    let fits = |shown: &usize| pairs[..*shown].join("; ").len() <= MAX_CONTEXT;
    let shown = match diagnosis.causes.len() {
        0 | 1 => pairs.len(),
        _ => (1..=pairs.len())
            .take_while(fits)
            .last()
            .unwrap_or(pairs.len().min(1)),
    };
    pairs[..shown].join("; ") + &and_more(pairs.len() - shown)
}

/// Counts by field, unless the sample calls show all of them. The causes have the counts of errors.
fn counts(section: &mut Section, input: &RenderInput<'_>, diagnosis: &Diagnosis) {
    let evidence = input.evidence();
    if evidence.count <= MAX_SAMPLES as u64 && evidence.records.len() as u64 == evidence.count {
        return;
    }
    let calls = input.tally(|facts| call_name(facts).map(|call| sanitize(&call)));
    let callers: Vec<(String, u64)> = (roles(input).iter())
        .map(|(caller, count)| (caller.to_string(), *count))
        .collect();
    let tasks = input.tally(|facts| Some(sanitize(input.caller(facts).ecs_task()?)));
    let resources: Vec<(String, u64)> = (diagnosis.resources.iter())
        .map(|(name, count)| (sanitize(name), *count))
        .collect();
    let sign_ins = input.tally(|facts| facts.text(Fact::ConsoleLogin).map(sanitize));
    let resource_label = match diagnosis.resource_kind {
        "key" => "Keys",
        _ => "Resources",
    };
    for (name, counts) in [
        ("Sign-ins", sign_ins),
        ("Calls", calls),
        (resource_label, resources),
        ("Callers", callers),
        ("ECS tasks", tasks),
    ] {
        let known: u64 = counts.iter().map(|(_, count)| count).sum();
        if counts.len() > 1 || name != "ECS tasks" && known < evidence.count {
            section.counts(name, &counts);
        }
    }
    let known = input.known();
    if evidence.tallies.is_empty() && (1..evidence.count).contains(&known) {
        section.line(&format!("  (counts of {known} sample records)"));
    }
    if evidence.uncounted > 0 && !evidence.tallies.is_empty() {
        section.line(&format!(
            "  and {} more in combinations not shown",
            input.amount(evidence.uncounted, false)
        ));
    }
}

/// `. . 60 300 702 (10 slots of 60 s from 02:10:00 UTC, by delivery time)`. A dot is a slot without records. `None` if
/// fewer than two slots have records.
fn timeline(input: &RenderInput<'_>, timeline: &Timeline) -> Option<String> {
    let Timeline {
        start,
        slot_seconds,
        counts,
    } = timeline;
    if counts.iter().filter(|count| **count > 0).count() < 2 {
        return None;
    }
    let slot = |count: &u64| match count {
        0 => ".".to_owned(),
        count => count.to_string(),
    };
    let slots = counts.iter().map(slot).collect::<Vec<_>>().join(" ");
    let time = match input.definition.time_source {
        TimeSource::LogTimestamp => "by delivery time",
        TimeSource::EventTime => "by event time",
    };
    // The slots are whole buckets, so the first one can start before the counted time range.
    let shown: u64 = counts.iter().sum();
    let earlier = match shown.saturating_sub(input.evidence().count) {
        0 => String::new(),
        _ if input.definition.count_distinct.is_some() => String::new(),
        earlier => format!("; {earlier} of these precede the counted range"),
    };
    Some(format!(
        "{slots} ({} slots of {slot_seconds} s from {} UTC, {time}{earlier})",
        counts.len(),
        start.strftime("%F %T")
    ))
}

/// The user agent. That of an ECS task only shows the SDK.
fn user_agent(section: &mut Section, input: &RenderInput<'_>) {
    let is_task = |facts| input.caller(facts).ecs_task().is_some();
    if input.evidence().records.iter().all(is_task) {
        return;
    }
    let agents = input.sampled(Fact::UserAgent);
    if let Some(first) = agents.first() {
        let first = sanitize_within(first, MAX_USER_AGENT);
        section.field(
            "User agent",
            &format!("{first}{}", and_more(agents.len() - 1)),
        );
    }
}

/// Name, place and pattern of the alarm, and the ID of the notification.
fn alarm(section: &mut Section, input: &RenderInput<'_>) {
    let definition = input.definition;
    let name = sanitize_multiline(&definition.name).replace(['\n', '\t'], " ");
    let deployment = input.deployment;
    let accounts = input.sampled(Fact::RecipientAccountId);
    let regions = input.sampled(Fact::AwsRegion);
    let is_elsewhere = accounts
        .iter()
        .any(|account| *account != deployment.account)
        || regions.iter().any(|region| *region != deployment.region);
    if is_elsewhere {
        let account = input.named(&deployment.account);
        section.field(
            "Alarm function",
            format!("{account}, {}", deployment.region).trim_start_matches(", "),
        );
    }
    // Not wrapped, so that it can be copied.
    let pattern = sanitize_multiline_within(&definition.pattern.to_string(), MAX_PATTERN);
    let pattern = pattern.replace(['\n', '\t'], " ");
    if !pattern.is_empty() {
        section.line(&format!("  Filter pattern: {pattern}"));
    }
    section.field(
        "Alarm",
        &format!("{name}, notification ID {}", input.pending.id),
    );
}

//! The first lines of the email: what happened, where, and when.

use crate::alarm::AlarmState;
use crate::evidence::Fact;
use crate::notification::diagnosis::{Diagnosis, and_more};
use crate::notification::email::section::Section;
use crate::notification::first_line::first_line;
use crate::notification::first_seen;
use crate::notification::new_kinds;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::{sanitize, sanitize_multiline};
use crate::notification::summary::counted_sentence;
use crate::notification::threshold::{counts_records, threshold};
use crate::notification::timing::{duration, fired, instant, range};

/// Maximum number of accounts and Regions that are listed.
const MAX_PLACES: usize = 2;

/// Maximum size, in bytes.
const LIMIT: usize = 4_000;

/// The header of a change to ALARM.
pub(super) fn of_alarm(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Section {
    let pending = input.pending;
    let place = place(input);
    let place = if place.is_empty() {
        place
    } else {
        format!("{place} ")
    };
    let mut lines = vec![
        first_line(input, diagnosis),
        format!("{place}Threshold: {}.", threshold(input.definition)),
        fired(input),
    ];
    lines.extend(first_seen::sentence(input));
    lines.extend(group(input));
    if input.evidence().count == 0 || !counts_records(input.definition) {
        lines.push(reason(input));
    }
    if input.evidence().count > 0 && pending.decided_by_older_windows {
        lines.push(
            "No new records: the alarm was triggered by records from earlier periods.".to_owned(),
        );
    }
    lines.extend(repeated(input));
    section(&lines)
}

/// The header of a reminder: what is new since the last email.
pub(super) fn of_reminder(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Section {
    let (pending, evidence) = (input.pending, input.evidence());
    let mut lines = vec![first_line(input, diagnosis), incident(input)];
    lines.extend(group(input));
    lines.extend(new_kinds::sentence(input));
    lines.extend(first_seen::sentence(input));
    let is_described = pending.new_kinds.is_some() && evidence.count == 1;
    if let (Some(first), Some(last), false) = (evidence.first, evidence.last, is_described) {
        let amount = input.amount(evidence.count, evidence.at_least);
        let what = match pending.already_reported {
            0 => "New since the last email",
            _ => "In this email",
        };
        lines.push(format!("{what}: {amount}, {}.", range(first, last)));
    }
    lines.extend(repeated(input));
    section(&lines)
}

/// The header of a recovery, and of the state `INSUFFICIENT_DATA`.
pub(super) fn of_recovery(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Section {
    let mut lines = vec![first_line(input, diagnosis), incident(input)];
    lines.extend(group(input));
    if input.pending.change.to != AlarmState::Ok {
        lines.push(reason(input));
    }
    if input.evidence().count > 0 {
        lines.push(format!(
            "Most recent activity: {}",
            counted_sentence(input, diagnosis)
        ));
    }
    lines.extend(repeated(input));
    section(&lines)
}

fn section(lines: &[String]) -> Section {
    let mut section = Section::untitled(LIMIT);
    for line in lines {
        section.paragraph("", "  ", line);
    }
    section
}

/// `Account 111122223333 (prod-payments), ap-southeast-2.` Of the sampled records, otherwise of the function:
/// `Alarm function in account 111122223333, ap-southeast-2.`
pub(super) fn place(input: &RenderInput<'_>) -> String {
    let accounts: Vec<String> = (input.accounts().iter().map(ToString::to_string))
        .filter(|account| !account.is_empty())
        .collect();
    let mut regions: Vec<String> = (input.sampled(Fact::AwsRegion).into_iter())
        .map(sanitize)
        .collect();
    if regions.is_empty() && !input.deployment.region.is_empty() {
        regions.push(input.deployment.region.clone());
    }
    let account = match accounts.len() {
        0 => None,
        // The account of the calls is unknown, and the trail of an organization has calls of many accounts.
        1 if input.evidence().records.is_empty() => {
            Some(format!("Alarm function in account {}", accounts[0]))
        }
        1 => Some(format!("Account {}", accounts[0])),
        several => {
            let (listed, more) = (&accounts[..MAX_PLACES], several - MAX_PLACES);
            let and = if more == 0 { " and " } else { ", " };
            Some(format!("Accounts {}{}", listed.join(and), and_more(more)))
        }
    };
    let more = and_more(regions.len().saturating_sub(MAX_PLACES));
    regions.truncate(MAX_PLACES);
    let region = (!regions.is_empty()).then(|| format!("{}{more}", regions.join(", ")));
    let parts: Vec<String> = account.into_iter().chain(region).collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("{}.", parts.join(", "))
    }
}

/// Place, duration and totals of the incident.
fn incident(input: &RenderInput<'_>) -> String {
    let place = place(input);
    let change = &input.pending.change;
    let Some(totals) = &input.pending.totals else {
        return format!("{place} Since {}.", instant(change.at))
            .trim_start()
            .to_owned();
    };
    let amount = input.amount(totals.count, totals.at_least);
    let plural = if totals.notifications == 1 { "" } else { "s" };
    let span = if change.to == AlarmState::Alarm {
        let lasted = duration(totals.since, change.at);
        format!("In ALARM for {lasted}, since {}", instant(totals.since))
    } else {
        format!("In ALARM {}", range(totals.since, change.at))
    };
    format!(
        "{place} {span}: {amount}, {} email{plural} before this one.",
        totals.notifications
    )
    .trim_start()
    .to_owned()
}

/// `Group: $.sourceIPAddress = 10.0.12.47`. `None` without groups.
fn group(input: &RenderInput<'_>) -> Option<String> {
    let values: Vec<String> = (input.group.0.iter())
        .map(|(selector, value)| {
            let value = value.as_deref().map_or_else(
                || "(none)".to_owned(),
                |value| input.named(value).to_string(),
            );
            format!("{} = {value}", sanitize(selector))
        })
        .collect();
    (!values.is_empty()).then(|| format!("Group: {}.", values.join(", ")))
}

/// Why the state changed, as CloudWatch words it.
fn reason(input: &RenderInput<'_>) -> String {
    let reason = sanitize_multiline(&input.pending.change.reason).replace(['\n', '\t'], " ");
    format!("Reason: {reason}")
}

/// Records of earlier emails, and notifications that could not be sent.
fn repeated(input: &RenderInput<'_>) -> Vec<String> {
    let pending = input.pending;
    let mut sentences = Vec::new();
    if pending.already_reported > 0 {
        let amount = pending.already_reported.min(input.evidence().count);
        let (verb, number) = if amount == 1 {
            ("was", "1")
        } else {
            ("were", &*amount.to_string())
        };
        sentences.push(format!("{number} of these {verb} in an earlier email."));
    }
    if pending.dropped_before > 0 {
        let plural = if pending.dropped_before == 1 { "" } else { "s" };
        sentences.push(format!(
            "This email replaces {} earlier notification{plural} that could not be sent.",
            pending.dropped_before
        ));
    }
    sentences
}

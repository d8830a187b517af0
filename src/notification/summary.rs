//! The summary: one to a few sentences in the JSON document and in chat.

use jiff::Timestamp;

use crate::alarm::AlarmState;
use crate::alarm::state::{IncidentTotals, PendingNotification};
use crate::evidence::Fact;
use crate::notification::call::call_name;
use crate::notification::caller;
use crate::notification::diagnosis::Diagnosis;
use crate::notification::digest;
use crate::notification::first_seen;
use crate::notification::new_kinds;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::{sanitize, sanitize_error_code, sanitize_within, truncate};
use crate::notification::timing::{duration, range};

/// Maximum length of the summary, in bytes.
const MAX_SUMMARY: usize = 1_500;

/// Maximum length of the name of a call, in bytes.
const MAX_CALL: usize = 100;

/// Maximum number of causes.
const MAX_CAUSES: usize = 3;

/// One to a few sentences: the call, its resource, count, time, callers and cause. No line breaks.
pub(super) fn summary(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> String {
    let pending = input.pending;
    if let Some(content) = &pending.digest {
        return digest::summary(input, content);
    }
    let mut sentences: Vec<String> = state_sentence(input).into_iter().collect();
    sentences.extend(new_kinds::sentence(input));
    sentences.extend(first_seen::sentence(input));
    let counted = (input.evidence().count > 0).then(|| counted_sentence(input, diagnosis));
    match (counted, pending.change.to) {
        (Some(counted), AlarmState::Alarm) => {
            sentences.push(format!("{}{counted}", news_phrase(pending)));
            sentences.extend(cause_sentence(diagnosis, input.is_complete()));
        }
        (Some(counted), _) => sentences.push(format!("Most recent activity: {counted}")),
        (None, AlarmState::Alarm) if pending.repeat > 0 => {
            // They have expired, or an earlier version decided the notification.
            sentences.push("No record since the last email is stored.".to_owned());
        }
        (None, AlarmState::Alarm) => sentences.push(format!(
            "The alarm \"{}\" in {} changed to ALARM without a new matching record: {}",
            sanitize(&input.definition.name),
            input.region,
            pending.change.reason
        )),
        (None, _) => {}
    }
    if pending.decided_by_older_windows && input.evidence().count > 0 {
        sentences.push(
            "No new records: the alarm was triggered by records from earlier periods.".to_owned(),
        );
    }
    if pending.already_reported > 0 {
        let amount = pending.already_reported.min(input.evidence().count);
        sentences.push(format!("{amount} of these were in an earlier email."));
    }
    if pending.dropped_before > 0 {
        let plural = if pending.dropped_before == 1 { "" } else { "s" };
        sentences.push(format!(
            "This email replaces {} earlier notification{plural} that could not be sent.",
            pending.dropped_before
        ));
    }
    truncate(sentences.join(" "), MAX_SUMMARY)
}

/// Which records a reminder is about. Empty if the notification is not a reminder.
fn news_phrase(pending: &PendingNotification) -> &'static str {
    match (pending.repeat, pending.already_reported) {
        (0, _) => "",
        (_, 0) => "New since the last email: ",
        (_, _) => "Some of these are new since the last email: ",
    }
}

/// The state of the alarm. `None` if it has just changed to ALARM.
fn state_sentence(input: &RenderInput<'_>) -> Option<String> {
    let pending = input.pending;
    let name = sanitize(&input.definition.name);
    let state = match (pending.repeat, pending.change.to) {
        (0, AlarmState::Alarm) => return None,
        (0, AlarmState::Ok) if pending.change.from == AlarmState::Alarm => {
            format!("The alarm \"{name}\" is OK again")
        }
        (0, AlarmState::Ok) => format!("The alarm \"{name}\" is OK"),
        (0, AlarmState::InsufficientData) => {
            format!("The alarm \"{name}\" has insufficient data")
        }
        (repeat, _) => format!("The alarm \"{name}\" is still in ALARM (reminder {repeat})"),
    };
    Some(match &pending.totals {
        Some(totals) => format!("{state}: {}.", totals_phrase(input, totals)),
        None => format!("{state}."),
    })
}

/// The counted records: `kms:Decrypt on key 1b2c... failed 27 times with AccessDenied, from ... to ..., called by role
/// ...`.
///
/// If the facts of only some records are known, the sentence shows how many, and describes only these.
pub(super) fn counted_sentence(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> String {
    let evidence = input.evidence();
    let when = time_phrase(evidence.first, evidence.last);
    let known = input.known();
    if input.is_complete() {
        return known_calls(input, diagnosis, evidence.at_least, &when);
    }
    let amount = capitalized(&input.amount(evidence.count, evidence.at_least));
    let source = match (known, evidence.tallies.is_empty()) {
        // The records were dropped, see `PendingNotification::dropped_before`.
        (0, _) => return format!("{amount} counted{when}."),
        (1, true) => "1 sample record shows".to_owned(),
        (_, true) => format!("{known} sample records show"),
        (_, false) => format!("breakdown of {known} of them"),
    };
    let known_calls = known_calls(input, diagnosis, false, "");
    format!("{amount} counted{when}; {source}: {known_calls}")
}

/// A sentence about the records whose facts are known.
fn known_calls(
    input: &RenderInput<'_>,
    diagnosis: &Diagnosis,
    at_least: bool,
    when: &str,
) -> String {
    let known = input.known();
    let codes = input.tally(|facts| facts.text(Fact::ErrorCode));
    let failed: u64 = codes.iter().map(|(_, count)| count).sum();
    let with_errors = match codes.as_slice() {
        [] => String::new(),
        [(code, _)] => format!(" with {}", truncate(sanitize_error_code(code), MAX_CALL)),
        more => format!(" with {} different errors", more.len()),
    };
    let was = match input.tally(call_name).len() {
        0 | 1 => "was",
        _ => "were",
    };
    let times_called = times(known, at_least);
    let predicate = match failed {
        0 if input.tally(call_name).is_empty() => format!("was recorded {times_called}{when}, by"),
        0 => format!("{was} called {times_called}{when}, by"),
        failed if failed == known => format!("failed {times_called}{with_errors}{when}, called by"),
        some => format!(
            "{was} called {times_called}{when}, and failed {}{with_errors}, by",
            times(some, false)
        ),
    };
    let who = caller::summarize(&input.callers());
    format!(
        "{}{} {predicate} {who}.",
        calls_phrase(input),
        diagnosis.on_resources(known)
    )
}

/// The text with an upper-case first letter.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_ascii_uppercase(), chars.as_str())
    })
}

/// `kms:Decrypt`, `kms:Decrypt and 2 other calls`.
fn calls_phrase(input: &RenderInput<'_>) -> String {
    let calls = input.tally(call_name);
    let name = |call: &str| sanitize_within(call, MAX_CALL);
    match calls.as_slice() {
        // For example, an Insights event is not a call.
        [] => "An event without a name".to_owned(),
        [(only, _)] => match login_results(input) {
            None => name(only),
            Some(outcomes) => format!("{} ({outcomes})", name(only)),
        },
        [(first, _), (second, _)] => format!("{} and {}", name(first), name(second)),
        [(first, _), others @ ..] => format!("{} and {} other calls", name(first), others.len()),
    }
}

/// Results of console logins: `Failure`, or `Failure 60 times, Success once`.
fn login_results(input: &RenderInput<'_>) -> Option<String> {
    let outcomes = input.tally(|facts| facts.text(Fact::ConsoleLogin));
    match outcomes.as_slice() {
        [] => None,
        [(only, count)] if *count == input.known() => Some(sanitize_within(only, MAX_CALL)),
        several => {
            let counted =
                |(outcome, count): &(&str, u64)| format!("{outcome} {}", times(*count, false));
            let counted: Vec<String> = several.iter().map(counted).collect();
            Some(sanitize_within(&counted.join(", "), MAX_CALL))
        }
    }
}

/// `once`, `twice`, `at least 3 times`.
fn times(count: u64, at_least: bool) -> String {
    match (count, at_least) {
        (1, false) => "once".to_owned(),
        (2, false) => "twice".to_owned(),
        (1, true) => "at least once".to_owned(),
        (count, false) => format!("{count} times"),
        (count, true) => format!("at least {count} times"),
    }
}

/// `, from ... to ...`, `, at ...`, or empty.
fn time_phrase(first: Option<Timestamp>, last: Option<Timestamp>) -> String {
    match (first, last) {
        (Some(first), Some(last)) if first != last => format!(", from {}", range(first, last)),
        (Some(time), _) | (None, Some(time)) => format!(", at {} UTC", time.strftime("%F %T")),
        (None, None) => String::new(),
    }
}

/// The most frequent causes. `None` if there are none.
fn cause_sentence(diagnosis: &Diagnosis, is_complete: bool) -> Option<String> {
    let of_those = if is_complete { "" } else { " of those" };
    let causes = diagnosis.causes.as_slice();
    Some(match causes {
        [] => return None,
        [only] => format!("Likely cause{of_those}: {}.", only.reason),
        several => {
            let listed = several
                .iter()
                .take(MAX_CAUSES)
                .map(|cause| cause.reason.as_str());
            let listed = listed.collect::<Vec<_>>().join("; ");
            let more = match several.len().saturating_sub(MAX_CAUSES) {
                0 => String::new(),
                more => format!("; and {more} more"),
            };
            format!("Likely causes{of_those}: {listed}{more}.")
        }
    })
}

/// The totals of an incident: `it was in ALARM for 37 min, from 2026-11-20 02:20:10 to 02:57:10 UTC, with 41 records and
/// 2 emails before this one`. In a reminder: `in ALARM for 37 min, since ... UTC, with ...`.
fn totals_phrase(input: &RenderInput<'_>, totals: &IncidentTotals) -> String {
    let amount = input.amount(totals.count, totals.at_least);
    let change = &input.pending.change;
    let lasted = duration(totals.since, change.at);
    let plural = if totals.notifications == 1 { "" } else { "s" };
    let span = if change.to == AlarmState::Alarm {
        let since = totals.since.strftime("%F %T");
        format!("in ALARM for {lasted}, since {since} UTC")
    } else {
        let span = range(totals.since, change.at);
        format!("it was in ALARM for {lasted}, from {span}")
    };
    format!(
        "{span}, with {amount} and {} email{plural} before this one",
        totals.notifications
    )
}

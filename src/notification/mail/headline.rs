//! The one sentence that says what happened.

use jiff::Timestamp;

use super::super::caller;
use super::super::diagnosis::Diagnosis;
use super::super::harmless::{bounded, harmless, harmless_within};
use super::super::scene::{Scene, call};
use crate::alarm::AlarmState;
use crate::alarm::state::Totals;
use crate::evidence::Fact;

/// Longest sentence, in bytes.
const MAX_SENTENCE: usize = 1_500;

/// What happened, to what, how often, since when, by whom, and why; without a line break.
pub(in super::super) fn headline(scene: &Scene<'_>, diagnosis: &Diagnosis) -> String {
    let owed = scene.owed;
    let name = harmless(&scene.definition.name);
    let state = match (owed.repeat, owed.change.to) {
        (0, AlarmState::Alarm) => None,
        (0, AlarmState::Ok) => Some(format!("The alarm \"{name}\" is OK again")),
        (0, AlarmState::InsufficientData) => Some(format!(
            "The alarm \"{name}\" has too little data to tell its state"
        )),
        (repeat, _) => Some(format!(
            "The alarm \"{name}\" is still in ALARM (reminder {repeat})"
        )),
    };
    let totals = owed.totals.as_ref().map(|totals| in_totals(scene, totals));
    let happened = (scene.evidence().count > 0).then(|| happened(scene, diagnosis));
    let mut sentences: Vec<String> = Vec::new();
    match (state, totals) {
        (Some(state), Some(totals)) => sentences.push(format!("{state}: {totals}.")),
        (Some(state), None) => sentences.push(format!("{state}.")),
        (None, _) => {}
    }
    match (happened, owed.change.to) {
        (Some(happened), AlarmState::Alarm) => {
            sentences.push(happened);
            sentences.extend(cause(diagnosis));
        }
        (Some(happened), _) => sentences.push(format!("Lately: {happened}")),
        (None, AlarmState::Alarm) if owed.repeat == 0 => {
            sentences.push(format!(
                "The alarm \"{name}\" in {} went to ALARM.",
                scene.region
            ));
        }
        (None, AlarmState::Alarm) => {
            sentences.push("Nothing was counted since the last mail.".to_owned())
        }
        (None, _) => {}
    }
    let sentence = sentences.join(" ");
    bounded(sentence, MAX_SENTENCE)
}

/// `kms:Decrypt on key 1b2c... failed 27 times with AccessDenied, from ... to ..., called by role ...`.
fn happened(scene: &Scene<'_>, diagnosis: &Diagnosis) -> String {
    let evidence = scene.evidence();
    let calls = calls(scene);
    let on = diagnosis.on();
    let codes = scene.tally(|facts| facts.text(Fact::ErrorCode));
    let failed: u64 = codes.iter().map(|(_, count)| count).sum();
    let known: u64 = scene.counted().iter().map(|(_, count)| count).sum();
    let with = match codes.as_slice() {
        [] => String::new(),
        [(code, _)] => format!(" with {}", harmless_within(code, 100)),
        more => format!(" with {} different errors", more.len()),
    };
    let times = match &scene.definition.count_distinct {
        Some(selector) => {
            let least = if evidence.at_least { "at least " } else { "" };
            let plural = if evidence.count == 1 { "" } else { "s" };
            format!(
                "with {least}{} distinct value{plural} of {selector}",
                evidence.count
            )
        }
        None => times(evidence.count, evidence.at_least),
    };
    let verb = if failed > 0 && failed == known {
        "failed"
    } else {
        "was called"
    };
    let some = if failed > 0 && failed < known {
        format!(" ({failed} failed{with})")
    } else {
        String::new()
    };
    let with = if failed == known { with } else { String::new() };
    let when = when(evidence.first, evidence.last);
    let who = caller::in_words(&scene.callers());
    let by = if verb == "failed" { "called by" } else { "by" };
    format!("{calls}{on} {verb} {times}{with}{some}, {when}{by} {who}.")
}

/// `kms:Decrypt`, `kms:Decrypt and 2 other calls`.
fn calls(scene: &Scene<'_>) -> String {
    let calls = scene.tally(call);
    let name = |call: &str| harmless_within(call, 100);
    match calls.as_slice() {
        [] => "An API".to_owned(),
        [(only, _)] => name(only),
        [(first, _), (second, _)] => format!("{} and {}", name(first), name(second)),
        [(first, _), others @ ..] => format!("{} and {} other calls", name(first), others.len()),
    }
}

fn times(count: u64, at_least: bool) -> String {
    match (count, at_least) {
        (1, false) => "once".to_owned(),
        (2, false) => "twice".to_owned(),
        (count, false) => format!("{count} times"),
        (count, true) => format!("at least {count} times"),
    }
}

/// `from 2026-11-20 02:15:01 to 02:15:06 UTC, `; the date again where it is another.
fn when(first: Option<Timestamp>, last: Option<Timestamp>) -> String {
    match (first, last) {
        (Some(first), Some(last)) if first != last => {
            let format = if first.strftime("%F").to_string() == last.strftime("%F").to_string() {
                "%T"
            } else {
                "%F %T"
            };
            format!(
                "from {} to {} UTC, ",
                first.strftime("%F %T"),
                last.strftime(format)
            )
        }
        (Some(time), _) | (None, Some(time)) => format!("at {} UTC, ", time.strftime("%F %T")),
        (None, None) => String::new(),
    }
}

fn cause(diagnosis: &Diagnosis) -> Option<String> {
    match diagnosis.causes.as_slice() {
        [] => None,
        [only] => Some(format!("Likely cause: {}.", only.reason)),
        [first, second] => Some(format!(
            "Likely causes: {}; {}.",
            first.reason, second.reason
        )),
        [first, second, others @ ..] => Some(format!(
            "Likely causes: {}; {}; and {} more.",
            first.reason,
            second.reason,
            others.len()
        )),
    }
}

/// `41 records since 2026-11-20 02:20:10 UTC, 37 minutes, 2 mails before this one`.
fn in_totals(scene: &Scene<'_>, totals: &Totals) -> String {
    let amount = scene.amount(totals.count, totals.at_least);
    let lasted = duration(totals.since, scene.owed.change.at);
    let mails = match totals.notifications {
        1 => "1 mail".to_owned(),
        count => format!("{count} mails"),
    };
    format!(
        "in ALARM since {} UTC ({lasted}), {amount} in that time, {mails} before this one",
        totals.since.strftime("%F %T")
    )
}

/// `37 min`, `2 h 5 min`.
fn duration(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).as_secs().max(0);
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

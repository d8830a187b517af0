//! The one sentence that says what happened.

use jiff::Timestamp;

use super::super::caller;
use super::super::diagnosis::Diagnosis;
use super::super::harmless::{bounded, error_code, harmless, harmless_within};
use super::super::scene::{Scene, call};
use crate::alarm::AlarmState;
use crate::alarm::state::IncidentTotals;
use crate::evidence::Fact;

/// Longest sentence, in bytes.
const MAX_SENTENCE: usize = 1_500;

/// Longest name of a call, in bytes.
const MAX_CALL: usize = 100;

/// What happened, to what, how often, since when, by whom, and why; without a line break.
pub(in super::super) fn headline(scene: &Scene<'_>, diagnosis: &Diagnosis) -> String {
    let owed = scene.owed;
    let mut sentences: Vec<String> = state(scene).into_iter().collect();
    let happened = (scene.evidence().count > 0).then(|| happened(scene, diagnosis));
    match (happened, owed.change.to) {
        (Some(happened), AlarmState::Alarm) => {
            sentences.push(happened);
            sentences.extend(cause(diagnosis, scene.is_complete()));
        }
        (Some(happened), _) => sentences.push(format!("Lately: {happened}")),
        (None, AlarmState::Alarm) if owed.repeat > 0 => {
            sentences.push("Nothing was counted since the last mail.".to_owned());
        }
        (None, AlarmState::Alarm) => sentences.push(format!(
            "The alarm \"{}\" in {} went to ALARM, and not by a new record: {}",
            harmless(&scene.definition.name),
            scene.region,
            owed.change.reason
        )),
        (None, _) => {}
    }
    if owed.decided_by_older_windows && scene.evidence().count > 0 {
        sentences.push("None of these is in the newest period: older records decided.".to_owned());
    }
    if owed.already_reported > 0 {
        let amount = owed.already_reported.min(scene.evidence().count);
        sentences.push(format!("{amount} of these stood in the mail before."));
    }
    if owed.dropped_before > 0 {
        let plural = if owed.dropped_before == 1 { "" } else { "s" };
        sentences.push(format!(
            "This stands for {} earlier notification{plural} too, which could not be sent.",
            owed.dropped_before
        ));
    }
    bounded(sentences.join(" "), MAX_SENTENCE)
}

/// What became of the alarm, where this is not its beginning.
fn state(scene: &Scene<'_>) -> Option<String> {
    let owed = scene.owed;
    let name = harmless(&scene.definition.name);
    let state = match (owed.repeat, owed.change.to) {
        (0, AlarmState::Alarm) => return None,
        (0, AlarmState::Ok) if owed.change.from == AlarmState::Alarm => {
            format!("The alarm \"{name}\" is OK again")
        }
        (0, AlarmState::Ok) => format!("The alarm \"{name}\" is OK"),
        (0, AlarmState::InsufficientData) => {
            format!("The alarm \"{name}\" has too little data to tell its state")
        }
        (repeat, _) => format!("The alarm \"{name}\" is still in ALARM (reminder {repeat})"),
    };
    Some(match &owed.totals {
        Some(totals) => format!("{state}: {}.", in_totals(scene, totals)),
        None => format!("{state}."),
    })
}

/// `kms:Decrypt on key 1b2c... failed 27 times with AccessDenied, from ... to ..., called by role ...`. Where not all that
/// was counted is known by its kind, it is told how much is, and nothing is said of the rest.
fn happened(scene: &Scene<'_>, diagnosis: &Diagnosis) -> String {
    let evidence = scene.evidence();
    let when = when(evidence.first, evidence.last);
    let known = scene.known();
    if scene.is_complete() {
        return of_known(scene, diagnosis, evidence.at_least, &when);
    }
    let amount = capital(&scene.amount(evidence.count, evidence.at_least));
    let says = match (known, evidence.tallies.is_empty()) {
        // Its records were left out, see `PendingNotification::dropped_before`.
        (0, _) => return format!("{amount} counted{when}."),
        (1, true) => "1 sample record says".to_owned(),
        (_, true) => format!("{known} sample records say"),
        (1, false) => "1 of them is listed by kind".to_owned(),
        (_, false) => format!("{known} of them are listed by kind"),
    };
    let of_known = of_known(scene, diagnosis, false, "");
    format!("{amount} counted{when}; {says}: {of_known}")
}

/// What is true of all the records that are known by their kind.
fn of_known(scene: &Scene<'_>, diagnosis: &Diagnosis, at_least: bool, when: &str) -> String {
    let known = scene.known();
    let codes = scene.tally(|facts| facts.text(Fact::ErrorCode));
    let failed: u64 = codes.iter().map(|(_, count)| count).sum();
    let with = match codes.as_slice() {
        [] => String::new(),
        [(code, _)] => format!(" with {}", bounded(error_code(code), MAX_CALL)),
        more => format!(" with {} different errors", more.len()),
    };
    let was = match scene.tally(call).len() {
        0 | 1 => "was",
        _ => "were",
    };
    let all = times(known, at_least);
    let did = match failed {
        0 if scene.tally(call).is_empty() => format!("was recorded {all}{when}, by"),
        0 => format!("{was} called {all}{when}, by"),
        failed if failed == known => format!("failed {all}{with}{when}, called by"),
        some => format!(
            "{was} called {all}{when}, and failed {}{with}, by",
            times(some, false)
        ),
    };
    let who = caller::in_words(&scene.callers());
    format!("{}{} {did} {who}.", calls(scene), diagnosis.on(known))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_ascii_uppercase(), chars.as_str())
    })
}

/// `kms:Decrypt`, `kms:Decrypt and 2 other calls`.
fn calls(scene: &Scene<'_>) -> String {
    let calls = scene.tally(call);
    let name = |call: &str| harmless_within(call, MAX_CALL);
    match calls.as_slice() {
        // An Insights event, for one, is no call.
        [] => "An event without a name".to_owned(),
        [(only, _)] => match outcomes(scene) {
            None => name(only),
            Some(outcomes) => format!("{} ({outcomes})", name(only)),
        },
        [(first, _), (second, _)] => format!("{} and {}", name(first), name(second)),
        [(first, _), others @ ..] => format!("{} and {} other calls", name(first), others.len()),
    }
}

/// How a login ended: `Failure`, or `Failure 60 times, Success once`.
fn outcomes(scene: &Scene<'_>) -> Option<String> {
    let outcomes = scene.tally(|facts| facts.text(Fact::ConsoleLogin));
    match outcomes.as_slice() {
        [] => None,
        [(only, count)] if *count == scene.known() => Some(harmless_within(only, MAX_CALL)),
        several => {
            let counted =
                |(outcome, count): &(&str, u64)| format!("{outcome} {}", times(*count, false));
            let counted: Vec<String> = several.iter().map(counted).collect();
            Some(harmless_within(&counted.join(", "), MAX_CALL))
        }
    }
}

fn times(count: u64, at_least: bool) -> String {
    match (count, at_least) {
        (1, false) => "once".to_owned(),
        (2, false) => "twice".to_owned(),
        (1, true) => "at least once".to_owned(),
        (count, false) => format!("{count} times"),
        (count, true) => format!("at least {count} times"),
    }
}

/// `from 2026-11-20 02:15:01 to 02:15:06 UTC`; the date again where it is another.
fn span(first: Timestamp, last: Timestamp) -> String {
    let same_day = first.strftime("%F").to_string() == last.strftime("%F").to_string();
    let format = if same_day { "%T" } else { "%F %T" };
    format!(
        "from {} to {} UTC",
        first.strftime("%F %T"),
        last.strftime(format)
    )
}

/// `, from ... to ...`, `, at ...`, or nothing.
fn when(first: Option<Timestamp>, last: Option<Timestamp>) -> String {
    match (first, last) {
        (Some(first), Some(last)) if first != last => format!(", {}", span(first, last)),
        (Some(time), _) | (None, Some(time)) => format!(", at {} UTC", time.strftime("%F %T")),
        (None, None) => String::new(),
    }
}

fn cause(diagnosis: &Diagnosis, is_complete: bool) -> Option<String> {
    let of = if is_complete { "" } else { " of those" };
    let causes = diagnosis.causes.as_slice();
    Some(match causes {
        [] => return None,
        [only] => format!("Likely cause{of}: {}.", only.reason),
        [first, second] => format!("Likely causes{of}: {}; {}.", first.reason, second.reason),
        [first, second, others @ ..] => format!(
            "Likely causes{of}: {}; {}; and {} more.",
            first.reason,
            second.reason,
            others.len()
        ),
    })
}

/// `it was in ALARM for 37 min, from 2026-11-20 02:20:10 to 02:57:10 UTC, with 41 records and 2 mails before this one`;
/// of a reminder `in ALARM for 37 min, since ... UTC, with ...`.
fn in_totals(scene: &Scene<'_>, totals: &IncidentTotals) -> String {
    let amount = scene.amount(totals.count, totals.at_least);
    let change = &scene.owed.change;
    let lasted = duration(totals.since, change.at);
    let plural = if totals.notifications == 1 { "" } else { "s" };
    let span = if change.to == AlarmState::Alarm {
        let since = totals.since.strftime("%F %T");
        format!("in ALARM for {lasted}, since {since} UTC")
    } else {
        let span = span(totals.since, change.at);
        format!("it was in ALARM for {lasted}, {span}")
    };
    format!(
        "{span}, with {amount} and {} mail{plural} before this one",
        totals.notifications
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

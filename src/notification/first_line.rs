//! The first line of the email, also in the text message and in chat: severity, what failed, and who called.

use crate::alarm::AlarmState;
use crate::alarm::definition::Severity;
use crate::evidence::Fact;
use crate::notification::call::call_name;
use crate::notification::caller::{self, Caller};
use crate::notification::diagnosis::Diagnosis;
use crate::notification::diagnosis::Impact;
use crate::notification::digest;
use crate::notification::render_input::RenderInput;
use crate::notification::resource;
use crate::notification::sanitize::{
    TRUNCATION_MARK, sanitize, sanitize_error_code, sanitize_within, truncate,
};
use crate::notification::timing::duration;

/// Maximum length in characters. A phone shows about as many of an email.
pub(super) const MAX_FIRST_LINE: usize = 100;

/// Maximum length of an error code or the name of a call, in bytes.
const MAX_NAME: usize = 60;

/// Names of services that are not their `eventSource` in capitals.
const SERVICES: [(&str, &str); 5] = [
    ("cloudtrail", "CloudTrail"),
    ("config", "AWS Config"),
    ("guardduty", "GuardDuty"),
    ("lambda", "Lambda"),
    ("secretsmanager", "Secrets Manager"),
];

/// `HIGH: 3 kms:Decrypt calls by role app failed with AccessDenied on key 1b2c3d4e...`. At most [`MAX_FIRST_LINE`]
/// characters, no line break.
///
/// The most detailed sentence that fits is chosen.
pub(super) fn first_line(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> String {
    let prefix = prefix(input);
    let capacity = MAX_FIRST_LINE.saturating_sub(prefix.len());
    let sentences = sentences(input, diagnosis);
    let fits = sentences
        .iter()
        .find(|sentence| sentence.chars().count() <= capacity);
    let shortest = || {
        let shortest = sentences.last().cloned().unwrap_or_default();
        truncate(shortest, capacity.saturating_sub(TRUNCATION_MARK.len()))
    };
    format!("{prefix}{}", fits.cloned().unwrap_or_else(shortest))
}

/// `HIGH: `, `HIGH, still in ALARM: `, `HIGH, new kind of call: `, `OK: `.
fn prefix(input: &RenderInput<'_>) -> String {
    let pending = input.pending;
    let severity = input.definition.severity.map(Severity::as_str);
    if pending.new_kinds.is_some() {
        return format!("{}, new kind of call: ", severity.unwrap_or("ALARM"));
    }
    match (pending.change.to, pending.repeat, severity) {
        (AlarmState::Alarm, 0, severity) => format!("{}: ", severity.unwrap_or("ALARM")),
        (AlarmState::Alarm, _, Some(severity)) => format!("{severity}, still in ALARM: "),
        (AlarmState::Alarm, _, None) => "Still in ALARM: ".to_owned(),
        (state, ..) => format!("{state}: "),
    }
}

/// Sentences about the event, from the most detailed sentence to the shortest.
fn sentences(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Vec<String> {
    let name = sanitize(&input.definition.name);
    if let Some(content) = &input.pending.digest {
        return digest::sentences(content, &name);
    }
    match (input.pending.change.to, input.evidence().count) {
        (AlarmState::Alarm, 0) if input.pending.repeat > 0 => vec![
            format!("no details are stored about the new records of \"{name}\""),
            "no details are stored about the new records".to_owned(),
        ],
        (AlarmState::Alarm, 0) => vec![
            format!("\"{name}\" changed to ALARM without a new matching record"),
            "the alarm fired without a new matching record".to_owned(),
        ],
        (AlarmState::Alarm, _) => match diagnosis.impacts.as_slice() {
            [] => of_calls(input, diagnosis),
            [first, ..] => (of_impacts(input, &diagnosis.impacts).into_iter())
                .chain(of_impact(input, first))
                .collect(),
        },
        (AlarmState::Ok, _) => recovery(input, &name),
        (AlarmState::InsufficientData, _) => vec![
            format!("\"{name}\" has insufficient data"),
            "the alarm has insufficient data".to_owned(),
        ],
    }
}

fn recovery(input: &RenderInput<'_>, name: &str) -> Vec<String> {
    let change = &input.pending.change;
    match &input.pending.totals {
        Some(totals) if change.from == AlarmState::Alarm => {
            let lasted = duration(totals.since, change.at);
            vec![
                format!("\"{name}\" recovered after {lasted} in ALARM"),
                format!("the alarm recovered after {lasted} in ALARM"),
            ]
        }
        _ if change.from == AlarmState::Alarm => {
            vec![
                format!("\"{name}\" recovered"),
                "the alarm recovered".to_owned(),
            ]
        }
        _ => vec![
            format!("\"{name}\" changed from {} to OK", change.from),
            format!("the alarm changed from {} to OK", change.from),
        ],
    }
}

/// All effects, if there are several: `Logging of trail management stopped; Trail management deleted by role admin`.
fn of_impacts(input: &RenderInput<'_>, impacts: &[Impact]) -> Option<String> {
    let whats: Vec<&str> = impacts.iter().map(|impact| impact.what.as_str()).collect();
    let is_all = input.evidence().count == whats.len() as u64;
    (whats.len() > 1 && is_all).then(|| format!("{} by {}", whats.join("; "), callers(input)))
}

/// An effect that the reader must know first: `Trail management stopped logging by role admin, and 2 other records`.
fn of_impact(input: &RenderInput<'_>, impact: &Impact) -> Vec<String> {
    let evidence = input.evidence();
    let by_caller = if impact.names_caller {
        impact.what.clone()
    } else {
        format!("{} by {}", impact.what, callers(input))
    };
    let mut sentences = vec![by_caller, impact.what.clone()];
    let others = evidence.count.saturating_sub(1);
    if !impact.names_caller && others > 0 && input.definition.count_distinct.is_none() {
        let plural = if others == 1 { "" } else { "s" };
        sentences.insert(
            0,
            format!("{}, and {others} other record{plural}", sentences[0]),
        );
    }
    sentences
}

/// The counted calls.
fn of_calls(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Vec<String> {
    let evidence = input.evidence();
    let known = input.known();
    let amount = input.amount(evidence.count, evidence.at_least);
    if known == 0 {
        return vec![format!("{amount} (no details are stored)"), amount];
    }
    if input.is_complete() {
        return known_calls(input, diagnosis, known, evidence.at_least);
    }
    let mut sentences: Vec<String> = known_calls(input, diagnosis, known, false)
        .into_iter()
        .map(|calls| match input.definition.count_distinct {
            Some(_) => format!("{amount}; sample: {calls}"),
            None => format!("{amount}, among them: {calls}"),
        })
        .collect();
    let who = callers_without_sessions(input);
    sentences.push(format!("{amount} in calls by {who}"));
    sentences.push(amount);
    sentences
}

/// Sentences about the calls whose facts are known.
fn known_calls(
    input: &RenderInput<'_>,
    diagnosis: &Diagnosis,
    known: u64,
    at_least: bool,
) -> Vec<String> {
    let codes = input.tally(|facts| facts.text(Fact::ErrorCode));
    let failed: u64 = codes.iter().map(|(_, count)| count).sum();
    let with = match codes.as_slice() {
        [] => String::new(),
        [(code, _)] => format!(" with {}", truncate(sanitize_error_code(code), MAX_NAME)),
        several => format!(" with {} different errors", several.len()),
    };
    let on = on_resource(diagnosis, known);
    let within = within(input);
    // The outcome of the calls.
    let clause = |rest: &str, with: &str| match failed {
        0 => rest.to_owned(),
        failed if failed == known => format!(" failed{with}{rest}"),
        some => format!("{rest}, {some} of them failed{with}"),
    };
    let names = calls(input, known, at_least, false);
    let services = calls(input, known, at_least, true);
    let sentences = [
        (&names, clause(&format!("{on}{within}"), &with)),
        (&names, clause(&on, &with)),
        (&names, clause(&within, &with)),
        (&names, clause("", &with)),
        (&services, clause(&on, &with)),
        (&services, clause(&within, &with)),
        (&services, clause("", &with)),
        (&names, clause(&on, "")),
        (&names, clause("", "")),
        (&services, clause("", "")),
    ];
    let who = [callers(input), callers_without_sessions(input)];
    let sentences = sentences.into_iter().flat_map(|(calls, clause)| {
        let with_caller = |who: &String| format!("{calls} by {who}{clause}");
        who.iter().map(with_caller).collect::<Vec<_>>()
    });
    sentences.collect()
}

/// The calls, with their number: `3 kms:Decrypt calls`, `3 kms:Decrypt and kms:ReEncrypt calls`; by service `3 KMS calls`.
fn calls(input: &RenderInput<'_>, known: u64, at_least: bool, by_service: bool) -> String {
    let number = if at_least {
        format!("at least {known}")
    } else {
        known.to_string()
    };
    let plural = if known == 1 { "" } else { "s" };
    let calls = input.tally(call_name);
    let services = input.tally(|facts| facts.text(Fact::EventSource));
    let name = |call: &str| sanitize_within(call, MAX_NAME);
    let what = match (by_service, services.as_slice(), calls.as_slice()) {
        (_, _, []) => return format!("{number} record{plural} without an event name"),
        (true, [(source, _)], _) => service(source),
        (true, ..) => "API".to_owned(),
        (false, _, [(only, _)]) => name(only),
        (false, _, [(first, _), (second, _)]) => format!("{} and {}", name(first), name(second)),
        (false, _, [(first, _), ..]) => format!("{} and other", name(first)),
    };
    format!("{number} {what} call{plural}")
}

/// The name of a service: `KMS` for `kms.amazonaws.com`.
fn service(source: &str) -> String {
    let name = source.split('.').next().unwrap_or(source);
    let known = SERVICES.iter().find(|(known, _)| *known == name);
    known.map_or_else(
        || sanitize_within(&name.to_uppercase(), MAX_NAME),
        |(_, service)| (*service).to_owned(),
    )
}

/// The callers: `role app`, `role app (3 ECS tasks)`, `role app and 2 other callers`.
pub(super) fn callers(input: &RenderInput<'_>) -> String {
    let callers = input.callers();
    match callers.as_slice() {
        [(only, _)] => only.without_session().to_string(),
        [(first, _), ..] => {
            let first = first.without_session();
            let is_one_role = (callers.iter()).all(|(caller, _)| caller.without_session() == first);
            if is_one_role {
                caller::summarize(&callers)
            } else {
                caller::summarize(&roles(input))
            }
        }
        [] => caller::summarize(&[]),
    }
}

/// The first caller, and whether there are others.
fn callers_without_sessions(input: &RenderInput<'_>) -> String {
    match roles(input).as_slice() {
        [] => caller::summarize(&[]),
        [(only, _)] => only.to_string(),
        [(first, _), ..] => format!("{first} and others"),
    }
}

/// The callers without their sessions, with the number of calls of each.
pub(super) fn roles<'a>(input: &RenderInput<'a>) -> Vec<(Caller<'a>, u64)> {
    input.tally(|facts| Some(input.caller(facts).without_session()))
}

/// ` on key 1b2c3d4e...`, ` on 2 keys`, ` (vpcId vpc-1)`. Empty if some calls name no resource.
fn on_resource(diagnosis: &Diagnosis, known: u64) -> String {
    let named: u64 = diagnosis.resources.iter().map(|(_, count)| count).sum();
    match (diagnosis.resources.as_slice(), diagnosis.names.first()) {
        ([], Some(name)) => format!(" ({name})"),
        ([], None) => String::new(),
        _ if named < known => String::new(),
        ([(name, _)], _) if diagnosis.resource_kind == "key" => {
            format!(" on {}", resource::key(name))
        }
        ([(name, _)], _) => format!(" on {}", resource::short(name)),
        (several, _) => format!(" on {} {}s", several.len(), diagnosis.resource_kind),
    }
}

/// ` within 5 s`. Empty if there is one call.
fn within(input: &RenderInput<'_>) -> String {
    match (input.evidence().first, input.evidence().last) {
        (Some(first), Some(last)) if first != last => format!(" within {}", duration(first, last)),
        _ => String::new(),
    }
}

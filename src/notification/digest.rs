//! The content of a digest, for all formats.

use jiff::Timestamp;

use crate::alarm::AlarmState;
use crate::alarm::digest::{DescribedGroup, Digest};
use crate::notification::diagnosis::Diagnosis;
use crate::notification::insights;
use crate::notification::link::AwsConsole;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::{escape_unsafe, sanitize, truncate};
use crate::notification::timing::{instant, range};
use crate::series::{Group, MAX_GROUPS_PER_HOUR};

/// Before the number of records in the summary.
const WITH: &str = ", with ";

/// Maximum length of a group's values, in bytes.
const MAX_GROUP: usize = 400;

/// `990 further groups of the alarm "x" in Asia Pacific (Sydney) went to ALARM, with 9900 records, 2026-11-20 02:15:01 to
/// 02:15:06 UTC. 12 groups went to OK.`
pub(super) fn summary(input: &RenderInput<'_>, digest: &Digest) -> String {
    let changes = [
        (digest.alarmed, AlarmState::Alarm),
        (digest.recovered, AlarmState::Ok),
        (digest.without_data, AlarmState::InsufficientData),
    ];
    let changes = changes.into_iter().filter(|(groups, _)| *groups > 0);
    let mut sentences: Vec<String> = changes
        .map(|(groups, state)| format!("{} went to {state}", groups_phrase(groups)))
        .collect();
    if let Some(first) = sentences.first_mut() {
        let alarm = format!(
            " of the alarm \"{}\" in {}",
            sanitize(&input.definition.name),
            input.region
        );
        *first = first.replacen(" went", &format!("{alarm} went"), 1);
        if digest.alarmed > 0 {
            *first = first.replacen(" group", " further group", 1);
            first.push_str(&records_phrase(input, digest));
        }
    }
    sentences.extend(dropped(digest));
    sentences.join(". ") + "."
}

/// The numbers that the first line does not have: `The groups have 9900 records, 2026-11-20 02:15:01 to 02:15:06 UTC. 12 groups
/// went to OK.` Empty if it has all.
pub(super) fn totals(input: &RenderInput<'_>, digest: &Digest) -> String {
    let mut sentences = Vec::new();
    if digest.alarmed > 0 {
        let records = records_phrase(input, digest);
        let records = records.strip_prefix(WITH).unwrap_or(&records);
        let have = if digest.alarmed == 1 {
            "The group has"
        } else {
            "The groups have"
        };
        sentences.extend((!records.is_empty()).then(|| format!("{have} {records}")));
    }
    let others = [
        (digest.recovered, AlarmState::Ok),
        (digest.without_data, AlarmState::InsufficientData),
    ];
    for (groups, state) in others {
        if groups > 0 && state != digest.state() {
            sentences.push(format!("{} went to {state}", groups_phrase(groups)));
        }
    }
    sentences.extend(dropped(digest));
    sentences
        .iter()
        .map(|sentence| format!("{sentence}."))
        .collect::<Vec<_>>()
        .join(" ")
}

fn dropped(digest: &Digest) -> Option<String> {
    let dropped = digest.dropped_before;
    (dropped > 0).then(|| {
        format!("This also replaces earlier notifications that could not be sent: {dropped}")
    })
}

/// `, with 9900 records, 2026-11-20 02:15:01 to 02:15:06 UTC`. Without a number if distinct values are counted: two groups can
/// share a value.
fn records_phrase(input: &RenderInput<'_>, digest: &Digest) -> String {
    let times = times_phrase(digest.first, digest.last);
    match input.definition.count_distinct {
        Some(_) if times.is_empty() => String::new(),
        Some(_) => format!("{WITH}records of {times}"),
        None => {
            let amount = input.amount(digest.count, digest.at_least);
            let comma = if times.is_empty() { "" } else { ", " };
            format!("{WITH}{amount}{comma}{times}")
        }
    }
}

/// `1 group`, `990 groups`.
fn groups_phrase(groups: u64) -> String {
    let plural = if groups == 1 { "" } else { "s" };
    format!("{groups} group{plural}")
}

/// `2026-11-20 02:15:01 to 02:15:06 UTC`, or empty.
fn times_phrase(first: Option<Timestamp>, last: Option<Timestamp>) -> String {
    match (first.or(last), last.or(first)) {
        (Some(first), Some(last)) => range(first, last),
        _ => String::new(),
    }
}

/// Sentences for the first line, the most detailed one first: `990 further groups of "x" went to ALARM`.
pub(super) fn sentences(digest: &Digest, name: &str) -> Vec<String> {
    let state = digest.state();
    let further = if state == AlarmState::Alarm {
        "further "
    } else {
        ""
    };
    let groups = groups_in(digest, state);
    let plural = if groups == 1 { "" } else { "s" };
    vec![
        format!("{groups} {further}group{plural} of \"{name}\" went to {state}"),
        format!("{groups} {further}group{plural} went to {state}"),
    ]
}

/// The number of groups that went to a state.
fn groups_in(digest: &Digest, state: AlarmState) -> u64 {
    match state {
        AlarmState::Alarm => digest.alarmed,
        AlarmState::Ok => digest.recovered,
        AlarmState::InsufficientData => digest.without_data,
    }
}

/// The suffix of the subject: `digest of 990 groups`.
pub(super) fn qualifier(digest: &Digest) -> String {
    let groups = groups_in(digest, digest.state());
    format!("digest of {}", groups_phrase(groups))
}

/// The number of groups that are not among the first `listed`: `and 981 more went to ALARM`. `None` if there are none.
pub(super) fn more_phrase(digest: &Digest, listed: usize) -> Option<String> {
    let state = digest.state();
    let listed = digest.groups.iter().take(listed);
    let listed = listed.filter(|one| match state {
        AlarmState::Alarm => one.has_alarmed,
        state => one.state == state,
    });
    let more = groups_in(digest, state).saturating_sub(listed.count() as u64);
    (more > 0).then(|| format!("and {more} more went to {state}"))
}

/// Why there is a digest, and when another one follows.
pub(super) fn explanation(input: &RenderInput<'_>) -> String {
    let most = input.definition.max_notifications_per_hour;
    let notifications = match most {
        1 => "notification of a single group",
        _ => "notifications of single groups",
    };
    format!(
        "This is a digest. The alarm sends at most {most} {notifications} in an hour \
         (MaxNotificationsPerHour). Further groups are in a digest, at most one every ten minutes."
    )
}

/// The meaning of the group (all others). `None` if the digest does not describe it.
pub(super) fn overflow_note(digest: &Digest) -> Option<String> {
    let has_overflow = (digest.groups.iter()).any(|one| one.group == Group::overflow());
    has_overflow.then(|| {
        format!("The group (all others) has the records of all groups beyond {MAX_GROUPS_PER_HOUR} in an hour.")
    })
}

/// The values of a group: `$.recipientAccountId = 111122223333 (prod)`.
pub(super) fn group_phrase(input: &RenderInput<'_>, group: &Group) -> String {
    let pair = |(selector, value): &(String, Option<String>)| {
        let value = value.as_deref().map_or_else(
            || "(none)".to_owned(),
            |value| input.named(value).to_string(),
        );
        if *group == Group::overflow() {
            return value;
        }
        format!("{} = {value}", escape_unsafe(selector))
    };
    let pairs: Vec<String> = group.0.iter().map(pair).collect();
    truncate(pairs.join(", "), MAX_GROUP)
}

/// `10 records, 2026-11-20 02:15:01 to 02:15:06 UTC`, the same and `, now OK`, or `OK since ... UTC, after 10 records`.
pub(super) fn activity_phrase(input: &RenderInput<'_>, one: &DescribedGroup) -> String {
    let amount = input.amount(one.count, one.at_least);
    if !one.has_alarmed {
        return format!("{} since {}, after {amount}", one.state, instant(one.at));
    }
    let times = times_phrase(one.first, one.last);
    let now = match one.state {
        AlarmState::Alarm => String::new(),
        state => format!("now {state}"),
    };
    let parts = [amount, times, now];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

/// The diagnosis of a digest: only a link to all groups, because the records are of many callers and causes.
pub(super) fn diagnosis(input: &RenderInput<'_>) -> Diagnosis {
    let link = || {
        let log_group = input.deployment.log_group.as_ref()?;
        let query = insights::groups_query(&input.definition.pattern, &input.definition.group_by)?;
        let (start, end) = input.log_range();
        AwsConsole::new(&input.deployment.region)?.insights(log_group, &query, start, end)
    };
    let link = link().map(|link| ("All groups in Logs Insights".to_owned(), link));
    Diagnosis {
        links: link.into_iter().collect(),
        ..Diagnosis::default()
    }
}

/// A Logs Insights query of the function's log, which has a line for each change of state.
pub(super) fn log_query(input: &RenderInput<'_>) -> String {
    insights::changes_query(&sanitize(&input.definition.name))
}

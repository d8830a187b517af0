//! The section of sample calls, one line each.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::section::Section;
use crate::evidence::{Fact, Facts};
use crate::notification::arn::Arn;
use crate::notification::call::call_name;
use crate::notification::call_resource;
use crate::notification::general::names_in;
use crate::notification::impact;
use crate::notification::render_input::RenderInput;
use crate::notification::resource;
use crate::notification::sanitize::{sanitize_error_code, sanitize_within, truncate};

/// Maximum number of sample calls.
pub(super) const MAX_SAMPLES: usize = 4;

/// Number of sample calls, if there are as many, also of the same kind.
const MIN_SAMPLES: usize = 3;

/// Maximum length of one value, in bytes.
const MAX_VALUE: usize = 60;

/// Sample calls: time, call, error code or outcome, and resource; the caller and the account if they differ.
pub(super) fn section(input: &RenderInput<'_>) -> Section {
    let mut section = Section::new("What happened (UTC)", 2_500);
    let evidence = input.evidence();
    let samples = samples(input);
    let fired = input.pending.since.strftime("%F").to_string();
    let is_same_day = samples.iter().all(|facts| {
        facts
            .time()
            .is_none_or(|time| time.strftime("%F").to_string() == fired)
    });
    let callers: BTreeSet<String> = samples.iter().map(|facts| caller(input, facts)).collect();
    let accounts: BTreeSet<&str> = samples.iter().filter_map(|facts| account(facts)).collect();
    let rows: Vec<Vec<String>> = (samples.iter())
        .map(|facts| {
            let mut row = vec![
                time(facts, is_same_day),
                call_name(facts).map_or_else(
                    || "record without an event name".to_owned(),
                    |call| sanitize_within(&call, MAX_VALUE),
                ),
                outcome(facts),
                resource(facts),
            ];
            if callers.len() > 1 {
                row.push(caller(input, facts));
            }
            if accounts.len() > 1 {
                let account =
                    account(facts).map(|account| format!("account {}", input.named(account)));
                row.push(account.unwrap_or_default());
            }
            row
        })
        .collect();
    for line in aligned(&rows) {
        section.line(&format!("  {line}"));
    }
    let shown = samples.len() as u64;
    // For distinct values, the number of further records is unknown.
    if evidence.count > shown && shown > 0 && input.definition.count_distinct.is_none() {
        section.line(&format!("  and {} more", evidence.count - shown));
    }
    section
}

/// The first call of each kind, then further calls, in their order.
fn samples<'a>(input: &RenderInput<'a>) -> Vec<&'a Facts> {
    let records = &input.evidence().records;
    let kind = |facts: &Facts| {
        (
            call_name(facts).map(Cow::into_owned),
            outcome(facts),
            resource(facts),
            caller(input, facts),
        )
    };
    let mut kinds = BTreeSet::new();
    let mut shown = vec![false; records.len()];
    for (facts, shown) in records.iter().zip(&mut shown) {
        *shown = kinds.len() < MAX_SAMPLES && kinds.insert(kind(facts));
    }
    let further = MIN_SAMPLES.saturating_sub(kinds.len());
    for shown in shown.iter_mut().filter(|shown| !**shown).take(further) {
        *shown = true;
    }
    (records.iter().zip(shown))
        .filter_map(|(facts, shown)| shown.then_some(facts))
        .collect()
}

fn caller(input: &RenderInput<'_>, facts: &Facts) -> String {
    let caller = input.caller(facts).without_session().to_string();
    format!("by {}", truncate(caller, MAX_VALUE))
}

fn account(facts: &Facts) -> Option<&str> {
    facts.text(Fact::RecipientAccountId)
}

/// `02:15:01`, or `2026-11-20 02:15:01`. A time in another format is shown as it is.
fn time(facts: &Facts, is_same_day: bool) -> String {
    let format = if is_same_day { "%T" } else { "%F %T" };
    match (facts.time(), facts.text(Fact::EventTime)) {
        (Some(time), _) => time.strftime(format).to_string(),
        (None, Some(text)) => sanitize_within(text, MAX_VALUE),
        (None, None) => "no time".to_owned(),
    }
}

/// The error code, the outcome of a sign-in, or `succeeded`.
fn outcome(facts: &Facts) -> String {
    let code = facts.text(Fact::ErrorCode).map(sanitize_error_code);
    let sign_in = facts.text(Fact::ConsoleLogin).map(|outcome| match outcome {
        "Success" => "succeeded".to_owned(),
        "Failure" => "failed".to_owned(),
        other => sanitize_within(other, MAX_VALUE),
    });
    truncate(
        code.or(sign_in).unwrap_or_else(|| "succeeded".to_owned()),
        MAX_VALUE,
    )
}

/// The resource, otherwise the first name in the request, otherwise the first ID in the response.
fn resource(facts: &Facts) -> String {
    let named = || {
        let names = names_in(facts.text(Fact::RequestParameters)?);
        let first = names.into_iter().next()?;
        let is_arn = |value: &str| Arn::parse(value).is_some();
        Some(match first.split_once(' ') {
            Some((_, arn)) if is_arn(arn) => resource::short(arn),
            _ => truncate(first, MAX_VALUE),
        })
    };
    let created = || {
        let ids = facts.text(Fact::ResponseIds)?;
        Some(sanitize_within(ids.split(", ").next()?, MAX_VALUE))
    };
    let resource = call_resource::of_call(facts)
        .or_else(|| impact::shared_resource(facts))
        .or_else(named)
        .or_else(created);
    resource.unwrap_or_default()
}

/// The rows with columns of equal width.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = (row.iter().zip(&widths).filter(|(_, width)| **width > 0))
            .map(|(cell, &width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

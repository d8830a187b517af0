//! What the calls were: what stands behind them, and some of them one by one.

use super::super::diagnosis::Diagnosis;
use super::super::harmless::{error_code, harmless, harmless_within};
use super::super::scene::{Scene, call};
use super::section::Section;
use crate::evidence::{Fact, Facts};

/// Most events that are shown one by one.
const MAX_SAMPLES: usize = 3;

/// Longest error message, in bytes: an access-denied message names caller, action, resource and policy.
const MAX_MESSAGE: usize = 700;

/// Writes what was called.
pub(super) fn section(scene: &Scene<'_>, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new("What", 4_500);
    let evidence = scene.evidence();
    let mut name = "Context";
    for line in &diagnosis.behind {
        if name.is_empty() {
            section.line(&format!("  {:17}{line}", ""));
        } else {
            section.field(name, line);
        }
        name = "";
    }
    let samples = evidence.records.iter().take(MAX_SAMPLES);
    let shown = samples.len() as u64;
    for facts in samples {
        let lines = sample(facts);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        section.together(&lines);
    }
    // Distinct values are not records: how many more records there were is not known.
    if evidence.count > shown && shown > 0 && scene.definition.count_distinct.is_none() {
        section.line(&format!("  and {} more", evidence.count - shown));
    }
    section
}

/// Time, call and error; ids; the message; what was asked for.
fn sample(facts: &Facts) -> Vec<String> {
    let said = |fact| facts.text(fact).map(harmless);
    let call = call(facts).map(|call| harmless(&call));
    let code = facts.text(Fact::ErrorCode).map(error_code);
    let outcome = code.or_else(|| said(Fact::ConsoleLogin));
    let first: Vec<String> = [said(Fact::EventTime), call, outcome]
        .into_iter()
        .flatten()
        .collect();
    let ids: Vec<String> = [("event", Fact::EventId), ("request", Fact::RequestId)]
        .into_iter()
        .filter_map(|(name, fact)| Some(format!("{name} {}", said(fact)?)))
        .collect();
    let message = facts
        .text(Fact::ErrorMessage)
        .map(|text| harmless_within(text, MAX_MESSAGE));
    let request = facts.text(Fact::RequestParameters).map(harmless);
    let answer = said(Fact::ResponseIds).map(|ids| format!("answered with {ids}"));
    let mut lines = vec![format!("  {}", first.join("  "))];
    let further = [
        Some(ids.join(", ")).filter(|ids| !ids.is_empty()),
        message,
        request,
        answer,
    ];
    lines.extend(
        further
            .into_iter()
            .flatten()
            .map(|line| format!("    {line}")),
    );
    lines
}

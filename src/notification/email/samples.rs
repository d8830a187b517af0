//! The section of the encryption context and of sample events.

use super::section::Section;
use crate::evidence::{Fact, Facts};
use crate::notification::call::call_name;
use crate::notification::diagnosis::Diagnosis;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::{sanitize, sanitize_error_code, sanitize_within};

/// Maximum number of sample events.
const MAX_SAMPLES: usize = 3;

/// Maximum length of an error message, in bytes. An access-denied message contains caller, action, resource and policy.
const MAX_MESSAGE: usize = 700;

/// The encryption context, and the first sample events.
pub(super) fn section(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new("What", 4_500);
    let evidence = input.evidence();
    let mut name = "Context";
    for line in &diagnosis.encryption_context {
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
    // For distinct values, the number of further records is unknown.
    if evidence.count > shown && shown > 0 && input.definition.count_distinct.is_none() {
        section.line(&format!("  and {} more", evidence.count - shown));
    }
    section
}

/// The lines of one event: time, call and error; IDs; message; request; response.
fn sample(facts: &Facts) -> Vec<String> {
    let value = |fact| facts.text(fact).map(sanitize);
    let call = call_name(facts).map(|call| sanitize(&call));
    let code = facts.text(Fact::ErrorCode).map(sanitize_error_code);
    let outcome = code.or_else(|| value(Fact::ConsoleLogin));
    let first: Vec<String> = [value(Fact::EventTime), call, outcome]
        .into_iter()
        .flatten()
        .collect();
    let ids: Vec<String> = [("event", Fact::EventId), ("request", Fact::RequestId)]
        .into_iter()
        .filter_map(|(name, fact)| Some(format!("{name} {}", value(fact)?)))
        .collect();
    let message = facts
        .text(Fact::ErrorMessage)
        .map(|text| sanitize_within(text, MAX_MESSAGE));
    let request = facts.text(Fact::RequestParameters).map(sanitize);
    let answer = value(Fact::ResponseIds).map(|ids| format!("answered with {ids}"));
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

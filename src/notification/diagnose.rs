//! The diagnosis of a notification, by the service that was called.

use std::cmp::Reverse;

use crate::evidence::Fact;
use crate::notification::diagnosis::{Cause, Diagnosis};
use crate::notification::render_input::RenderInput;
use crate::notification::{general, impact, kms};

/// Diagnoses the calls. Calls of several services, and of services without a module of their own, have a general
/// diagnosis.
pub(super) fn diagnose(input: &RenderInput<'_>) -> Diagnosis {
    let sources = input.tally(|facts| facts.text(Fact::EventSource));
    let mut diagnosis = match sources.as_slice() {
        [(source, _)] if kms::EVENT_SOURCES.contains(source) => kms::diagnose(input),
        _ => general::diagnose(input),
    };
    diagnosis.causes = merge_equal(diagnosis.causes);
    diagnosis.impacts = impact::impacts(input);
    let checks = diagnosis
        .impacts
        .iter()
        .flat_map(|impact| impact.checks.clone());
    diagnosis.checks.splice(0..0, checks);
    diagnosis
}

/// Merges causes with the same reason, because an error can have several codes. The most frequent cause is first.
fn merge_equal(causes: Vec<Cause>) -> Vec<Cause> {
    let mut merged: Vec<Cause> = Vec::new();
    for cause in causes {
        match merged.iter_mut().find(|known| known.reason == cause.reason) {
            Some(known) => known.count += cause.count,
            None => merged.push(cause),
        }
    }
    merged.sort_by_key(|cause| Reverse(cause.count));
    merged
}

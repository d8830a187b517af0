//! The sentence about calls of a kind that no earlier email of the incident reported.

use crate::evidence::{Fact, Facts};
use crate::notification::call::call_name;
use crate::notification::call_resource;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::{sanitize_error_code, sanitize_within};

/// Maximum length of a call's name, error code or resource, in bytes.
const MAX_PART: usize = 100;

/// `New kind of call in this incident: kms:DisableKey with AccessDenied on key 1b2c3d4e... by role app.` `None` without a
/// new kind.
pub(super) fn sentence(input: &RenderInput<'_>) -> Option<String> {
    let kinds = input.pending.new_kinds.as_ref()?;
    let what = match kinds.count {
        0 | 1 => "New kind of call in this incident".to_owned(),
        count => format!("{count} new kinds of calls in this incident"),
    };
    let mut calls: Vec<String> = kinds
        .examples
        .iter()
        .map(|facts| phrase(input, facts))
        .collect();
    let others = kinds.count.saturating_sub(calls.len() as u64);
    if others > 0 && !calls.is_empty() {
        calls.push(format!("and {others} more"));
    }
    Some(if calls.is_empty() {
        format!("{what}.")
    } else {
        format!("{what}: {}.", calls.join("; "))
    })
}

/// `kms:DisableKey with AccessDenied on key 1b2c3d4e... by role app`.
fn phrase<'a>(input: &RenderInput<'a>, facts: &'a Facts) -> String {
    let mut text = call_name(facts).map_or_else(
        || "an event without a name".to_owned(),
        |name| sanitize_within(&name, MAX_PART),
    );
    if let Some(code) = facts.text(Fact::ErrorCode) {
        let code = sanitize_error_code(code);
        text = format!("{text} with {}", sanitize_within(&code, MAX_PART));
    }
    if let Some(resource) = call_resource::of_call(facts) {
        text = format!("{text} on {resource}");
    }
    format!("{text} by {}", input.caller(facts).without_session())
}

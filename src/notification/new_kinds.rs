//! The sentence about calls of a kind that no earlier email of the incident reported.

use crate::evidence::{Fact, Facts};
use crate::notification::call::call_name;
use crate::notification::kms::key_of;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::{sanitize_error_code, sanitize_within};

/// Maximum length of a call's name, error code or resource, in bytes.
const MAX_PART: usize = 100;

/// `This is a new kind of call, which no earlier email of this incident reported: kms:DisableKey with AccessDenied, called by
/// role app.` `None` without a new kind.
pub(super) fn sentence(input: &RenderInput<'_>) -> Option<String> {
    let kinds = input.pending.new_kinds.as_ref()?;
    let what = match kinds.count {
        0 | 1 => "There is a new kind of call, which no earlier email of this incident reported"
            .to_owned(),
        count => format!(
            "There are {count} new kinds of calls, which no earlier email of this incident reported"
        ),
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

/// `kms:DisableKey with AccessDenied on key/1b2c..., called by role app`.
fn phrase<'a>(input: &RenderInput<'a>, facts: &'a Facts) -> String {
    let mut text = call_name(facts).map_or_else(
        || "an event without a name".to_owned(),
        |name| sanitize_within(&name, MAX_PART),
    );
    if let Some(code) = facts.text(Fact::ErrorCode) {
        let code = sanitize_error_code(code);
        text = format!("{text} with {}", sanitize_within(&code, MAX_PART));
    }
    if let Some(key) = key_of(facts) {
        text = format!("{text} on {}", sanitize_within(key, MAX_PART));
    }
    format!(
        "{text}, called by {}",
        input.caller(facts).without_session()
    )
}

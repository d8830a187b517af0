//! Successful calls whose effect the reader must know first: deletion, stopped logging, data shared with other accounts,
//! and console sign-ins.

mod destructive;
mod request;
mod sharing;
mod sign_in;
mod table;

use crate::evidence::{Fact, Facts};
use crate::notification::diagnosis::Check;
use crate::notification::render_input::RenderInput;

/// Maximum number of effects in a notification.
const MAX_IMPACTS: usize = 3;

/// The effect of one kind of call on one resource.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Impact {
    /// The call and its effect, as the first line: `KMS key 1b2c3d4e... scheduled for deletion on 2026-11-27`.
    pub(super) what: String,
    /// Whether `what` contains the caller.
    pub(super) names_caller: bool,
    /// Consequences and deadlines, one sentence each.
    pub(super) consequences: Vec<String>,
    /// Commands that undo the call. They change resources.
    pub(super) undo: Vec<String>,
    /// Read-only commands that show the current state.
    pub(super) checks: Vec<Check>,
}

/// The effects of the sampled calls, the earliest first, each once.
pub(super) fn impacts(input: &RenderInput<'_>) -> Vec<Impact> {
    let mut impacts: Vec<Impact> = sign_in::impact(input).into_iter().collect();
    for facts in input
        .evidence()
        .records
        .iter()
        .filter(|facts| succeeded(facts))
    {
        let impact = destructive::impact(input, facts).or_else(|| sharing::impact(input, facts));
        if let Some(impact) = impact.filter(|impact| !impacts.contains(impact)) {
            impacts.push(impact);
        }
    }
    impacts.truncate(MAX_IMPACTS);
    impacts
}

fn succeeded(facts: &Facts) -> bool {
    facts.text(Fact::ErrorCode).is_none()
}

/// The service and the name of the call: `("kms", "DisableKey")`.
fn call(facts: &Facts) -> Option<(&str, &str)> {
    let source = facts.text(Fact::EventSource)?;
    let service = source.split('.').next().unwrap_or(source);
    Some((service, facts.text(Fact::EventName)?))
}

/// The Region of a call. Empty if it is unknown.
fn region<'a>(input: &RenderInput<'a>, facts: &'a Facts) -> &'a str {
    let region = facts
        .text(Fact::AwsRegion)
        .unwrap_or(&input.deployment.region);
    input.known_region(region)
}

//! Successful calls whose effect the reader must know first: deletion, stopped logging, data shared with other accounts,
//! and console sign-ins.

mod destructive;
mod request;
mod sharing;
mod sign_in;
mod table;

use crate::evidence::{Fact, Facts};
use crate::notification::diagnosis::Impact;
use crate::notification::render_input::RenderInput;

/// Maximum number of effects in a notification.
const MAX_IMPACTS: usize = 3;

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

/// The resource that a call shares. `None` for other calls.
pub(super) fn shared_resource(facts: &Facts) -> Option<String> {
    sharing::resource(facts)
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

//! Console sign-ins: who, from which address, with or without MFA.

use crate::evidence::{Fact, Facts};
use crate::notification::caller::Caller;
use crate::notification::diagnosis::{Impact, and_more};
use crate::notification::impact::call;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::sanitize_within;

/// Maximum length of an address, in bytes.
const MAX_ADDRESS: usize = 60;

/// The effect of sign-ins. `None` if the sampled records are not all sign-ins.
pub(super) fn impact(input: &RenderInput<'_>) -> Option<Impact> {
    let records = &input.evidence().records;
    let is_sign_in = |facts: &Facts| call(facts) == Some(("signin", "ConsoleLogin"));
    if records.is_empty() || !records.iter().all(is_sign_in) || !input.is_complete() {
        return None;
    }
    let outcomes = input.tally(|facts| facts.text(Fact::ConsoleLogin));
    let count_of = |outcome: &str| {
        let counted = outcomes.iter().filter(|(known, _)| *known == outcome);
        counted.map(|(_, count)| count).sum::<u64>()
    };
    let (succeeded, failed) = (count_of("Success"), count_of("Failure"));
    let addresses = input.sampled(Fact::SourceIpAddress);
    let from = addresses.first().map_or_else(String::new, |address| {
        format!(
            " from {}{}",
            sanitize_within(address, MAX_ADDRESS),
            and_more(addresses.len() - 1)
        )
    });
    let callers = input.callers();
    let is_root = matches!(callers.as_slice(), [(Caller::Root, _)]);
    let who = match callers.as_slice() {
        _ if is_root => "Root user".to_owned(),
        [(caller, _)] => capitalized(&caller.without_session().to_string()),
        several => format!("{} users", several.len()),
    };
    let mfa = mfa(input);
    let what = match (succeeded, failed) {
        (1, 0) => format!("{who} signed in to the console{from}{mfa}"),
        (0, 1) => format!("{who} failed to sign in to the console{from}"),
        (times, 0) if times > 0 => {
            format!("{who} signed in to the console {times} times{from}{mfa}")
        }
        (0, times) if times > 0 => {
            format!("{who} failed to sign in to the console {times} times{from}")
        }
        (0, _) => return None,
        (succeeded, failed) => {
            format!("{who} signed in to the console{from} after or between {failed} failures")
                + &if succeeded == 1 {
                    String::new()
                } else {
                    format!(" ({succeeded} successes)")
                }
        }
    };
    let mut consequences = Vec::new();
    if is_root && succeeded > 0 {
        consequences.push(
            "The root user can do everything in the account, and IAM policies do not restrict it. If nobody on the team \
             signed in: change the root password, delete root access keys, and contact AWS Support."
                .to_owned(),
        );
    } else if succeeded > 0 && failed > 0 {
        consequences.push(
            "A success among failures can be a guessed password. Ask the user; if in doubt, disable the console \
             password."
                .to_owned(),
        );
    }
    Some(Impact {
        what,
        names_caller: true,
        consequences,
        undo: Vec::new(),
        checks: Vec::new(),
    })
}

/// ` without MFA` or ` with MFA` of the successful sign-ins. Empty if it is unknown or differs. A failed sign-in does not
/// reach the MFA prompt.
fn mfa(input: &RenderInput<'_>) -> &'static str {
    let records = input.evidence().records.iter();
    let successful = records.filter(|facts| facts.text(Fact::ConsoleLogin) == Some("Success"));
    let used: Vec<Option<&str>> = successful.map(|facts| facts.text(Fact::MfaUsed)).collect();
    match used.as_slice() {
        [Some("Yes"), rest @ ..] if rest.iter().all(|used| *used == Some("Yes")) => " with MFA",
        [Some("No"), rest @ ..] if rest.iter().all(|used| *used == Some("No")) => " without MFA",
        _ => "",
    }
}

/// The text with an upper-case first letter.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

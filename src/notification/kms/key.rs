//! The keys of the calls, and how the calls failed.

use crate::evidence::{Fact, Facts, KeyState};
use crate::notification::arn::Arn;
use crate::notification::call::denial_reason;
use crate::notification::kms::failure::{Failure, STATE_CODES};
use crate::notification::render_input::RenderInput;

/// Maximum number of keys with commands and links.
pub(super) const MAX_KEYS: usize = 2;

/// The key of a call, in this order of preference: the key whose state the error message reports, the resource in the
/// record, the resource in the error message, or the key ID in the request.
pub(in crate::notification) fn key_of(facts: &Facts) -> Option<&str> {
    blamed_key(facts).map(|(key, _)| key).or_else(|| {
        [Fact::ResourceArn, Fact::DeniedResource, Fact::KeyId]
            .into_iter()
            .filter_map(|fact| facts.text(fact))
            .find(|key| !key.is_empty())
    })
}

/// The key whose state made the call fail, and the state.
fn blamed_key(facts: &Facts) -> Option<(&str, KeyState)> {
    let code = facts.text(Fact::ErrorCode)?;
    let message = facts.text(Fact::KeyState)?;
    KeyState::parse(message).filter(|_| STATE_CODES.contains(&code))
}

/// The failure of a call. `None` if it succeeded.
pub(super) fn failure_of(facts: &Facts) -> Option<Failure<'_>> {
    let code = facts.text(Fact::ErrorCode)?;
    let state = blamed_key(facts).map(|(_, state)| state);
    Some(Failure::new(code, denial_reason(facts), state))
}

/// The keys that a command can contain, the most frequent first.
pub(super) fn keys<'a>(input: &RenderInput<'a>) -> Vec<&'a str> {
    let keys = input.tally(key_of).into_iter().map(|(key, _)| key);
    keys.filter(|key| is_key(key)).collect()
}

/// Whether this can be a key ARN, key ID or alias. Other text that a caller supplied must not be in a command.
pub(super) fn is_key(key: &str) -> bool {
    let is_name_char = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
    key.chars().all(is_name_char)
}

/// Whether the key is an alias. Only `DescribeKey` and cryptographic operations accept one.
pub(super) fn is_alias(key: &str) -> bool {
    let name = Arn::parse(key).map_or(key, |arn| arn.resource);
    name.starts_with("alias/")
}

/// The Region in the ARN of a key, or the Region of the call if the key is not an ARN. Empty if it is unknown.
pub(super) fn key_region<'a>(input: &RenderInput<'a>, key: &'a str) -> &'a str {
    Arn::parse(key).map_or(input.call_region(), |arn| input.known_region(arn.region))
}

/// Whether an error message contains `the resource associated with this ciphertext` instead of a key.
pub(super) fn is_key_from_ciphertext(input: &RenderInput<'_>) -> bool {
    let messages = input.sampled(Fact::ErrorMessage);
    let mut messages = messages.iter();
    messages.any(|message| message.contains("associated with this ciphertext"))
}

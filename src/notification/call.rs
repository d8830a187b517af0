//! Facts about one call: its name, the account of the caller, and the reason why it was denied.

use std::borrow::Cow;

use crate::evidence::{DenialReason, Fact, Facts};
use crate::notification::arn::Arn;

/// Error codes of denied calls.
const DENIAL_CODES: [&str; 4] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "Client.UnauthorizedOperation",
];

/// Why a call was denied, in the phrase of [`DenialReason`]. `None` if the call was not denied.
pub(super) fn denial_reason(facts: &Facts) -> Option<&str> {
    let is_denied = || {
        facts
            .text(Fact::ErrorCode)
            .is_some_and(|code| DENIAL_CODES.contains(&code))
    };
    let reason = facts.text(Fact::DenialReason);
    reason.or_else(|| is_denied().then_some(DenialReason::Unknown.as_str()))
}

/// The name of the call as in policies: `kms:Decrypt`.
pub(super) fn call_name(facts: &Facts) -> Option<Cow<'_, str>> {
    let name = facts.text(Fact::EventName)?;
    let Some(source) = facts.text(Fact::EventSource) else {
        return Some(Cow::Borrowed(name));
    };
    let service = source.split('.').next().unwrap_or(source);
    Some(Cow::Owned(format!("{service}:{name}")))
}

/// The account of the caller; empty if the record does not contain it.
pub(super) fn caller_account(facts: &Facts) -> &str {
    let of_arn = facts.text(Fact::IdentityArn).and_then(Arn::parse);
    let account = facts.text(Fact::AccountId);
    account
        .or(of_arn.map(|arn| arn.account))
        .unwrap_or_default()
}

//! Causes of failed calls to KMS.

use crate::evidence::{DenialReason, KeyState, PolicyType};
use crate::notification::denial_advice;
use crate::notification::sanitize::sanitize_error_code;

/// Errors whose message contains the state of the key.
pub(super) const STATE_CODES: [&str; 2] = ["KMSInvalidStateException", "DisabledException"];

/// The failure of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Failure<'a> {
    /// `errorCode`.
    pub(super) code: &'a str,
    /// Why the call was denied, if it was.
    pub(super) denial_reason: Option<DenialReason>,
    state: Option<KeyState>,
}

impl<'a> Failure<'a> {
    pub(super) fn new(code: &'a str, denial_reason: Option<&str>, state: Option<KeyState>) -> Self {
        Self {
            code,
            denial_reason: denial_reason.and_then(DenialReason::parse),
            state: state.filter(|_| STATE_CODES.contains(&code)),
        }
    }

    /// The reason, without a full stop.
    pub(super) fn reason(&self) -> String {
        if let Some(reason) = self.denial_reason {
            return match reason {
                DenialReason::NoAllow(PolicyType::Resource) => {
                    "the key policy does not allow it".to_owned()
                }
                DenialReason::ExplicitDeny(PolicyType::Resource) => {
                    "explicit deny in the key policy".to_owned()
                }
                DenialReason::Unknown => {
                    format!(
                        "KMS answered {} and names no policy",
                        sanitize_error_code(self.code)
                    )
                }
                other => other.as_str().to_owned(),
            };
        }
        self.known().map_or_else(
            || format!("KMS answered {}", sanitize_error_code(self.code)),
            |(reason, _)| reason.to_owned(),
        )
    }

    /// The recommended action.
    pub(super) fn advice(&self) -> &'static str {
        match self.denial_reason {
            Some(DenialReason::NoAllow(PolicyType::Identity)) => {
                "Allow the action on the key in a policy of the caller. That suffices if the key policy lets the account \
                 use IAM policies (a statement for the root principal); else the key policy has to name the caller too."
            }
            Some(DenialReason::NoAllow(PolicyType::Resource)) => {
                "Allow the caller in the key policy, or with a grant. This message is normal for a key of \
                 another account, and for a key whose policy does not let the account use IAM policies."
            }
            Some(DenialReason::ExplicitDeny(PolicyType::Resource)) => {
                "Find the Deny in the key policy, and its condition (kms:ViaService, aws:PrincipalArn, an encryption \
                 context); a further Allow changes nothing."
            }
            Some(reason) => denial_advice::advice(reason),
            None => self
                .known()
                .map_or("See the messages of the sample events.", |(_, advice)| {
                    advice
                }),
        }
    }

    /// A command that undoes the cause, without the key. `None` if there is none.
    pub(super) fn remedy(&self) -> Option<&'static str> {
        match (self.code, self.state) {
            ("DisabledException", _) | (_, Some(KeyState::Disabled)) => Some("aws kms enable-key"),
            // The key is disabled afterward.
            (_, Some(KeyState::PendingDeletion)) => Some("aws kms cancel-key-deletion"),
            _ => None,
        }
    }

    /// Reason and advice of a known error. Source: KMS API Reference, "Errors" of the cryptographic operations.
    fn known(&self) -> Option<(&'static str, &'static str)> {
        Some(match (self.code, self.state) {
            (_, Some(KeyState::PendingDeletion)) => (
                "the key is scheduled for deletion",
                "Until the deletion date it can be kept: cancel the deletion, then enable the key (it is disabled \
                 afterwards). CloudTrail shows who called ScheduleKeyDeletion.",
            ),
            (_, Some(KeyState::PendingImport)) => (
                "the key has no key material",
                "Imported key material expired or was deleted: import the same material again.",
            ),
            (_, Some(KeyState::Unavailable)) => (
                "the key's key store cannot be reached",
                "Look at the custom key store: its connection, and its HSM or proxy.",
            ),
            ("DisabledException", _) | (_, Some(KeyState::Disabled)) => (
                "the key is disabled",
                "Find out who disabled it and why (DisableKey in CloudTrail) before you enable it again.",
            ),
            ("KMSInvalidStateException", None) => (
                "the key is in a state that does not allow the call",
                "Look at KeyState.",
            ),
            ("IncorrectKeyException", _) => (
                "the data was encrypted under another key than the one in the request",
                "Compare the key that the application is configured with to the one the data was written with; \
                 without a KeyId, Decrypt takes the key that the ciphertext names.",
            ),
            ("InvalidCiphertextException", _) => (
                "the ciphertext is damaged, or the encryption context is not the one it was encrypted with",
                "Compare the encryption context, name by name and letter by letter; then whether the data was truncated, \
                 encoded twice, or comes from another Region or partition.",
            ),
            ("NotFoundException", _) => (
                "there is no such key or alias in the account and Region that were asked",
                "Check Region and account of the key id that the application is configured with; an alias belongs to \
                 one Region.",
            ),
            ("LimitExceededException", _) => (
                "a quota is used up, or something is longer than it may be",
                "This is not a request limit: see the message, and in Service Quotas the number of keys, aliases, or \
                 grants of the key.",
            ),
            ("ThrottlingException" | "RequestLimitExceeded", _) => (
                "more requests than the account's quota",
                "All callers in the account and Region share the quota: cache data keys, use S3 Bucket Keys, slow the \
                 retries down, or ask for a higher quota.",
            ),
            ("InvalidKeyUsageException", _) => (
                "the key is not made for this operation",
                "Compare KeyUsage and KeySpec of the key to the call.",
            ),
            ("InvalidGrantTokenException" | "InvalidGrantIdException", _) => (
                "the grant is not, or no longer, valid",
                "Look at the grants of the key; a grant can be retired or revoked.",
            ),
            (
                "KeyUnavailableException" | "KMSInternalException" | "DependencyTimeoutException",
                _,
            ) => (
                "KMS could not serve the request",
                "A retry helps as a rule; else see the AWS Health Dashboard.",
            ),
            ("DryRunOperationException", _) => (
                "the call was a dry run",
                "It would have succeeded; nothing is broken.",
            ),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_reason() {
        let of = |state| Failure::new("KMSInvalidStateException", None, state);
        for (state, reason, remedy) in [
            (
                Some(KeyState::PendingDeletion),
                "the key is scheduled for deletion",
                Some("aws kms cancel-key-deletion"),
            ),
            (
                Some(KeyState::PendingImport),
                "the key has no key material",
                None,
            ),
            (
                Some(KeyState::Unavailable),
                "the key's key store cannot be reached",
                None,
            ),
            (
                Some(KeyState::Disabled),
                "the key is disabled",
                Some("aws kms enable-key"),
            ),
            (
                None,
                "the key is in a state that does not allow the call",
                None,
            ),
        ] {
            assert_eq!(of(state).reason(), reason);
            assert_eq!(of(state).remedy(), remedy);
        }
        let other = Failure::new("KMSInternalException", None, Some(KeyState::Unavailable));
        assert_eq!(other.reason(), "KMS could not serve the request");
    }

    #[test]
    fn an_unknown_error_is_shown_by_its_code() {
        let failure = Failure::new("NewException", None, None);
        assert_eq!(failure.reason(), "KMS answered NewException");
        let failure = Failure::new("AccessDenied", Some(DenialReason::Unknown.as_str()), None);
        assert_eq!(
            failure.reason(),
            "KMS answered AccessDenied and names no policy"
        );
    }
}

//! Causes of failed calls to KMS.

use crate::evidence::{DenialReason, KeyState, PolicyType};
use crate::notification::denial;
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

    /// The reason, without a full stop. `action` is the call, such as `kms:Decrypt`, and `key` is `key 1b2c3d4e...` or
    /// `the key`.
    pub(super) fn reason(&self, action: &str, key: &str) -> String {
        let code = sanitize_error_code(self.code);
        match (self.denial_reason, self.known()) {
            (Some(DenialReason::NoAllow(PolicyType::Resource)), _) => {
                format!("the policy of {key} does not allow {action}")
            }
            (Some(DenialReason::ExplicitDeny(PolicyType::Resource)), _) => {
                format!("the policy of {key} explicitly denies {action}")
            }
            (Some(reason @ (DenialReason::Ambiguous | DenialReason::Unknown)), _) => {
                denial::phrase(reason, action)
            }
            (Some(reason), _) => denial::phrase(reason, &format!("{action} on {key}")),
            (None, Some((reason, _))) => reason.replace("{key}", key),
            (None, None) => format!("KMS returned {code}"),
        }
    }

    /// Whether the state of the key is the cause.
    pub(super) fn is_by_state(&self) -> bool {
        STATE_CODES.contains(&self.code)
    }

    /// The recommended action.
    pub(super) fn advice(&self) -> &'static str {
        match self.denial_reason {
            Some(DenialReason::NoAllow(PolicyType::Identity)) => {
                "Allow the action on the key in a policy of the caller. If the key policy does not delegate to IAM (a \
                 statement for the account root), also allow the caller in the key policy."
            }
            Some(DenialReason::NoAllow(PolicyType::Resource)) => {
                "Allow the caller in the key policy, or with a grant. You get this error for a key in another account, \
                 or if the key policy does not delegate to IAM."
            }
            Some(DenialReason::ExplicitDeny(PolicyType::Resource)) => {
                "Find the Deny statement in the key policy, and its condition (kms:ViaService, aws:PrincipalArn, \
                 encryption context). An additional Allow does not override it."
            }
            Some(reason) => denial::advice(reason),
            None => self
                .known()
                .map_or("See the error message.", |(_, advice)| advice),
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

    /// Reason and advice of a known error; `{key}` in the reason is to be replaced by the key. Source: KMS API Reference, "Errors" of the cryptographic operations.
    fn known(&self) -> Option<(&'static str, &'static str)> {
        Some(match (self.code, self.state) {
            (_, Some(KeyState::PendingDeletion)) => (
                "{key} is scheduled for deletion",
                "You can cancel until the deletion date, then enable the key (it stays disabled). Look up \
                 ScheduleKeyDeletion in CloudTrail to see who scheduled it.",
            ),
            (_, Some(KeyState::PendingImport)) => (
                "{key} has no key material",
                "Imported key material expired or was deleted. Import the same material again.",
            ),
            (_, Some(KeyState::Unavailable)) => (
                "the key store of {key} cannot be reached",
                "Check the custom key store: its connection, and its CloudHSM cluster or external proxy.",
            ),
            ("DisabledException", _) | (_, Some(KeyState::Disabled)) => (
                "{key} is disabled",
                "Find out who disabled it and why (DisableKey in CloudTrail) before you enable it again.",
            ),
            ("KMSInvalidStateException", None) => (
                "the state of {key} does not permit this operation",
                "Check KeyState with the command below.",
            ),
            ("IncorrectKeyException", _) => (
                "the key in the request is not the one that encrypted the data",
                "Compare the application's key ID with the key that encrypted the data.",
            ),
            ("InvalidCiphertextException", _) => (
                "the ciphertext is damaged, or the encryption context differs from the one at encryption",
                "Compare the encryption context: names and values are case-sensitive. Then check whether the data was \
                 truncated, encoded twice, or comes from another Region or partition.",
            ),
            ("NotFoundException", _) => (
                "key or alias not found in this account and Region",
                "Check Region and account of the key ID in the application's configuration. An alias exists in one \
                 Region only.",
            ),
            ("LimitExceededException", _) => (
                "a KMS resource quota or a size limit was exceeded",
                "This is not throttling. See the error message, and check the key, alias and grant quotas in Service \
                 Quotas.",
            ),
            ("ThrottlingException" | "RequestLimitExceeded", _) => (
                "KMS request quota exceeded (throttled)",
                "All callers in the account and Region share the quota. Cache data keys, use S3 Bucket Keys, retry with \
                 backoff, or request a higher quota.",
            ),
            ("InvalidKeyUsageException", _) => (
                "{key} is not made for this operation",
                "Compare KeyUsage and KeySpec of the key with the operation.",
            ),
            ("InvalidGrantTokenException" | "InvalidGrantIdException", _) => (
                "the grant is not valid, or no longer valid",
                "Check the grants of the key. A grant can be retired or revoked.",
            ),
            (
                "KeyUnavailableException" | "KMSInternalException" | "DependencyTimeoutException",
                _,
            ) => (
                "KMS could not process the request",
                "Retry. If the error persists, check the AWS Health Dashboard.",
            ),
            ("DryRunOperationException", _) => (
                "the call was a dry run",
                "It would have succeeded. No action is needed.",
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
                "key k is scheduled for deletion",
                Some("aws kms cancel-key-deletion"),
            ),
            (
                Some(KeyState::PendingImport),
                "key k has no key material",
                None,
            ),
            (
                Some(KeyState::Unavailable),
                "the key store of key k cannot be reached",
                None,
            ),
            (
                Some(KeyState::Disabled),
                "key k is disabled",
                Some("aws kms enable-key"),
            ),
            (
                None,
                "the state of key k does not permit this operation",
                None,
            ),
        ] {
            assert_eq!(of(state).reason("c", "key k"), reason);
            assert_eq!(of(state).remedy(), remedy);
        }
        let other = Failure::new("KMSInternalException", None, Some(KeyState::Unavailable));
        assert_eq!(
            other.reason("c", "key k"),
            "KMS could not process the request"
        );
    }

    #[test]
    fn an_unknown_error_is_shown_by_its_code() {
        let failure = Failure::new("NewException", None, None);
        assert_eq!(failure.reason("c", "k"), "KMS returned NewException");
        let failure = Failure::new("AccessDenied", Some(DenialReason::Unknown.as_str()), None);
        assert_eq!(
            failure.reason("c", "k"),
            "the error message does not name a policy"
        );
    }
}

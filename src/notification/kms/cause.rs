//! Why KMS refused a call.

use super::super::denied;
use super::super::harmless::error_code;
use crate::evidence::{Layer, Ruling};

/// One kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Failure<'a> {
    /// `errorCode`.
    pub(super) code: &'a str,
    /// What an access-denied message blames.
    pub(super) ruling: Option<Ruling>,
    state: Option<KeyState>,
}

/// The state of a key, as far as the message of a `KMSInvalidStateException` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum KeyState {
    PendingDeletion,
    PendingImport,
    Unavailable,
    Disabled,
}

impl KeyState {
    /// Behind the key's ARN, so that no name of an alias is taken for a state: `arn:... is pending deletion.`.
    fn of(code: &str, message: &str) -> Option<Self> {
        if !["KMSInvalidStateException", "DisabledException"].contains(&code) {
            return None;
        }
        let (key, said) = message.split_once(' ')?;
        if !key.starts_with("arn:") {
            return None;
        }
        [
            ("is pending deletion", Self::PendingDeletion),
            ("is pending import", Self::PendingImport),
            ("is unavailable", Self::Unavailable),
            ("is disabled", Self::Disabled),
        ]
        .into_iter()
        .find_map(|(words, state)| said.starts_with(words).then_some(state))
    }
}

impl<'a> Failure<'a> {
    pub(super) fn new(code: &'a str, layer: Option<&str>, message: Option<&str>) -> Self {
        Self {
            code,
            ruling: layer.and_then(Ruling::of_words),
            state: message.and_then(|message| KeyState::of(code, message)),
        }
    }

    /// The reason, as the end of a sentence.
    pub(super) fn reason(&self) -> String {
        if let Some(ruling) = self.ruling {
            return match ruling {
                Ruling::NoAllow(Layer::Resource) => "the key policy does not allow it".to_owned(),
                Ruling::ExplicitDeny(Layer::Resource) => {
                    "explicit deny in the key policy".to_owned()
                }
                Ruling::Unknown => {
                    format!("KMS answered {} and names no policy", error_code(self.code))
                }
                other => other.as_str().to_owned(),
            };
        }
        self.known().map_or_else(
            || format!("KMS answered {}", error_code(self.code)),
            |(reason, _)| reason.to_owned(),
        )
    }

    /// What to do.
    pub(super) fn advice(&self) -> &'static str {
        match self.ruling {
            Some(Ruling::NoAllow(Layer::Identity)) => {
                "Allow the action on the key in a policy of the caller. That suffices if the key policy lets the account \
                 use IAM policies (a statement for the root principal); else the key policy has to name the caller too."
            }
            Some(Ruling::NoAllow(Layer::Resource)) => {
                "Allow the caller in the key policy, or with a grant. This is what a key of another account says, and \
                 one whose key policy does not let the account use IAM policies."
            }
            Some(Ruling::ExplicitDeny(Layer::Resource)) => {
                "Find the Deny in the key policy, and its condition (kms:ViaService, aws:PrincipalArn, an encryption \
                 context); a further Allow changes nothing."
            }
            Some(ruling) => denied::advice(ruling),
            None => self
                .known()
                .map_or("See the messages of the sample events.", |(_, advice)| {
                    advice
                }),
        }
    }

    /// A command that undoes the cause, to be given the key.
    pub(super) fn remedy(&self) -> Option<&'static str> {
        match (self.code, self.state) {
            ("DisabledException", _) | (_, Some(KeyState::Disabled)) => Some("aws kms enable-key"),
            // The key is disabled afterwards.
            (_, Some(KeyState::PendingDeletion)) => Some("aws kms cancel-key-deletion"),
            _ => None,
        }
    }

    /// KMS API Reference, "Errors" of the cryptographic operations.
    fn known(&self) -> Option<(&'static str, &'static str)> {
        Some(match (self.code, self.state) {
            (_, Some(KeyState::PendingDeletion)) => (
                "the key is scheduled for deletion",
                "Until the deletion date it can be kept: cancel the deletion, then enable the key (it is disabled \
                 afterwards). CloudTrail tells who called ScheduleKeyDeletion.",
            ),
            (_, Some(KeyState::PendingImport)) => (
                "the key has no key material",
                "Imported key material expired or was deleted: import the same material again.",
            ),
            (_, Some(KeyState::Unavailable)) => (
                "the key's key store cannot be reached",
                "Look at the custom key store: its connection, and the HSM or proxy behind it.",
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
                "Compare the encryption context, name by name and letter by letter; then whether the data was cut, \
                 encoded twice, or comes from another Region or partition.",
            ),
            ("NotFoundException", _) => (
                "there is no such key or alias in this account and Region",
                "Check Region and account of the key id that the application is configured with; an alias belongs to \
                 one Region.",
            ),
            ("ThrottlingException" | "LimitExceededException" | "RequestLimitExceeded", _) => (
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
    fn the_state_of_a_key_is_in_the_message() {
        let of = |message| Failure::new("KMSInvalidStateException", None, Some(message));
        for (message, reason, remedy) in [
            (
                "arn:aws:kms:eu-west-1:111122223333:key/1 is pending deletion.",
                "the key is scheduled for deletion",
                Some("aws kms cancel-key-deletion"),
            ),
            (
                "arn:... is pending import.",
                "the key has no key material",
                None,
            ),
            (
                "arn:... is unavailable.",
                "the key's key store cannot be reached",
                None,
            ),
            (
                "arn:... is disabled.",
                "the key is disabled",
                Some("aws kms enable-key"),
            ),
            (
                "?",
                "the key is in a state that does not allow the call",
                None,
            ),
        ] {
            assert_eq!(of(message).reason(), reason);
            assert_eq!(of(message).remedy(), remedy);
        }
    }

    #[test]
    fn a_state_is_no_word_of_another_message() {
        for (code, message) in [
            (
                "NotFoundException",
                "Alias arn:aws:kms:r:1:alias/unavailable is not found.",
            ),
            (
                "KMSInternalException",
                "arn:aws:kms:r:1:key/1 is unavailable.",
            ),
            ("KMSInvalidStateException", "The service is unavailable."),
            (
                "KMSInvalidStateException",
                "arn:aws:kms:r:1:alias/is-disabled is something else.",
            ),
        ] {
            assert_eq!(
                Failure::new(code, None, Some(message)).state,
                None,
                "{message}"
            );
        }
    }

    #[test]
    fn an_error_that_nobody_knows_is_named() {
        let failure = Failure::new("NewException", None, None);
        assert_eq!(failure.reason(), "KMS answered NewException");
        let failure = Failure::new("AccessDenied", Some(Ruling::Unknown.as_str()), None);
        assert_eq!(
            failure.reason(),
            "KMS answered AccessDenied and names no policy"
        );
    }
}

//! What a message of KMS says of the state of a key.

/// The state of a key that KMS gives as the reason of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "KMS's own names, as `KeyState` of DescribeKey")]
pub enum KeyState {
    PendingDeletion,
    PendingImport,
    Unavailable,
    Disabled,
}

impl KeyState {
    const ALL: [Self; 4] = [
        Self::PendingDeletion,
        Self::PendingImport,
        Self::Unavailable,
        Self::Disabled,
    ];

    /// As a message says it, behind the key's ARN.
    fn as_str(self) -> &'static str {
        match self {
            Self::PendingDeletion => "is pending deletion",
            Self::PendingImport => "is pending import",
            Self::Unavailable => "is unavailable",
            Self::Disabled => "is disabled",
        }
    }

    /// The key's ARN and its state, of `arn:aws:kms:...:key/... is pending deletion.`; none of another message. The words
    /// stand behind the ARN, so that no name of an alias is taken for a state.
    pub fn of(message: &str) -> Option<(&str, Self)> {
        let (key, said) = message.split_once(' ')?;
        let is_kms = key.starts_with("arn:") && key.split(':').nth(2) == Some("kms");
        let state = Self::ALL
            .into_iter()
            .find(|state| said.starts_with(state.as_str()))?;
        is_kms.then_some((key, state))
    }

    /// The part of the message that [`KeyState::of`] reads.
    pub(super) fn statement(message: &str) -> Option<&str> {
        let (key, state) = Self::of(message)?;
        message.get(..key.len() + 1 + state.as_str().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1";

    #[test]
    fn every_state_is_told_from_the_words_behind_the_key() {
        for state in KeyState::ALL {
            let statement = format!("{KEY} {}", state.as_str());
            for end in ["", ".", ". Try again."] {
                let message = format!("{statement}{end}");
                assert_eq!(KeyState::of(&message), Some((KEY, state)));
                assert_eq!(KeyState::statement(&message), Some(statement.as_str()));
            }
        }
    }

    #[test]
    fn a_state_is_no_word_of_another_message() {
        for message in [
            "",
            "The service is unavailable.",
            "Alias arn:aws:kms:r:1:alias/unavailable is not found.",
            "arn:aws:kms:r:1:alias/is-disabled is something else.",
            "arn:aws:iam::1:user/bob is disabled.",
        ] {
            assert_eq!(KeyState::of(message), None, "{message}");
        }
    }
}

//! Key states in KMS error messages.

/// A key state that makes a KMS call fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names of `KeyState` in DescribeKey")]
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

    /// The phrase that follows the key ARN in a message.
    fn as_str(self) -> &'static str {
        match self {
            Self::PendingDeletion => "is pending deletion",
            Self::PendingImport => "is pending import",
            Self::Unavailable => "is unavailable",
            Self::Disabled => "is disabled",
        }
    }

    /// Parses `arn:aws:kms:...:key/... is pending deletion.` into the key ARN and the state. `None` for other messages.
    ///
    /// The phrase must follow the ARN, so that an alias name cannot be mistaken for a state.
    pub fn parse(message: &str) -> Option<(&str, Self)> {
        let (key, rest) = message.split_once(' ')?;
        let is_kms = key.starts_with("arn:") && key.split(':').nth(2) == Some("kms");
        let state = Self::ALL
            .into_iter()
            .find(|state| rest.starts_with(state.as_str()))?;
        is_kms.then_some((key, state))
    }

    /// The part of the message that [`KeyState::parse`] uses.
    pub(super) fn statement(message: &str) -> Option<&str> {
        let (key, state) = Self::parse(message)?;
        message.get(..key.len() + 1 + state.as_str().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1";

    #[test]
    fn every_state_is_parsed() {
        for state in KeyState::ALL {
            let statement = format!("{KEY} {}", state.as_str());
            for end in ["", ".", ". Try again."] {
                let message = format!("{statement}{end}");
                assert_eq!(KeyState::parse(&message), Some((KEY, state)));
                assert_eq!(KeyState::statement(&message), Some(statement.as_str()));
            }
        }
    }

    #[test]
    fn other_messages_have_no_state() {
        for message in [
            "",
            "The service is unavailable.",
            "Alias arn:aws:kms:r:1:alias/unavailable is not found.",
            "arn:aws:kms:r:1:alias/is-disabled is something else.",
            "arn:aws:iam::1:user/bob is disabled.",
        ] {
            assert_eq!(KeyState::parse(message), None, "{message}");
        }
    }
}

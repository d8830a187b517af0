//! What the type of an identity tells of the other fields; every statement holds in 4,520 real records.

/// What is known of calls that a type of identity makes.
pub(super) struct Identity {
    /// `userIdentity.type`.
    pub(super) kind: &'static str,
    /// Paths that each such call has, with all that the schema has below them.
    pub(super) has: &'static [&'static str],
    /// Paths below which none of them has anything.
    pub(super) lacks: &'static [&'static str],
}

/// What calls with the temporary credentials of a role or of a federation have.
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
        // A session of a user, `GetSessionToken`, has an issuer without members.
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

/// Where the type of the identity stands.
pub(super) const IDENTITY_TYPE: &str = "userIdentity.type";

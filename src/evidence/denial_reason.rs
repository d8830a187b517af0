//! Why IAM denied a call: the reason, and the type of policy that caused it.

/// Why a call was denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DenialReason {
    /// No policy of this type allows the action.
    NoAllow(PolicyType),
    /// A policy of this type denies the action.
    ExplicitDeny(PolicyType),
    /// The key does not exist, is in another Region, or its policy does not allow the action. KMS does not disclose
    /// which.
    Ambiguous,
    /// The message names no policy.
    Unknown,
}

/// A type of IAM policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "IAM's own names")]
pub enum PolicyType {
    Identity,
    Resource,
    Session,
    Boundary,
    Endpoint,
    ServiceControl,
    ResourceControl,
    RoleTrust,
}

impl PolicyType {
    pub(super) const ALL: [Self; 8] = [
        Self::Identity,
        Self::Resource,
        Self::Session,
        Self::Boundary,
        Self::Endpoint,
        Self::ServiceControl,
        Self::ResourceControl,
        Self::RoleTrust,
    ];

    /// The name in an error message, in the singular.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Resource => "resource-based policy",
            Self::Session => "session policy",
            Self::Boundary => "permissions boundary",
            Self::Endpoint => "VPC endpoint policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::RoleTrust => "role trust policy",
        }
    }

    /// The policy type whose name, singular or plural, the text begins with.
    pub(super) fn at_start_of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy_type| {
            let name = policy_type.as_str();
            let stem = name.strip_suffix('y').unwrap_or(name);
            text.starts_with(stem)
        })
    }
}

impl DenialReason {
    /// A phrase such as `no identity-based policy allows it`. Stored evidence contains it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoAllow(PolicyType::Identity) => "no identity-based policy allows it",
            Self::NoAllow(PolicyType::Resource) => "no resource-based policy allows it",
            Self::NoAllow(PolicyType::Session) => "no session policy allows it",
            Self::NoAllow(PolicyType::Boundary) => "no permissions boundary allows it",
            Self::NoAllow(PolicyType::Endpoint) => "no VPC endpoint policy allows it",
            Self::NoAllow(PolicyType::ServiceControl) => "no service control policy allows it",
            Self::NoAllow(PolicyType::ResourceControl) => "no resource control policy allows it",
            Self::NoAllow(PolicyType::RoleTrust) => "no role trust policy allows it",
            Self::ExplicitDeny(PolicyType::Identity) => "explicit deny in an identity-based policy",
            Self::ExplicitDeny(PolicyType::Resource) => "explicit deny in a resource-based policy",
            Self::ExplicitDeny(PolicyType::Session) => "explicit deny in a session policy",
            Self::ExplicitDeny(PolicyType::Boundary) => "explicit deny in a permissions boundary",
            Self::ExplicitDeny(PolicyType::Endpoint) => "explicit deny in a VPC endpoint policy",
            Self::ExplicitDeny(PolicyType::ServiceControl) => {
                "explicit deny in a service control policy"
            }
            Self::ExplicitDeny(PolicyType::ResourceControl) => {
                "explicit deny in a resource control policy"
            }
            Self::ExplicitDeny(PolicyType::RoleTrust) => "explicit deny in a role trust policy",
            Self::Ambiguous => "the key does not exist here, or its policy does not allow it",
            Self::Unknown => "the message does not name a policy",
        }
    }

    /// The inverse of [`DenialReason::as_str`]. `None` if the phrase is unknown.
    pub fn parse(phrase: &str) -> Option<Self> {
        let by_policy_type = PolicyType::ALL
            .into_iter()
            .flat_map(|policy_type| [Self::NoAllow(policy_type), Self::ExplicitDeny(policy_type)]);
        by_policy_type
            .chain([Self::Ambiguous, Self::Unknown])
            .find(|reason| reason.as_str() == phrase)
    }
}

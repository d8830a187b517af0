//! Denied calls in words: the reason, and what to do.

use crate::evidence::{DenialReason, PolicyType};

/// The reason as a clause about `action`, such as `kms:Decrypt` or `these calls`.
pub(super) fn phrase(reason: DenialReason, action: &str) -> String {
    match reason {
        DenialReason::NoAllow(policy) => format!("no {} allows {action}", policy.as_str()),
        DenialReason::ExplicitDeny(policy) => {
            let name = policy.as_str();
            let article = if name.starts_with('i') { "an" } else { "a" };
            format!("{article} {name} explicitly denies {action}")
        }
        DenialReason::Ambiguous => format!(
            "the key does not exist in this account and Region, or its key policy does not allow {action}"
        ),
        DenialReason::Unknown => "the error message does not name a policy".to_owned(),
    }
}

/// The recommended action for a call of any service.
pub(super) fn advice(reason: DenialReason) -> &'static str {
    match reason {
        DenialReason::NoAllow(PolicyType::Identity) => {
            "Allow the action on the resource in a policy that is attached to the caller."
        }
        DenialReason::NoAllow(PolicyType::Resource) => {
            "Allow the caller in the policy of the resource."
        }
        DenialReason::NoAllow(PolicyType::Session) => {
            "The session policy that was passed to AssumeRole does not include the action. Check who assumes the \
             role; the policies of the role are not the cause."
        }
        DenialReason::NoAllow(PolicyType::Boundary) => {
            "Allow the action in the permissions boundary of the caller. Its other policies are not the cause."
        }
        DenialReason::NoAllow(PolicyType::Endpoint) => {
            "Allow the action in the policy of the VPC endpoint that the call went through."
        }
        DenialReason::NoAllow(PolicyType::ServiceControl) => {
            "The organization does not allow the action in this account. Contact your AWS Organizations \
             administrator; it cannot be changed from this account."
        }
        DenialReason::NoAllow(PolicyType::ResourceControl) => {
            "The organization of the resource's account does not allow the action. Contact the administrator of \
             that organization."
        }
        DenialReason::NoAllow(PolicyType::RoleTrust)
        | DenialReason::ExplicitDeny(PolicyType::RoleTrust) => {
            "Check the trust policy of the role that was to be assumed."
        }
        DenialReason::ExplicitDeny(PolicyType::Identity) => {
            "Find the Deny statement in the policies of the caller, and its condition. An additional Allow does not \
             override it."
        }
        DenialReason::ExplicitDeny(PolicyType::Resource) => {
            "Find the Deny statement in the policy of the resource, and its condition. An additional Allow does not \
             override it."
        }
        DenialReason::ExplicitDeny(PolicyType::Session) => {
            "Find the Deny statement in the session policy that was passed to AssumeRole. An additional Allow does \
             not override it."
        }
        DenialReason::ExplicitDeny(PolicyType::Boundary) => {
            "Find the Deny statement in the permissions boundary of the caller. An additional Allow does not \
             override it."
        }
        DenialReason::ExplicitDeny(PolicyType::Endpoint) => {
            "Find the Deny statement in the policy of the VPC endpoint that the call went through."
        }
        DenialReason::ExplicitDeny(PolicyType::ServiceControl) => {
            "Contact your AWS Organizations administrator: the policy cannot be changed from this account."
        }
        DenialReason::ExplicitDeny(PolicyType::ResourceControl) => {
            "Contact the administrator of the organization of the resource's account."
        }
        DenialReason::Ambiguous => {
            "Check the Region first, then whether the key exists, then its key policy. The service does not say \
             which of them is the cause."
        }
        DenialReason::Unknown => {
            "Check the policies of the caller, then the policy of the resource, then the policies of the organization."
        }
    }
}

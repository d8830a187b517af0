//! Advice after a denied call, by the reason of the denial.

use crate::evidence::{DenialReason, PolicyType};

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
            "The policy that was passed to AssumeRole leaves the action out: look at who assumes the role, not at the role."
        }
        DenialReason::NoAllow(PolicyType::Boundary) => {
            "Allow the action in the permissions boundary of the caller; its own policies are not what stops it."
        }
        DenialReason::NoAllow(PolicyType::Endpoint) => {
            "Allow the action in the policy of the VPC endpoint that the call went through."
        }
        DenialReason::NoAllow(PolicyType::ServiceControl) => {
            "The organization does not allow the action in this account; nothing in the account can change that."
        }
        DenialReason::NoAllow(PolicyType::ResourceControl) => {
            "The organization of the resource's account does not allow it; nothing in the account can change that."
        }
        DenialReason::NoAllow(PolicyType::RoleTrust)
        | DenialReason::ExplicitDeny(PolicyType::RoleTrust) => {
            "Look at the trust policy of the role that was to be assumed."
        }
        DenialReason::ExplicitDeny(PolicyType::Identity) => {
            "Find the Deny in the policies of the caller, and its condition; a further Allow changes nothing."
        }
        DenialReason::ExplicitDeny(PolicyType::Resource) => {
            "Find the Deny in the policy of the resource, and its condition; a further Allow changes nothing."
        }
        DenialReason::ExplicitDeny(PolicyType::Session) => {
            "Find the Deny in the policy that was passed to AssumeRole; a further Allow changes nothing."
        }
        DenialReason::ExplicitDeny(PolicyType::Boundary) => {
            "Find the Deny in the permissions boundary of the caller; a further Allow changes nothing."
        }
        DenialReason::ExplicitDeny(PolicyType::Endpoint) => {
            "Find the Deny in the policy of the VPC endpoint that the call went through."
        }
        DenialReason::ExplicitDeny(PolicyType::ServiceControl) => {
            "A service control policy of the organization forbids it; ask who runs the organization, nothing in the account can change that."
        }
        DenialReason::ExplicitDeny(PolicyType::ResourceControl) => {
            "A resource control policy in the organization of the resource's account forbids it; ask who runs that organization."
        }
        DenialReason::Ambiguous => {
            "Check the Region first, then whether the key exists, then its key policy: the service does not say which it is."
        }
        DenialReason::Unknown => "The messages of the sample events are all that is known.",
    }
}

//! What to do about a denial, by the policy that it names.

use crate::evidence::{Layer, Ruling};

/// What to do, for a call of any service.
pub(super) fn advice(ruling: Ruling) -> &'static str {
    match ruling {
        Ruling::NoAllow(Layer::Identity) => {
            "Allow the action on the resource in a policy that is attached to the caller."
        }
        Ruling::NoAllow(Layer::Resource) => "Allow the caller in the policy of the resource.",
        Ruling::NoAllow(Layer::Session) => {
            "The policy that was passed to AssumeRole leaves the action out: look at who assumes the role, not at the role."
        }
        Ruling::NoAllow(Layer::Boundary) => {
            "Allow the action in the permissions boundary of the caller; its own policies are not what stops it."
        }
        Ruling::NoAllow(Layer::Endpoint) => {
            "Allow the action in the policy of the VPC endpoint that the call went through."
        }
        Ruling::NoAllow(Layer::ServiceControl) => {
            "The organization does not allow the action in this account; nothing in the account can change that."
        }
        Ruling::NoAllow(Layer::ResourceControl) => {
            "The organization of the resource's account does not allow it; nothing in the account can change that."
        }
        Ruling::NoAllow(Layer::RoleTrust) | Ruling::ExplicitDeny(Layer::RoleTrust) => {
            "Look at the trust policy of the role that was to be assumed."
        }
        Ruling::ExplicitDeny(Layer::Identity) => {
            "Find the Deny in the policies of the caller, and its condition; a further Allow changes nothing."
        }
        Ruling::ExplicitDeny(Layer::Resource) => {
            "Find the Deny in the policy of the resource, and its condition; a further Allow changes nothing."
        }
        Ruling::ExplicitDeny(Layer::Session) => {
            "Find the Deny in the policy that was passed to AssumeRole; a further Allow changes nothing."
        }
        Ruling::ExplicitDeny(Layer::Boundary) => {
            "Find the Deny in the permissions boundary of the caller; a further Allow changes nothing."
        }
        Ruling::ExplicitDeny(Layer::Endpoint) => {
            "Find the Deny in the policy of the VPC endpoint that the call went through."
        }
        Ruling::ExplicitDeny(Layer::ServiceControl) => {
            "A service control policy of the organization forbids it; ask who runs the organization, nothing in the account can change that."
        }
        Ruling::ExplicitDeny(Layer::ResourceControl) => {
            "A resource control policy in the organization of the resource's account forbids it; ask who runs that organization."
        }
        Ruling::Ambiguous => {
            "Check the Region first, then whether the key exists, then its key policy: the service does not say which it is."
        }
        Ruling::Unknown => "The messages of the sample events are all that is known.",
    }
}

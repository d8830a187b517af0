//! Calls that the function makes itself.

use crate::evidence::Fact;
use crate::record::{Record, Selectors, Slot};

/// Who this function is, so that the calls it makes itself are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnIdentity {
    /// The function's role.
    pub role_arn: Option<String>,
    /// The function's name, which is the name of its role session.
    pub function_name: Option<String>,
    /// The account that it runs in.
    pub account: Option<String>,
}

/// Where a record says who made the call.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    role_arn: Slot,
    account: Slot,
    identity_arn: Slot,
}

impl Caller {
    pub(super) fn register(selectors: &mut Selectors) -> Self {
        let mut slot = |fact: Fact| selectors.slot(&fact.selector());
        Self {
            role_arn: slot(Fact::RoleArn),
            account: slot(Fact::AccountId),
            identity_arn: slot(Fact::IdentityArn),
        }
    }

    /// Whether this function made the call.
    pub(super) fn is(&self, own: &OwnIdentity, record: Record<'_>) -> bool {
        let is =
            |known: &Option<String>, slot| known.is_some() && known.as_deref() == record.text(slot);
        is(&own.role_arn, self.role_arn)
            || is(&own.account, self.account)
                && own.function_name.as_deref().is_some_and(|name| {
                    let arn = record.text(self.identity_arn).unwrap_or_default();
                    arn.contains(":assumed-role/") && arn.rsplit('/').next() == Some(name)
                })
    }
}

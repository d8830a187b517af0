//! The fields of a CloudTrail record that notifications use.

use serde::{Deserialize, Serialize};

use cloudwatch_filter_pattern::record::{Selector, Step};

/// A field of a CloudTrail record, or a value derived from one.
///
/// Source: CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    missing_docs,
    reason = "CloudTrail's own names; `Fact::selector` has the path of each"
)]
pub enum Fact {
    EventTime,
    EventName,
    EventSource,
    ErrorCode,
    ErrorMessage,
    AwsRegion,
    RecipientAccountId,
    IdentityType,
    IdentityArn,
    PrincipalId,
    UserName,
    AccessKeyId,
    AccountId,
    InvokedBy,
    RoleArn,
    #[serde(rename = "sourceIPAddress")]
    SourceIpAddress,
    UserAgent,
    VpcEndpointId,
    KeyId,
    ResourceArn,
    EncryptionContext,
    RequestParameters,
    /// IDs and ARNs in the response, as `vpcId vpc-1, ...`.
    ResponseIds,
    ConsoleLogin,
    #[serde(rename = "mfaUsed")]
    MfaUsed,
    /// The resource in an access-denied message. Such a record has no `resources`.
    DeniedResource,
    /// The reason in an access-denied message ([`AccessDenied::reason`](crate::evidence::AccessDenied::reason)).
    #[serde(rename = "policyLayer")]
    DenialReason,
    /// A key and its state in a KMS message ([`KeyState`](crate::evidence::KeyState)): `arn:... is pending deletion`.
    KeyState,
    #[serde(rename = "requestID")]
    RequestId,
    #[serde(rename = "eventID")]
    EventId,
    /// The combination of values with which the record is the first one, of an alarm with `FirstSeen`: `$.awsRegion=eu-west-3`,
    /// separated by commas. Not a field of the record.
    FirstSeen,
    /// Since when that combination was not seen. Not a field of the record.
    NotSeenSince,
}

impl Fact {
    /// The facts that notifications count by: each combination of their values has its own count. Callers without an
    /// ARN are counted by the facts that identify them instead.
    ///
    /// The source address is not included: forty tasks have forty addresses, which would leave no capacity for other
    /// calls.
    pub const TALLIED: [Self; 10] = [
        Self::EventSource,
        Self::EventName,
        Self::ErrorCode,
        Self::ResourceArn,
        Self::KeyId,
        Self::DeniedResource,
        Self::DenialReason,
        Self::KeyState,
        Self::ConsoleLogin,
        Self::IdentityArn,
    ];

    /// All facts of a record, in the order of their declaration. [`Fact::FirstSeen`] and [`Fact::NotSeenSince`] are not of a record.
    pub const ALL: [Self; 30] = [
        Self::EventTime,
        Self::EventName,
        Self::EventSource,
        Self::ErrorCode,
        Self::ErrorMessage,
        Self::AwsRegion,
        Self::RecipientAccountId,
        Self::IdentityType,
        Self::IdentityArn,
        Self::PrincipalId,
        Self::UserName,
        Self::AccessKeyId,
        Self::AccountId,
        Self::InvokedBy,
        Self::RoleArn,
        Self::SourceIpAddress,
        Self::UserAgent,
        Self::VpcEndpointId,
        Self::KeyId,
        Self::ResourceArn,
        Self::EncryptionContext,
        Self::RequestParameters,
        Self::ResponseIds,
        Self::ConsoleLogin,
        Self::MfaUsed,
        Self::DeniedResource,
        Self::DenialReason,
        Self::KeyState,
        Self::RequestId,
        Self::EventId,
    ];

    /// The path of the fact, or of the field that it is derived from. For a fact that is not of a record, its name.
    pub fn selector(self) -> Selector {
        let names: &[&str] = match self {
            Self::EventTime => &["eventTime"],
            Self::EventName => &["eventName"],
            Self::EventSource => &["eventSource"],
            Self::ErrorCode => &["errorCode"],
            Self::ErrorMessage | Self::DeniedResource | Self::DenialReason | Self::KeyState => {
                &["errorMessage"]
            }
            Self::AwsRegion => &["awsRegion"],
            Self::RecipientAccountId => &["recipientAccountId"],
            Self::IdentityType => &["userIdentity", "type"],
            Self::IdentityArn => &["userIdentity", "arn"],
            Self::PrincipalId => &["userIdentity", "principalId"],
            Self::UserName => &["userIdentity", "userName"],
            Self::AccessKeyId => &["userIdentity", "accessKeyId"],
            Self::AccountId => &["userIdentity", "accountId"],
            Self::InvokedBy => &["userIdentity", "invokedBy"],
            Self::RoleArn => &["userIdentity", "sessionContext", "sessionIssuer", "arn"],
            Self::SourceIpAddress => &["sourceIPAddress"],
            Self::UserAgent => &["userAgent"],
            Self::VpcEndpointId => &["vpcEndpointId"],
            Self::KeyId => &["requestParameters", "keyId"],
            Self::ResourceArn => {
                let member = |name: &str| Step::Member(name.into());
                return Selector::new(vec![member("resources"), Step::Any, member("ARN")]);
            }
            Self::EncryptionContext => &["requestParameters", "encryptionContext"],
            Self::RequestParameters => &["requestParameters"],
            Self::ResponseIds => &["responseElements"],
            Self::ConsoleLogin => &["responseElements", "ConsoleLogin"],
            Self::MfaUsed => &["additionalEventData", "MFAUsed"],
            Self::RequestId => &["requestID"],
            Self::EventId => &["eventID"],
            Self::FirstSeen => &["firstSeen"],
            Self::NotSeenSince => &["notSeenSince"],
        };
        Selector::of_members(names)
    }

    /// Maximum length of a value in characters. An `errorMessage` contains the caller, the action and the resource.
    pub(super) fn max_chars(self) -> usize {
        match self {
            Self::ErrorMessage | Self::EncryptionContext => 1_024,
            Self::RequestParameters | Self::FirstSeen => 512,
            _ => 256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fact;

    #[test]
    fn all_lists_facts_in_declaration_order() {
        assert!(
            Fact::ALL
                .into_iter()
                .enumerate()
                .all(|(at, fact)| fact as usize == at)
        );
    }
}

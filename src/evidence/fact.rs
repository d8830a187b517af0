//! The facts of one record.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::denial::AccessDenied;
use super::key_state::KeyState;
use super::response;
use cloudwatch_filter_pattern::record::{Record, Selector, Selectors, Slot, Step, Value};

/// One thing that a CloudTrail record says, named by the key it has there.
///
/// Source: CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    missing_docs,
    reason = "CloudTrail's own names; `Fact::selector` shows where each stands"
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
    /// Ids and ARNs that the service gave in its answer, as `vpcId vpc-1, ...`.
    ResponseIds,
    ConsoleLogin,
    #[serde(rename = "mfaUsed")]
    MfaUsed,
    /// The resource that an access-denied message names; such a record has no `resources`.
    DeniedResource,
    /// The policy that an access-denied message blames ([`AccessDenied::ruling`]).
    #[serde(rename = "policyLayer")]
    DenialReason,
    /// A key and its state, as a message of KMS says it ([`KeyState`]): `arn:... is pending deletion`.
    KeyState,
    #[serde(rename = "requestID")]
    RequestId,
    #[serde(rename = "eventID")]
    EventId,
}

impl Fact {
    /// What a notification counts by: each combination of these, and of what names a caller without an ARN, is told with
    /// its number. The address is not among them: forty tasks have forty, and would leave no room for another call.
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

    /// All of them.
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

    /// Where the record says it.
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
        };
        Selector::of_members(names)
    }

    /// Longest value that is kept, in characters. An `errorMessage` holds the ARNs of caller, action and resource.
    fn limit(self) -> usize {
        match self {
            Self::ErrorMessage | Self::EncryptionContext => 1_024,
            Self::RequestParameters => 512,
            _ => 256,
        }
    }

    /// What this fact is of the text that stands where its selector points; `denial` is that of the record's
    /// `errorMessage`.
    fn of<'t>(self, text: Cow<'t, str>, denial: Option<&AccessDenied<'t>>) -> Option<Cow<'t, str>> {
        match self {
            Self::DeniedResource => denial?.resource.map(Cow::Borrowed),
            Self::DenialReason => Some(Cow::Borrowed(denial?.ruling.as_str())),
            Self::KeyState => Some(Cow::Owned(KeyState::statement(&text)?.to_owned())),
            Self::ResponseIds => response::ids(&text).map(Cow::Owned),
            _ => Some(text),
        }
    }
}

/// Most bytes that the facts of one record take as JSON: a DynamoDB item holds those of forty.
const MAX_BYTES: usize = 3 << 10;

/// Most bytes of what a notification counts by: an item holds those of 95.
const MAX_TALLIED_BYTES: usize = 1_200;

/// Stands at the end of a value that was cut.
const CUT: char = '\u{2026}';

/// The facts of one record that has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<Fact, String>);

impl Facts {
    /// What the record says there; none where it says nothing or `null`.
    pub fn text(&self, fact: Fact) -> Option<&str> {
        self.0.get(&fact).map(String::as_str)
    }

    /// All of them, in the order of [`Fact`], which is what sorts facts.
    pub fn iter(&self) -> impl Iterator<Item = (Fact, &str)> {
        self.0.iter().map(|(&fact, text)| (fact, text.as_str()))
    }

    /// When the call was made; none where the record does not say it in CloudTrail's form.
    pub fn time(&self) -> Option<Timestamp> {
        self.text(Fact::EventTime)?.parse().ok()
    }

    /// Those that notifications count by.
    #[must_use]
    pub fn tallied(&self) -> Self {
        let naming = naming(|fact| self.text(fact).map(Cow::Borrowed));
        let said = (Fact::TALLIED.iter().chain(naming))
            .filter_map(|fact| self.0.get_key_value(fact))
            .map(|(&fact, text)| (fact, text.clone()));
        Self(said.collect()).within(MAX_TALLIED_BYTES)
    }

    /// The same in so many bytes of JSON at most: the longest values are cut, or left out where nothing would remain.
    fn within(self, bytes: usize) -> Self {
        let weight_of_all: usize = self.0.values().map(|text| MEMBER_BYTES + weigh(text)).sum();
        if weight_of_all <= bytes {
            return self;
        }
        let mut facts: Vec<(usize, Fact, String)> = (self.0.into_iter())
            .map(|(fact, text)| (weigh(&text), fact, text))
            .collect();
        facts.sort();
        let mut left = bytes;
        let kept = facts
            .into_iter()
            .filter_map(|(weight_of_text, fact, text)| {
                let room = left.checked_sub(MEMBER_BYTES)?;
                if weight_of_text <= room {
                    left = room - weight_of_text;
                    return Some((fact, text));
                }
                let room = room.checked_sub(CUT.len_utf8())?;
                let mut used = 0;
                let mut short: String = text
                    .chars()
                    .take_while(|&char| {
                        used += weight(char);
                        used <= room
                    })
                    .collect();
                left = 0;
                short.push(CUT);
                Some((fact, short))
            });
        Self(kept.collect())
    }

    /// JSON text that is the same for equal facts.
    ///
    /// # Panics
    /// Never: a map of texts is JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a map of texts is JSON")
    }
}

/// Facts from pairs, as tests give them.
impl<const N: usize> From<[(Fact, &str); N]> for Facts {
    fn from(pairs: [(Fact, &str); N]) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(fact, text)| (fact, text.to_owned()))
                .collect(),
        )
    }
}

/// Where a [`cloudwatch_filter_pattern::record::Reader`] puts what facts are made of: a slot for each of [`Fact::ALL`].
#[derive(Clone, Debug)]
pub struct FactExtractor([Slot; Fact::ALL.len()]);

impl FactExtractor {
    /// Asks for all facts.
    pub fn register(selectors: &mut Selectors) -> Self {
        Self(Fact::ALL.map(|fact| selectors.slot(&fact.selector())))
    }

    /// What this record says of one fact.
    pub fn text<'r>(&self, record: Record<'r>, fact: Fact) -> Option<&'r str> {
        record.text(self.slot(fact))
    }

    fn slot(&self, fact: Fact) -> Slot {
        self.0[fact as usize]
    }

    /// The text that stands where the fact's selector points.
    fn stated<'r>(&self, record: Record<'r>, fact: Fact) -> Option<Cow<'r, str>> {
        match record.value(self.slot(fact))? {
            Value::String(text) | Value::Number(text) => Some(Cow::Borrowed(text)),
            value @ (Value::Array { .. } | Value::Object { .. }) => record.json(value),
            Value::Null | Value::Bool(_) => None,
        }
    }

    /// What the record says of these facts, uncut.
    fn said<'r>(
        &self,
        record: Record<'r>,
        facts: impl Iterator<Item = Fact>,
    ) -> impl Iterator<Item = (Fact, Cow<'r, str>)> {
        let denial = self
            .text(record, Fact::ErrorMessage)
            .and_then(AccessDenied::of);
        facts.filter_map(move |fact| {
            let text = fact.of(self.stated(record, fact)?, denial.as_ref())?;
            Some((fact, text))
        })
    }

    /// The facts of a record.
    pub fn facts(&self, record: Record<'_>) -> Facts {
        let said = self.said(record, Fact::ALL.into_iter());
        let said = said.map(|(fact, text)| (fact, cut(&text, fact.limit())));
        let mut facts: BTreeMap<Fact, String> = said.collect();
        // Of a call that has a context, the context is what tells something; it would be kept twice.
        if facts.contains_key(&Fact::EncryptionContext) {
            facts.remove(&Fact::RequestParameters);
        }
        Facts(facts).within(MAX_BYTES)
    }

    /// What notifications count the record by.
    pub fn tallied(&self, record: Record<'_>) -> Facts {
        let said = self.said_of_tallied(record);
        let said = said.map(|(fact, text)| (fact, cut(&text, fact.limit())));
        Facts(said.collect()).within(MAX_TALLIED_BYTES)
    }

    /// Writes what [`FactExtractor::tallied`] is made of, and nothing else: what writes the same, is tallied the same.
    pub fn write_tallied(&self, record: Record<'_>, bytes: &mut Vec<u8>) {
        for (fact, text) in self.said_of_tallied(record) {
            bytes.push(fact as u8);
            bytes.extend(text.len().to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }

    fn said_of_tallied<'r>(
        &self,
        record: Record<'r>,
    ) -> impl Iterator<Item = (Fact, Cow<'r, str>)> {
        let naming = naming(|fact| self.stated(record, fact));
        self.said(record, Fact::TALLIED.iter().chain(naming).copied())
    }

    /// What the record's facts begin with, as far as that can be told without making them.
    ///
    /// These stay whole whatever else the record says, and so begin its facts as they are kept: they are short, and the
    /// longest are cut first. All that are not longer find room together.
    pub fn prefix<'r>(&self, record: Record<'r>) -> Vec<(Fact, &'r str)> {
        const { assert!(Fact::ALL.len() * (MEMBER_BYTES + MAX_WHOLE) <= MAX_BYTES) };
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        let said = [Fact::EventTime, Fact::EventName]
            .into_iter()
            .map_while(|fact| {
                let text = self.text(record, fact)?;
                let is_whole = text.len() <= MAX_WHOLE && text.bytes().all(is_plain);
                is_whole.then_some((fact, text))
            });
        said.collect()
    }
}

/// Longest text that is whole in any facts, in bytes.
const MAX_WHOLE: usize = 64;

/// What names the caller where the record has no ARN of it: a failed login, root of old, a service, a SAML user,
/// another account (CloudTrail User Guide, "CloudTrail userIdentity element"). `text` is what the record says.
fn naming<'t>(text: impl Fn(Fact) -> Option<Cow<'t, str>>) -> &'static [Fact] {
    let has = |fact: Fact| text(fact).is_some_and(|text| !text.is_empty());
    let is = |kind: &str| text(Fact::IdentityType).as_deref() == Some(kind);
    if has(Fact::IdentityArn) {
        &[]
    } else if is("Root") {
        &[Fact::IdentityType]
    } else if is("AWSAccount") && has(Fact::AccountId) {
        // A service may call on its behalf; it is the account that tells who.
        &[Fact::IdentityType, Fact::PrincipalId, Fact::AccountId]
    } else if has(Fact::InvokedBy) {
        &[Fact::IdentityType, Fact::InvokedBy]
    } else if is("AWSService") {
        // Its address is its name.
        &[Fact::IdentityType, Fact::SourceIpAddress]
    } else if has(Fact::UserName) {
        &[Fact::IdentityType, Fact::UserName]
    } else {
        &[Fact::IdentityType, Fact::PrincipalId, Fact::AccountId]
    }
}

/// Most bytes of a member of a JSON object beside its text: name, quotes, colon and comma.
const MEMBER_BYTES: usize = 32;

/// How many bytes a text takes in JSON: the sum of its characters' [`weight`].
fn weigh(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => 1,
        ..=0x1f => 5,
        _ => 0,
    };
    text.len() + text.bytes().map(escaped).sum::<usize>()
}

/// How many bytes a character takes in JSON.
fn weight(char: char) -> usize {
    match char {
        '"' | '\\' => 2,
        '\0'..='\u{1f}' => 6,
        _ => char.len_utf8(),
    }
}

fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => {
            let mut short = text[..end].to_owned();
            short.push(CUT);
            short
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(json: &str) -> Facts {
        let mut selectors = Selectors::default();
        let fields = FactExtractor::register(&mut selectors);
        let mut reader = selectors.into_reader();
        fields.facts(reader.read(json).unwrap())
    }

    #[test]
    fn facts_stand_in_the_order_that_sorts_them() {
        assert!(
            Fact::ALL
                .into_iter()
                .enumerate()
                .all(|(at, fact)| fact as usize == at)
        );
    }

    #[test]
    fn facts_are_what_the_record_says() {
        let facts = facts(
            r#"{"eventTime":"2026-11-20T02:15:01Z","errorCode":null,"userIdentity":{"arn":
            "arn:aws:sts::111122223333:assumed-role/app/0123456789abcdef"},"resources":[{"ARN":"arn:k"}],
            "requestParameters":{"encryptionContext":{"a":"b"}},"new":1}"#,
        );
        assert_eq!(
            facts.to_json(),
            r#"{"eventTime":"2026-11-20T02:15:01Z","identityArn":"arn:aws:sts::111122223333:assumed-role/app/0123456789abcdef","resourceArn":"arn:k","encryptionContext":"{\"a\":\"b\"}"}"#
        );
        assert_eq!(facts.time().unwrap().to_string(), "2026-11-20T02:15:01Z");
        assert_eq!(
            serde_json::from_str::<Facts>(&facts.to_json()).unwrap(),
            facts
        );
    }

    #[test]
    fn no_record_takes_more_than_its_share_of_an_item() {
        for filler in ["a", "\\\"", "\\u0001", "é", "\u{1f511}"] {
            let long = filler.repeat(4_000);
            let facts = facts(&format!(
                r#"{{"errorCode":"{long}","errorMessage":"{long}","userAgent":"{long}","eventName":"{long}","eventID":"e",
                "eventSource":"kms.amazonaws.com","sourceIPAddress":"{long}","userIdentity":{{"arn":"{long}"}},
                "resources":[{{"ARN":"{long}"}}],"requestParameters":{{"keyId":"{long}","encryptionContext":{{"k":"{long}"}}}}}}"#
            ));
            assert!(facts.to_json().len() <= MAX_BYTES, "{filler}");
            assert!(facts.to_json().len() > MAX_BYTES / 2, "{filler}");
            assert!(
                facts.tallied().to_json().len() <= MAX_TALLIED_BYTES,
                "{filler}"
            );
            assert_eq!(
                facts.text(Fact::EventId),
                Some("e"),
                "short values stay whole"
            );
            assert_eq!(
                facts.tallied().text(Fact::EventSource),
                Some("kms.amazonaws.com")
            );
        }
    }

    #[test]
    fn a_caller_without_an_arn_is_counted_by_what_names_it() {
        for (identity, tallied) in [
            (
                r#"{"type":"IAMUser","userName":"anaya","accountId":"1"}"#,
                r#"{"identityType":"IAMUser","userName":"anaya"}"#,
            ),
            (
                r#"{"type":"Root","principalId":"1"}"#,
                r#"{"identityType":"Root"}"#,
            ),
            (
                r#"{"type":"AWSService","invokedBy":"rds.amazonaws.com"}"#,
                r#"{"identityType":"AWSService","invokedBy":"rds.amazonaws.com"}"#,
            ),
            (
                r#"{"type":"AWSAccount","principalId":"A:s","accountId":"9"}"#,
                r#"{"identityType":"AWSAccount","principalId":"A:s","accountId":"9"}"#,
            ),
            (
                r#"{"type":"IAMUser","arn":"arn:u","userName":"anaya"}"#,
                r#"{"identityArn":"arn:u"}"#,
            ),
        ] {
            let facts = facts(&format!(
                r#"{{"userIdentity":{identity},"sourceIPAddress":"10.0.0.1"}}"#
            ));
            assert_eq!(facts.tallied().to_json(), tallied);
        }
    }

    #[test]
    fn a_long_value_is_cut_with_a_mark() {
        let long = "é".repeat(300);
        let facts = facts(&format!(r#"{{"userAgent":"{long}"}}"#));
        assert_eq!(
            facts.text(Fact::UserAgent).unwrap(),
            format!("{}…", "é".repeat(256))
        );
    }
}

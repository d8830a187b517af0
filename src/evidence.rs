//! What a notification tells of the records behind it: who, what, where, when.
//!
//! [`Fields`] captures the [`Facts`] of one record; [`Evidence`] is what many of them say together. Facts are a function
//! of the record alone, so that the same record gives the same facts on every delivery and a set of them can only grow.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::record::{Record, Selector, Selectors, Slot, Step, Value};

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
    #[serde(rename = "requestID")]
    RequestId,
    #[serde(rename = "eventID")]
    EventId,
}

impl Fact {
    const ALL: [Self; 23] = [
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
        Self::RequestId,
        Self::EventId,
    ];

    /// What a notification counts by: each combination of these is told with its number.
    pub const TALLIED: [Self; 7] = [
        Self::EventSource,
        Self::EventName,
        Self::ErrorCode,
        Self::ResourceArn,
        Self::KeyId,
        Self::IdentityArn,
        Self::SourceIpAddress,
    ];

    /// Where the record says it.
    pub fn selector(self) -> Selector {
        let names: &[&str] = match self {
            Self::EventTime => &["eventTime"],
            Self::EventName => &["eventName"],
            Self::EventSource => &["eventSource"],
            Self::ErrorCode => &["errorCode"],
            Self::ErrorMessage => &["errorMessage"],
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
            Self::RequestId => &["requestID"],
            Self::EventId => &["eventID"],
        };
        Selector::of_members(names)
    }

    /// Longest value that is kept, in characters. An `errorMessage` holds the ARNs of caller, action and resource.
    fn limit(self) -> usize {
        match self {
            Self::ErrorMessage | Self::EncryptionContext => 1_024,
            _ => 256,
        }
    }
}

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

    /// When the call was made; none where the record does not say it in CloudTrail's form.
    pub fn time(&self) -> Option<Timestamp> {
        self.text(Fact::EventTime)?.parse().ok()
    }

    /// The name of the role session that made the call: for an ECS task its id.
    pub fn session_name(&self) -> Option<&str> {
        let arn = self.text(Fact::IdentityArn)?;
        let (_, session) = arn.split_once(":assumed-role/")?.1.split_once('/')?;
        Some(session)
    }

    /// Those that notifications count by.
    #[must_use]
    pub fn tallied(&self) -> Self {
        let said = |fact: &Fact| Some((*fact, self.0.get(fact)?.clone()));
        Self(Fact::TALLIED.iter().filter_map(said).collect())
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

/// Where a [`crate::record::Reader`] puts what facts are made of.
#[derive(Clone, Debug)]
pub struct Fields(Vec<(Fact, Slot)>);

impl Fields {
    /// Asks for all facts.
    pub fn register(selectors: &mut Selectors) -> Self {
        Self(
            Fact::ALL
                .iter()
                .map(|&fact| (fact, selectors.slot(&fact.selector())))
                .collect(),
        )
    }

    /// What this record says of one fact.
    pub fn text<'r>(&self, record: Record<'r>, fact: Fact) -> Option<&'r str> {
        let (_, slot) = self.0.iter().find(|(known, _)| *known == fact)?;
        record.text(*slot)
    }

    /// The facts of a record.
    pub fn facts(&self, record: Record<'_>) -> Facts {
        let text = |value| match value {
            Value::String(text) | Value::Number(text) => Some(text),
            Value::Array { json, .. } | Value::Object { json } => Some(json),
            Value::Null | Value::Bool(_) => None,
        };
        let said = self.0.iter().filter_map(|&(fact, slot)| {
            let text = record.value(slot).and_then(text)?;
            Some((fact, cut(text, fact.limit())))
        });
        Facts(said.collect())
    }
}

fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => {
            let mut short = text[..end].to_owned();
            short.push(CUT);
            short
        }
    }
}

/// What is known of the records that an alarm counted in a span of time.
///
/// It was written by an earlier version where a member is missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Evidence {
    /// How many records (or distinct values) were counted.
    pub count: u64,
    /// Whether there were more than could be stored, so that `count` is a lower bound.
    pub at_least: bool,
    /// When the first call was made.
    pub first: Option<Timestamp>,
    /// When the last call was made.
    pub last: Option<Timestamp>,
    /// How often each combination of [`Fact::TALLIED`] was counted, the most frequent first.
    pub tallies: Vec<Tally>,
    /// How many of `count` are in no tally: there were more combinations than are kept, or values were counted.
    pub untallied: u64,
    /// How the count is spread over time.
    pub timeline: Timeline,
    /// Matches that an `Exclude` entry kept from counting.
    pub excluded: u64,
    /// Records that were delivered again.
    pub duplicates: u64,
    /// Records that came too late to count, or from the future, by the time of their delivery.
    pub too_late: u64,
    /// Facts of some of the records, the earliest first.
    pub records: Vec<Facts>,
}

/// How often records that say the same were counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// What they say, as far as it is in [`Fact::TALLIED`].
    pub facts: Facts,
    /// How many say it.
    pub count: u64,
}

/// Counts in equal slots of time, one after the other; the last ends where what is told of ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeline {
    /// Where the first slot begins.
    pub start: Timestamp,
    /// How long a slot is, in seconds.
    pub slot_seconds: u32,
    /// How many were counted in each slot; empty where nothing is known.
    pub counts: Vec<u64>,
}

impl Evidence {
    /// How often each value of a fact of [`Fact::TALLIED`] was counted, the most frequent first.
    pub fn tally(&self, fact: Fact) -> Vec<(&str, u64)> {
        self.tally_by(|facts| facts.text(fact))
    }

    /// How often each text was counted that `of` finds in [`Fact::TALLIED`], the most frequent first.
    pub fn tally_by<'e>(
        &'e self,
        of: impl Fn(&'e Facts) -> Option<&'e str>,
    ) -> Vec<(&'e str, u64)> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for tally in &self.tallies {
            if let Some(text) = of(&tally.facts) {
                *counts.entry(text).or_default() += tally.count;
            }
        }
        most_frequent_first(counts)
    }

    /// How often each text occurs that `of` finds in the kept records, the most frequent first.
    pub fn among_records<'e>(
        &'e self,
        of: impl Fn(&'e Facts) -> Option<&'e str>,
    ) -> Vec<(&'e str, u64)> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for text in self.records.iter().filter_map(of) {
            *counts.entry(text).or_default() += 1;
        }
        most_frequent_first(counts)
    }
}

fn most_frequent_first(counts: BTreeMap<&str, u64>) -> Vec<(&str, u64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(json: &str) -> Facts {
        let mut selectors = Selectors::default();
        let fields = Fields::register(&mut selectors);
        let mut reader = selectors.into_reader();
        fields.facts(reader.read(json).unwrap())
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
        assert_eq!(facts.session_name(), Some("0123456789abcdef"));
        assert_eq!(facts.time().unwrap().to_string(), "2026-11-20T02:15:01Z");
        assert_eq!(
            serde_json::from_str::<Facts>(&facts.to_json()).unwrap(),
            facts
        );
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

    #[test]
    fn a_tally_has_the_most_frequent_first_and_is_stable() {
        let tally = |code, count| Tally {
            facts: Facts::from([(Fact::ErrorCode, code)]),
            count,
        };
        let evidence = Evidence {
            tallies: vec![tally("B", 1), tally("C", 2), tally("A", 1), tally("C", 3)],
            ..Evidence::default()
        };
        assert_eq!(
            evidence.tally(Fact::ErrorCode),
            [("C", 5), ("A", 1), ("B", 1)]
        );
    }

    #[test]
    fn evidence_that_an_earlier_version_stored_is_read() {
        let evidence: Evidence = serde_json::from_str(
            r#"{"count":2,"atLeast":false,"first":null,"last":null,"records":[]}"#,
        )
        .unwrap();
        assert_eq!(evidence.count, 2);
        assert_eq!(evidence.tallies, []);
    }
}

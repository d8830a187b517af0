//! The facts of one record as a map of bounded size.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::fact::Fact;

/// Maximum size of the facts of one record as JSON, in bytes. A DynamoDB item has capacity for forty.
pub(super) const MAX_BYTES: usize = 3 << 10;

/// Maximum size of tallied facts as JSON, in bytes. A DynamoDB item has capacity for 95.
pub(super) const MAX_TALLIED_BYTES: usize = 1_200;

/// The end of a truncated value.
const ELLIPSIS: char = '\u{2026}';

/// The facts of one record; absent fields have no entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(pub(super) BTreeMap<Fact, String>);

impl Facts {
    /// The value of a fact. `None` if the field is absent or `null`.
    pub fn text(&self, fact: Fact) -> Option<&str> {
        self.0.get(&fact).map(String::as_str)
    }

    /// The facts with another one, within the size limit.
    #[must_use]
    pub fn with(mut self, fact: Fact, text: &str) -> Self {
        self.0.insert(fact, truncate(text, fact.max_chars()));
        self.within(MAX_BYTES)
    }

    /// All facts in the order of [`Fact`], which also determines the order of two `Facts`.
    pub fn iter(&self) -> impl Iterator<Item = (Fact, &str)> {
        self.0.iter().map(|(&fact, text)| (fact, text.as_str()))
    }

    /// The time of the call. `None` if `eventTime` is absent or not in CloudTrail's format.
    pub fn time(&self) -> Option<Timestamp> {
        self.text(Fact::EventTime)?.parse().ok()
    }

    /// The subset that notifications count by.
    #[must_use]
    pub fn tallied(&self) -> Self {
        let caller = identifying_facts(|fact| self.text(fact).map(Cow::Borrowed));
        let tallied = (Fact::TALLIED.iter().chain(caller))
            .filter_map(|fact| self.0.get_key_value(fact))
            .map(|(&fact, text)| (fact, text.clone()));
        Self(tallied.collect()).within(MAX_TALLIED_BYTES)
    }

    /// Reduces the facts to at most `bytes` bytes of JSON: truncates the longest values, and removes those with no
    /// capacity left.
    pub(super) fn within(self, bytes: usize) -> Self {
        let total: usize = self
            .0
            .values()
            .map(|text| MEMBER_BYTES + json_len(text))
            .sum();
        if total <= bytes {
            return self;
        }
        let mut facts: Vec<(usize, Fact, String)> = (self.0.into_iter())
            .map(|(fact, text)| (json_len(&text), fact, text))
            .collect();
        facts.sort();
        let mut left = bytes;
        let kept = facts.into_iter().filter_map(|(length, fact, text)| {
            let capacity = left.checked_sub(MEMBER_BYTES)?;
            if length <= capacity {
                left = capacity - length;
                return Some((fact, text));
            }
            let capacity = capacity.checked_sub(ELLIPSIS.len_utf8())?;
            let mut used = 0;
            let mut short: String = text
                .chars()
                .take_while(|&char| {
                    used += json_len_of(char);
                    used <= capacity
                })
                .collect();
            left = 0;
            short.push(ELLIPSIS);
            Some((fact, short))
        });
        Self(kept.collect())
    }

    /// The facts as JSON. Equal facts have equal JSON.
    ///
    /// # Panics
    /// Never: any map of strings can be serialized.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("any map of strings can be serialized")
    }
}

/// For tests.
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

/// Maximum size of a JSON member without its value, in bytes: name, quotes, colon and comma.
pub(super) const MEMBER_BYTES: usize = 32;

/// The length of a JSON string in bytes without its quotes: the sum of [`json_len_of`] its characters.
fn json_len(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => 1,
        ..=0x1f => 5,
        _ => 0,
    };
    text.len() + text.bytes().map(escaped).sum::<usize>()
}

/// The length of a character in a JSON string, in bytes.
fn json_len_of(char: char) -> usize {
    match char {
        '"' | '\\' => 2,
        '\0'..='\u{1f}' => 6,
        _ => char.len_utf8(),
    }
}

/// Truncates a value to `max_chars` characters and an ellipsis.
pub(super) fn truncate(text: &str, max_chars: usize) -> String {
    if text.len() <= max_chars {
        return text.to_owned();
    }
    match text.char_indices().nth(max_chars) {
        None => text.to_owned(),
        Some((end, _)) => {
            let mut short = text[..end].to_owned();
            short.push(ELLIPSIS);
            short
        }
    }
}

/// The facts that identify a caller without an ARN; empty if there is an ARN.
///
/// A failed login, the root user in old records, a service, a SAML user and a caller of another account have no ARN.
/// Source: CloudTrail User Guide, "CloudTrail userIdentity element". `text` returns the value of a fact.
pub(super) fn identifying_facts<'t>(
    text: impl Fn(Fact) -> Option<Cow<'t, str>>,
) -> &'static [Fact] {
    let has = |fact: Fact| text(fact).is_some_and(|text| !text.is_empty());
    let is = |kind: &str| text(Fact::IdentityType).as_deref() == Some(kind);
    if has(Fact::IdentityArn) {
        &[]
    } else if is("Root") {
        &[Fact::IdentityType]
    } else if is("AWSAccount") && has(Fact::AccountId) {
        // A service can call on behalf of the account; the account is what identifies the caller.
        &[Fact::IdentityType, Fact::PrincipalId, Fact::AccountId]
    } else if has(Fact::InvokedBy) {
        &[Fact::IdentityType, Fact::InvokedBy]
    } else if is("AWSService") {
        // Its source address is its name.
        &[Fact::IdentityType, Fact::SourceIpAddress]
    } else if has(Fact::UserName) {
        &[Fact::IdentityType, Fact::UserName]
    } else {
        &[Fact::IdentityType, Fact::PrincipalId, Fact::AccountId]
    }
}

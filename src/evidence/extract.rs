//! Extraction of facts from records.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::evidence::access_denied::AccessDenied;
use crate::evidence::fact::Fact;
use crate::evidence::facts::{
    Facts, MAX_BYTES, MAX_TALLIED_BYTES, MEMBER_BYTES, identifying_facts, truncate,
};
use crate::evidence::key_state::KeyState;
use crate::evidence::response;
use cloudwatch_filter_pattern::record::{Record, Selectors, Slot, Value};

/// Maximum length of a value that is never truncated, in bytes.
const MAX_WHOLE: usize = 64;

/// Extracts facts from records: has the slot of each of [`Fact::ALL`].
#[derive(Clone, Debug)]
pub struct FactExtractor([Slot; Fact::ALL.len()]);

impl FactExtractor {
    /// Registers the selectors of all facts.
    pub fn register(selectors: &mut Selectors) -> Self {
        Self(Fact::ALL.map(|fact| selectors.slot(&fact.selector())))
    }

    /// The text of one field. For a derived fact, this is the field that it is derived from.
    pub fn text<'r>(&self, record: Record<'r>, fact: Fact) -> Option<&'r str> {
        record.text(self.slot(fact))
    }

    fn slot(&self, fact: Fact) -> Slot {
        self.0[fact as usize]
    }

    /// The value of the fact's field as text or JSON. `None` if it is absent, `null` or a boolean.
    fn raw<'r>(&self, record: Record<'r>, fact: Fact) -> Option<Cow<'r, str>> {
        match record.value(self.slot(fact))? {
            Value::String(text) | Value::Number(text) => Some(Cow::Borrowed(text)),
            value @ (Value::Array { .. } | Value::Object { .. }) => record.json(value),
            Value::Null | Value::Bool(_) => None,
        }
    }

    /// The values of these facts, not truncated.
    fn values<'r>(
        &self,
        record: Record<'r>,
        facts: impl Iterator<Item = Fact>,
    ) -> impl Iterator<Item = (Fact, Cow<'r, str>)> {
        let denied = self
            .text(record, Fact::ErrorMessage)
            .and_then(AccessDenied::parse);
        facts.filter_map(move |fact| {
            let text = value(fact, self.raw(record, fact)?, denied.as_ref())?;
            Some((fact, text))
        })
    }

    /// Extracts all facts of a record.
    pub fn facts(&self, record: Record<'_>) -> Facts {
        let values = self.values(record, Fact::ALL.into_iter());
        let mut facts = truncated(values);
        // The request parameters contain the encryption context, which is the informative part.
        if facts.contains_key(&Fact::EncryptionContext) {
            facts.remove(&Fact::RequestParameters);
        }
        Facts(facts).within(MAX_BYTES)
    }

    /// Extracts the facts that notifications count by.
    pub fn tallied(&self, record: Record<'_>) -> Facts {
        Facts(truncated(self.tallied_values(record))).within(MAX_TALLIED_BYTES)
    }

    /// Writes the input of [`FactExtractor::tallied`] to `bytes`. Records with equal bytes have equal tallied facts.
    pub fn write_tallied(&self, record: Record<'_>, bytes: &mut Vec<u8>) {
        for (fact, text) in self.tallied_values(record) {
            bytes.push(fact as u8);
            bytes.extend(text.len().to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }

    fn tallied_values<'r>(&self, record: Record<'r>) -> impl Iterator<Item = (Fact, Cow<'r, str>)> {
        let caller = identifying_facts(|fact| self.raw(record, fact));
        self.values(record, Fact::TALLIED.iter().chain(caller).copied())
    }

    /// The first facts of the record, without the cost of extracting all of them.
    ///
    /// [`FactExtractor::facts`] begins with exactly these: values of at most `MAX_WHOLE` bytes always fit together,
    /// because the longest values are truncated first.
    pub fn prefix<'r>(&self, record: Record<'r>) -> Vec<(Fact, &'r str)> {
        const { assert!(Fact::ALL.len() * (MEMBER_BYTES + MAX_WHOLE) <= MAX_BYTES) };
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        let prefix = [Fact::EventTime, Fact::EventName]
            .into_iter()
            .map_while(|fact| {
                let text = self.text(record, fact)?;
                let is_whole = text.len() <= MAX_WHOLE && text.bytes().all(is_plain);
                is_whole.then_some((fact, text))
            });
        prefix.collect()
    }
}

/// The value of a fact, from the text of its field. `denied` is the record's parsed `errorMessage`.
fn value<'t>(
    fact: Fact,
    text: Cow<'t, str>,
    denied: Option<&AccessDenied<'t>>,
) -> Option<Cow<'t, str>> {
    match fact {
        Fact::DeniedResource => denied?.resource.map(Cow::Borrowed),
        Fact::DenialReason => Some(Cow::Borrowed(denied?.reason.as_str())),
        Fact::KeyState => Some(Cow::Owned(KeyState::statement(&text)?.to_owned())),
        Fact::ResponseIds => response::ids(&text).map(Cow::Owned),
        _ => Some(text),
    }
}

/// Truncates each value to its limit.
fn truncated<'r>(values: impl Iterator<Item = (Fact, Cow<'r, str>)>) -> BTreeMap<Fact, String> {
    values
        .map(|(fact, text)| (fact, truncate(&text, fact.max_chars())))
        .collect()
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
    fn facts_are_extracted_from_a_record() {
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
    fn facts_have_a_maximum_size() {
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
                "short values are kept"
            );
            assert_eq!(
                facts.tallied().text(Fact::EventSource),
                Some("kms.amazonaws.com")
            );
        }
    }

    #[test]
    fn a_caller_without_an_arn_is_counted_by_other_facts() {
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
    fn a_long_value_is_truncated() {
        let long = "é".repeat(300);
        let facts = facts(&format!(r#"{{"userAgent":"{long}"}}"#));
        assert_eq!(
            facts.text(Fact::UserAgent).unwrap(),
            format!("{}…", "é".repeat(256))
        );
    }
}

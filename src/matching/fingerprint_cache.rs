//! FingerprintCache that were made before.

use std::collections::HashMap;

use crate::evidence::FactExtractor;
use crate::series::Fingerprint;
use cloudwatch_filter_pattern::record::Record;

/// Most fingerprints that are remembered; when there are more, all are forgotten.
const MAX_KNOWN: usize = 1_024;

/// Longest key of a fingerprint that is remembered, in bytes. Only what is made up has longer ones.
const MAX_KEY: usize = 4 << 10;

/// The fingerprints of the latest records. Forty tasks that fail alike have one, and making it costs a JSON text and a hash.
#[derive(Clone, Debug, Default)]
pub(super) struct FingerprintCache {
    /// By [`FactExtractor::write_tallied`].
    known: HashMap<Vec<u8>, Fingerprint>,
    key: Vec<u8>,
}

impl FingerprintCache {
    /// The fingerprint of a record.
    pub(super) fn of(&mut self, fields: &FactExtractor, record: Record<'_>) -> Fingerprint {
        self.key.clear();
        fields.write_tallied(record, &mut self.key);
        if let Some(fingerprint) = self.known.get(&self.key) {
            return fingerprint.clone();
        }
        let fingerprint = Fingerprint::of_tallied(fields.tallied(record));
        if self.key.len() > MAX_KEY {
            self.key = Vec::new();
            return fingerprint;
        }
        if self.known.len() == MAX_KNOWN {
            self.known.clear();
        }
        self.known.insert(self.key.clone(), fingerprint.clone());
        fingerprint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudwatch_filter_pattern::record::Selectors;

    #[track_caller]
    fn with(record: &str, check: impl FnOnce(&FactExtractor, Record<'_>)) {
        let mut selectors = Selectors::default();
        let fields = FactExtractor::register(&mut selectors);
        check(&fields, selectors.into_reader().read(record).unwrap());
    }

    #[test]
    fn a_shape_is_the_same_whether_it_is_remembered_or_made() {
        let mut fingerprints = FingerprintCache::default();
        for number in 0..2 * MAX_KNOWN + 10 {
            let code = number % (MAX_KNOWN + 5);
            let record = format!(
                r#"{{"eventID":"1","errorCode":"{code}","userIdentity":{{"type":"Root"}}}}"#
            );
            with(&record, |fields, record| {
                for _ in 0..2 {
                    assert_eq!(
                        fingerprints.of(fields, record),
                        Fingerprint::of(&fields.facts(record))
                    );
                }
            });
        }
    }

    #[test]
    fn a_shape_with_a_giant_key_is_made_and_not_remembered() {
        let mut fingerprints = FingerprintCache::default();
        let record = format!(r#"{{"errorCode":"{}"}}"#, "x".repeat(MAX_KEY));
        with(&record, |fields, record| {
            assert_eq!(
                fingerprints.of(fields, record),
                Fingerprint::of(&fields.facts(record))
            );
        });
        assert!(fingerprints.known.is_empty());
        assert_eq!(fingerprints.key.capacity(), 0);
    }

    #[test]
    fn what_differs_in_a_text_or_in_where_it_stands_has_a_shape_of_its_own() {
        let mut fingerprints = FingerprintCache::default();
        let mut known = Vec::new();
        for record in [
            r#"{"errorCode":"ab","eventName":"c"}"#,
            r#"{"errorCode":"a","eventName":"bc"}"#,
            r#"{"errorCode":"abc"}"#,
            r#"{"eventName":"abc"}"#,
            r#"{"userIdentity":{"arn":"abc","type":"Root"}}"#,
            r#"{"userIdentity":{"arn":"","type":"Root"}}"#,
        ] {
            with(record, |fields, record| {
                let fingerprint = fingerprints.of(fields, record);
                assert!(!known.contains(&fingerprint), "{fingerprint:?}");
                known.push(fingerprint);
            });
        }
    }

    #[test]
    fn a_shape_does_not_depend_on_what_is_not_counted_by() {
        let long = "x".repeat(4_000);
        for other in ["", &long] {
            let record = format!(
                r#"{{"errorCode":"a","userAgent":"{other}","requestParameters":{{"a":"{other}"}}}}"#
            );
            with(&record, |fields, record| {
                let fingerprint = FingerprintCache::default().of(fields, record);
                assert_eq!(fingerprint.to_json(), r#"{"errorCode":"a"}"#);
            });
        }
    }
}

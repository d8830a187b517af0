//! Cache of fingerprints.

use std::collections::HashMap;

use crate::evidence::FactExtractor;
use crate::series::Fingerprint;
use cloudwatch_filter_pattern::record::Record;

/// Maximum number of cached fingerprints. When it is reached, the cache is cleared.
const MAX_KNOWN: usize = 1_024;

/// Maximum length of the key of a cached fingerprint, in bytes. Only artificial records have longer ones.
const MAX_KEY: usize = 4 << 10;

/// Fingerprints of the latest records. Repeated failures of a task share one, and computing it costs a JSON text and a hash.
#[derive(Clone, Debug, Default)]
pub(super) struct FingerprintCache {
    /// Keys are written by [`FactExtractor::write_tallied`].
    known: HashMap<Vec<u8>, Fingerprint>,
    key: Vec<u8>,
}

impl FingerprintCache {
    /// The fingerprint of a record.
    pub(super) fn of(&mut self, extractor: &FactExtractor, record: Record<'_>) -> Fingerprint {
        self.key.clear();
        extractor.write_tallied(record, &mut self.key);
        if let Some(fingerprint) = self.known.get(&self.key) {
            return fingerprint.clone();
        }
        let fingerprint = Fingerprint::of_tallied(extractor.tallied(record));
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
        let extractor = FactExtractor::register(&mut selectors);
        check(&extractor, selectors.into_reader().read(record).unwrap());
    }

    #[test]
    fn a_cached_fingerprint_equals_a_computed_one() {
        let mut fingerprints = FingerprintCache::default();
        for number in 0..2 * MAX_KNOWN + 10 {
            let code = number % (MAX_KNOWN + 5);
            let record = format!(
                r#"{{"eventID":"1","errorCode":"{code}","userIdentity":{{"type":"Root"}}}}"#
            );
            with(&record, |extractor, record| {
                for _ in 0..2 {
                    assert_eq!(
                        fingerprints.of(extractor, record),
                        Fingerprint::of(&extractor.facts(record))
                    );
                }
            });
        }
    }

    #[test]
    fn a_fingerprint_with_a_giant_key_is_not_cached() {
        let mut fingerprints = FingerprintCache::default();
        let record = format!(r#"{{"errorCode":"{}"}}"#, "x".repeat(MAX_KEY));
        with(&record, |extractor, record| {
            assert_eq!(
                fingerprints.of(extractor, record),
                Fingerprint::of(&extractor.facts(record))
            );
        });
        assert!(fingerprints.known.is_empty());
        assert_eq!(fingerprints.key.capacity(), 0);
    }

    #[test]
    fn records_that_differ_in_a_text_or_its_field_have_different_fingerprints() {
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
            with(record, |extractor, record| {
                let fingerprint = fingerprints.of(extractor, record);
                assert!(!known.contains(&fingerprint), "{fingerprint:?}");
                known.push(fingerprint);
            });
        }
    }

    #[test]
    fn a_fingerprint_depends_only_on_tallied_facts() {
        let long = "x".repeat(4_000);
        for other in ["", &long] {
            let record = format!(
                r#"{{"errorCode":"a","userAgent":"{other}","requestParameters":{{"a":"{other}"}}}}"#
            );
            with(&record, |extractor, record| {
                let fingerprint = FingerprintCache::default().of(extractor, record);
                assert_eq!(fingerprint.to_json(), r#"{"errorCode":"a"}"#);
            });
        }
    }
}

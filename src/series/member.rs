//! Deduplication keys, fingerprints, and the elements of buckets.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::evidence::Facts;

/// Deduplication key: identifies a record, or a value if the alarm counts distinct values. 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId([u8; 16]);

impl EventId {
    /// The key of an `eventID`; `None` if it is not a UUID. CloudTrail writes UUIDs.
    pub fn of_uuid(text: &str) -> Option<Self> {
        Uuid::try_parse(text)
            .ok()
            .map(|uuid| Self(uuid.into_bytes()))
    }

    /// The key of a sequence of texts: 16 bytes of a SHA-256, so that a caller cannot construct a collision.
    pub fn of_texts(texts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for text in texts {
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        }
        let mut id = [0; 16];
        for (byte, of_digest) in id.iter_mut().zip(hash.finalize()) {
            *byte = of_digest;
        }
        Self(id)
    }

    /// The 16 bytes of the key.
    pub fn to_bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// Inverse of [`EventId::to_bytes`]; `None` for another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// The shard that holds the key, out of `shards`.
    pub fn shard(self, shards: u8) -> u8 {
        // The last byte of an `eventID` is random, and every byte of a hash is.
        self.0[15] % shards.max(1)
    }

    /// The key in hexadecimal.
    pub fn to_hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// The facts by which notifications group records ([`Fact::TALLIED`](crate::evidence::Fact::TALLIED)), with a short hash of
/// them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint {
    json: Arc<str>,
    facts: Arc<Facts>,
    id: FingerprintId,
}

/// First bytes of the hash of a fingerprint. Fingerprints with the same ID are reported as one.
pub type FingerprintId = [u8; 4];

impl Fingerprint {
    /// The fingerprint of a record with these facts.
    pub fn of(facts: &Facts) -> Self {
        Self::of_tallied(facts.tallied())
    }

    /// The fingerprint with exactly these facts ([`Facts::tallied`], or
    /// [`FactExtractor::tallied`](crate::evidence::FactExtractor::tallied)).
    pub fn of_tallied(facts: Facts) -> Self {
        Self::new(facts.to_json().into(), facts)
    }

    /// Inverse of [`Fingerprint::to_json`].
    ///
    /// # Errors
    /// The text is not the JSON of facts.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        Ok(Self::new(json.into(), serde_json::from_str(json)?))
    }

    fn new(json: Arc<str>, facts: Facts) -> Self {
        let EventId([a, b, c, d, ..]) = EventId::of_texts(&[&json]);
        Self {
            json,
            facts: Arc::new(facts),
            id: [a, b, c, d],
        }
    }

    /// The short hash.
    pub fn id(&self) -> FingerprintId {
        self.id
    }

    /// The facts.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The facts as JSON.
    pub fn to_json(&self) -> &str {
        &self.json
    }
}

/// Element of a bucket: a deduplication key, a value if the alarm sums up a field, and the ID of the record's fingerprint.
///
/// Elements with the same key are equal: a correction of a record counts as that record.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    id: EventId,
    value: Option<f64>,
    fingerprint: Option<FingerprintId>,
}

impl Member {
    /// Creates an element. `value` is `None` if each element counts 1, `fingerprint` if several records can be one element.
    pub fn new(id: EventId, value: Option<f64>, fingerprint: Option<&Fingerprint>) -> Self {
        Self {
            id,
            value,
            fingerprint: fingerprint.map(|fingerprint| fingerprint.id),
        }
    }

    /// The deduplication key.
    pub fn id(self) -> EventId {
        self.id
    }

    /// Adds the element to a set. Returns `false` if the set already holds its key. Of two elements with the same key, the set
    /// keeps the one with the smaller bytes, in any order of additions.
    pub fn insert_into(self, members: &mut BTreeSet<Self>) -> bool {
        if members.insert(self) {
            return true;
        }
        if members
            .get(&self)
            .is_some_and(|known| self.to_bytes() < known.to_bytes())
        {
            members.replace(self);
        }
        false
    }

    /// The value; `None` if each element counts 1.
    pub fn value(self) -> Option<f64> {
        self.value
    }

    /// The ID of the record's fingerprint; `None` if several records can be one element.
    pub fn fingerprint(self) -> Option<FingerprintId> {
        self.fingerprint
    }

    /// The 16 bytes of the key. The value, if any, follows in 8 bytes (IEEE double, big-endian), then the fingerprint ID, if
    /// any, in 4 bytes.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.id.0.to_vec();
        bytes.extend(self.value.map(f64::to_be_bytes).into_iter().flatten());
        bytes.extend(self.fingerprint.into_iter().flatten());
        bytes
    }

    /// Inverse of [`Member::to_bytes`]; `None` for another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk()?;
        let (value, rest) = match rest.split_first_chunk() {
            Some((value, rest)) => (Some(f64::from_be_bytes(*value)), rest),
            None => (None, rest),
        };
        let fingerprint = match rest {
            [] => None,
            _ => Some(rest.try_into().ok()?),
        };
        Some(Self {
            id: EventId(*id),
            value,
            fingerprint,
        })
    }
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Member {}

impl PartialOrd for Member {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Member {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Fact;

    #[test]
    fn a_key_is_the_uuid_or_a_hash_that_depends_on_where_texts_end() {
        let id = EventId::of_uuid("1d77bd0f-85a9-4d10-a30e-7e4bd6a9bbd6").unwrap();
        assert_eq!(id.to_hex(), "1d77bd0f85a94d10a30e7e4bd6a9bbd6");
        assert_eq!(EventId::of_uuid("not a uuid"), None);
        assert_ne!(
            EventId::of_texts(&["ab", "c"]),
            EventId::of_texts(&["a", "bc"])
        );
    }

    #[test]
    fn a_member_is_read_back_from_its_bytes() {
        let id = EventId::of_texts(&["x"]);
        let fingerprint = Fingerprint::of(&Facts::from([(Fact::ErrorCode, "AccessDenied")]));
        for value in [None, Some(-0.5)] {
            for fingerprint in [None, Some(&fingerprint)] {
                let bytes = Member::new(id, value, fingerprint).to_bytes();
                let member = Member::from_bytes(&bytes).unwrap();
                assert_eq!(member.to_bytes(), bytes);
            }
        }
        assert_eq!(Member::from_bytes(&[0; 15]), None);
        assert_eq!(Member::from_bytes(&[0; 23]), None);
    }
}

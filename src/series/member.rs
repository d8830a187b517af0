//! Who is who: the identity of what is counted, and the element of a bucket that carries it.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::evidence::Facts;

/// The identity of a record, or of a value where distinct values are counted: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId([u8; 16]);

impl EventId {
    /// The identity of an `eventID`: CloudTrail writes a UUID.
    pub fn of_uuid(text: &str) -> Option<Self> {
        Uuid::try_parse(text)
            .ok()
            .map(|uuid| Self(uuid.into_bytes()))
    }

    /// The identity of whatever these texts name together: 16 bytes of a SHA-256, so that nobody can make two collide.
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

    /// Its 16 bytes.
    pub fn to_bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// Reads what [`EventId::to_bytes`] wrote; none for other lengths.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// Which of so many shards it belongs to.
    pub fn shard(self, shards: u8) -> u8 {
        // The random part of an `eventID`; what is a hash is random everywhere.
        self.0[15] % shards.max(1)
    }

    /// The identity in hexadecimal.
    pub fn to_hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// What a record says as far as notifications count by it ([`Fact::TALLIED`](crate::evidence::Fact::TALLIED)), and a
/// short name for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint {
    json: Arc<str>,
    facts: Arc<Facts>,
    id: FingerprintId,
}

/// The first bytes of a hash. Two fingerprints that share it are details as one.
pub type FingerprintId = [u8; 4];

impl Fingerprint {
    /// The fingerprint of a record with these facts.
    pub fn of(facts: &Facts) -> Self {
        Self::of_tallied(facts.tallied())
    }

    /// The fingerprint of a record that is counted by these facts ([`Facts::tallied`], or
    /// [`FactExtractor::tallied`](crate::evidence::FactExtractor::tallied)).
    pub fn of_tallied(facts: Facts) -> Self {
        Self::new(facts.to_json().into(), facts)
    }

    /// The fingerprint of which [`Fingerprint::to_json`] gave the text.
    ///
    /// # Errors
    /// The text is not of that form.
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

    /// The short name.
    pub fn id(&self) -> FingerprintId {
        self.id
    }

    /// Its facts.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Its facts as JSON.
    pub fn to_json(&self) -> &str {
        &self.json
    }
}

/// One element of a bucket: an identity, with the value it brings where the alarm sums up a field, and the fingerprint of its
/// record.
///
/// Elements of the same identity are equal: a correction of a record counts as the record.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    id: EventId,
    value: Option<f64>,
    fingerprint: Option<FingerprintId>,
}

impl Member {
    /// An element; `value` is `None` where each counts the same, `fingerprint` where several records are one element.
    pub fn new(id: EventId, value: Option<f64>, fingerprint: Option<&Fingerprint>) -> Self {
        Self {
            id,
            value,
            fingerprint: fingerprint.map(|fingerprint| fingerprint.id),
        }
    }

    /// The identity.
    pub fn id(self) -> EventId {
        self.id
    }

    /// Puts the element into a set; `false` where its identity was there. Of two with the same identity the one whose
    /// bytes are less stays, whatever their order.
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

    /// The value; none where each element counts the same.
    pub fn value(self) -> Option<f64> {
        self.value
    }

    /// The fingerprint of its record; none where several records are one element.
    pub fn fingerprint(self) -> Option<FingerprintId> {
        self.fingerprint
    }

    /// 16 bytes of identity, 8 of the value (IEEE double, big-endian) where there is one, and 4 of the fingerprint likewise.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.id.0.to_vec();
        bytes.extend(self.value.map(f64::to_be_bytes).into_iter().flatten());
        bytes.extend(self.fingerprint.into_iter().flatten());
        bytes
    }

    /// Reads what [`Member::to_bytes`] wrote; none for other lengths.
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
    fn an_identity_is_the_uuid_or_a_hash_that_keeps_texts_apart() {
        let id = EventId::of_uuid("1d77bd0f-85a9-4d10-a30e-7e4bd6a9bbd6").unwrap();
        assert_eq!(id.to_hex(), "1d77bd0f85a94d10a30e7e4bd6a9bbd6");
        assert_eq!(EventId::of_uuid("not a uuid"), None);
        assert_ne!(
            EventId::of_texts(&["ab", "c"]),
            EventId::of_texts(&["a", "bc"])
        );
    }

    #[test]
    fn a_member_survives_its_bytes() {
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

//! Records that an exclusion kept from counting.

use std::collections::BTreeMap;

use super::member::EventId;
use crate::evidence::ExclusionId;

/// A record that an `Exclude` entry kept from counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExcludedRecord {
    /// The deduplication key of the record.
    pub id: EventId,
    /// The exclusion. `None` if an earlier version stored the record.
    pub exclusion: Option<ExclusionId>,
}

impl ExcludedRecord {
    /// The 16 bytes of the key. The ID of the exclusion, if any, follows in 4 bytes.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.id.to_bytes();
        bytes.extend(self.exclusion.map(ExclusionId::to_bytes).iter().flatten());
        bytes
    }

    /// Inverse of [`ExcludedRecord::to_bytes`]; `None` for another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_at_checked(16)?;
        let exclusion = match rest {
            [] => None,
            _ => Some(ExclusionId::from_bytes(rest.try_into().ok()?)),
        };
        Some(Self {
            id: EventId::from_bytes(id)?,
            exclusion,
        })
    }
}

/// The exclusion of each record, once for each record. Two deployments can have excluded a record by different exclusions; then
/// the result is the greater ID, in any order of the records.
pub fn exclusion_by_record<'r>(
    records: impl IntoIterator<Item = &'r ExcludedRecord>,
) -> BTreeMap<EventId, Option<ExclusionId>> {
    let mut exclusions = BTreeMap::new();
    for record in records {
        let exclusion = exclusions.entry(record.id).or_default();
        *exclusion = record.exclusion.max(*exclusion);
    }
    exclusions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back_from_its_bytes_and_so_is_one_of_an_earlier_version() {
        let id = EventId::of_texts(&["x"]);
        for exclusion in [None, Some(ExclusionId::of_pattern("x"))] {
            let record = ExcludedRecord { id, exclusion };
            let bytes = record.to_bytes();
            assert_eq!(bytes.len(), if exclusion.is_some() { 20 } else { 16 });
            assert_eq!(ExcludedRecord::from_bytes(&bytes), Some(record));
        }
        for length in [0, 15, 17, 19, 21] {
            assert_eq!(ExcludedRecord::from_bytes(&vec![0; length]), None);
        }
    }

    #[test]
    fn a_record_has_one_exclusion_in_any_order() {
        let record = |name, exclusion: Option<&str>| ExcludedRecord {
            id: EventId::of_texts(&[name]),
            exclusion: exclusion.map(ExclusionId::of_pattern),
        };
        let mut records = [
            record("a", None),
            record("a", Some("x")),
            record("b", Some("x")),
            record("b", Some("y")),
            record("c", None),
        ];
        let forward = exclusion_by_record(&records);
        assert_eq!(forward.len(), 3);
        assert_eq!(forward.values().flatten().count(), 2);
        records.reverse();
        assert_eq!(exclusion_by_record(&records), forward);
    }
}

//! Facts of a record that every matching alarm needs.

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::fingerprint_cache::FingerprintCache;
use super::tally::Delivery;
use crate::evidence::{Fact, FactExtractor, Facts};
use crate::series::{Additions, Details, EventId, Fingerprint};
use cloudwatch_filter_pattern::record::{Record, Selector, Selectors, Slot};

/// The fields by which a record corrects another one (CloudTrail User Guide, "CloudTrail record contents", `addendum`).
#[derive(Clone, Debug)]
pub(super) struct Addendum {
    reason: Slot,
    original_event_id: Slot,
}

impl Addendum {
    pub(super) fn register(selectors: &mut Selectors) -> Self {
        Self {
            reason: selectors.slot(&Selector::of_members(&["addendum", "reason"])),
            original_event_id: selectors
                .slot(&Selector::of_members(&["addendum", "originalEventID"])),
        }
    }

    /// The deduplication key of a record: the `eventID` of the record that it corrects, or its own `eventID`, or the `eventId`
    /// of an aggregated event. Without one, the log group, log stream and ID of the log event, or else the text.
    fn identity(
        &self,
        extractor: &FactExtractor,
        record: Record<'_>,
        delivery: Delivery<'_>,
    ) -> EventId {
        let is_correction = record.text(self.reason) == Some("UPDATED_DATA");
        let original = is_correction
            .then(|| record.text(self.original_event_id))
            .flatten();
        original
            .or_else(|| extractor.text(record, Fact::EventId))
            .and_then(EventId::of_uuid)
            .or_else(|| aggregated_event_id(&record.message()))
            .unwrap_or_else(|| match delivery.id {
                "" => EventId::of_texts(&[&record.message()]),
                id => EventId::of_texts(&[delivery.log_group, delivery.log_stream, id]),
            })
    }
}

/// The `eventId` of an aggregated event, a summary of data events (CloudTrail User Guide, "CloudTrail record contents for
/// aggregated events").
///
/// Parses the message again, so that other records do not pay for a field that only these have.
fn aggregated_event_id(message: &str) -> Option<EventId> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Aggregated {
        event_category: String,
        event_id: String,
    }
    let event: Aggregated = serde_json::from_str(message).ok()?;
    let is_aggregated = event.event_category == "Aggregated";
    is_aggregated
        .then(|| EventId::of_uuid(&event.event_id))
        .flatten()
}

/// Facts of a record.
pub(super) struct RecordFacts<'r> {
    extractor: &'r FactExtractor,
    pub(super) record: Record<'r>,
    /// The deduplication key.
    pub(super) id: EventId,
    /// Time of the call; `None` if the record has none in CloudTrail's format.
    pub(super) called: Option<Timestamp>,
    details: Option<LazyFacts<'r>>,
}

/// The details of a record for notifications. The facts are extracted only if a bucket may keep them: usually a record is
/// one of many, and a bucket keeps the facts of a few.
struct LazyFacts<'r> {
    fingerprint: Fingerprint,
    /// The beginning of the facts.
    prefix: Vec<(Fact, &'r str)>,
    facts: OnceCell<Arc<Facts>>,
}

impl<'r> RecordFacts<'r> {
    /// Without `fingerprints`, there are no details.
    pub(super) fn new(
        extractor: &'r FactExtractor,
        addendum: &Addendum,
        record: Record<'r>,
        delivery: Delivery<'_>,
        fingerprints: Option<&mut FingerprintCache>,
    ) -> Self {
        let called = extractor.text(record, Fact::EventTime);
        Self {
            extractor,
            record,
            id: addendum.identity(extractor, record, delivery),
            called: called.and_then(|time| time.parse().ok()),
            details: fingerprints.map(|fingerprints| LazyFacts {
                fingerprint: fingerprints.of(extractor, record),
                prefix: extractor.prefix(record),
                facts: OnceCell::new(),
            }),
        }
    }

    /// The text of a fact; `None` if the record lacks it.
    pub(super) fn text(&self, fact: Fact) -> Option<&'r str> {
        self.extractor.text(self.record, fact)
    }

    /// The fingerprint; `None` without details.
    pub(super) fn fingerprint(&self) -> Option<&Fingerprint> {
        self.details.as_ref().map(|details| &details.fingerprint)
    }

    /// The details for these additions; `None` without details.
    pub(super) fn details(&self, additions: &Additions) -> Option<Details> {
        let details = self.details.as_ref()?;
        let extract = || Arc::new(self.extractor.facts(self.record));
        let may_keep = additions.may_keep(&details.prefix);
        Some(Details {
            facts: may_keep.then(|| Arc::clone(details.facts.get_or_init(extract))),
            fingerprint: details.fingerprint.clone(),
        })
    }
}

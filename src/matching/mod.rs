//! Matching of log events against all alarms.
//!
//! [`Matcher`] takes one log event at a time and adds to a [`Tally`]: the record accounting, and the additions to each bucket.
//! Matching is pure. A log event that is not a record is counted and logged with its source.
//!
//! A record is parsed for the fields that the patterns test. Only if a pattern matches, it is parsed a second time, for
//! the fields that notifications and counts need. With [`RecordParser::Fast`] the first parse is [`Reader::scan`] on the
//! escaped text in the payload; a record that it does not accept is read by the reference parser. Both parsers capture
//! the same values.

mod alarm_match;
mod candidate;
mod combination;
mod fingerprint_cache;
mod frequency;
mod own;
mod patterns;
mod record_facts;
mod tally;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::alarm_match::{AlarmMatch, AlarmSlots, is_near};
use self::fingerprint_cache::FingerprintCache;
use self::own::{Caller, OwnCall};
use self::patterns::AlarmPatterns;
use self::record_facts::{Addendum, RecordFacts};
use self::tally::Disposition;
use crate::alarm::definition::AlarmDefinition;
use crate::evidence::FactExtractor;
use cloudwatch_filter_pattern::record::{
    Encoding, Reader, Record, RecordError, Selectors, unescape,
};

pub use self::candidate::{Candidate, Candidates};
pub use self::combination::combination;
pub use self::frequency::CloudTrailFrequencies;
pub use self::own::OwnIdentity;
pub use self::tally::{Batch, Delivery, Tally};

/// Maximum number of matched records of a batch whose details are kept. A payload can hold a hundred thousand records, in as
/// many buckets.
const MAX_DETAILED: u64 = 2_000;

/// Which parser reads records. All results are the same with both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordParser {
    /// The fast path, and the reference parser for records that it does not accept.
    #[default]
    Fast,
    /// The reference parser alone.
    Reference,
}

impl RecordParser {
    /// Reads a record with this parser.
    pub fn read<'r>(
        self,
        reader: &'r mut Reader,
        message: &'r str,
    ) -> Result<Record<'r>, RecordError> {
        match self {
            Self::Fast => reader.read(message),
            Self::Reference => reader.read_reference(message),
        }
    }
}

/// All alarms, compiled for matching.
#[derive(Clone, Debug)]
pub struct Matcher {
    alarms: Arc<[AlarmDefinition]>,
    slots: Vec<AlarmSlots>,
    record_parser: RecordParser,
    patterns: AlarmPatterns,
    caller: Caller,
    /// Reads the fields of `patterns` and `caller`.
    reader: Reader,
    extractor: FactExtractor,
    addendum: Addendum,
    /// Reads all other fields.
    details: Reader,
    fingerprints: FingerprintCache,
}

/// The text of a record.
#[derive(Clone, Copy)]
enum Text<'a> {
    Message(&'a str),
    /// The escaped text from the message's first byte on, which [`Reader::scan`] has accepted, and the message's length
    /// in bytes. The closing quote of the JSON string follows the message: the scanner ends only there.
    Escaped(&'a [u8], usize),
}

impl Matcher {
    /// Compiles the alarms.
    pub fn new(alarms: Arc<[AlarmDefinition]>) -> Self {
        let mut details = Selectors::default();
        let slots = (alarms.iter())
            .map(|alarm| AlarmSlots::register(alarm, &mut details))
            .collect();
        let mut selectors = Selectors::default();
        let patterns = AlarmPatterns::new(&alarms, &mut selectors);
        let caller = Caller::register(&mut selectors);
        let extractor = FactExtractor::register(&mut details);
        let addendum = Addendum::register(&mut details);
        Self {
            alarms,
            slots,
            record_parser: RecordParser::Fast,
            patterns,
            caller,
            reader: selectors.into_reader(),
            extractor,
            addendum,
            details: details.into_reader(),
            fingerprints: FingerprintCache::default(),
        }
    }

    /// Sets the record parser.
    #[must_use]
    pub fn with_record_parser(self, record_parser: RecordParser) -> Self {
        Self {
            record_parser,
            ..self
        }
    }

    /// Disables the layout cache of the record readers: for benchmarks.
    #[doc(hidden)]
    #[must_use]
    pub fn without_layout_cache(self) -> Self {
        Self {
            reader: self.reader.without_layout_cache(),
            details: self.details.without_layout_cache(),
            ..self
        }
    }

    /// Number of records so far that were parsed by the layout cache.
    pub fn layout_cache_hits(&self) -> u64 {
        self.reader.layout_cache_hits()
    }

    /// Sets the record parser of a matcher that is in use.
    pub fn set_record_parser(&mut self, record_parser: RecordParser) {
        self.record_parser = record_parser;
    }

    /// Whether [`Matcher::match_event`] can do more with a message than count an unmatched record. That is so if the pattern
    /// of an alarm matches it, or if it cannot be read as a record.
    pub fn may_match(&mut self, message: &str) -> bool {
        let Ok(record) = self.record_parser.read(&mut self.reader, message) else {
            return true;
        };
        self.patterns.match_record(message, record);
        self.patterns.has_match()
    }

    /// Matches one log event.
    pub fn match_event(&mut self, delivery: Delivery<'_>, batch: &mut Batch<'_>) {
        let record = match self.record_parser.read(&mut self.reader, delivery.message) {
            Ok(record) => record,
            Err(error) => {
                batch.tally.note_time(delivery.time);
                return batch.tally.reject(&delivery, &error);
            }
        };
        let own_call = self.caller.own_call(batch.own, record);
        if own_call.is_none() {
            self.patterns.match_record(delivery.message, record);
        }
        let text = Text::Message(delivery.message);
        self.count(delivery, text, own_call, batch);
    }

    /// Matches one log event like [`Matcher::match_event`], but on the escaped text of its message in a JSON string. `rest` is
    /// the text after the opening quote of the string, and may be incomplete. `end` must follow the message.
    ///
    /// Returns the length of the message. `None` means that the log event is not counted: use [`Matcher::match_event`] with
    /// the unescaped message.
    pub fn match_escaped(
        &mut self,
        delivery: Delivery<'_>,
        rest: &[u8],
        end: &[u8],
        batch: &mut Batch<'_>,
    ) -> Option<usize> {
        if self.record_parser == RecordParser::Reference || !self.patterns.is_json_only() {
            return None;
        }
        let (record, length) = self.reader.scan(rest, Encoding::JsonString)?;
        if !rest[length..].starts_with(end) {
            return None;
        }
        let own_call = self.caller.own_call(batch.own, record);
        if own_call.is_none() {
            self.patterns.match_record("", record);
        }
        let text = Text::Escaped(rest, length);
        self.count(delivery, text, own_call, batch);
        Some(length)
    }

    /// Counts a record: as an own call, or for the alarms whose patterns match it.
    fn count(
        &mut self,
        delivery: Delivery<'_>,
        text: Text<'_>,
        own_call: Option<OwnCall>,
        batch: &mut Batch<'_>,
    ) {
        if own_call == Some(OwnCall::Canary) && is_near(delivery.time, batch.now) {
            let canary = Some(delivery.time.min(batch.now));
            batch.tally.canary = batch.tally.canary.max(canary);
        }
        let disposition = if own_call.is_some() {
            Ok(Disposition::Own)
        } else if self.patterns.has_match() {
            self.count_matches(delivery, text, batch)
        } else {
            Ok(Disposition::Unmatched)
        };
        match disposition {
            Ok(disposition) => batch.tally.count(disposition),
            Err(error) => batch.tally.reject(&delivery, &error),
        }
        batch.tally.note_time(delivery.time);
    }

    /// Counts a record for each alarm whose pattern matches it.
    fn count_matches(
        &mut self,
        delivery: Delivery<'_>,
        text: Text<'_>,
        batch: &mut Batch<'_>,
    ) -> Result<Disposition, RecordError> {
        let message;
        let record = match text {
            Text::Message(message) => self.record_parser.read(&mut self.details, message)?,
            Text::Escaped(rest, length) => match self.details.scan(rest, Encoding::JsonString) {
                Some((record, scanned)) if scanned == length => record,
                _ => {
                    message = unescape(&rest[..length]);
                    self.record_parser.read(&mut self.details, &message)?
                }
            },
        };
        let is_detailed = batch.tally.counters.matched < MAX_DETAILED;
        let fingerprints = is_detailed.then_some(&mut self.fingerprints);
        let (extractor, addendum) = (&self.extractor, &self.addendum);
        let facts = RecordFacts::new(extractor, addendum, record, delivery, fingerprints);
        let mut disposition = Disposition::Unmatched;
        let mut excluding = BTreeSet::new();
        for index in self.patterns.matching_alarms() {
            let alarm = &self.alarms[index];
            let alarm_match = AlarmMatch {
                alarm,
                slots: &self.slots[index],
                facts: &facts,
                delivery,
            };
            if let Some(exclusion) = self.patterns.exclusion(index, alarm, delivery.time) {
                alarm_match.exclude(exclusion, batch);
                excluding.insert(exclusion);
            } else {
                disposition = Disposition::Matched;
                alarm_match.count(batch);
            }
        }
        for exclusion in excluding {
            *batch.tally.exclusions.entry(exclusion).or_default() += 1;
        }
        Ok(disposition)
    }
}

//! Log events against all alarms: which records match, and what each alarm counts of them.
//!
//! In comes one log event at a time; out come [`Tally`]'s books and the additions for each bucket. Pure: what can fail
//! here is a record that is none, and that is counted and logged, with where it stood.
//!
//! A record is parsed for the fields that the patterns test. Only if a pattern matches, it is parsed a second time, for
//! the fields that notifications and counts need. With [`RecordParser::Fast`] the first parse is [`Reader::scan`] on the
//! escaped text in the payload; a record that it does not accept is read by the reference parser. Both parsers capture
//! the same values.

mod fingerprint_cache;
mod frequency;
mod own;
mod record_facts;
mod tally;

use std::sync::Arc;

use jiff::Timestamp;

use self::fingerprint_cache::FingerprintCache;
use self::own::{Caller, OwnCall};
use self::record_facts::{Addendum, AlarmSlots, RecordFacts, group, is_excluded, is_near};
use crate::alarm::definition::{AlarmDefinition, MetricValue};
use crate::alarm::window;
use crate::evidence::{Fact, FactExtractor};
use crate::series::{BucketKey, EventId, Occurrence, SeriesKey};
use cloudwatch_filter_pattern::PatternSet;
use cloudwatch_filter_pattern::record::{
    Encoding, Reader, Record, RecordError, Selector, Selectors, unescape,
};

pub use self::frequency::CloudTrailFrequencies;
pub use self::own::OwnIdentity;
pub use self::tally::{Delivery, Tally};

/// Most records of a batch whose facts are kept; a payload can hold a hundred thousand, spread over as many buckets.
const MAX_TOLD: u64 = 2_000;

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
    /// The alarms' patterns in their order, and behind them those of their exclusions.
    patterns: PatternSet,
    caller: Caller,
    /// Reads what `patterns` and `caller` ask.
    reader: Reader,
    fields: FactExtractor,
    addendum: Addendum,
    /// Reads everything else.
    details: Reader,
    fingerprints: FingerprintCache,
    hits: Vec<usize>,
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
        let mut patterns: Vec<_> = alarms.iter().map(|alarm| alarm.pattern.clone()).collect();
        let mut slots = Vec::new();
        for alarm in alarms.iter() {
            slots.push(AlarmSlots {
                group_by: (alarm.group_by.iter())
                    .map(|selector| (selector.to_string(), details.slot(selector)))
                    .collect(),
                count_distinct: alarm
                    .count_distinct
                    .as_ref()
                    .map(|selector| details.slot(selector)),
                value: match &alarm.metric_value {
                    MetricValue::Constant(_) => None,
                    MetricValue::Field(selector) => Some(details.slot(selector)),
                },
                exclusions: patterns.len(),
            });
            patterns.extend(
                alarm
                    .exclude
                    .iter()
                    .map(|exclusion| exclusion.pattern.clone()),
            );
        }
        let mut selectors = Selectors::default();
        let patterns =
            PatternSet::with_frequencies(&patterns, &mut selectors, &CloudTrailFrequencies);
        let caller = Caller::register(&mut selectors);
        let fields = FactExtractor::register(&mut details);
        let addendum = Addendum {
            reason: details.slot(&Selector::of_members(&["addendum", "reason"])),
            original_event_id: details
                .slot(&Selector::of_members(&["addendum", "originalEventID"])),
        };
        Self {
            alarms,
            slots,
            record_parser: RecordParser::Fast,
            patterns,
            caller,
            reader: selectors.into_reader(),
            fields,
            addendum,
            details: details.into_reader(),
            fingerprints: FingerprintCache::default(),
            hits: Vec::new(),
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
        (self.patterns).matches(message, Some(record), &mut self.hits);
        (self.hits.first()).is_some_and(|&hit| hit < self.alarms.len())
    }

    /// Matches one log event; `now` is the present time.
    pub fn match_event(
        &mut self,
        delivery: Delivery<'_>,
        own: &OwnIdentity,
        now: Timestamp,
        tally: &mut Tally,
    ) {
        let record = match self.record_parser.read(&mut self.reader, delivery.message) {
            Ok(record) => record,
            Err(error) => {
                tally.see(delivery.time);
                return tally.reject(&delivery, &error);
            }
        };
        let own_call = self.caller.own_call(own, record);
        if own_call.is_none() {
            (self.patterns).matches(delivery.message, Some(record), &mut self.hits);
        }
        let text = Text::Message(delivery.message);
        self.enter(delivery, text, own_call, now, tally);
    }

    /// Matches one log event whose message still stands in a JSON string, as [`Matcher::tally`] would once its escapes
    /// are undone. `rest` is what follows the string's opening quote, and may be cut anywhere; `end` must follow the message.
    ///
    /// Returns the length of the message. None, and then nothing has been counted, if only the whole message, without
    /// escapes, can tell.
    pub fn match_escaped(
        &mut self,
        delivery: Delivery<'_>,
        rest: &[u8],
        end: &[u8],
        own: &OwnIdentity,
        now: Timestamp,
        tally: &mut Tally,
    ) -> Option<usize> {
        if self.record_parser == RecordParser::Reference || !self.patterns.is_json_only() {
            return None;
        }
        let (record, length) = self.reader.scan(rest, Encoding::JsonString)?;
        if !rest[length..].starts_with(end) {
            return None;
        }
        let own_call = self.caller.own_call(own, record);
        if own_call.is_none() {
            self.patterns.matches("", Some(record), &mut self.hits);
        }
        let text = Text::Escaped(rest, length);
        self.enter(delivery, text, own_call, now, tally);
        Some(length)
    }

    /// Counts a record: as an own call, or by the patterns in `hits` that match it.
    fn enter(
        &mut self,
        delivery: Delivery<'_>,
        text: Text<'_>,
        own_call: Option<OwnCall>,
        now: Timestamp,
        tally: &mut Tally,
    ) {
        // The patterns of exclusions follow those of the alarms. On their own they count nothing.
        let alarms = self.alarms.len();
        if own_call == Some(OwnCall::Canary) && is_near(delivery.time, now) {
            tally.canary = tally.canary.max(Some(delivery.time.min(now)));
        }
        let counted = if own_call.is_some() {
            Ok(&mut tally.counters.own)
        } else if self.hits.first().is_none_or(|&hit| hit >= alarms) {
            Ok(&mut tally.counters.unmatched)
        } else {
            self.count(delivery, text, now, tally)
        };
        match counted {
            Ok(books) => {
                *books += 1;
                tally.counters.records_in += 1;
            }
            Err(error) => tally.reject(&delivery, &error),
        }
        tally.see(delivery.time);
    }

    /// Counts a record for each alarm that it matches; returns where it is to be booked.
    fn count<'t>(
        &mut self,
        delivery: Delivery<'_>,
        text: Text<'_>,
        now: Timestamp,
        tally: &'t mut Tally,
    ) -> Result<&'t mut u64, RecordError> {
        let alarms = self.alarms.len();
        let hits = self.hits.iter().copied().take_while(|&hit| hit < alarms);
        let message;
        let record = match text {
            Text::Message(message) => self.record_parser.read(&mut self.details, message)?,
            Text::Escaped(rest, length) => match self.details.scan(rest, Encoding::JsonString) {
                Some((record, known)) if known == length => record,
                _ => {
                    message = unescape(&rest[..length]);
                    self.record_parser.read(&mut self.details, &message)?
                }
            },
        };
        let mut seen = None;
        let mut counted = false;
        for hit in hits {
            let alarm = &self.alarms[hit];
            let slots = &self.slots[hit];
            let seen = seen.get_or_insert_with(|| {
                let may_tell = tally.counters.matched < MAX_TOLD;
                let fingerprints = may_tell.then_some(&mut self.fingerprints);
                RecordFacts::new(&self.fields, &self.addendum, record, delivery, fingerprints)
            });
            let key = |id: EventId, time: Timestamp| BucketKey {
                series: SeriesKey {
                    alarm: alarm.name.clone(),
                    group: group(slots, record),
                },
                start: window::bucket_at(time, &alarm.settings).start,
                shard: id.shard(alarm.shards()),
            };
            if is_excluded(alarm, slots, &self.hits, delivery.time) {
                tally.excluded += 1;
                if let Some(time) = seen.time_for(alarm, delivery.time, now) {
                    tally.addition(key(seen.id, time)).exclude(seen.id);
                }
                continue;
            }
            counted = true;
            let Some(member) = seen.member(slots, record) else {
                continue;
            };
            tally.occurrences += 1;
            let Some(time) = seen.time_for(alarm, delivery.time, now) else {
                tally.counters.occurrences.too_late += 1;
                if is_near(delivery.time, now) {
                    tally
                        .addition(key(seen.id, delivery.time))
                        .record_late(seen.id);
                }
                if tally.may_log() {
                    tracing::warn!(
                        alarm = alarm.name,
                        event_id = self.fields.text(record, Fact::EventId),
                        event_time = self.fields.text(record, Fact::EventTime),
                        delivered = %delivery.time,
                        "a record came too late, or from the future, and was not counted"
                    );
                }
                continue;
            };
            let additions = tally.addition(key(member.id(), time));
            let is_new = additions.insert(&Occurrence {
                member,
                called: seen.called.unwrap_or(time),
                details: seen.details(additions),
            });
            if !is_new {
                tally.counters.occurrences.duplicate += 1;
            }
        }
        Ok(if counted {
            &mut tally.counters.matched
        } else {
            &mut tally.counters.unmatched
        })
    }
}

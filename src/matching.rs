//! Log events against all alarms: which records match, and what each alarm counts of them.
//!
//! In comes one log event at a time; out come [`Tally`]'s books and the additions for each bucket. Pure: what can fail
//! here is a record that is none, and that is counted and logged, with where it stood.
//!
//! A record is walked for what the patterns ask, and a second time, for what is told and counted of it, only if one of
//! them matches. The first walk is the quick one of [`Reader::skim`], on the text as it stands in the payload, where the
//! [`Prefilter`] is on; a record that it does not accept is read by the thorough one. Both capture the same, so that the
//! answer is the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::alarm::definition::{AlarmDefinition, MetricValue, TimeSource};
use crate::alarm::window;
use crate::evidence::{Fact, Fields};
use crate::metrics::Books;
use crate::pattern::PatternSet;
use crate::record::{Place, Reader, Record, RecordError, Selector, Selectors, Slot, Value};
use crate::series::{Additions, BucketKey, EventId, Group, Member, Occurrence, SeriesKey, Told};

/// How far ahead of the clock a record's time may lie, as `PutLogEvents` has it.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(2);

/// Longest value of a `GroupBy` field that is kept whole, in characters. It stands in keys, answers and mails.
const MAX_GROUP_VALUE: usize = 256;

/// Most records of a batch whose facts are kept; a payload can hold a hundred thousand, spread over as many buckets.
const MAX_TOLD: u64 = 2_000;

/// Most log events of a batch that get a line in the log each: a payload can hold millions of empty ones.
const MAX_REMARKS: u64 = 1_000;

/// One log event, and where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The log group; empty where there is none.
    pub log_group: &'a str,
    /// The log stream; empty where there is none.
    pub log_stream: &'a str,
    /// The id of the log event.
    pub id: &'a str,
    /// When CloudTrail delivered it.
    pub time: Timestamp,
    /// The record.
    pub message: &'a str,
}

/// Who this function is, so that the calls it makes itself are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnIdentity {
    /// The function's role.
    pub role_arn: Option<String>,
    /// The function's name, which is the name of its role session.
    pub function_name: Option<String>,
    /// The account that it runs in.
    pub account: Option<String>,
}

/// Where a record says who made the call.
#[derive(Clone, Debug)]
struct Caller {
    role_arn: Slot,
    account: Slot,
    identity_arn: Slot,
}

impl Caller {
    fn register(selectors: &mut Selectors) -> Self {
        let mut slot = |fact: Fact| selectors.slot(&fact.selector());
        Self {
            role_arn: slot(Fact::RoleArn),
            account: slot(Fact::AccountId),
            identity_arn: slot(Fact::IdentityArn),
        }
    }

    /// Whether this function made the call.
    fn is(&self, own: &OwnIdentity, record: Record<'_>) -> bool {
        let is =
            |known: &Option<String>, slot| known.is_some() && known.as_deref() == record.text(slot);
        is(&own.role_arn, self.role_arn)
            || is(&own.account, self.account)
                && own.function_name.as_deref().is_some_and(|name| {
                    let arn = record.text(self.identity_arn).unwrap_or_default();
                    arn.contains(":assumed-role/") && arn.rsplit('/').next() == Some(name)
                })
    }
}

/// What came of a batch.
#[derive(Debug, Default)]
pub struct Tally {
    /// The books, so far as matching decides them: what is new and what a duplicate, the store will tell.
    pub books: Books,
    /// Matches that were found.
    pub occurrences: u64,
    /// Matches that an `Exclude` entry kept from counting.
    pub excluded: u64,
    /// What is to be added, and where.
    pub additions: BTreeMap<BucketKey, Additions>,
    /// When CloudTrail delivered the newest record.
    pub newest: Option<Timestamp>,
    /// Log events that something was to be said of, in the log.
    pub remarks: u64,
}

impl Tally {
    /// How many log events nothing was said of, although there was something to say.
    pub fn unsaid(&self) -> u64 {
        self.remarks.saturating_sub(MAX_REMARKS)
    }

    fn see(&mut self, time: Timestamp) {
        self.newest = self.newest.max(Some(time));
    }

    /// Counts and logs a log event that is no record; `reason` says why, and `delivery` what is known of it.
    pub fn refuse(&mut self, delivery: &Delivery<'_>, reason: &dyn std::error::Error) {
        self.books.records_in += 1;
        self.books.invalid += 1;
        if self.may_log() {
            tracing::warn!(
                log_group = delivery.log_group,
                log_stream = delivery.log_stream,
                log_event_id = delivery.id,
                error = %reason,
                cause = reason.source().map(ToString::to_string),
                "a log event is no CloudTrail record and was passed over"
            );
        }
    }

    fn addition(&mut self, key: BucketKey) -> &mut Additions {
        self.additions.entry(key).or_default()
    }

    fn may_log(&mut self) -> bool {
        self.remarks += 1;
        self.remarks <= MAX_REMARKS
    }
}

/// Whether the quick walk is tried before the thorough one. It changes no answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefilter {
    /// It is.
    #[default]
    On,
    /// Every record is read by the thorough walk.
    Off,
}

/// All alarms, compiled for matching.
#[derive(Clone, Debug)]
pub struct Matcher {
    alarms: Arc<[AlarmDefinition]>,
    slots: Vec<AlarmSlots>,
    prefilter: Prefilter,
    /// The alarms' patterns in their order, and behind them those of their exclusions.
    patterns: PatternSet,
    caller: Caller,
    /// Reads what `patterns` and `caller` ask.
    reader: Reader,
    fields: Fields,
    addendum: Addendum,
    /// Reads everything else.
    details: Reader,
    hits: Vec<usize>,
    message: Vec<u8>,
}

#[derive(Clone, Debug)]
struct AlarmSlots {
    group_by: Vec<(String, Slot)>,
    count_distinct: Option<Slot>,
    value: Option<Slot>,
    /// Place of the first exclusion among the patterns.
    exclusions: usize,
}

/// Where a record says that it corrects another one.
#[derive(Clone, Debug)]
struct Addendum {
    reason: Slot,
    original_event_id: Slot,
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
        let patterns = PatternSet::new(&patterns, &mut selectors);
        let caller = Caller::register(&mut selectors);
        let fields = Fields::register(&mut details);
        let addendum = Addendum {
            reason: details.slot(&Selector::of_members(&["addendum", "reason"])),
            original_event_id: details
                .slot(&Selector::of_members(&["addendum", "originalEventID"])),
        };
        Self {
            alarms,
            slots,
            prefilter: Prefilter::On,
            patterns,
            caller,
            reader: selectors.into_reader(),
            fields,
            addendum,
            details: details.into_reader(),
            hits: Vec::new(),
            message: Vec::new(),
        }
    }

    /// The same alarms with the prefilter on or off.
    #[must_use]
    pub fn with_prefilter(self, prefilter: Prefilter) -> Self {
        Self { prefilter, ..self }
    }

    /// Matches one log event; `now` is the present time.
    pub fn tally(
        &mut self,
        delivery: Delivery<'_>,
        own: &OwnIdentity,
        now: Timestamp,
        tally: &mut Tally,
    ) {
        let record = match self.prefilter.read(&mut self.reader, delivery.message) {
            Ok(record) => record,
            Err(error) => {
                tally.see(delivery.time);
                return tally.refuse(&delivery, &error);
            }
        };
        let is_own = self.caller.is(own, record);
        if !is_own {
            (self.patterns).matches(delivery.message, Some(record), &mut self.hits);
        }
        self.enter(delivery, is_own, now, tally);
    }

    /// Matches one log event whose message still stands in a JSON string, as [`Matcher::tally`] would once its escapes
    /// are undone. `rest` is what follows the string's opening quote, and may be cut anywhere; `end` must follow the message.
    ///
    /// Returns the length of the message. None, and then nothing has been counted, if only the whole message, without
    /// escapes, can tell.
    pub fn tally_escaped(
        &mut self,
        delivery: Delivery<'_>,
        rest: &[u8],
        end: &[u8],
        own: &OwnIdentity,
        now: Timestamp,
        tally: &mut Tally,
    ) -> Option<usize> {
        if self.prefilter == Prefilter::Off || !self.patterns.ask_for_records_only() {
            return None;
        }
        let (record, length) = self.reader.skim(rest, Place::InString)?;
        if !rest[length..].starts_with(end) {
            return None;
        }
        let is_own = self.caller.is(own, record);
        if !is_own {
            self.patterns.matches("", Some(record), &mut self.hits);
        }
        if is_own || self.hits.is_empty() {
            self.enter(delivery, is_own, now, tally);
            return Some(length);
        }
        let mut message = std::mem::take(&mut self.message);
        undo_escapes(&rest[..length], &mut message);
        let text = std::str::from_utf8(&message).expect("it was text, and lost only backslashes");
        let delivery = Delivery {
            message: text,
            ..delivery
        };
        self.enter(delivery, false, now, tally);
        self.message = message;
        Some(length)
    }

    /// Enters a record of which it is known whether it is our own, and else which patterns match.
    fn enter(&mut self, delivery: Delivery<'_>, is_own: bool, now: Timestamp, tally: &mut Tally) {
        let counted = if is_own {
            Ok(&mut tally.books.own)
        } else {
            self.count(delivery, now, tally)
        };
        match counted {
            Ok(books) => {
                *books += 1;
                tally.books.records_in += 1;
            }
            Err(error) => tally.refuse(&delivery, &error),
        }
        tally.see(delivery.time);
    }

    /// Counts a record for each alarm that it matches; returns where it is to be booked.
    fn count<'t>(
        &mut self,
        delivery: Delivery<'_>,
        now: Timestamp,
        tally: &'t mut Tally,
    ) -> Result<&'t mut u64, RecordError> {
        let alarms = self.alarms.len();
        let hits = self.hits.iter().copied().take_while(|&hit| hit < alarms);
        if hits.clone().next().is_none() {
            return Ok(&mut tally.books.unmatched);
        }
        let record = self.prefilter.read(&mut self.details, delivery.message)?;
        let mut seen = None;
        let mut counted = false;
        for hit in hits {
            let alarm = &self.alarms[hit];
            let slots = &self.slots[hit];
            let seen = seen.get_or_insert_with(|| {
                let may_tell = tally.books.matched < MAX_TOLD;
                Seen::new(&self.fields, &self.addendum, record, delivery, may_tell)
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
                tally.books.occurrences.too_late += 1;
                if is_near(delivery.time, now) {
                    tally
                        .addition(key(seen.id, delivery.time))
                        .turn_away(seen.id);
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
            let occurrence = Occurrence {
                member,
                called: seen.called.unwrap_or(time),
                told: seen.told.clone(),
            };
            let is_new = tally.addition(key(member.id(), time)).insert(&occurrence);
            if !is_new {
                tally.books.occurrences.duplicate += 1;
            }
        }
        Ok(if counted {
            &mut tally.books.matched
        } else {
            &mut tally.books.unmatched
        })
    }
}

impl Prefilter {
    fn read<'r>(self, reader: &'r mut Reader, message: &'r str) -> Result<Record<'r>, RecordError> {
        match self {
            Self::On => reader.read(message),
            Self::Off => reader.read_thoroughly(message),
        }
    }
}

/// Undoes the escapes of a text that [`Reader::skim`] accepted in a JSON string, where every backslash stands before a
/// quote or another backslash.
fn undo_escapes(escaped: &[u8], text: &mut Vec<u8>) {
    text.clear();
    text.reserve(escaped.len());
    let mut bytes = escaped.iter().copied();
    while let Some(byte) = bytes.next() {
        text.extend(if byte == b'\\' {
            bytes.next()
        } else {
            Some(byte)
        });
    }
}

impl Addendum {
    /// The record's identity: its `eventID`, or that of the record it corrects; else where it stood; else its text.
    fn identity(&self, fields: &Fields, record: Record<'_>, delivery: Delivery<'_>) -> EventId {
        let corrects = record.text(self.reason) == Some("UPDATED_DATA");
        let original = corrects
            .then(|| record.text(self.original_event_id))
            .flatten();
        original
            .or_else(|| fields.text(record, Fact::EventId))
            .and_then(EventId::of_uuid)
            .unwrap_or_else(|| match delivery.id {
                "" => EventId::of_texts(&[delivery.message]),
                id => EventId::of_texts(&[delivery.log_group, delivery.log_stream, id]),
            })
    }
}

fn is_excluded(
    alarm: &AlarmDefinition,
    slots: &AlarmSlots,
    hits: &[usize],
    time: Timestamp,
) -> bool {
    let today = time.to_zoned(jiff::tz::TimeZone::UTC).date();
    alarm.exclude.iter().enumerate().any(|(place, exclusion)| {
        today <= exclusion.expires && hits.binary_search(&(slots.exclusions + place)).is_ok()
    })
}

/// What every alarm that a record matches needs of it.
struct Seen {
    id: EventId,
    /// When the call was made; none where the record does not say it in CloudTrail's form.
    called: Option<Timestamp>,
    told: Option<Told>,
}

impl Seen {
    fn new(
        fields: &Fields,
        addendum: &Addendum,
        record: Record<'_>,
        delivery: Delivery<'_>,
        may_tell: bool,
    ) -> Self {
        let called = fields.text(record, Fact::EventTime);
        Self {
            id: addendum.identity(fields, record, delivery),
            called: called.and_then(|time| time.parse().ok()),
            told: may_tell.then(|| Told::new(fields.facts(record))),
        }
    }

    /// What the alarm counts of the record; none where the field that it counts is not there.
    fn member(&self, slots: &AlarmSlots, record: Record<'_>) -> Option<Member> {
        if let Some(slot) = slots.count_distinct {
            let value = scalar(record.value(slot)?)?;
            return Some(Member::new(EventId::of_texts(&[value]), None, None));
        }
        let value = match slots.value {
            None => None,
            Some(slot) => match record.value(slot)? {
                Value::Number(text) | Value::String(text) => {
                    Some(text.parse::<f64>().ok().filter(|value| value.is_finite())?)
                }
                _ => return None,
            },
        };
        let shape = self.told.as_ref().map(|told| &told.shape);
        Some(Member::new(self.id, value, shape))
    }

    /// When the record counts; none where that is too long before its delivery or too far in the future.
    ///
    /// Lateness is measured against the delivery and not the clock, so that a batch that is tried again hours later
    /// counts as it would have counted at once.
    fn time_for(
        &self,
        alarm: &AlarmDefinition,
        delivered: Timestamp,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let time = match alarm.time_source {
            TimeSource::LogTimestamp => delivered,
            TimeSource::EventTime => self.called.unwrap_or(delivered),
        };
        let in_time = delivered.duration_since(time) <= alarm.allowed_lateness;
        (in_time && is_near(time, now)).then_some(time)
    }
}

fn is_near(time: Timestamp, now: Timestamp) -> bool {
    time.duration_since(now) <= MAX_AHEAD
}

fn group(slots: &AlarmSlots, record: Record<'_>) -> Group {
    let value = |(name, slot): &(String, Slot)| {
        let value = record.value(*slot).and_then(scalar);
        (name.clone(), value.map(group_value))
    };
    Group(slots.group_by.iter().map(value).collect())
}

/// The value as a group is named by it: a long one is cut, and kept apart from others by its hash.
fn group_value(value: &str) -> String {
    match value.char_indices().nth(MAX_GROUP_VALUE) {
        None => value.to_owned(),
        Some((end, _)) => format!(
            "{}...{}",
            &value[..end],
            EventId::of_texts(&[value]).to_hex()
        ),
    }
}

fn scalar(value: Value<'_>) -> Option<&str> {
    match value {
        Value::String(text) | Value::Number(text) => Some(text),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        Value::Null | Value::Array { .. } | Value::Object { .. } => None,
    }
}

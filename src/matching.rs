//! Log events against all alarms: which records match, and what each alarm counts of them.
//!
//! In comes one log event at a time; out come [`Tally`]'s books and the additions for each bucket. Pure: what can fail
//! here is a record that is none, and that is counted and logged, with where it stood.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::alarm::definition::{AlarmDefinition, MetricValue, TimeSource};
use crate::alarm::window;
use crate::evidence::{Fact, Fields};
use crate::metrics::Books;
use crate::pattern::PatternSet;
use crate::record::{Reader, Record, Selector, Selectors, Slot, Value};
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

impl OwnIdentity {
    fn made(&self, fields: &Fields, record: Record<'_>) -> bool {
        let is = |known: &Option<String>, said: Option<&str>| {
            known.is_some() && known.as_deref() == said
        };
        is(&self.role_arn, fields.text(record, Fact::RoleArn))
            || is(&self.account, fields.text(record, Fact::AccountId))
                && self.function_name.as_deref().is_some_and(|name| {
                    let arn = fields.text(record, Fact::IdentityArn).unwrap_or_default();
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

    fn addition(&mut self, key: BucketKey) -> &mut Additions {
        self.additions.entry(key).or_default()
    }

    fn may_log(&mut self) -> bool {
        self.remarks += 1;
        self.remarks <= MAX_REMARKS
    }
}

/// All alarms, compiled for matching.
#[derive(Clone, Debug)]
pub struct Matcher {
    alarms: Arc<[AlarmDefinition]>,
    slots: Vec<AlarmSlots>,
    /// The alarms' patterns in their order, and behind them those of their exclusions.
    patterns: PatternSet,
    reader: Reader,
    fields: Fields,
    addendum: Addendum,
    hits: Vec<usize>,
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
        let mut selectors = Selectors::default();
        let mut patterns: Vec<_> = alarms.iter().map(|alarm| alarm.pattern.clone()).collect();
        let mut slots = Vec::new();
        for alarm in alarms.iter() {
            slots.push(AlarmSlots {
                group_by: (alarm.group_by.iter())
                    .map(|selector| (selector.to_string(), selectors.slot(selector)))
                    .collect(),
                count_distinct: alarm
                    .count_distinct
                    .as_ref()
                    .map(|selector| selectors.slot(selector)),
                value: match &alarm.metric_value {
                    MetricValue::Constant(_) => None,
                    MetricValue::Field(selector) => Some(selectors.slot(selector)),
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
        let patterns = PatternSet::new(&patterns, &mut selectors);
        let fields = Fields::register(&mut selectors);
        let addendum = Addendum {
            reason: selectors.slot(&Selector::of_members(&["addendum", "reason"])),
            original_event_id: selectors
                .slot(&Selector::of_members(&["addendum", "originalEventID"])),
        };
        let reader = selectors.into_reader();
        Self {
            alarms,
            slots,
            patterns,
            reader,
            fields,
            addendum,
            hits: Vec::new(),
        }
    }

    /// Matches one log event; `now` is the present time.
    pub fn tally(
        &mut self,
        delivery: Delivery<'_>,
        own: &OwnIdentity,
        now: Timestamp,
        tally: &mut Tally,
    ) {
        tally.books.records_in += 1;
        tally.newest = tally.newest.max(Some(delivery.time));
        let record = match self.reader.read(delivery.message) {
            Ok(record) => record,
            Err(error) => {
                tally.books.invalid += 1;
                if tally.may_log() {
                    tracing::warn!(
                        log_group = delivery.log_group,
                        log_stream = delivery.log_stream,
                        log_event_id = delivery.id,
                        error = %error,
                        cause = std::error::Error::source(&error).map(ToString::to_string),
                        "a log event is no CloudTrail record and was passed over"
                    );
                }
                return;
            }
        };
        if own.made(&self.fields, record) {
            tally.books.own += 1;
            return;
        }
        self.patterns
            .matches(delivery.message, Some(record), &mut self.hits);
        let mut seen = None;
        let mut counted = false;
        for &hit in self.hits.iter().take_while(|&&hit| hit < self.alarms.len()) {
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
        if counted {
            tally.books.matched += 1;
        } else {
            tally.books.unmatched += 1;
        }
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

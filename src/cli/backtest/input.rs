//! One file: bytes in, records out, in the order of the file.
//!
//! What a value is, its keys say: a record (`eventTime`), a log event (`message`, `timestamp`), a subscription payload
//! (`awslogs`), its inside (`logEvents`), or a list of records or log events (`Records`, `events`).

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::rc::Rc;
use std::str::FromStr as _;

use flate2::bufread::MultiGzDecoder;
use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;

use super::splitter::{SplitError, Splitter};
use crate::cli::input::compact;
use crate::event::payload::{self, Decoder, Envelope, LogEvent, PayloadError};
use crate::record::{Reader, Selector, Selectors, Slot, Value};

/// How much of a file is read at once, in bytes.
const BUFFER: usize = 64 << 10;

/// How gzip begins.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A record on its way.
#[derive(Debug)]
pub(super) struct Arrival {
    /// When CloudTrail delivers it.
    pub(super) time: Timestamp,
    /// The log group; empty where there is none.
    pub(super) log_group: Rc<str>,
    /// The log stream; empty where there is none.
    pub(super) log_stream: Rc<str>,
    /// The id of the log event; empty where there is none.
    pub(super) id: String,
    /// The record.
    pub(super) message: String,
}

/// What stands in a file.
#[derive(Debug)]
pub(super) enum Item {
    /// A log event, which says when it was delivered.
    Logged(Arrival),
    /// A record that does not, whose delivery its `eventTime` decides.
    Batched(Arrival),
    /// A record without any time. It cannot be delivered.
    Undated,
    /// No JSON object. No alarm could count it.
    Invalid,
}

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputError {
    /// It cannot be cut into values.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A subscription payload in it cannot be decoded.
    #[error("{}", crate::error::chain(.0))]
    Payload(#[from] PayloadError),
    /// It holds hashes of log files, and no records.
    #[error("a digest file: it holds hashes of log files, and no records")]
    Digest,
}

impl From<io::Error> for InputError {
    fn from(source: io::Error) -> Self {
        Self::Split(source.into())
    }
}

/// How often records without a time of delivery are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DeliveryInterval(SignedDuration);

impl DeliveryInterval {
    pub(super) fn new(duration: SignedDuration) -> Option<Self> {
        let allowed = SignedDuration::from_secs(1)..=SignedDuration::from_hours(24);
        (allowed.contains(&duration) && duration.subsec_nanos() == 0).then_some(Self(duration))
    }

    /// The end of the interval in which a call was made.
    fn delivery(self, event_time: Timestamp) -> Option<Timestamp> {
        let width = self.0.as_secs();
        let start = event_time.as_second().div_euclid(width) * width;
        Timestamp::from_second(start + width).ok()
    }
}

impl fmt::Display for DeliveryInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

/// The records of one file.
pub(super) struct Records {
    splitter: Splitter<Box<dyn BufRead>>,
    sorter: Sorter,
}

impl Records {
    /// Reads a file, from its beginning.
    pub(super) fn of(file: File, interval: DeliveryInterval) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(BUFFER, file);
        let is_gzip = file.fill_buf()?.starts_with(&GZIP_MAGIC);
        let input: Box<dyn BufRead> = if is_gzip {
            Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file)))
        } else {
            Box::new(file)
        };
        Ok(Self {
            splitter: Splitter::new(input),
            sorter: Sorter::new(interval),
        })
    }
}

impl Iterator for Records {
    type Item = Result<Item, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.sorter.items.pop_front() {
                return Some(Ok(item));
            }
            let sorted = match self.splitter.next_value() {
                Ok(None) => return None,
                Ok(Some(value)) => self.sorter.enter(value),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = sorted {
                return Some(Err(error));
            }
        }
    }
}

/// Tells what a value is, and takes the records out of it.
struct Sorter {
    reader: Reader,
    slots: Slots,
    decoder: Decoder,
    interval: DeliveryInterval,
    /// Stands for the log groups and streams that are not known.
    nowhere: Rc<str>,
    items: VecDeque<Item>,
}

struct Slots {
    event_time: Slot,
    message: Slot,
    timestamp: Slot,
    event_id: Slot,
    log_stream_name: Slot,
    data: Slot,
    log_events: Slot,
    lists: [Slot; 2],
    log_files: Slot,
    digest_start_time: Slot,
}

/// What a value is.
enum Shape {
    Items(Vec<Item>),
    Payload(String),
    Decoded,
    List(String),
    Digest,
}

impl Sorter {
    fn new(interval: DeliveryInterval) -> Self {
        let mut selectors = Selectors::default();
        let mut slot = |members: &[&str]| selectors.slot(&Selector::of_members(members));
        let slots = Slots {
            event_time: slot(&["eventTime"]),
            message: slot(&["message"]),
            timestamp: slot(&["timestamp"]),
            event_id: slot(&["eventId"]),
            log_stream_name: slot(&["logStreamName"]),
            data: slot(&["awslogs", "data"]),
            log_events: slot(&["logEvents"]),
            lists: [slot(&["Records"]), slot(&["events"])],
            log_files: slot(&["logFiles"]),
            digest_start_time: slot(&["digestStartTime"]),
        };
        Self {
            reader: selectors.into_reader(),
            slots,
            decoder: Decoder::default(),
            interval,
            nowhere: Rc::from(""),
            items: VecDeque::new(),
        }
    }

    fn enter(&mut self, value: &[u8]) -> Result<(), InputError> {
        let Ok(text) = std::str::from_utf8(value) else {
            self.items.push_back(Item::Invalid);
            return Ok(());
        };
        let text = text.trim();
        match self.shape(text) {
            Shape::Items(items) => self.items.extend(items),
            Shape::Payload(data) => {
                let mut fill = filling(&mut self.items);
                self.decoder.read(&data, &mut fill)?;
            }
            Shape::Decoded => {
                payload::read_json(text, &mut filling(&mut self.items))?;
            }
            Shape::List(json) => {
                let elements: Vec<&RawValue> =
                    serde_json::from_str(&json).map_err(SplitError::Json)?;
                for element in elements {
                    self.enter(element.get().as_bytes())?;
                }
            }
            Shape::Digest => return Err(InputError::Digest),
        }
        Ok(())
    }

    fn shape(&mut self, text: &str) -> Shape {
        let Self {
            reader,
            slots,
            interval,
            nowhere,
            ..
        } = self;
        let one = |item| Shape::Items(vec![item]);
        let Ok(record) = reader.read(text) else {
            return one(Item::Invalid);
        };
        let arrival = |time, log_stream: &str, id: &str, message: &str| Arrival {
            time,
            log_group: Rc::clone(nowhere),
            log_stream: match log_stream {
                "" => Rc::clone(nowhere),
                name => Rc::from(name),
            },
            id: id.to_owned(),
            message: message.to_owned(),
        };
        if let Some(time) = record.text(slots.event_time) {
            let event_time = Timestamp::from_str(time).ok();
            return one(match event_time.and_then(|time| interval.delivery(time)) {
                Some(time) if text.contains('\n') => {
                    Item::Batched(arrival(time, "", "", &compact(text)))
                }
                Some(time) => Item::Batched(arrival(time, "", "", text)),
                None => Item::Undated,
            });
        }
        if let (Some(message), Some(Value::Number(timestamp))) =
            (record.text(slots.message), record.value(slots.timestamp))
        {
            let stream = record.text(slots.log_stream_name).unwrap_or_default();
            let id = record.text(slots.event_id).unwrap_or_default();
            return one(match timestamp.parse().ok().and_then(logged_at) {
                Some(time) => Item::Logged(arrival(time, stream, id, message)),
                None => Item::Undated,
            });
        }
        if let Some(data) = record.text(slots.data) {
            return Shape::Payload(data.to_owned());
        }
        if record.value(slots.log_events).is_some() {
            return Shape::Decoded;
        }
        for list in slots.lists {
            if let Some(Value::Array { json, .. }) = record.value(list) {
                return Shape::List(json.to_owned());
            }
        }
        let is_digest = record.value(slots.log_files).is_some()
            && record.value(slots.digest_start_time).is_some();
        if is_digest {
            Shape::Digest
        } else {
            one(Item::Undated)
        }
    }
}

/// Takes over the log events of a payload.
fn filling(items: &mut VecDeque<Item>) -> impl FnMut(&Envelope, LogEvent<'_>) {
    let mut place: Option<(Rc<str>, Rc<str>)> = None;
    move |envelope, event| {
        // All events of a payload come with one envelope.
        let (log_group, log_stream) = place.get_or_insert_with(|| {
            (
                Rc::from(envelope.log_group.as_str()),
                Rc::from(envelope.log_stream.as_str()),
            )
        });
        items.push_back(match logged_at(event.timestamp) {
            Some(time) => Item::Logged(Arrival {
                time,
                log_group: Rc::clone(log_group),
                log_stream: Rc::clone(log_stream),
                id: event.id.into_owned(),
                message: event.message.into_owned(),
            }),
            None => Item::Undated,
        });
    }
}

/// The time of a log event, in milliseconds since 1970; 0 stands for none.
fn logged_at(timestamp: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(timestamp)
        .ok()
        .filter(|_| timestamp > 0)
}

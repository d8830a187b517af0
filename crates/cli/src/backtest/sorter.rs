//! What a value is, and the records in it.
//!
//! Its keys say it: a record (`eventTime`), a log event (`message`, `timestamp`), a subscription payload (`awslogs`),
//! the inside of one (`logEvents`), or a list of records or log events (`Records`, `events`).

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::input::{Arrival, DeliveryInterval, InputError, Item};
use super::splitter::SplitError;
use crate::input::compact;
use cloudtrail_alarms::event::payload::{self, Decoder, Envelope, LogEvent, LogEventError};
use cloudwatch_filter_pattern::record::{Reader, Selector, Selectors, Slot, Value};

/// Takes the records out of values.
pub(super) struct Sorter {
    reader: Reader,
    slots: Slots,
    decoder: Decoder,
    interval: DeliveryInterval,
    /// Stands for the log groups and streams that are not known.
    nowhere: Arc<str>,
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
    One(Item),
    /// A subscription payload: base64 of gzip.
    Payload(String),
    /// A subscription payload without these.
    Decoded,
    /// A list, as JSON.
    List(String),
    Digest,
}

impl Sorter {
    pub(super) fn new(interval: DeliveryInterval) -> Self {
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
            nowhere: Arc::from(""),
            items: VecDeque::new(),
        }
    }

    /// What the values entered so far held and was not taken yet.
    pub(super) fn next_item(&mut self) -> Option<Item> {
        self.items.pop_front()
    }

    /// Takes what a value holds.
    pub(super) fn enter(&mut self, value: &[u8]) -> Result<(), InputError> {
        let Ok(text) = std::str::from_utf8(value) else {
            self.items.push_back(Item::Invalid);
            return Ok(());
        };
        let text = text.trim();
        match self.shape(text) {
            Shape::One(item) => self.items.push_back(item),
            Shape::Payload(data) => {
                self.decoder.read(&data, filling(&mut self.items))?;
            }
            Shape::Decoded => {
                payload::read_json(text, filling(&mut self.items))?;
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
        let Ok(record) = reader.read(text) else {
            return Shape::One(Item::Invalid);
        };
        let arrival = |time, log_stream: &str, id: &str, message: &str| Arrival {
            time,
            log_group: Arc::clone(nowhere),
            log_stream: match log_stream {
                "" => Arc::clone(nowhere),
                name => Arc::from(name),
            },
            id: id.to_owned(),
            message: message.to_owned(),
        };
        if let Some(time) = record.text(slots.event_time) {
            let event_time = time.parse().ok();
            return Shape::One(match event_time.and_then(|time| interval.delivery(time)) {
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
            let time = timestamp.parse().map(payload::logged_at);
            return Shape::One(match time {
                Ok(Ok(time)) => Item::Logged(arrival(time, stream, id, message)),
                Ok(Err(_)) | Err(_) => Item::Undated,
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
            Shape::One(Item::Undated)
        }
    }
}

/// Takes over the log events of a payload.
fn filling(
    items: &mut VecDeque<Item>,
) -> impl FnMut(&Envelope, Result<LogEvent<'_>, LogEventError>) {
    let mut place: Option<(Arc<str>, Arc<str>)> = None;
    move |envelope, event| {
        let Ok(event) = event else {
            items.push_back(Item::Invalid);
            return;
        };
        // All events of a payload come with one envelope.
        let (log_group, log_stream) = place.get_or_insert_with(|| {
            (
                Arc::from(envelope.log_group.as_str()),
                Arc::from(envelope.log_stream.as_str()),
            )
        });
        items.push_back(match payload::logged_at(event.timestamp) {
            Ok(time) => Item::Logged(Arrival {
                time,
                log_group: Arc::clone(log_group),
                log_stream: Arc::clone(log_stream),
                id: event.id.into_owned(),
                message: event.message.into_owned(),
            }),
            Err(_) => Item::Undated,
        });
    }
}

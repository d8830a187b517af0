//! Detects the format of a JSON value by its keys, and extracts the records from it.
//!
//! | keys | format |
//! |---|---|
//! | `eventTime` | a record |
//! | `message`, `timestamp` | a log event |
//! | `awslogs` | a subscription payload |
//! | `logEvents` | a decoded subscription payload |
//! | `CloudTrailEvent` | an event of `aws cloudtrail lookup-events`, with the record as text |
//! | `detail-type` | an EventBridge event |
//! | `Records`, `events` or `Events` | a list of the above |
//! | `logFiles`, `digestStartTime` | a digest file |

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::json_stream::JsonStreamError;
use super::record::{Arrival, DeliveryInterval, InputError, Item};
use crate::input::compact;
use cloudtrail_alarms::event::payload::{self, Decoder, Envelope, LogEvent, LogEventError};
use cloudtrail_alarms::event::{Event, RecordEvent, SingleEvent};
use cloudwatch_filter_pattern::record::{Reader, Record, Selector, Selectors, Slot, Value};

/// Deepest nesting of values in lists and in texts. No format has more.
const MAX_NESTING: usize = 4;

/// Extracts the records of JSON values.
pub(super) struct Classifier {
    reader: Reader,
    slots: Slots,
    decoder: Decoder,
    interval: DeliveryInterval,
    /// The name of log groups and streams that are not known: an empty text.
    unknown: Arc<str>,
    items: VecDeque<Item>,
}

struct Slots {
    event_time: Slot,
    /// The time of an aggregated event, which has no `eventTime`.
    window_end: Slot,
    message: Slot,
    timestamp: Slot,
    event_id: Slot,
    log_stream_name: Slot,
    data: Slot,
    log_events: Slot,
    cloudtrail_event: Slot,
    detail_type: Slot,
    lists: [Slot; 3],
    log_files: Slot,
    digest_start_time: Slot,
}

/// The format of a value.
enum Format {
    Single(Item),
    /// A subscription payload: base64 of gzip.
    Payload(String),
    /// The JSON document of a subscription payload.
    DecodedPayload,
    /// JSON text of a value that has the record.
    Nested(String),
    EventBridge,
    /// A JSON array.
    List(String),
    Digest,
}

impl Classifier {
    pub(super) fn new(interval: DeliveryInterval) -> Self {
        let mut selectors = Selectors::default();
        let mut slot = |members: &[&str]| selectors.slot(&Selector::of_members(members));
        let slots = Slots {
            event_time: slot(&["eventTime"]),
            window_end: slot(&["timeWindow", "windowEnd"]),
            message: slot(&["message"]),
            timestamp: slot(&["timestamp"]),
            event_id: slot(&["eventId"]),
            log_stream_name: slot(&["logStreamName"]),
            data: slot(&["awslogs", "data"]),
            log_events: slot(&["logEvents"]),
            cloudtrail_event: slot(&["CloudTrailEvent"]),
            detail_type: slot(&["detail-type"]),
            lists: ["Records", "events", "Events"].map(|name| slot(&[name])),
            log_files: slot(&["logFiles"]),
            digest_start_time: slot(&["digestStartTime"]),
        };
        Self {
            reader: selectors.into_reader(),
            slots,
            decoder: Decoder::default(),
            interval,
            unknown: Arc::from(""),
            items: VecDeque::new(),
        }
    }

    /// The oldest item that was classified but not yet taken.
    pub(super) fn next_item(&mut self) -> Option<Item> {
        self.items.pop_front()
    }

    /// Queues the items of a value, to be taken with [`Self::next_item`].
    pub(super) fn classify(&mut self, value: &[u8]) -> Result<(), InputError> {
        self.classify_nested(value, 0)
    }

    /// Queues the items of a value that is nested this deep.
    fn classify_nested(&mut self, value: &[u8], nesting: usize) -> Result<(), InputError> {
        let Ok(text) = std::str::from_utf8(value) else {
            let message = String::from_utf8_lossy(value).into_owned();
            self.items.push_back(Item::Invalid { message });
            return Ok(());
        };
        let text = text.trim();
        match self.format(text) {
            Format::Nested(_) | Format::List(_) if nesting >= MAX_NESTING => {
                self.items.push_back(Item::Undated {
                    message: text.to_owned(),
                    event_time: None,
                });
            }
            Format::Single(item) => self.items.push_back(item),
            Format::Payload(data) => {
                self.decoder
                    .read(&data, payload_receiver(&mut self.items))?;
            }
            Format::DecodedPayload => {
                payload::read_json(text, payload_receiver(&mut self.items))?;
            }
            Format::Nested(json) => self.classify_nested(json.as_bytes(), nesting + 1)?,
            Format::EventBridge => {
                let item = self.of_eventbridge(text);
                self.items.push_back(item);
            }
            Format::List(json) => {
                let elements: Vec<&RawValue> =
                    serde_json::from_str(&json).map_err(JsonStreamError::Json)?;
                for element in elements {
                    self.classify_nested(element.get().as_bytes(), nesting + 1)?;
                }
            }
            Format::Digest => return Err(InputError::Digest),
        }
        Ok(())
    }

    fn format(&mut self, text: &str) -> Format {
        let Self {
            reader,
            slots,
            interval,
            unknown,
            ..
        } = self;
        let Ok(record) = reader.read(text) else {
            let message = text.to_owned();
            return Format::Single(Item::Invalid { message });
        };
        let undated = || Item::Undated {
            message: text.to_owned(),
            event_time: record.value(slots.event_time).map(Value::to_json),
        };
        let arrival = |time, log_stream: &str, id: &str, message: &str| Arrival {
            time,
            log_group: Arc::clone(unknown),
            log_stream: match log_stream {
                "" => Arc::clone(unknown),
                name => Arc::from(name),
            },
            id: id.to_owned(),
            message: message.to_owned(),
        };
        let event_time = record.text(slots.event_time);
        if let Some(time) = event_time.or_else(|| record.text(slots.window_end)) {
            let event_time = time.parse().ok();
            return Format::Single(match event_time.and_then(|time| interval.delivery(time)) {
                Some(time) if text.contains('\n') => {
                    Item::Batched(arrival(time, "", "", &compact(text)))
                }
                Some(time) => Item::Batched(arrival(time, "", "", text)),
                None => undated(),
            });
        }
        if let (Some(message), Some(Value::Number(timestamp))) =
            (record.text(slots.message), record.value(slots.timestamp))
        {
            let stream = record.text(slots.log_stream_name).unwrap_or_default();
            let id = record.text(slots.event_id).unwrap_or_default();
            let time = timestamp.parse().map(payload::logged_at);
            return Format::Single(match time {
                Ok(Ok(time)) => Item::Logged(arrival(time, stream, id, message)),
                Ok(Err(_)) | Err(_) => undated(),
            });
        }
        container(record, slots).unwrap_or_else(|| Format::Single(undated()))
    }

    /// The record of an EventBridge event that the function accepts, delivered at the time of the event.
    fn of_eventbridge(&self, text: &str) -> Item {
        match Event::read(text, Timestamp::MAX) {
            Ok(Event::Single(SingleEvent::Records(RecordEvent::EventBridge {
                id,
                time,
                message,
            }))) => Item::Logged(Arrival {
                time,
                log_group: Arc::clone(&self.unknown),
                log_stream: Arc::clone(&self.unknown),
                id,
                message: compact(&message),
            }),
            _ => Item::Undated {
                message: text.to_owned(),
                event_time: None,
            },
        }
    }
}

/// The format of a value that contains records instead of being one.
fn container(record: Record<'_>, slots: &Slots) -> Option<Format> {
    if let Some(data) = record.text(slots.data) {
        return Some(Format::Payload(data.to_owned()));
    }
    if record.value(slots.log_events).is_some() {
        return Some(Format::DecodedPayload);
    }
    if let Some(text) = record.text(slots.cloudtrail_event) {
        return Some(Format::Nested(text.to_owned()));
    }
    if record.value(slots.detail_type).is_some() {
        return Some(Format::EventBridge);
    }
    for list in slots.lists {
        if let Some(Value::Array { json, .. }) = record.value(list) {
            return Some(Format::List(json.to_owned()));
        }
    }
    let is_digest =
        record.value(slots.log_files).is_some() && record.value(slots.digest_start_time).is_some();
    is_digest.then_some(Format::Digest)
}

/// A receiver that queues the log events of a payload.
fn payload_receiver(
    items: &mut VecDeque<Item>,
) -> impl FnMut(&Envelope, Result<LogEvent<'_>, LogEventError>) {
    let mut names: Option<(Arc<str>, Arc<str>)> = None;
    move |envelope, event| {
        let Ok(event) = event else {
            // The payload has no text for it.
            let message = String::new();
            items.push_back(Item::Invalid { message });
            return;
        };
        // All events of a payload have the same envelope.
        let (log_group, log_stream) = names.get_or_insert_with(|| {
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
            Err(_) => Item::Undated {
                message: event.message.into_owned(),
                event_time: None,
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_limited() {
        const DEPTH: usize = 100_000;
        let text = format!(
            "{}{{}}{}",
            r#"{"events":["#.repeat(DEPTH),
            "]}".repeat(DEPTH)
        );
        let mut classifier = Classifier::new(DeliveryInterval::default());
        classifier
            .classify(text.as_bytes())
            .expect("it has no record");
        assert!(classifier.next_item().is_some());
        assert!(classifier.next_item().is_none());
    }
}

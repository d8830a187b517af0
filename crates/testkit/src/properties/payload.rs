//! Properties of the payload decoder on any bytes.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use aws_lambda_events::cloudwatch_logs::LogData;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cloudtrail_alarms::event::payload::{
    Decoder, Envelope, Head, LogEvent, LogEventError, PayloadError, Receiver, logged_at, read_json,
};
use flate2::Compression;

use crate::events::gzip_at;

/// Limit of decompressed bytes. A larger payload takes time and shows nothing new.
const LIMIT: usize = 1 << 20;

/// Size of the window into which a payload is decompressed (`window::SIZE`, which is private).
const WINDOW: usize = 256 << 10;

/// Asserts the properties for bytes that are taken as decompressed JSON, as gzip data and as base64 text.
///
/// * Nothing panics, and a decoder can be used again after an error.
/// * `read_json` and `Decoder::read` give the same envelope, the same events and the same error.
/// * A receiver that takes events by `offer` gets the same events.
/// * The place at which the window cuts the text changes nothing.
/// * If the parser of `aws_lambda_events` accepts the payload, its data is the same.
pub fn check(bytes: &[u8]) {
    let mut decoder = Decoder::with_limit(LIMIT);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = decoder.read(text, Seen::default());
    }
    let _ = decoder.read(&BASE64_STANDARD.encode(bytes), Seen::default());

    let data = BASE64_STANDARD.encode(gzip_at(Compression::none(), bytes));
    let found = seen(|receiver| decoder.read(&data, receiver), false);
    let offered = seen(|receiver| decoder.read(&data, receiver), true);
    assert_eq!(offered, found, "an event was offered");

    let Ok(json) = std::str::from_utf8(bytes) else {
        return;
    };
    let of_json = seen(|receiver| read_json(json, receiver), false);
    assert_eq!(of_json, found, "the payload was not compressed");
    if let Some(moved) = moved(json) {
        let (result, events) = seen(|receiver| read_json(&moved, receiver), true);
        assert_eq!(events, found.1, "the window cut the text");
        // Messages of errors contain the place of the error.
        assert_eq!(result.ok(), found.0.clone().ok(), "the window cut the text");
    }
    agrees_with_oracle(json, &found);
}

/// Result of reading a payload: the envelope or the error, and the events as text.
type Found = (Result<Envelope, String>, Vec<String>);

/// Collects events as text.
#[derive(Default)]
struct Seen {
    /// Whether to take events by `offer` if possible.
    takes_offers: bool,
    events: Vec<String>,
}

impl Receiver for &mut Seen {
    fn offer(
        &mut self,
        envelope: &Envelope,
        head: Head<'_>,
        rest: &[u8],
        end: &[u8],
    ) -> Option<usize> {
        // A message without escapes. The decoder must read all others.
        let length =
            (rest.iter()).position(|&byte| byte < b' ' || byte == b'"' || byte == b'\\')?;
        let message = std::str::from_utf8(&rest[..length]).ok()?;
        if !self.takes_offers || !rest[length..].starts_with(end) {
            return None;
        }
        let event = LogEvent {
            id: head.id.into(),
            timestamp: head.timestamp,
            message: message.into(),
        };
        self.take(envelope, Ok(event));
        Some(length)
    }

    fn take(&mut self, envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>) {
        let event = match event {
            Ok(event) => {
                let time = logged_at(event.timestamp).map_err(|error| error.to_string());
                format!("{event:?} {time:?}")
            }
            Err(error) => error.to_string(),
        };
        self.events.push(format!("{envelope:?} {event}"));
    }
}

impl Receiver for Seen {
    fn take(&mut self, envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>) {
        let mut seen = self;
        Receiver::take(&mut seen, envelope, event);
    }
}

fn seen(
    read: impl FnOnce(&mut Seen) -> Result<Envelope, PayloadError>,
    takes_offers: bool,
) -> Found {
    let mut seen = Seen {
        takes_offers,
        events: Vec::new(),
    };
    let result = read(&mut seen).map_err(|error| error.to_string());
    (result, seen.events)
}

/// The same payload with an unknown key in front, so long that the window ends within the text.
fn moved(json: &str) -> Option<String> {
    let rest = json
        .strip_prefix('{')
        .filter(|rest| rest.starts_with('"'))?;
    let mut hasher = DefaultHasher::new();
    json.hash(&mut hasher);
    let hash = usize::try_from(hasher.finish() >> 32).unwrap_or_default();
    // One text in four, since a whole window takes longer than the rest.
    if !hash.is_multiple_of(4) {
        return None;
    }
    let cut = hash / 4 % (rest.len() + 1);
    let around = r#"{"filler":"","#.len();
    let filler = "x".repeat(WINDOW.checked_sub(cut + around)?);
    Some(format!(r#"{{"filler":"{filler}",{rest}"#))
}

/// Compares with the types of `aws_lambda_events`, which accept only payloads with all keys.
fn agrees_with_oracle(json: &str, found: &Found) {
    if !json.starts_with('{') {
        // The derived parser also accepts arrays in place of objects.
        return;
    }
    let Ok(expected) = serde_json::from_str::<LogData>(json) else {
        return;
    };
    let is_control_message = match expected.message_type.as_str() {
        "" | "DATA_MESSAGE" => false,
        "CONTROL_MESSAGE" => true,
        _ => return assert!(found.0.is_err(), "{json}"),
    };
    let envelope = Envelope {
        is_control_message,
        owner: expected.owner,
        log_group: expected.log_group,
        log_stream: expected.log_stream,
    };
    let mut seen = Seen::default();
    for event in expected.log_events.iter().filter(|_| !is_control_message) {
        let event = LogEvent {
            id: event.id.as_str().into(),
            timestamp: event.timestamp,
            message: event.message.as_str().into(),
        };
        Receiver::take(&mut seen, &envelope, Ok(event));
    }
    assert_eq!(found.0, Ok(envelope), "{json}");
    assert_eq!(found.1, seen.events);
}

//! Payloads of generated or real records.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use flate2::Compression;
use serde_json::Value;

use super::generator::{self, ADVERSE, RANDOM, TYPICAL};
use crate::events::{Origin, TRAIL, awslogs, gzip_at, payload_text};
use crate::records;
use crate::time::DELIVERED;

/// Maximum gzip size of a payload, in bytes. Its base64 and the JSON around it are just below Lambda's limit of 1 MB for
/// asynchronous events.
const MAX_GZIP: usize = 749_000;

/// The origin of the payloads.
const ORIGIN: Origin = Origin {
    log_group: "aws-cloudtrail-logs",
    ..TRAIL
};

/// A subscription payload.
#[derive(Debug)]
pub struct Payload {
    /// The records, each with an `eventID` of its own.
    pub messages: Vec<String>,
    /// The JSON text of the payload.
    pub json: String,
    /// The JSON text, compressed.
    pub gzip: Vec<u8>,
    /// The invocation that delivers it.
    pub event: String,
}

impl Payload {
    fn new(messages: Vec<String>) -> Self {
        let json = text(&messages);
        let gzip = gzip(&json);
        let event = awslogs(&gzip).to_string();
        Self {
            messages,
            json,
            gzip,
            event,
        }
    }

    /// The compression ratio.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a payload has less than 2^52 bytes"
    )]
    pub fn gzip_ratio(&self) -> f64 {
        self.json.len() as f64 / self.gzip.len() as f64
    }
}

/// The number of records of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// This number.
    Records(usize),
    /// As many as Lambda accepts.
    Full,
}

impl FromStr for Size {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        match text {
            "full" => Ok(Self::Full),
            count => count.parse().map(Self::Records),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(1) => f.write_str("1 record"),
            Self::Records(count) => write!(f, "{count} records"),
            Self::Full => f.write_str("1 MB"),
        }
    }
}

/// The kinds of traffic that [`payload`] knows.
pub const TRAFFIC: [&str; 4] = ["typical", "adverse", "random", "real"];

/// The payload of this traffic. It is the same in each run.
pub fn payload(traffic: &str, size: Size) -> Payload {
    let known = [TYPICAL, ADVERSE, RANDOM];
    let records = match known.into_iter().find(|known| known.name == traffic) {
        Some(known) => generator::records(known, 1, 2_000),
        None if traffic == "real" => records::real(),
        None => panic!("expected one of {TRAFFIC:?}, found {traffic:?}"),
    };
    match size {
        Size::Records(count) => Payload::new(repeat(&records, count)),
        Size::Full => full(&records),
    }
}

/// A full payload of real records.
pub fn real() -> Payload {
    full(&records::real())
}

/// Repeats the records until no more of them fit.
fn full(records: &[String]) -> Payload {
    let mut count = records.len() * MAX_GZIP / gzip(&text(&repeat(records, records.len()))).len();
    loop {
        let payload = Payload::new(repeat(records, count));
        if payload.gzip.len() <= MAX_GZIP {
            return payload;
        }
        count -= count / 200 + 1;
    }
}

/// Repeats the records in a cycle up to `count`. Repeated records get new event IDs.
fn repeat(records: &[String], count: usize) -> Vec<String> {
    (records.iter().cycle().take(count).enumerate())
        .map(|(index, record)| {
            let tree: Value = serde_json::from_str(record).expect("a record is JSON");
            let id = tree["eventID"].as_str().expect("a record has an event ID");
            let round = index / records.len();
            record.replace(id, &format!("{round:08x}{}", &id[8..]))
        })
        .collect()
}

/// The JSON text of a payload.
fn text(messages: &[String]) -> String {
    let time = DELIVERED.as_millisecond();
    let messages = messages.iter().map(|message| (time, message.as_str()));
    payload_text(&ORIGIN, messages)
}

/// Compresses as the recorded payloads are compressed.
fn gzip(json: &str) -> Vec<u8> {
    gzip_at(Compression::default(), json.as_bytes())
}

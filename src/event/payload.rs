//! A CloudWatch Logs subscription payload: base64 of gzip of JSON.
//!
//! In comes the base64 text; each log event is handed on as it is read, and none is kept. What is promised: the
//! inflated text is bounded and a larger one is an error, never cut; unknown keys are passed over; every key may be
//! missing. Shape: CloudWatch Logs User Guide, "Real-time processing of log data with subscriptions".

use std::borrow::Cow;
use std::fmt;
use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Largest inflated payload, in bytes.
///
/// Lambda takes 1 MB of an asynchronous event. CloudTrail's records shrink to a ninth, so that real payloads stay below
/// 10 MB; forty-eight leave room for very repetitive ones and keep the function within 256 MB of memory.
pub const MAX_INFLATED: usize = 48 << 20;

/// Buffers larger than this, in bytes, are given back after use, so that one giant does not stay for good.
const KEPT: usize = 16 << 20;

/// What a payload says about itself, beside its log events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Whether this is CloudWatch Logs' probe of the destination, which holds no log events of interest.
    pub is_control_message: bool,
    /// The account that owns the log group.
    pub owner: String,
    /// The log group.
    pub log_group: String,
    /// The log stream.
    pub log_stream: String,
}

/// One log event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LogEvent<'p> {
    /// CloudWatch Logs' id of the event; the same on every delivery.
    #[serde(borrow, deserialize_with = "text_or_null")]
    pub id: Cow<'p, str>,
    /// When CloudTrail delivered it, milliseconds since 1970.
    #[serde(deserialize_with = "number_or_null")]
    pub timestamp: i64,
    /// The record.
    #[serde(borrow, deserialize_with = "text_or_null")]
    pub message: Cow<'p, str>,
}

#[derive(Deserialize)]
struct Text<'p>(#[serde(borrow)] Cow<'p, str>);

fn text_or_null<'de, D: serde::Deserializer<'de>>(json: D) -> Result<Cow<'de, str>, D::Error> {
    Ok(Option::<Text<'de>>::deserialize(json)?.map_or(Cow::Borrowed(""), |text| text.0))
}

fn number_or_null<'de, D: serde::Deserializer<'de>>(json: D) -> Result<i64, D::Error> {
    Ok(Option::<i64>::deserialize(json)?.unwrap_or_default())
}

/// Why a payload cannot be decoded. Trying again cannot help.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// `data` is not base64.
    #[error("expected `awslogs.data` to be base64 with padding")]
    Base64 {
        /// The place and the cause.
        #[source]
        source: base64::DecodeError,
    },
    /// The decoded bytes are not gzip, or end early, or fail their checksum.
    #[error("expected `awslogs.data` to hold whole gzip data")]
    Gzip {
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The inflated text is larger than is accepted.
    #[error("the payload inflates to more than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The inflated bytes are not text.
    #[error("expected the payload to be UTF-8 text")]
    Utf8 {
        /// The place.
        #[source]
        source: std::str::Utf8Error,
    },
    /// The text is not the JSON of a subscription payload.
    #[error(
        "expected the payload to be the JSON object of a subscription, with `messageType` and `logEvents`"
    )]
    Json {
        /// The place and the cause.
        #[source]
        source: serde_json::Error,
    },
    /// `messageType` is neither of the two that exist.
    #[error("expected `messageType` to be DATA_MESSAGE or CONTROL_MESSAGE, found {found:?}")]
    MessageType {
        /// The text found.
        found: String,
    },
}

/// Decodes payloads; keeps its buffers from one to the next.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    compressed: Vec<u8>,
    inflated: Vec<u8>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::with_limit(MAX_INFLATED)
    }
}

impl Decoder {
    /// A decoder that accepts at most `limit` inflated bytes.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            compressed: Vec::new(),
            inflated: Vec::new(),
        }
    }

    /// Undoes base64 and gzip; the JSON text stays in the decoder's memory.
    pub fn inflate(&mut self, data: &str) -> Result<&str, PayloadError> {
        self.compressed.clear();
        self.inflated.clear();
        self.compressed.shrink_to(KEPT);
        self.inflated.shrink_to(KEPT);
        BASE64_STANDARD
            .decode_vec(data, &mut self.compressed)
            .map_err(|source| PayloadError::Base64 { source })?;
        // One byte more than allowed tells "too large" from "just fits".
        let most = u64::try_from(self.limit)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        MultiGzDecoder::new(self.compressed.as_slice())
            .take(most)
            .read_to_end(&mut self.inflated)
            .map_err(|source| PayloadError::Gzip { source })?;
        if self.inflated.len() > self.limit {
            return Err(PayloadError::TooLarge { limit: self.limit });
        }
        std::str::from_utf8(&self.inflated).map_err(|source| PayloadError::Utf8 { source })
    }

    /// Decodes a payload and hands on its log events in order, with the envelope they came in.
    ///
    /// Of a control message no log event is handed on. On an error some may have been handed on already.
    pub fn read(
        &mut self,
        data: &str,
        mut on_event: impl FnMut(&Envelope, LogEvent<'_>),
    ) -> Result<Envelope, PayloadError> {
        let json = self.inflate(data)?;
        read_json(json, &mut on_event)
    }
}

/// Reads a payload that is decoded already, as [`Decoder::read`] does one that is not.
pub fn read_json(
    json: &str,
    on_event: &mut dyn FnMut(&Envelope, LogEvent<'_>),
) -> Result<Envelope, PayloadError> {
    let mut pass = Pass {
        header: Header::default(),
        on_event,
        order: Order::AsWritten,
    };
    pass.run(json)?;
    if pass.order == Order::EventsFirst {
        // What the envelope says was still to come when the log events came: read them again, knowing it.
        pass.order = Order::HeaderKnown;
        pass.run(json)?;
    }
    pass.header.envelope()
}

#[derive(Default)]
struct Header<'p> {
    message_type: Option<Cow<'p, str>>,
    owner: Option<Cow<'p, str>>,
    log_group: Option<Cow<'p, str>>,
    log_stream: Option<Cow<'p, str>>,
}

impl Header<'_> {
    fn is_complete(&self) -> bool {
        self.message_type.is_some() && self.log_group.is_some() && self.log_stream.is_some()
    }

    fn envelope(&self) -> Result<Envelope, PayloadError> {
        let is_control_message = match self.message_type.as_deref() {
            None | Some("" | "DATA_MESSAGE") => false,
            Some("CONTROL_MESSAGE") => true,
            Some(found) => {
                return Err(PayloadError::MessageType {
                    found: found.to_owned(),
                });
            }
        };
        let text = |value: &Option<Cow<'_, str>>| value.as_deref().unwrap_or_default().to_owned();
        Ok(Envelope {
            is_control_message,
            owner: text(&self.owner),
            log_group: text(&self.log_group),
            log_stream: text(&self.log_stream),
        })
    }
}

/// In which order the keys stand.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    /// As CloudWatch Logs writes it, as far as is known: the header first.
    AsWritten,
    /// `logEvents` came before the header was complete and was passed over.
    EventsFirst,
    /// The header is known from an earlier pass.
    HeaderKnown,
}

/// One walk over the payload's text.
struct Pass<'p, 'f> {
    header: Header<'p>,
    on_event: &'f mut dyn FnMut(&Envelope, LogEvent<'_>),
    order: Order,
}

impl<'p> Pass<'p, '_> {
    fn run(&mut self, json: &'p str) -> Result<(), PayloadError> {
        let mut failed = None;
        let mut deserializer = serde_json::Deserializer::from_str(json);
        serde::Deserializer::deserialize_map(
            &mut deserializer,
            Keys {
                pass: self,
                failed: &mut failed,
            },
        )
        .and_then(|()| deserializer.end())
        .map_err(|source| failed.take().unwrap_or(PayloadError::Json { source }))
    }
}

struct Keys<'a, 'p, 'f> {
    pass: &'a mut Pass<'p, 'f>,
    /// An error of ours, which serde's error type cannot carry.
    failed: &'a mut Option<PayloadError>,
}

impl<'p> Visitor<'p> for Keys<'_, 'p, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a subscription payload")
    }

    fn visit_map<A: MapAccess<'p>>(self, mut keys: A) -> Result<(), A::Error> {
        let Self { pass, failed } = self;
        while let Some(Text(key)) = keys.next_key()? {
            let header = &mut pass.header;
            let field = match &*key {
                "messageType" => &mut header.message_type,
                "owner" => &mut header.owner,
                "logGroup" => &mut header.log_group,
                "logStream" => &mut header.log_stream,
                "logEvents" if header.is_complete() || pass.order == Order::HeaderKnown => {
                    let envelope = match header.envelope() {
                        Ok(envelope) => envelope,
                        Err(error) => {
                            *failed = Some(error);
                            return Err(serde::de::Error::custom("see the cause"));
                        }
                    };
                    keys.next_value_seed(Events {
                        envelope: &envelope,
                        on_event: pass.on_event,
                    })?;
                    continue;
                }
                "logEvents" => {
                    pass.order = Order::EventsFirst;
                    keys.next_value::<IgnoredAny>()?;
                    continue;
                }
                _ => {
                    keys.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *field = keys.next_value::<Option<Text<'p>>>()?.map(|text| text.0);
        }
        Ok(())
    }
}

/// The array of log events, handed on one by one.
struct Events<'a> {
    envelope: &'a Envelope,
    on_event: &'a mut dyn FnMut(&Envelope, LogEvent<'_>),
}

impl<'de> DeserializeSeed<'de> for Events<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Events<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of log events")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut events: A) -> Result<(), A::Error> {
        while let Some(event) = events.next_element::<LogEvent<'de>>()? {
            if !self.envelope.is_control_message {
                (self.on_event)(self.envelope, event);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn encoded(json: &[u8]) -> String {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(json).unwrap();
        BASE64_STANDARD.encode(gzip.finish().unwrap())
    }

    fn read(json: &str) -> Result<(Envelope, Vec<String>), PayloadError> {
        let mut seen = Vec::new();
        let envelope = Decoder::default().read(&encoded(json.as_bytes()), |envelope, event| {
            seen.push(format!(
                "{}/{} {} {}",
                envelope.log_stream, event.id, event.timestamp, event.message
            ));
        })?;
        Ok((envelope, seen))
    }

    #[track_caller]
    fn rejected(json: &str) -> String {
        read(json).unwrap_err().to_string()
    }

    const EVENTS: &str = r#""logEvents":[{"id":"1","timestamp":5,"message":"{\"a\":1}"},{"id":"2","x":[],"timestamp":6,"message":""}]"#;

    #[test]
    fn the_log_events_come_in_order_with_their_envelope() {
        let (envelope, seen) = read(&format!(
            r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","new":{{}},{EVENTS}}}"#
        ))
        .unwrap();
        assert_eq!(envelope.log_group, "g");
        assert_eq!(seen, [r#"s/1 5 {"a":1}"#, "s/2 6 "]);
    }

    #[test]
    fn the_order_of_the_keys_does_not_matter() {
        let (_, seen) = read(&format!(r#"{{{EVENTS},"logStream":"s","logGroup":"g"}}"#)).unwrap();
        assert_eq!(seen, [r#"s/1 5 {"a":1}"#, "s/2 6 "]);
    }

    #[test]
    fn every_key_may_be_missing_or_null() {
        assert_eq!(read("{}").unwrap().1, [""; 0]);
        let (_, seen) =
            read(r#"{"logStream":null,"logEvents":[{},{"id":null,"message":null}]}"#).unwrap();
        assert_eq!(seen, ["/ 0 ", "/ 0 "]);
        assert_eq!(read(r#"{"logEvents":null}"#).unwrap().1, [""; 0]);
    }

    #[test]
    fn a_control_message_hands_nothing_on() {
        let (envelope, seen) =
            read(&format!(r#"{{"messageType":"CONTROL_MESSAGE",{EVENTS}}}"#)).unwrap();
        assert!(envelope.is_control_message);
        assert_eq!(seen, [""; 0]);
    }

    #[test]
    fn members_of_a_multi_member_gzip_are_all_read() {
        let mut bytes = Vec::new();
        for part in [r#"{"logGroup":"#, r#""g"}"#] {
            let mut gzip = GzEncoder::new(&mut bytes, Compression::fast());
            gzip.write_all(part.as_bytes()).unwrap();
            gzip.finish().unwrap();
        }
        let envelope = Decoder::default()
            .read(&BASE64_STANDARD.encode(bytes), |_, _| {})
            .unwrap();
        assert_eq!(envelope.log_group, "g");
    }

    #[test]
    fn a_payload_over_the_limit_is_refused_and_one_at_the_limit_is_not() {
        let json = br#"{"owner":"1"}"#;
        assert!(
            Decoder::with_limit(json.len())
                .inflate(&encoded(json))
                .is_ok()
        );
        let error = Decoder::with_limit(json.len() - 1)
            .inflate(&encoded(json))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the payload inflates to more than 12 bytes"
        );
    }

    #[test]
    fn what_is_no_payload_is_told_what_was_expected() {
        let mut decoder = Decoder::default();
        let mut inflate = |data: &str| decoder.inflate(data).unwrap_err().to_string();
        assert_eq!(
            inflate("H4s!"),
            "expected `awslogs.data` to be base64 with padding"
        );
        assert_eq!(
            inflate("bm90IGd6aXA="),
            "expected `awslogs.data` to hold whole gzip data"
        );
        let whole = BASE64_STANDARD
            .decode(encoded(b"{\"owner\":\"123456789012\"}"))
            .unwrap();
        let cut = BASE64_STANDARD.encode(&whole[..whole.len() - 4]);
        assert_eq!(
            inflate(&cut),
            "expected `awslogs.data` to hold whole gzip data"
        );
        assert_eq!(
            inflate(&encoded(b"\xff")),
            "expected the payload to be UTF-8 text"
        );

        let json = "expected the payload to be the JSON object of a subscription, with `messageType` and `logEvents`";
        assert_eq!(rejected("[]"), json);
        assert_eq!(rejected("{} {}"), json);
        assert_eq!(rejected(r#"{"logEvents":{}}"#), json);
        assert_eq!(rejected(r#"{"logGroup":7}"#), json);
        assert_eq!(rejected(&"[".repeat(200_000)), json);
        assert_eq!(
            rejected(&format!(r#"{{"logEvents":{}"#, "[".repeat(200_000))),
            json
        );
        assert_eq!(
            rejected(r#"{"messageType":"PING"}"#),
            "expected `messageType` to be DATA_MESSAGE or CONTROL_MESSAGE, found \"PING\""
        );
    }
}

//! A CloudWatch Logs subscription payload: base64 of gzip of JSON.
//!
//! In comes the base64 text; each log event is handed on as it is read, and none is kept. What is promised: the text is
//! inflated into a window that is used again, so that memory is a matter of the largest log event and not of the
//! payload; what it inflates to is bounded and a larger one is an error, never cut; unknown keys are passed over; every
//! key may be missing; a log event of the wrong types does not spoil the others. Shape: CloudWatch Logs User Guide,
//! "Real-time processing of log data with subscriptions".

mod cursor;
mod document;
mod encoded;
mod log_event;
mod window;

use flate2::bufread::MultiGzDecoder;

use self::document::{Document, Events};
use self::encoded::Encoded;
use self::window::Window;

pub use self::log_event::{LogEvent, LogEventError, LogTimeError, logged_at};

/// Largest inflated payload, in bytes.
///
/// Lambda takes 1 MB of an asynchronous event. CloudTrail's records shrink to a ninth, so that real payloads stay below
/// 10 MB; forty-eight leave room for very repetitive ones, and for one that is a single log event within 256 MB of memory.
pub const MAX_INFLATED: usize = 48 << 20;

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

/// Takes the log events of a payload, in their order.
///
/// A closure that takes each log event, or why it is none, is a receiver.
pub trait Receiver {
    /// Offers a log event whose message still stands in its JSON string: `rest` is what follows the opening quote, and
    /// may be cut anywhere. Returns the length of the message if that is enough to take the event, and if `end` follows
    /// it; else nothing has happened, and the event comes through [`Receiver::take`].
    fn offer(
        &mut self,
        envelope: &Envelope,
        head: Head<'_>,
        rest: &[u8],
        end: &[u8],
    ) -> Option<usize> {
        let _ = (envelope, head, rest, end);
        None
    }

    /// Takes a log event, or learns why it is none.
    fn take(&mut self, envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>);
}

impl<F: FnMut(&Envelope, Result<LogEvent<'_>, LogEventError>)> Receiver for F {
    fn take(&mut self, envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>) {
        self(envelope, event);
    }
}

/// What stands before the message of a log event.
#[derive(Clone, Copy, Debug)]
pub struct Head<'p> {
    /// CloudWatch Logs' id of the event; the same on every delivery.
    pub id: &'p str,
    /// When CloudTrail delivered it, milliseconds since 1970.
    pub timestamp: i64,
}

/// Why a payload cannot be decoded. Trying again cannot help.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// `data` is not base64.
    #[error("expected `awslogs.data` to be base64")]
    Base64 {
        /// The cause.
        #[source]
        source: base64_simd::Error,
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
    /// Where JSON is expected stand bytes that are no text. In a string that is a value they become U+FFFD.
    #[error("expected the payload to be UTF-8 text, which it is not from byte {at} on")]
    Utf8 {
        /// The first of them, of the inflated bytes.
        at: usize,
    },
    /// The text is not the JSON of a subscription payload.
    #[error(
        "expected the payload to be the JSON object of a subscription, with `messageType` and `logEvents`, which it is \
         not from byte {at} on"
    )]
    Json {
        /// The first of the inflated bytes that was not understood; places in the cause count from it.
        at: usize,
        /// The cause.
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
    window: Vec<u8>,
    decoded: Vec<u8>,
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
            window: Vec::new(),
            decoded: Vec::new(),
        }
    }

    /// Decodes a payload and hands on its log events in order, with the envelope they came in.
    ///
    /// Of a payload that says that it is a control message, no log event behind that is handed on.
    ///
    /// # Errors
    /// It cannot be decoded. Some log events may have been handed on already.
    pub fn read(
        &mut self,
        data: &str,
        mut receiver: impl Receiver,
    ) -> Result<Envelope, PayloadError> {
        let Self {
            limit,
            window,
            decoded,
        } = self;
        read(&mut receiver, |document, receiver| {
            let gzip = MultiGzDecoder::new(Encoded::new(data, decoded));
            document.read(&mut Window::new(gzip, window, *limit), receiver)
        })
    }
}

/// Reads a payload that is decoded already, as [`Decoder::read`] does one that is not.
///
/// # Errors
/// It is not the JSON of one.
pub fn read_json(json: &str, mut receiver: impl Receiver) -> Result<Envelope, PayloadError> {
    let mut window = Vec::new();
    read(&mut receiver, |document, receiver| {
        document.read(
            &mut Window::new(json.as_bytes(), &mut window, usize::MAX),
            receiver,
        )
    })
}

fn read<R: Receiver>(
    receiver: &mut R,
    mut pass: impl FnMut(&mut Document, &mut R) -> Result<(), PayloadError>,
) -> Result<Envelope, PayloadError> {
    let mut document = Document::default();
    pass(&mut document, receiver)?;
    if document.events == Events::PassedOver {
        // What the envelope says was still to come when the log events came: read them again, knowing it.
        document.events = Events::Again;
        pass(&mut document, receiver)?;
    }
    document.envelope()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
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
        let on_event = |envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>| {
            seen.push(match event {
                Err(error) => error.to_string(),
                Ok(event) => format!(
                    "{}/{} {} {}",
                    envelope.log_stream, event.id, event.timestamp, event.message
                ),
            });
        };
        let envelope = Decoder::default().read(&encoded(json.as_bytes()), on_event)?;
        Ok((envelope, seen))
    }

    fn ignored(_: &Envelope, _: Result<LogEvent<'_>, LogEventError>) {}

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
    fn log_events_come_with_the_whole_envelope_also_if_a_part_of_it_follows_them() {
        let members = [
            r#""messageType":"DATA_MESSAGE""#,
            r#""owner":"1""#,
            r#""logGroup":"g""#,
            r#""logStream":"s""#,
        ];
        for last in members {
            let mut first = members.to_vec();
            first.retain(|member| *member != last);
            let json = format!("{{{},{EVENTS},{last}}}", first.join(","));
            let mut seen = Vec::new();
            let take = |envelope: &Envelope, _: Result<LogEvent<'_>, LogEventError>| {
                seen.push(envelope.clone());
            };
            let envelope = Decoder::default()
                .read(&encoded(json.as_bytes()), take)
                .unwrap();
            assert_eq!(seen, [envelope.clone(), envelope], "{last}");
        }
    }

    #[test]
    fn log_events_that_come_in_two_parts_are_each_taken_once() {
        let (_, seen) = read(
            r#"{"logEvents":[{"id":"1"}],"messageType":"DATA_MESSAGE","logGroup":"g","logStream":"s","logEvents":[{"id":"2"}]}"#,
        )
        .unwrap();
        assert_eq!(seen, ["s/1 0 ", "s/2 0 "]);
        let (_, seen) = read(
            r#"{"messageType":"DATA_MESSAGE","logGroup":"g","logStream":"s","logEvents":[{"id":"1"}],"logGroup":null,"logEvents":[{"id":"2"}]}"#,
        )
        .unwrap();
        assert_eq!(seen, ["s/1 0 ", "s/2 0 "]);
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
    fn a_log_event_of_the_wrong_types_spoils_only_itself() {
        let none =
            "expected a log event with text in `id` and `message` and a number in `timestamp`";
        let (_, seen) = read(
            r#"{"logStream":"s","logEvents":[{"id":7},{"timestamp":"now"},{"message":{"a":1}},{"id":"1","id":"2"},7,null,[[]],
            {"id":"1","timestamp":5,"message":"m"},{"timestamp":1e99}]}"#,
        )
        .unwrap();
        let expected = [none, none, none, none, none, none, none, "s/1 5 m", none];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_lone_surrogate_in_a_message_loses_nothing_else() {
        let (_, seen) = read(r#"{"logEvents":[{"message":"{\"a\":\"\ud800\"}"}]}"#).unwrap();
        assert_eq!(seen, ["/ 0 {\"a\":\"\u{fffd}\u{fffd}\u{fffd}\"}"]);
    }

    #[test]
    fn bytes_that_are_no_text_lose_nothing_of_a_message() {
        let json = b"{\"logEvents\":[{\"message\":\"a \xff\"},{\"message\":\"a\\t\xff\"}]}";
        let mut seen = Vec::new();
        let take = |_: &Envelope, event: Result<LogEvent<'_>, LogEventError>| {
            seen.push(event.unwrap().message.into_owned());
        };
        Decoder::default().read(&encoded(json), take).unwrap();
        assert_eq!(seen, ["a \u{fffd}", "a\t\u{fffd}"]);
    }

    #[test]
    fn a_text_is_read_however_the_window_cuts_it() {
        for length in (window::SIZE - 200..window::SIZE).step_by(7) {
            let (_, seen) = read(&format!(
                r#"{{"filler":"{}","number":{},"logStream":"s","logEvents":[{{"id":"1","timestamp":123456789,"message":"a\\\"é"}}, null ] }} "#,
                "x".repeat(length),
                "9".repeat(50),
            ))
            .unwrap();
            assert_eq!(seen.len(), 2);
            assert_eq!(seen[0], "s/1 123456789 a\\\"é", "{length}");
        }
    }

    #[test]
    fn a_number_is_read_however_the_window_cuts_it() {
        for number in ["-5", "1.25", "1e5", "1E+05", "-1.5e-5", "0.0"] {
            for length in window::SIZE - 50..window::SIZE {
                let filler = "x".repeat(length);
                let (envelope, _) = read(&format!(
                    r#"{{"filler":"{filler}","number":{number},"logGroup":"g"}}"#
                ))
                .unwrap();
                assert_eq!(envelope.log_group, "g", "{number} {length}");
                let (_, seen) = read(&format!(
                    r#"{{"logEvents":[{{"message":"{filler}","ingestionTime":{number}}},{{"id":"2"}}]}}"#
                ))
                .unwrap();
                assert_eq!(seen.len(), 2, "{number} {length}");
            }
        }
    }

    #[test]
    fn a_log_event_may_be_larger_than_the_window() {
        let message = "x".repeat(3 * window::SIZE);
        let (_, seen) = read(&format!(
            r#"{{"logEvents":[{{"message":"{message}"}},{{"message":"y"}}]}}"#
        ))
        .unwrap();
        assert_eq!(seen, [format!("/ 0 {message}"), "/ 0 y".to_owned()]);
    }

    #[test]
    fn base64_is_read_in_pieces_and_ends_with_its_padding() {
        // Digits that hardly shrink.
        let noise: Vec<String> = (0..60_000)
            .map(|n| f64::from(n).sin().to_string())
            .collect();
        let noise = noise.concat();
        let data = encoded(format!(r#"{{"logGroup":"{noise}"}}"#).as_bytes());
        assert!(data.len() > 100_000, "{}", data.len());
        let mut decoder = Decoder::default();
        assert_eq!(decoder.read(&data, ignored).unwrap().log_group, noise);
        let padded = format!("{}AA=={}", &data[..32_764], &data[32_768..]);
        let error = decoder.read(&padded, ignored).unwrap_err();
        assert!(matches!(error, PayloadError::Base64 { .. }), "{error}");
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
            .read(&BASE64_STANDARD.encode(bytes), ignored)
            .unwrap();
        assert_eq!(envelope.log_group, "g");
    }

    #[test]
    fn a_payload_over_the_limit_is_refused_and_one_at_the_limit_is_not() {
        let json = br#"{"owner":"1"}"#;
        let decode = |limit| Decoder::with_limit(limit).read(&encoded(json), ignored);
        assert!(decode(json.len()).is_ok());
        let error = decode(json.len() - 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the payload inflates to more than 12 bytes"
        );
    }

    #[test]
    fn what_is_no_payload_is_told_what_was_expected() {
        let mut decoder = Decoder::default();
        let mut inflate = |data: &str| decoder.read(data, ignored).unwrap_err().to_string();
        assert_eq!(inflate("H4s!"), "expected `awslogs.data` to be base64");
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
            "expected the payload to be UTF-8 text, which it is not from byte 0 on"
        );

        let json = |at: usize| {
            format!(
                "expected the payload to be the JSON object of a subscription, with `messageType` and `logEvents`, \
                 which it is not from byte {at} on"
            )
        };
        assert_eq!(rejected("[]"), json(0));
        assert_eq!(rejected("{} {}"), json(3));
        assert_eq!(rejected(r#"{"logEvents":{}}"#), json(13));
        assert_eq!(rejected(r#"{"owner":"1","logGroup":7}"#), json(24));
        assert_eq!(rejected(r#"{"owner":"1""#), json(12));
        assert_eq!(rejected(&"[".repeat(200_000)), json(0));
        assert_eq!(
            rejected(&format!(r#"{{"logEvents":{}"#, "[".repeat(200_000))),
            json(13 + 200_000)
        );
        assert_eq!(
            inflate(&encoded(b"{\"owner\":\"1\",\xff")),
            "expected the payload to be UTF-8 text, which it is not from byte 13 on"
        );
        assert_eq!(inflate(&encoded(b"{\"owner\":\"\xff\",x")), json(13));
        assert_eq!(inflate(&encoded(b"{\"owner\":\"\xff")), json(11));
        assert_eq!(inflate(&encoded(b"{\"owner\":x\xff}")), json(9));
        assert_eq!(
            inflate(&encoded(b"{\"logEvents\":7,\"owner\":\"\xff\"}")),
            json(13)
        );
        let behind = format!(
            r#"{{"owner":"{}","logEvents":[{{}},]}}"#,
            "x".repeat(1 << 20)
        );
        assert_eq!(rejected(&behind), json((1 << 20) + 28));
        assert_eq!(
            rejected(r#"{"messageType":"PING"}"#),
            "expected `messageType` to be DATA_MESSAGE or CONTROL_MESSAGE, found \"PING\""
        );
    }
}

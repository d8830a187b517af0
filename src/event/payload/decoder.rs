//! Decoding of payloads.

use flate2::bufread::MultiGzDecoder;

use super::document::{Document, Events};
use super::encoded::Encoded;
use super::error::PayloadError;
use super::receiver::{Envelope, Receiver};
use super::window::Window;

/// Maximum size of an inflated payload, in bytes.
///
/// Lambda accepts asynchronous events of at most 1 MB, and gzip compresses CloudTrail records to a ninth. So real payloads
/// inflate to less than 10 MB. 48 MB allow very repetitive ones. A payload of that size that is a single log event fits in
/// 256 MB of memory.
pub const MAX_INFLATED: usize = 48 << 20;

/// Decodes payloads. Reuses its buffers.
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

    /// Decodes a payload, and passes its log events to the receiver in order, each with the envelope.
    ///
    /// The log events of a control message are skipped.
    ///
    /// # Errors
    /// The payload cannot be decoded. The receiver may already have taken some log events.
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

/// Reads the JSON text of a payload like [`Decoder::read`].
///
/// # Errors
/// The text is not the JSON of a payload.
pub fn read_json(json: &str, mut receiver: impl Receiver) -> Result<Envelope, PayloadError> {
    let mut window = Vec::new();
    read(&mut receiver, |document, receiver| {
        document.read(
            &mut Window::new(json.as_bytes(), &mut window, usize::MAX),
            receiver,
        )
    })
}

/// Reads a document with `pass`; a second time if log events came before the envelope was complete.
fn read<R: Receiver>(
    receiver: &mut R,
    mut pass: impl FnMut(&mut Document, &mut R) -> Result<(), PayloadError>,
) -> Result<Envelope, PayloadError> {
    let mut document = Document::default();
    pass(&mut document, receiver)?;
    if document.events == Events::Skipped {
        // The envelope is complete now: read the log events with it.
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
    use crate::event::payload::{LogEvent, LogEventError, window};

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
    fn log_events_have_the_whole_envelope_even_if_a_part_of_it_follows_them() {
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
    fn log_events_in_two_parts_are_each_taken_once() {
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
    fn a_log_event_of_another_type_does_not_affect_the_others() {
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
    fn invalid_utf8_loses_nothing_else_of_a_message() {
        let json = b"{\"logEvents\":[{\"message\":\"a \xff\"},{\"message\":\"a\\t\xff\"}]}";
        let mut seen = Vec::new();
        let take = |_: &Envelope, event: Result<LogEvent<'_>, LogEventError>| {
            seen.push(event.unwrap().message.into_owned());
        };
        Decoder::default().read(&encoded(json), take).unwrap();
        assert_eq!(seen, ["a \u{fffd}", "a\t\u{fffd}"]);
    }

    #[test]
    fn a_text_is_read_wherever_the_window_ends() {
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
    fn a_number_is_read_wherever_the_window_ends() {
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
        // Digits that gzip hardly compresses.
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
    fn a_control_message_has_no_log_events() {
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
    fn a_payload_over_the_limit_is_rejected_and_one_at_the_limit_is_not() {
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
    fn the_error_shows_what_is_expected() {
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
        let late = format!(
            r#"{{"owner":"{}","logEvents":[{{}},]}}"#,
            "x".repeat(1 << 20)
        );
        assert_eq!(rejected(&late), json((1 << 20) + 28));
        assert_eq!(
            rejected(r#"{"messageType":"PING"}"#),
            "expected `messageType` to be DATA_MESSAGE or CONTROL_MESSAGE, found \"PING\""
        );
    }
}

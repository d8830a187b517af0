//! The JSON of a payload, read while it comes.
//!
//! It is read in steps (a key with its value, a log event) that each need their text as a whole. A step whose text is
//! cut by the window's edge is tried again when there is more.

use std::io::Read;

use memchr::{memchr_iter, memchr2};
use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny};
use serde_json::Error as JsonError;

use super::log_event::Text;
use super::window::Window;
use super::{Envelope, Head, LogEvent, LogEventError, PayloadError, Receiver};

/// What is known of a payload.
#[derive(Debug, Default)]
pub(super) struct Document {
    message_type: Option<String>,
    owner: Option<String>,
    log_group: Option<String>,
    log_stream: Option<String>,
    pub(super) events: Events,
}

/// What became of the log events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Events {
    /// They have not come, or came behind the envelope, as CloudWatch Logs writes it.
    #[default]
    Taken,
    /// They came before the envelope was complete, and were passed over.
    PassedOver,
    /// They are to be taken now, whatever comes first.
    Again,
}

/// What comes next.
enum Stage {
    Start,
    /// A key; not the first one, if a comma has to come before it.
    Key {
        comma: bool,
    },
    /// A log event. Without an envelope they are passed over.
    Event {
        comma: bool,
        envelope: Option<Envelope>,
    },
    /// Nothing but white space.
    Behind,
    End,
}

/// Why a step was not made.
enum Obstacle {
    /// Its text is not there as a whole.
    Cut,
    /// It is not the JSON that is expected, from this byte of the text on.
    Json { at: usize, source: JsonError },
    /// The log events come in an envelope that is none.
    Envelope(PayloadError),
}

impl Document {
    /// The envelope, so far as it is known.
    pub(super) fn envelope(&self) -> Result<Envelope, PayloadError> {
        let is_control_message = match self.message_type.as_deref() {
            None | Some("" | "DATA_MESSAGE") => false,
            Some("CONTROL_MESSAGE") => true,
            Some(found) => {
                return Err(PayloadError::MessageType {
                    found: found.to_owned(),
                });
            }
        };
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Ok(Envelope {
            is_control_message,
            owner: text(&self.owner),
            log_group: text(&self.log_group),
            log_stream: text(&self.log_stream),
        })
    }

    fn is_complete(&self) -> bool {
        self.message_type.is_some() && self.log_group.is_some() && self.log_stream.is_some()
    }

    /// Reads a payload to its end.
    pub(super) fn read(
        &mut self,
        window: &mut Window<'_, impl Read>,
        receiver: &mut impl Receiver,
    ) -> Result<(), PayloadError> {
        let mut stage = Stage::Start;
        while !matches!(stage, Stage::End) {
            let mut cursor = Cursor {
                bytes: window.bytes(),
                at: 0,
                is_whole: window.is_at_end(),
            };
            match self.step(&mut stage, &mut cursor, receiver) {
                Ok(()) => {
                    let used = cursor.at;
                    window.consume(used);
                }
                Err(Obstacle::Cut) if !window.is_at_end() => window.extend()?,
                Err(Obstacle::Cut) => {
                    let at = window.bytes().len();
                    return Err(error_in(window, at, JsonError::custom("it ends early")));
                }
                Err(Obstacle::Json { at, source }) => return Err(error_in(window, at, source)),
                Err(Obstacle::Envelope(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes one step. Where it cannot, nothing has changed.
    fn step(
        &mut self,
        stage: &mut Stage,
        cursor: &mut Cursor<'_>,
        receiver: &mut impl Receiver,
    ) -> Result<(), Obstacle> {
        match stage {
            Stage::Start => {
                cursor.pass(b'{', "expected `{`")?;
                *stage = Stage::Key { comma: false };
            }
            Stage::Key { comma } => {
                if cursor.peek()? == b'}' {
                    cursor.at += 1;
                    *stage = Stage::Behind;
                    return Ok(());
                }
                if *comma {
                    cursor.pass(b',', "expected `,` or `}`")?;
                }
                *stage = self.member(cursor)?;
            }
            Stage::Event { comma, envelope } => {
                let next = cursor.peek()?;
                if next == b']' {
                    cursor.at += 1;
                    *stage = Stage::Key { comma: true };
                    return Ok(());
                }
                if *comma {
                    cursor.pass(b',', "expected `,` or `]`")?;
                    cursor.peek()?;
                }
                match envelope {
                    Some(envelope) => cursor.event(envelope, receiver)?,
                    None => _ = cursor.value::<IgnoredAny>()?,
                }
                *comma = true;
            }
            Stage::Behind => match cursor.peek() {
                Err(Obstacle::Cut) if cursor.is_whole => *stage = Stage::End,
                Err(obstacle) => return Err(obstacle),
                Ok(_) => return Err(cursor.expected("expected nothing behind the last `}`")),
            },
            Stage::End => {}
        }
        Ok(())
    }

    /// Reads a key and its value, but of the log events only the bracket that opens them.
    fn member(&mut self, cursor: &mut Cursor<'_>) -> Result<Stage, Obstacle> {
        cursor.peek()?;
        let Text(key) = cursor.value()?;
        cursor.pass(b':', "expected `:`")?;
        let next = cursor.peek()?;
        let field = match &*key {
            "messageType" => &mut self.message_type,
            "owner" => &mut self.owner,
            "logGroup" => &mut self.log_group,
            "logStream" => &mut self.log_stream,
            "logEvents" if next != b'n' => {
                cursor.pass(b'[', "expected `[`")?;
                let is_early = !self.is_complete() && self.events != Events::Again;
                // Behind log events that were passed over all are, since they are all read again.
                if is_early || self.events == Events::PassedOver {
                    self.events = Events::PassedOver;
                    return Ok(Stage::Event {
                        comma: false,
                        envelope: None,
                    });
                }
                let envelope = self.envelope().map_err(Obstacle::Envelope)?;
                return Ok(Stage::Event {
                    comma: false,
                    envelope: (!envelope.is_control_message).then_some(envelope),
                });
            }
            _ => {
                cursor.value::<IgnoredAny>()?;
                return Ok(Stage::Key { comma: true });
            }
        };
        // `null` says nothing: what is known stays so.
        if let Some(Text(text)) = cursor.value()? {
            *field = Some(text.into_owned());
        }
        Ok(Stage::Key { comma: true })
    }
}

/// What there is of the text, and how far it has been read.
struct Cursor<'t> {
    bytes: &'t [u8],
    at: usize,
    /// Whether nothing follows.
    is_whole: bool,
}

impl<'t> Cursor<'t> {
    fn rest(&self) -> &'t [u8] {
        &self.bytes[self.at..]
    }

    /// Goes to the next byte that is no white space.
    fn peek(&mut self) -> Result<u8, Obstacle> {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let blank = self.rest().iter().take_while(|byte| is_blank(byte));
        self.at += blank.count();
        self.rest().first().copied().ok_or(Obstacle::Cut)
    }

    /// What is found here is not what was expected.
    fn expected(&self, expected: &'static str) -> Obstacle {
        Obstacle::Json {
            at: self.at,
            source: JsonError::custom(expected),
        }
    }

    fn pass(&mut self, byte: u8, expected: &'static str) -> Result<(), Obstacle> {
        if self.peek()? != byte {
            return Err(self.expected(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a JSON value.
    fn value<T: Deserialize<'t>>(&mut self) -> Result<T, Obstacle> {
        let mut values = serde_json::Deserializer::from_slice(self.rest()).into_iter::<T>();
        let value = values.next().ok_or(Obstacle::Cut)?.map_err(|source| {
            // A number that is cut behind `-`, `.` or `e` is no end to serde_json, but a fault.
            let is_at_edge = fault_of(self.rest(), &source) + EDGE >= self.rest().len();
            if source.is_eof() || (is_at_edge && !self.is_whole) {
                Obstacle::Cut
            } else {
                Obstacle::Json {
                    at: self.at,
                    source,
                }
            }
        })?;
        self.at += values.byte_offset();
        // A number could go on.
        if self.at == self.bytes.len() && !self.is_whole {
            return Err(Obstacle::Cut);
        }
        Ok(value)
    }

    /// Reads a log event, and hands it on.
    fn event(&mut self, envelope: &Envelope, receiver: &mut impl Receiver) -> Result<(), Obstacle> {
        if let Some((head, message)) = head(self.rest())
            && let Some(length) = receiver.offer(envelope, head, message, END)
        {
            self.at = self.bytes.len() - message.len() + length + END.len();
            return Ok(());
        }
        let start = self.at;
        match self.value::<LogEvent<'t>>() {
            Ok(event) => receiver.take(envelope, Ok(event)),
            Err(Obstacle::Json { source, .. }) => {
                self.at = start;
                // What is no JSON spoils the payload; what is some, only itself.
                self.value::<IgnoredAny>()?;
                receiver.take(envelope, Err(LogEventError { source }));
            }
            Err(obstacle) => return Err(obstacle),
        }
        Ok(())
    }
}

/// What follows the message of a log event as CloudWatch Logs writes it.
const END: &[u8] = b"\"}";

/// Reads a log event as CloudWatch Logs writes it, up to its message: `{"id":"...","timestamp":...,"message":"`.
fn head(text: &[u8]) -> Option<(Head<'_>, &[u8])> {
    let rest = text.strip_prefix(b"{\"id\":\"")?;
    let (id, rest) = rest.split_at(memchr2(b'"', b'\\', rest)?);
    let rest = rest.strip_prefix(b"\",\"timestamp\":")?;
    let has_control = id.iter().copied().fold(u8::MAX, u8::min) < b' ';
    let (timestamp, rest) = number(rest)?;
    let message = rest.strip_prefix(b",\"message\":\"")?;
    let id = std::str::from_utf8(id).ok()?;
    (!has_control).then_some((Head { id, timestamp }, message))
}

/// Splits off the whole number that a text begins with, if it is not negative and is as JSON writes it.
fn number(text: &[u8]) -> Option<(i64, &[u8])> {
    /// More digits would not fit.
    const MOST: usize = 18;
    let mut number = 0;
    let mut digits = 0;
    for digit in text.iter().take_while(|byte| byte.is_ascii_digit()) {
        digits += 1;
        if digits > MOST {
            return None;
        }
        number = number * 10 + i64::from(digit - b'0');
    }
    let begins_with_zero = text.first() == Some(&b'0');
    (digits > 0 && !begins_with_zero).then(|| (number, &text[digits..]))
}

/// Bytes at the end of what is seen in which a fault may be one of the cut.
const EDGE: usize = 4;

/// Which byte of the text the error is about; the first one where it does not say.
fn fault_of(text: &[u8], source: &JsonError) -> usize {
    let Some(before_line) = source.line().checked_sub(2) else {
        return source.column().saturating_sub(1);
    };
    let line = memchr_iter(b'\n', text).nth(before_line);
    line.unwrap_or_default() + source.column()
}

/// The error for what is seen, which from the byte `at` on is not as it should be, or no text at all.
fn error_in(window: &Window<'_, impl Read>, at: usize, source: JsonError) -> PayloadError {
    let seen = window.bytes();
    let fault = at + fault_of(&seen[at..], &source);
    let found = std::str::from_utf8(seen.get(fault..).unwrap_or_default());
    if found.is_err_and(|cause| cause.valid_up_to() == 0 && cause.error_len().is_some()) {
        let at = window.passed() + fault;
        return PayloadError::Utf8 { at };
    }
    let at = window.passed() + at;
    PayloadError::Json { at, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of a head is what a parser reads of the whole log event.
    #[test]
    fn a_head_is_read_as_a_parser_reads_it_or_not_at_all() {
        let ids = [
            ("", true),
            (
                "39012345678901234567890123456789012345678901234567890123",
                true,
            ),
            ("é", true),
            (r"\u0031", false),
            (r#"\""#, false),
            ("\t", false),
        ];
        let timestamps = [
            ("1", true),
            ("1795140900000", true),
            ("999999999999999999", true),
            ("0", false),
            ("01", false),
            ("-1", false),
            ("1.0", false),
            ("1e3", false),
            (" 1", false),
            ("1000000000000000000", false),
            ("99999999999999999999", false),
            ("", false),
            ("null", false),
        ];
        for (id, id_is_plain) in ids {
            for (timestamp, is_plain) in timestamps {
                let text = format!(r#"{{"id":"{id}","timestamp":{timestamp},"message":"m"}}"#);
                let found = head(text.as_bytes());
                assert_eq!(found.is_some(), id_is_plain && is_plain, "{text}");
                let Some((head, message)) = found else {
                    continue;
                };
                let event: LogEvent<'_> = serde_json::from_str(&text).unwrap();
                assert_eq!((head.id, head.timestamp), (&*event.id, event.timestamp));
                assert_eq!(message, b"m\"}");
            }
        }
        for end in 0..48 {
            let text = r#"{"id":"7","timestamp":1795140900000,"message":"m"}"#;
            assert_eq!(head(&text.as_bytes()[..end]).is_some(), end >= 47, "{end}");
        }
    }
}

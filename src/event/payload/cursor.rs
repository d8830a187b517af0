//! What there is of a payload's text, and the values that are read from it.

use memchr::{memchr_iter, memchr2};
use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny};
use serde_json::Error as JsonError;

use super::{Envelope, Head, LogEvent, LogEventError, PayloadError, Receiver};

/// Why a step was not made.
pub(super) enum Obstacle {
    /// Its text is not there as a whole.
    Cut,
    /// It is not the JSON that is expected, from this byte of the text on.
    Json { at: usize, source: JsonError },
    /// The log events come in an envelope that is none.
    Envelope(PayloadError),
}

/// What there is of the text, and how far it has been read.
pub(super) struct Cursor<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) at: usize,
    /// Whether nothing follows.
    pub(super) is_whole: bool,
}

impl<'t> Cursor<'t> {
    fn rest(&self) -> &'t [u8] {
        &self.bytes[self.at..]
    }

    /// Goes to the next byte that is no white space.
    pub(super) fn peek(&mut self) -> Result<u8, Obstacle> {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let blank = self.rest().iter().take_while(|byte| is_blank(byte));
        self.at += blank.count();
        self.rest().first().copied().ok_or(Obstacle::Cut)
    }

    /// What is found here is not what was expected.
    pub(super) fn expected(&self, expected: &'static str) -> Obstacle {
        Obstacle::Json {
            at: self.at,
            source: JsonError::custom(expected),
        }
    }

    pub(super) fn pass(&mut self, byte: u8, expected: &'static str) -> Result<(), Obstacle> {
        if self.peek()? != byte {
            return Err(self.expected(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a JSON value.
    pub(super) fn value<T: Deserialize<'t>>(&mut self) -> Result<T, Obstacle> {
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
    pub(super) fn event(
        &mut self,
        envelope: &Envelope,
        receiver: &mut impl Receiver,
    ) -> Result<(), Obstacle> {
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
pub(super) fn fault_of(text: &[u8], source: &JsonError) -> usize {
    let Some(before_line) = source.line().checked_sub(2) else {
        return source.column().saturating_sub(1);
    };
    let line = memchr_iter(b'\n', text).nth(before_line);
    line.unwrap_or_default() + source.column()
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

//! Reading of JSON values from the available part of a payload's text.

use memchr::{memchr_iter, memchr2};
use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny};
use serde_json::Error as JsonError;

use super::error::PayloadError;
use super::log_event::{LogEvent, LogEventError};
use super::receiver::{Envelope, Head, Receiver};

/// Why a step of the parser failed.
pub(super) enum Obstacle {
    /// Its text is incomplete. The step can be repeated with more text.
    Incomplete,
    /// The JSON is not the expected one, from this byte of the text on.
    Json { at: usize, source: JsonError },
    /// The envelope of the log events is invalid.
    Envelope(PayloadError),
}

/// Position in the available part of the text.
pub(super) struct Cursor<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) at: usize,
    /// Whether the text ends after `bytes`.
    pub(super) is_whole: bool,
}

impl<'t> Cursor<'t> {
    fn rest(&self) -> &'t [u8] {
        &self.bytes[self.at..]
    }

    /// Skips white space and returns the next byte.
    pub(super) fn peek(&mut self) -> Result<u8, Obstacle> {
        let is_white_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let white_space = self.rest().iter().take_while(|byte| is_white_space(byte));
        self.at += white_space.count();
        self.rest().first().copied().ok_or(Obstacle::Incomplete)
    }

    /// The error for JSON that is not as expected at this position.
    pub(super) fn expected(&self, expected: &'static str) -> Obstacle {
        Obstacle::Json {
            at: self.at,
            source: JsonError::custom(expected),
        }
    }

    /// Skips white space and this byte.
    pub(super) fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Obstacle> {
        if self.peek()? != byte {
            return Err(self.expected(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a JSON value.
    pub(super) fn value<T: Deserialize<'t>>(&mut self) -> Result<T, Obstacle> {
        let mut values = serde_json::Deserializer::from_slice(self.rest()).into_iter::<T>();
        let value = values
            .next()
            .ok_or(Obstacle::Incomplete)?
            .map_err(|source| {
                // serde_json reports a number that ends after `-`, `.` or `e` as invalid, not as an early end.
                let is_at_edge = error_offset(self.rest(), &source) + EDGE >= self.rest().len();
                if source.is_eof() || (is_at_edge && !self.is_whole) {
                    Obstacle::Incomplete
                } else {
                    Obstacle::Json {
                        at: self.at,
                        source,
                    }
                }
            })?;
        self.at += values.byte_offset();
        // A number may continue.
        if self.at == self.bytes.len() && !self.is_whole {
            return Err(Obstacle::Incomplete);
        }
        Ok(value)
    }

    /// Reads a log event and passes it to the receiver.
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
                // Invalid JSON fails the payload. Valid JSON that is not a log event affects no others.
                self.value::<IgnoredAny>()?;
                receiver.take(envelope, Err(LogEventError { source }));
            }
            Err(obstacle) => return Err(obstacle),
        }
        Ok(())
    }
}

/// The text after the message of a log event, as CloudWatch Logs writes it.
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

/// Splits off the integer at the beginning of a text. `None` if it is negative, has a leading zero or more than 18 digits.
fn number(text: &[u8]) -> Option<(i64, &[u8])> {
    /// Maximum number of digits that fit into an `i64`.
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

/// Number of bytes at the end of the available text in which an error may be due to missing text.
const EDGE: usize = 4;

/// Byte offset of the error, or 0 if the error has no position.
pub(super) fn error_offset(text: &[u8], source: &JsonError) -> usize {
    let Some(before_line) = source.line().checked_sub(2) else {
        return source.column().saturating_sub(1);
    };
    let line = memchr_iter(b'\n', text).nth(before_line);
    line.unwrap_or_default() + source.column()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `head` reads the same as a parser of the whole log event, or nothing.
    #[test]
    fn a_head_is_read_like_a_parser_reads_it_or_not_at_all() {
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

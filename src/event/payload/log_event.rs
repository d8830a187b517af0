//! Parsing of one log event.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

/// One log event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LogEvent<'p> {
    /// CloudWatch Logs' ID of the event; the same on every delivery.
    #[serde(borrow, deserialize_with = "text")]
    pub id: Cow<'p, str>,
    /// When CloudTrail delivered it, in milliseconds since 1970; 0 if missing.
    #[serde(deserialize_with = "number")]
    pub timestamp: i64,
    /// The record.
    #[serde(borrow, deserialize_with = "text")]
    pub message: Cow<'p, str>,
}

/// The time of a log event with this `timestamp`, in milliseconds since 1970.
///
/// # Errors
/// The timestamp is 0 (missing), before 1970, or after the year 9999.
pub fn logged_at(timestamp: i64) -> Result<Timestamp, LogTimeError> {
    Timestamp::from_millisecond(timestamp)
        .ok()
        .filter(|_| timestamp > 0)
        .ok_or(LogTimeError { found: timestamp })
}

/// A log event has no usable time.
#[derive(Debug, thiserror::Error)]
#[error("expected `timestamp` to be milliseconds since 1970, found {found}")]
pub struct LogTimeError {
    /// The number found; 0 if it is missing.
    pub found: i64,
}

/// An element of `logEvents` is not a log event.
#[derive(Debug, thiserror::Error)]
#[error("expected a log event with text in `id` and `message` and a number in `timestamp`")]
pub struct LogEventError {
    /// The cause.
    #[source]
    pub source: serde_json::Error,
}

fn text<'de, D: Deserializer<'de>>(json: D) -> Result<Cow<'de, str>, D::Error> {
    // As bytes, because serde_json rejects a lone surrogate in a `str`.
    Ok(Option::<Text<'de>>::deserialize(json)?.map_or(Cow::Borrowed(""), |text| text.0))
}

fn number<'de, D: Deserializer<'de>>(json: D) -> Result<i64, D::Error> {
    Ok(Option::<i64>::deserialize(json)?.unwrap_or_default())
}

/// A string. Invalid UTF-8 becomes U+FFFD: each invalid byte, and each of the three bytes of a lone surrogate.
pub(super) struct Text<'p>(pub(super) Cow<'p, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Characters;
        impl<'de> Visitor<'de> for Characters {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Text<'de>, E> {
                Ok(Text(text_of(bytes)))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text_of(bytes).into_owned())))
            }
        }
        json.deserialize_bytes(Characters)
    }
}

fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    // Nearly always the bytes are valid, and the strict check is faster.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

//! One log event.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

/// One log event.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LogEvent<'p> {
    /// CloudWatch Logs' id of the event; the same on every delivery.
    #[serde(borrow, deserialize_with = "text")]
    pub id: Cow<'p, str>,
    /// When CloudTrail delivered it, milliseconds since 1970.
    #[serde(deserialize_with = "number")]
    pub timestamp: i64,
    /// The record.
    #[serde(borrow, deserialize_with = "text")]
    pub message: Cow<'p, str>,
}

/// The time of a log event that has this `timestamp`, in milliseconds since 1970; 0 stands for none.
///
/// # Errors
/// It is none, or lies before 1970 or behind the year 9999.
pub fn logged_at(timestamp: i64) -> Result<Timestamp, LogTimeError> {
    Timestamp::from_millisecond(timestamp)
        .ok()
        .filter(|_| timestamp > 0)
        .ok_or(LogTimeError { found: timestamp })
}

/// Why a log event cannot be placed in time.
#[derive(Debug, thiserror::Error)]
#[error("expected `timestamp` to be milliseconds since 1970, found {found}")]
pub struct LogTimeError {
    /// The number found; 0 where there was none.
    pub found: i64,
}

/// Why an element of `logEvents` is no log event.
#[derive(Debug, thiserror::Error)]
#[error("expected a log event with text in `id` and `message` and a number in `timestamp`")]
pub struct LogEventError {
    /// The cause.
    #[source]
    pub source: serde_json::Error,
}

fn text<'de, D: Deserializer<'de>>(json: D) -> Result<Cow<'de, str>, D::Error> {
    // As bytes, since serde_json refuses a lone surrogate in a `str`.
    Ok(Option::<Text<'de>>::deserialize(json)?.map_or(Cow::Borrowed(""), |text| text.0))
}

fn number<'de, D: Deserializer<'de>>(json: D) -> Result<i64, D::Error> {
    Ok(Option::<i64>::deserialize(json)?.unwrap_or_default())
}

/// A string; what is no text in it becomes U+FFFD: a byte that is no UTF-8, and each of the three of a lone surrogate.
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
    // Nearly always it is text, which is seen sooner than where it is not.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

//! Records and their delivery times.

use std::fmt;
use std::io;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::json_stream::JsonStreamError;
use cloudtrail_alarms::event::payload::PayloadError;

/// A record with its delivery: an owned [`cloudtrail_alarms::matching::Delivery`].
#[derive(Debug)]
pub(crate) struct Arrival {
    /// When CloudTrail delivers it.
    pub(crate) time: Timestamp,
    /// The log group, or an empty text if it is unknown.
    pub(crate) log_group: Arc<str>,
    /// The log stream, or an empty text if it is unknown.
    pub(crate) log_stream: Arc<str>,
    /// The ID of the log event, or an empty text if it is unknown.
    pub(crate) id: String,
    /// The record.
    pub(crate) message: String,
}

/// An element of an input file.
#[derive(Debug)]
pub(crate) enum Item {
    /// A log event, which has its own delivery time.
    Logged(Arrival),
    /// A record without a delivery time, delivered at the end of the [`DeliveryInterval`] of its `eventTime`.
    Batched(Arrival),
    /// A record without a readable time. It cannot be delivered.
    Undated {
        /// The record.
        message: String,
        /// JSON text of its `eventTime`, if it has one.
        event_time: Option<String>,
    },
    /// Not a JSON object. No alarm could count it.
    Invalid {
        /// The text.
        message: String,
    },
}

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// The file cannot be split into JSON values.
    #[error(transparent)]
    Json(#[from] JsonStreamError),
    /// A subscription payload in the file cannot be decoded.
    #[error("{}", cloudtrail_alarms::error::chain(.0))]
    Payload(#[from] PayloadError),
    /// The file holds hashes of log files instead of records.
    #[error("a digest file: it holds hashes of log files, and no records")]
    Digest,
    /// The file ends before the position up to which it was read before.
    #[error("it is shorter than before")]
    Shorter,
}

impl InputError {
    /// The error number of the operating system; `None` if the content is the reason.
    pub(crate) fn os_error(&self) -> Option<i32> {
        match self {
            Self::Json(JsonStreamError::Io(source)) => source.raw_os_error(),
            _ => None,
        }
    }
}

impl From<io::Error> for InputError {
    fn from(source: io::Error) -> Self {
        Self::Json(source.into())
    }
}

/// How often records without a delivery time are delivered: every 1 s to 24 h, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeliveryInterval(SignedDuration);

impl Default for DeliveryInterval {
    /// The interval of CloudTrail.
    fn default() -> Self {
        Self(SignedDuration::from_mins(5))
    }
}

impl DeliveryInterval {
    /// `None` if the duration is out of range.
    pub(crate) fn new(duration: SignedDuration) -> Option<Self> {
        let allowed = SignedDuration::from_secs(1)..=SignedDuration::from_hours(24);
        (allowed.contains(&duration) && duration.subsec_nanos() == 0).then_some(Self(duration))
    }

    /// The end of the interval that contains the time of a call.
    pub(crate) fn delivery(self, event_time: Timestamp) -> Option<Timestamp> {
        let width = self.0.as_secs();
        let start = event_time.as_second().div_euclid(width) * width;
        Timestamp::from_second(start + width).ok()
    }
}

impl fmt::Display for DeliveryInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

//! Records of a backtest and their delivery times.

use std::fmt;
use std::io;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::json_stream::JsonStreamError;
use cloudtrail_alarms::event::payload::PayloadError;

/// A record with its delivery: an owned [`cloudtrail_alarms::matching::Delivery`].
#[derive(Debug)]
pub(super) struct Arrival {
    /// When CloudTrail delivers it.
    pub(super) time: Timestamp,
    /// The log group, or an empty text if it is unknown.
    pub(super) log_group: Arc<str>,
    /// The log stream, or an empty text if it is unknown.
    pub(super) log_stream: Arc<str>,
    /// The ID of the log event, or an empty text if it is unknown.
    pub(super) id: String,
    /// The record.
    pub(super) message: String,
}

/// An element of an input file.
#[derive(Debug)]
pub(super) enum Item {
    /// A log event, which has its own delivery time.
    Logged(Arrival),
    /// A record without a delivery time, delivered at the end of the [`DeliveryInterval`] of its `eventTime`.
    Batched(Arrival),
    /// A record without any time. It cannot be delivered.
    Undated,
    /// Not a JSON object. No alarm could count it.
    Invalid,
}

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputError {
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
    pub(super) fn os_error(&self) -> Option<i32> {
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
pub(super) struct DeliveryInterval(SignedDuration);

impl DeliveryInterval {
    /// `None` if the duration is out of range.
    pub(super) fn new(duration: SignedDuration) -> Option<Self> {
        let allowed = SignedDuration::from_secs(1)..=SignedDuration::from_hours(24);
        (allowed.contains(&duration) && duration.subsec_nanos() == 0).then_some(Self(duration))
    }

    /// The end of the interval that contains the time of a call.
    pub(super) fn delivery(self, event_time: Timestamp) -> Option<Timestamp> {
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

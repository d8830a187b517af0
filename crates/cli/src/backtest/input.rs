//! One file: bytes in, records out, in the order of the file.
//!
//! The [`splitter`] cuts the bytes into values, the [`sorter`] tells what each is.
//!
//! [`splitter`]: super::splitter
//! [`sorter`]: super::sorter

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use jiff::{SignedDuration, Timestamp};

use super::sorter::Sorter;
use super::splitter::{SplitError, Splitter};
use cloudtrail_alarms::event::payload::PayloadError;

/// How much of a file is read at once, in bytes.
const BUFFER: usize = 64 << 10;

/// How gzip begins.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A record on its way.
#[derive(Debug)]
pub(super) struct Arrival {
    /// When CloudTrail delivers it.
    pub(super) time: Timestamp,
    /// The log group; empty where there is none.
    pub(super) log_group: Arc<str>,
    /// The log stream; empty where there is none.
    pub(super) log_stream: Arc<str>,
    /// The id of the log event; empty where there is none.
    pub(super) id: String,
    /// The record.
    pub(super) message: String,
}

/// What stands in a file.
#[derive(Debug)]
pub(super) enum Item {
    /// A log event, which says when it was delivered.
    Logged(Arrival),
    /// A record that does not, whose delivery its `eventTime` decides.
    Batched(Arrival),
    /// A record without any time. It cannot be delivered.
    Undated,
    /// No JSON object. No alarm could count it.
    Invalid,
}

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputError {
    /// It cannot be cut into values.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A subscription payload in it cannot be decoded.
    #[error("{}", cloudtrail_alarms::error::chain(.0))]
    Payload(#[from] PayloadError),
    /// It holds hashes of log files, and no records.
    #[error("a digest file: it holds hashes of log files, and no records")]
    Digest,
    /// It ends before what was read of it before.
    #[error("it is shorter than before")]
    Shorter,
}

impl InputError {
    /// The number by which the system says why it cannot be read; none where its content is the reason.
    pub(super) fn os_error(&self) -> Option<i32> {
        match self {
            Self::Split(SplitError::Io(source)) => source.raw_os_error(),
            _ => None,
        }
    }
}

impl From<io::Error> for InputError {
    fn from(source: io::Error) -> Self {
        Self::Split(source.into())
    }
}

/// How often records without a time of delivery are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DeliveryInterval(SignedDuration);

impl DeliveryInterval {
    pub(super) fn new(duration: SignedDuration) -> Option<Self> {
        let allowed = SignedDuration::from_secs(1)..=SignedDuration::from_hours(24);
        (allowed.contains(&duration) && duration.subsec_nanos() == 0).then_some(Self(duration))
    }

    /// The end of the interval in which a call was made.
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

/// The records of one file.
pub(super) struct Records {
    splitter: Splitter<Box<dyn BufRead + Send>>,
    sorter: Sorter,
}

impl Records {
    /// Reads a file, from its beginning.
    pub(super) fn of(file: File, interval: DeliveryInterval) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(BUFFER, file);
        let is_gzip = file.fill_buf()?.starts_with(&GZIP_MAGIC);
        let input: Box<dyn BufRead + Send> = if is_gzip {
            Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file)))
        } else {
            Box::new(file)
        };
        Ok(Self {
            splitter: Splitter::new(input),
            sorter: Sorter::new(interval),
        })
    }
}

impl Iterator for Records {
    type Item = Result<Item, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.sorter.next_item() {
                return Some(Ok(item));
            }
            let sorted = match self.splitter.next_value() {
                Ok(None) => return None,
                Ok(Some(value)) => self.sorter.enter(value),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = sorted {
                return Some(Err(error));
            }
        }
    }
}

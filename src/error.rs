//! Errors that fail an invocation, by stage.
//!
//! Policy: a *record* that cannot be read is counted, logged and skipped. An *event* or *payload* that cannot be decoded
//! fails the invocation. A retry does not help, and the event ends in the dead-letter queue. A *store* or *topic* that does
//! not answer fails the invocation too. A retry helps then, and does not count a record twice.

use std::time::Duration;

use crate::event::EventError;
use crate::event::payload::PayloadError;
use crate::notification::PublishError;
use crate::store::StoreError;

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The event is rejected.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The subscription payload cannot be decoded.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// A request to the store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A notification could not be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Other invocations saved the same status each time before this one could.
    #[error(
        "cannot save the state of alarm {alarm:?}: other invocations changed it during each of {attempts} attempts"
    )]
    Contended {
        /// `AlarmName`.
        alarm: String,
        /// Number of attempts to save.
        attempts: u32,
    },
    /// The deadline of the invocation was near.
    #[error(
        "stopped after {} ms to avoid the Lambda timeout; counts so far are stored, and a retry continues from there. \
         Check the latency of DynamoDB and SNS, or increase the function's Timeout",
        after.as_millis()
    )]
    Deadline {
        /// The time that the invocation had.
        after: Duration,
    },
    /// A scheduled run had too little time for all due series.
    #[error(
        "the scheduled run visited {visited} of {due} alarms and groups in half of its time; the next run visits others"
    )]
    Unvisited {
        /// Number of series that it evaluated.
        visited: usize,
        /// Number of due series.
        due: usize,
    },
    /// A message of an SQS batch is itself an SQS batch.
    #[error(
        "SQS message {message_id:?} contains another SQS batch; nested batches are not supported"
    )]
    NestedSqsBatch {
        /// SQS's ID of the message.
        message_id: String,
    },
    /// A record or a match is not accounted for: a defect of this program.
    #[error("internal error: record counts do not add up ({counters}); please report this")]
    Unaccounted {
        /// The counters, as JSON.
        counters: String,
    },
}

impl Error {
    /// A stable name for classifying errors. It does not change between releases.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Event(_) | Self::NestedSqsBatch { .. } => "InvalidEvent",
            Self::Payload(_) => "InvalidPayload",
            Self::Store(_) | Self::Contended { .. } => "StoreFailed",
            Self::Publish(_) => "PublishFailed",
            Self::Deadline { .. } | Self::Unvisited { .. } => "DeadlineExceeded",
            Self::Unaccounted { .. } => "AccountingError",
        }
    }
}

/// The error and its causes on one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some libraries repeat the cause in their own message.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

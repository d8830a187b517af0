//! What can fail an invocation, one variant a stage.
//!
//! Policy: a *record* that cannot be read is counted, logged and passed over. An *event* or *payload* that cannot be
//! decoded fails the invocation; trying again cannot help, and it ends in the dead-letter queue. A *store* or *topic*
//! that does not answer fails it too; trying again helps, and counting twice does no harm.

use std::time::Duration;

use crate::event::EventError;
use crate::event::payload::PayloadError;
use crate::notification::PublishError;
use crate::store::StoreError;

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The invocation is of no known shape.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The subscription payload cannot be decoded.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The table did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The topic did not take a notification.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A status was changed by others again and again.
    #[error(
        "cannot save the state of alarm {alarm:?}: others changed it {attempts} times in between"
    )]
    Contended {
        /// The alarm.
        alarm: String,
        /// How often saving was tried.
        attempts: u32,
    },
    /// Lambda was about to end the invocation.
    #[error(
        "the invocation was not done after {} ms, and Lambda would have ended it; what was counted is kept, and trying \
         again goes on from there. Is the table or the topic slow, or the function's Timeout short?",
        after.as_millis()
    )]
    Deadline {
        /// How long it had.
        after: Duration,
    },
    /// A scheduled run had too little time.
    #[error(
        "the scheduled run visited {visited} of {due} alarms and groups in half of its time; the next run visits others"
    )]
    Unvisited {
        /// How many it visited.
        visited: usize,
        /// How many it had to visit.
        due: usize,
    },
    /// A queue message that holds a queue.
    #[error(
        "expected the body of message {message_id:?} to be one event, found a batch of a queue"
    )]
    NestedSqsBatch {
        /// SQS's id of the message.
        message_id: String,
    },
    /// A record or a match is not accounted for. A defect of this program.
    #[error("the counters of this invocation do not add up: {counters}")]
    Unaccounted {
        /// The counters, as JSON.
        counters: String,
    },
}

impl Error {
    /// A name that stays the same from release to release, for whoever sorts errors.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Event(_) | Self::NestedSqsBatch { .. } => "InvalidEvent",
            Self::Payload(_) => "InvalidPayload",
            Self::Store(_) | Self::Contended { .. } => "StoreFailed",
            Self::Publish(_) => "PublishFailed",
            Self::Deadline { .. } | Self::Unvisited { .. } => "DeadlineExceeded",
            Self::Unaccounted { .. } => "BooksUnbalanced",
        }
    }
}

/// The error and everything behind it, on one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some libraries repeat the cause in their own text.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

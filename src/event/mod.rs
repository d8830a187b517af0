//! The events that Lambda may invoke the function with.
//!
//! [`Event::read`] turns the JSON text of an invocation into one [`Event`]. A subscription payload stays encoded until
//! [`payload`] decodes it, so that its megabyte is copied only once.

mod error;
mod parse;
pub mod payload;

use std::borrow::Cow;

use jiff::Timestamp;

pub use error::EventError;

/// `source` of a scheduled run's event.
pub const SCHEDULED_RUN_SOURCE: &str = "cloudtrail-alarms.tick";

/// The event of an invocation.
#[derive(Debug)]
pub enum Event<'e> {
    /// An event that is not a batch.
    Single(SingleEvent<'e>),
    /// A batch from an SQS queue. Each body is the text of an event; a batch in a batch is not allowed.
    SqsBatch {
        /// The messages in order.
        messages: Vec<SqsMessage>,
    },
}

/// An event that is not a batch.
#[derive(Debug)]
pub enum SingleEvent<'e> {
    /// Records to match.
    Records(RecordEvent<'e>),
    /// An EventBridge event that claims to carry a record and does not come from an AWS service.
    Forged {
        /// EventBridge's ID of the event.
        id: String,
        /// The `source` of the event.
        source: String,
    },
    /// A scheduled run.
    ScheduledRun {
        /// The time to evaluate the alarms for, not later than the present; `None` for the present.
        time: Option<Timestamp>,
    },
}

/// An event with records.
#[derive(Debug)]
pub enum RecordEvent<'e> {
    /// A CloudWatch Logs subscription payload: base64 of gzip of JSON.
    Subscription {
        /// The base64 text.
        data: Cow<'e, str>,
    },
    /// One record that EventBridge delivered.
    EventBridge {
        /// EventBridge's ID of the event.
        id: String,
        /// EventBridge's time of the event.
        time: Timestamp,
        /// JSON text of the record: the event's `detail`, or the whole event if KMS itself sent it.
        message: String,
    },
}

/// One message of an SQS batch.
#[derive(Debug)]
pub struct SqsMessage {
    /// SQS's ID of the message; empty if it has none.
    pub id: String,
    /// JSON text of an event.
    pub body: String,
}

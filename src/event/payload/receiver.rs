//! The receiver of a payload's log events.

use super::log_event::{LogEvent, LogEventError};

/// The fields of a payload besides its log events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Whether the payload is a control message: a check of the destination by CloudWatch Logs, without log events to process.
    pub is_control_message: bool,
    /// The account that owns the log group.
    pub owner: String,
    /// The log group.
    pub log_group: String,
    /// The log stream.
    pub log_stream: String,
}

/// Receives the log events of a payload in order.
///
/// A closure that takes the envelope and the log event, or its error, is a receiver.
pub trait Receiver {
    /// Offers a log event with the escaped text of its message. `rest` is the text after the opening quote of the message, and
    /// may be incomplete.
    ///
    /// Returns the length of the message if the receiver has taken the event and `end` follows the message. `None` means that
    /// the receiver has done nothing: the event is passed to [`Receiver::take`].
    fn offer(
        &mut self,
        envelope: &Envelope,
        head: Head<'_>,
        rest: &[u8],
        end: &[u8],
    ) -> Option<usize> {
        let _ = (envelope, head, rest, end);
        None
    }

    /// Takes a log event, or the error of an element that is not one.
    fn take(&mut self, envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>);
}

impl<F: FnMut(&Envelope, Result<LogEvent<'_>, LogEventError>)> Receiver for F {
    fn take(&mut self, envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>) {
        self(envelope, event);
    }
}

/// The fields in front of the message of a log event.
#[derive(Clone, Copy, Debug)]
pub struct Head<'p> {
    /// CloudWatch Logs' ID of the event; the same on every delivery.
    pub id: &'p str,
    /// When CloudTrail delivered it, in milliseconds since 1970.
    pub timestamp: i64,
}

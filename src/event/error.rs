//! Errors of events.

use jiff::Timestamp;

use super::SCHEDULED_RUN_SOURCE;

/// Why the event of an invocation is rejected. Not retryable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The event type is unknown.
    #[error(
        "expected {{\"awslogs\":{{\"data\":\"...\"}}}}, an EventBridge event with a CloudTrail record or from aws.kms, \
         {{\"source\":\"{SCHEDULED_RUN_SOURCE}\"}}, or an SQS batch of these; found {found}"
    )]
    Unknown {
        /// A short description of the event.
        found: String,
    },
    /// The event type is known, but its content has another type than expected.
    #[error("expected {expected}")]
    Malformed {
        /// The expected content.
        expected: &'static str,
        /// The cause, with its position.
        #[source]
        source: serde_json::Error,
    },
    /// The `time` of a scheduled run is not a timestamp.
    #[error(
        "expected `time` of the scheduled run to be RFC 3339 such as 2026-11-20T02:15:00Z, found {found:?}"
    )]
    Time {
        /// The text found.
        found: String,
        /// The cause.
        #[source]
        source: jiff::Error,
    },
    /// The `time` of a scheduled run is in the future. Alarms that are evaluated for it would ignore all records until then.
    #[error(
        "expected `time` of the scheduled run not to be later than the clock, {now}, found {found}"
    )]
    Future {
        /// The time found.
        found: Timestamp,
        /// The present time.
        now: Timestamp,
    },
}

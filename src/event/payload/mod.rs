//! A CloudWatch Logs subscription payload: base64 of gzip of JSON.
//!
//! [`Decoder`] takes the base64 text and hands each log event to a [`Receiver`] as it is read. It keeps none, and guarantees:
//!
//! * The text is inflated into a window that is reused. So memory depends on the largest log event, not on the payload.
//! * A payload that inflates to more than [`MAX_INFLATED`] bytes is an error. It is never truncated.
//! * Unknown keys are skipped, and every key may be missing.
//! * A log event of another type than expected does not affect the others.
//!
//! Format: CloudWatch Logs User Guide, "Real-time processing of log data with subscriptions".

mod cursor;
mod decoder;
mod document;
mod encoded;
mod error;
mod log_event;
mod receiver;
mod window;

pub use self::decoder::{Decoder, MAX_INFLATED, read_json};
pub use self::error::PayloadError;
pub use self::log_event::{LogEvent, LogEventError, LogTimeError, logged_at};
pub use self::receiver::{Envelope, Head, Receiver};

//! The records of files, in all formats in which AWS or a user stores them.
//!
//! ```text
//! bytes -> json_stream (values) -> classify (records of each value) -> reader -> messages
//! ```

mod classify;
mod json_stream;
mod messages;
mod reader;
mod record;

pub(super) use messages::{message_of_file, messages};
pub(super) use reader::RecordReader;
pub(super) use record::{Arrival, DeliveryInterval, InputError, Item};

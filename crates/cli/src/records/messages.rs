//! The messages of a file for commands that look at single ones.

use std::path::Path;

use super::json_stream::JsonStreamError;
use super::reader::RecordReader;
use super::record::{DeliveryInterval, InputError, Item};
use crate::error::CliError;
use crate::input::{self, compact};
use cloudtrail_alarms::error::chain;

/// The records of a file, which can have any format that [`RecordReader`] reads; `-` is standard input. A text that is not
/// a JSON object is one message as a whole, unless it has records. A log file or an array can have none.
///
/// Records are as CloudTrail delivers them: JSON on one line, regardless of the layout of the file.
pub(crate) fn messages(path: &Path) -> Result<Vec<String>, CliError> {
    messages_of(path, input::text(path)?)
}

/// The only record of a file that another file refers to. `-` is an ordinary file name.
pub(crate) fn message_of_file(path: &Path) -> Result<String, CliError> {
    let mut messages = messages_of(path, input::text_of_file(path)?)?;
    match (messages.pop(), messages.len()) {
        (Some(message), 0) => Ok(message),
        (None, _) => Err(CliError::Records {
            path: path.display().to_string(),
            reason: "it has no record".to_owned(),
        }),
        (_, others) => Err(CliError::SeveralRecords {
            path: path.display().to_string(),
            count: others + 1,
        }),
    }
}

fn messages_of(path: &Path, text: String) -> Result<Vec<String>, CliError> {
    let whole = compact(text.trim());
    if whole.is_empty() {
        let path = input::name(path);
        return Err(CliError::Empty { path });
    }
    match records(text) {
        Ok(Some(messages)) => Ok(messages),
        Ok(None) => Ok(vec![whole]),
        Err(error) => Err(CliError::Records {
            path: input::name(path),
            reason: chain(&error),
        }),
    }
}

/// The messages of a text with records; `None` if it has something else instead.
fn records(text: String) -> Result<Option<Vec<String>>, InputError> {
    let mut messages = Vec::new();
    let mut has_object = false;
    for item in RecordReader::new(std::io::Cursor::new(text), DeliveryInterval::default())? {
        let message = match item {
            Ok(Item::Logged(arrival)) => arrival.message,
            Ok(Item::Batched(arrival)) => compact(&arrival.message),
            Ok(Item::Undated { message, .. }) => compact(&message),
            Ok(Item::Invalid { message }) => {
                messages.push(message);
                continue;
            }
            // The text is a message that is not JSON.
            Err(InputError::Json(
                JsonStreamError::Json(_) | JsonStreamError::Unexpected { .. },
            )) if !has_object => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        has_object = true;
        messages.push(message);
    }
    let has_records = has_object || messages.is_empty();
    Ok(has_records.then_some(messages))
}

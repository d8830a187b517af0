//! Properties of `Event::read` on any text.

use std::collections::HashMap;

use cloudtrail_alarms::event::Event;
use serde_json::value::RawValue;

/// Asserts the properties for one text.
///
/// * `Event::read` does not panic, and the message of an error can be written.
/// * The short cut for subscription payloads gives the same as the general way.
/// * An event with a `detail-type` is never a scheduled run.
pub(crate) fn check(json: &str) {
    let found = read(json);
    // The short cut requires the first byte to be `{`. White space in front of it leads to the general way.
    let general = read(&format!(" {json}"));
    if found != general {
        // The short cut leaves control characters to the decoder, which refuses them as not base64.
        let Ok(Event::Logs { data }) = Event::read(json) else {
            panic!("{found} is not {general}")
        };
        assert!(
            data.contains(|c: char| c.is_ascii_control()),
            "{found} is not {general}"
        );
    }
    if matches!(Event::read(json), Ok(Event::Tick { .. })) {
        // Values that nobody reads can have escapes that are not text.
        let keys = serde_json::from_str::<HashMap<String, Box<RawValue>>>(json).unwrap_or_default();
        let detail_type = keys.get("detail-type");
        assert!(
            detail_type.is_none_or(|json| json.get() == "null"),
            "{json}"
        );
    }
}

/// The event, or the error, in a form that can be compared.
fn read(json: &str) -> String {
    match Event::read(json) {
        // The message of an event that KMS sends is the whole text.
        Ok(Event::Record { id, time, message }) => {
            format!("Record {id:?} {time} {:?}", message.trim_start())
        }
        Ok(event) => format!("{event:?}"),
        Err(error) => error.to_string(),
    }
}

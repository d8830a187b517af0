//! Properties of `Event::read` on any text.

use std::collections::HashMap;

use cloudtrail_alarms::event::{Event, EventError, RecordEvent, SingleEvent};
use serde_json::value::RawValue;

use crate::time::DELIVERED;

/// Asserts the properties for one text.
///
/// * `Event::read` does not panic, and the message of an error can be written.
/// * The shortcut for subscription payloads gives the same as the general parser.
/// * An event with a `detail-type` is never a scheduled run, and no run is for the future.
/// * A record comes only from an AWS service.
pub fn check(json: &str) {
    let found = described(json);
    // The shortcut requires the first byte to be `{`. White space in front of it leads to the general parser.
    let general = described(&format!(" {json}"));
    if found != general {
        // The shortcut leaves control characters to the decoder, which refuses them as not base64.
        let Ok(Event::Single(SingleEvent::Records(RecordEvent::Subscription { data }))) =
            read(json)
        else {
            panic!("{found} is not {general}")
        };
        assert!(
            data.contains(|c: char| c.is_ascii_control()),
            "{found} is not {general}"
        );
    }
    // Values that are not read can have escapes that are not text.
    let members = || serde_json::from_str::<HashMap<String, Box<RawValue>>>(json);
    match read(json) {
        Ok(Event::Single(SingleEvent::ScheduledRun { time })) => {
            let members = members().unwrap_or_default();
            let detail_type = members.get("detail-type").map(|json| json.get());
            assert!(matches!(detail_type, None | Some("null")), "{json}");
            assert!(time.is_none_or(|time| time <= DELIVERED), "{json}");
        }
        Ok(Event::Single(SingleEvent::Records(RecordEvent::EventBridge { .. }))) => {
            let members = members().unwrap_or_default();
            let source = members.get("source").map(|json| json.get());
            let source = source.map(serde_json::from_str::<String>);
            let is_of_aws =
                |source: Result<String, _>| source.is_ok_and(|source| source.starts_with("aws."));
            assert!(source.is_none_or(is_of_aws), "{json}");
        }
        _ => {}
    }
}

/// Reads an event that arrives when its records are delivered.
fn read(json: &str) -> Result<Event<'_>, EventError> {
    Event::read(json, DELIVERED)
}

/// The event, or the error, in a form that can be compared.
fn described(json: &str) -> String {
    match read(json) {
        // The message of an event that KMS sends is the whole text.
        Ok(Event::Single(SingleEvent::Records(RecordEvent::EventBridge { id, time, message }))) => {
            format!("Record {id:?} {time} {:?}", message.trim_start())
        }
        Ok(event) => format!("{event:?}"),
        Err(error) => error.to_string(),
    }
}

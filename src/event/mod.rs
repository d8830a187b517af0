//! What Lambda may invoke the function with.
//!
//! In comes the JSON text of an invocation; out comes one [`Event`]. A subscription payload stays encoded until
//! [`payload`] decodes it, so that its megabyte is copied once.

pub mod payload;

use std::borrow::Cow;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_lambda_events::sqs::SqsEvent;
use jiff::Timestamp;
use memchr::memchr2;
use serde::Deserialize;
use serde_json::value::RawValue;

/// `source` of a scheduled run's event.
pub const TICK_SOURCE: &str = "cloudtrail-alarms.tick";

/// Prefix of the `source` of every event that an AWS service sends. `PutEvents` rejects it from all other callers
/// (EventBridge API Reference, `PutEventsRequestEntry`).
const AWS_SOURCE: &str = "aws.";

/// `source` of the events that KMS itself sends: rotation, expiry and deletion of key material.
const KMS_SOURCE: &str = "aws.kms";

/// `detail-type`s whose `detail` is a CloudTrail record all end so.
const CLOUDTRAIL_DETAIL_TYPE: &str = " via CloudTrail";

/// One thing to do.
#[derive(Debug)]
pub enum Event<'e> {
    /// A CloudWatch Logs subscription payload: base64 of gzip of JSON.
    Logs {
        /// The base64 text.
        data: Cow<'e, str>,
    },
    /// One record that EventBridge delivered.
    Record {
        /// EventBridge's id of the event.
        id: String,
        /// EventBridge's time of the event.
        time: Timestamp,
        /// JSON text of the record: the event's `detail`, or the whole event where KMS itself sent it.
        message: String,
    },
    /// An EventBridge event that claims to carry a record and does not come from an AWS service.
    Forged {
        /// EventBridge's id of the event.
        id: String,
        /// The `source` of the event.
        source: String,
    },
    /// A scheduled run.
    Tick {
        /// The time to evaluate the alarms for, not later than the present; `None` for the present.
        time: Option<Timestamp>,
    },
    /// A batch from a queue: each body is the text of an event of one of the other kinds.
    Queue {
        /// The bodies, each with the id of its message.
        messages: Vec<QueueMessage>,
    },
}

/// One message of a queue.
#[derive(Debug)]
pub struct QueueMessage {
    /// SQS's id of the message; empty where it gave none.
    pub id: String,
    /// JSON text of an event.
    pub body: String,
}

/// Why an invocation cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// None of the shapes.
    #[error(
        "expected {{\"awslogs\":{{\"data\":\"...\"}}}}, an EventBridge event with a CloudTrail record or from aws.kms, \
         {{\"source\":\"{TICK_SOURCE}\"}}, or an SQS batch of these; found {found}"
    )]
    Unknown {
        /// What was found, in a few words.
        found: String,
    },
    /// The shape is known, its content is not of the right type.
    #[error("expected {expected}")]
    Malformed {
        /// What the part should have been.
        expected: &'static str,
        /// Where it is not.
        #[source]
        source: serde_json::Error,
    },
    /// The tick's `time` is no instant.
    #[error(
        "expected `time` of the tick to be RFC 3339 such as 2026-11-20T02:15:00Z, found {found:?}"
    )]
    Time {
        /// The text that was given.
        found: String,
        /// Why it is none.
        #[source]
        source: jiff::Error,
    },
    /// The `time` of a scheduled run is in the future. Alarms that are evaluated for it would ignore all records until then.
    #[error(
        "expected `time` of the scheduled run not to be later than the clock, {now}, found {found}"
    )]
    Future {
        /// The time that was given.
        found: Timestamp,
        /// The present time.
        now: Timestamp,
    },
}

/// The keys that tell the shapes apart; everything else is left alone.
#[derive(Deserialize)]
struct Outline<'e> {
    #[serde(borrow)]
    awslogs: Option<&'e RawValue>,
    #[serde(borrow)]
    source: Option<&'e RawValue>,
    #[serde(borrow, rename = "detail-type")]
    detail_type: Option<&'e RawValue>,
    #[serde(borrow, rename = "Records")]
    records: Option<&'e RawValue>,
}

#[derive(Deserialize)]
struct AwsLogs<'e> {
    #[serde(borrow)]
    data: Cow<'e, str>,
}

#[derive(Deserialize)]
struct Tick<'e> {
    #[serde(borrow)]
    time: Option<Cow<'e, str>>,
}

impl<'e> Event<'e> {
    /// Reads the JSON text of an invocation; `now` is the present time.
    ///
    /// # Errors
    /// The text is not one of these events, or it is a scheduled run for a time after `now`.
    pub fn read(json: &'e str, now: Timestamp) -> Result<Self, EventError> {
        let unknown = |found: &str| EventError::Unknown {
            found: found.to_owned(),
        };
        if let Some(data) = subscription(json) {
            return Ok(Self::Logs {
                data: Cow::Borrowed(data),
            });
        }
        if !json.trim_start().starts_with('{') {
            return Err(unknown("text that is no JSON object"));
        }
        let outline: Outline<'_> = serde_json::from_str(json)
            .map_err(|source| malformed("a JSON object without repeated keys", source))?;
        if let Some(awslogs) = outline.awslogs {
            let AwsLogs { data } = serde_json::from_str(awslogs.get()).map_err(|source| {
                malformed(
                    "`awslogs` to be an object with base64 text in `data`",
                    source,
                )
            })?;
            return Ok(Self::Logs { data });
        }
        if outline.records.is_some() {
            return queue(json);
        }
        let text = |raw: Option<&'e RawValue>| -> Option<String> {
            raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
        };
        // EventBridge sets the `detail-type` of every event, and the event of the schedule has none. So a principal with
        // only `events:PutEvents` cannot start a scheduled run.
        if outline.detail_type.is_none() && text(outline.source).as_deref() == Some(TICK_SOURCE) {
            return tick(json, now);
        }
        match (text(outline.source), text(outline.detail_type)) {
            (Some(source), Some(detail_type))
                if source == KMS_SOURCE || detail_type.ends_with(CLOUDTRAIL_DETAIL_TYPE) =>
            {
                eventbridge(json)
            }
            (Some(source), _) => Err(unknown(&format!("an event from {source:?}"))),
            (None, _) => Err(unknown("an object with none of their keys")),
        }
    }
}

/// The white space of JSON (RFC 8259, section 2). `char::is_whitespace` is true for other characters as well.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// The payload of an invocation as CloudWatch Logs writes it. The general way would read its megabyte three times.
///
/// Control characters in the payload are not looked for: the decoder refuses them, as they are not base64.
fn subscription(json: &str) -> Option<&str> {
    let data = json.strip_prefix(r#"{"awslogs":{"data":""#)?;
    let (data, rest) = data.split_at(memchr2(b'"', b'\\', data.as_bytes())?);
    (rest.trim_end_matches(BLANK) == r#""}}"#).then_some(data)
}

fn malformed(expected: &'static str, source: serde_json::Error) -> EventError {
    EventError::Malformed { expected, source }
}

fn tick(json: &str, now: Timestamp) -> Result<Event<'static>, EventError> {
    let Tick { time } = serde_json::from_str(json)
        .map_err(|source| malformed("`time` of the tick to be RFC 3339 text", source))?;
    let time = time
        .map(|text| {
            text.parse().map_err(|source| EventError::Time {
                found: text.into_owned(),
                source,
            })
        })
        .transpose()?;
    match time {
        Some(found) if found > now => Err(EventError::Future { found, now }),
        time => Ok(Event::Tick { time }),
    }
}

fn eventbridge(json: &str) -> Result<Event<'static>, EventError> {
    let event: EventBridgeEvent<Box<RawValue>> = serde_json::from_str(json)
        .map_err(|source| malformed("an EventBridge event with `time` and `detail`", source))?;
    let id = event.id.unwrap_or_default();
    if !event.source.starts_with(AWS_SOURCE) {
        let source = event.source;
        return Ok(Event::Forged { id, source });
    }
    // Events that KMS itself sends are not CloudTrail records: patterns see the whole event.
    let message =
        if event.source == KMS_SOURCE && !event.detail_type.ends_with(CLOUDTRAIL_DETAIL_TYPE) {
            json.to_owned()
        } else {
            event.detail.get().to_owned()
        };
    let time = event
        .time
        .and_then(|time| Timestamp::from_millisecond(time.timestamp_millis()).ok())
        .ok_or_else(|| EventError::Unknown {
            found: "an EventBridge event without `time`".to_owned(),
        })?;
    Ok(Event::Record { id, time, message })
}

fn queue(json: &str) -> Result<Event<'static>, EventError> {
    let batch: SqsEvent = serde_json::from_str(json)
        .map_err(|source| malformed("`Records` to be a batch of SQS messages", source))?;
    let messages = batch
        .records
        .into_iter()
        .map(
            |message| match (message.event_source.as_deref(), message.body) {
                (Some("aws:sqs"), Some(body)) => Ok(QueueMessage {
                    id: message.message_id.unwrap_or_default(),
                    body,
                }),
                (source, _) => Err(EventError::Unknown {
                    found: format!("`Records` from {:?}", source.unwrap_or("nobody")),
                }),
            },
        )
        .collect::<Result<_, _>>()?;
    Ok(Event::Queue { messages })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-20T02:15:00Z".parse().unwrap()
    }

    fn read(json: &str) -> Result<Event<'_>, EventError> {
        Event::read(json, now())
    }

    #[track_caller]
    fn rejected(json: &str) -> String {
        read(json).unwrap_err().to_string()
    }

    #[test]
    fn a_subscription_payload_is_recognised() {
        let event = read(r#"{"awslogs":{"data":"H4sI","new":1},"new":[1]}"#).unwrap();
        assert!(matches!(
            event,
            Event::Logs {
                data: Cow::Borrowed("H4sI")
            }
        ));
    }

    #[test]
    fn after_a_subscription_payload_only_white_space_of_json_is_allowed() {
        let json = r#"{"awslogs":{"data":"H4sI"}}"#;
        assert!(read(&format!("{json} \t\r\n")).is_ok());
        for behind in ["\u{a0}", "\u{c}", "\u{2028}", "x"] {
            assert_eq!(
                rejected(&format!("{json}{behind}")),
                "expected a JSON object without repeated keys"
            );
        }
    }

    #[test]
    fn a_tick_carries_its_time_or_none() {
        let event = read(r#"{"source":"cloudtrail-alarms.tick"}"#).unwrap();
        assert!(matches!(event, Event::Tick { time: None }));
        let json = r#"{"source":"cloudtrail-alarms.tick","time":"2026-11-20T02:15:00Z"}"#;
        let Event::Tick { time: Some(time) } = read(json).unwrap() else {
            panic!("a tick")
        };
        assert_eq!(time.to_string(), "2026-11-20T02:15:00Z");
        assert_eq!(
            rejected(r#"{"source":"cloudtrail-alarms.tick","time":"noon"}"#),
            "expected `time` of the tick to be RFC 3339 such as 2026-11-20T02:15:00Z, found \"noon\""
        );
    }

    #[test]
    fn a_scheduled_run_for_the_future_is_rejected() {
        for time in [
            "2026-11-20T02:15:00.001Z",
            "2026-11-20T02:17:00Z",
            "2099-01-01T00:00:00Z",
        ] {
            let json = format!(r#"{{"source":"cloudtrail-alarms.tick","time":"{time}"}}"#);
            assert_eq!(
                rejected(&json),
                format!(
                    "expected `time` of the scheduled run not to be later than the clock, 2026-11-20T02:15:00Z, found {time}"
                )
            );
        }
    }

    #[test]
    fn an_event_with_a_detail_type_is_never_a_scheduled_run() {
        let event = |detail_type: &str| {
            format!(
                r#"{{"source":"cloudtrail-alarms.tick","detail-type":{detail_type},"id":"e1",
                "time":"2026-11-20T02:00:00Z","detail":{{}}}}"#
            )
        };
        let json = event("\"AWS API Call via CloudTrail\"");
        assert!(matches!(read(&json), Ok(Event::Forged { .. })));
        for detail_type in ["\"x\"", "\"\"", "7", "{}", "[\"x\"]"] {
            assert!(rejected(&event(detail_type)).contains("found an event from"));
        }
    }

    #[test]
    fn an_event_that_no_aws_service_sends_is_forged() {
        for name in ["evil.app", "aws", "AWS.kms", "", "xaws.kms"] {
            let json = format!(
                r#"{{"id":"e1","detail-type":"AWS API Call via CloudTrail","source":"{name}",
                "time":"2026-11-20T02:15:00Z","detail":{{}}}}"#
            );
            let Event::Forged { id, source } = read(&json).unwrap() else {
                panic!("{name} is not an AWS service")
            };
            assert_eq!((id.as_str(), source.as_str()), ("e1", name));
        }
    }

    #[test]
    fn eventbridge_gives_the_record_in_its_detail() {
        let json = r#"{"version":"0","id":"e1","detail-type":"AWS API Call via CloudTrail","source":"aws.s3",
            "account":"111122223333","time":"2026-11-20T02:15:00Z","region":"ap-southeast-2","resources":[],
            "detail":{"eventName":"GetObject"}}"#;
        let Event::Record { id, time, message } = read(json).unwrap() else {
            panic!("a record")
        };
        assert_eq!(
            (id.as_str(), message.as_str()),
            ("e1", r#"{"eventName":"GetObject"}"#)
        );
        assert_eq!(time.to_string(), "2026-11-20T02:15:00Z");
    }

    #[test]
    fn an_event_of_kms_itself_is_a_record_as_a_whole() {
        let json = r#"{"id":"e2","detail-type":"KMS CMK Deletion","source":"aws.kms",
            "time":"2026-11-20T02:15:00Z","detail":{"key-id":"k"}}"#;
        let Event::Record { message, .. } = read(json).unwrap() else {
            panic!("a record")
        };
        assert_eq!(message, json);
    }

    #[test]
    fn a_queue_gives_the_bodies() {
        let json = r#"{"Records":[{"messageId":"m1","eventSource":"aws:sqs","body":"{}"}]}"#;
        let Event::Queue { messages } = read(json).unwrap() else {
            panic!("a queue")
        };
        assert_eq!(
            (messages[0].id.as_str(), messages[0].body.as_str()),
            ("m1", "{}")
        );
    }

    #[test]
    fn everything_else_is_told_what_was_expected() {
        let shapes = "expected {\"awslogs\":{\"data\":\"...\"}}, an EventBridge event with a CloudTrail record or from \
                      aws.kms, {\"source\":\"cloudtrail-alarms.tick\"}, or an SQS batch of these; found ";
        assert_eq!(
            rejected("[1]"),
            format!("{shapes}text that is no JSON object")
        );
        assert_eq!(
            rejected("{}"),
            format!("{shapes}an object with none of their keys")
        );
        assert_eq!(
            rejected(r#"{"source":"aws.ec2"}"#),
            format!("{shapes}an event from \"aws.ec2\"")
        );
        assert_eq!(
            rejected(r#"{"Records":[{"EventSource":"aws:sns"}]}"#),
            format!("{shapes}`Records` from \"nobody\"")
        );
        assert_eq!(
            rejected(r#"{"awslogs":{"data":7}}"#),
            "expected `awslogs` to be an object with base64 text in `data`"
        );
        let deep = "[".repeat(200_000);
        assert!(rejected(&format!("{{\"awslogs\":{deep}")).starts_with("expected a JSON object"));
    }
}

//! Reading of events from JSON text.

use std::borrow::Cow;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_lambda_events::sqs::SqsEvent;
use jiff::Timestamp;
use memchr::memchr2;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Event, EventError, RecordEvent, SCHEDULED_RUN_SOURCE, SingleEvent, SqsMessage};

/// Prefix of the `source` of every event that an AWS service sends. `PutEvents` rejects it from all other callers
/// (EventBridge API Reference, `PutEventsRequestEntry`).
const AWS_SOURCE: &str = "aws.";

/// `source` of the events that KMS itself sends, such as rotation, expiry and deletion of key material.
const KMS_SOURCE: &str = "aws.kms";

/// Suffix of each `detail-type` whose `detail` is a CloudTrail record.
const CLOUDTRAIL_DETAIL_TYPE: &str = " via CloudTrail";

/// The keys that determine the event type. Their values are not parsed.
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
struct ScheduledRun<'e> {
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
        if let Some(data) = subscription_data(json) {
            return Ok(subscription_event(Cow::Borrowed(data)));
        }
        if !json.trim_start().starts_with('{') {
            return Err(unknown("text that is not a JSON object"));
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
            return Ok(subscription_event(data));
        }
        if outline.records.is_some() {
            return sqs_batch(json);
        }
        let text = |raw: Option<&'e RawValue>| -> Option<String> {
            raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
        };
        // EventBridge sets the `detail-type` of every event, and the event of the schedule has none. So a principal with
        // only `events:PutEvents` cannot start a scheduled run.
        if outline.detail_type.is_none()
            && text(outline.source).as_deref() == Some(SCHEDULED_RUN_SOURCE)
        {
            return scheduled_run(json, now);
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
const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

fn subscription_event(data: Cow<'_, str>) -> Event<'_> {
    Event::Single(SingleEvent::Records(RecordEvent::Subscription { data }))
}

/// The payload of a subscription event that is written as CloudWatch Logs writes it. The general parser would read the
/// megabyte of the payload three times.
///
/// Control characters in the payload are accepted here. The decoder rejects them, because they are not base64.
fn subscription_data(json: &str) -> Option<&str> {
    let data = json.strip_prefix(r#"{"awslogs":{"data":""#)?;
    let (data, rest) = data.split_at(memchr2(b'"', b'\\', data.as_bytes())?);
    (rest.trim_end_matches(WHITE_SPACE) == r#""}}"#).then_some(data)
}

fn malformed(expected: &'static str, source: serde_json::Error) -> EventError {
    EventError::Malformed { expected, source }
}

fn scheduled_run(json: &str, now: Timestamp) -> Result<Event<'static>, EventError> {
    let ScheduledRun { time } = serde_json::from_str(json)
        .map_err(|source| malformed("`time` of the scheduled run to be RFC 3339 text", source))?;
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
        time => Ok(Event::Single(SingleEvent::ScheduledRun { time })),
    }
}

fn eventbridge(json: &str) -> Result<Event<'static>, EventError> {
    let event: EventBridgeEvent<Box<RawValue>> = serde_json::from_str(json)
        .map_err(|source| malformed("an EventBridge event with `time` and `detail`", source))?;
    let id = event.id.unwrap_or_default();
    if !event.source.starts_with(AWS_SOURCE) {
        let source = event.source;
        return Ok(Event::Single(SingleEvent::Forged { id, source }));
    }
    // An event that KMS itself sends is not a CloudTrail record: patterns match the whole event.
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
    let record = RecordEvent::EventBridge { id, time, message };
    Ok(Event::Single(SingleEvent::Records(record)))
}

fn sqs_batch(json: &str) -> Result<Event<'static>, EventError> {
    let batch: SqsEvent = serde_json::from_str(json)
        .map_err(|source| malformed("`Records` to be a batch of SQS messages", source))?;
    let messages = batch
        .records
        .into_iter()
        .map(
            |message| match (message.event_source.as_deref(), message.body) {
                (Some("aws:sqs"), Some(body)) => Ok(SqsMessage {
                    id: message.message_id.unwrap_or_default(),
                    body,
                }),
                (source, _) => Err(EventError::Unknown {
                    found: format!("`Records` from {:?}", source.unwrap_or("nobody")),
                }),
            },
        )
        .collect::<Result<_, _>>()?;
    Ok(Event::SqsBatch { messages })
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
    fn a_subscription_payload_is_recognized() {
        let event = read(r#"{"awslogs":{"data":"H4sI","new":1},"new":[1]}"#).unwrap();
        let Event::Single(SingleEvent::Records(RecordEvent::Subscription { data })) = event else {
            panic!("{event:?}")
        };
        assert!(matches!(data, Cow::Borrowed("H4sI")));
    }

    #[test]
    fn after_a_subscription_payload_only_white_space_of_json_is_allowed() {
        let json = r#"{"awslogs":{"data":"H4sI"}}"#;
        assert!(read(&format!("{json} \t\r\n")).is_ok());
        for suffix in ["\u{a0}", "\u{c}", "\u{2028}", "x"] {
            assert_eq!(
                rejected(&format!("{json}{suffix}")),
                "expected a JSON object without repeated keys"
            );
        }
    }

    #[test]
    fn a_scheduled_run_has_a_time_or_none() {
        let event = read(r#"{"source":"cloudtrail-alarms.tick"}"#).unwrap();
        assert!(matches!(
            event,
            Event::Single(SingleEvent::ScheduledRun { time: None })
        ));
        let json = r#"{"source":"cloudtrail-alarms.tick","time":"2026-11-20T02:15:00Z"}"#;
        let Event::Single(SingleEvent::ScheduledRun { time: Some(time) }) = read(json).unwrap()
        else {
            panic!("not a scheduled run: {json}")
        };
        assert_eq!(time.to_string(), "2026-11-20T02:15:00Z");
        assert_eq!(
            rejected(r#"{"source":"cloudtrail-alarms.tick","time":"noon"}"#),
            "expected `time` of the scheduled run to be RFC 3339 such as 2026-11-20T02:15:00Z, found \"noon\""
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
        assert!(matches!(
            read(&json),
            Ok(Event::Single(SingleEvent::Forged { .. }))
        ));
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
            let Event::Single(SingleEvent::Forged { id, source }) = read(&json).unwrap() else {
                panic!("{name} is not an AWS service")
            };
            assert_eq!((id.as_str(), source.as_str()), ("e1", name));
        }
    }

    #[track_caller]
    fn eventbridge_record(json: &str) -> (String, Timestamp, String) {
        match read(json).unwrap() {
            Event::Single(SingleEvent::Records(RecordEvent::EventBridge { id, time, message })) => {
                (id, time, message)
            }
            event => panic!("{event:?}"),
        }
    }

    #[test]
    fn eventbridge_gives_the_record_in_its_detail() {
        let json = r#"{"version":"0","id":"e1","detail-type":"AWS API Call via CloudTrail","source":"aws.s3",
            "account":"111122223333","time":"2026-11-20T02:15:00Z","region":"ap-southeast-2","resources":[],
            "detail":{"eventName":"GetObject"}}"#;
        let (id, time, message) = eventbridge_record(json);
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
        let (_, _, message) = eventbridge_record(json);
        assert_eq!(message, json);
    }

    #[test]
    fn an_sqs_batch_gives_the_bodies() {
        let json = r#"{"Records":[{"messageId":"m1","eventSource":"aws:sqs","body":"{}"}]}"#;
        let Event::SqsBatch { messages } = read(json).unwrap() else {
            panic!("not a batch: {json}")
        };
        assert_eq!(
            (messages[0].id.as_str(), messages[0].body.as_str()),
            ("m1", "{}")
        );
    }

    #[test]
    fn the_error_for_any_other_text_shows_what_is_expected() {
        let expected = "expected {\"awslogs\":{\"data\":\"...\"}}, an EventBridge event with a CloudTrail record or from \
                      aws.kms, {\"source\":\"cloudtrail-alarms.tick\"}, or an SQS batch of these; found ";
        assert_eq!(
            rejected("[1]"),
            format!("{expected}text that is not a JSON object")
        );
        assert_eq!(
            rejected("{}"),
            format!("{expected}an object with none of their keys")
        );
        assert_eq!(
            rejected(r#"{"source":"aws.ec2"}"#),
            format!("{expected}an event from \"aws.ec2\"")
        );
        assert_eq!(
            rejected(r#"{"Records":[{"EventSource":"aws:sns"}]}"#),
            format!("{expected}`Records` from \"nobody\"")
        );
        assert_eq!(
            rejected(r#"{"awslogs":{"data":7}}"#),
            "expected `awslogs` to be an object with base64 text in `data`"
        );
        let deep = "[".repeat(200_000);
        assert!(rejected(&format!("{{\"awslogs\":{deep}")).starts_with("expected a JSON object"));
    }
}

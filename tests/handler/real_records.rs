//! Real CloudTrail records, from payload to count, compared with a naive evaluation of the same records.
//!
//! `tests/data/SOURCES.md` lists their publishers.

use std::collections::BTreeSet;

use aws_lambda_events::cloudwatch_logs::LogsEvent;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::event::payload::{Decoder, Envelope, LogEvent, LogEventError};
use cloudtrail_alarms::handler::{Handler, Invocation, Outcome};
use cloudtrail_alarms::matching::OwnIdentity;
use cloudtrail_alarms::metrics::{Counters, Occurrences};
use cloudtrail_alarms::notification::{DeploymentContext, Notification};
use cloudtrail_alarms::store::MemoryStore;
use cloudtrail_alarms_testkit::alarms::{self, default_alarm};
use cloudtrail_alarms_testkit::events::{awslogs, gzip, subscription};
use cloudtrail_alarms_testkit::futures::block_on;
use cloudtrail_alarms_testkit::publisher::RecordingPublisher;
use cloudtrail_alarms_testkit::records::{self, REAL_ROLE};
use cloudtrail_alarms_testkit::repository::file;
use cloudtrail_alarms_testkit::time::DELIVERED;
use cloudwatch_filter_pattern::record::{Selector, Selectors, Slot, Step};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The function's own role, for a test. It made failing KMS calls, which are own calls, and others, which are matched.
const OWN_ROLE: &str = REAL_ROLE;

/// The meaning of a pattern, in plain Rust on a tree of the record.
type Meaning = fn(&Value) -> bool;

struct Case {
    name: &'static str,
    pattern: &'static str,
    holds: Meaning,
}

fn text<'r>(record: &'r Value, pointer: &str) -> Option<&'r str> {
    record.pointer(pointer)?.as_str()
}

fn is_kms_error_of_role(record: &Value) -> bool {
    text(record, "/errorCode").is_some()
        && text(record, "/eventSource") == Some("kms.amazonaws.com")
        && text(record, "/userIdentity/sessionContext/sessionIssuer/arn") == Some(REAL_ROLE)
}

fn is_unauthorized(record: &Value) -> bool {
    text(record, "/errorCode").is_some_and(|code| {
        code.ends_with("UnauthorizedOperation") || code.starts_with("AccessDenied")
    })
}

const CASES: &[Case] = &[
    Case {
        name: "any error",
        pattern: r#"{ $.errorCode = "*" }"#,
        holds: |record| text(record, "/errorCode").is_some(),
    },
    Case {
        name: "CIS 1.2, 3.1: unauthorized calls",
        pattern: r#"{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}"#,
        holds: is_unauthorized,
    },
    Case {
        name: "CIS 1.4, 4.1: the same, as published, which nearly every record matches",
        pattern: r#"{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") ||
            ($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket") }"#,
        holds: |record| {
            is_unauthorized(record)
                || text(record, "/sourceIPAddress")
                    .is_some_and(|ip| ip != "delivery.logs.amazonaws.com")
                || text(record, "/eventName").is_some_and(|name| name != "HeadBucket")
        },
    },
    Case {
        name: "CIS 1.2, 3.2: console sign-in without MFA",
        pattern: r#"{($.eventName="ConsoleLogin") && ($.additionalEventData.MFAUsed !="Yes")}"#,
        holds: |record| {
            text(record, "/eventName") == Some("ConsoleLogin")
                && text(record, "/additionalEventData/MFAUsed").is_some_and(|used| used != "Yes")
        },
    },
    Case {
        name: "CIS 1.2, 3.3: use of the root account",
        pattern: r#"{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}"#,
        holds: |record| {
            text(record, "/userIdentity/type") == Some("Root")
                && record.pointer("/userIdentity/invokedBy").is_none()
                && text(record, "/eventType").is_some_and(|kind| kind != "AwsServiceEvent")
        },
    },
    Case {
        name: "CIS 1.2, 3.5: changes of the trail",
        pattern: "{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || \
            ($.eventName=StartLogging) || ($.eventName=StopLogging)}",
        holds: |record| {
            let names = [
                "CreateTrail",
                "UpdateTrail",
                "DeleteTrail",
                "StartLogging",
                "StopLogging",
            ];
            text(record, "/eventName").is_some_and(|name| names.contains(&name))
        },
    },
    Case {
        name: "an error that is written as null",
        pattern: "{ $.errorCode IS NULL }",
        holds: |record| record.get("errorCode") == Some(&Value::Null),
    },
    Case {
        name: "a KMS call without an error",
        pattern: "{ $.eventSource = kms.amazonaws.com && $.errorCode NOT EXISTS }",
        holds: |record| {
            text(record, "/eventSource") == Some("kms.amazonaws.com")
                && record.get("errorCode").is_none()
        },
    },
    Case {
        name: "a key among the resources",
        pattern: r#"{ $.resources[*].ARN = "arn:aws:kms:*" }"#,
        holds: |record| {
            let resources = record["resources"].as_array();
            resources.into_iter().flatten().any(|resource| {
                text(resource, "/ARN").is_some_and(|arn| arn.starts_with("arn:aws:kms:"))
            })
        },
    },
    Case {
        name: "a call that changes something",
        pattern: "{ $.readOnly IS FALSE }",
        holds: |record| record.get("readOnly") == Some(&Value::Bool(false)),
    },
    Case {
        name: "many bytes",
        pattern: "{ $.additionalEventData.bytesTransferredOut >= 500 }",
        holds: |record| {
            let bytes = record.pointer("/additionalEventData/bytesTransferredOut");
            bytes
                .and_then(Value::as_f64)
                .is_some_and(|bytes| bytes >= 500.0)
        },
    },
];

/// An alarm on any match.
fn alarm(case: &Case) -> AlarmDefinition {
    alarms::alarm(&format!(
        "AlarmName: {}\nFilterPattern: {}\nComparisonOperator: GreaterThanOrEqualToThreshold",
        json!(case.name),
        json!(case.pattern)
    ))
}

/// Every alarm of these tests, with the naive reading of its pattern.
fn all_alarms() -> Vec<(AlarmDefinition, Meaning)> {
    let mut alarms = vec![(default_alarm(REAL_ROLE), is_kms_error_of_role as Meaning)];
    alarms.extend(CASES.iter().map(|case| (alarm(case), case.holds)));
    alarms
}

/// A line of `unusual.jsonl`.
#[derive(Deserialize)]
struct Unusual {
    why: String,
    record: Box<RawValue>,
}

fn unusual() -> Vec<Unusual> {
    file("tests/data/cloudtrail/unusual.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const PAYLOADS: [&str; 2] = [
    "tests/data/events/datadog_cwl_cloudtrail_decoded.json",
    "tests/data/events/datadog_cwl_cloudtrail_decoded_2.json",
];

fn records_of_payload(path: &str) -> Vec<String> {
    let payload: Value = serde_json::from_str(&file(path)).unwrap();
    let log_events = payload["logEvents"].as_array().unwrap();
    let message = |event: &Value| event["message"].as_str().unwrap().to_owned();
    log_events.iter().map(message).collect()
}

/// All records of `data/`, each `eventID` once.
fn all_records() -> Vec<String> {
    let mut records = records::real();
    records.extend(
        unusual()
            .into_iter()
            .map(|line| line.record.get().to_owned()),
    );
    records.extend(PAYLOADS.into_iter().flat_map(records_of_payload));
    let mut seen = BTreeSet::new();
    records.retain(|record| seen.insert(tree(record)["eventID"].to_string()));
    records
}

fn tree(record: &str) -> Value {
    serde_json::from_str(record).unwrap()
}

/// The records as log events. The ID of each is its index.
fn log_events(records: &[String]) -> Vec<Value> {
    let log_event = |(index, message): (usize, &String)| json!({"id": index.to_string(), "timestamp": DELIVERED.as_millisecond(), "message": message});
    records.iter().enumerate().map(log_event).collect()
}

/// The invocation that delivers these log events.
fn invocation(log_events: &[Value]) -> String {
    subscription(log_events).to_string()
}

/// A handler over a store in memory that records notifications.
struct RecordingHandler(Handler<MemoryStore, RecordingPublisher>);

impl RecordingHandler {
    fn new(alarms: Vec<AlarmDefinition>, own: OwnIdentity) -> Self {
        Self(Handler::new(
            alarms,
            MemoryStore::default(),
            RecordingPublisher::default(),
            own,
            DeploymentContext::default(),
        ))
    }

    fn of(alarm: &AlarmDefinition) -> Self {
        Self::new(vec![alarm.clone()], OwnIdentity::default())
    }

    async fn invoke(&self, json: &str) -> Outcome {
        let invocation = Invocation {
            now: DELIVERED,
            ..Invocation::default()
        };
        let (outcome, _) = self.0.handle(json, &invocation).await;
        outcome.unwrap_or_else(|error| panic!("{error}"))
    }

    fn published(&self) -> Vec<Notification> {
        self.0.publisher().published()
    }
}

fn count(trees: &[Value], holds: Meaning) -> u64 {
    trees.iter().filter(|tree| holds(tree)).count() as u64
}

#[test]
fn the_records_are_as_various_as_their_sources() {
    let trees: Vec<Value> = all_records().iter().map(|record| tree(record)).collect();
    let all = |pointer: &str| -> BTreeSet<&str> {
        trees
            .iter()
            .filter_map(|tree| text(tree, pointer))
            .collect()
    };
    let versions = ["1.04", "1.05", "1.07", "1.08", "1.09", "1.10", "1.11"];
    assert_eq!(all("/eventVersion"), BTreeSet::from(versions));
    let identities = [
        "AWSService",
        "AssumedRole",
        "FederatedUser",
        "IAMUser",
        "Root",
        "Unknown",
    ];
    assert_eq!(all("/userIdentity/type"), BTreeSet::from(identities));
    let kms = |tree: &Value| text(tree, "/eventSource") == Some("kms.amazonaws.com");
    assert_eq!(count(&trees, kms), 407);
}

#[tokio::test]
async fn each_alarm_counts_what_a_naive_reading_finds() {
    let records = all_records();
    let trees: Vec<Value> = records.iter().map(|record| tree(record)).collect();
    let records_in = records.len() as u64;
    let event = invocation(&log_events(&records));
    for (alarm, holds) in all_alarms() {
        let matched = count(&trees, holds);
        assert_ne!(matched, 0, "{} proves nothing", alarm.name);
        let handler = RecordingHandler::of(&alarm);
        let counters = |occurrences| Counters {
            records_in,
            matched,
            unmatched: records_in - matched,
            occurrences,
            ..Counters::default()
        };

        let first = handler.invoke(&event).await;
        let new = Occurrences {
            new: matched,
            ..Occurrences::default()
        };
        assert_eq!(first.counters, counters(new), "{}", alarm.name);
        assert_eq!(handler.published().len(), 1, "{}", alarm.name);

        let again = handler.invoke(&event).await;
        let duplicate = Occurrences {
            duplicate: matched,
            ..Occurrences::default()
        };
        assert_eq!(again.counters, counters(duplicate), "{}", alarm.name);
        assert_eq!(again.transitions, []);
        assert_eq!(handler.published().len(), 1, "{}", alarm.name);
    }
}

#[tokio::test]
async fn the_email_of_the_default_alarm_shows_callers_and_calls() {
    let handler = RecordingHandler::of(&default_alarm(REAL_ROLE));
    handler
        .invoke(&invocation(&log_events(&all_records())))
        .await;
    let [notification] = handler.published().try_into().unwrap();
    for said in [
        "AWSReservedSSO_ReadOnlyAccess_ff7f8c5c5851db50",
        "CreateKey",
        "AccessDenied",
        "DescribeKey",
        "NotFoundException",
    ] {
        assert!(
            notification.email.contains(said),
            "no {said} in:\n{}",
            notification.email
        );
    }
}

#[tokio::test]
async fn every_record_is_counted_once() {
    let mut records = all_records();
    let trees: Vec<Value> = records.iter().map(|record| tree(record)).collect();
    records.push(file("events/records/not-json.txt"));
    records.push("[]".to_owned());
    let is_own = |tree: &Value| {
        text(tree, "/userIdentity/sessionContext/sessionIssuer/arn") == Some(OWN_ROLE)
            && text(tree, "/eventSource") == Some("kms.amazonaws.com")
            && text(tree, "/errorCode").is_some()
    };
    let others: Vec<Value> = trees.iter().filter(|tree| !is_own(tree)).cloned().collect();
    let own = (trees.len() - others.len()) as u64;
    assert_ne!(own, 0);
    // Without the case that nearly every record matches.
    let (alarms, meanings): (Vec<_>, Vec<_>) = all_alarms()
        .into_iter()
        .filter(|(alarm, _)| !alarm.name.starts_with("CIS 1.4"))
        .unzip();
    let matched = others
        .iter()
        .filter(|tree| meanings.iter().any(|holds| holds(tree)))
        .count() as u64;

    let identity = OwnIdentity {
        role_arn: Some(OWN_ROLE.to_owned()),
        ..OwnIdentity::default()
    };
    let handler = RecordingHandler::new(alarms, identity);
    let outcome = handler.invoke(&invocation(&log_events(&records))).await;
    let occurrences = Occurrences {
        new: meanings.iter().map(|holds| count(&others, *holds)).sum(),
        ..Occurrences::default()
    };
    let expected = Counters {
        records_in: records.len() as u64,
        matched,
        unmatched: others.len() as u64 - matched,
        invalid: 2,
        own,
        occurrences,
    };
    assert_eq!(outcome.counters, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4) })]

    #[test]
    fn each_batch_adds_its_own_records_in_any_order(
        order in Just((0..all_records().len()).collect::<Vec<usize>>()).prop_shuffle(),
        size in 10..400_usize,
    ) {
        let records = all_records();
        let trees: Vec<Value> = records.iter().map(|record| tree(record)).collect();
        let events = log_events(&records);
        let (alarms, meanings): (Vec<_>, Vec<_>) = all_alarms().into_iter().unzip();
        let handler = RecordingHandler::new(alarms, OwnIdentity::default());
        for batch in order.chunks(size) {
            let pick = |all: &[Value]| -> Vec<Value> { batch.iter().map(|&index| all[index].clone()).collect() };
            let outcome = block_on(handler.invoke(&invocation(&pick(&events))));
            let trees = pick(&trees);
            let new = meanings.iter().map(|holds| count(&trees, *holds)).sum();
            let occurrences = Occurrences { new, ..Occurrences::default() };
            prop_assert_eq!(outcome.counters.occurrences, occurrences);
        }
    }
}

/// A decoded payload: owner, log group, log stream, and each log event's id, timestamp and message.
type Decoded = (String, String, String, Vec<(String, i64, String)>);

fn decoded(event: &Value) -> Decoded {
    let mut log_events = Vec::new();
    let on_event = |_: &Envelope, event: Result<LogEvent<'_>, LogEventError>| {
        let LogEvent {
            id,
            timestamp,
            message,
        } = event.unwrap();
        log_events.push((id.into_owned(), timestamp, message.into_owned()));
    };
    let envelope = Decoder::default()
        .read(event["awslogs"]["data"].as_str().unwrap(), on_event)
        .unwrap();
    (
        envelope.owner,
        envelope.log_group,
        envelope.log_stream,
        log_events,
    )
}

fn decoded_by_aws_lambda_events(event: &Value) -> Decoded {
    // From text: its keys must be borrowed, so that it reads neither a `Value` nor a stream.
    let event: LogsEvent = serde_json::from_str(&event.to_string()).unwrap();
    let data = event.aws_logs.data;
    let log_events = data
        .log_events
        .into_iter()
        .map(|event| (event.id, event.timestamp, event.message));
    (
        data.owner,
        data.log_group,
        data.log_stream,
        log_events.collect(),
    )
}

#[test]
fn a_payload_holds_exactly_its_records() {
    for path in PAYLOADS {
        let json = file(path);
        let event = awslogs(&gzip(json.as_bytes()));
        let said: Value = serde_json::from_str(&json).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let log_events = said["logEvents"].as_array().unwrap().iter().map(|event| {
            (
                text(&event["id"]),
                event["timestamp"].as_i64().unwrap(),
                text(&event["message"]),
            )
        });
        let expected = (
            text(&said["owner"]),
            text(&said["logGroup"]),
            text(&said["logStream"]),
            log_events.collect(),
        );
        assert_eq!(decoded(&event), expected, "{path}");
        assert_eq!(decoded_by_aws_lambda_events(&event), expected, "{path}");
    }
}

#[test]
fn the_decoders_agree_on_every_record() {
    let events = log_events(&all_records());
    // Lengths that leave each remainder by three, so that the base64 ends with and without padding.
    for few in events.chunks(100) {
        let event: Value = serde_json::from_str(&invocation(few)).unwrap();
        assert_eq!(decoded(&event), decoded_by_aws_lambda_events(&event));
    }
    let event: Value = serde_json::from_str(&invocation(&events)).unwrap();
    assert_eq!(decoded(&event), decoded_by_aws_lambda_events(&event));
}

/// A text, a text deep inside, a number and a list, with the place where a tree has each.
fn looked_up(selectors: &mut Selectors) -> Vec<(Slot, &'static str)> {
    let mut slot = |names: &[&str]| selectors.slot(&Selector::of_members(names));
    vec![
        (slot(&["eventID"]), "/eventID"),
        (slot(&["errorCode"]), "/errorCode"),
        (slot(&["userAgent"]), "/userAgent"),
        (slot(&["userIdentity", "type"]), "/userIdentity/type"),
        (
            slot(&["userIdentity", "sessionContext", "sessionIssuer", "arn"]),
            "/userIdentity/sessionContext/sessionIssuer/arn",
        ),
        (
            slot(&["requestParameters", "policyDocument"]),
            "/requestParameters/policyDocument",
        ),
    ]
}

#[test]
fn an_unusual_record_is_read_like_any_other() {
    let mut selectors = Selectors::default();
    let looked_up = looked_up(&mut selectors);
    let member = |name: &str| Step::Member(name.into());
    let everywhere = selectors.slot(&Selector::new(vec![member("requestParameters"), Step::Any]));
    let mut reader = selectors.into_reader();
    let unusual = unusual();
    assert_eq!(unusual.len(), 100);
    for Unusual { why, record } in &unusual {
        let tree = tree(record.get());
        let read = reader
            .read(record.get())
            .unwrap_or_else(|error| panic!("{why}: {error}"));
        for &(slot, pointer) in &looked_up {
            assert_eq!(read.text(slot), text(&tree, pointer), "{why}: {pointer}");
        }
        let parameters = tree["requestParameters"]
            .as_object()
            .map_or(0, serde_json::Map::len);
        assert_eq!(read.values(everywhere).count(), parameters, "{why}");
    }
}

#[test]
fn a_truncated_unusual_record_is_rejected() {
    let mut selectors = Selectors::default();
    looked_up(&mut selectors);
    let mut reader = selectors.into_reader();
    for Unusual { why, record } in unusual() {
        let text = record.get();
        let ends = text.char_indices().map(|(end, _)| end);
        for end in ends.step_by(97) {
            assert!(reader.read(&text[..end]).is_err(), "{why}: cut at {end}");
        }
        assert!(reader.read(text).is_ok(), "{why}");
    }
}

//! A log event without a valid time is counted as invalid, and the other log events of the payload count.

use cloudtrail_alarms::handler::{Handler, Invocation};
use cloudtrail_alarms::matching::{OwnIdentity, RecordParser};
use cloudtrail_alarms::metrics::InvocationMetrics;
use cloudtrail_alarms::notification::DeploymentContext;
use cloudtrail_alarms::store::MemoryStore;
use cloudtrail_alarms_testkit::alarms::alarm;
use cloudtrail_alarms_testkit::events::{awslogs, gzip};
use cloudtrail_alarms_testkit::futures::block_on;
use cloudtrail_alarms_testkit::publisher::RecordingPublisher;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const NOW: &str = "2026-11-20T02:15:30Z";

/// Delivers three log events. The first and the last have this text after their `id`; the second is valid.
#[track_caller]
fn deliver(time_source: &str, record_parser: RecordParser, odd: &str) -> InvocationMetrics {
    let alarms = vec![alarm(&format!("TimeSource: {time_source}"))];
    let (store, own) = (MemoryStore::default(), OwnIdentity::default());
    let handler = Handler::new(
        alarms,
        store,
        RecordingPublisher::default(),
        own,
        DeploymentContext::default(),
    );
    let now: Timestamp = NOW.parse().unwrap();
    let message = json!({"eventTime": NOW, "errorCode": "AccessDenied"}).to_string();
    let message = json!(message);
    let good = now.as_millisecond();
    let payload = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"111122223333_CloudTrail_ap-southeast-2","logEvents":[
        {{"id":"1"{odd},"message":{message}}},{{"id":"2","timestamp":{good},"message":{message}}},{{"id":"3"{odd},"message":{message}}}]}}"#
    );
    let invocation = Invocation {
        request_id: "r".to_owned(),
        now,
        deadline: Some(now + SignedDuration::from_secs(5)),
        ..Invocation::default()
    };
    let event = awslogs(&gzip(payload.as_bytes())).to_string();
    let handler = handler.with_record_parser(record_parser);
    let (outcome, measured) = block_on(handler.handle(&event, &invocation));
    outcome.unwrap_or_else(|error| panic!("{odd}: {error}"));
    measured
}

#[test]
fn a_log_event_without_a_usable_time_is_invalid_and_the_others_count() {
    for odd in [
        "",
        r#","timestamp":null"#,
        r#","timestamp":0"#,
        r#","timestamp":-1"#,
        r#","timestamp":-9223372036854775808"#,
        r#","timestamp":253402300800000"#,
        r#","timestamp":900000000000000000"#,
        r#","timestamp":9223372036854775807"#,
        r#","timestamp":9223372036854775808"#,
        r#","timestamp":1e99"#,
        r#","timestamp":"1795140930000""#,
        r#","timestamp":"now""#,
        r#","timestamp":{}"#,
        r#","timestamp":true"#,
    ] {
        for time_source in ["LogTimestamp", "EventTime"] {
            for record_parser in [RecordParser::Fast, RecordParser::Reference] {
                let measured = deliver(time_source, record_parser, odd);
                let counters = measured.counters;
                assert_eq!(
                    (counters.records_in, counters.matched, counters.invalid),
                    (3, 1, 2),
                    "{odd} {time_source} {record_parser:?}"
                );
                assert_eq!(
                    (counters.occurrences.new, counters.occurrences.too_late),
                    (1, 0)
                );
                assert_eq!(measured.delivery_lag, Some(0), "{odd}");
            }
        }
    }
}

#[test]
fn a_log_event_of_the_far_future_is_too_late_and_not_invalid() {
    let counters = deliver(
        "LogTimestamp",
        RecordParser::Fast,
        r#","timestamp":253402200000000"#,
    )
    .counters;
    assert_eq!((counters.matched, counters.invalid), (3, 0));
    assert_eq!(counters.occurrences.too_late, 2);
}

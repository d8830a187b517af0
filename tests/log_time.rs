//! A log event that cannot be placed in time is counted and logged, and spoils nothing else.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cloudtrail_alarms::alarm::file::load;
use cloudtrail_alarms::handler::{Handler, Invocation};
use cloudtrail_alarms::matching::{OwnIdentity, RecordParser};
use cloudtrail_alarms::metrics::InvocationMetrics;
use cloudtrail_alarms::notification::{ConsolePublisher, DeploymentContext};
use cloudtrail_alarms::store::MemoryStore;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const NOW: &str = "2026-11-20T02:15:30Z";

/// Delivers log events of which one is good; each but that one has this text behind its `id`.
#[track_caller]
fn deliver(time_source: &str, record_parser: RecordParser, odd: &str) -> InvocationMetrics {
    let yaml = format!(
        "Alarms: [{{AlarmName: A, FilterPattern: '{{ $.errorCode = \"*\" }}', MetricNamespace: N, MetricName: M, Period: 60, \
         EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanThreshold, TimeSource: {time_source}}}]"
    );
    let file = load(Path::new("alarms.yaml"), &|_| Ok(yaml.clone()), &|_| None).unwrap();
    let (store, own) = (MemoryStore::default(), OwnIdentity::default());
    let handler = Handler::new(
        file.alarms,
        store,
        ConsolePublisher,
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
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(payload.as_bytes()).unwrap();
    let data = BASE64_STANDARD.encode(gzip.finish().unwrap());
    let invocation = Invocation {
        request_id: "r".to_owned(),
        now,
        deadline: Some(now + SignedDuration::from_secs(5)),
        ..Invocation::default()
    };
    let event = json!({"awslogs": {"data": data}}).to_string();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let handler = handler.with_record_parser(record_parser);
    let (outcome, measured) = runtime
        .unwrap()
        .block_on(handler.handle(&event, &invocation));
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
                let books = measured.counters;
                assert_eq!(
                    (books.records_in, books.matched, books.invalid),
                    (3, 1, 2),
                    "{odd} {time_source} {record_parser:?}"
                );
                assert_eq!((books.occurrences.new, books.occurrences.too_late), (1, 0));
                assert_eq!(measured.delivery_lag, Some(0), "{odd}");
            }
        }
    }
}

#[test]
fn a_log_event_of_the_far_future_came_too_late_and_is_no_rubbish() {
    let books = deliver(
        "LogTimestamp",
        RecordParser::Fast,
        r#","timestamp":253402200000000"#,
    )
    .counters;
    assert_eq!((books.matched, books.invalid), (3, 0));
    assert_eq!(books.occurrences.too_late, 2);
}

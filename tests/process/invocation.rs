//! Events and their replies, the state in the table, failures of services, and the metrics in the log.

use std::net::TcpListener;
use std::time::Duration;

use cloudtrail_alarms_testkit::alarms::{DEFAULT_ALARM, alarm_yaml};
use cloudtrail_alarms_testkit::emulators::{Emulator, Subscription, dynalite, moto};
use cloudtrail_alarms_testkit::events::{
    LOG_STREAM, awslogs, eventbridge, gzip, gzip_bomb, log_event_id, logs, logs_at, redrive,
};
use cloudtrail_alarms_testkit::folder::folder;
use cloudtrail_alarms_testkit::function::{Environment, FunctionError, FunctionProcess, TIMEOUT};
use cloudtrail_alarms_testkit::gate::Gate;
use cloudtrail_alarms_testkit::records::sample;
use cloudtrail_alarms_testkit::repository::file;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::environment;

const SUBJECT: &str = "ALARM: \"Pattern1ApplicationKMSSecurityAlarm\" in Asia Pacific (Sydney)";

/// Memory of a Lambda function of 256 MB, in bytes.
const MEMORY: u64 = 256 << 20;

/// Three failed calls by the task role, of three kinds.
fn burst() -> Value {
    logs(&[
        &sample("kms-incorrect-key"),
        &sample("kms-access-denied"),
        &sample("kms-disabled"),
    ])
}

/// Counts of records in a reply: in, matched, unmatched, invalid, own.
#[track_caller]
fn records(reply: &Value) -> [u64; 5] {
    ["recordsIn", "matched", "unmatched", "invalid", "own"].map(|name| count(&reply[name]))
}

/// Counts of matches in a reply: new, duplicate, too late, overflow.
#[track_caller]
fn occurrences(reply: &Value) -> [u64; 4] {
    ["new", "duplicate", "tooLate", "overflow"].map(|name| count(&reply["occurrences"][name]))
}

#[track_caller]
fn count(value: &Value) -> u64 {
    value.as_u64().expect("a reply counts")
}

/// The changes of state in a reply, as `from -> to`.
#[track_caller]
fn transitions(reply: &Value) -> Vec<String> {
    let transitions = reply["transitions"]
        .as_array()
        .expect("a reply lists the transitions");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    transitions
        .iter()
        .map(|change| format!("{} -> {}", text(&change["from"]), text(&change["to"])))
        .collect()
}

/// The EMF documents in what the function printed.
fn metrics(output: &str) -> Vec<Value> {
    let documents = output.lines().filter(|line| line.contains("\"_aws\""));
    documents
        .map(|line| serde_json::from_str(line).expect("a document is one line of JSON"))
        .collect()
}

#[test]
fn a_burst_of_failed_kms_calls_by_the_task_role_sends_an_email() {
    let subscription = Subscription::new("burst");
    let mut function = environment()
        .with("ALARM_TOPIC_ARN", &subscription.topic)
        .with("AWS_ENDPOINT_URL_SNS", &moto().url())
        .start();

    let reply = function.invoke(&burst()).unwrap();

    assert_eq!(records(&reply), [3, 3, 0, 0, 0]);
    assert_eq!(occurrences(&reply), [3, 0, 0, 0]);
    assert_eq!(transitions(&reply), ["INSUFFICIENT_DATA -> ALARM"]);
    assert_eq!(reply["transitions"][0]["alarm"], DEFAULT_ALARM);
    assert_eq!(reply["notifications"], json!({"sent": 1, "owed": 0}));

    let received = subscription.receive();
    let [notification] = received.as_slice() else {
        panic!("one notification, not {received:?}")
    };
    assert_eq!(notification["Subject"], SUBJECT);
    let attribute = |name: &str| &notification["MessageAttributes"][name]["Value"];
    assert_eq!(attribute("alarm"), DEFAULT_ALARM);
    assert_eq!(attribute("state"), "ALARM");
    assert_eq!(attribute("severity"), "HIGH");
    assert_eq!(attribute("account"), "111122223333");
    assert_eq!(attribute("region"), "ap-southeast-2");

    let text = notification["Message"].as_str().unwrap();
    let document: Value = serde_json::from_str(text).unwrap();
    assert_eq!(document["AlarmName"], DEFAULT_ALARM);
    assert_eq!(document["AWSAccountId"], "111122223333");
    assert_eq!(document["Region"], "Asia Pacific (Sydney)");
    assert_eq!(document["NewStateValue"], "ALARM");
    assert_eq!(document["Trigger"]["Threshold"], 1.0);
    assert_eq!(attribute("id"), &document["CloudTrailAlarms"]["id"]);
    let position = |key: &str| text.find(&format!("\"{key}\":")).unwrap();
    assert!(
        position("AlarmName") < position("Trigger")
            && position("Trigger") < position("CloudTrailAlarms"),
        "CloudWatch's order"
    );
}

#[test]
fn one_single_error_does_not_alarm_and_the_next_one_does() {
    let mut function = environment().start();
    let now = Timestamp::now();
    let reply = function
        .invoke(&logs_at(now, &[&sample("kms-incorrect-key")]))
        .unwrap();
    assert_eq!(occurrences(&reply), [1, 0, 0, 0]);
    assert_eq!(reply["notifications"]["sent"], 0);
    assert!(
        !transitions(&reply)
            .iter()
            .any(|change| change.ends_with("ALARM")),
        "{reply}"
    );

    let reply = function
        .invoke(&logs_at(now, &[&sample("kms-access-denied")]))
        .unwrap();
    assert!(
        transitions(&reply)
            .iter()
            .any(|change| change.ends_with("-> ALARM")),
        "{reply}"
    );
    assert_eq!(reply["notifications"]["sent"], 1);
    let output = function.stop();
    assert!(
        output
            .lines()
            .any(|line| line == format!("Subject: {SUBJECT}")),
        "without a topic the email is printed: {output}"
    );
}

#[test]
fn near_misses_do_not_alarm() {
    let near_misses = ["other-role", "other-service", "no-error", "null-error-code"];
    let messages = near_misses.map(|name| sample(&format!("near-miss-{name}")));
    let messages: Vec<&str> = messages
        .iter()
        .chain(&messages)
        .map(String::as_str)
        .collect();

    let reply = environment().start().invoke(&logs(&messages)).unwrap();

    assert_eq!(records(&reply), [8, 0, 8, 0, 0]);
    assert_eq!(occurrences(&reply), [0, 0, 0, 0]);
    assert_eq!(transitions(&reply), [""; 0]);
}

#[test]
fn a_control_message_is_answered_and_ignored() {
    let control = awslogs(&gzip(
        json!({
            "messageType": "CONTROL_MESSAGE",
            "owner": "CloudwatchLogs",
            "logGroup": "",
            "logStream": "",
            "subscriptionFilters": [],
            "logEvents": [{"id": "", "timestamp": 1_795_140_900_000_i64, "message": "CWL CONTROL MESSAGE: Checking health of destination Lambda."}],
        })
        .to_string()
        .as_bytes(),
    ));
    let reply = environment().start().invoke(&control).unwrap();
    assert_eq!(records(&reply), [0, 0, 0, 0, 0]);
}

#[test]
fn messages_that_are_not_records_are_counted_and_logged_and_the_rest_of_the_batch_counts() {
    let mut function = environment().start();
    let deep = "[".repeat(200_000);
    let (wrong_key, denied) = (sample("kms-incorrect-key"), sample("kms-access-denied"));
    let batch = logs(&[
        &wrong_key,
        &file("events/records/not-json.txt"),
        "[1]",
        "null",
        "7",
        &deep,
        "",
        "{\"a\":",
        &denied,
    ]);

    let reply = function.invoke(&batch).unwrap();

    assert_eq!(records(&reply), [9, 2, 0, 7, 0]);
    assert_eq!(transitions(&reply), ["INSUFFICIENT_DATA -> ALARM"]);
    let output = function.stop();
    for n in 1..=7 {
        let id = log_event_id(n);
        assert!(
            output
                .lines()
                .any(|line| line.contains(LOG_STREAM) && line.contains(&id)),
            "one line names the stream and {id}: {output:.4000}"
        );
    }
}

/// An error reply, by its type and some of its words.
#[track_caller]
fn assert_rejected(reply: Result<Value, FunctionError>, error_type: &str, words: &str, what: &str) {
    let error = reply.expect_err(what);
    assert_eq!(
        error.error_type, error_type,
        "{what}: {}",
        error.error_message
    );
    assert!(
        error.error_message.contains(words),
        "{what}: {}",
        error.error_message
    );
}

#[test]
fn invalid_input_is_rejected_with_a_reason_and_the_next_event_is_processed() {
    let mut function = environment().start();
    let deep = "[".repeat(200_000);
    let balanced = format!("{deep}{}", "]".repeat(200_000));
    let shapes = r#"expected {"awslogs":{"data":"..."}}"#;
    for (event, words) in [
        ("[]", shapes),
        ("null", shapes),
        ("7", shapes),
        ("\"awslogs\"", shapes),
        ("{}", shapes),
        (
            r#"{"source":"aws.ec2","detail-type":"EC2 Instance State-change Notification"}"#,
            shapes,
        ),
        (
            r#"{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"{}"}}]}"#,
            shapes,
        ),
        (r#"{"Records":7}"#, "expected `Records` to be"),
        (r#"{"awslogs":[]}"#, "expected `awslogs` to be"),
        (r#"{"awslogs":{}}"#, "expected `awslogs` to be"),
        (r#"{"awslogs":{"data":7}}"#, "expected `awslogs` to be"),
        (
            r#"{"source":"cloudtrail-alarms.tick","time":"noon"}"#,
            "RFC 3339",
        ),
        (&balanced, shapes),
        (
            &format!("{{\"awslogs\":{balanced}}}"),
            "expected `awslogs` to be",
        ),
    ] {
        let reply = function.invoke_text(event, TIMEOUT);
        assert_rejected(reply, "InvalidEvent", words, &event[..event.len().min(100)]);
    }

    // Lambda refuses what is not JSON before it comes this far; should it come, the runtime's crate names the error.
    for text in ["", "{", &deep] {
        function
            .invoke_text(text, TIMEOUT)
            .expect_err("text that is not JSON is refused");
    }

    let whole = gzip(b"{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[]}");
    let object = "expected the payload to be the JSON object of a subscription";
    for (event, words) in [
        (json!({"awslogs": {"data": "H4s!"}}), "base64"),
        (awslogs(b"not gzip"), "gzip"),
        (awslogs(&whole[..whole.len() / 2]), "gzip"),
        (awslogs(&gzip_bomb(49)), "50331648 bytes"),
        // A member of 1 MiB, a thousand times: a gibibyte in a megabyte.
        (awslogs(&gzip_bomb(1).repeat(1024)), "50331648 bytes"),
        (awslogs(&gzip(b"\xff\xfe")), "UTF-8"),
        (awslogs(&gzip(b"")), object),
        (awslogs(&gzip(b"[]")), object),
        (awslogs(&gzip(b"{\"logEvents\":{}}")), object),
        (awslogs(&gzip(deep.as_bytes())), object),
        (awslogs(&gzip(balanced.as_bytes())), object),
        (
            awslogs(&gzip(b"{\"messageType\":\"PING\"}")),
            "DATA_MESSAGE or CONTROL_MESSAGE",
        ),
    ] {
        assert_rejected(function.invoke(&event), "InvalidPayload", words, words);
    }

    let odd = gzip(b"{\"logEvents\":[{\"message\":{}},7,{\"timestamp\":5,\"message\":\"{}\"}]}");
    let reply = function.invoke(&awslogs(&odd)).unwrap();
    assert_eq!(reply["recordsIn"], 3);
    assert_eq!(
        reply["invalid"], 2,
        "log events of the wrong types spoil only themselves"
    );

    let reply = function.invoke(&burst()).unwrap();
    assert_eq!(
        transitions(&reply),
        ["INSUFFICIENT_DATA -> ALARM"],
        "the process lives on"
    );
    assert_peak_memory(&function);
}

#[track_caller]
fn assert_peak_memory(function: &FunctionProcess) {
    let peak = function.peak_memory().expect("the process lives");
    assert!(peak < MEMORY, "{} MiB", peak >> 20);
}

#[test]
fn the_largest_valid_payload_fits_into_memory() {
    let mut function = environment().start();
    let wrong_key = sample("near-miss-no-error");
    let record_count = (45 << 20) / (wrong_key.len() + 200);
    let reply = function
        .invoke(&logs(&vec![wrong_key.as_str(); record_count]))
        .unwrap();
    assert_eq!(count(&reply["recordsIn"]), record_count as u64);
    assert_peak_memory(&function);
}

#[test]
fn a_log_event_as_large_as_a_payload_is_rejected_and_fits_into_memory() {
    let mut function = environment().start();
    // Each `\"x\",` takes six bytes of it.
    let strings = vec![r#""x""#; (47 << 20) / 6].join(",");
    let reply = function.invoke(&logs(&[&format!(r#"{{"a":[{strings}]}}"#)]));
    assert_eq!(reply.unwrap()["invalid"], 1);
    assert_peak_memory(&function);
}

/// Where a test's table is, if anywhere.
fn with_table(emulator: &Emulator, table: &str) -> Environment {
    environment()
        .with("STATE_TABLE_NAME", table)
        .with("AWS_ENDPOINT_URL_DYNAMODB", &emulator.url())
}

/// Delivers a record twice, then another one. Returns the counts of the second delivery's matches.
#[track_caller]
fn occurrences_of_the_second_delivery(environment: Environment) -> [u64; 4] {
    let mut function = environment.start();
    let now = Timestamp::now();
    let mut deliver = |name: &str| {
        let reply = function.invoke(&logs_at(now, &[&sample(name)]));
        reply.expect("a good event is processed")
    };
    deliver("kms-incorrect-key");
    let again = deliver("kms-incorrect-key");
    assert_eq!(
        again["notifications"]["sent"], 0,
        "one error, twice: {again}"
    );
    let other = deliver("kms-disabled");
    assert_eq!(other["notifications"]["sent"], 1, "two errors: {other}");
    let again = deliver("kms-disabled");
    assert_eq!(
        again["notifications"],
        json!({"sent": 0, "owed": 0}),
        "said already: {again}"
    );
    assert_eq!(transitions(&again), [""; 0]);
    occurrences(&again)
}

#[test]
fn an_event_that_is_delivered_twice_counts_once_in_memory() {
    let occurrences = occurrences_of_the_second_delivery(environment());
    assert_eq!(occurrences, [0, 1, 0, 0]);
}

#[test]
fn an_event_that_is_delivered_twice_counts_once_in_dynalite() {
    dynalite().create_table("twice");
    let occurrences = occurrences_of_the_second_delivery(with_table(dynalite(), "twice"));
    assert_eq!(occurrences, [0, 1, 0, 0]);
}

#[test]
fn an_event_that_is_delivered_twice_counts_once_in_moto() {
    moto().create_table("twice");
    // moto leaves out of UPDATED_OLD what an update did not change: new and duplicate look the same there.
    let [new, duplicate, ..] = occurrences_of_the_second_delivery(with_table(moto(), "twice"));
    assert_eq!(new + duplicate, 1);
}

#[test]
fn the_state_in_the_table_survives_the_process() {
    dynalite().create_table("restart");
    let now = Timestamp::now();
    let one = logs_at(now, &[&sample("kms-incorrect-key")]);
    let other = logs_at(now, &[&sample("kms-disabled")]);

    let mut function = with_table(dynalite(), "restart").start();
    assert_eq!(occurrences(&function.invoke(&one).unwrap()), [1, 0, 0, 0]);
    function.stop();

    let mut function = with_table(dynalite(), "restart").start();
    assert_eq!(occurrences(&function.invoke(&one).unwrap()), [0, 1, 0, 0]);
    let reply = function.invoke(&other).unwrap();
    assert!(
        transitions(&reply)
            .iter()
            .any(|change| change.ends_with("-> ALARM")),
        "{reply}"
    );
    function.stop();

    let reply = with_table(dynalite(), "restart")
        .start()
        .invoke(&other)
        .unwrap();
    assert_eq!(
        (occurrences(&reply), transitions(&reply)),
        ([0, 1, 0, 0], vec![])
    );
    assert_eq!(reply["notifications"], json!({"sent": 0, "owed": 0}));
}

#[test]
fn without_a_match_there_is_no_request_to_the_table() {
    dynalite().create_table("unasked");
    let gate = Gate::to(dynalite().address);
    gate.open();
    let mut function = with_table(dynalite(), "unasked")
        .with("AWS_ENDPOINT_URL_DYNAMODB", &gate.url())
        .start();

    function
        .invoke(&logs(&[&sample("near-miss-no-error")]))
        .unwrap();
    assert_eq!(gate.connections(), 0);

    function.invoke(&burst()).unwrap();
    assert!(gate.connections() > 0, "a match is stored");
}

#[test]
fn all_configuration_errors_are_reported_at_once() {
    let output = environment()
        .without("ECS_TASK_ROLE_ARN")
        .with("ALARM_TOPIC_ARN", "not-an-arn")
        .with("STATE_TABLE_NAME", "no spaces")
        .start()
        .fail_to_start();
    for name in [
        DEFAULT_ALARM,
        "ECS_TASK_ROLE_ARN",
        "ALARM_TOPIC_ARN",
        "STATE_TABLE_NAME",
    ] {
        assert!(output.contains(name), "{name} is named: {output}");
    }
}

#[test]
fn an_invalid_alarms_file_is_rejected_with_the_position_of_the_error() {
    let text = "Alarms:\n  - AlarmName: A\n    FilterPatern: x\n";
    let folder = folder(&[("broken.yaml", text)]);
    let output = with_alarms_file(&folder, "broken.yaml")
        .start()
        .fail_to_start();
    assert!(
        output.contains("broken.yaml:3:5") && output.contains("FilterPatern"),
        "{output}"
    );
}

#[test]
fn events_of_the_dead_letter_queue_are_processed() {
    let now = Timestamp::now();
    let events = [
        logs_at(now, &[&sample("kms-incorrect-key")]),
        logs_at(now, &[&sample("kms-disabled")]),
    ];
    let reply = environment()
        .start()
        .invoke(&redrive(&[&events[0], &events[1]]))
        .unwrap();
    assert_eq!(records(&reply), [2, 2, 0, 0, 0]);
    assert!(
        transitions(&reply)
            .iter()
            .any(|change| change.ends_with("-> ALARM")),
        "{reply}"
    );
}

#[test]
fn eventbridge_delivers_records_one_by_one() {
    let mut function = environment().start();
    let one = eventbridge(&sample("kms-incorrect-key"));
    let mut other = eventbridge(&sample("kms-access-denied"));
    other["time"] = one["time"].clone();

    assert_eq!(occurrences(&function.invoke(&one).unwrap()), [1, 0, 0, 0]);
    let reply = function.invoke(&other).unwrap();
    assert_eq!(records(&reply), [1, 1, 0, 0, 0]);
    assert!(
        transitions(&reply)
            .iter()
            .any(|change| change.ends_with("-> ALARM")),
        "{reply}"
    );
}

/// The environment of a function that loads this alarms file from `folder`.
fn with_alarms_file(folder: &TempDir, name: &str) -> Environment {
    let root = folder.path().to_str().expect("the path is UTF-8");
    environment()
        .with("LAMBDA_TASK_ROOT", root)
        .with("ALARMS_FILE", name)
}

#[test]
fn a_scheduled_run_ends_an_alarm() {
    let folder = folder(&[("recovers.yaml", &alarm_yaml(RECOVERS))]);
    let mut function = with_alarms_file(&folder, "recovers.yaml").start();
    let begin = Timestamp::now();
    let reply = function
        .invoke(&logs_at(begin, &[&sample("kms-disabled")]))
        .unwrap();
    assert_eq!(transitions(&reply), ["INSUFFICIENT_DATA -> ALARM"]);

    let reply = function.run_after(61.seconds());
    assert_eq!(
        transitions(&reply),
        [""; 0],
        "the breach is still among the datapoints that CloudWatch looks at"
    );
    let reply = function.run_after(2.hours());
    assert_eq!(records(&reply), [0, 0, 0, 0, 0]);
    assert_eq!(transitions(&reply), ["ALARM -> OK"]);
    let nobody_asked = json!({"sent": 0, "owed": 0});
    assert_eq!(
        reply["notifications"], nobody_asked,
        "the alarm has no OKActions"
    );
}

/// One failed call alarms; silence ends it.
const RECOVERS: &str = r#"AlarmName: Recovers
FilterPattern: '{ $.eventSource = "kms.amazonaws.com" && $.errorCode = "*" }'
MetricValue: "1"
Statistic: Sum
ComparisonOperator: GreaterThanOrEqualToThreshold
TreatMissingData: notBreaching"#;

#[test]
fn each_invocation_logs_its_counts_in_one_line_and_they_add_up() {
    let mut function = environment()
        .with("AWS_LAMBDA_LOG_FORMAT", "JSON")
        .with("DETAILED_METRICS", "true")
        .start();
    let messages = [
        sample("kms-incorrect-key"),
        sample("near-miss-other-role"),
        "not JSON".to_owned(),
    ];
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let event = logs(&messages);
    function.invoke(&event).unwrap();
    function.invoke(&event).unwrap();
    function.invoke(&json!({})).unwrap_err();

    let documents = metrics(&function.stop());

    let value = |document: &Value, name: &str| count(&document[name]);
    for document in &documents {
        let parts = |names: &[&str]| names.iter().map(|name| value(document, name)).sum::<u64>();
        assert_eq!(
            value(document, "RecordsIn"),
            parts(&["Matched", "Unmatched", "Invalid", "FromOwnRole"]),
            "{document}"
        );
        assert_eq!(
            value(document, "Matches"),
            parts(&["New", "Duplicate", "TooLate", "Overflow"]),
            "{document}"
        );
        for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]
            .as_array()
            .unwrap()
        {
            assert!(
                document[metric["Name"].as_str().unwrap()].is_number(),
                "{metric} has a value: {document}"
            );
        }
    }
    let seen: Vec<_> = documents
        .iter()
        .map(|document| {
            ["RecordsIn", "New", "Duplicate", "Failed"].map(|name| value(document, name))
        })
        .collect();
    assert_eq!(seen, [[3, 1, 0, 0], [3, 0, 1, 0], [0, 0, 0, 1]]);
}

#[test]
fn a_notification_that_could_not_be_published_is_published_once_by_a_later_invocation() {
    let subscription = Subscription::new("outage");
    let gate = Gate::to(moto().address);
    let mut function = environment()
        .with("ALARM_TOPIC_ARN", &subscription.topic)
        .with("AWS_ENDPOINT_URL_SNS", &gate.url())
        .start();
    let event = burst();

    assert_rejected(
        function.invoke(&event),
        "PublishFailed",
        "cannot publish notification",
        "SNS is down",
    );
    assert!(gate.connections() > 0, "SNS was tried");
    assert_eq!(subscription.receive(), [Value::Null; 0]);

    // The notification may have been published: the retry leaves it to an invocation after the lease has expired.
    gate.open();
    let reply = function.invoke(&event).unwrap();
    assert_eq!(occurrences(&reply), [0, 3, 0, 0]);
    assert_eq!(reply["notifications"], json!({"sent": 0, "owed": 1}));
    let reply = function.run_after(2.minutes());
    assert_eq!(reply["notifications"], json!({"sent": 1, "owed": 0}));
    let received = subscription.receive();
    assert_eq!(received.len(), 1, "{received:?}");
    assert_eq!(received[0]["Subject"], SUBJECT);
}

#[test]
fn a_table_that_is_down_fails_the_invocation_and_the_retry_counts() {
    dynalite().create_table("outage");
    let gate = Gate::to(dynalite().address);
    let mut function = with_table(dynalite(), "outage")
        .with("AWS_ENDPOINT_URL_DYNAMODB", &gate.url())
        .start();
    let event = burst();

    assert_rejected(
        function.invoke(&event),
        "StoreFailed",
        "",
        "DynamoDB is down",
    );
    gate.open();
    let reply = function.invoke(&event).unwrap();
    assert_eq!(transitions(&reply), ["INSUFFICIENT_DATA -> ALARM"]);
    assert_eq!(reply["notifications"], json!({"sent": 1, "owed": 0}));
    let documents = metrics(&function.stop());
    let failures = documents
        .iter()
        .map(|one| (&one["Failed"], &one["AccountingErrors"]));
    let (failed, fine) = (json!(1), json!(0));
    assert_eq!(
        failures.collect::<Vec<_>>(),
        [(&failed, &fine), (&fine, &fine)]
    );
}

#[test]
fn a_topic_that_does_not_answer_fails_the_invocation_before_its_deadline() {
    // Accepts connections and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut function = environment()
        .with(
            "ALARM_TOPIC_ARN",
            "arn:aws:sns:ap-southeast-2:111122223333:alarms",
        )
        .with(
            "AWS_ENDPOINT_URL_SNS",
            &format!("http://{}", silent.local_addr().unwrap()),
        )
        .start();
    let reply = function.invoke_text(&burst().to_string(), Duration::from_secs(20));
    assert_rejected(
        reply,
        "PublishFailed",
        "cannot publish notification",
        "SNS is silent",
    );
}

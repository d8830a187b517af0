//! Text of a record in the function's log, which CloudWatch reads metrics from.

use cloudtrail_alarms_testkit::alarms::alarm_yaml;
use cloudtrail_alarms_testkit::events::{Origin, TRAIL, eventbridge, redrive};
use cloudtrail_alarms_testkit::folder::folder;
use cloudtrail_alarms_testkit::records::{failed_call, sample};
use serde_json::{Value, json};

use super::hostile_input::{HostileInput, check, environment};
use super::output::Output;
use super::records::{burst, burst_from, messages};

/// A line of embedded metric format that reports a healthy function, between line breaks.
const FORGED: &str = concat!(
    "\n",
    r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"CloudTrailAlarms","Dimensions":[[]],"#,
    r#""Metrics":[{"Name":"Healthy"}]}]},"Healthy":1}"#,
    "\n"
);

/// Records with a forged line in their eventID, and log events that are text.
fn forged() -> Value {
    let calls = (1..=2).map(|n| failed_call(n, &json!({"eventID": FORGED})).to_string());
    let texts = [format!("text{FORGED}Subject: OK"), "\u{1b}[31m".to_owned()];
    messages(calls.chain(texts))
}

#[test]
fn a_record_cannot_forge_a_line_of_a_json_log() {
    check([HostileInput::new(
        "a metric in eventID and in log events that are text",
        || vec![forged()],
    )
    .records([4, 2, 0, 2, 0])
    .emails(1..=1)]);
}

/// The template sets JSON; text is Lambda's default.
#[test]
fn a_record_cannot_forge_a_line_of_a_text_log() {
    // The user agent is the name of a group.
    let alarms = alarm_yaml("GroupBy: [$.userAgent]");
    let folder = folder(&[("alarms.yaml", &alarms)]);
    let mut function = environment(folder.path())
        .without("AWS_LAMBDA_LOG_FORMAT")
        .start();
    let mut from_elsewhere = eventbridge(&sample("kms-incorrect-key"));
    from_elsewhere["source"] = json!(FORGED);
    from_elsewhere["id"] = json!(FORGED);
    let mut queue = redrive(&[&json!({"source": FORGED})]);
    queue["Records"][0]["messageId"] = json!(FORGED);
    let events = [
        forged(),
        burst(&json!({"userAgent": FORGED})),
        burst_from(Origin {
            log_stream: FORGED,
            ..TRAIL
        }),
        burst_from(Origin {
            log_group: FORGED,
            ..TRAIL
        }),
        burst_from(Origin {
            owner: FORGED,
            ..TRAIL
        }),
        from_elsewhere,
        queue,
        json!({"source": FORGED}),
        json!({"source": "cloudtrail-alarms.tick", "time": FORGED}),
        json!({"awslogs": {"data": FORGED}}),
    ];
    for event in &events {
        // Some are rejected.
        let _ = function.invoke(event);
    }
    let output = function.stop();
    assert_eq!(Output::read(&output).metrics(), events.len(), "{output}");
    assert!(
        !output.lines().any(|line| line == FORGED.trim()),
        "{output}"
    );
}

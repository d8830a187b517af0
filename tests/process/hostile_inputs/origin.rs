//! Forged scheduled runs and EventBridge events, foreign log streams, and calls that resemble the function's own.

use cloudtrail_alarms_testkit::events::eventbridge;
use cloudtrail_alarms_testkit::events::{Origin, TRAIL};
use cloudtrail_alarms_testkit::records::sample;
use cloudtrail_alarms_testkit::records::{event_id, failed_call};
use serde_json::{Value, json};

use super::hostile_input::{FUNCTION_ROLE, HostileInput, SCHEDULER_ROLE, check};
use super::records::{burst, burst_from, records};

/// The source of the function's own scheduled runs.
const SCHEDULED: &str = "cloudtrail-alarms.tick";

/// An EventBridge event with a failed KMS call, from this source.
fn from(source: &str) -> Value {
    let mut event = eventbridge(&sample("kms-incorrect-key"));
    event["source"] = json!(source);
    event
}

#[test]
fn a_forged_event_has_no_effect() {
    check([
        HostileInput::new("a scheduled run in the year 2099", || {
            vec![json!({"source": SCHEDULED, "time": "2099-01-01T00:00:00Z"})]
        })
        .rejected("InvalidEvent", "time")
        .emails(0..=0),
        HostileInput::new("EventBridge events of a source that is not AWS", || {
            vec![from("evil.app"), from("awsome.app"), from("AWS.kms")]
        })
        .records([3, 0, 0, 3, 0])
        .emails(0..=0),
        HostileInput::new(
            "an EventBridge event with the source of a scheduled run, in the year 2099",
            || {
                let mut event = from(SCHEDULED);
                event["time"] = json!("2099-01-01T00:00:00Z");
                vec![event]
            },
        )
        .records([1, 0, 0, 1, 0])
        .emails(0..=0),
    ]);
}

#[test]
fn a_payload_is_taken_from_cloudtrail_only() {
    let rejected = |name, events| {
        HostileInput::new(name, events)
            .records([2, 0, 0, 2, 0])
            .emails(0..=0)
    };
    let taken = |name, events| {
        HostileInput::new(name, events)
            .records([2, 2, 0, 0, 0])
            .emails(1..=1)
    };
    check([
        rejected("a log stream that is not CloudTrail's", || {
            vec![burst_from(Origin {
                log_stream: "evil",
                ..TRAIL
            })]
        }),
        rejected(
            "a log stream that only begins as one of CloudTrail's",
            || {
                vec![burst_from(Origin {
                    log_stream: "111122223333_CloudTrailForged",
                    ..TRAIL
                })]
            },
        ),
        rejected("another log group", || {
            vec![burst_from(Origin {
                log_group: "/somebody/elses",
                ..TRAIL
            })]
        }),
        rejected("another account", || {
            vec![burst_from(Origin {
                owner: "999999999999",
                ..TRAIL
            })]
        }),
        taken("CloudTrail's second log stream of a Region", || {
            vec![burst_from(Origin {
                log_stream: "111122223333_CloudTrail_us-east-1_2",
                ..TRAIL
            })]
        }),
        taken("an organization's log stream of a member account", || {
            vec![burst_from(Origin {
                log_stream: "o-a1b2c3d4e5_444455556666_CloudTrail_us-east-1",
                ..TRAIL
            })]
        }),
    ]);
}

/// The `userIdentity` of a session of a role.
fn session(role: &str, name: &str) -> Value {
    let role_name = role.rsplit('/').next().unwrap_or_default();
    json!({
        "type": "AssumedRole",
        "principalId": format!("AROAEXAMPLE:{name}"),
        "arn": format!("arn:aws:sts::111122223333:assumed-role/{role_name}/{name}"),
        "accountId": "111122223333",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role}},
    })
}

const ADMIN: &str = "arn:aws:iam::111122223333:role/Admin";

/// A session of this role, with the name of the function, stops a trail.
fn stop_logging(role: &str) -> Value {
    let record = json!({
        "eventID": event_id(1),
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "recipientAccountId": "111122223333",
        "userIdentity": session(role, "cloudtrail-alarms"),
    });
    records([record])
}

#[test]
fn only_failed_kms_calls_of_the_functions_role_and_the_canary_are_own() {
    check([
        HostileInput::new("sessions of the watched role that are named like the function", || {
            let arn = "arn:aws:sts::111122223333:assumed-role/pattern1-application-task/cloudtrail-alarms";
            vec![burst(&json!({"userIdentity": {"arn": arn}}))]
        })
        .records([2, 2, 0, 0, 0])
        .emails(1..=1),
        HostileInput::new("a session of an administrator that is named like the function stops the trail", || {
            vec![stop_logging(ADMIN)]
        })
        .records([1, 1, 0, 0, 0])
        .emails(1..=5)
        .shows("StopLogging"),
        HostileInput::new("the function's role stops the trail", || vec![stop_logging(FUNCTION_ROLE)])
            .records([1, 1, 0, 0, 0])
            .emails(1..=5)
            .shows("StopLogging"),
        HostileInput::new("failed KMS calls of the function's role", || {
            vec![burst(&json!({"userIdentity": session(FUNCTION_ROLE, "cloudtrail-alarms")}))]
        })
        .records([2, 0, 0, 0, 2])
        .emails(0..=0),
        HostileInput::new("the canary, and another failed KMS call of the scheduler's role", || {
            let call = |n, name| {
                let changes = json!({
                    "eventName": name,
                    "errorCode": "NotFoundException",
                    "userIdentity": session(SCHEDULER_ROLE, "s"),
                });
                failed_call(n, &changes)
            };
            vec![records([call(1, "GenerateDataKeyWithoutPlaintext"), call(2, "Decrypt")])]
        })
        .records([2, 1, 0, 0, 1])
        .emails(1..=2),
    ]);
}

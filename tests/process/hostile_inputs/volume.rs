//! Floods: many matches, groups, values and members. An alarm has at most 1,000 groups in an hour. The inputs exceed that.

use cloudtrail_alarms_testkit::alarms::alarm_yaml;
use cloudtrail_alarms_testkit::records::{event_id, failed_call};
use serde_json::{Map, Value, json};

use super::hostile_input::{HostileInput, check};
use super::records::{messages, records};

/// Denied EC2 calls of this many sessions of one role, so many of each.
fn denied(sessions: usize, calls: usize) -> Value {
    let call = |n: usize| {
        let session = n / calls;
        json!({
            "eventID": event_id(n),
            "eventSource": "ec2.amazonaws.com",
            "eventName": "RunInstances",
            "errorCode": "Client.UnauthorizedOperation",
            "recipientAccountId": "111122223333",
            "userIdentity": {
                "type": "AssumedRole",
                "arn": format!("arn:aws:sts::111122223333:assumed-role/app/session-{session}"),
                "accountId": "111122223333",
                "sessionContext": {"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/app"}},
            },
        })
    };
    records((0..sessions * calls).map(call))
}

/// 2,000 failed calls; the function makes the changes of the n-th.
fn two_thousand(changes: fn(usize) -> Value) -> Value {
    records((1..=2_000).map(|n| failed_call(n, &changes(n))))
}

#[test]
fn a_flood_of_sessions_sends_few_emails() {
    check([
        HostileInput::new("6,000 matches of one alarm in a window", || {
            vec![records((1..=6_000).map(|n| failed_call(n, &json!({}))))]
        })
        .with_alarms(include_str!("../../../alarms.yaml"))
        .records([6_000, 6_000, 0, 0, 0])
        .occurrences([2_000, 0, 0, 4_000])
        .emails(1..=1)
        .shows("at least"),
        HostileInput::new(
            "ten denied calls in each of 1,100 sessions of one role",
            || vec![denied(1_100, 10)],
        )
        .records([11_000, 11_000, 0, 0, 0])
        .emails(1..=20),
        HostileInput::new(
            "nine denied calls in each of 1,100 sessions of one role",
            || vec![denied(1_100, 9)],
        )
        .records([9_900, 9_900, 0, 0, 0])
        .emails(1..=20),
        HostileInput::new(
            "nine denied calls in each of 990 sessions of one role",
            || vec![denied(990, 9)],
        )
        .records([8_910, 8_910, 0, 0, 0])
        .emails(1..=20),
    ]);
}

#[test]
fn a_flood_of_values_sends_few_emails() {
    check([
        HostileInput::new("a failed call in each of 2,000 accounts", || {
            vec![two_thousand(|n| {
                let account = format!("{:012}", 100_000_000_000 + n);
                json!({"recipientAccountId": account, "userIdentity": {"accountId": account}})
            })]
        })
        .records([2_000, 2_000, 0, 0, 0])
        .emails(1..=20),
        HostileInput::new("2,000 keys, addresses and user agents", || {
            vec![two_thousand(|n| {
                let key = format!("arn:aws:kms:ap-southeast-2:111122223333:key/{n:08x}");
                let address = format!("10.0.{}.{}", n / 250, n % 250);
                json!({"resources": [{"ARN": key}], "sourceIPAddress": address, "userAgent": format!("agent/{n}")})
            })]
        })
        .records([2_000, 2_000, 0, 0, 0])
        .emails(1..=20),
    ]);
}

/// An alarm on an element anywhere in a list.
fn below_a_wildcard() -> String {
    let pattern = r#"{ $.requestParameters.items[*].name = "wanted" }"#;
    alarm_yaml(&format!("FilterPattern: '{pattern}'\nThreshold: 0"))
}

#[test]
fn members_and_list_elements_that_no_alarm_needs_are_not_kept() {
    check([
        HostileInput::new("3,000 records, each with 100 members of its own", || {
            let members = |n: usize| -> Map<String, Value> {
                (0..100).map(|member| (format!("member-{n}-{member}"), json!(member))).collect()
            };
            let record = |n| json!({"eventID": event_id(n), "eventName": "Harmless", "requestParameters": members(n)});
            vec![records((0..3_000).map(record))]
        })
        .records([3_000, 0, 3_000, 0, 0])
        .emails(0..=0),
        HostileInput::new("50,000 elements below a wildcard", || {
            let others = r#"{"name":"other"},"#.repeat(50_000);
            vec![messages([format!(r#"{{"requestParameters":{{"items":[{others}{{"name":"wanted"}}]}}}}"#)])]
        })
        .with_alarms(below_a_wildcard())
        .records([1, 1, 0, 0, 0])
        .emails(1..=1),
    ]);
}

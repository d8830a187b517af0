//! Records with unusual JSON: repeated members, escapes, depth, size, and an `errorCode` of another type.

use serde_json::{Value, json};

use super::hostile_input::{HostileInput, check};
use super::records::{burst, burst_with};

/// Two records raise the first alarm.
fn matched(name: &'static str, events: fn() -> Vec<Value>) -> HostileInput {
    HostileInput::new(name, events)
        .records([2, 2, 0, 0, 0])
        .emails(1..=5)
}

/// Two records do not match the first alarm, which is the only one of the input.
fn unmatched(name: &'static str, events: fn() -> Vec<Value>) -> HostileInput {
    HostileInput::new(name, events)
        .with_alarms(include_str!("../../../alarms.yaml"))
        .records([2, 0, 2, 0, 0])
        .emails(0..=0)
}

/// The part of the sample record that inputs replace.
const CODE: &str = r#""errorCode":"IncorrectKeyException""#;

/// AWS does not repeat a member. Patterns and emails use the last one.
#[test]
fn the_last_of_repeated_members_counts() {
    check([
        matched("errorCode twice, first as null", || {
            vec![burst_with(CODE, r#""errorCode":null,"errorCode":"IncorrectKeyException""#)]
        })
        .shows("IncorrectKeyException"),
        unmatched("errorCode twice, the second time as null", || {
            vec![burst_with(CODE, r#""errorCode":"IncorrectKeyException","errorCode":null"#)]
        }),
        matched("userIdentity twice, first of another role", || {
            let other = r#""userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/decoy/s"},"userIdentity":{"#;
            vec![burst_with(r#""userIdentity":{"#, other)]
        })
        .shows("pattern1-application-task")
        .hides("decoy"),
    ]);
}

#[test]
fn an_escape_is_read_as_its_character() {
    check([
        matched("the name of errorCode written with an escape", || {
            vec![burst_with(r#""errorCode""#, r#""\u0065rrorCode""#)]
        })
        .shows("IncorrectKeyException"),
        matched("the value of eventSource written with escapes", || {
            vec![burst_with(
                r#""eventSource":"kms.amazonaws.com""#,
                r#""eventSource":"\u006bms\u002eamazonaws.com""#,
            )]
        })
        .shows("kms:Decrypt"),
        matched("a high surrogate alone in errorCode", || {
            vec![burst_with(CODE, r#""errorCode":"Incorrect\ud800Key""#)]
        })
        .shows("Incorrect"),
        matched("a low surrogate alone in a member's name", || {
            vec![burst_with(CODE, &format!(r#""\udc00":"\udfff",{CODE}"#))]
        })
        .shows("IncorrectKeyException"),
        matched("NUL in errorCode", || {
            vec![burst(&json!({"errorCode": "Incorrect\0Key"}))]
        })
        .shows(r"Incorrect\u{0}Key"),
    ]);
}

#[test]
fn depth_and_size_are_bounded() {
    check([
        matched("lists 100,000 deep in requestParameters", || {
            vec![burst_with(
                CODE,
                &format!(
                    r#"{CODE},"x":{}{}"#,
                    "[".repeat(100_000),
                    "]".repeat(100_000)
                ),
            )]
        }),
        matched("objects 120 deep in requestParameters", || {
            let deep = (0..120).fold(json!("x"), |inner, _| json!({"a": inner}));
            vec![burst(&json!({"requestParameters": deep}))]
        }),
        matched("records of 1 MB", || {
            vec![burst(
                &json!({"requestParameters": {"text": "x".repeat(1_000_000)}}),
            )]
        }),
        HostileInput::new("records of 2.1 MB", || {
            vec![burst(
                &json!({"requestParameters": {"text": "x".repeat(2_100_000)}}),
            )]
        })
        .records([2, 0, 0, 2, 0])
        .emails(0..=0),
        matched("20,000 members in requestParameters", || {
            let members: serde_json::Map<_, _> =
                (0..20_000).map(|n| (format!("k{n}"), json!(n))).collect();
            vec![burst(&json!({"requestParameters": members}))]
        }),
        matched("numbers with a huge exponent and with 400 digits", || {
            let number = "7".repeat(400);
            vec![burst_with(
                CODE,
                &format!(r#"{CODE},"n":[1e999999,-1e-999999,{number}]"#),
            )]
        }),
    ]);
}

/// As in `TestMetricFilter`, `= "*"` is true for a text or a number only.
#[test]
fn only_text_and_numbers_match_an_asterisk() {
    check([
        matched("errorCode is a number", || {
            vec![burst(&json!({"errorCode": 7}))]
        }),
        unmatched("errorCode is a list", || {
            vec![burst(&json!({"errorCode": ["AccessDenied"]}))]
        }),
        unmatched("errorCode is an object", || {
            vec![burst(&json!({"errorCode": {"a": "AccessDenied"}}))]
        }),
        matched("errorCode is empty", || {
            vec![burst(&json!({"errorCode": ""}))]
        }),
        matched("errorCode in other capitals", || {
            vec![burst(&json!({"errorCode": "INCORRECTkeyEXCEPTION"}))]
        }),
        unmatched("eventSource in capitals", || {
            vec![burst(&json!({"eventSource": "KMS.amazonaws.com"}))]
        }),
    ]);
}

//! Records with unusual JSON: repeated members, escapes, depth, size, and an `errorCode` of another type.

use serde_json::{Value, json};

use super::records::{burst, burst_with};
use super::row::{Row, check};

/// Two records raise the first alarm.
fn matched(number: &'static str, name: &'static str, events: fn() -> Vec<Value>) -> Row {
    Row::new(number, name, events)
        .records([2, 2, 0, 0, 0])
        .emails(1..=5)
}

/// Two records do not match the first alarm, which is the only one of the row.
fn unmatched(number: &'static str, name: &'static str, events: fn() -> Vec<Value>) -> Row {
    Row::new(number, name, events)
        .with_alarms(include_str!("../../../alarms.yaml"))
        .records([2, 0, 2, 0, 0])
        .emails(0..=0)
}

/// The part of the sample record that rows replace.
const CODE: &str = r#""errorCode":"IncorrectKeyException""#;

/// AWS does not repeat a member. Patterns and emails use the last one.
#[test]
fn the_last_of_repeated_members_counts() {
    check([
        matched("19", "errorCode twice, first as null", || {
            vec![burst_with(CODE, r#""errorCode":null,"errorCode":"IncorrectKeyException""#)]
        })
        .shows("IncorrectKeyException"),
        unmatched("20", "errorCode twice, the second time as null", || {
            vec![burst_with(CODE, r#""errorCode":"IncorrectKeyException","errorCode":null"#)]
        }),
        matched("21", "userIdentity twice, first of another role", || {
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
        matched("22", "the name of errorCode written with an escape", || {
            vec![burst_with(r#""errorCode""#, r#""\u0065rrorCode""#)]
        })
        .shows("IncorrectKeyException"),
        matched(
            "23",
            "the value of eventSource written with escapes",
            || {
                vec![burst_with(
                    r#""eventSource":"kms.amazonaws.com""#,
                    r#""eventSource":"\u006bms\u002eamazonaws.com""#,
                )]
            },
        )
        .shows("kms:Decrypt"),
        matched("24", "a high surrogate alone in errorCode", || {
            vec![burst_with(CODE, r#""errorCode":"Incorrect\ud800Key""#)]
        })
        .shows("Incorrect"),
        matched("25", "a low surrogate alone in a member's name", || {
            vec![burst_with(CODE, &format!(r#""\udc00":"\udfff",{CODE}"#))]
        })
        .shows("IncorrectKeyException"),
        matched("26", "NUL in errorCode", || {
            vec![burst(&json!({"errorCode": "Incorrect\0Key"}))]
        })
        .shows(r"Incorrect\u{0}Key"),
    ]);
}

#[test]
fn depth_and_size_are_bounded() {
    check([
        matched("27", "lists 100,000 deep in requestParameters", || {
            vec![burst_with(
                CODE,
                &format!(
                    r#"{CODE},"x":{}{}"#,
                    "[".repeat(100_000),
                    "]".repeat(100_000)
                ),
            )]
        }),
        matched("28", "objects 120 deep in requestParameters", || {
            let deep = (0..120).fold(json!("x"), |inner, _| json!({"a": inner}));
            vec![burst(&json!({"requestParameters": deep}))]
        }),
        matched("29", "records of 1 MB", || {
            vec![burst(
                &json!({"requestParameters": {"text": "x".repeat(1_000_000)}}),
            )]
        }),
        Row::new("30", "records of 2.1 MB", || {
            vec![burst(
                &json!({"requestParameters": {"text": "x".repeat(2_100_000)}}),
            )]
        })
        .records([2, 0, 0, 2, 0])
        .emails(0..=0),
        matched("31", "20,000 members in requestParameters", || {
            let members: serde_json::Map<_, _> =
                (0..20_000).map(|n| (format!("k{n}"), json!(n))).collect();
            vec![burst(&json!({"requestParameters": members}))]
        }),
        matched(
            "32",
            "numbers with a huge exponent and with 400 digits",
            || {
                let number = "7".repeat(400);
                vec![burst_with(
                    CODE,
                    &format!(r#"{CODE},"n":[1e999999,-1e-999999,{number}]"#),
                )]
            },
        ),
    ]);
}

/// As in `TestMetricFilter`, `= "*"` is true for a text or a number only.
#[test]
fn only_text_and_numbers_match_an_asterisk() {
    check([
        matched("33", "errorCode is a number", || {
            vec![burst(&json!({"errorCode": 7}))]
        }),
        unmatched("33", "errorCode is a list", || {
            vec![burst(&json!({"errorCode": ["AccessDenied"]}))]
        }),
        unmatched("33", "errorCode is an object", || {
            vec![burst(&json!({"errorCode": {"a": "AccessDenied"}}))]
        }),
        matched("34", "errorCode is empty", || {
            vec![burst(&json!({"errorCode": ""}))]
        }),
        matched("35", "errorCode in other capitals", || {
            vec![burst(&json!({"errorCode": "INCORRECTkeyEXCEPTION"}))]
        }),
        unmatched("36", "eventSource in capitals", || {
            vec![burst(&json!({"eventSource": "KMS.amazonaws.com"}))]
        }),
    ]);
}

//! With any text in records, the email is harmless and short, and states what it omits.

use std::sync::LazyLock;

use cloudtrail_alarms::evidence::{Evidence, Facts, Tally, Timeline};
use cloudtrail_alarms::notification::Format;
use cloudtrail_alarms::series::Group;
use cloudtrail_alarms_testkit::properties::email::{check_custom, check_notification, commands};
use cloudtrail_alarms_testkit::untrusted_text::{is_link_to, is_sample_console};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::input::{RenderInput, default_alarm, facts, kms};

/// Pieces that have deceived somebody before.
const PIECES: [&str; 24] = [
    "\n",
    "\r\n",
    "\u{2028}",
    "\u{0}",
    "\u{7f}",
    "\u{9b}31m",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{feff}",
    "\u{e0041}",
    "https://evil.example/x",
    "www.evil.example",
    "bob@evil.example",
    "\\\\server\\x",
    "evil\u{3002}example",
    "'",
    "`reboot`",
    "$(reboot)",
    "; rm -rf /",
    "<a href=x>",
    "\"",
    "arn:aws:kms:r:1:key/x",
    "\u{1f600}",
];

fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => proptest::sample::select(&PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(|c| c.to_string()),
        1 => "[a-z.:/-]{1,12}",
        1 => (1_usize..700).prop_map(|length| "x".repeat(length)),
        1 => (1_usize..300).prop_map(|length| "\u{202e}".repeat(length)),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn repeated<T: Clone>(items: Vec<T>, times: usize) -> Vec<T> {
    vec![items; times].concat()
}

prop_compose! {
    fn hostile_record()(
        texts in proptest::collection::vec(hostile_text(), 16),
        source in proptest::sample::select(&["kms.amazonaws.com", "ec2.amazonaws.com"]),
        denied in any::<bool>(),
    ) -> Value {
        let message = if denied {
            format!("User: {} is not authorized to perform: {} on resource: {} because {}", texts[0], texts[1], texts[2], texts[3])
        } else {
            texts[0].clone()
        };
        kms(&json!({
            "userIdentity": {
                "arn": format!("arn:aws:sts::111122223333:assumed-role/{}/{}", texts[4], texts[5]),
                "accessKeyId": texts[6],
                "invokedBy": texts[7],
                "sessionContext": {"sessionIssuer": {"arn": format!("arn:aws:iam::1:role/{}", texts[4])}},
            },
            "eventSource": source,
            "eventName": texts[8],
            "errorCode": texts[9],
            "errorMessage": message,
            "sourceIPAddress": texts[10],
            "userAgent": texts[11],
            "vpcEndpointId": texts[12],
            "requestParameters": {"keyId": texts[13], "encryptionContext": {&texts[14]: &texts[15]}},
            "resources": [{"ARN": texts[2]}],
            "eventID": texts[3],
            "requestID": texts[1],
            "awsRegion": texts[5],
            "recipientAccountId": texts[0],
        }))
    }
}

prop_compose! {
    fn hostile_input()(
        records in proptest::collection::vec(hostile_record(), 1..8),
        many in 1_usize..8,
        group in proptest::option::of(hostile_text()),
        count in 0..u64::from(u32::MAX),
    ) -> RenderInput {
        static PLAIN: LazyLock<RenderInput> = LazyLock::new(|| default_alarm(&[]));
        let facts = facts(&records);
        let mut input = PLAIN.clone();
        let tallies = facts.iter().map(|facts| Tally { facts: facts.tallied(), count: count / 8 });
        input.pending.evidence = Evidence {
            count,
            at_least: count % 2 == 0,
            first: facts.iter().find_map(Facts::time),
            last: facts.iter().rev().find_map(Facts::time),
            tallies: repeated(tallies.collect(), many),
            uncounted: count,
            timeline: Timeline { slot_seconds: 60, counts: vec![count; 10], ..Timeline::default() },
            records: repeated(facts, many),
            ..Evidence::default()
        };
        input.group = Group(group.into_iter().map(|value| ("$.userAgent".to_owned(), Some(value))).collect());
        input
    }
}

/// Whether the line is a link into the console of the input's Region or of global services.
fn is_expected_link(line: &str) -> bool {
    is_link_to(line, is_sample_console)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn an_email_of_any_records_is_safe_and_short(input in hostile_input()) {
        check_notification(&input.render(), is_expected_link);
    }

    #[test]
    fn the_commands_are_lines_that_a_shell_reads_without_running_anything_else(input in hostile_input()) {
        let email = input.render().email;
        for command in commands(&email) {
            let known = ["aws kms ", "aws iam ", "aws cloudtrail ", "for c in $(aws ecs list-clusters ", "# "];
            prop_assert!(known.iter().any(|known| command.starts_with(known)), "{command}");
        }
    }

    #[test]
    fn a_custom_notification_of_any_records_is_safe(mut input in hostile_input()) {
        input.context.format = Format::AmazonQ;
        check_custom(&input.render(), is_expected_link);
    }
}

//! The commands of all emails, run with a stub instead of `aws`.

use std::process::Command;

use cloudtrail_alarms_testkit::properties::email::commands;
use serde_json::json;

use crate::cases::cases;
use crate::input::{default_alarm, kms};

/// Beginnings of commands that change nothing.
const READING: [&str; 5] = ["describe-", "get-", "list-", "lookup-", "simulate-"];

/// Prints its arguments, one call a line, and names one cluster.
const STUB: &str =
    "aws() { echo \"call $*\" >&2; case \"$*\" in *list-clusters*) echo c1;; esac; }\n";

/// The lines to copy into a shell.
fn block(email: &str) -> String {
    commands(email).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn a_block_of_commands_that_is_pasted_whole_changes_nothing() {
    let mut calls = 0;
    for (name, input) in cases() {
        let script = format!("{STUB}{}", block(&input.render().email));
        let output = Command::new("sh")
            .args(["-e", "-u", "-c", &script])
            .output()
            .unwrap();
        let asked = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{name}: {asked}");
        for call in asked.lines() {
            let mut words = call.strip_prefix("call ").unwrap().split(' ');
            let operation = words.nth(1).unwrap();
            let reads = READING.iter().any(|prefix| operation.starts_with(prefix));
            assert!(reads, "{name}: {call}");
            calls += 1;
        }
    }
    assert!(calls > 100, "{calls} calls were looked at");
}

#[test]
fn a_question_precedes_each_command() {
    for (name, input) in cases() {
        let email = input.render().email;
        let mut before = "";
        for line in commands(&email) {
            let is_question = |line: &str| line.starts_with("# ") && line.ends_with('?');
            assert!(
                is_question(line) || is_question(before) || line.starts_with("# and "),
                "{name}: {line}"
            );
            before = line;
        }
    }
}

#[test]
fn an_unknown_region_is_neither_in_a_command_nor_in_a_link() {
    for region in ["evil-x-1", "evil.example/#"] {
        let key = format!("arn:aws:kms:{region}:111122223333:key/1b2c3d4e");
        let record = kms(&json!({
            "awsRegion": region,
            "errorCode": "DisabledException",
            "errorMessage": format!("{key} is disabled."),
            "requestParameters": {"keyId": key},
            "resources": [{"ARN": key}],
        }));
        let email = default_alarm(&[record]).render().email;
        assert!(!email.contains("--region"), "{email}");
        assert!(!email.contains("https://evil"), "{email}");
    }
}

#[test]
fn a_command_about_a_key_of_a_foreign_account_is_a_comment() {
    let denied = |account: &str| {
        let key = format!("arn:aws:kms:ap-southeast-2:{account}:key/1b2c3d4e");
        kms(&json!({
            "errorCode": "AccessDenied",
            "errorMessage": format!("User: x is not authorized to perform: kms:Decrypt on resource: {key}"),
            "resources": [{"ARN": key}],
        }))
    };
    for (account, beginning) in [
        ("111122223333", "\naws kms "),
        ("999999999999", "\n# aws kms "),
    ] {
        let email = default_alarm(&[denied(account)]).render().email;
        for command in ["describe-key", "get-key-policy"] {
            assert!(email.contains(&format!("{beginning}{command}")), "{email}");
        }
    }
}

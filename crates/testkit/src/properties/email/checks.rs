//! Properties of one rendered notification.

use cloudtrail_alarms::notification::{MAX_EMAIL, Notification};
use serde_json::Value;

use super::commands::{COMMANDS_TITLE, commands, is_quoted};
use crate::untrusted_text::{has_foreign_link, is_harmful};

/// Longest message that SNS accepts, in bytes.
const MAX_MESSAGE: usize = 256 << 10;

/// Asserts the properties of the texts for people. `is_expected_link` accepts the lines that may be links.
pub fn check_notification(notification: &Notification, is_expected_link: impl Fn(&str) -> bool) {
    let Notification {
        subject,
        email,
        sms,
        ..
    } = notification;
    assert!(email.len() <= MAX_EMAIL, "{} bytes", email.len());
    assert!(notification.message().len() <= MAX_MESSAGE);
    assert!(subject.len() <= 100, "{subject:?}");
    for text in [subject, sms] {
        let is_printable = |c: char| matches!(c, ' '..='~');
        assert!(text.chars().all(is_printable), "{text:?}");
    }
    assert!(!email.contains(is_harmful), "{email:?}");
    let first = email.lines().next().unwrap_or_default();
    assert!((1..=100).contains(&first.chars().count()), "{first}");
    for line in email.lines() {
        assert!(!has_foreign_link(line, &is_expected_link), "{line}");
    }
    check_sections(email);
    for command in commands(email) {
        assert!(is_quoted(command), "{command}");
    }
}

/// Asserts that the text for programs is JSON in the format of CloudWatch.
pub(super) fn check_document(notification: &Notification) {
    let document: Value = serde_json::from_str(&notification.default).expect("it is JSON");
    assert!(document["AlarmArn"].is_string());
    assert_eq!(document["CloudTrailAlarms"]["id"], notification.id.as_str());
}

/// Asserts that the text for programs is JSON in the format of Amazon Q, and that its texts are harmless.
pub fn check_custom(notification: &Notification, is_expected_link: impl Fn(&str) -> bool) {
    let custom: Value = serde_json::from_str(&notification.default).expect("it is JSON");
    for text in [
        &custom["content"]["title"],
        &custom["content"]["description"],
        &custom["metadata"]["summary"],
    ] {
        let text = text.as_str().expect("it is a text");
        assert!(!text.contains(is_harmful), "{text:?}");
        // Chat clients take them for mentions and links.
        assert!(!text.contains(['<', '>']), "{text:?}");
        for line in text.lines() {
            // A link of the notification follows its label.
            let rest = match line.rsplit_once(": ") {
                Some((label, link)) if is_expected_link(link) => label,
                _ => line,
            };
            assert!(!has_foreign_link(rest, &is_expected_link), "{line}");
        }
    }
}

/// The sections of an email, in their order.
const TITLES: [&str; 7] = [
    "Effect",
    "Likely cause",
    "Likely causes",
    "What happened (UTC)",
    "Who",
    COMMANDS_TITLE,
    "Details",
];

/// Each section begins at most once, in their order: a record cannot add one.
fn check_sections(email: &str) {
    let begun: Vec<&str> = email.lines().filter(|line| TITLES.contains(line)).collect();
    let mut expected = TITLES.to_vec();
    expected.retain(|title| begun.contains(title));
    assert_eq!(begun, expected);
}

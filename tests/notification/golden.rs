//! The emails of `emails/`, compared as a whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use cloudtrail_alarms::notification::{MAX_EMAIL, Notification};

use crate::cases::cases;
use crate::ordered::Json;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/notification/emails")
}

/// Subject, SMS, attributes and email.
pub(crate) fn as_text(notification: &Notification) -> String {
    let Notification {
        subject,
        sms,
        email,
        attributes,
        ..
    } = notification;
    let attributes: Vec<String> = attributes
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!(
        "Subject: {subject}\nSMS: {sms}\nAttributes: {}\n\n{email}",
        attributes.join(" ")
    )
}

#[test]
fn every_email_is_equal_to_its_file() {
    let update = std::env::var_os("UPDATE_MAILS").is_some();
    let mut expected = BTreeSet::new();
    let mut differing = Vec::new();
    for (name, input) in cases() {
        let notification = input.render();
        let document = format!("{}\n", Json::of(&notification.default));
        for (file, text) in [
            (format!("{name}.txt"), as_text(&notification)),
            (format!("{name}.json"), document),
        ] {
            let path = folder().join(&file);
            if update {
                fs::write(&path, &text).unwrap();
            }
            let golden = fs::read_to_string(&path).unwrap_or_default();
            if golden != text {
                differing.push(format!(
                    "{file} is not what is rendered:\n{}",
                    first_difference(&golden, &text)
                ));
            }
            expected.insert(file);
        }
    }
    assert_eq!(differing, [""; 0]);
    let found: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(found, expected, "each file belongs to a case");
}

fn first_difference(golden: &str, text: &str) -> String {
    let mut lines = golden
        .lines()
        .zip(text.lines())
        .filter(|(golden, text)| golden != text);
    lines.next().map_or_else(
        || "one is longer".to_owned(),
        |(golden, text)| format!("file:     {golden}\nrendered: {text}"),
    )
}

#[test]
fn every_email_is_short_and_every_link_ends_with_a_letter_or_digit() {
    for (name, input) in cases() {
        let notification = input.render();
        assert!(notification.email.len() <= MAX_EMAIL, "{name}");
        assert!(notification.message().len() <= 256 << 10, "{name}");
        assert!(
            notification.subject.len() <= 100 && notification.subject.is_ascii(),
            "{name}"
        );
        for line in notification
            .email
            .lines()
            .filter(|line| line.starts_with("https://"))
        {
            assert!(
                line.ends_with(|c: char| c.is_ascii_alphanumeric()),
                "{name}: {line}"
            );
            assert!(!line.contains(char::is_whitespace), "{name}: {line}");
            assert!(
                !line.contains(['(', ')', '\'', '<', '>', '"']),
                "{name}: {line}"
            );
        }
    }
}

#[test]
fn the_same_evidence_gives_the_same_email() {
    for (name, input) in cases() {
        assert_eq!(input.render(), input.clone().render(), "{name}");
        let stored = serde_json::to_string(&input.pending).unwrap();
        let mut again = input.clone();
        again.pending = serde_json::from_str(&stored).unwrap();
        assert_eq!(again.render(), input.render(), "{name}, through the store");
    }
}

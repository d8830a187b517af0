//! The emails of `emails/`, compared as a whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use cloudtrail_alarms::alarm::AlarmState;
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

/// Maximum number of lines of a typical email about a change to ALARM.
pub(crate) const MAX_LINES_OF_ALARM: usize = 45;

/// Maximum number of lines of a reminder, and of an email about another state.
const MAX_LINES_OF_UPDATE: usize = 15;

/// Emails about more than a typical alarm: several accounts, keys and callers, or a long description. Name and maximum.
const LONGER: [(&str, usize); 4] = [
    ("kms-many-of-everything", 62),
    ("distinct-values", 48),
    ("overflow", 48),
    ("description-of-several-lines", 58),
];

#[test]
fn a_typical_email_is_read_on_one_screen() {
    let mut violations = Vec::new();
    for (name, input) in cases() {
        let email = input.render().email;
        let is_first = input.pending.change.to == AlarmState::Alarm && input.pending.repeat == 0;
        let longer = LONGER.iter().find(|(longer, _)| *longer == name);
        let limit = match longer {
            Some((_, limit)) => *limit,
            None if is_first => MAX_LINES_OF_ALARM,
            None => MAX_LINES_OF_UPDATE,
        };
        let lines = email.lines().count();
        if lines > limit || longer.is_some() && lines <= MAX_LINES_OF_ALARM {
            violations.push(format!("{name}: {lines} lines, limit {limit}"));
        }
        let first = email.lines().next().unwrap();
        if first.chars().count() > 100 {
            violations.push(format!("{name}: {first}"));
        }
        for line in email
            .lines()
            .filter(|line| line.chars().count() > MAX_WIDTH)
        {
            if !is_unwrapped(line) {
                violations.push(format!("{name}: long line: {line}"));
            }
        }
    }
    assert_eq!(violations, [""; 0]);
}

/// Maximum length of a line that is not a link, an ARN, a command or a pattern, in characters.
const MAX_WIDTH: usize = 100;

/// Whether the line is one that is copied as a whole, or contains a long word.
fn is_unwrapped(line: &str) -> bool {
    let is_copied = [
        "https://",
        "aws ",
        "# ",
        "for c in ",
        "  Filter pattern: ",
        "  Request: ",
        "  Response: ",
    ];
    let text = line.trim_start();
    is_copied.iter().any(|start| line.starts_with(start))
        || text.starts_with("# aws ")
        || text.split(' ').any(|word| word.len() > MAX_WIDTH - 20)
}

#[test]
fn nothing_that_is_zero_or_over_is_reported() {
    for (name, input) in cases() {
        let email = input.render().email;
        for text in [
            " 0 records",
            " 0 emails",
            "(0)",
            "0 excluded",
            "ALARM -> ALARM",
            "allows it",
        ] {
            assert!(!email.contains(text), "{name}: {text}");
        }
        let description = input
            .definition
            .description
            .lines()
            .next()
            .unwrap_or_default();
        let is_first = input.pending.change.to == AlarmState::Alarm && input.pending.repeat == 0;
        if !is_first && !description.is_empty() {
            assert!(!email.contains(description), "{name}: {description}");
        }
    }
}

#[test]
fn there_is_one_link_to_cloudtrail_and_one_to_the_log_group() {
    for (name, input) in cases() {
        let email = input.render().email;
        let links = |part: &str| {
            let links = email
                .lines()
                .filter(|line| line.starts_with("https://") && line.contains(part));
            links.count()
        };
        let runbook = input.definition.runbook.as_deref();
        let all = email
            .lines()
            .filter(|line| line.starts_with("https://") && Some(*line) != runbook)
            .count();
        let (events, logs) = (links("/cloudtrailv2/"), links("#logsV2:"));
        assert!(events <= 1 && logs <= 1, "{name}: {events} and {logs}");
        assert_eq!(all, events + logs, "{name}");
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

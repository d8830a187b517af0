//! The subject and the text message: `STATE: "name" in Region`, truncated in the same way as CloudWatch's.

use crate::notification::first_line::MAX_FIRST_LINE;
use crate::notification::sanitize::without_partial_host;

/// Maximum length of a subject in SNS, in characters.
const MAX_SUBJECT: usize = 100;

/// Maximum length of the name in a text message, in characters, as in CloudWatch.
const MAX_SMS_NAME: usize = 90;

/// The separator before qualifiers and summary.
const SEPARATOR: &str = " - ";

/// Minimum length of truncated qualifiers, in characters. Shorter ones are not informative.
const MIN_QUALIFIERS: usize = 8;

/// The end of a truncated text.
const ELLIPSIS: &str = "...";

/// The subject. Only the name is truncated, so that filters on the start and the end of the subject work.
///
/// `qualifiers` distinguish this notification from others of the alarm. They follow if enough characters are left.
pub(super) fn subject(state: &str, name: &str, region: &str, qualifiers: &str) -> String {
    let name = ascii(name);
    let fixed = format!("{state}: \"\" in {region}").chars().count();
    let subject = format!(
        "{state}: \"{}\" in {region}",
        truncate(&name, MAX_SUBJECT.saturating_sub(fixed))
    );
    let capacity = MAX_SUBJECT.saturating_sub(subject.len() + SEPARATOR.len());
    if qualifiers.is_empty() || capacity < MIN_QUALIFIERS {
        return subject;
    }
    format!(
        "{subject}{SEPARATOR}{}",
        truncate_record_text(&ascii(qualifiers), capacity)
    )
}

/// The text message: state, name and Region, then the qualifiers and the first line of the email unless they are empty.
pub(super) fn sms(state: &str, name: &str, region: &str, qualifiers: &str, brief: &str) -> String {
    let name = truncate(&ascii(name), MAX_SMS_NAME);
    let mut text = format!("{state}: \"{name}\" in {region}");
    for (part, limit) in [(qualifiers, MAX_SMS_NAME), (brief, MAX_FIRST_LINE)] {
        if !part.is_empty() {
            text.push_str(SEPARATOR);
            text.push_str(&truncate_record_text(&ascii(part), limit));
        }
    }
    text
}

/// Replaces each run of characters other than printable ASCII by one underscore.
fn ascii(name: &str) -> String {
    let mut text = String::new();
    let mut in_run = false;
    for c in name.chars() {
        let printable = c.is_ascii_graphic() || c == ' ';
        if printable {
            text.push(c);
        } else if !in_run {
            text.push('_');
        }
        in_run = !printable;
    }
    text
}

/// [`truncate`] for text from records: removes a host name that would be truncated.
fn truncate_record_text(text: &str, limit: usize) -> String {
    let short = truncate(text, limit);
    match short.strip_suffix(ELLIPSIS) {
        Some(beginning) if short != text => {
            // Clients make a link of `www.`, and the ellipsis begins with a dot.
            let shown = without_partial_host(beginning).trim_end_matches(['w', 'W']);
            format!("{shown}{ELLIPSIS}")
        }
        _ => short,
    }
}

/// Truncates ASCII text to `limit` characters, including the ellipsis.
fn truncate(name: &str, limit: usize) -> String {
    if name.len() <= limit {
        return name.to_owned();
    }
    format!(
        "{}{ELLIPSIS}",
        &name[..limit.saturating_sub(ELLIPSIS.len())]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_is_not_truncated() {
        let text = "x kms.amazonaws.com, y";
        assert_eq!(truncate_record_text(text, 21), "x ...");
        assert_eq!(truncate_record_text(text, 22), text);
        assert_eq!(truncate_record_text("x&www.example y", 8), "x&...");
        assert_eq!(
            truncate_record_text("x kms.amazonaws.com, yz", 22),
            "x kms.amazonaws.com..."
        );
    }

    #[test]
    fn a_short_name_is_not_truncated() {
        assert_eq!(
            subject(
                "ALARM",
                "Pattern1ApplicationKMSSecurityAlarm",
                "Asia Pacific (Sydney)",
                ""
            ),
            r#"ALARM: "Pattern1ApplicationKMSSecurityAlarm" in Asia Pacific (Sydney)"#
        );
    }

    #[test]
    fn a_long_name_is_truncated_as_by_cloudwatch() {
        // From native-2026-long-name.json, captured from AWS on 2026-09-14.
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".repeat(5);
        let name = format!("stackd-native-cw-sns-4b229becf207-ascii-{letters}");
        let subject = subject("ALARM", &name, "US East (N. Virginia)", "");
        assert_eq!(
            subject,
            r#"ALARM: "stackd-native-cw-sns-4b229becf207-ascii-ABCDEFGHIJKLMNOPQRSTUVW..." in US East (N. Virginia)"#
        );
        assert_eq!(subject.len(), 100);
        assert!(sms("ALARM", &name, "US East (N. Virginia)", "", "").len() > 100);
    }

    #[test]
    fn a_run_of_other_characters_becomes_one_underscore() {
        assert_eq!(
            subject("OK", "schl\u{fc}\u{df}el\n1", "r", ""),
            "OK: \"schl_el_1\" in r"
        );
    }

    #[test]
    fn qualifiers_come_last_and_only_if_they_fit() {
        assert_eq!(
            subject("ALARM", "a", "r", "111122223333"),
            "ALARM: \"a\" in r - 111122223333"
        );
        let long = subject("ALARM", "a", "r", &"x".repeat(200));
        assert_eq!((long.len(), &long[97..]), (100, "..."));
        let name = "n".repeat(78);
        assert_eq!(subject("ALARM", &name, "r", "111122223333").len(), 92);
        assert_eq!(
            subject("ALARM", &"n".repeat(300), "r", "111122223333").len(),
            100
        );
        assert_eq!(sms("OK", "a", "r", "b\nc", ""), "OK: \"a\" in r - b_c");
        assert_eq!(
            sms("ALARM", "a", "r", "", "27 x AccessDenied, app"),
            "ALARM: \"a\" in r - 27 x AccessDenied, app"
        );
    }
}

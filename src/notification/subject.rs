//! `STATE: "name" in Region`, as CloudWatch writes and cuts it.

use super::harmless::without_half_host;

/// Longest subject that SNS takes, in characters.
const MAX_SUBJECT: usize = 100;

/// Longest name in an SMS, in characters; CloudWatch cuts it there.
const MAX_SMS_NAME: usize = 90;

/// Stands before what is specific.
const SEPARATOR: &str = " - ";

/// Fewer characters than these say nothing.
const MIN_SPECIFICS: usize = 8;

/// What stands for the part that was cut.
const ELLIPSIS: &str = "...";

/// The subject: only the name is cut, so that filters on its beginning and its end keep working. What tells this
/// notification from others of the alarm (`specifics`, empty for the plain one) comes behind, as far as there is room.
pub(super) fn subject(state: &str, name: &str, region: &str, specifics: &str) -> String {
    let name = ascii(name);
    let around = format!("{state}: \"\" in {region}").chars().count();
    let subject = format!(
        "{state}: \"{}\" in {region}",
        cut(&name, MAX_SUBJECT.saturating_sub(around))
    );
    let room = MAX_SUBJECT.saturating_sub(subject.len() + SEPARATOR.len());
    if specifics.is_empty() || room < MIN_SPECIFICS {
        return subject;
    }
    format!(
        "{subject}{SEPARATOR}{}",
        cut_specifics(&ascii(specifics), room)
    )
}

/// The text message: the subject with what happened behind it (`brief`, empty for nothing).
pub(super) fn sms(state: &str, name: &str, region: &str, specifics: &str, brief: &str) -> String {
    let name = cut(&ascii(name), MAX_SMS_NAME);
    let mut text = format!("{state}: \"{name}\" in {region}");
    for part in [specifics, brief]
        .into_iter()
        .filter(|part| !part.is_empty())
    {
        text.push_str(SEPARATOR);
        text.push_str(&cut_specifics(&ascii(part), MAX_SMS_NAME));
    }
    text
}

/// The name with each run of other characters than printable ASCII as one underscore.
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

/// [`cut`] for text from records: it leaves no host that is cut.
fn cut_specifics(text: &str, limit: usize) -> String {
    let short = cut(text, limit);
    match short.strip_suffix(ELLIPSIS) {
        Some(beginning) if short != text => format!("{}{ELLIPSIS}", without_half_host(beginning)),
        _ => short,
    }
}

/// `name` is ASCII.
fn cut(name: &str, limit: usize) -> String {
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
    fn a_host_is_not_cut() {
        let text = "x kms.amazonaws.com, y";
        assert_eq!(cut_specifics(text, 21), "x ...");
        assert_eq!(cut_specifics(text, 22), text);
        assert_eq!(
            cut_specifics("x kms.amazonaws.com, yz", 22),
            "x kms.amazonaws.com..."
        );
    }

    #[test]
    fn a_short_name_stands_whole() {
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
    fn a_long_name_is_cut_as_cloudwatch_cut_it() {
        // Recorded: data of native-2026-long-name.json, captured from AWS 2026-09-14.
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
    fn what_is_not_ascii_becomes_one_underscore() {
        assert_eq!(
            subject("OK", "schl\u{fc}\u{df}el\n1", "r", ""),
            "OK: \"schl_el_1\" in r"
        );
    }

    #[test]
    fn what_is_specific_comes_last_and_only_where_there_is_room() {
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

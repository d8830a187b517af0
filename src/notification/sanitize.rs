//! Sanitization of untrusted text. The caller of an API chooses much of a record, such as the user agent.
//!
//! [`sanitize`] is for text from records, [`sanitize_multiline`] for text from the alarms file.

use crate::unsafe_char::is_unsafe_char;

/// Maximum length of one value from a record, in bytes. ARNs fit.
pub(super) const MAX_TEXT: usize = 400;

/// The end of a truncated text.
pub(super) const TRUNCATION_MARK: &str = " [cut]";

/// Sanitizes text for one line: escapes control, invisible and bidirectional characters, defangs URLs and host names,
/// and truncates to [`MAX_TEXT`].
pub(super) fn sanitize(text: &str) -> String {
    sanitize_within(text, MAX_TEXT)
}

/// [`sanitize`] with another limit. It is in bytes of the result without [`TRUNCATION_MARK`].
pub(super) fn sanitize_within(text: &str, limit: usize) -> String {
    let mut output = String::new();
    // Bounds the time for long input.
    let head = text
        .char_indices()
        .nth(limit + 1)
        .map_or(text, |(end, _)| &text[..end]);
    for piece in escaped_chars(&defang(head)) {
        if output.len() + piece.len() > limit {
            return without_partial_host(&output).to_owned() + TRUNCATION_MARK;
        }
        output.push_str(&piece);
    }
    output
}

/// Removes a host name from the end of a truncated text. Truncation could turn `kms.amazonaws.com` into
/// `kms.amazonaws.co`, which does not belong to AWS.
pub(super) fn without_partial_host(truncated: &str) -> &str {
    let before = truncated.trim_end_matches(is_host_char);
    let host = &truncated[before.len()..];
    if is_host(host) && !is_service_principal(host, "") {
        before
    } else {
        truncated
    }
}

/// Sanitizes an `errorCode`. The prefixes `Client.` and `Server.` of EC2 are not host names and are kept.
pub(super) fn sanitize_error_code(code: &str) -> String {
    let name = code
        .strip_prefix("Client.")
        .or_else(|| code.strip_prefix("Server."));
    let is_code = |name: &str| {
        let letters = name.chars().all(|c| c.is_ascii_alphanumeric());
        letters && name.len() < MAX_TEXT && name.chars().skip(1).any(|c| c.is_ascii_uppercase())
    };
    if name.is_some_and(is_code) {
        code.to_owned()
    } else {
        sanitize(code)
    }
}

/// Escapes unsafe characters in text from the alarms file. Lines and tabs are kept, and nothing is truncated.
pub(super) fn sanitize_multiline(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut output = String::new();
    for c in lines.chars() {
        match c {
            '\n' | '\t' => output.push(c),
            c if is_unsafe_char(c) => output.extend(c.escape_unicode()),
            c => output.push(c),
        }
    }
    output
}

/// [`sanitize_multiline`], truncated to `limit` bytes and [`TRUNCATION_MARK`].
pub(super) fn sanitize_multiline_within(text: &str, limit: usize) -> String {
    truncate(sanitize_multiline(text), limit)
}

/// Truncates sanitized text to `limit` bytes and [`TRUNCATION_MARK`].
pub(super) fn truncate(text: String, limit: usize) -> String {
    match (0..=limit).rev().find(|&end| text.is_char_boundary(end)) {
        Some(end) if text.len() > limit => {
            format!("{}{TRUNCATION_MARK}", without_partial_host(&text[..end]))
        }
        _ => text,
    }
}

/// Escapes unsafe characters, for receivers that are programs.
pub(super) fn escape_unsafe(text: &str) -> String {
    escaped_chars(text).collect()
}

/// Whether mail clients turn a part of the text into a link.
pub(super) fn is_autolinked(text: &str) -> bool {
    defang(text) != text
}

/// Escapes each unsafe character.
fn escaped_chars(text: &str) -> impl Iterator<Item = String> {
    text.chars().map(|c| {
        if is_unsafe_char(c) {
            c.escape_unicode().to_string()
        } else {
            c.to_string()
        }
    })
}

/// Breaks up what mail clients turn into links: `https[:]//`, `evil[.]example`, `[\\]server`.
fn defang(text: &str) -> String {
    let text = without_unc_prefixes(&text.replace("://", "[:]//"));
    let mut output = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find(is_host_char) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_host_char(c)).unwrap_or(from.len());
        let (host, after) = from.split_at(end);
        output.push_str(before);
        if is_host(host) && !is_service_principal(host, after) {
            output.push_str(&host.replace(LABEL_SEPARATORS, "[.]"));
        } else {
            output.push_str(host);
        }
        rest = after;
    }
    output + rest
}

/// Breaks up two backslashes in a row, which start a UNC path. The escape of an unsafe character also starts with a
/// backslash.
fn without_unc_prefixes(text: &str) -> String {
    let mut output = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\\')) => {
                chars.next();
                output.push_str("[\\\\]");
            }
            ('\\', Some(&next)) if is_unsafe_char(next) => output.push_str("[\\]"),
            _ => output.push(c),
        }
    }
    output
}

/// Separators between the labels of a domain name. Source: UTS #46, section 2.3.
pub(super) const LABEL_SEPARATORS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// Whether a character can be part of a host name.
fn is_host_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_') || LABEL_SEPARATORS.contains(&c)
}

/// Whether mail clients may take the text for a domain name: a label after the first one consists of letters, or
/// follows `www`.
fn is_host(text: &str) -> bool {
    let is_web = |label: &str| label.to_ascii_lowercase().ends_with("www");
    let is_top = |label: &str| {
        let is_word = label.chars().all(char::is_alphabetic) && label.chars().nth(1).is_some();
        is_word || label.to_ascii_lowercase().starts_with("xn--")
    };
    let mut labels = text
        .split(LABEL_SEPARATORS)
        .skip_while(|label| label.is_empty());
    let Some(first) = labels.next() else {
        return false;
    };
    let mut before = first;
    labels.any(|label| {
        let web = is_web(std::mem::replace(&mut before, label));
        // In chat, an underscore is replaced by a character that ends a domain name.
        let word = label.split('_').next().unwrap_or_default();
        web || is_top(word.trim_end_matches('-'))
    })
}

/// Whether this is a service principal such as `kms.amazonaws.com`. They are frequent, and harmless without a path.
fn is_service_principal(host: &str, after: &str) -> bool {
    let name = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"));
    let is_web = |name: &str| name.to_ascii_lowercase().ends_with("www");
    name.is_some_and(|name| !name.is_empty() && !name.contains(LABEL_SEPARATORS) && !is_web(name))
        && !after.starts_with(['/', ':', '@', '?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_characters_are_escaped() {
        assert_eq!(sanitize("a\r\nTo: b"), "a\\u{d}\\u{a}To: b");
        assert_eq!(sanitize("x\u{202e}gpj.exe7"), "x\\u{202e}gpj.exe7");
        assert_eq!(sanitize("schl\u{fc}ssel"), "schl\u{fc}ssel");
        // Format controls of shorthand are invisible.
        assert_eq!(sanitize("\u{1bca0}x\u{1bca3}"), "\\u{1bca0}x\\u{1bca3}");
    }

    #[test]
    fn urls_and_host_names_are_defanged() {
        for (text, output) in [
            (
                "see https://evil.example/a.b?c=d",
                "see https[:]//evil[.]example/a.b?c=d",
            ),
            ("www.evil.example.", "www[.]evil[.]example[.]"),
            ("mail bob@evil.example now", "mail bob@evil[.]example now"),
            ("s3.amazonaws.com/evil", "s3[.]amazonaws[.]com/evil"),
            ("evil.s3.amazonaws.com", "evil[.]s3[.]amazonaws[.]com"),
            (
                "evil\u{3002}s3.amazonaws.com",
                "evil[.]s3[.]amazonaws[.]com",
            ),
            ("\\\\server\\share", "[\\\\]server\\share"),
            ("\\\\\\server", "[\\\\]\\server"),
            ("\\\u{200b}server", "[\\]\\u{200b}server"),
            ("evil\u{3002}example", "evil[.]example"),
            ("b\u{fc}cher.example", "b\u{fc}cher[.]example"),
            ("http://10.0.0.1", "http[:]//10.0.0.1"),
            ("a-awww.e", "a-awww[.]e"),
            ("evil.example_x", "evil[.]example_x"),
            ("evil.example-_x", "evil[.]example-_x"),
            ("evil.WWW.", "evil[.]WWW[.]"),
            ("www.amazonaws.com.cn", "www[.]amazonaws[.]com[.]cn"),
        ] {
            assert_eq!(sanitize(text), output);
        }
    }

    #[test]
    fn frequent_values_are_not_changed() {
        for text in [
            "kms.amazonaws.com",
            "10.0.12.47",
            "aws-sdk-java/2.31.40 md/io#sync ua/2.1 os/Linux#5.10.240 lang/java#21.0.8 exec-env/AWS_ECS_FARGATE",
            "arn:aws:kms:ap-southeast-2:111122223333:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809",
            "User: x is not authorized to perform: kms:Decrypt... because.",
        ] {
            assert_eq!(sanitize(text), text);
        }
    }

    #[test]
    fn an_ec2_error_code_is_not_a_host_name() {
        assert_eq!(
            sanitize_error_code("Client.UnauthorizedOperation"),
            "Client.UnauthorizedOperation"
        );
        assert_eq!(sanitize_error_code("Client.example"), "Client[.]example");
        assert_eq!(sanitize_error_code("evil.Example"), "evil[.]Example");
    }

    #[test]
    fn a_long_text_is_truncated_but_not_within_an_escape() {
        assert_eq!(
            sanitize(&"x".repeat(401)),
            format!("{} [cut]", "x".repeat(400))
        );
        assert_eq!(sanitize(&"x".repeat(400)), "x".repeat(400));
        assert_eq!(sanitize_within("ab\n", 5), "ab [cut]");
        let service = "x kms.amazonaws.com x";
        assert_eq!(sanitize_within(service, 18), "x  [cut]");
        assert_eq!(sanitize_within(service, 19), "x kms.amazonaws.com [cut]");
        assert_eq!(truncate(service.to_owned(), 18), "x  [cut]");
        assert_eq!(
            sanitize_within("\u{e9}\u{e9}\u{e9}", 5),
            "\u{e9}\u{e9} [cut]"
        );
    }

    #[test]
    fn text_from_the_alarms_file_keeps_its_lines_and_its_length() {
        assert_eq!(sanitize_multiline("a\r\nb\tc\u{202e}"), "a\nb\tc\\u{202e}");
        assert_eq!(sanitize_multiline(&"x".repeat(1024)).len(), 1024);
    }
}

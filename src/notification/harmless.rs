//! Text from a record is not to be trusted: whoever makes an API call chooses its user agent, and much else.
//!
//! [`harmless`] is for such text, [`plain`] for what the owner of the alarms wrote.

/// Longest text from a record in one place of the mail, in bytes; ARNs fit.
pub(super) const MAX_TEXT: usize = 400;

/// Stands where a text was cut.
pub(super) const CUT: &str = " [cut]";

/// The text on one line: what could forge another line, hide, or turn the reading direction is made visible, what a
/// mail client would make a link is broken up, and what is longer than [`MAX_TEXT`] is cut.
pub(super) fn harmless(text: &str) -> String {
    harmless_within(text, MAX_TEXT)
}

/// [`harmless`] with another limit, in bytes of what comes out, the mark not counted.
pub(super) fn harmless_within(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    // What is far beyond the limit is not looked at: no input makes this slow.
    let head = text
        .char_indices()
        .nth(limit + 1)
        .map_or(text, |(end, _)| &text[..end]);
    for piece in pieces(&defanged(head)) {
        if shown.len() + piece.len() > limit {
            return without_half_host(&shown).to_owned() + CUT;
        }
        shown.push_str(&piece);
    }
    shown
}

/// The beginning of a longer text without the host at its end: of `kms.amazonaws.com` it could leave `kms.amazonaws.co`,
/// which is not AWS's.
pub(super) fn without_half_host(beginning: &str) -> &str {
    let before = beginning.trim_end_matches(is_of_host);
    let host = &beginning[before.len()..];
    if is_host(host) && !is_service_principal(host, "") {
        before
    } else {
        beginning
    }
}

/// An `errorCode`. EC2's begin with `Client.` or `Server.`, which is no host; the caller does not choose them.
pub(super) fn error_code(code: &str) -> String {
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
        harmless(code)
    }
}

/// Text of the owner's: lines and tabs stay, all of it stays; what can hide something is made visible all the same.
pub(super) fn plain(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut shown = String::new();
    for c in lines.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            c if is_harmful(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// [`plain`], cut with a mark where it is longer than this many bytes.
pub(super) fn plain_within(text: &str, limit: usize) -> String {
    bounded(plain(text), limit)
}

/// A text that is harmless already, cut with a mark where it is longer than this many bytes.
pub(super) fn bounded(text: String, limit: usize) -> String {
    match (0..=limit).rev().find(|&end| text.is_char_boundary(end)) {
        Some(end) if text.len() > limit => format!("{}{CUT}", without_half_host(&text[..end])),
        _ => text,
    }
}

/// The text with what hides or turns the reading direction made visible; for receivers that are programs.
pub(super) fn visible(text: &str) -> String {
    pieces(text).collect()
}

/// Whether a mail client would make a link of it, or of a part of it.
pub(super) fn is_linked(text: &str) -> bool {
    defanged(text) != text
}

/// Whether the character is invisible, or changes how its neighbours are read.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Soft hyphen, joiners and fillers that show nothing.
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{3164}' | '\u{ffa0}'
            // Line and paragraph separators, zero-width characters, marks and embeddings of the reading direction.
            | '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{61c}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Each character as it is shown.
fn pieces(text: &str) -> impl Iterator<Item = String> {
    text.chars().map(|c| {
        if is_harmful(c) {
            c.escape_unicode().to_string()
        } else {
            c.to_string()
        }
    })
}

/// The text without what mail clients make links of: `https[:]//`, `evil[.]example`, `[\\]server`.
fn defanged(text: &str) -> String {
    let text = without_shares(&text.replace("://", "[:]//"));
    let mut shown = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find(is_of_host) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_of_host(c)).unwrap_or(from.len());
        let (host, after) = from.split_at(end);
        shown.push_str(before);
        if is_host(host) && !is_service_principal(host, after) {
            shown.push_str(&host.replace(DOTS, "[.]"));
        } else {
            shown.push_str(host);
        }
        rest = after;
    }
    shown + rest
}

/// The text without two backslashes in a row, which begin the name of a server. A harmful character is shown as an escape,
/// whose backslash counts.
fn without_shares(text: &str) -> String {
    let mut shown = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\\')) => {
                chars.next();
                shown.push_str("[\\\\]");
            }
            ('\\', Some(&next)) if is_harmful(next) => shown.push_str("[\\]"),
            _ => shown.push(c),
        }
    }
    shown
}

/// What stands between the labels of a domain (UTS #46, 2.3).
pub(super) const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

fn is_of_host(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_') || DOTS.contains(&c)
}

/// Whether a domain could be read into it: behind a dot stands a word of letters, or `www` right before one.
fn is_host(text: &str) -> bool {
    let is_web = |label: &str| label.to_ascii_lowercase().ends_with("www");
    let is_top = |label: &str| {
        let is_word = label.chars().all(char::is_alphabetic) && label.chars().nth(1).is_some();
        is_word || label.to_ascii_lowercase().starts_with("xn--")
    };
    let mut labels = text.split(DOTS).skip_while(|label| label.is_empty());
    let Some(first) = labels.next() else {
        return false;
    };
    let mut before = first;
    labels.any(|label| {
        let web = is_web(std::mem::replace(&mut before, label));
        // In chat an underscore becomes another character, which ends a domain.
        let word = label.split('_').next().unwrap_or_default();
        web || is_top(word.trim_end_matches('-'))
    })
}

/// `kms.amazonaws.com`, which records are full of: AWS's own, and without a path it leads nowhere.
fn is_service_principal(host: &str, after: &str) -> bool {
    let name = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"));
    let is_web = |name: &str| name.to_ascii_lowercase().ends_with("www");
    name.is_some_and(|name| !name.is_empty() && !name.contains(DOTS) && !is_web(name))
        && !after.starts_with(['/', ':', '@', '?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_deceive_is_made_visible() {
        assert_eq!(harmless("a\r\nTo: b"), "a\\u{d}\\u{a}To: b");
        assert_eq!(harmless("x\u{202e}gpj.exe7"), "x\\u{202e}gpj.exe7");
        assert_eq!(harmless("schl\u{fc}ssel"), "schl\u{fc}ssel");
        // Invisible format controls of shorthand.
        assert_eq!(harmless("\u{1bca0}x\u{1bca3}"), "\\u{1bca0}x\\u{1bca3}");
    }

    #[test]
    fn what_a_mail_client_would_link_is_broken_up() {
        for (text, shown) in [
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
            assert_eq!(harmless(text), shown);
        }
    }

    #[test]
    fn what_records_are_full_of_stays_as_it_is() {
        for text in [
            "kms.amazonaws.com",
            "10.0.12.47",
            "aws-sdk-java/2.31.40 md/io#sync ua/2.1 os/Linux#5.10.240 lang/java#21.0.8 exec-env/AWS_ECS_FARGATE",
            "arn:aws:kms:ap-southeast-2:111122223333:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809",
            "User: x is not authorized to perform: kms:Decrypt... because.",
        ] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn an_error_code_of_ec2_is_no_host() {
        assert_eq!(
            error_code("Client.UnauthorizedOperation"),
            "Client.UnauthorizedOperation"
        );
        assert_eq!(error_code("Client.example"), "Client[.]example");
        assert_eq!(error_code("evil.Example"), "evil[.]Example");
    }

    #[test]
    fn a_long_text_is_cut_with_a_mark_and_never_within_an_escape() {
        assert_eq!(
            harmless(&"x".repeat(401)),
            format!("{} [cut]", "x".repeat(400))
        );
        assert_eq!(harmless(&"x".repeat(400)), "x".repeat(400));
        assert_eq!(harmless_within("ab\n", 5), "ab [cut]");
        let service = "x kms.amazonaws.com x";
        assert_eq!(harmless_within(service, 18), "x  [cut]");
        assert_eq!(harmless_within(service, 19), "x kms.amazonaws.com [cut]");
        assert_eq!(bounded(service.to_owned(), 18), "x  [cut]");
        assert_eq!(
            harmless_within("\u{e9}\u{e9}\u{e9}", 5),
            "\u{e9}\u{e9} [cut]"
        );
    }

    #[test]
    fn the_owners_text_keeps_its_lines_and_its_length() {
        assert_eq!(plain("a\r\nb\tc\u{202e}"), "a\nb\tc\\u{202e}");
        assert_eq!(plain(&"x".repeat(1024)).len(), 1024);
    }
}

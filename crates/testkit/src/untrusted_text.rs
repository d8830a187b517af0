//! Checks that text of unknown origin neither deceives the reader of a notification nor becomes a link.

/// Control characters except the end of a line, and characters that are invisible or change the direction of text
/// (Unicode's `Default_Ignorable_Code_Point`, `Bidi_Control`, and line separators).
pub fn is_harmful(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether an email client would make a link of a part of the line. A line that is an expected link has none.
pub fn has_foreign_link(line: &str, is_expected_link: impl Fn(&str) -> bool) -> bool {
    if is_expected_link(line) {
        return false;
    }
    // Two backslashes begin the name of a server. If a text is truncated after them, a space follows.
    let parts = line.replace("[\\\\]", "[]");
    let mut servers = parts.split("\\\\").skip(1);
    let has_server = servers.any(|name| !name.starts_with(' '));
    line.contains("://") || line.contains("www.") || has_server || has_host(line)
}

/// Whether the line is one link to a host that `is_host` accepts, and nothing else.
pub fn is_link_to(line: &str, is_host: impl Fn(&str) -> bool) -> bool {
    let Some((host, _)) = line
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    is_host(host)
        && line.ends_with(|c: char| c.is_ascii_alphanumeric())
        && line
            .chars()
            .all(|c| c.is_ascii_graphic() && !"<>\"'()[]{}".contains(c))
}

/// Whether the host is an AWS console of any Region and partition.
pub fn is_console(host: &str) -> bool {
    let is_region = |name: &str| {
        name.chars()
            .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
    };
    match host.strip_suffix(".console.aws.amazon.com") {
        Some(region) => is_region(region),
        None => [
            "console.aws.amazon.com",
            "console.amazonaws.cn",
            "console.amazonaws-us-gov.com",
        ]
        .contains(&host),
    }
}

/// Whether the host is the AWS console of global services or of the sample records' Region.
pub fn is_sample_console(host: &str) -> bool {
    [
        "console.aws.amazon.com",
        "ap-southeast-2.console.aws.amazon.com",
    ]
    .contains(&host)
}

/// Separators of the labels of a domain (UTS #46, 2.3).
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// Whether a well-known top-level domain follows a name and a dot, or a name and a dot follow `www.`.
fn has_host(line: &str) -> bool {
    const DOMAINS: [&str; 16] = [
        "com", "net", "org", "example", "io", "co", "dev", "app", "info", "biz", "ru", "cn", "xyz",
        "zip", "mov", "internal",
    ];
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    line.match_indices(DOTS).any(|(at, dot)| {
        let (before, after) = (&line[..at], &line[at + dot.len()..]);
        let label = before.rsplit(|c| !is_of_name(c)).next().unwrap_or_default();
        let end = after.find(|c| !is_of_name(c)).unwrap_or(after.len());
        let domain = after[..end].to_ascii_lowercase();
        let is_web = label.eq_ignore_ascii_case("www") && !domain.is_empty();
        let is_domain = !label.is_empty() && DOMAINS.contains(&domain.as_str());
        // An error code of EC2 is not a host.
        let is_code = matches!(label, "Client" | "Server")
            && after[..end].chars().skip(1).any(|c| c.is_ascii_uppercase());
        (is_web || is_domain) && !is_code && !is_service(before, after)
    })
}

/// Whether this is the end of a service's name as records have it: `kms.amazonaws.com`, without a path.
fn is_service(before: &str, after: &str) -> bool {
    let is_of_host = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_') || DOTS.contains(&c);
    let host = before.rsplit(|c| !is_of_host(c)).next().unwrap_or_default();
    let rest = match (host.strip_suffix(".amazonaws"), after.strip_prefix("com")) {
        (Some(name), Some(rest)) if !name.contains(DOTS) => rest,
        _ => match (
            host.strip_suffix(".amazonaws.com"),
            after.strip_prefix("cn"),
        ) {
            (Some(name), Some(rest)) if !name.contains(DOTS) => rest,
            _ => return false,
        },
    };
    let is_port = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    !rest.starts_with(['/', '@', '?', '#']) && !rest.strip_prefix(':').is_some_and(is_port)
}

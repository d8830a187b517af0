//! Encodings of the AWS console's URLs.

use std::fmt::Write as _;

use jiff::Timestamp;

/// The encoding of JavaScript's `encodeURIComponent`.
fn uri_component(text: &str) -> String {
    percent_encoded(text, b"-_.!~*'()")
}

/// Encodes a URI component so that it ends in a letter or digit.
pub(super) fn component(text: &str) -> String {
    let end = text.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let (head, tail) = text.split_at(end.len());
    percent_encoded(head, b"-_.~") + &percent_encoded(tail, b"")
}

/// Percent-encodes all bytes except ASCII letters, digits and `kept`.
fn percent_encoded(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A value in a fragment of the CloudWatch console: encoded twice, with `$` instead of `%`.
pub(super) fn fragment(text: &str) -> String {
    uri_component(&uri_component(text)).replace('%', "$")
}

/// A text in a Logs Insights link: each byte except letters, digits and `_.-` becomes `*` and two hexadecimal digits.
pub(super) fn star(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "*{byte:02x}");
        }
    }
    encoded
}

/// Encodes the brackets and quotes of a fragment, because mail clients take them for the end of a link.
pub(super) fn unbracketed(fragment: &str) -> String {
    fragment
        .replace('(', "$2528")
        .replace(')', "$2529")
        .replace('\'', "$2527")
}

/// `2026-01-01T00:00:00.000Z`.
pub(super) fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The expected values were computed with the encoders of the console's own pages.
    #[test]
    fn a_fragment_is_encoded_twice_with_dollars() {
        for (text, encoded) in [
            (
                "/aws/cloudtrail/org-trail",
                "$252Faws$252Fcloudtrail$252Forg-trail",
            ),
            (
                "2026/01/01/[$LATEST]0123abcd",
                "2026$252F01$252F01$252F$255B$2524LATEST$255D0123abcd",
            ),
            (
                r#"{ ($.eventSource = "kms.amazonaws.com") && ($.errorCode = "*") }"#,
                "$257B$2520($2524.eventSource$2520$253D$2520$2522kms.amazonaws.com$2522)$2520$2526$2526$2520\
                 ($2524.errorCode$2520$253D$2520$2522*$2522)$2520$257D",
            ),
        ] {
            assert_eq!(fragment(text), encoded);
        }
    }

    #[test]
    fn a_query_is_encoded_with_stars() {
        assert_eq!(
            star("fields @timestamp, errorCode\n| filter eventSource = \"kms.amazonaws.com\""),
            "fields*20*40timestamp*2c*20errorCode*0a*7c*20filter*20eventSource*20*3d*20*22kms.amazonaws.com*22"
        );
        assert_eq!(
            star(&iso("2026-01-01T00:00:00Z".parse().unwrap())),
            "2026-01-01T00*3a00*3a00.000Z"
        );
    }
}

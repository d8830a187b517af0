//! The encodings of a record's text, and the lengths of JSON escapes and numbers in it.

use memchr::memchr;

/// How the text of a record is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As JSON: `{"eventName":"Decrypt"}`.
    Plain,
    /// As the content of a JSON string, still escaped: `{\"eventName\":\"Decrypt\"}`.
    JsonString,
}

/// Unescapes a text that [`Reader::scan`](super::Reader::scan) accepted as [`Encoding::JsonString`], or a part of it.
///
/// Such a text has a backslash only in front of a quote or of another backslash.
///
/// # Panics
/// Never: UTF-8 without some of its backslashes is UTF-8.
pub fn unescape(escaped: &[u8]) -> String {
    let mut text = Vec::with_capacity(escaped.len());
    append_unescaped(escaped, &mut text);
    String::from_utf8(text).expect("the text was UTF-8, and only backslashes were removed")
}

/// Appends a text as [`unescape`] returns it.
pub(super) fn append_unescaped(escaped: &[u8], text: &mut Vec<u8>) {
    let mut rest = escaped;
    while let Some(backslash) = memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..backslash]);
        rest = &rest[backslash + 1..];
        text.extend(rest.split_off_first());
    }
    text.extend_from_slice(rest);
}

/// Length of the JSON escape at the start of a text, or `None` if the text starts with none that is valid.
///
/// In a JSON string the backslash of the escape is escaped itself: `\n` is written `\\n`, and `\"` is written `\\\"`.
pub(super) fn escape_length<const IN_STRING: bool>(text: &[u8]) -> Option<usize> {
    let escape = text.strip_prefix(if IN_STRING { b"\\\\".as_slice() } else { b"\\" })?;
    let length = text.len() - escape.len();
    match (IN_STRING, escape) {
        (_, [b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..]) | (false, [b'"' | b'\\', ..]) => {
            Some(length + 1)
        }
        (true, [b'\\', b'"' | b'\\', ..]) => Some(length + 2),
        (_, [b'u', digits @ ..]) => {
            let digits = digits.first_chunk::<4>()?;
            digits
                .iter()
                .all(u8::is_ascii_hexdigit)
                .then_some(length + 5)
        }
        _ => None,
    }
}

/// Length of the JSON number at the start of a text, or `None` if the text starts with none or ends with it.
pub(super) fn number_length(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| -> Option<usize> {
        let count = text
            .get(from..)?
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        Some(count.count()).filter(|&count| count > 0)
    };
    let mut at = usize::from(*text.first()? == b'-');
    at += if *text.get(at)? == b'0' {
        1
    } else {
        digits(at)?
    };
    if *text.get(at)? == b'.' {
        at += 1;
        at += digits(at)?;
    }
    if matches!(text.get(at)?, b'e' | b'E') {
        at += 1;
        at += usize::from(matches!(text.get(at)?, b'+' | b'-'));
        at += digits(at)?;
    }
    text.get(at).map(|_| at)
}

//! What can become of a JSON text.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

/// One change of a text. Places are taken from what the text has; where it has none, it stays as it is.
#[derive(Clone, Debug)]
pub(super) enum Mutation {
    /// A letter or digit is spelled as an escape.
    Escape(Index),
    /// A slash is spelled as an escape.
    EscapeSlash(Index),
    /// Something stands in front of a character: white space, a quote, an escape, a bracket.
    Insert(Index, &'static str),
    /// A character is missing.
    Delete(Index),
    /// The text ends here.
    Cut(Index),
    /// Something stands behind the text.
    Append(&'static str),
    /// A member stands first in an object.
    MemberFirst(Index, &'static str),
    /// A member stands last in an object.
    MemberLast(Index, &'static str),
    /// Members stand in the order of their names; and with white space between everything.
    Rewrite { blanks: bool },
    /// A number is spelled in another way, or is none.
    Number(Index, &'static str),
    /// The text is another one.
    Replace(&'static str),
}

const INSERTED: [&str; 22] = [
    " ", "\n", "\t", "\r\n", "\u{b}", "\0", "\"", "\\", "\\\"", "\\\\", "\\n", "\\ud800", "\\u00",
    "{", "}", "[", "]", ",", ":", "0", "é", "\u{feff}",
];

const MEMBERS: [&str; 20] = [
    r#""resources":["x",null]"#,
    r#""resources":["x"]"#,
    r#""resources":[]"#,
    r#""eventName":"StopLogging""#,
    r#""eventName":"ConsoleLogin""#,
    r#""event\u004eame":"DeleteTrail""#,
    r#""eventSource":"cloudtrail.amazonaws.com""#,
    r#""errorCode":"AccessDenied""#,
    r#""errorCode":null"#,
    r#""errorCode":"Access\u0044enied""#,
    r#""userIdentity":{"type":"Root"}"#,
    r#""userIdentity":null"#,
    r#""requestParameters":{"eventName":"StopLogging","policyDocument":"{\"Effect\":\"Allow\"}"}"#,
    r#""userAgent":"\ud800 Terraform""#,
    r#""size":1e999"#,
    r#""size":123456789012345678901234567890"#,
    r#""size":-0.0e-0"#,
    r#""deep":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"#,
    r#""empty":{},"list":[],"nothing":[null,true,false,"",{"":""}]"#,
    r#""resources":[{"ARN":"arn:aws:kms:x"},{"ARN":"a","ARN":"arn:aws:kms:y"},null]"#,
];

const REPLACED: [&str; 12] = [
    "",
    " ",
    "{}",
    " {} ",
    "[]",
    "null",
    "\"eventName\"",
    "{\"eventName\":}",
    "{\"a\":01}",
    "{\"a\":1.}",
    "START RequestId: 1",
    "{\"a\":tru}",
];

pub(super) fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<Index>;
    prop_oneof![
        3 => place().prop_map(Mutation::Escape),
        1 => place().prop_map(Mutation::EscapeSlash),
        4 => (place(), select(INSERTED.to_vec())).prop_map(|(at, text)| Mutation::Insert(at, text)),
        2 => place().prop_map(Mutation::Delete),
        1 => place().prop_map(Mutation::Cut),
        1 => select(vec![" ", "\n", "}", "{}", "x", "\0"]).prop_map(Mutation::Append),
        3 => (place(), select(MEMBERS.to_vec())).prop_map(|(at, text)| Mutation::MemberFirst(at, text)),
        3 => (place(), select(MEMBERS.to_vec())).prop_map(|(at, text)| Mutation::MemberLast(at, text)),
        2 => (place(), select(vec!["01", "1.", "-", "1e", "1e+", ".5", "1.5e-3", "-0", "tru", "true", "fals", "null", "1-1"]))
            .prop_map(|(at, text)| Mutation::Number(at, text)),
        1 => any::<bool>().prop_map(|blanks| Mutation::Rewrite { blanks }),
        1 => select(REPLACED.to_vec()).prop_map(Mutation::Replace),
    ]
}

/// One of the places where such characters stand.
fn place(text: &str, at: Index, is_such: impl Fn(char) -> bool) -> Option<usize> {
    let places: Vec<usize> = text
        .char_indices()
        .filter(|(_, c)| is_such(*c))
        .map(|(place, _)| place)
        .collect();
    (!places.is_empty()).then(|| *at.get(&places))
}

impl Mutation {
    pub(super) fn apply(&self, text: &str) -> String {
        let changed = |at: Option<usize>, change: &dyn Fn(&str, &str) -> String| {
            at.map_or_else(|| text.to_owned(), |at| change(&text[..at], &text[at..]))
        };
        let spelled = |before: &str, after: &str| {
            let mut rest = after.chars();
            let c = rest.next().map_or(0, u32::from);
            format!("{before}\\u{c:04x}{}", rest.as_str())
        };
        match self {
            Self::Escape(at) => changed(place(text, *at, |c| c.is_ascii_alphanumeric()), &spelled),
            Self::EscapeSlash(at) => changed(place(text, *at, |c| c == '/'), &|before, after| {
                format!("{before}\\{after}")
            }),
            Self::Insert(at, inserted) => changed(place(text, *at, |_| true), &|before, after| {
                format!("{before}{inserted}{after}")
            }),
            Self::Delete(at) => changed(place(text, *at, |_| true), &|before, after| {
                let mut rest = after.chars();
                rest.next();
                format!("{before}{}", rest.as_str())
            }),
            Self::Cut(at) => changed(place(text, *at, |_| true), &|before, _| before.to_owned()),
            Self::Append(more) => format!("{text}{more}"),
            Self::MemberFirst(at, member) => {
                changed(place(text, *at, |c| c == '{'), &|before, after| {
                    let comma = if after.starts_with("{}") { "" } else { "," };
                    format!("{before}{{{member}{comma}{}", &after[1..])
                })
            }
            Self::MemberLast(at, member) => {
                changed(place(text, *at, |c| c == '}'), &|before, after| {
                    let comma = if before.ends_with('{') { "" } else { "," };
                    format!("{before}{comma}{member}{after}")
                })
            }
            Self::Number(at, number) => {
                let is_before = |at: &usize| {
                    let value = text.as_bytes().get(at + 2);
                    text[*at..].starts_with("\":")
                        && value.is_some_and(|c| c.is_ascii_digit() || matches!(c, b't' | b'f'))
                };
                let places: Vec<usize> = (text.match_indices('"').map(|(at, _)| at))
                    .filter(is_before)
                    .collect();
                let at = (!places.is_empty()).then(|| *at.get(&places) + 2);
                changed(at, &|before, after| {
                    let end = after.find([',', '}', ']']).unwrap_or(after.len());
                    format!("{before}{number}{}", &after[end..])
                })
            }
            Self::Rewrite { blanks } => match serde_json::from_str::<Value>(text) {
                Ok(value) if *blanks => format!("{value:#}"),
                Ok(value) => value.to_string(),
                Err(_) => text.to_owned(),
            },
            Self::Replace(other) => (*other).to_owned(),
        }
    }
}

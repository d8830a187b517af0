//! Changes of JSON text: escapes, repeated members, white space, truncation, and text that is not JSON.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

/// One change of a text. If the text has no suitable position, it stays unchanged.
#[derive(Clone, Debug)]
pub enum Mutation {
    /// Writes a letter or digit as an escape.
    Escape(Index),
    /// Writes a slash as an escape.
    EscapeSlash(Index),
    /// Inserts text before a character: white space, a quote, an escape, a bracket.
    Insert(Index, &'static str),
    /// Deletes a character.
    Delete(Index),
    /// Truncates the text.
    Cut(Index),
    /// Appends text.
    Append(&'static str),
    /// Adds a first member to an object.
    MemberFirst(Index, &'static str),
    /// Adds a last member to an object.
    MemberLast(Index, &'static str),
    /// Sorts members by name, and adds white space between all tokens if `spaced` is true.
    Rewrite {
        /// Whether to add white space.
        spaced: bool,
    },
    /// Replaces a number or Boolean, also by text that is not JSON.
    Number(Index, &'static str),
    /// Replaces the whole text.
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

/// Any mutation.
pub fn mutation() -> impl Strategy<Value = Mutation> {
    let position = any::<Index>;
    prop_oneof![
        3 => position().prop_map(Mutation::Escape),
        1 => position().prop_map(Mutation::EscapeSlash),
        4 => (position(), select(INSERTED.to_vec())).prop_map(|(at, text)| Mutation::Insert(at, text)),
        2 => position().prop_map(Mutation::Delete),
        1 => position().prop_map(Mutation::Cut),
        1 => select(vec![" ", "\n", "}", "{}", "x", "\0"]).prop_map(Mutation::Append),
        3 => (position(), select(MEMBERS.to_vec())).prop_map(|(at, text)| Mutation::MemberFirst(at, text)),
        3 => (position(), select(MEMBERS.to_vec())).prop_map(|(at, text)| Mutation::MemberLast(at, text)),
        2 => (position(), select(vec!["01", "1.", "-", "1e", "1e+", ".5", "1.5e-3", "-0", "tru", "true", "fals", "null", "1-1"]))
            .prop_map(|(at, text)| Mutation::Number(at, text)),
        1 => any::<bool>().prop_map(|spaced| Mutation::Rewrite { spaced }),
        1 => select(REPLACED.to_vec()).prop_map(Mutation::Replace),
    ]
}

/// The position of one of the characters for which `is_such` is true.
fn position(text: &str, at: Index, is_such: impl Fn(char) -> bool) -> Option<usize> {
    let places: Vec<usize> = text
        .char_indices()
        .filter(|(_, c)| is_such(*c))
        .map(|(position, _)| position)
        .collect();
    (!places.is_empty()).then(|| *at.get(&places))
}

impl Mutation {
    /// The changed text.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let changed = |at: Option<usize>, change: &dyn Fn(&str, &str) -> String| {
            at.map_or_else(|| text.to_owned(), |at| change(&text[..at], &text[at..]))
        };
        let spelled = |before: &str, after: &str| {
            let mut rest = after.chars();
            let c = rest.next().map_or(0, u32::from);
            format!("{before}\\u{c:04x}{}", rest.as_str())
        };
        match self {
            Self::Escape(at) => {
                changed(position(text, *at, |c| c.is_ascii_alphanumeric()), &spelled)
            }
            Self::EscapeSlash(at) => {
                changed(position(text, *at, |c| c == '/'), &|before, after| {
                    format!("{before}\\{after}")
                })
            }
            Self::Insert(at, inserted) => {
                changed(position(text, *at, |_| true), &|before, after| {
                    format!("{before}{inserted}{after}")
                })
            }
            Self::Delete(at) => changed(position(text, *at, |_| true), &|before, after| {
                let mut rest = after.chars();
                rest.next();
                format!("{before}{}", rest.as_str())
            }),
            Self::Cut(at) => changed(position(text, *at, |_| true), &|before, _| {
                before.to_owned()
            }),
            Self::Append(more) => format!("{text}{more}"),
            Self::MemberFirst(at, member) => {
                changed(position(text, *at, |c| c == '{'), &|before, after| {
                    let comma = if after.starts_with("{}") { "" } else { "," };
                    format!("{before}{{{member}{comma}{}", &after[1..])
                })
            }
            Self::MemberLast(at, member) => {
                changed(position(text, *at, |c| c == '}'), &|before, after| {
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
            Self::Rewrite { spaced } => match serde_json::from_str::<Value>(text) {
                Ok(value) if *spaced => format!("{value:#}"),
                Ok(value) => value.to_string(),
                Err(_) => text.to_owned(),
            },
            Self::Replace(other) => (*other).to_owned(),
        }
    }
}

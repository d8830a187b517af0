//! Values on both sides of the limits of a kind.

use cloudtrail_alarms::alarm::file::vocabulary::Kind;
use jiff::{SignedDuration, Span, SpanRelativeTo};

/// Values that the kind accepts, its limits among them.
pub(super) fn accepted(kind: &Kind) -> Vec<String> {
    match kind {
        Kind::Text { least, most } => [*least, most.unwrap_or(5000)].map(text).to_vec(),
        Kind::Name(most) => [1, *most].map(text).to_vec(),
        Kind::Pattern => strings(&["'{ $.a = 1 }'", "term", "'[a, b = 1]'"]),
        Kind::Selector => strings(&["$.eventName", "'$.a[0].b'"]),
        Kind::NumberOrSelector => strings(&["$.a", "0.5", "'10'"]),
        Kind::Number => strings(&["0.5", "-1", "'10'"]),
        Kind::Count => strings(&["1", "'1'"]),
        Kind::CountUpTo(most) => vec!["1".to_owned(), format!("'{most}'")],
        Kind::Period => strings(&["10", "20", "30", "60", "'120'"]),
        Kind::Boolean => strings(&["true", "false", "'true'"]),
        Kind::Choice(names) => strings(names),
        Kind::Duration { least, most } => strings(&[least, most]),
        Kind::Date => strings(&["2027-01-31", "never"]),
        Kind::PathOrMapping => strings(&["record.json", "{eventName: Decrypt}"]),
        Kind::List { of, most } => {
            let item = &accepted(of)[0];
            vec!["[]".to_owned(), list(item, most.unwrap_or(1))]
        }
        Kind::Selectors(most) => [1, *most]
            .map(|length| list("$.eventName", length))
            .to_vec(),
        Kind::Mapping(_) => Vec::new(),
        Kind::Mappings(_) => vec!["[]".to_owned()],
        Kind::NamedMappings(_) => vec!["{}".to_owned()],
        Kind::AccountNames(most) => vec![format!("{{'111122223333': {}}}", text(*most))],
        Kind::Ignored => strings(&["1", "[a]", "{a: b}"]),
    }
}

/// Values that the kind does not accept, just outside its limits.
pub(super) fn refused(kind: &Kind) -> Vec<String> {
    let mut refused = match kind {
        Kind::Text { least, most } => around(*least, *most),
        Kind::Name(most) => around(1, Some(*most)),
        Kind::Pattern => strings(&["'{ $.a == 1 }'", "{a: b}"]),
        Kind::Selector => strings(&["eventName", "$.a..b"]),
        Kind::NumberOrSelector | Kind::Number => strings(&["ten", ".inf", "NaN"]),
        Kind::Count => strings(&["0", "-1", "1.5"]),
        Kind::CountUpTo(most) => vec!["0".to_owned(), "1.5".to_owned(), (most + 1).to_string()],
        Kind::Period => strings(&["0", "9", "40", "61"]),
        Kind::Boolean => strings(&["yes", "1"]),
        Kind::Choice(_) => strings(&["Unknown"]),
        Kind::Duration { least, most } => {
            let second = SignedDuration::from_secs(1);
            let outside = [duration(least) - second, duration(most) + second];
            outside
                .map(|value| format!("{}s", value.as_secs()))
                .to_vec()
        }
        Kind::Date => strings(&["2027-02-30", "Never", "soon"]),
        Kind::List { of, most } => {
            let too_many = most.map(|most| list(&accepted(of)[0], most + 1));
            let items = refused(of).into_iter().map(|item| format!("[{item}]"));
            too_many.into_iter().chain(items).collect()
        }
        Kind::AccountNames(most) => vec![
            format!("{{'111122223333': {}}}", text(most + 1)),
            "{'11112222333': short}".to_owned(),
        ],
        Kind::Selectors(most) => [0, most + 1]
            .map(|length| list("$.eventName", length))
            .to_vec(),
        Kind::PathOrMapping | Kind::Mapping(_) | Kind::Mappings(_) | Kind::NamedMappings(_) => {
            Vec::new()
        }
        Kind::Ignored => return Vec::new(),
    };
    if !matches!(kind, Kind::List { .. } | Kind::Mappings(_)) {
        refused.push("[a]".to_owned());
    }
    if let Kind::Name(_) = kind {
        refused.push(r#""a\tb""#.to_owned());
    }
    refused
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

/// A quoted text of this many characters.
fn text(length: usize) -> String {
    format!("'{}'", "é".repeat(length))
}

/// Texts that are too short and too long.
fn around(least: usize, most: Option<usize>) -> Vec<String> {
    let lengths = [least.checked_sub(1), most.map(|most| most + 1)];
    lengths.into_iter().flatten().map(text).collect()
}

fn list(item: &str, length: usize) -> String {
    format!("[{}]", vec![item; length].join(", "))
}

fn duration(text: &str) -> SignedDuration {
    let span: Span = text.parse().expect("it is a duration");
    let relative = SpanRelativeTo::days_are_24_hours();
    span.to_duration(relative).expect("it has no months")
}

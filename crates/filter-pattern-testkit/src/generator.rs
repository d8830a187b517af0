//! Generated patterns and records.

use cloudwatch_filter_pattern::MAX_LENGTH;
use cloudwatch_filter_pattern::record::Selector;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

/// A member name. There are few, so that patterns and records have names in common.
pub fn name() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "b", "c", "d.e"])
}

/// A scalar that patterns can match. All JSON libraries spell its numbers alike.
pub fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2..3_i64).prop_map(Value::from),
        select(vec![0.5, 1.5, -2.25]).prop_map(Value::from),
        select(vec!["", "x", "xy", "xyx", "1", "0.5", "true", "é"]).prop_map(Value::from),
    ]
}

/// A value of any depth up to three.
pub fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..3).prop_map(object),
        ]
    })
}

fn object(members: Vec<(&'static str, Value)>) -> Value {
    let members = members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Value::Object(members.collect::<Map<_, _>>())
}

/// A record with names of [`name`].
pub fn record() -> impl Strategy<Value = Value> {
    prop::collection::vec((name(), value()), 0..5).prop_map(object)
}

/// A selector, with one wildcard if `wildcard` is true.
pub fn selector(wildcard: bool) -> impl Strategy<Value = String> {
    let step = prop_oneof![
        3 => name().prop_map(|name| Selector::of_members(&[name]).to_string()[1..].to_owned()),
        1 => (0..2_usize).prop_map(|at| format!("[{at}]")),
    ];
    (
        prop::collection::vec(step, 0..3),
        name(),
        any::<Index>(),
        any::<bool>(),
    )
        .prop_map(move |(mut steps, first, at, dot)| {
            steps.insert(
                0,
                Selector::of_members(&[first]).to_string()[1..].to_owned(),
            );
            if wildcard {
                steps.insert(
                    at.index(steps.len()) + 1,
                    if dot { ".*" } else { "[*]" }.to_owned(),
                );
            }
            format!("${}", steps.concat())
        })
}

/// A test of a selector, with one wildcard if `wildcard` is true.
pub fn test(wildcard: bool) -> impl Strategy<Value = String> {
    let condition = select(vec![
        "= x",
        "= \"xy\"",
        "!= x",
        "!= xy",
        "= x*",
        "= *",
        "!= *x",
        "= \"\"",
        "= 1",
        "!= 1",
        "= 0.5",
        "= \"0.5\"",
        "> 0",
        "<= -1",
        ">= 1.5",
        "< 0.5",
        "IS NULL",
        "IS TRUE",
        "is false",
        "NOT EXISTS",
        "= true",
        "= \"${P}\"",
    ]);
    // One selector is frequent, so that a pattern has several tests of it.
    let frequent = if wildcard { "$.a[*]" } else { "$.a" };
    let selector = prop_oneof![Just(frequent.to_owned()), selector(wildcard)];
    (selector, condition).prop_map(|(selector, condition)| format!("{selector} {condition}"))
}

/// A JSON pattern within the limits of the language.
pub fn json_pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        9 => test(false),
        1 => select(vec!["$.a = %x.?%", "$.b != %^[xy]+$%"]).prop_map(str::to_owned),
    ];
    let expr = leaf.prop_recursive(4, 16, 4, |inner| {
        (
            prop::collection::vec(inner, 1..4),
            select(vec![" && ", "||"]),
        )
            .prop_map(|(operands, joint)| format!("({})", operands.join(joint)))
    });
    (
        expr,
        prop::collection::vec((select(vec!["&&", " || "]), test(true)), 0..3),
    )
        .prop_map(|(expr, more)| {
            let more: Vec<String> = more
                .into_iter()
                .map(|(joint, test)| joint.to_owned() + &test)
                .collect();
            let more = more.concat();
            format!("{{ {expr}{more} }}")
        })
        .prop_filter("within the limits", |source| {
            source.matches('%').count() <= 4 && source.len() < MAX_LENGTH / 2
        })
}

/// Text that resembles a pattern of any kind, valid or not.
pub fn pattern_like_text() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "{",
        "}",
        "[",
        "]",
        "%",
        "\"",
        "\\",
        "$",
        ".",
        "*",
        "?",
        "-",
        "+",
        "(",
        ")",
        "&&",
        "||",
        "=",
        "!=",
        "<",
        ",",
        "...",
        " ",
        "\n",
        "\t",
        "'",
        "['",
        "']",
        "$.a",
        "${P}",
        "IS",
        "NULL",
        "NOT EXISTS",
        "x",
        "1",
        "1e9",
        "é",
        "\u{1F600}",
        "[*]",
        "{2,3}",
        "\\d",
        "|",
        "^",
    ]);
    prop_oneof![
        3 => prop::collection::vec(pieces.clone(), 0..12).prop_map(|pieces| pieces.concat()),
        3 => (select(vec![("{ $.a = ", "}"), ("[a = ", "]"), ("[(", " = 1)]"), ("%", "%"), ("", "")]), prop::collection::vec(pieces, 0..6))
            .prop_map(|((open, close), pieces)| format!("{open}{}{close}", pieces.concat())),
        1 => any::<String>(),
    ]
}

/// The JSON text of a value with white space. Members are in reverse order, after the members `strangers`, at every level.
pub fn disguised(value: &Value, strangers: &[&str]) -> String {
    match value {
        Value::Object(members) => {
            let member =
                |(name, value)| format!("{}: {}", json!(name), disguised(value, strangers));
            let strangers = strangers.iter().map(|&stranger| stranger.to_owned());
            let members: Vec<String> = strangers.chain(members.iter().rev().map(member)).collect();
            format!("{{\n{}\t}}", members.join(" , "))
        }
        Value::Array(elements) => {
            let element = |element| disguised(element, strangers);
            let elements: Vec<String> = elements.iter().map(element).collect();
            format!("[ {} ]", elements.join("\n,"))
        }
        scalar => scalar.to_string(),
    }
}

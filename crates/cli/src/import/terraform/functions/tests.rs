//! Functions give what Terraform gives.

use super::*;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn unresolved() -> Unresolved {
    Unresolved {
        expression: "var.a".to_owned(),
        reason: "variable `a` has no value".to_owned(),
        is_error: false,
    }
}

#[track_caller]
fn check(cases: Vec<(&str, Vec<Value>, Outcome)>) {
    for (name, arguments, expected) in cases {
        let outcome = call(name, &arguments);
        assert_eq!(outcome, Some(expected), "{name}: {arguments:?}");
    }
}

#[test]
fn a_part_of_a_text_begins_at_an_offset_from_its_start() {
    let cut = |start: f64, length: f64| {
        let numbers = [start, length].map(Value::Number);
        [vec![text("alarms")], numbers.to_vec()].concat()
    };
    check(vec![
        ("substr", cut(2.0, 3.0), Ok(text("arm"))),
        ("substr", cut(2.0, -1.0), Ok(text("arms"))),
        ("substr", cut(6.0, 1.0), Ok(text(""))),
        ("substr", cut(-2.0, 2.0), Err(Failure::Unsupported)),
    ]);
}

#[test]
fn the_characters_of_html_are_escaped_in_json() {
    let value = text("a < b && c > \"d\"\u{2028}\u{2029}");
    let escaped = r#""a \u003c b \u0026\u0026 c \u003e \"d\"\u2028\u2029""#;
    check(vec![
        ("jsonencode", vec![value.clone()], Ok(text(escaped))),
        ("format", vec![text("%q"), value.clone()], Ok(text(escaped))),
        (
            "format",
            vec![text("%v"), Value::List(vec![value.clone()])],
            Ok(text(&format!("[{escaped}]"))),
        ),
        ("format", vec![text("%s"), value.clone()], Ok(value)),
    ]);
}

#[test]
fn zeros_follow_the_sign_of_a_number() {
    let formatted = |template: &str, value: Value| vec![text(template), value];
    check(
        [
            ("%05d", Value::Number(42.0), "00042"),
            ("%05d", Value::Number(-42.0), "-0042"),
            ("%5d", Value::Number(-42.0), "  -42"),
            ("%d", text("-42"), "-42"),
            ("%05s", text("-42"), "00-42"),
        ]
        .map(|(template, value, expected)| {
            ("format", formatted(template, value), Ok(text(expected)))
        })
        .into(),
    );
    for value in [Value::Number(1.5), text("a")] {
        let outcome = call("format", &formatted("%d", value));
        assert_eq!(outcome, Some(error("expected a whole number")));
    }
}

#[test]
fn an_item_can_decide_although_another_one_is_not_resolved() {
    let items = |values: &[Value]| vec![Value::List(values.to_vec())];
    let [yes, no] = [true, false].map(Value::Bool);
    let unknown = Value::Unresolved(unresolved());
    let missing = || Err(Failure::Unresolved(unresolved()));
    check(vec![
        ("anytrue", items(&[]), Ok(no.clone())),
        (
            "anytrue",
            items(&[unknown.clone(), yes.clone()]),
            Ok(yes.clone()),
        ),
        ("anytrue", items(&[unknown.clone(), no.clone()]), missing()),
        ("anytrue", items(&[Value::Null]), Ok(no.clone())),
        ("alltrue", items(&[]), Ok(yes.clone())),
        (
            "alltrue",
            items(&[unknown.clone(), no.clone()]),
            Ok(no.clone()),
        ),
        ("alltrue", items(&[yes.clone(), unknown]), missing()),
        ("alltrue", items(&[yes, Value::Null]), Ok(no)),
        (
            "alltrue",
            items(&[text("a")]),
            error("an item is not a boolean"),
        ),
    ]);
}

#[test]
fn regular_expressions_match_as_in_terraform() {
    let list = |items: &[&str]| Value::List(items.iter().map(|item| text(item)).collect());
    let map = |items: &[(&str, &str)]| {
        let items = items.iter();
        Value::Map(
            items
                .map(|(key, item)| ((*key).to_owned(), text(item)))
                .collect(),
        )
    };
    let both = |expression: &str, from: &str| vec![text(expression), text(from)];
    let replaced = |expression: &str, to: &str| vec![text("a-1 b-2"), text(expression), text(to)];
    let failed = |reason: &str| Err(Failure::Error(reason.to_owned()));
    check(vec![
        ("regex", both("[a-z]+", "53453abc345abd"), Ok(text("abc"))),
        (
            "regex",
            both("(\\d+)-(\\d+)", "x 1-22"),
            Ok(list(&["1", "22"])),
        ),
        (
            "regex",
            both("(?P<year>\\d{4})-(?P<month>\\d\\d)", "2026-11-30"),
            Ok(map(&[("month", "11"), ("year", "2026")])),
        ),
        (
            "regex",
            both("b", "a"),
            failed("the expression does not match the text"),
        ),
        (
            "regex",
            both("(a)(?P<b>b)", "ab"),
            failed("its groups must all have a name, or none of them"),
        ),
        ("regexall", both("(?i)[A-B]", "aBc"), Ok(list(&["a", "B"]))),
        ("regexall", both("^core-", "app"), Ok(list(&[]))),
        (
            "regexall",
            both("[]x[:digit:]]", "]1"),
            Ok(list(&["]", "1"])),
        ),
        ("regex", both("[a&&b]", "a"), Err(Failure::Unsupported)),
        ("regex", both("[a[b]]", "a]"), Err(Failure::Unsupported)),
        ("regex", both("(?=a)", "a"), Err(Failure::Unsupported)),
        ("regex", both(".", "\u{e4}"), Err(Failure::Unsupported)),
        ("replace", replaced("/[a-z]-/", "x"), Ok(text("x1 x2"))),
        (
            "replace",
            replaced("/([a-z])-(?P<n>.)/", "${n}$1"),
            Ok(text("1a 2b")),
        ),
        ("replace", replaced("-", "$1"), Ok(text("a$11 b$12"))),
    ]);
}

#[test]
fn texts_are_decoded_and_encoded() {
    let one = |value: &str| vec![text(value)];
    let decoded = Value::Map(
        [
            (
                "a".to_owned(),
                Value::List(vec![Value::Number(1.5), Value::Bool(true)]),
            ),
            ("b".to_owned(), Value::Null),
        ]
        .into(),
    );
    check(vec![
        (
            "jsondecode",
            one(r#"{"a": [1.5, true], "b": null}"#),
            Ok(decoded.clone()),
        ),
        ("yamldecode", one("a: [1.5, true]\nb: null\n"), Ok(decoded)),
        ("yamldecode", one("a: ["), Err(Failure::Unsupported)),
        (
            "jsondecode",
            one("x"),
            Err(Failure::Error(
                "not JSON: expected value at line 1 column 1".to_owned(),
            )),
        ),
        ("base64encode", one("Hello"), Ok(text("SGVsbG8="))),
        ("base64decode", one("SGVsbG8="), Ok(text("Hello"))),
        ("urlencode", one("a b/\u{e4}~"), Ok(text("a+b%2F%C3%A4~"))),
    ]);
}

#[test]
fn sets_and_numbers_are_combined() {
    let numbers =
        |numbers: &[f64]| Value::List(numbers.iter().copied().map(Value::Number).collect());
    let pairs: Vec<Value> = [[1.0, 3.0], [1.0, 4.0], [2.0, 3.0], [2.0, 4.0]]
        .iter()
        .map(|pair| numbers(pair))
        .collect();
    check(vec![
        (
            "setsubtract",
            vec![numbers(&[3.0, 1.0, 2.0]), numbers(&[2.0])],
            Ok(numbers(&[1.0, 3.0])),
        ),
        (
            "setintersection",
            vec![numbers(&[3.0, 1.0, 2.0]), numbers(&[2.0, 3.0])],
            Ok(numbers(&[2.0, 3.0])),
        ),
        (
            "setproduct",
            vec![numbers(&[1.0, 2.0]), numbers(&[3.0, 4.0])],
            Ok(Value::List(pairs)),
        ),
        ("sum", vec![numbers(&[1.0, 2.5])], Ok(Value::Number(3.5))),
        (
            "pow",
            vec![Value::Number(2.0), Value::Number(10.0)],
            Ok(Value::Number(1024.0)),
        ),
        (
            "indent",
            vec![Value::Number(2.0), text("a\nb\n")],
            Ok(text("a\n  b\n  ")),
        ),
    ]);
}

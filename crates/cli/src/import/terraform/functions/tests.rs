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

//! Explanations: observed values, deciding clauses, and the rule that explains a surprising result.

use cloudwatch_filter_pattern::{Clause, Explanation, Expr, Observation, Obstacle};

use super::pattern;

#[track_caller]
fn explain(source: &str, message: &str) -> Explanation {
    let pattern = pattern(source);
    let explanation = pattern.explain(message);
    assert_eq!(explanation.matches, pattern.matches(message));
    explanation
}

/// The clauses that decide, as they are printed.
#[track_caller]
fn deciding(source: &str, message: &str) -> Vec<String> {
    let clauses = explain(source, message).clauses.expect("it has clauses");
    let decides = clauses.tests().into_iter().filter(|clause| clause.decides);
    decides.map(|clause| clause.text.clone()).collect()
}

/// The only clause.
#[track_caller]
fn clause(source: &str, message: &str) -> Clause {
    match explain(source, message).clauses {
        Some(Expr::Test(clause)) => clause,
        other => panic!("expected one clause, found {other:?}"),
    }
}

#[test]
fn what_decides_is_what_agrees_with_the_whole() {
    let cases = [
        // pattern, record, what decides
        (
            "{ $.a = 1 && $.b = 1 }",
            r#"{"a":1,"b":1}"#,
            &["a", "b"][..],
        ),
        ("{ $.a = 1 && $.b = 1 }", r#"{"a":2,"b":1}"#, &["a"]),
        ("{ $.a = 1 && $.b = 1 }", r#"{"a":2,"b":2}"#, &["a", "b"]),
        ("{ $.a = 1 || $.b = 1 }", r#"{"a":2,"b":1}"#, &["b"]),
        ("{ $.a = 1 || $.b = 1 }", r#"{"a":2,"b":2}"#, &["a", "b"]),
        // A true clause below a false `&&` decides nothing, nor does a false `&&` below a true `||`.
        (
            "{ $.a = 1 && ($.b = 1 || $.c = 1) }",
            r#"{"a":2,"b":1,"c":2}"#,
            &["a"],
        ),
        (
            "{ $.a = 1 || $.b = 1 && $.c = 1 }",
            r#"{"a":1,"b":1,"c":2}"#,
            &["a"],
        ),
        (
            "{ $.a = 1 || $.b = 1 && $.c = 1 }",
            r#"{"a":2,"b":1,"c":2}"#,
            &["a", "c"],
        ),
    ];
    for (source, record, expected) in cases {
        let expected: Vec<String> = expected
            .iter()
            .map(|name| format!("$.{name} = 1"))
            .collect();
        assert_eq!(deciding(source, record), expected, "{source} on {record}");
    }
}

#[test]
fn values_are_seen_as_the_record_spells_them() {
    let seen = |source, record| clause(source, record).observed;
    let values =
        |texts: &[&str]| Observation::Values(texts.iter().map(ToString::to_string).collect());
    assert_eq!(seen("{ $.a = 1 }", r#"{"a":1e309}"#), values(&["1e309"]));
    assert_eq!(
        seen("{ $.a = 1 }", r#"{"a":"\"\n"}"#),
        values(&[r#""\"\n""#])
    );
    assert_eq!(seen("{ $.a = 1 }", r#"{"a":null}"#), values(&["null"]));
    assert_eq!(
        seen("{ $.a = 1 }", r#"{"a":{"b":[1]}}"#),
        values(&[r#"{"b":[1]}"#])
    );
    assert_eq!(seen("{ $.a = 1 }", "{}"), values(&[]));
    assert_eq!(
        seen("{ $.a[*] = 1 }", r#"{"a":[1,true]}"#),
        values(&["1", "true"])
    );
    assert_eq!(seen("%b+%", "abbc"), Observation::Occurrence(true));
    assert_eq!(seen("-b", "abbc"), Observation::Occurrence(true));
}

#[test]
fn an_answer_that_may_surprise_comes_with_its_rule() {
    let cases = [
        (
            "{ $.a != 1 }",
            "{}",
            Some("`!=` is false if the field is missing"),
        ),
        ("{ $.a != 1 }", r#"{"a":1}"#, None),
        (
            "{ $.a[*] != 1 }",
            r#"{"a":[]}"#,
            Some("through a wildcard, `!=` is true"),
        ),
        (
            "{ $.a[*] != 1 }",
            "{}",
            Some("`!=` is false if the container is missing"),
        ),
        (
            "{ $.a = true }",
            r#"{"a":true}"#,
            Some("a comparison is false for true and false"),
        ),
        (
            "{ $.a = * }",
            r#"{"a":[]}"#,
            Some("a comparison is false for null, objects"),
        ),
        ("{ $.a > 5 }", r#"{"a":"6"}"#, Some("this is a string; `<`")),
        (
            "{ $.a IS TRUE }",
            r#"{"a":"true"}"#,
            Some("this is a string and not a boolean"),
        ),
        ("{ $.a IS NULL }", "{}", Some("a missing field is not null")),
        (
            "{ $.a NOT EXISTS }",
            r#"{"a":null}"#,
            Some("a field that is null exists"),
        ),
        ("{ $.a NOT EXISTS }", "{}", None),
    ];
    for (source, record, expected) in cases {
        let note = clause(source, record).note;
        match (note, expected) {
            (Some(note), Some(beginning)) => assert!(note.starts_with(beginning), "{note}"),
            (note, expected) => assert_eq!(note, expected, "{source} on {record}"),
        }
    }
}

#[test]
fn the_reason_why_clauses_are_not_evaluated_is_reported() {
    let obstacle = |source, message| explain(source, message).obstacle;
    assert_eq!(
        obstacle("{ $.a NOT EXISTS }", "[1]"),
        Some(Obstacle::NotAnObject)
    );
    assert_eq!(
        obstacle("[a, ..., b]", "one"),
        Some(Obstacle::TooFewTokens {
            found: 1,
            needed: 2
        })
    );
    assert_eq!(obstacle("[a, ..., b]", "one two"), None);
}

#[test]
fn each_field_is_compared_with_its_token() {
    let explanation = explain(
        "[ip, , status = 4* || status = 5*]",
        r#"::1 "a b" 404 rest"#,
    );
    let clauses = explanation.clauses.expect("it has clauses");
    let seen: Vec<_> = clauses
        .tests()
        .into_iter()
        .map(|clause| (clause.text.as_str(), clause.observed.clone(), clause.holds))
        .collect();
    let rest = Observation::Values(vec![r#""404 rest""#.to_owned()]);
    assert_eq!(
        seen,
        [
            ("ip", Observation::Values(vec![r#""::1""#.to_owned()]), true),
            (r#"status = "4*""#, rest.clone(), true),
            (r#"status = "5*""#, rest, false),
        ]
    );
}

#[test]
fn patterns_without_conditions_have_no_clauses() {
    for source in ["", "[]", "[, ...]"] {
        let explanation = explain(source, "any message");
        assert!(explanation.matches);
        assert_eq!((explanation.clauses, explanation.obstacle), (None, None));
    }
}

#[test]
fn optional_terms_are_ignored_if_there_are_required_terms() {
    let explanation = explain("ERROR ?WARN -DEBUG", "ERROR");
    assert_eq!(explanation.ignored, ["?WARN"]);
    assert_eq!(deciding("ERROR ?WARN -DEBUG", "ERROR"), ["ERROR", "-DEBUG"]);
    assert_eq!(deciding("?ERROR ?WARN", "WARN"), ["?WARN"]);
}

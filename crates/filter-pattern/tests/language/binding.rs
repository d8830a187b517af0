//! Parameters and their values.

use cloudwatch_filter_pattern::{FilterPattern, UnboundParameter};

use super::pattern;

fn bind(source: &str, values: &[(&str, &[&str])]) -> Result<FilterPattern, UnboundParameter> {
    pattern(source).bind(&|name| {
        let (_, values) = values.iter().find(|(known, _)| *known == name)?;
        Some(values.iter().map(|value| (*value).to_owned()).collect())
    })
}

#[track_caller]
fn bound(source: &str, values: &[(&str, &[&str])], printed: &str) -> FilterPattern {
    let bound = bind(source, values).expect("all parameters have values");
    assert_eq!(bound.to_string(), printed);
    assert_eq!(bound.source(), source);
    assert_eq!(bound.parameters(), [""; 0]);
    assert_eq!(pattern(printed), bound);
    bound
}

#[track_caller]
fn rejected(source: &str, values: &[(&str, &[&str])], message: &str) {
    assert_eq!(
        bind(source, values)
            .expect_err("a value is missing")
            .to_string(),
        message
    );
}

#[test]
fn a_value_takes_the_place_of_its_parameter() {
    let role: (&str, &[&str]) = ("Role", &["app"]);
    let bound = bound(
        r#"{ $.arn = "*:role/${Role}" }"#,
        &[role],
        r#"{ $.arn = "*:role/app" }"#,
    );
    assert!(bound.matches(r#"{"arn": "arn:aws:iam::1:role/app"}"#));
}

#[test]
fn several_values_are_alternatives() {
    let p: (&str, &[&str]) = ("P", &["x", "y*"]);
    bound(
        r#"{ $.a = "a ${P} b" }"#,
        &[p],
        r#"{ $.a = "a x b" || $.a = "a y* b" }"#,
    );
    bound(
        r#"{ $.a != "${P}" }"#,
        &[p],
        r#"{ $.a != "x" && $.a != "y*" }"#,
    );
    bound(
        r#"{ $.b = 1 && $.a = "${P}" }"#,
        &[p],
        r#"{ $.b = 1 && ($.a = "x" || $.a = "y*") }"#,
    );
    bound(
        r#"{ $.b = 1 || $.a = "${P}" }"#,
        &[p],
        r#"{ $.b = 1 || $.a = "x" || $.a = "y*" }"#,
    );
    bound(
        r#"{ $.a = "${P}${P}" }"#,
        &[p],
        r#"{ $.a = "xx" || $.a = "y*y*" }"#,
    );
    let q: (&str, &[&str]) = ("Q", &["1", "2"]);
    bound(
        r#"{ $.a = "${Q}${P}" }"#,
        &[p, q],
        r#"{ $.a = "1x" || $.a = "1y*" || $.a = "2x" || $.a = "2y*" }"#,
    );
    bound(r#"[f = "${P}", g]"#, &[p], r#"[f = "x" || f = "y*", g]"#);
}

#[test]
fn a_value_cannot_change_the_structure() {
    let evil = r#"" || $.b = "*\${Q}"#;
    let values: (&str, &[&str]) = ("P", &[evil]);
    let bound = bound(
        r#"{ $.a = "${P}" }"#,
        &[values],
        r#"{ $.a = "\" || $.b = \"*\\\${Q}" }"#,
    );
    assert!(!bound.matches(r#"{"b": "x"}"#));
}

#[test]
fn terms_have_alternatives_where_the_language_has() {
    let p: (&str, &[&str]) = ("P", &["x", "y z"]);
    bound(r#""${P}""#, &[p], r#"?x ?"y z""#);
    bound(r#"?"${P}" ?w"#, &[p], r#"?x ?"y z" ?w"#);
    bound(r#"w -"${P}""#, &[p], r#"w -x -"y z""#);
    bound(r#"w "${P}""#, &[("P", &["x"])], "w x");
    rejected(
        r#"w "${P}""#,
        &[p],
        "the parameter `P` has several values, which a term that must occur next to others cannot have",
    );
    rejected(
        r#""${P}""#,
        &[("P", &[""])],
        "the parameter `P` is empty, which leaves a term without any text",
    );
}

#[test]
fn a_parameter_needs_a_value() {
    rejected(r#"{ $.a = "${P}" }"#, &[], "the parameter `P` has no value");
    rejected(
        r#"[a = "${P}"]"#,
        &[("P", &[])],
        "the parameter `P` has no value",
    );
    bound(
        "{ $.a = %x% || $.b IS NULL }",
        &[],
        "{ $.a = %x% || $.b IS NULL }",
    );
    bound("%x%", &[], "%x%");
}

#[test]
fn nothing_matches_through_a_parameter_that_is_not_bound() {
    for source in [
        r#"{ $.a = "${P}" }"#,
        r#"{ $.a != "${P}" }"#,
        r#"{ $.*  != "${P}" }"#,
        r#"{ $.a != "${P}" && $.a != "x" }"#,
        r#""${P}""#,
        r#"-"${P}""#,
        r#"?"${P}""#,
        r#"[a = "${P}"]"#,
        r#"[a != "${P}"]"#,
    ] {
        assert!(!pattern(source).matches(r#"{"a":"${P}"}"#), "{source}");
    }
    assert!(pattern(r#"{ $.a = "${P}" || $.a = b }"#).matches(r#"{"a":"b"}"#));
}

#[test]
fn parameters_without_a_value_can_stay() {
    for (source, printed) in [
        (
            r#"{ $.a = "${P}" && $.b != "${Q}-${P}" }"#,
            r#"{ $.a = "${P}" && $.b != "x-${P}" && $.b != "y\${P}-${P}" }"#,
        ),
        (r#"?"${P}" ?"${Q}""#, r#"?"${P}" ?x ?"y\${P}""#),
    ] {
        let values = |name: &str| (name == "Q").then(|| vec!["x".to_owned(), "y${P}".to_owned()]);
        let bound = pattern(source).bind_some(&values).expect("the values fit");
        assert_eq!(bound.to_string(), printed);
        assert_eq!(bound.parameters(), ["P"]);
        assert_eq!(pattern(printed), bound);
    }
}

//! Corrections of patterns, and patterns that are not changed.

use cloudtrail_alarms_cli::lint::pattern::{Code, Edit, lint, lint_source};
use cloudwatch_filter_pattern::{FilterPattern, MAX_LENGTH};

use super::finds_nothing;

#[test]
fn a_parameter_may_have_any_value() {
    let written =
        r#"{ $.eventSource = "${Service}" && $.eventName = "${A}" && $.eventName = "${B}" }"#;
    let pattern: FilterPattern = written.parse().unwrap();
    assert_eq!(lint(&pattern), []);
    // A bound pattern is linted as written, so that every position is one in the text.
    let bound = pattern.bind(&|_| Some(vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!(lint(&bound.unwrap()), []);
}

#[test]
fn a_pattern_that_is_not_json_is_not_changed() {
    finds_nothing(&[
        "",
        "[ip, user, ...]",
        "%AccessDenied%",
        "AccessDenied -Decrypt",
    ]);
}

#[test]
fn a_pattern_of_several_lines_keeps_them() {
    let source = "{ ($.errorCode = A) ||\n  ($.errorCode = B) &&\n  ($.eventName != C) }";
    let finding = &lint_source(source)[0];
    let suggestion = finding.suggestion.as_ref().unwrap();
    assert_eq!(
        suggestion.apply(source),
        "{ (($.errorCode = A) ||\n  ($.errorCode = B)) &&\n  ($.eventName != C) }"
    );
    let edit = |at: usize, replacement: &str| Edit {
        span: at..at,
        replacement: replacement.to_owned(),
    };
    assert_eq!(suggestion.edits(), [edit(2, "("), edit(42, ")")]);
}

#[test]
fn no_correction_makes_a_pattern_too_long() {
    let names = "x".repeat(MAX_LENGTH - 45);
    let source = format!(r#"{{ $.errorCode != "{names}" }}"#);
    let found = lint_source(&source);
    assert_eq!(found[0].code, Code::MissingField);
    assert_eq!(found[0].suggestion, None);
}

//! Rejected patterns, each with its whole message.

use super::pattern_err;

mod json;
mod selectors;
mod space_delimited;
mod text;

/// Asserts the message, the line of the pattern that is shown, and the line of carets under it.
#[track_caller]
fn bad(source: &str, message: &str, line: &str, carets: &str) {
    let error = pattern_err(source);
    assert_eq!(
        error.to_string(),
        format!("{message}\n  {line}\n  {carets}")
    );
    assert_eq!(error.message(), message);
    assert!(source.get(error.span()).is_some());
}

#[test]
fn brackets_must_close() {
    bad(
        "{ $.a = 1",
        "expected `}` at the end, found `1` (CloudWatch: If a filter pattern starts with '{' it must end with '}')",
        "{ $.a = 1",
        "         ^",
    );
    bad(
        "{ $.a = 1 } x",
        "expected `}` at the end, found `x` (CloudWatch: If a filter pattern starts with '{' it must end with '}')",
        "{ $.a = 1 } x",
        "             ^",
    );
    bad(
        "[a, b",
        "expected `]` at the end, found `b` (CloudWatch: If a filter pattern starts with '[' it must end with ']')",
        "[a, b",
        "     ^",
    );
    bad(
        "%abc",
        "expected `%` at the end, found `c` (CloudWatch: If a filter pattern starts with '%' it must end with '%')",
        "%abc",
        "    ^",
    );
    bad(
        "%",
        "expected `%` at the end, found `%` (CloudWatch: If a filter pattern starts with '%' it must end with '%')",
        "%",
        " ^",
    );
    bad(
        "{",
        "expected `}` at the end, found `{` (CloudWatch: If a filter pattern starts with '{' it must end with '}')",
        "{",
        " ^",
    );
}

#[test]
fn the_line_concerned_is_shown_and_columns_count_characters() {
    bad(
        "{\n  $.a = 1 &&\n\t$.b == 2\n}\n",
        "expected a value, found `=` (CloudWatch: Invalid metric filter pattern)",
        " $.b == 2",
        "      ^",
    );
    bad(
        r#"{ $.é = "ü" && $.b == 2 }"#,
        "expected a value, found `=` (CloudWatch: Invalid metric filter pattern)",
        r#"{ $.é = "ü" && $.b == 2 }"#,
        "                    ^",
    );
    bad(
        "  { $.a = 1\n",
        "expected `}` at the end, found `1` (CloudWatch: If a filter pattern starts with '{' it must end with '}')",
        "  { $.a = 1",
        "           ^",
    );
}

#[test]
fn a_message_is_one_line_and_not_too_long() {
    let name = "x".repeat(100);
    let source = format!("{{ $.a = 1 {name} }}");
    assert_eq!(
        pattern_err(&source).message(),
        format!(
            "expected `&&`, `||` or `}}`, found `{}...` (CloudWatch: Invalid metric filter pattern)",
            &name[..60]
        )
    );
    bad(
        "{ $.a = \"b\n && $.c = 1 }",
        "expected `\"` at the end of a string, found `\"b  && $.c = 1 ` (CloudWatch: Invalid character(s) in term '\"b  && $.c = 1 ')",
        "{ $.a = \"b",
        "        ^^",
    );
    bad(
        "{ $.a = \u{1b}[31m }",
        "expected quotes around a value with such a character, found `\\u{1b}` (CloudWatch: Invalid character(s) in term '\\u{1b}')",
        "{ $.a =  [31m }",
        "        ^",
    );
}

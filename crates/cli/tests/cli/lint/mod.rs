//! Findings of lint in patterns: each code with its message, position and correction, and patterns without findings.

use cloudtrail_alarms_cli::lint::alarm;
use cloudtrail_alarms_cli::lint::pattern::{Code, Finding, corrections, lint_source};
use cloudtrail_alarms_testkit::repository::file;

mod corrections;
mod logic;
mod properties;
mod published;
mod syntax;
mod types;
mod vocabulary;

/// A finding in the format of the tests: code and message, the pattern, carets, and the corrected pattern if there is one.
fn shown(source: &str, finding: &Finding) -> String {
    let Finding {
        code,
        span,
        message,
        suggestion,
    } = finding;
    let indent = " ".repeat(source[..span.start].chars().count());
    let carets = "^".repeat(source[span.clone()].chars().count().max(1));
    let corrected = suggestion
        .as_ref()
        .map_or_else(String::new, |suggestion| suggestion.apply(source) + "\n");
    format!("{code}: {message}\n{source}\n{indent}{carets}\n{corrected}")
}

/// Checks all findings in a pattern. The pattern is the second line of `expected`.
#[track_caller]
fn finds(expected: &str) {
    let expected = expected.trim_start_matches('\n');
    let source = expected
        .lines()
        .nth(1)
        .expect("a pattern below the message");
    let found: String = lint_source(source)
        .iter()
        .map(|finding| shown(source, finding))
        .collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn finds_nothing(sources: &[&str]) {
    for source in sources {
        let found = lint_source(source);
        assert!(found.is_empty(), "{source}: {found:?}");
    }
}

/// The pattern after all corrections.
fn corrected(source: &str) -> String {
    corrections(source)
        .iter()
        .fold(source.to_owned(), |text, finding| {
            let suggestion = finding.suggestion.as_ref();
            suggestion.expect("it is a correction").apply(&text)
        })
}

#[test]
fn every_code_has_a_row_and_a_section_of_the_documentation() {
    let page = file("docs/reference/lint-rules.md");
    let codes = Code::ALL.map(Code::as_str);
    let of_alarms = alarm::Code::ALL.map(alarm::Code::as_str);
    for code in codes.into_iter().chain(of_alarms).chain(["invalid"]) {
        let heading = format!("\n### `{code}`\n");
        assert_eq!(page.matches(&heading).count(), 1, "{code}");
        let row = format!("\n| [`{code}`](#{code}) | ");
        assert_eq!(page.matches(&row).count(), 1, "{code}");
    }
}

#[test]
fn what_can_hold_together_is_left_alone() {
    finds_nothing(&[
        // Both hold of an empty array.
        "{ $.requestParameters.a[*] NOT EXISTS && $.requestParameters.a[*] != 1 }",
    ]);
}

#[test]
fn a_clause_that_is_never_true_is_not_said_to_be_always_true() {
    let findings = lint_source(r#"{ $.readOnly != false || $.errorCode = "x" }"#);
    let codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::BooleanAsString]);
}

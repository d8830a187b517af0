//! Accepted patterns in printed form: `good(source, printed)` shows how the parser reads a source.

use cloudwatch_filter_pattern::record::{Selector, Step};
use cloudwatch_filter_pattern::{
    Condition, Expr, FilterPattern, Language, MAX_DEPTH, MAX_LENGTH, Operand, PatternErrorKind,
};

use super::{pattern, pattern_err};

#[track_caller]
fn good(source: &str, printed: &str) {
    let parsed = pattern(source);
    assert_eq!(parsed.to_string(), printed);
    assert_eq!(pattern(printed), parsed);
    assert_eq!(parsed.source(), source);
}

#[test]
fn and_binds_tighter_than_or() {
    good(
        "{ $.a=1 && $.b=2 || $.c=3 }",
        "{ $.a = 1 && $.b = 2 || $.c = 3 }",
    );
    good(
        "{ ($.a=1 && $.b=2) || $.c=3 }",
        "{ $.a = 1 && $.b = 2 || $.c = 3 }",
    );
    good(
        "{ $.a=1 && ($.b=2 || $.c=3) }",
        "{ $.a = 1 && ($.b = 2 || $.c = 3) }",
    );
    good(
        "{ $.a=1 || ($.b=2 || ($.c=3)) }",
        "{ $.a = 1 || $.b = 2 || $.c = 3 }",
    );
}

#[test]
fn white_space_is_optional_and_keywords_are_case_insensitive() {
    good("{($.a=1)||($.b!=2)}", "{ $.a = 1 || $.b != 2 }");
    good("\n{\r\n\t$.a\n  is null }\n", "{ $.a IS NULL }");
    good(
        "{$.a Is True&&$.b IS false&&$.c not exists}",
        "{ $.a IS TRUE && $.b IS FALSE && $.c NOT EXISTS }",
    );
    good("{ $.f      <=     100.0 }", "{ $.f <= 100.0 }");
}

#[test]
fn selectors() {
    good("{ $.a-b.c_d[0][1] = x }", r#"{ $.a-b.c_d[0][1] = "x" }"#);
    good(
        "{ $.['a.b'].['plain'] = x }",
        r#"{ $.['a.b'].plain = "x" }"#,
    );
    good(
        "{ $.* = x && $.a.* = y && $.a[*].é = z }",
        r#"{ $.* = "x" && $.a[*] = "y" && $.a[*].é = "z" }"#,
    );
    // The limit is three different ones.
    good(
        "{ $.a[*]=1 || $.a[*]=2 || $.a.*=3 || $.a[*]=4 || $.b[*]=5 || $.c[*]=6 }",
        "{ $.a[*] = 1 || $.a[*] = 2 || $.a[*] = 3 || $.a[*] = 4 || $.b[*] = 5 || $.c[*] = 6 }",
    );
    good(
        "{ $.['it's'] = x && $.[''] = y }",
        r#"{ $.['it's'] = "x" && $.[''] = "y" }"#,
    );
}

#[test]
fn values() {
    good(
        "{ $.a = 1.50 || $.a = +1e3 || $.a = .5 }",
        "{ $.a = 1.50 || $.a = +1e3 || $.a = .5 }",
    );
    good(
        "{ $.a = 1. || $.a = 1.2.3.* || $.a = - }",
        r#"{ $.a = "1." || $.a = "1.2.3.*" || $.a = "-" }"#,
    );
    good(
        "{ $.a = true || $.a = exists || $.a = Ü-1 }",
        r#"{ $.a = "true" || $.a = "exists" || $.a = "Ü-1" }"#,
    );
    good(
        r#"{ $.a = "" || $.a = "}" || $.a = "&&" }"#,
        r#"{ $.a = "" || $.a = "}" || $.a = "&&" }"#,
    );
    good(r#"{ $.a = "\"\\\n\*" }"#, r#"{ $.a = "\"\\n*" }"#);
    good(r"{ $.a = %^[a-z]+\x25$% }", r"{ $.a = %^[a-z]+\x25$% }");
}

#[test]
fn parameters_are_distinguished_from_dollars() {
    good(
        r#"{ $.a = "x${P1}y${P1}$" }"#,
        r#"{ $.a = "x${P1}y${P1}$" }"#,
    );
    assert_eq!(
        pattern(r#"{ $.a = "${B}${A}" || $.b = "$${A}" }"#).parameters(),
        ["B", "A"]
    );
    good(r#"{ $.a = "\${P}" }"#, r#"{ $.a = "\${P}" }"#);
    good(
        r#"{ $.a = "${}${a b}${" }"#,
        r#"{ $.a = "\${}\${a b}\${" }"#,
    );
    assert_eq!(
        pattern(r#"{ $.a = "\${P} ${} ${AWS::Region}" }"#).parameters(),
        [""; 0]
    );
}

#[test]
fn terms() {
    good("", "");
    good(" \n", "");
    good(
        "ERROR  -timeout ?\"two words\"",
        "ERROR -timeout ?\"two words\"",
    );
    good("a-b?c", "a -b ?c");
    good(
        "\"plain\" \"a*\" \"-\" café _.",
        "plain \"a*\" \"-\" café _.",
    );
    good("\" \"", "\" \"");
}

#[test]
fn space_delimited() {
    good("[]", "[]");
    good("[ ]", "[]");
    good("[,b,]", "[, b, ]");
    good(
        "[ip, ..., status=4* && status!=403, bytes>1000]",
        r#"[ip, ..., status = "4*" && status != 403, bytes > 1000]"#,
    );
    good(
        "[w1=ERROR || W1=WARNING, w2]",
        r#"[w1 = "ERROR" || w1 = "WARNING", w2]"#,
    );
    good("[(a=1||a=2)&&a!=3]", "[(a = 1 || a = 2) && a != 3]");
    good("[url=%/[0-9]+$%, x-y.z]", "[url = %/[0-9]+$%, x-y.z]");
}

#[test]
fn regexes() {
    good(r"%\[.\]%", r"%\[.\]%");
    good(" %a{2,3}?b|[^\\d-]% ", "%a{2,3}?b|[^\\d-]%");
}

#[test]
fn equality_ignores_positions() {
    assert_eq!(pattern("{$.a=b}"), pattern(" {  ($.a = \"b\") } "));
    assert_ne!(pattern("{$.a=1}"), pattern("{$.a=\"1\"}"));
    assert_ne!(pattern("{$.a=1}"), pattern("{$.a=1.0}"));
}

#[test]
fn spans_are_bytes_of_the_source() {
    let source = "\n{ $.é = \"ü\" && $.b IS NULL }";
    let pattern = pattern(source);
    let Language::Json(expr) = pattern.language() else {
        panic!("not JSON")
    };
    let tests = expr.tests();
    assert!(matches!(expr, Expr::And(_)));
    assert_eq!(&source[tests[0].span()], "$.é = \"ü\"");
    assert_eq!(&source[tests[0].selector.span.clone()], "$.é");
    assert_eq!(&source[tests[1].condition.span.clone()], "IS NULL");
    let Condition::Compare(comparison) = &tests[0].condition.node else {
        panic!("no comparison")
    };
    assert_eq!(&source[comparison.operator.span.clone()], "=");
    assert_eq!(&source[comparison.operand.span.clone()], "\"ü\"");
    assert!(matches!(&comparison.operand.node, Operand::Text(text) if text.literal() == Some("ü")));
}

#[test]
fn the_length_is_counted_in_characters_without_surrounding_white_space() {
    let of_length = |length: usize| format!("{{ $.a = \"{}\" }}", "é".repeat(length - 12));
    assert_eq!(of_length(MAX_LENGTH).chars().count(), MAX_LENGTH);
    pattern(&format!("\n{}\n\n", of_length(MAX_LENGTH)));
    let error = pattern_err(&of_length(MAX_LENGTH + 1));
    assert_eq!(
        *error.kind(),
        PatternErrorKind::TooLong {
            length: MAX_LENGTH + 1
        }
    );
    assert_eq!(
        error.to_string(),
        format!(
            "expected at most 1024 characters, found 1025 \
             (CloudWatch: Member must have length less than or equal to 1024)\n  \
             ...{}\" }}\n  {}^",
            "é".repeat(117),
            " ".repeat(122)
        )
    );
}

#[test]
fn the_depth_of_parentheses_is_limited() {
    let of_depth = |depth: usize| format!("{{{}$.a=1{}}}", "(".repeat(depth), ")".repeat(depth));
    good(&of_depth(MAX_DEPTH), "{ $.a = 1 }");
    let error = pattern_err(&of_depth(MAX_DEPTH + 1));
    assert_eq!(
        error.message(),
        "expected at most 128 nested parentheses, found more"
    );
    assert_eq!(error.span(), 129..130);
}

#[test]
fn a_selector_is_read_as_in_a_pattern() {
    let selector: Selector = "$.a.['b.c'][2][*]".parse().unwrap();
    let member = |name: &str| Step::Member(name.into());
    assert_eq!(
        selector.steps(),
        [member("a"), member("b.c"), Step::Element(2), Step::Any]
    );
    assert_eq!("$.*.a".parse::<Selector>().unwrap().to_string(), "$.*.a");
    let error = |source: &str| source.parse::<Selector>().unwrap_err().to_string();
    assert_eq!(
        error("$.a b"),
        "expected `.`, `[` or the end of the selector, found ` b` (CloudWatch: Invalid metric filter pattern)\n  \
         $.a b\n     ^^"
    );
    assert_eq!(
        error("userName"),
        "expected a selector such as `$.eventName`, found `userName` (CloudWatch: Invalid metric filter pattern)\n  \
         userName\n  ^^^^^^^^"
    );
    assert_eq!(
        error("$.a."),
        "expected a name, `*` or `['` after `.`, found `.` (CloudWatch: Invalid character(s) in term '.')\n  \
         $.a.\n      ^"
    );
    assert!("".parse::<Selector>().is_err());
}

#[test]
fn patterns_go_between_threads() {
    fn assert_auto<T: Send + Sync + Unpin + 'static>() {}
    assert_auto::<FilterPattern>();
    assert_auto::<cloudwatch_filter_pattern::PatternSet>();
    assert_auto::<cloudwatch_filter_pattern::PatternError>();
}

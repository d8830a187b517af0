//! Rejected JSON patterns: structure, operators, values and keywords.

use super::bad;

#[test]
fn the_structure_of_a_json_pattern() {
    bad(
        "{}",
        "expected a selector such as `$.eventName`, found `}` (CloudWatch: Invalid metric filter pattern)",
        "{}",
        " ^",
    );
    bad(
        "{ }",
        "expected a selector such as `$.eventName`, found `}` (CloudWatch: Invalid metric filter pattern)",
        "{ }",
        "  ^",
    );
    bad(
        "{ $.a = 1 && }",
        "expected a selector such as `$.eventName`, found `}` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a = 1 && }",
        "             ^",
    );
    bad(
        "{ $.a = 1 || || $.b = 2 }",
        "expected a selector such as `$.eventName`, found `||` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a = 1 || || $.b = 2 }",
        "             ^^",
    );
    bad(
        "{ ($.a = 1 }",
        "expected `&&`, `||` or `)`, found `}` (CloudWatch: Invalid metric filter pattern)",
        "{ ($.a = 1 }",
        "           ^",
    );
    bad(
        "{ ($.a = 1)) }",
        "expected `&&`, `||` or `}`, found `)` (CloudWatch: Invalid metric filter pattern)",
        "{ ($.a = 1)) }",
        "           ^",
    );
    bad(
        "{ () }",
        "expected a selector such as `$.eventName`, found `)` (CloudWatch: Invalid metric filter pattern)",
        "{ () }",
        "   ^",
    );
    bad(
        "{ $.a = 1 $.b = 2 }",
        "expected `&&`, `||` or `}`, found `$.b` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a = 1 $.b = 2 }",
        "          ^^^",
    );
    bad(
        "{ $.a = 1 AND $.b = 2 }",
        "expected `&&`, `||` or `}`, found `AND` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a = 1 AND $.b = 2 }",
        "          ^^^",
    );
    bad(
        "{ !($.a = 1) }",
        "expected `!=`, found `!` (CloudWatch: Invalid character(s) in term '!')",
        "{ !($.a = 1) }",
        "  ^",
    );
    bad(
        "{ NOT ($.a = 1) }",
        "expected a selector such as `$.eventName`, found `NOT` (CloudWatch: Invalid metric filter pattern)",
        "{ NOT ($.a = 1) }",
        "  ^^^",
    );
    bad(
        "{ $.a = 1 & $.b = 2 }",
        "expected `&&`, found `&` (CloudWatch: Invalid character(s) in term '&')",
        "{ $.a = 1 & $.b = 2 }",
        "          ^",
    );
    bad(
        "{ $.a = 1 | $.b = 2 }",
        "expected `||`, found `|` (CloudWatch: Invalid character(s) in term '|')",
        "{ $.a = 1 | $.b = 2 }",
        "          ^",
    );
    bad(
        "{ status = 401 }",
        "expected a selector such as `$.eventName`, found `status` (CloudWatch: Invalid metric filter pattern)",
        "{ status = 401 }",
        "  ^^^^^^",
    );
    bad(
        "{ 1 = $.a }",
        "expected a selector such as `$.eventName`, found `1` (CloudWatch: Invalid metric filter pattern)",
        "{ 1 = $.a }",
        "  ^",
    );
    bad(
        "{ $.a = $.b }",
        "expected a value, found `$.b` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a = $.b }",
        "        ^^^",
    );
}

#[test]
fn operators() {
    bad(
        "{ $.a }",
        "expected an operator, `IS` or `NOT EXISTS`, found `}` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a }",
        "      ^",
    );
    bad(
        "{ $.a == 1 }",
        "expected a value, found `=` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a == 1 }",
        "       ^",
    );
    bad(
        "{ $.a = }",
        "expected a value, found `}` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a = }",
        "        ^",
    );
    bad(
        "{ $.a <> 1 }",
        "expected a value, found `>` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a <> 1 }",
        "       ^",
    );
    bad(
        "{ $.a ! 1 }",
        "expected `!=`, found `!` (CloudWatch: Invalid character(s) in term '!')",
        "{ $.a ! 1 }",
        "      ^",
    );
    bad(
        r#"{ $.a > "5" }"#,
        r#"expected an unquoted number after `<`, `<=`, `>` or `>=`, found `"5"` (CloudWatch: Invalid character(s) in term '"5"')"#,
        r#"{ $.a > "5" }"#,
        "        ^^^",
    );
    bad(
        "{ $.a < abc }",
        "expected an unquoted number after `<`, `<=`, `>` or `>=`, found `abc` (CloudWatch: Invalid character(s) in term 'abc')",
        "{ $.a < abc }",
        "        ^^^",
    );
    bad(
        "{ $.a >= %5% }",
        "expected an unquoted number after `<`, `<=`, `>` or `>=`, found `%5%` (CloudWatch: Invalid character(s) in term '%5%')",
        "{ $.a >= %5% }",
        "         ^^^",
    );
}

#[test]
fn values() {
    bad(
        "{ $.a = null }",
        "expected a value, or `IS NULL`, found `null` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a = null }",
        "        ^^^^",
    );
    bad(
        "{ $.a != NULL }",
        "expected a value, or `IS NULL`, found `NULL` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a != NULL }",
        "         ^^^^",
    );
    bad(
        "{ $.a = 1e2147483648 }",
        "expected a number with an exponent of at most 32 bits, found `1e2147483648` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a = 1e2147483648 }",
        "        ^^^^^^^^^^^^",
    );
    bad(
        "{ $.a = Failed authentication }",
        "expected `&&`, `||` or `}`, found `authentication` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a = Failed authentication }",
        "               ^^^^^^^^^^^^^^",
    );
    bad(
        "{ $.a = b:c }",
        "expected quotes around a value with such a character, found `:` (CloudWatch: Invalid character(s) in term ':')",
        "{ $.a = b:c }",
        "         ^",
    );
    bad(
        "{ $.a = 'b' }",
        "expected quotes around a value with such a character, found `'` (CloudWatch: Invalid character(s) in term ''')",
        "{ $.a = 'b' }",
        "        ^",
    );
    bad(
        "{ $.a = “b” }",
        "expected straight quotes around a string, found `“` (CloudWatch: Invalid character(s) in term '“')",
        "{ $.a = “b” }",
        "        ^",
    );
    bad(
        r#"{ $.a = "b }"#,
        r#"expected `"` at the end of a string, found `"b ` (CloudWatch: Invalid character(s) in term '"b ')"#,
        r#"{ $.a = "b }"#,
        "        ^^^",
    );
    bad(
        r#"{ $.a = "b\" }"#,
        r#"expected `"` at the end of a string, found `"b\" ` (CloudWatch: Invalid character(s) in term '"b\" ')"#,
        r#"{ $.a = "b\" }"#,
        "        ^^^^^",
    );
    bad(
        "{ $.a = ${Name} }",
        "expected quotes around a parameter, found `${` (CloudWatch: Invalid character(s) in term '${')",
        "{ $.a = ${Name} }",
        "         ^",
    );
}

#[test]
fn keywords() {
    bad(
        "{ $.a IS NOT NULL }",
        "expected `NULL`, `TRUE` or `FALSE`, found `NOT` (CloudWatch: Invalid character(s) in term 'NOT')",
        "{ $.a IS NOT NULL }",
        "         ^^^",
    );
    bad(
        "{ $.a IS 5 }",
        "expected `NULL`, `TRUE` or `FALSE`, found `5` (CloudWatch: Invalid character(s) in term '5')",
        "{ $.a IS 5 }",
        "         ^",
    );
    bad(
        "{ $.a IS = 5 }",
        "expected `NULL`, `TRUE` or `FALSE`, found `=` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a IS = 5 }",
        "         ^",
    );
    bad(
        "{ $.a EXISTS }",
        "expected an operator, `IS` or `NOT EXISTS`, found `EXISTS` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a EXISTS }",
        "      ^^^^^^",
    );
    bad(
        "{ $.a NOT NULL }",
        "expected `EXISTS` after `NOT`, found `NULL` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a NOT NULL }",
        "          ^^^^",
    );
    bad(
        "{ $.invokedByNOT EXISTS }",
        "expected an operator, `IS` or `NOT EXISTS`, found `EXISTS` (CloudWatch: Invalid metric filter pattern)",
        "{ $.invokedByNOT EXISTS }",
        "                 ^^^^^^",
    );
}

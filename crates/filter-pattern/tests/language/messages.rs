//! Rejected patterns, each with its whole message.

use super::pattern_err;

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

#[test]
fn selectors() {
    bad(
        "{ $ = 2 }",
        "expected `.` and a name after `$`, found `$ ` (CloudWatch: Invalid character(s) in term '$ ')",
        "{ $ = 2 }",
        "   ^",
    );
    bad(
        "{ $eventName = 2 }",
        "expected `.` and a name after `$`, found `$e` (CloudWatch: Invalid character(s) in term '$e')",
        "{ $eventName = 2 }",
        "   ^",
    );
    bad(
        "{ $[0] = 2 }",
        "expected `.` and a name after `$`, found `$[` (CloudWatch: Invalid character(s) in term '$[')",
        "{ $[0] = 2 }",
        "   ^",
    );
    bad(
        "{ $['a.b'] = 2 }",
        "expected `.` and a name after `$`, found `$[` (CloudWatch: Invalid character(s) in term '$[')",
        "{ $['a.b'] = 2 }",
        "   ^",
    );
    bad(
        r#"{ $.["a.b"] = 2 }"#,
        r#"expected `'` around a name in brackets, found `$.["` (CloudWatch: Invalid character(s) in term '$.["')"#,
        r#"{ $.["a.b"] = 2 }"#,
        "     ^",
    );
    bad(
        "{ $.['a.b = 2 }",
        "expected `']` after a name in brackets, found the end (CloudWatch: Invalid metric filter pattern)",
        "{ $.['a.b = 2 }",
        "              ^",
    );
    bad(
        "{ $..a = 2 }",
        "expected a name, `*` or `['` after `.`, found `$..` (CloudWatch: Invalid character(s) in term '$..')",
        "{ $..a = 2 }",
        "    ^",
    );
    bad(
        "{ $.a. = 2 }",
        "expected a name, `*` or `['` after `.`, found `. ` (CloudWatch: Invalid character(s) in term '. ')",
        "{ $.a. = 2 }",
        "      ^",
    );
    bad(
        "{ $.a[-1] = 2 }",
        "expected an index or `*` after `[`, found `[-` (CloudWatch: Invalid character(s) in term '[-')",
        "{ $.a[-1] = 2 }",
        "      ^",
    );
    bad(
        "{ $.a[0:2] = 2 }",
        "expected `]` after an index or `*`, found `[0:` (CloudWatch: Invalid character(s) in term '[0:')",
        "{ $.a[0:2] = 2 }",
        "       ^",
    );
    bad(
        "{ $.a[] = 2 }",
        "expected an index or `*` after `[`, found `[]` (CloudWatch: Invalid character(s) in term '[]')",
        "{ $.a[] = 2 }",
        "      ^",
    );
    bad(
        "{ $.a[0 = 2 }",
        "expected `]` after an index or `*`, found `[0 ` (CloudWatch: Invalid character(s) in term '[0 ')",
        "{ $.a[0 = 2 }",
        "       ^",
    );
    bad(
        "{ $.a[99999999999999999999] = 2 }",
        "expected an index of 64 bits, found `99999999999999999999` (CloudWatch: Invalid metric filter pattern)",
        "{ $.a[99999999999999999999] = 2 }",
        "      ^^^^^^^^^^^^^^^^^^^^",
    );
    bad(
        "{ $.a[*].b[*] = 2 }",
        "expected at most one wildcard in a selector, found a second (CloudWatch: Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed per json selector.)",
        "{ $.a[*].b[*] = 2 }",
        "          ^^^",
    );
    bad(
        "{ $.*.* = 2 }",
        "expected at most one wildcard in a selector, found a second (CloudWatch: Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed per json selector.)",
        "{ $.*.* = 2 }",
        "     ^^",
    );
    bad(
        "{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }",
        "expected at most three different selectors with a wildcard, found a fourth",
        "{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }",
        "                                            ^^^^^^",
    );
}

#[test]
fn regexes() {
    bad(
        "{ $.a = %1% || $.a = %2% || $.a = %3% }",
        "expected at most two regular expressions, found a third (CloudWatch: Your input has exceeded the maximum of 2 regular expressions per filter pattern.)",
        "{ $.a = %1% || $.a = %2% || $.a = %3% }",
        "                                  ^^^",
    );
    bad(
        "{ $.a = %b( }",
        r"expected a regular expression of ASCII letters, digits, spaces and `:_#=@/;,-^$?[]{}|\*+.`, found `%b(` (CloudWatch: Invalid character(s) in term '%b(')",
        "{ $.a = %b( }",
        "        ^^^",
    );
    bad(
        "{ $.a = %b }",
        "expected `%` at the end of a regular expression, found the end (CloudWatch: Invalid metric filter pattern)",
        "{ $.a = %b }",
        "           ^",
    );
    bad(
        "{ $.a = %% }",
        r"expected a regular expression of ASCII letters, digits, spaces and `:_#=@/;,-^$?[]{}|\*+.`, found `%%` (CloudWatch: Invalid character(s) in term '%%')",
        "{ $.a = %% }",
        "        ^^",
    );
    bad(
        "%%",
        r"expected a regular expression of ASCII letters, digits, spaces and `:_#=@/;,-^$?[]{}|\*+.`, found `%%` (CloudWatch: Invalid character(s) in term '%%')",
        "%%",
        "^^",
    );
    bad(
        "%(ab)+%",
        r"expected a regular expression of ASCII letters, digits, spaces and `:_#=@/;,-^$?[]{}|\*+.`, found `%(` (CloudWatch: Invalid character(s) in term '%(')",
        "%(ab)+%",
        "^^",
    );
    bad(
        r"%\(%",
        r"expected a regular expression of ASCII letters, digits, spaces and `:_#=@/;,-^$?[]{}|\*+.`, found `%\(` (CloudWatch: Invalid character(s) in term '%\(')",
        r"%\(%",
        "^^^",
    );
    bad(
        "%café%",
        r"expected a regular expression of ASCII letters, digits, spaces and `:_#=@/;,-^$?[]{}|\*+.`, found `%café` (CloudWatch: Invalid character(s) in term '%café')",
        "%café%",
        "^^^^^",
    );
    bad(
        "%A% %B%",
        "expected nothing after the regular expression, found ` ` (CloudWatch: Invalid character(s) in term ' ')",
        "%A% %B%",
        "   ^",
    );
    bad(
        "%a++%",
        "expected something to repeat before a repetition operator, found `%a++%` (CloudWatch: Failed to compile regular expression.)",
        "%a++%",
        "^^^^^",
    );
    bad(
        "%[z-a]%",
        "expected the ends of a range in ascending order, found `%[z-a]%` (CloudWatch: Failed to compile regular expression.)",
        "%[z-a]%",
        "^^^^^^^",
    );
}

#[test]
fn terms() {
    bad(
        "ERR*",
        "expected quotes around a term with such a character, found `*` (CloudWatch: Invalid character(s) in term '*')",
        "ERR*",
        "   ^",
    );
    bad(
        "a@b",
        "expected quotes around a term with such a character, found `@` (CloudWatch: Invalid character(s) in term '@')",
        "a@b",
        " ^",
    );
    bad(
        "ERROR %WARN%",
        "expected quotes around a term with such a character, found `%` (CloudWatch: Invalid character(s) in term '%')",
        "ERROR %WARN%",
        "      ^",
    );
    bad(
        "?%WARN%",
        "expected quotes around a term with such a character, found `%` (CloudWatch: Invalid character(s) in term '%')",
        "?%WARN%",
        " ^",
    );
    bad(
        r#""""#,
        r#"expected a term that is not empty, found `""` (CloudWatch: Invalid character(s) in term '""')"#,
        r#""""#,
        "^^",
    );
    bad(
        r#"-"""#,
        r#"expected a term that is not empty, found `""` (CloudWatch: Invalid character(s) in term '""')"#,
        r#"-"""#,
        " ^^",
    );
    bad(
        r#""ERROR"#,
        r#"expected `"` at the end of a string, found `"ERROR` (CloudWatch: Invalid character(s) in term '"ERROR')"#,
        r#""ERROR"#,
        "^^^^^^",
    );
    bad(
        r#""ERROR"WARN"#,
        "expected a space after a quoted term, found `W` (CloudWatch: Invalid metric filter pattern)",
        r#""ERROR"WARN"#,
        "       ^",
    );
    bad(
        r#"ERROR"WARN""#,
        r#"expected a space before a quoted term, found `"` (CloudWatch: Invalid metric filter pattern)"#,
        r#"ERROR"WARN""#,
        "     ^",
    );
    bad(
        "-",
        "expected a term after `-` or `?`, found the end (CloudWatch: Invalid metric filter pattern)",
        "-",
        " ^",
    );
    bad(
        "ERROR ?",
        "expected a term after `-` or `?`, found the end (CloudWatch: Invalid metric filter pattern)",
        "ERROR ?",
        "       ^",
    );
    bad(
        "--a",
        "expected quotes around a term with such a character, found `-` (CloudWatch: Invalid character(s) in term '-')",
        "--a",
        " ^",
    );
}

#[test]
fn space_delimited() {
    bad(
        "[1a]",
        "expected the name of a field: letters, digits, `_`, `-` and `.`, no digit first, found `1a` (CloudWatch: Invalid character(s) in term '1a')",
        "[1a]",
        " ^^",
    );
    bad(
        "[a*]",
        "expected the name of a field: letters, digits, `_`, `-` and `.`, no digit first, found `a*` (CloudWatch: Invalid character(s) in term 'a*')",
        "[a*]",
        " ^^",
    );
    bad(
        "[a, a]",
        "expected each field once, found `a` again (CloudWatch: Duplicate field 'a')",
        "[a, a]",
        "    ^",
    );
    bad(
        "[..., ...]",
        "expected each field once, found `...` again (CloudWatch: Duplicate field '...')",
        "[..., ...]",
        "      ^^^",
    );
    bad(
        "[a == 1]",
        "expected a value, found `=` (CloudWatch: Invalid metric filter pattern)",
        "[a == 1]",
        "    ^",
    );
    bad(
        r#"[a>"1", b]"#,
        r#"expected an unquoted number after `<`, `<=`, `>` or `>=`, found `"1"` (CloudWatch: Invalid metric filter pattern)"#,
        r#"[a>"1", b]"#,
        "   ^^^",
    );
    bad(
        "[a=1 || b=2, b]",
        "expected only `a` in the condition of this field, found `b` (CloudWatch: Multiple variables used in a single filter. Var1 : a, Var2 : b)",
        "[a=1 || b=2, b]",
        "        ^",
    );
    bad(
        "[a b]",
        "expected an operator, `,` or `]`, found `b` (CloudWatch: Invalid metric filter pattern)",
        "[a b]",
        "   ^",
    );
    bad(
        "[a=1 b]",
        "expected `&&`, `||`, `,` or `]`, found `b` (CloudWatch: Invalid metric filter pattern)",
        "[a=1 b]",
        "     ^",
    );
    bad(
        "[=1]",
        "expected the name of a field, found `=` (CloudWatch: Invalid metric filter pattern)",
        "[=1]",
        " ^",
    );
    bad(
        "[(a=1, b]",
        "expected `&&`, `||` or `)`, found `,` (CloudWatch: Invalid metric filter pattern)",
        "[(a=1, b]",
        "     ^",
    );
    bad(
        r#"["a"]"#,
        r#"expected the name of a field, found `"a"` (CloudWatch: Invalid metric filter pattern)"#,
        r#"["a"]"#,
        " ^^^",
    );
    bad(
        "[a = 1 &&, b]",
        "expected the name of a field, found `,` (CloudWatch: Invalid metric filter pattern)",
        "[a = 1 &&, b]",
        "         ^",
    );
    bad(
        "[(... = 1)]",
        "expected the name of a field: letters, digits, `_`, `-` and `.`, no digit first, found `...` (CloudWatch: Invalid character(s) in term '...')",
        "[(... = 1)]",
        "  ^^^",
    );
    bad(
        "[a=%x%, b=%y%, c=%z%]",
        "expected at most two regular expressions, found a third (CloudWatch: Your input has exceeded the maximum of 2 regular expressions per filter pattern.)",
        "[a=%x%, b=%y%, c=%z%]",
        "                 ^^^",
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

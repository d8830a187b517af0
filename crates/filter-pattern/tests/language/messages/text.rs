//! Rejected regular expressions and terms.

use super::bad;

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
        "expected range bounds in ascending order, found `%[z-a]%` (CloudWatch: Failed to compile regular expression.)",
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

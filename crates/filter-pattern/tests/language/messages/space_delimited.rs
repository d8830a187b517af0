//! Rejected patterns of space-delimited fields.

use super::bad;

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

//! Rejected selectors of JSON patterns.

use super::bad;

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
        "expected an index that fits in 64 bits, found `99999999999999999999` (CloudWatch: Invalid metric filter pattern)",
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

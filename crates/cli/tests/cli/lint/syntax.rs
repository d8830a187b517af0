//! Findings in the text of a pattern: syntax, quotes, limits and terms.

use super::{finds, finds_nothing};

#[test]
fn a_text_that_is_not_a_pattern() {
    finds(
        r#"
syntax: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
{ $.errorCode == "AccessDenied" }
               ^
{ $.errorCode = "AccessDenied" }
"#,
    );
    finds(
        r"
syntax: expected `&&`, `||` or `}`, found `AND` (CloudWatch: Invalid metric filter pattern)
{ $.eventName = StopLogging AND $.errorCode NOT EXISTS }
                            ^^^
{ $.eventName = StopLogging && $.errorCode NOT EXISTS }
",
    );
    finds(
        r#"
syntax: expected straight quotes around a string, found `“` (CloudWatch: Invalid character(s) in term '“')
{ $.eventName = “StopLogging” }
                ^
{ $.eventName = "StopLogging" }
"#,
    );
    finds(
        r"
syntax: expected `.` and a name after `$`, found `$e` (CloudWatch: Invalid character(s) in term '$e')
{ $eventName = StopLogging }
   ^
{ $.eventName = StopLogging }
",
    );
    finds(
        r#"
syntax: expected `&&`, `||` or `)`, found `}` (CloudWatch: Invalid metric filter pattern)
{ ($.eventName = ConsoleLogin) && ($.responseElements.ConsoleLogin = "Success"}
                                                                              ^
{ ($.eventName = ConsoleLogin) && ($.responseElements.ConsoleLogin = "Success")}
"#,
    );
    finds(
        r"
syntax: expected an operator, `IS` or `NOT EXISTS`, found `EXISTS` (CloudWatch: Invalid metric filter pattern)
{ $.userIdentity.invokedByNOT EXISTS }
                              ^^^^^^
",
    );
    finds_nothing(&[r#"{ $.errorCode = "AccessDenied" }"#, "ERROR", ""]);
}

#[test]
fn a_value_without_the_quotes_that_it_needs() {
    finds(
        r#"
unquoted-value: expected `&&`, `||` or `)`, found `authentication` (CloudWatch: Invalid metric filter pattern)
{ ($.eventName = ConsoleLogin) && ($.errorMessage = Failed authentication) }
                                                           ^^^^^^^^^^^^^^
{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }
"#,
    );
    finds(
        r#"
unquoted-value: expected quotes around a value with such a character, found `:` (CloudWatch: Invalid character(s) in term ':')
{ $.userIdentity.arn = arn:aws:iam::111122223333:root || $.eventName = A }
                          ^
{ $.userIdentity.arn = "arn:aws:iam::111122223333:root" || $.eventName = A }
"#,
    );
    finds_nothing(&[
        r#"{ $.errorMessage = "Failed authentication" }"#,
        "{ $.eventSource = kms.amazonaws.com }",
        "{ $.sourceIPAddress = 10.* }",
    ]);
}

#[test]
fn more_than_the_language_allows() {
    finds(
        r#"
limit: expected at most one wildcard in a selector, found a second (CloudWatch: Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed per json selector.)
{ $.requestParameters.items[*].ranges[*].cidr = "0.0.0.0/0" }
                                     ^^^
"#,
    );
    finds(
        r"
limit: expected at most two regular expressions, found a third (CloudWatch: Your input has exceeded the maximum of 2 regular expressions per filter pattern.)
{ $.a = %x% || $.b = %x% || $.c = %x% }
                                  ^^^
",
    );
    finds_nothing(&[r#"{ $.requestParameters.items[*].cidr = "0.0.0.0/0" }"#]);
}

#[test]
fn terms_that_do_not_count() {
    finds(
        r"
ignored-term: ignored: a term with `?` counts only if every term of the pattern has it
ERROR ?timeout
      ^^^^^^^^
",
    );
    finds_nothing(&["?ERROR ?timeout", "ERROR -timeout"]);
}

#[test]
fn comparisons_that_are_terms() {
    finds(
        r#"
comparison-as-text: `$.eventName=` is searched for as text, and no field is compared; write the pattern in braces and without quotes around it: `{ $.name = value }`
"($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)}"
  ^^^^^^^^^^^^
{ ($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)}
"#,
    );
    finds(
        r#"
comparison-as-text: `$.errorCode not exists` is searched for as text, and no field is compared; write the pattern in braces and without quotes around it: `{ $.name = value }`
"{ $.errorCode not exists }"
   ^^^^^^^^^^^^^^^^^^^^^^
{ $.errorCode not exists }
"#,
    );
    finds(
        r#"
comparison-as-text: `$.userIdentity.type =` is searched for as text, and no field is compared; write the pattern in braces and without quotes around it: `{ $.name = value }`
"$.userIdentity.type = Root && $.a"
 ^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
comparison-as-text: `$.a[0] !=` is searched for as text, and no field is compared; write the pattern in braces and without quotes around it: `{ $.name = value }`
ERROR -"{ $.a[0] != 1 }"
          ^^^^^^^^^
"#,
    );
    finds_nothing(&[
        r#""$.errorCode""#,
        r#""costs $.50 = cheap""#,
        r#""$.a is""#,
        r#""a = $.b""#,
        r#""{ a = b }""#,
        r#"{ $.requestParameters.filterPattern = "*$.errorCode = *" }"#,
    ]);
}

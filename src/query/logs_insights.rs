//! The query language of CloudWatch Logs Insights.
//!
//! Source: CloudWatch Logs User Guide, "Supported logs and discovered fields" and "filter".
//!
//! * Field names are paths with dots, elements of arrays are numbers. A member name with a dot cannot be expressed, and
//!   there is no wildcard.
//! * JSON booleans have the values 1 and 0. There is no value for `null`.
//! * `!=` is true if the field is missing, so the translation also tests whether it is present.
//! * A number of a pattern is compared by value, so it is not quoted.

use crate::query::{Dialect, Unsupported, Value, ValueTest, condition};
use cloudwatch_filter_pattern::Expr;
use cloudwatch_filter_pattern::record::{Selector, Step};

/// The query language of CloudWatch Logs Insights.
#[derive(Clone, Copy, Debug)]
pub struct LogsInsights;

impl Dialect for LogsInsights {
    const AND: &'static str = " and ";
    const OR: &'static str = " or ";

    fn test(&self, selector: &Selector, test: &ValueTest<'_>) -> Result<String, Unsupported> {
        let field = field(selector)?;
        Ok(match test {
            ValueTest::Missing => format!("not ispresent({field})"),
            ValueTest::Present => format!("ispresent({field})"),
            ValueTest::True => format!("{field} = 1"),
            ValueTest::False => format!("{field} = 0"),
            ValueTest::Null => {
                return Err(Unsupported(
                    "Insights does not distinguish null from a missing field".to_owned(),
                ));
            }
            ValueTest::Ordering(operator, number) => {
                format!("{field} {} {number}", operator.as_str())
            }
            ValueTest::Equal(value) => comparison(&field, ["=", "like"], value),
            ValueTest::NotEqual(value) => {
                let differs = comparison(&field, ["!=", "not like"], value);
                format!("(ispresent({field}) and {differs})")
            }
        })
    }
}

/// The condition of a `filter` command that is true for the records that a JSON pattern matches.
///
/// # Errors
/// Logs Insights cannot express the pattern.
pub fn filter(expr: &Expr) -> Result<String, Unsupported> {
    condition(&LogsInsights, expr)
}

/// `operators` are those for whole values and for regular expressions.
fn comparison(field: &str, [equality, like]: [&str; 2], value: &Value<'_>) -> String {
    match value {
        Value::Number(number) => format!("{field} {equality} {number}"),
        Value::Text(text) => format!("{field} {equality} {}", quoted(text)),
        Value::Glob(pieces) => format!("{field} {like} /^{}$/", glob(pieces)),
        Value::Regex(regex) => format!("{field} {like} /{}/", escape_slashes(regex)),
    }
}

/// The name of a field: `a.b.0.c`, in backticks if it has other characters.
///
/// # Errors
/// The selector has a wildcard, or a name with a dot or backtick.
pub fn field(selector: &Selector) -> Result<String, Unsupported> {
    let names = selector.steps().iter().map(|step| match step {
        Step::Member(name) if name.contains(['.', '`']) => Err(Unsupported(format!(
            "Insights cannot name a field with a dot or backtick in its name, as in `{selector}`"
        ))),
        Step::Member(name) => Ok(name.to_string()),
        Step::Element(index) => Ok(index.to_string()),
        Step::Any => Err(Unsupported(format!(
            "Insights has no wildcard, as in `{selector}`"
        ))),
    });
    let name = names.collect::<Result<Vec<_>, _>>()?.join(".");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    Ok(if name.chars().all(is_plain) {
        name
    } else {
        format!("`{name}`")
    })
}

/// A string literal.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The pieces of a glob as a regular expression.
fn glob(pieces: &[&str]) -> String {
    let escape = |piece: &&str| {
        let mut escaped = String::new();
        for c in piece.chars() {
            let is_literal = c.is_ascii_alphanumeric() || "_- :,=@".contains(c) || !c.is_ascii();
            if !is_literal {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        escaped
    };
    let pieces: Vec<String> = pieces.iter().map(escape).collect();
    pieces.join(".*")
}

/// Escapes the slashes that are not escaped yet: one of them would end the literal `/.../`.
fn escape_slashes(regex: &str) -> String {
    let mut escaped = String::new();
    let mut after_backslash = false;
    for c in regex.chars() {
        if c == '/' && !after_backslash {
            escaped.push('\\');
        }
        after_backslash = c == '\\' && !after_backslash;
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use cloudwatch_filter_pattern::{FilterPattern, Language};

    #[track_caller]
    fn filter(pattern: &str) -> Result<String, String> {
        let pattern: FilterPattern = pattern.parse().unwrap();
        let Language::Json(expr) = pattern.language() else {
            panic!("not a JSON pattern");
        };
        super::filter(expr).map_err(|unsupported| unsupported.to_string())
    }

    #[test]
    fn patterns_are_translated() {
        for (pattern, expected) in [
            (
                r#"{ $.errorCode = "*" && $.eventSource = "kms.amazonaws.com" }"#,
                r#"ispresent(errorCode) and eventSource = "kms.amazonaws.com""#,
            ),
            (
                "{ ($.a = x || $.a = y*z) && $.b NOT EXISTS }",
                r#"(a = "x" or a like /^y.*z$/) and not ispresent(b)"#,
            ),
            ("{ $.a != \"q\\\"\" }", r#"(ispresent(a) and a != "q\"")"#),
            (
                "{ $.a != \"*-\u{e9}.\u{2014}\" }",
                "(ispresent(a) and a not like /^.*-\u{e9}\\.\u{2014}$/)",
            ),
            ("{ $.a IS TRUE || $.b IS FALSE }", "a = 1 or b = 0"),
            ("{ $.a[0].b > 5 }", "a.0.b > 5"),
            ("{ $.a-b = 5 }", "`a-b` = 5"),
            ("{ $.a = 1.5 }", "a = 1.5"),
            ("{ $.a = 012345678901 }", r#"a = "012345678901""#),
            ("{ $.a = 1E5 }", r#"a = "1E5""#),
            ("{ $.a = 1234567890123456 }", r#"a = "1234567890123456""#),
            ("{ $.a != 5 }", "(ispresent(a) and a != 5)"),
            ("{ $.a = %x/y% }", r"a like /x\/y/"),
            (r"{ $.a = %x\/y% }", r"a like /x\/y/"),
            (r"{ $.a = %x\\/y% }", r"a like /x\\\/y/"),
            (
                r"{ $.a != %x\/y% }",
                r"(ispresent(a) and a not like /x\/y/)",
            ),
        ] {
            assert_eq!(filter(pattern).as_deref(), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn what_cannot_be_expressed_is_an_error() {
        for (pattern, reason) in [
            ("{ $.a[*].b = c }", "wildcard"),
            ("{ $.a IS NULL }", "null"),
            ("{ $.['a.b'] = x }", "dot"),
            ("{ $.['a`b'] = x }", "backtick"),
        ] {
            let error = filter(pattern).unwrap_err();
            assert!(error.contains(reason), "{pattern}: {error}");
        }
    }
}

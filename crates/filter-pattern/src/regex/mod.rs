//! `%...%`: the regular expressions of the pattern language.
//!
//! The language has classes, anchors, `|` and repetition, but no groups. Most of it means the same in the `regex` crate. An
//! expression is checked, translated for that crate, and compiled. Matching takes linear time.

mod translator;

use std::fmt;

use self::translator::{TOO_LARGE, Translator};
use crate::error::PatternErrorKind;

/// Maximum size of a compiled expression in bytes: four times the size of `\W`, the largest class, repeated a thousand
/// times (measured with regex 1.13).
const MAX_COMPILED: usize = 4 << 20;

/// A regular expression. It is case-sensitive and not anchored.
///
/// Two expressions are equal if their spelling is.
#[derive(Clone)]
pub struct Regex {
    body: Box<str>,
    compiled: regex::Regex,
}

impl Regex {
    /// Compiles an expression without its `%`.
    pub(crate) fn new(body: &str) -> Result<Self, PatternErrorKind> {
        check_characters(body)?;
        let failed = |expected| PatternErrorKind::Regex {
            expected,
            found: format!("%{body}%"),
        };
        let translated = Translator::new(body).translate().map_err(failed)?;
        let compiled = regex::RegexBuilder::new(&translated)
            .size_limit(MAX_COMPILED)
            .build()
            .map_err(|_| failed(TOO_LARGE))?;
        Ok(Self {
            body: body.into(),
            compiled,
        })
    }

    /// The expression without its `%`.
    pub fn as_str(&self) -> &str {
        &self.body
    }

    /// Whether a part of the text matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.body == other.body
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Regex({self})")
    }
}

impl fmt::Display for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}%", self.body)
    }
}

fn check_characters(body: &str) -> Result<(), PatternErrorKind> {
    let expected =
        "a regular expression of ASCII letters, digits, spaces and `:_#=@/;,-^$?[]{}|\\*+.`";
    if body.is_empty() {
        return Err(PatternErrorKind::InvalidCharacters {
            expected,
            term: "%%".to_owned(),
        });
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || " :_#=@/;,-^$?[]{}|\\*+.".contains(c);
    match body.char_indices().find(|&(_, c)| !allowed(c)) {
        None => Ok(()),
        Some((at, c)) => {
            let term = format!("%{}", &body[..at + c.len_utf8()]);
            Err(PatternErrorKind::InvalidCharacters { expected, term })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn regex(body: &str) -> Regex {
        Regex::new(body).expect("the expression compiles")
    }

    #[track_caller]
    fn fails(body: &str, expected: &str) {
        let kind = Regex::new(body).expect_err("the expression does not compile");
        assert_eq!(
            kind.to_string(),
            format!(
                "expected {expected}, found `%{body}%` (CloudWatch: Failed to compile regular expression.)"
            )
        );
    }

    #[test]
    fn classes_are_ascii() {
        assert!(!regex("\\d").is_match("٣"));
        assert!(!regex("\\w").is_match("é"));
        assert!(regex("\\W").is_match("é"));
        assert!(!regex("\\s").is_match("\u{a0}"));
        assert!(regex("[\\d_]+x").is_match("1_x"));
        assert!(regex("[^\\D]").is_match("a1"));
        assert!(!regex("[^\\D]").is_match("ab"));
    }

    #[test]
    fn what_means_more_to_the_crate_is_literal() {
        assert!(regex("[+--]").is_match(","));
        assert!(regex("[[]").is_match("["));
        assert!(regex("[]]").is_match("]"));
        assert!(regex("[a-]").is_match("-"));
        assert!(regex("x]").is_match("x]"));
        assert!(regex("a}").is_match("a}"));
        assert!(regex("\\x28\\x29").is_match("()"));
        assert!(regex("\\x25").is_match("100%"));
        assert!(regex("\\#\\ \\@").is_match("# @"));
    }

    #[test]
    fn an_expression_that_makes_no_sense_says_why() {
        fails("*a", "something to repeat before a repetition operator");
        fails("a|+", "something to repeat before a repetition operator");
        fails("a++", "something to repeat before a repetition operator");
        fails(
            "a{2}{3}",
            "something to repeat before a repetition operator",
        );
        fails("a+??", "something to repeat before a repetition operator");
        fails("a{,3}", "a repetition such as `{2}`, `{2,}` or `{2,5}`");
        fails("a{1, 3}", "a repetition such as `{2}`, `{2,}` or `{2,5}`");
        fails("a{1", "a repetition such as `{2}`, `{2,}` or `{2,5}`");
        fails("a{3,2}", "the counts of a repetition in ascending order");
        fails("a{99999999999}", "a smaller regular expression");
        fails("[z-a]", "range bounds in ascending order");
        fails("[a-\\d]", "a single character at the end of a range");
        fails("[abc", "`]` at the end of a class");
        fails("[]", "`]` at the end of a class");
        fails("a\\", "a character after `\\`");
        fails("\\p", "one of `dDsSwWx` or a symbol after `\\`");
        fails("\\bx", "one of `dDsSwWx` or a symbol after `\\`");
        fails("\\x2", "two hexadecimal digits after `\\x`");
        fails(&"\\W{999}".repeat(8), "a smaller regular expression");
    }
}

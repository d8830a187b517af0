//! The filter pattern language of CloudWatch Logs: `{ $.eventName = "ConsoleLogin" && $.errorCode NOT EXISTS }`.
//!
//! In comes the text of a pattern, out comes a [`FilterPattern`]: the syntax tree, with the place of everything in the
//! text, or a [`PatternError`] that points at what is wrong. A [`PatternSet`] is many of them, compiled to be asked
//! together about one log event; an [`Extractor`] says what one of them finds in a message, an [`Explanation`] why it
//! matches. What is promised: no text makes the parser or the matcher panic or recurse deeply, what parses prints
//! ([`Display`](std::fmt::Display)) as a pattern that parses to an equal tree, and matching allocates nothing, once the
//! regular expressions have warmed up.
//!
//! ```
//! use cloudwatch_filter_pattern::FilterPattern;
//!
//! let pattern: FilterPattern = r#"{ $.errorCode = "*Denied" || $.responseElements.ConsoleLogin = Failure }"#.parse()?;
//! assert!(pattern.matches(r#"{"errorCode": "AccessDenied"}"#));
//! assert!(!pattern.matches(r#"{"errorCode": null}"#));
//!
//! let error = "{ $.errorCode == AccessDenied }".parse::<FilterPattern>().unwrap_err();
//! assert_eq!(error.span(), 15..16);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Grammar
//!
//! ```text
//! pattern  = ""                                        matches every message
//!          | "{" or "}"                                JSON
//!          | "[" [ field { "," field } ] "]"           space-delimited
//!          | regex                                     the whole message is searched
//!          | term { term }                             every term must occur
//! or       = and { "||" and }
//! and      = prim { "&&" prim }
//! prim     = "(" or ")" | test
//! test     = selector ( cmp value | "IS" ( "NULL" | "TRUE" | "FALSE" ) | "NOT" "EXISTS" )
//! cmp      = "=" | "!=" | "<" | "<=" | ">" | ">="
//! selector = "$" member { member | "[" digits "]" | "[*]" }
//! member   = "." ( name | "*" | "['" text "']" )
//! value    = number | word | quoted | regex
//! field    = "" | "..." | name | or                    with `name cmp value` for a test, all of one name
//! term     = [ "-" | "?" ] ( word | quoted )
//! quoted   = '"' { char | "\" char | parameter } '"'
//! parameter = "${" ( letter | digit ) { letter | digit } "}"
//! regex    = "%" char { char } "%"
//! ```
//!
//! White space may stand between any two tokens; `IS`, `NOT` and their like are not case-sensitive, all else is.
//! `*` in a word or a quoted string is a wildcard, except in terms. A [`Parameter`](Part::Parameter) is ours; the rest
//! is CloudWatch's. In a quoted string `\${` is the text `${`.
//!
//! # Scope
//!
//! The meaning is that of CloudWatch, as its documentation states it and as recorded answers of `TestMetricFilter`
//! show it (`tests/vectors/`); where the two differ the recordings count. Some consequences surprise:
//!
//! * `!=` is false where the field is missing, null, a boolean, an object or an array.
//! * `= *` means "is a string or a number"; `= true` never means the JSON boolean, which only `IS TRUE` does.
//! * Through a wildcard selector `!=` means "the container exists, and no element equals".
//! * A message that is not one whole JSON object matches no JSON pattern, not even with `NOT EXISTS`.
//! * The last field of a space-delimited pattern takes the rest of the line.
//!
//! Where CloudWatch is silent, or was seen to do what its documentation gives no reason to expect, this module decides:
//!
//! * `*` is a true glob, also in the middle of a text: what a reader expects matches. (In 2019 the service was seen to
//!   search the pieces between the stars leftmost first, without going back.)
//! * White space round the whole pattern is dropped, since heredocs leave some.
//! * `""` in a comparison is accepted and equals the empty string; `{ }` is refused.
//! * A backslash makes the character after it literal, whichever it is, but `*` stays a wildcard.
//! * Words and names may hold letters and digits of any script; `is`, `not` and `exists` may be values.
//! * The names of one field's condition may differ in case, as an example of the documentation has it.
//! * Integers are compared exactly, however long.
//! * Of the three selectors with a wildcard that a pattern may have, one that stands several times counts once.

mod ast;
mod display;
mod error;
mod explanation;
mod extraction;
pub mod glob;
mod implication;
mod index;
mod lexer;
mod matcher;
mod number;
pub mod parameter;
mod parser;
pub mod record;
mod regex;
mod space_delimited;
mod terms;
mod text;

use std::collections::BTreeMap;

pub use self::regex::Regex;
pub use ast::{Comparison, Condition, Expr, Keyword, Language, Operand, Operator, Spanned, Test};
pub use error::{PatternError, PatternErrorKind};
pub use explanation::{Clause, Explanation, Observation, Obstacle};
pub use extraction::Extractor;
pub use matcher::PatternSet;
pub use number::Number;
pub use parameter::UnboundParameter;
pub use parser::MAX_DEPTH;
pub use space_delimited::{Field, SpaceDelimited};
pub use terms::{Role, Term, Terms};
pub use text::{Part, Text};

use crate::record::Selectors;

/// Longest pattern in characters: the limit of `filterPattern` in every CloudWatch Logs API.
pub const MAX_LENGTH: usize = 1024;

/// A parsed filter pattern.
///
/// Two patterns are equal if their syntax trees are: white space, the quotes round a word and needless parentheses make
/// no difference.
#[derive(Clone, Debug)]
pub struct FilterPattern {
    source: Box<str>,
    language: Language,
}

impl FilterPattern {
    /// The text that was parsed, unchanged; all spans are byte offsets into it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Which of the languages the pattern is written in, and what it says.
    pub fn language(&self) -> &Language {
        &self.language
    }

    /// Whether one message matches.
    ///
    /// For tools and tests: it compiles the pattern anew each time. Many messages are a [`PatternSet`]'s business.
    pub fn matches(&self, message: &str) -> bool {
        let mut selectors = Selectors::default();
        let set = PatternSet::new(std::slice::from_ref(self), &mut selectors);
        let mut reader = selectors.into_reader();
        set.matches_one(0, message, reader.read(message).ok())
    }

    /// Why one message matches, or does not.
    pub fn explain(&self, message: &str) -> Explanation {
        Explanation::new(self, message)
    }

    /// What `aws logs test-metric-filter` calls `extractedValues`; empty where the message does not match.
    ///
    /// * JSON: each selector of the pattern and the value it selects, `{"$.errorCode": "AccessDenied"}`. A selector that
    ///   selects nothing is left out.
    /// * Space-delimited: `{"$status": "404"}` for named fields; tokens without a name, those below `...` and all tokens
    ///   of `[]` go by their place in the message, from `$1` (examples of `TestMetricFilter` in the API reference).
    /// * Terms, regexes and the empty pattern extract nothing.
    ///
    /// What the documentation leaves open, and is decided here: null, objects and arrays are given as their JSON text,
    /// numbers as the text that a pattern compares, and a wildcard selector gives its first value.
    ///
    /// It compiles the pattern anew each time; many messages are an [`Extractor`]'s business.
    pub fn extracted_values(&self, message: &str) -> BTreeMap<String, String> {
        Extractor::new(self).extract(message).unwrap_or_default()
    }
}

impl PartialEq for FilterPattern {
    fn eq(&self, other: &Self) -> bool {
        self.language == other.language
    }
}

//! The filter pattern language of Amazon CloudWatch Logs: parse, match, explain and compare patterns.
//!
//! ```
//! use cloudwatch_filter_pattern::FilterPattern;
//!
//! let pattern: FilterPattern = r#"{ $.level = "ERROR" && $.status >= 500 }"#.parse()?;
//! assert!(pattern.matches(r#"{"level": "ERROR", "status": 503}"#));
//! assert!(!pattern.matches(r#"{"level": "ERROR", "status": null}"#));
//!
//! let error = "{ $.level == ERROR }".parse::<FilterPattern>().unwrap_err();
//! assert_eq!(error.span(), 11..12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! * [`FilterPattern`] is a parsed pattern, with the position of each node of its syntax tree. It can
//!   [match](FilterPattern::matches) one message, [explain](FilterPattern::explain) the result, and prove that it
//!   [implies](FilterPattern::implies) another pattern.
//! * [`PatternError`] is the reason why a text is not a pattern, and its position.
//! * [`PatternSet`] matches many patterns with many messages.
//! * [`Extractor`] returns the values that `TestMetricFilter` calls `extractedValues`.
//! * [`record`] reads selected fields of JSON objects.
//! * [`excerpt`] shows parts of an input in error messages.
//!
//! The parser and the matcher do not panic and do not recurse deeply, for any input. A pattern
//! [prints](std::fmt::Display) as a pattern that parses to an equal tree. A [`PatternSet`] does not allocate, except for
//! the caches of regular expressions.
//!
//! # Grammar
//!
//! ```text
//! pattern   = ""                                        matches every message
//!           | "{" or "}"                                JSON
//!           | "[" [ field { "," field } ] "]"           space-delimited
//!           | regex                                     is searched for in the whole message
//!           | term { term }                             terms
//! or        = and { "||" and }
//! and       = prim { "&&" prim }
//! prim      = "(" or ")" | test
//! test      = selector ( cmp value | "IS" ( "NULL" | "TRUE" | "FALSE" ) | "NOT" "EXISTS" )
//! cmp       = "=" | "!=" | "<" | "<=" | ">" | ">="
//! selector  = "$" member { member | "[" digits "]" | "[*]" }
//! member    = "." ( name | "*" | "['" text "']" )
//! value     = number | word | quoted | regex
//! field     = "" | "..." | name | or                    with `name cmp value` as test, each with the same name
//! term      = [ "-" | "?" ] ( word | quoted )
//! quoted    = '"' { char | "\" char | parameter } '"'
//! parameter = "${" ( letter | digit ) { letter | digit } "}"
//! regex     = "%" char { char } "%"
//!
//! name      = name_char { name_char }                   name_char: letter, digit, "_", "-"
//! word      = word_char { word_char }                   word_char: name_char, ".", "+", "*"
//! number    = [ "+" | "-" ] ( digits [ "." digits ] | "." digits ) [ ( "e" | "E" ) [ "+" | "-" ] digits ]
//! digits    = digit { digit }
//! ```
//!
//! * White space (space, tab, carriage return, newline) is allowed between tokens.
//! * `IS`, `NOT`, `EXISTS`, `NULL`, `TRUE` and `FALSE` are not case-sensitive. Everything else is.
//! * A word of a term has only letters, digits, `_` and `.`. The name of a field can also have `.`, and does not start with
//!   a digit.
//! * `<`, `<=`, `>` and `>=` require a number.
//! * In a quoted string, a backslash makes the next character literal. `\${` is the text `${`.
//! * A regular expression has ASCII letters, digits, spaces and ``:_#=@/;,-^$?[]{}|\*+.``. It supports classes, `.`, `^`,
//!   `$`, `|`, `?`, `*`, `+`, `{n,m}`, lazy repetition, and the escapes `\d`, `\s`, `\w`, `\D`, `\S`, `\W` (all ASCII) and
//!   `\xhh`. There are no groups.
//! * A [`parameter`] is an extension of this crate. Everything else is CloudWatch's language.
//!
//! The limits are [`MAX_LENGTH`], [`MAX_DEPTH`], [`MAX_REGEXES`] and [`MAX_WILDCARDS`], and one wildcard for each selector.
//!
//! # Meaning
//!
//! | test | is true if the selected value is |
//! |---|---|
//! | `= text` | a string, or the text of a number, that matches; `*` in the text matches any characters |
//! | `!= text` | a string, or the text of a number, that does not match |
//! | `= number` | an equal number, or a string with the same spelling |
//! | `< number` and others | a number |
//! | `= %regex%` | a string, or the text of a number, with a part that matches |
//! | `IS NULL` | `null`, or an array with a direct element `null` |
//! | `IS TRUE`, `IS FALSE` | that boolean |
//! | `NOT EXISTS` | missing |
//!
//! If a selector has a wildcard, one of the selected values is enough.
//!
//! A space-delimited pattern has one field for each token of the message. Tokens are separated by white space; `"..."` and
//! `[...]` are one token each. A field with tests accepts only tokens for which they are true.
//!
//! A term `word` must occur in the message, `-word` must not. Of terms `?word`, at least one must occur; if there are other
//! terms too, they are ignored. `*` has no special meaning in a term.
//!
//! # Agreement with CloudWatch
//!
//! The meaning follows the CloudWatch documentation and recorded answers of `TestMetricFilter`. If they disagree, it follows
//! the recordings. Often surprising:
//!
//! * `!=` is false if the field is missing, null, a boolean, an object or an array.
//! * `= *` is true for every string and number. `= true` is not true for the JSON boolean; `IS TRUE` is.
//! * Through a wildcard, `!=` is true if the container exists and no value in it is equal.
//! * A message that is not one whole JSON object matches no JSON pattern, not even `NOT EXISTS`.
//! * The last field of a space-delimited pattern takes the rest of the line.
//!
//! This crate makes a choice if CloudWatch's behavior is unknown, or was recorded once and contradicts the documentation:
//!
//! * `*` is a full glob, also in the middle of a text. (In recordings of 2019, CloudWatch matches each piece between two
//!   stars at its first occurrence only.)
//! * White space around the pattern is ignored.
//! * `""` in a comparison is accepted and equals the empty string. `{ }` is rejected.
//! * A backslash makes any next character literal, except that `*` remains a wildcard.
//! * Words and names can have letters and digits of any script. `is`, `not` and `exists` can be values.
//! * The names in one field's condition can differ in case, as in an example of the documentation.
//! * Integers of any length are compared exactly.
//! * A selector with a wildcard that a pattern uses several times counts once for [`MAX_WILDCARDS`].

mod ast;
mod comparison;
mod compiled_test;
mod display;
mod error;
pub mod excerpt;
mod explanation;
mod expression;
mod extraction;
mod frequency;
pub mod glob;
mod implication;
mod index;
mod limits;
mod number;
mod number_text;
pub mod parameter;
mod parser;
mod pattern;
mod pattern_set;
pub mod record;
mod regex;
mod space_delimited;
mod span;
mod terms;
mod text;
mod tokens;
mod trigger;

pub use self::regex::Regex;
pub use ast::{Comparison, Condition, Keyword, Operand, Operator, Test};
pub use error::{PatternError, PatternErrorKind};
pub use explanation::{Clause, Explanation, Observation, Obstacle};
pub use expression::Expr;
pub use extraction::Extractor;
pub use frequency::{DefaultFrequencies, EstimateFrequency, Frequency};
pub use limits::{MAX_DEPTH, MAX_LENGTH, MAX_REGEXES, MAX_WILDCARDS};
pub use number::Number;
pub use number_text::java_double;
pub use parameter::UnboundParameter;
pub use pattern::{FilterPattern, Language};
pub use pattern_set::PatternSet;
pub use space_delimited::{Field, SpaceDelimited};
pub use span::Spanned;
pub use terms::{Role, Term, Terms};
pub use text::{Part, Text};

/// Runs the examples of the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

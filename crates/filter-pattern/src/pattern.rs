//! Parsed patterns.

use crate::expression::Expr;
use crate::regex::Regex;
use crate::space_delimited::SpaceDelimited;
use crate::span::Spanned;
use crate::terms::Terms;

/// A parsed filter pattern.
///
/// Two patterns are equal if their syntax trees are equal: white space, quotes around a word and unnecessary parentheses
/// make no difference.
#[derive(Clone, Debug)]
pub struct FilterPattern {
    pub(crate) source: Box<str>,
    pub(crate) language: Language,
}

impl FilterPattern {
    /// The text that was parsed, unchanged. All spans are byte ranges of it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The language of the pattern, with its syntax tree.
    pub fn language(&self) -> &Language {
        &self.language
    }
}

impl PartialEq for FilterPattern {
    fn eq(&self, other: &Self) -> bool {
        self.language == other.language
    }
}

/// The languages of patterns. The first character of a pattern decides which one it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Language {
    /// The empty pattern: every message matches.
    Everything,
    /// `{ $.level = ERROR }`: the message is a JSON object.
    Json(Expr),
    /// `ERROR -timeout`: the message is text.
    Terms(Terms),
    /// `[ip, ..., status = 4*]`: the message is a line of fields.
    SpaceDelimited(SpaceDelimited),
    /// `%timeout|refused%`: the message is text.
    Regex(Spanned<Regex>),
}

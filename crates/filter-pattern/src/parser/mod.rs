//! The parser: recursive descent, with one function for each production of the [grammar](crate#grammar).

mod fields;
mod lexer;
mod productions;
mod terms;

use std::str::FromStr;

use self::lexer::{Lexer, Token, is_space};
use self::productions::Parser;
use crate::error::{PatternError, PatternErrorKind};
use crate::expression::Expr;
use crate::limits::MAX_LENGTH;
use crate::pattern::{FilterPattern, Language};
use crate::record::Selector;
use crate::span::Spanned;

impl FromStr for FilterPattern {
    type Err = PatternError;

    fn from_str(source: &str) -> Result<Self, PatternError> {
        let start = source.len() - source.trim_start_matches(is_space).len();
        let pattern = source.trim_matches(is_space);
        let end = start + pattern.len();
        let error = |kind, span| Err(PatternError::new(kind, span, source));
        if let Some((excess, _)) = pattern.char_indices().nth(MAX_LENGTH) {
            let length = pattern.chars().count();
            return error(PatternErrorKind::TooLong { length }, start + excess..end);
        }
        let close = match pattern.chars().next() {
            Some('{') => Some(('{', '}')),
            Some('[') => Some(('[', ']')),
            Some('%') => Some(('%', '%')),
            _ => None,
        };
        if let Some((open, close)) = close
            && (pattern.len() == 1 || !pattern.ends_with(close))
        {
            let found = pattern.chars().next_back().unwrap_or(open);
            let kind = PatternErrorKind::Unclosed { open, close, found };
            return error(kind, end..end);
        }
        let language = match close {
            None if pattern.is_empty() => Language::Everything,
            None => Language::Terms(terms::parse(Lexer::new(source, start..end))?),
            Some(('{', _)) => Language::Json(json(Lexer::new(source, start + 1..end - 1))?),
            Some(('[', _)) => {
                let inside = Lexer::new(source, start + 1..end - 1);
                Language::SpaceDelimited(fields::parse(Parser::new(inside)?)?)
            }
            Some(_) => regex(Lexer::new(source, start..end))?,
        };
        Ok(Self {
            source: source.into(),
            language,
        })
    }
}

/// Parses a selector as a pattern spells it: `$.user.name`.
impl FromStr for Selector {
    type Err = PatternError;

    fn from_str(source: &str) -> Result<Self, PatternError> {
        let mut lexer = Lexer::new(source, 0..source.len());
        if !source.starts_with('$') {
            return Err(lexer.unexpected("a selector such as `$.eventName`", 0..source.len()));
        }
        let selector = lexer.selector()?;
        match lexer.rest() {
            "" => Ok(selector),
            _ => Err(lexer.unexpected(
                "`.`, `[` or the end of the selector",
                lexer.at()..source.len(),
            )),
        }
    }
}

fn json(inside: Lexer<'_>) -> Result<Expr, PatternError> {
    let mut parser = Parser::new(inside)?;
    let expr = parser.or(Parser::test)?;
    if parser.token.node == Token::End {
        Ok(expr)
    } else {
        Err(parser.unexpected("`&&`, `||` or `}`"))
    }
}

fn regex(mut whole: Lexer<'_>) -> Result<Language, PatternError> {
    let start = whole.at();
    let regex = whole.regex()?;
    if whole.rest().is_empty() {
        Ok(Language::Regex(Spanned::new(regex, start..whole.at())))
    } else {
        Err(whole.invalid_character("nothing after the regular expression", whole.at()))
    }
}

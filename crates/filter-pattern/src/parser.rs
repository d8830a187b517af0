//! From tokens to the tree: recursive descent, one function for each production of the grammar in [`super`].

use std::str::FromStr;

use super::lexer::{Lexer, Token, is_blank};
use super::{
    Comparison, Condition, Expr, FilterPattern, Keyword, Language, MAX_LENGTH, Number, Operand,
    PatternError, PatternErrorKind, SpaceDelimited, Spanned, Terms, Test, Text, number,
};
use crate::record::Selector;

/// How deep parentheses may be nested. CloudWatch states no limit, and nobody deployed more than four; ours keeps the
/// parser, and whoever walks the tree, from overflowing the stack.
pub const MAX_DEPTH: usize = 128;

/// Regular expressions in a JSON or space-delimited pattern ("Metric filter syntax" in the CloudWatch Logs user guide).
const MAX_REGEXES: usize = 2;

/// Different selectors with a wildcard in a JSON pattern (the same page). Whether CloudWatch counts one that stands twice
/// twice is not known; a pattern that it accepts must load here.
const MAX_WILDCARDS: usize = 3;

impl FromStr for FilterPattern {
    type Err = PatternError;

    fn from_str(source: &str) -> Result<Self, PatternError> {
        let start = source.len() - source.trim_start_matches(is_blank).len();
        let pattern = source.trim_matches(is_blank);
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
            None => Language::Terms(Terms::parse(Lexer::new(source, start..end))?),
            Some(('{', _)) => Language::Json(json(Lexer::new(source, start + 1..end - 1))?),
            Some(('[', _)) => {
                let inside = Lexer::new(source, start + 1..end - 1);
                Language::SpaceDelimited(SpaceDelimited::parse(Parser::new(inside)?)?)
            }
            Some(_) => regex(Lexer::new(source, start..end))?,
        };
        Ok(Self {
            source: source.into(),
            language,
        })
    }
}

/// Reads a selector as it stands in a pattern: `$.userIdentity.type`.
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

/// The tokens that are still to come, one of them seen.
#[derive(Debug)]
pub(super) struct Parser<'p> {
    lexer: Lexer<'p>,
    pub(super) token: Spanned<Token<'p>>,
    depth: usize,
    regexes: usize,
    /// The selectors with a wildcard so far, each once.
    wildcards: Vec<Selector>,
}

/// The production of a single test, for which JSON and space-delimited patterns differ.
type Production<'p, T> = fn(&mut Parser<'p>) -> Result<T, PatternError>;

impl<'p> Parser<'p> {
    pub(super) fn new(mut lexer: Lexer<'p>) -> Result<Self, PatternError> {
        let token = lexer.next_token()?;
        Ok(Self {
            lexer,
            token,
            depth: 0,
            regexes: 0,
            wildcards: Vec::new(),
        })
    }

    /// The token at hand; the next one is at hand after it.
    pub(super) fn advance(&mut self) -> Result<Spanned<Token<'p>>, PatternError> {
        let next = self.lexer.next_token()?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn take(&mut self, token: &Token<'_>) -> Result<bool, PatternError> {
        let found = self.token.node == *token;
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// The text behind the token at hand.
    pub(super) fn behind_token(&self) -> &'p str {
        self.lexer.rest().trim_start_matches(is_blank)
    }

    /// The error that the token at hand is not what `expected` says.
    pub(super) fn unexpected(&self, expected: &'static str) -> PatternError {
        self.lexer.unexpected(expected, self.token.span.clone())
    }

    /// The error that something before the token at hand is not what `expected` says.
    pub(super) fn unexpected_at<T>(&self, expected: &'static str, at: &Spanned<T>) -> PatternError {
        self.lexer.unexpected(expected, at.span.clone())
    }

    /// The same, where CloudWatch quotes what it found.
    pub(super) fn invalid<T>(&self, expected: &'static str, found: &Spanned<T>) -> PatternError {
        let term = self.lexer.text(found.span.clone()).to_owned();
        self.error(
            PatternErrorKind::InvalidCharacters { expected, term },
            found,
        )
    }

    pub(super) fn error<T>(&self, kind: PatternErrorKind, at: &Spanned<T>) -> PatternError {
        self.lexer.error(kind, at.span.clone())
    }

    pub(super) fn or<T>(&mut self, test: Production<'p, T>) -> Result<Expr<T>, PatternError> {
        let mut operands = vec![self.and(test)?];
        while self.take(&Token::Or)? {
            operands.push(self.and(test)?);
        }
        Ok(Expr::or(operands))
    }

    fn and<T>(&mut self, test: Production<'p, T>) -> Result<Expr<T>, PatternError> {
        let mut operands = vec![self.prim(test)?];
        while self.take(&Token::And)? {
            operands.push(self.prim(test)?);
        }
        Ok(Expr::and(operands))
    }

    fn prim<T>(&mut self, test: Production<'p, T>) -> Result<Expr<T>, PatternError> {
        if self.token.node != Token::Open {
            return test(self).map(Expr::Test);
        }
        if self.depth == MAX_DEPTH {
            return Err(self.error(PatternErrorKind::TooDeep, &self.token));
        }
        self.advance()?;
        self.depth += 1;
        let inner = self.or(test)?;
        self.depth -= 1;
        if self.take(&Token::Close)? {
            Ok(inner)
        } else {
            Err(self.unexpected("`&&`, `||` or `)`"))
        }
    }

    fn test(&mut self) -> Result<Test, PatternError> {
        let Token::Selector(selector) = &self.token.node else {
            return Err(self.unexpected("a selector such as `$.eventName`"));
        };
        let selector = selector.clone();
        if selector.has_wildcard() && !self.wildcards.contains(&selector) {
            if self.wildcards.len() == MAX_WILDCARDS {
                return Err(self.error(PatternErrorKind::TooManyWildcards, &self.token));
            }
            self.wildcards.push(selector.clone());
        }
        let selector = Spanned::new(selector, self.advance()?.span);
        let condition = self.condition()?;
        Ok(Test {
            selector,
            condition,
        })
    }

    fn condition(&mut self) -> Result<Spanned<Condition>, PatternError> {
        let start = self.token.span.start;
        if self.is_word("IS") {
            self.advance()?;
            let Some(keyword) = self.keyword() else {
                let expected = "`NULL`, `TRUE` or `FALSE`";
                return Err(match self.token.node {
                    Token::Word(_) => self.invalid(expected, &self.token),
                    _ => self.unexpected(expected),
                });
            };
            let end = self.advance()?.span.end;
            return Ok(Spanned::new(Condition::Is(keyword), start..end));
        }
        if self.is_word("NOT") {
            self.advance()?;
            if !self.is_word("EXISTS") {
                return Err(self.unexpected("`EXISTS` after `NOT`"));
            }
            let end = self.advance()?.span.end;
            return Ok(Spanned::new(Condition::NotExists, start..end));
        }
        let comparison = self.comparison("an operator, `IS` or `NOT EXISTS`")?;
        if comparison.orders_no_number() {
            let expected = "an unquoted number after `<`, `<=`, `>` or `>=`";
            return Err(self.invalid(expected, &comparison.operand));
        }
        let end = comparison.operand.span.end;
        Ok(Spanned::new(Condition::Compare(comparison), start..end))
    }

    /// Keywords are not case-sensitive.
    fn is_word(&self, keyword: &str) -> bool {
        matches!(self.token.node, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn keyword(&self) -> Option<Keyword> {
        let keywords = [Keyword::Null, Keyword::True, Keyword::False];
        keywords
            .into_iter()
            .find(|keyword| self.is_word(keyword.as_str()))
    }

    /// An operator and a value; `expected` says what could stand in the operator's place.
    pub(super) fn comparison(
        &mut self,
        expected: &'static str,
    ) -> Result<Comparison, PatternError> {
        let Token::Operator(operator) = self.token.node else {
            return Err(self.unexpected(expected));
        };
        let operator = Spanned::new(operator, self.advance()?.span);
        let operand = self.operand()?;
        Ok(Comparison { operator, operand })
    }

    fn operand(&mut self) -> Result<Spanned<Operand>, PatternError> {
        if self.is_word("null") {
            return Err(self.unexpected("a value, or `IS NULL`"));
        }
        let operand = match &self.token.node {
            Token::Word(word) if number::is_number(word) => Number::new(word)
                .map(Operand::Number)
                .ok_or_else(|| self.unexpected("a number with an exponent of at most 32 bits"))?,
            Token::Word(word) => Operand::Text(Text::from(*word)),
            Token::Quoted(text) => Operand::Text(text.clone()),
            Token::Regex(regex) => {
                self.regexes += 1;
                if self.regexes > MAX_REGEXES {
                    return Err(self.error(PatternErrorKind::TooManyRegexes, &self.token));
                }
                Operand::Regex(regex.clone())
            }
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Spanned::new(operand, self.advance()?.span))
    }
}

impl Comparison {
    /// Whether the operator asks which is larger while the operand is no number: both languages refuse that.
    pub(super) fn orders_no_number(&self) -> bool {
        self.operator.is_ordering() && !matches!(self.operand.node, Operand::Number(_))
    }
}

//! The productions that JSON and space-delimited patterns share, and those of JSON patterns.

use super::lexer::{Lexer, Token, is_space};
use crate::ast::{Comparison, Condition, Keyword, Operand, Test};
use crate::error::{PatternError, PatternErrorKind};
use crate::expression::Expr;
use crate::limits::{MAX_DEPTH, MAX_REGEXES, MAX_WILDCARDS};
use crate::number::{Number, is_number};
use crate::record::Selector;
use crate::span::Spanned;
use crate::text::Text;

/// The remaining tokens, with one token of lookahead.
#[derive(Debug)]
pub(super) struct Parser<'p> {
    lexer: Lexer<'p>,
    pub(super) token: Spanned<Token<'p>>,
    depth: usize,
    regexes: usize,
    /// The different selectors with a wildcard so far.
    wildcards: Vec<Selector>,
}

/// The production of a single test, which differs between JSON and space-delimited patterns.
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

    /// Takes the current token.
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

    /// The text after the current token.
    pub(super) fn after_token(&self) -> &'p str {
        self.lexer.rest().trim_start_matches(is_space)
    }

    /// The error that `expected` does not describe the current token.
    pub(super) fn unexpected(&self, expected: &'static str) -> PatternError {
        self.lexer.unexpected(expected, self.token.span.clone())
    }

    /// The error that `expected` does not describe an earlier node.
    pub(super) fn unexpected_at<T>(&self, expected: &'static str, at: &Spanned<T>) -> PatternError {
        self.lexer.unexpected(expected, at.span.clone())
    }

    /// Same as [`unexpected_at`](Self::unexpected_at), for errors in which CloudWatch quotes the text.
    pub(super) fn invalid<T>(&self, expected: &'static str, found: &Spanned<T>) -> PatternError {
        let term = self.lexer.text(found.span.clone()).to_owned();
        self.error(
            PatternErrorKind::InvalidCharacters { expected, term },
            found,
        )
    }

    /// An error at a node.
    pub(super) fn error<T>(&self, kind: PatternErrorKind, at: &Spanned<T>) -> PatternError {
        self.lexer.error(kind, at.span.clone())
    }

    /// The production of an expression.
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

    /// The production of a test in a JSON pattern.
    pub(super) fn test(&mut self) -> Result<Test, PatternError> {
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
        if orders_text(&comparison) {
            let expected = "an unquoted number after `<`, `<=`, `>` or `>=`";
            return Err(self.invalid(expected, &comparison.operand));
        }
        let end = comparison.operand.span.end;
        Ok(Spanned::new(Condition::Compare(comparison), start..end))
    }

    /// Whether the current token is this keyword. Keywords are not case-sensitive.
    fn is_word(&self, keyword: &str) -> bool {
        matches!(self.token.node, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn keyword(&self) -> Option<Keyword> {
        let keywords = [Keyword::Null, Keyword::True, Keyword::False];
        keywords
            .into_iter()
            .find(|keyword| self.is_word(keyword.as_str()))
    }

    /// The production of an operator and a value. `expected` describes the operator in an error.
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
            Token::Word(word) if is_number(word) => Number::new(word)
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

/// Whether a comparison has `<`, `<=`, `>` or `>=` without a number, which is an error in both languages.
pub(super) fn orders_text(comparison: &Comparison) -> bool {
    comparison.operator.is_ordering() && !matches!(comparison.operand.node, Operand::Number(_))
}

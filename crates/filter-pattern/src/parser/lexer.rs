//! The lexer of JSON and space-delimited patterns.

use std::ops::Range;

use crate::ast::Operator;
use crate::error::{PatternError, PatternErrorKind};
use crate::excerpt::quoted;
use crate::record::{Selector, Step};
use crate::regex::Regex;
use crate::span::Spanned;
use crate::text::Text;

/// A token. Escapes are resolved; selectors and regular expressions are parsed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'p> {
    Open,
    Close,
    And,
    Or,
    Comma,
    Operator(Operator),
    Selector(Selector),
    /// An unquoted keyword, name, number or value.
    Word(&'p str),
    Quoted(Text),
    Regex(Regex),
    /// The bracket that closes the pattern.
    End,
}

/// A cursor over the part of a pattern between its brackets.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'p> {
    source: &'p str,
    at: usize,
    end: usize,
}

impl<'p> Lexer<'p> {
    /// A lexer for the range `inside` of the source. Errors show the whole source.
    pub(super) fn new(source: &'p str, inside: Range<usize>) -> Self {
        Self {
            source,
            at: inside.start,
            end: inside.end,
        }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'p str {
        &self.source[self.at..self.end]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes this text if it is next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    pub(super) fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'p str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    pub(super) fn skip_space(&mut self) {
        self.take_while(is_space);
    }

    pub(super) fn text(&self, span: Range<usize>) -> &'p str {
        &self.source[span]
    }

    pub(super) fn error(&self, kind: PatternErrorKind, span: Range<usize>) -> PatternError {
        PatternError::new(kind, span, self.source)
    }

    /// The error that `expected` does not describe the text at the span.
    pub(super) fn unexpected(&self, expected: &'static str, span: Range<usize>) -> PatternError {
        let found = match self.text(span.clone()) {
            "" => "the end".to_owned(),
            text => quoted(text),
        };
        self.error(PatternErrorKind::Unexpected { expected, found }, span)
    }

    /// The error that `expected` does not describe the next character. CloudWatch quotes the text from `start` to it.
    pub(super) fn invalid_character(&self, expected: &'static str, start: usize) -> PatternError {
        let next = self.source[self.at..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        let term = self.text(start..self.at + next).to_owned();
        let kind = PatternErrorKind::InvalidCharacters { expected, term };
        self.error(kind, self.at..self.at + next)
    }

    /// The next token and its span.
    pub(super) fn next_token(&mut self) -> Result<Spanned<Token<'p>>, PatternError> {
        self.skip_space();
        let start = self.at;
        let Some(c) = self.peek() else {
            let close = self.source[self.end..]
                .chars()
                .next()
                .map_or(0, char::len_utf8);
            return Ok(Spanned::new(Token::End, self.end..self.end + close));
        };
        let token = match c {
            '$' => Token::Selector(self.selector()?),
            '"' => Token::Quoted(self.quoted()?),
            '%' => Token::Regex(self.regex()?),
            c if is_word(c) => Token::Word(self.take_while(is_word)),
            _ => self.symbol()?,
        };
        Ok(Spanned::new(token, start..self.at))
    }

    fn symbol(&mut self) -> Result<Token<'p>, PatternError> {
        // A symbol comes before its prefixes.
        const SYMBOLS: [(&str, Token<'static>); 11] = [
            ("(", Token::Open),
            (")", Token::Close),
            (",", Token::Comma),
            ("&&", Token::And),
            ("||", Token::Or),
            ("!=", Token::Operator(Operator::NotEqual)),
            ("<=", Token::Operator(Operator::LessOrEqual)),
            (">=", Token::Operator(Operator::GreaterOrEqual)),
            ("<", Token::Operator(Operator::Less)),
            (">", Token::Operator(Operator::Greater)),
            ("=", Token::Operator(Operator::Equal)),
        ];
        for (text, token) in SYMBOLS {
            if self.take(text) {
                return Ok(token);
            }
        }
        let expected = match self.peek() {
            Some('&') => "`&&`",
            Some('|') => "`||`",
            Some('!') => "`!=`",
            Some('“' | '”') => "straight quotes around a string",
            _ => "quotes around a value with such a character",
        };
        Err(self.invalid_character(expected, self.at))
    }

    /// Reads a quoted string, including its closing quote.
    pub(super) fn quoted(&mut self) -> Result<Text, PatternError> {
        let start = self.at;
        let mut text = Text::default();
        self.take("\"");
        loop {
            text.push_str(self.take_while(|c| !matches!(c, '"' | '\\' | '$')));
            if self.take("\"") {
                return Ok(text);
            }
            if self.take("\\") {
                let escaped = self.peek().map_or(0, char::len_utf8);
                text.push_str(&self.rest()[..escaped]);
                self.at += escaped;
            } else if let Some(name) = self.parameter() {
                text.push_parameter(name);
            } else if self.take("$") {
                text.push_str("$");
            } else {
                let term = self.text(start..self.end).to_owned();
                let expected = "`\"` at the end of a string";
                let kind = PatternErrorKind::InvalidCharacters { expected, term };
                return Err(self.error(kind, start..self.end));
            }
        }
    }

    /// Takes `${Name}` if it is next, and returns the name.
    fn parameter(&mut self) -> Option<&'p str> {
        let (name, _) = self.rest().strip_prefix("${")?.split_once('}')?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_name.then(|| {
            self.at += "${}".len() + name.len();
            name
        })
    }

    /// Reads `%...%`.
    pub(super) fn regex(&mut self) -> Result<Regex, PatternError> {
        let start = self.at;
        self.take("%");
        let body = self.take_while(|c| c != '%');
        let closed = self.take("%");
        let regex = Regex::new(body).map_err(|kind| {
            let end = match &kind {
                PatternErrorKind::InvalidCharacters { term, .. } => start + term.len(),
                _ => self.at,
            };
            self.error(kind, start..end)
        })?;
        if closed {
            Ok(regex)
        } else {
            Err(self.unexpected("`%` at the end of a regular expression", self.at..self.at))
        }
    }

    /// Reads a selector: `$.a.b[0].['c.d'][*]`.
    pub(super) fn selector(&mut self) -> Result<Selector, PatternError> {
        let root = self.at;
        let mut steps = Vec::new();
        self.take("$");
        loop {
            let start = if steps.is_empty() { root } else { self.at };
            let step = if self.take(".") {
                self.member(start)?
            } else if !steps.is_empty() && self.take("[") {
                self.element(start)?
            } else if steps.is_empty() {
                let expected = match self.peek() {
                    Some('{') => "quotes around a parameter",
                    _ => "`.` and a name after `$`",
                };
                return Err(self.invalid_character(expected, start));
            } else {
                return Ok(Selector::new(steps));
            };
            if step == Step::Any && steps.contains(&Step::Any) {
                return Err(self.error(PatternErrorKind::SecondWildcard, start..self.at));
            }
            steps.push(step);
        }
    }

    /// Reads `name`, `*` or `['na.me']` after the dot.
    fn member(&mut self, start: usize) -> Result<Step, PatternError> {
        if self.take("*") {
            return Ok(Step::Any);
        }
        if !self.take("[") {
            let name = self.take_while(is_name);
            if name.is_empty() {
                return Err(self.invalid_character("a name, `*` or `['` after `.`", start));
            }
            return Ok(Step::Member(name.into()));
        }
        if !self.take("'") {
            return Err(self.invalid_character("`'` around a name in brackets", start));
        }
        match self.rest().split_once("']") {
            Some((name, _)) => {
                self.at += name.len() + "']".len();
                Ok(Step::Member(name.into()))
            }
            None => Err(self.unexpected("`']` after a name in brackets", self.end..self.end)),
        }
    }

    /// Reads `0]` or `*]` after the opening bracket.
    fn element(&mut self, start: usize) -> Result<Step, PatternError> {
        let step = if self.take("*") {
            Step::Any
        } else {
            let digits = self.take_while(|c| c.is_ascii_digit());
            match digits.parse() {
                Ok(index) => Step::Element(index),
                Err(_) if digits.is_empty() => {
                    return Err(self.invalid_character("an index or `*` after `[`", start));
                }
                Err(_) => {
                    let span = self.at - digits.len()..self.at;
                    return Err(self.unexpected("an index that fits in 64 bits", span));
                }
            }
        };
        if self.take("]") {
            Ok(step)
        } else {
            Err(self.invalid_character("`]` after an index or `*`", start))
        }
    }
}

/// Whether a character is white space of a pattern.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Whether a character can be in a selector's name without quotes.
fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

/// Whether a character can be in a value without quotes.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | '*')
}

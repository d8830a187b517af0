//! Space-delimited patterns: `[ip, user, ..., status = 4*, bytes > 1000]`.

use std::fmt;

use super::lexer::Token;
use super::parser::Parser;
use super::{Comparison, Expr, PatternError, PatternErrorKind, Spanned, number};
use crate::record::Value;

/// Fields that lie along the tokens of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct SpaceDelimited {
    pub(super) fields: Vec<Spanned<Field>>,
}

/// One entry between the commas.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// Nothing: one token, whatever it is.
    Unnamed,
    /// `...`: any number of tokens. At most one field is.
    Ellipsis,
    /// `status = 4*`: one token.
    Named {
        /// Its name.
        name: String,
        /// What is asked of the token, if anything.
        condition: Option<Expr<Comparison>>,
    },
}

/// A token of a message and the place of the field that takes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Capture<'m> {
    pub(super) field: Option<usize>,
    pub(super) text: &'m str,
}

impl SpaceDelimited {
    /// The fields in the order of the pattern; none for `[]`, which matches every message.
    pub fn fields(&self) -> &[Spanned<Field>] {
        &self.fields
    }

    pub(super) fn parse(mut parser: Parser<'_>) -> Result<Self, PatternError> {
        let mut fields: Vec<Spanned<Field>> = Vec::new();
        if parser.token.node == Token::End {
            return Ok(Self { fields });
        }
        loop {
            let field = field(&mut parser)?;
            if let Some(name) = field.name()
                && fields.iter().any(|other| other.name() == Some(name))
            {
                let kind = PatternErrorKind::DuplicateField {
                    name: name.to_owned(),
                };
                return Err(parser.error(kind, &field));
            }
            fields.push(field);
            match parser.token.node {
                Token::End => return Ok(Self { fields }),
                Token::Comma => parser.advance()?,
                _ => return Err(parser.unexpected("`&&`, `||`, `,` or `]`")),
            };
        }
    }

    pub(super) fn matches(&self, message: &str) -> bool {
        let Some(mut captures) = self.captures(message) else {
            return false;
        };
        captures.all(
            |capture| match capture.field.map(|at| &self.fields[at].node) {
                Some(Field::Named {
                    condition: Some(condition),
                    ..
                }) => condition.holds(&|comparison| comparison.holds_for_token(capture.text)),
                _ => true,
            },
        )
    }

    /// The tokens of the message and their fields; none if there are too few.
    ///
    /// Without `...` the last field takes all that is left. With it the fields before it lie along the beginning, those
    /// after it along the end, and the tokens between belong to no field.
    pub(super) fn captures<'m>(
        &self,
        message: &'m str,
    ) -> Option<impl Iterator<Item = Capture<'m>>> {
        let fields = self.fields.len();
        let ellipsis = self
            .fields
            .iter()
            .position(|field| field.node == Field::Ellipsis);
        let count = token_count(message);
        // `[]` names nothing, so nothing is greedy.
        let greedy = fields
            .checked_sub(1)
            .filter(|_| ellipsis.is_none() && count > fields);
        let before = ellipsis.unwrap_or(fields);
        let field = move |place: usize| match ellipsis {
            _ if place < before => Some(place),
            // From the end: the last token belongs to the last field.
            Some(_) => (place + fields)
                .checked_sub(count)
                .filter(|&field| field > before),
            None => None,
        };
        let message = message.trim_end();
        let captures = Tokens::new(message)
            .enumerate()
            .map_while(move |(place, token)| {
                let text = match greedy {
                    Some(last) if place > last => return None,
                    Some(last) if place == last => &message[token.start..],
                    _ => token.text,
                };
                Some(Capture {
                    field: field(place),
                    text,
                })
            });
        (count >= self.tokens_needed()).then_some(captures)
    }

    /// How many tokens a message must have.
    pub(super) fn tokens_needed(&self) -> usize {
        self.fields
            .iter()
            .filter(|field| field.node != Field::Ellipsis)
            .count()
    }
}

/// How many tokens a message has.
pub(super) fn token_count(message: &str) -> usize {
    Tokens::new(message).count()
}

impl Field {
    /// What may not stand twice: the name, or `...`.
    fn name(&self) -> Option<&str> {
        match self {
            Self::Unnamed => None,
            Self::Ellipsis => Some("..."),
            Self::Named { name, .. } => Some(name),
        }
    }
}

fn field(parser: &mut Parser<'_>) -> Result<Spanned<Field>, PatternError> {
    let start = parser.token.span.start;
    match parser.token.node {
        Token::Comma | Token::End => Ok(Spanned::new(Field::Unnamed, start..start)),
        Token::Word("...") => Ok(Spanned::new(Field::Ellipsis, parser.advance()?.span)),
        Token::Word(_)
            if parser.behind_token().is_empty() || parser.behind_token().starts_with(',') =>
        {
            let name = name(parser)?;
            let field = Field::Named {
                name: name.node.to_owned(),
                condition: None,
            };
            Ok(Spanned::new(field, name.span))
        }
        _ => {
            let tests = parser.or(named_comparison)?;
            let leaves = tests.tests();
            let first = leaves[0].0.node;
            let end = leaves[leaves.len() - 1].1.operand.span.end;
            let condition = tests.try_replace(&|(name, comparison)| {
                if name.eq_ignore_ascii_case(first) {
                    return Ok(Expr::Test(comparison.clone()));
                }
                let (first, second) = (first.to_owned(), name.node.to_owned());
                Err(parser.error(PatternErrorKind::SecondField { first, second }, name))
            })?;
            let field = Field::Named {
                name: first.to_owned(),
                condition: Some(condition),
            };
            Ok(Spanned::new(field, start..end))
        }
    }
}

fn named_comparison<'p>(
    parser: &mut Parser<'p>,
) -> Result<(Spanned<&'p str>, Comparison), PatternError> {
    let name = name(parser)?;
    let comparison = parser.comparison("an operator, `,` or `]`")?;
    if comparison.orders_no_number() {
        let expected = "an unquoted number after `<`, `<=`, `>` or `>=`";
        return Err(parser.unexpected_at(expected, &comparison.operand));
    }
    Ok((name, comparison))
}

fn name<'p>(parser: &mut Parser<'p>) -> Result<Spanned<&'p str>, PatternError> {
    let Token::Word(name) = parser.token.node else {
        return Err(parser.unexpected("the name of a field"));
    };
    if name == "..." || name.starts_with(|c: char| c.is_numeric()) || name.contains(['*', '+']) {
        let expected = "the name of a field: letters, digits, `_`, `-` and `.`, no digit first";
        return Err(parser.invalid(expected, &parser.token));
    }
    Ok(Spanned::new(name, parser.advance()?.span))
}

impl Comparison {
    /// A token that reads as a number is one to a number; to all else it is text.
    pub(super) fn holds_for_token(&self, token: &str) -> bool {
        let is_number =
            matches!(self.operand.node, super::Operand::Number(_)) && number::is_number(token);
        self.holds(if is_number {
            Value::Number(token)
        } else {
            Value::String(token)
        })
    }
}

/// One token of a message.
struct MessageToken<'m> {
    /// Without its quotes or brackets.
    text: &'m str,
    /// Where it starts in the message, quotes and brackets included.
    start: usize,
}

/// The tokens of a message: runs of other than white space, and what stands between `"` and `"` or `[` and `]`.
struct Tokens<'m> {
    message: &'m str,
    at: usize,
    /// From here on there is no `"`, or no `]`, so a mark that opens is an ordinary character. Keeps a message full of
    /// such marks from being searched to its end for each.
    unclosed: [bool; 2],
}

impl<'m> Tokens<'m> {
    fn new(message: &'m str) -> Self {
        Self {
            message,
            at: 0,
            unclosed: [false; 2],
        }
    }
}

impl<'m> Iterator for Tokens<'m> {
    type Item = MessageToken<'m>;

    fn next(&mut self) -> Option<MessageToken<'m>> {
        let rest = self.message[self.at..].trim_start();
        let start = self.message.len() - rest.len();
        let first = rest.chars().next()?;
        for (which, (open, close)) in [('"', '"'), ('[', ']')].into_iter().enumerate() {
            if first != open || self.unclosed[which] {
                continue;
            }
            if let Some(length) = rest[1..].find(close) {
                self.at = start + length + 2;
                return Some(MessageToken {
                    text: &rest[1..=length],
                    start,
                });
            }
            self.unclosed[which] = true;
        }
        let text = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
        self.at = start + text.len();
        Some(MessageToken { text, start })
    }
}

impl fmt::Display for SpaceDelimited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (place, field) in self.fields.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{}", field.node)?;
        }
        f.write_str("]")
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named {
                name,
                condition: Some(condition),
            } => condition.write(f, &|f, comparison| write!(f, "{name} {comparison}")),
            named_or_not => f.write_str(named_or_not.name().unwrap_or_default()),
        }
    }
}

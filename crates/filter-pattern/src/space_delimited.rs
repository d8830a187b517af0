//! Space-delimited patterns and how they match: `[ip, user, ..., status = 4*, bytes > 1000]`.

use std::fmt;

use crate::ast::{Comparison, Operand};
use crate::expression::Expr;
use crate::number::is_number;
use crate::record::Value;
use crate::span::Spanned;
use crate::tokens::{Tokens, token_count};

/// A space-delimited pattern: fields that are aligned with the tokens of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct SpaceDelimited {
    pub(crate) fields: Vec<Spanned<Field>>,
}

/// A field: what is between two commas.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// An empty field: any token.
    Unnamed,
    /// `...`: any number of tokens. A pattern has at most one.
    Ellipsis,
    /// `status = 4*`: one token.
    Named {
        /// The name.
        name: String,
        /// The condition on the token; `None` accepts every token.
        condition: Option<Expr<Comparison>>,
    },
}

/// A token of a message, and the index of its field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Capture<'m> {
    pub(crate) field: Option<usize>,
    pub(crate) text: &'m str,
}

impl SpaceDelimited {
    /// The fields in order. `[]` has none and matches every message.
    pub fn fields(&self) -> &[Spanned<Field>] {
        &self.fields
    }

    pub(crate) fn matches(&self, message: &str) -> bool {
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

    /// The tokens of the message and their fields; `None` if there are fewer tokens than fields.
    ///
    /// Without `...`, the last field takes the rest of the message. With it, the fields before it are aligned with the first
    /// tokens, the fields after it with the last ones. The tokens between have no field.
    pub(crate) fn captures<'m>(
        &self,
        message: &'m str,
    ) -> Option<impl Iterator<Item = Capture<'m>>> {
        let fields = self.fields.len();
        let ellipsis = self
            .fields
            .iter()
            .position(|field| field.node == Field::Ellipsis);
        let count = token_count(message);
        // `[]` has no last field to take the rest.
        let greedy = fields
            .checked_sub(1)
            .filter(|_| ellipsis.is_none() && count > fields);
        let before = ellipsis.unwrap_or(fields);
        let field = move |token: usize| match ellipsis {
            _ if token < before => Some(token),
            // Count from the end: the last token belongs to the last field.
            Some(_) => (token + fields)
                .checked_sub(count)
                .filter(|&field| field > before),
            None => None,
        };
        let message = message.trim_end();
        let captures = Tokens::new(message)
            .enumerate()
            .map_while(move |(index, token)| {
                let text = match greedy {
                    Some(last) if index > last => return None,
                    Some(last) if index == last => &message[token.start..],
                    _ => token.text,
                };
                Some(Capture {
                    field: field(index),
                    text,
                })
            });
        (count >= self.tokens_needed()).then_some(captures)
    }

    /// The least number of tokens in a message that matches.
    pub(crate) fn tokens_needed(&self) -> usize {
        self.fields
            .iter()
            .filter(|field| field.node != Field::Ellipsis)
            .count()
    }
}

impl Field {
    /// The name, or `...`, which must be unique in a pattern; `None` for an empty field.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Unnamed => None,
            Self::Ellipsis => Some("..."),
            Self::Named { name, .. } => Some(name),
        }
    }
}

impl Comparison {
    /// Whether a token satisfies the comparison. It is a number if it is spelled like one and the operand is a number.
    pub(crate) fn holds_for_token(&self, token: &str) -> bool {
        let is_number = matches!(self.operand.node, Operand::Number(_)) && is_number(token);
        self.holds(if is_number {
            Value::Number(token)
        } else {
            Value::String(token)
        })
    }
}

impl fmt::Display for SpaceDelimited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, field) in self.fields.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
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
            other => f.write_str(other.name().unwrap_or_default()),
        }
    }
}

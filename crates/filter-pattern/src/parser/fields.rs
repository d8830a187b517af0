//! The productions of space-delimited patterns.

use super::lexer::Token;
use super::productions::{Parser, orders_text};
use crate::ast::Comparison;
use crate::error::{PatternError, PatternErrorKind};
use crate::expression::Expr;
use crate::space_delimited::{Field, SpaceDelimited};
use crate::span::Spanned;

/// Parses the fields between the brackets.
pub(super) fn parse(mut parser: Parser<'_>) -> Result<SpaceDelimited, PatternError> {
    let mut fields: Vec<Spanned<Field>> = Vec::new();
    if parser.token.node == Token::End {
        return Ok(SpaceDelimited { fields });
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
            Token::End => return Ok(SpaceDelimited { fields }),
            Token::Comma => parser.advance()?,
            _ => return Err(parser.unexpected("`&&`, `||`, `,` or `]`")),
        };
    }
}

fn field(parser: &mut Parser<'_>) -> Result<Spanned<Field>, PatternError> {
    let start = parser.token.span.start;
    match parser.token.node {
        Token::Comma | Token::End => Ok(Spanned::new(Field::Unnamed, start..start)),
        Token::Word("...") => Ok(Spanned::new(Field::Ellipsis, parser.advance()?.span)),
        Token::Word(_)
            if parser.after_token().is_empty() || parser.after_token().starts_with(',') =>
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
    if orders_text(&comparison) {
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

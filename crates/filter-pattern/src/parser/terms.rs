//! The productions of terms.

use super::lexer::{Lexer, is_space};
use crate::error::{PatternError, PatternErrorKind};
use crate::span::Spanned;
use crate::terms::{Role, Term, Terms, is_word};

/// Parses a pattern of terms.
pub(super) fn parse(mut lexer: Lexer<'_>) -> Result<Terms, PatternError> {
    let mut terms = Vec::new();
    while !lexer.rest().is_empty() {
        let start = lexer.at();
        let term = term(&mut lexer)?;
        terms.push(Spanned::new(term, start..lexer.at()));
        lexer.skip_space();
    }
    Ok(Terms::new(terms))
}

fn term(lexer: &mut Lexer<'_>) -> Result<Term, PatternError> {
    let role = if lexer.take("-") {
        Role::Excluded
    } else if lexer.take("?") {
        Role::Optional
    } else {
        Role::Required
    };
    let start = lexer.at();
    if lexer.peek() != Some('"') {
        let word = lexer.take_while(is_word);
        return match lexer.peek() {
            Some('"') => {
                Err(lexer.unexpected("a space before a quoted term", lexer.at()..lexer.at() + 1))
            }
            // In a word, these characters begin the next term: `a-b` is `a` and not `b`.
            Some('-' | '?') if !word.is_empty() => Ok(Term {
                role,
                text: word.into(),
            }),
            None => word_term(lexer, role, word),
            Some(c) if is_space(c) => word_term(lexer, role, word),
            Some(_) => {
                Err(lexer
                    .invalid_character("quotes around a term with such a character", lexer.at()))
            }
        };
    }
    let text = lexer.quoted()?;
    let end = lexer.at();
    if text.parts().is_empty() {
        let term = lexer.text(start..end).to_owned();
        let kind = PatternErrorKind::InvalidCharacters {
            expected: "a term that is not empty",
            term,
        };
        return Err(lexer.error(kind, start..end));
    }
    match lexer.peek() {
        Some(c) if !is_space(c) => {
            Err(lexer.unexpected("a space after a quoted term", end..end + c.len_utf8()))
        }
        _ => Ok(Term { role, text }),
    }
}

/// A word before white space or the end of the pattern.
fn word_term(lexer: &Lexer<'_>, role: Role, word: &str) -> Result<Term, PatternError> {
    if word.is_empty() {
        return Err(lexer.unexpected("a term after `-` or `?`", lexer.at()..lexer.at()));
    }
    Ok(Term {
        role,
        text: word.into(),
    })
}

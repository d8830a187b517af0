//! Terms: `ERROR -timeout`, `?WARN ?"two words"`.

use std::fmt;

use super::lexer::{Lexer, is_blank};
use super::{PatternError, PatternErrorKind, Spanned, Text};

/// Terms that are searched in the raw text of a message, in any order; at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    pub(super) terms: Vec<Spanned<Term>>,
}

/// One of them: a case-sensitive substring. `*` is an ordinary character in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Whether it must occur.
    pub role: Role,
    /// What occurs.
    pub text: Text,
}

/// Whether a term must occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `ERROR`: it must.
    Required,
    /// `-ERROR`: it must not.
    Excluded,
    /// `?ERROR`: one of the optional terms must. Beside terms of another role it is ignored.
    Optional,
}

impl Terms {
    /// The terms in the order of the pattern.
    pub fn terms(&self) -> &[Spanned<Term>] {
        &self.terms
    }

    /// A pattern of these terms.
    pub fn new(terms: Vec<Spanned<Term>>) -> Self {
        Self { terms }
    }

    pub(super) fn parse(mut lexer: Lexer<'_>) -> Result<Self, PatternError> {
        let mut terms = Vec::new();
        while !lexer.rest().is_empty() {
            let start = lexer.at();
            let term = Term::parse(&mut lexer)?;
            terms.push(Spanned::new(term, start..lexer.at()));
            lexer.skip_blanks();
        }
        Ok(Self { terms })
    }

    /// Whether the message holds what it must and nothing that it must not.
    ///
    /// A term with an unbound parameter is never satisfied, whatever its role.
    pub(super) fn matches(&self, message: &str) -> bool {
        if self.are_all_optional() {
            return self.terms.iter().any(|term| term.holds(message));
        }
        self.terms
            .iter()
            .all(|term| term.role == Role::Optional || term.holds(message))
    }

    /// Whether one of the terms is enough. Otherwise the optional ones among them are ignored.
    pub fn are_all_optional(&self) -> bool {
        self.terms.iter().all(|term| term.role == Role::Optional)
    }
}

impl Term {
    /// Whether the term occurs in the message; none if a parameter in it is not bound.
    pub(super) fn occurs(&self, message: &str) -> Option<bool> {
        self.text.literal().map(|text| message.contains(text))
    }

    /// Whether the term by itself is satisfied.
    pub(super) fn holds(&self, message: &str) -> bool {
        self.occurs(message) == Some(self.role != Role::Excluded)
    }

    fn parse(lexer: &mut Lexer<'_>) -> Result<Self, PatternError> {
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
                    Err(lexer
                        .unexpected("a blank before a quoted term", lexer.at()..lexer.at() + 1))
                }
                // Inside a word these two begin the next term: `a-b` is `a` and not `b`.
                Some('-' | '?') if !word.is_empty() => Ok(Self {
                    role,
                    text: word.into(),
                }),
                None => Self::word(lexer, role, word),
                Some(c) if is_blank(c) => Self::word(lexer, role, word),
                Some(_) => Err(lexer
                    .invalid_character("quotes round a term with such a character", lexer.at())),
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
            Some(c) if !is_blank(c) => {
                Err(lexer.unexpected("a blank after a quoted term", end..end + c.len_utf8()))
            }
            _ => Ok(Self { role, text }),
        }
    }

    /// A word that ends with a blank or the pattern.
    fn word(lexer: &Lexer<'_>, role: Role, word: &str) -> Result<Self, PatternError> {
        if word.is_empty() {
            return Err(lexer.unexpected("a term after `-` or `?`", lexer.at()..lexer.at()));
        }
        Ok(Self {
            role,
            text: word.into(),
        })
    }
}

/// What may stand in a term without quotes.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, term) in self.terms.iter().enumerate() {
            let blank = if place == 0 { "" } else { " " };
            write!(f, "{blank}{}", term.node)?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.role {
            Role::Required => "",
            Role::Excluded => "-",
            Role::Optional => "?",
        })?;
        match self.text.literal() {
            Some(word) if word.chars().all(is_word) => f.write_str(word),
            _ => self.text.fmt(f),
        }
    }
}

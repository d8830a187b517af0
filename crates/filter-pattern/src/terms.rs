//! Terms and how they match: `ERROR -timeout`, `?WARN ?"two words"`.

use std::fmt;

use crate::span::Spanned;
use crate::text::Text;

/// A pattern of terms, which are searched for in the text of a message. There is at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    pub(crate) terms: Vec<Spanned<Term>>,
}

/// A term: a case-sensitive substring. `*` is an ordinary character in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Whether the text must occur.
    pub role: Role,
    /// The text.
    pub text: Text,
}

/// Whether a term must occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `ERROR`: it must occur.
    Required,
    /// `-ERROR`: it must not occur.
    Excluded,
    /// `?ERROR`: one of the optional terms must occur. Ignored if the pattern has terms of another role.
    Optional,
}

impl Terms {
    /// The terms in order.
    pub fn terms(&self) -> &[Spanned<Term>] {
        &self.terms
    }

    /// A pattern of these terms.
    pub fn new(terms: Vec<Spanned<Term>>) -> Self {
        Self { terms }
    }

    /// Whether a message matches. A term with an unbound parameter never holds.
    pub(crate) fn matches(&self, message: &str) -> bool {
        if self.are_all_optional() {
            return self.terms.iter().any(|term| term.holds(message));
        }
        self.terms
            .iter()
            .all(|term| term.role == Role::Optional || term.holds(message))
    }

    /// Whether all terms are optional, so that one of them is enough. Otherwise optional terms are ignored.
    pub fn are_all_optional(&self) -> bool {
        self.terms.iter().all(|term| term.role == Role::Optional)
    }
}

impl Term {
    /// Whether the text occurs in the message; `None` if it has an unbound parameter.
    pub(crate) fn occurs(&self, message: &str) -> Option<bool> {
        self.text.literal().map(|text| message.contains(text))
    }

    /// Whether the message satisfies this term.
    pub(crate) fn holds(&self, message: &str) -> bool {
        self.occurs(message) == Some(self.role != Role::Excluded)
    }
}

/// Whether a character can be in a term without quotes.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.terms.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}", term.node)?;
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

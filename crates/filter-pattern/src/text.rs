//! Words and quoted strings of patterns.

use std::fmt;

/// An unescaped word or quoted string, possibly with parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Part>);

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Literal characters. In a comparison, `*` is a wildcard; in a term it is not.
    Literal(String),
    /// `${Name}`, which [`FilterPattern::bind`](crate::FilterPattern::bind) replaces by a value.
    Parameter(String),
}

impl Text {
    /// The pieces in order. No literal is empty, and no two are adjacent.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The whole text; `None` if it has a parameter.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The names of the parameters, from left to right.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Parameter(name) => Some(name.as_str()),
        })
    }

    /// The text as a glob in which `*` replaces each parameter, since a parameter may have any value.
    pub fn to_glob(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Literal(text) => text.as_str(),
            Part::Parameter(_) => "*",
        });
        parts.collect()
    }

    pub(crate) fn push_str(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Literal(last)) => last.push_str(text),
            _ => self.0.push(Part::Literal(text.to_owned())),
        }
    }

    /// Replaces a parameter by a value.
    #[must_use]
    pub fn with_value(&self, parameter: &str, value: &str) -> Self {
        let mut text = Self::default();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Parameter(name) if name == parameter => text.push_str(value),
                Part::Parameter(name) => text.push_parameter(name),
            }
        }
        text
    }

    pub(crate) fn push_parameter(&mut self, name: &str) {
        self.0.push(Part::Parameter(name.to_owned()));
    }
}

impl From<&str> for Text {
    /// A text without parameters. `${` has no special meaning in it.
    fn from(literal: &str) -> Self {
        let mut text = Self::default();
        text.push_str(literal);
        text
    }
}

/// Prints the text as a quoted string.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for part in &self.0 {
            match part {
                Part::Parameter(name) => write!(f, "${{{name}}}")?,
                Part::Literal(text) => {
                    let mut chars = text.chars().peekable();
                    while let Some(c) = chars.next() {
                        let opens_parameter = c == '$' && chars.peek() == Some(&'{');
                        if opens_parameter || matches!(c, '"' | '\\') {
                            f.write_str("\\")?;
                        }
                        write!(f, "{c}")?;
                    }
                }
            }
        }
        f.write_str("\"")
    }
}

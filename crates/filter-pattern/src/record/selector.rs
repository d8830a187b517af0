//! Where in a record a value stands.

use std::fmt;

/// One step of a [`Selector`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// `.name` or `.['na.me']`: the member of an object.
    Member(Box<str>),
    /// `[3]`: the element of an array, counted from zero.
    Element(usize),
    /// `[*]` or `.*`: every element of an array and every member of an object.
    Any,
}

/// A property selector such as `$.userIdentity.type`: a path from the record's root.
///
/// It has at least one step. [`FilterPattern`](crate::FilterPattern) parses it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector(Vec<Step>);

impl Selector {
    /// A selector of these steps, from the root downwards.
    ///
    /// # Panics
    /// Without a step: the root itself cannot be selected.
    pub fn new(steps: Vec<Step>) -> Self {
        assert!(!steps.is_empty(), "a selector has at least one step");
        Self(steps)
    }

    /// A selector of member names only: `["userIdentity", "type"]` is `$.userIdentity.type`.
    pub fn of_members(names: &[&str]) -> Self {
        Self::new(
            names
                .iter()
                .map(|name| Step::Member((*name).into()))
                .collect(),
        )
    }

    /// The steps, from the root downwards.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether a step is [`Step::Any`], so that the selector can select several values.
    pub fn has_wildcard(&self) -> bool {
        self.0.contains(&Step::Any)
    }
}

/// Writes the selector as the pattern language reads it: `$.a.b[0].['c.d'][*]`.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Member(name) if is_plain(name) => write!(f, ".{name}")?,
                Step::Member(name) => write!(f, ".['{name}']")?,
                Step::Element(index) => write!(f, "[{index}]")?,
                // The language has no bracket directly after `$`.
                Step::Any if place == 0 => f.write_str(".*")?,
                Step::Any => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

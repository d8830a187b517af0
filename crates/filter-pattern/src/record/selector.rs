//! Property selectors: paths to values in a record.

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
    /// Builds a selector from its steps, starting at the root.
    ///
    /// # Panics
    /// If there are no steps: the root itself cannot be selected.
    pub fn new(steps: Vec<Step>) -> Self {
        assert!(!steps.is_empty(), "a selector has at least one step");
        Self(steps)
    }

    /// Builds a selector from member names: `["userIdentity", "type"]` is `$.userIdentity.type`.
    pub fn of_members(names: &[&str]) -> Self {
        Self::new(
            names
                .iter()
                .map(|name| Step::Member((*name).into()))
                .collect(),
        )
    }

    /// The steps, starting at the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether a step is [`Step::Any`], so that the selector can select several values.
    pub fn has_wildcard(&self) -> bool {
        self.0.contains(&Step::Any)
    }
}

/// Prints the selector in the syntax of the pattern language: `$.a.b[0].['c.d'][*]`.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Member(name) if is_plain(name) => write!(f, ".{name}")?,
                Step::Member(name) => write!(f, ".['{name}']")?,
                Step::Element(element) => write!(f, "[{element}]")?,
                // The language does not allow a bracket directly after `$`.
                Step::Any if index == 0 => f.write_str(".*")?,
                Step::Any => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

/// Whether a member name needs no quotes.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

//! The properties of an alarms file: their names, types, defaults, limits and meanings.
//!
//! The loader accepts exactly the names in these tables. `docs/reference/alarms-file.md` shows the tables, and a test loads
//! each example, each default, and values on both sides of each limit.

mod alarm;
mod items;
mod root;

pub use alarm::{ALARM, METRIC_ALARM, METRIC_FILTER, OWN};
pub use items::{EXCLUSION, FIRST_SEEN, PARAMETER, TEST};
pub use root::FILE;

/// A property of a mapping.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// The key.
    pub name: &'static str,
    /// The values that it accepts.
    pub kind: Kind,
    /// Whether it must be present, and what applies if it is absent.
    pub presence: Presence,
    /// A value, in YAML.
    pub example: &'static str,
    /// Its effect, in Markdown. Also limits that depend on other properties.
    pub meaning: &'static str,
}

/// Whether a property must be present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Without it the file is invalid.
    Required,
    /// Without it, the same applies as with this value, in YAML.
    Default(&'static str),
    /// It has no default value.
    Optional,
}

/// The values that a property accepts. Numbers and booleans may be quoted, and any value may contain a parameter.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text with this number of characters.
    Text {
        /// Minimum.
        least: usize,
        /// Maximum. `None` if there is no limit.
        most: Option<usize>,
    },
    /// A text of 1 to this number of characters, none of them a control character.
    Name(usize),
    /// A filter pattern.
    Pattern,
    /// A selector, such as `$.eventName`.
    Selector,
    /// A finite number, or a selector.
    NumberOrSelector,
    /// A finite number.
    Number,
    /// A whole number of at least 1.
    Count,
    /// A whole number from 1 to this one.
    CountUpTo(u32),
    /// A number of seconds: 10, 20, 30 or a multiple of 60.
    Period,
    /// `true` or `false`.
    Boolean,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A duration within these limits.
    Duration {
        /// Shortest.
        least: &'static str,
        /// Longest.
        most: &'static str,
    },
    /// A day, such as `2027-01-31`, or `never`.
    Date,
    /// The path of a file, or a mapping.
    PathOrMapping,
    /// A list of values.
    List {
        /// The values.
        of: &'static Kind,
        /// Maximum number of values. `None` if there is no limit.
        most: Option<usize>,
    },
    /// A list of 1 to this number of selectors.
    Selectors(usize),
    /// A mapping with these properties.
    Mapping(&'static [&'static [Property]]),
    /// A list of mappings with these properties.
    Mappings(&'static [&'static [Property]]),
    /// A mapping of names to mappings with these properties.
    NamedMappings(&'static [&'static [Property]]),
    /// A mapping of account IDs to names of 1 to this number of characters.
    AccountNames(usize),
    /// Any value. It has no effect.
    Ignored,
}

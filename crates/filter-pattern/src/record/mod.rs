//! One CloudTrail record, and the only room that knows how its JSON is held.
//!
//! In comes the text of one log event; out come the values that somebody asked for, and nothing else of the record is
//! kept. Who wants values registers [`Selector`]s first ([`Selectors::slot`]) and gets a [`Slot`] for each; the
//! [`Reader`] then walks each text once and captures just those. What is promised:
//!
//! * No tree of the record is built, and a reader allocates nothing for a record that it recognises as written like an
//!   earlier one.
//! * Of a key that stands twice in one object the last one counts.
//! * What nobody asks for cannot make a record unreadable: a lone surrogate, a number of a thousand digits or brackets
//!   nested a million deep are skipped. A lone surrogate in a captured string becomes three U+FFFD.
//! * The text must be one whole JSON object of at most [`MAX_RECORD`] bytes; anything else is a [`RecordError`].

mod forms;
mod quotes;
mod reader;
mod scratch;
mod selector;
mod skim;
mod tree;
mod varying;
mod walk;

pub use quotes::Encoding;
pub use reader::{MAX_RECORD, Reader, Record, RecordError, Selectors, Slot, unescape};
pub use selector::{Selector, Step};

/// One JSON value of a record, as a selector finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'r> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, spelled as the record spells it: `1.0`, `1e309`.
    Number(&'r str),
    /// A string, its escapes resolved.
    String(&'r str),
    /// An array.
    Array {
        /// Its JSON text.
        json: &'r str,
        /// Whether one of its own elements is `null`.
        holds_null: bool,
    },
    /// An object.
    Object {
        /// Its JSON text.
        json: &'r str,
    },
}

impl<'r> Value<'r> {
    /// The text of a string; none for every other kind.
    pub fn as_str(self) -> Option<&'r str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value as JSON.
    pub fn to_json(self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(spelling) => spelling.to_owned(),
            Self::String(text) => serde_json::Value::from(text).to_string(),
            Self::Array { json, .. } | Self::Object { json } => json.to_owned(),
        }
    }
}

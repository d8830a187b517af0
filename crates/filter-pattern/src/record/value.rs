//! A value that a selector selects.

/// One JSON value of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'r> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, spelled as in the record: `1.0`, `1e309`.
    Number(&'r str),
    /// An unescaped string.
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
    /// The text of a string, or `None` for other values.
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

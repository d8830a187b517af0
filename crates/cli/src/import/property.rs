//! Properties of resources, as far as the reader of the source resolves them.

use std::fmt;

use serde_json::Value;

use super::document::{Member, Node};
use cloudwatch_filter_pattern::Part;

/// A value of a property.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Property {
    /// A number, a boolean or null.
    Scalar(Value),
    Text(Text),
    List(Vec<Property>),
    Mapping(Properties),
    /// A value that only the tool of the source, or AWS, can resolve.
    Unknown(Unknown),
}

/// A text with references to parameters of the alarms file, by their names. Adjacent literal parts are one part, and no literal
/// part is empty. `${` in a literal part is not a reference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Text(Vec<Part>);

/// A value that cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Unknown {
    /// The expression as in the source, such as `aws_sns_topic.alerts.arn` or `!ImportValue Trail`. Equal expressions of one
    /// source have equal values.
    pub(super) expression: String,
    /// Why it cannot be resolved and what to do, as the end of the sentence "NAME: not imported: ...".
    pub(super) reason: String,
}

/// Members of a mapping in the order of the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Properties(Vec<(String, Property)>);

impl Text {
    /// Appends literal text.
    pub(super) fn push_literal(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Literal(last)) => last.push_str(text),
            _ => self.0.push(Part::Literal(text.to_owned())),
        }
    }

    /// Appends a reference to a parameter.
    pub(super) fn push_parameter(&mut self, name: &str) {
        self.0.push(Part::Parameter(name.to_owned()));
    }

    /// Appends a text.
    pub(super) fn push_text(&mut self, text: &Self) {
        for part in &text.0 {
            match part {
                Part::Literal(literal) => self.push_literal(literal),
                Part::Parameter(name) => self.push_parameter(name),
            }
        }
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Number of bytes of the literal parts.
    pub(super) fn len(&self) -> usize {
        let parts = self.0.iter().map(|part| match part {
            Part::Literal(text) => text.len(),
            Part::Parameter(_) => 0,
        });
        parts.sum()
    }

    /// The text, if it has no references.
    pub(super) fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

/// The text with `${Name}` for parameters, for messages.
impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Literal(literal) => formatter.write_str(literal),
            Part::Parameter(name) => write!(formatter, "${{{name}}}"),
        })
    }
}

impl From<&str> for Text {
    fn from(literal: &str) -> Self {
        let mut text = Self::default();
        text.push_literal(literal);
        text
    }
}

impl Property {
    /// A literal text.
    pub(super) fn text(literal: &str) -> Self {
        Self::Text(Text::from(literal))
    }

    /// A value without expressions.
    pub(super) fn literal_of(node: &Node) -> Self {
        match node {
            Node::Scalar(Value::String(text)) => Self::text(text),
            Node::Scalar(value) => Self::Scalar(value.clone()),
            Node::List(items) => Self::List(items.iter().map(Self::literal_of).collect()),
            Node::Mapping(members) => {
                let member =
                    |member: &Member| (member.key.clone(), Self::literal_of(&member.value));
                Self::Mapping(members.iter().map(member).collect())
            }
        }
    }

    /// Whether the value is null, or an empty text, list or mapping.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Scalar(value) => value.is_null(),
            Self::Text(text) => text.parts().is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Mapping(properties) => properties.is_empty(),
            Self::Unknown(_) => false,
        }
    }

    /// The text of a text, a number or a boolean; otherwise the reason why there is none.
    pub(super) fn as_text(&self) -> Result<Text, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Scalar(value @ (Value::Number(_) | Value::Bool(_))) => {
                Ok(Text::from(value.to_string().as_str()))
            }
            Self::Unknown(unknown) => Err(unknown.reason.clone()),
            Self::Scalar(_) => Err("expected a text, found null".to_owned()),
            Self::List(_) => Err("expected a text, found a list".to_owned()),
            Self::Mapping(_) => Err("expected a text, found a mapping".to_owned()),
        }
    }

    /// As [`as_text`](Self::as_text), with a reason that names the property.
    pub(super) fn text_of(&self, key: &str) -> Result<Text, String> {
        self.as_text().map_err(|reason| match self {
            Self::Unknown(_) => reason,
            _ => format!("`{key}`: {reason}"),
        })
    }

    /// The members of a mapping; `None` for another value.
    pub(super) fn as_mapping(&self) -> Option<&Properties> {
        match self {
            Self::Mapping(properties) => Some(properties),
            _ => None,
        }
    }

    /// The items of a list. Another value is the only item.
    pub(super) fn items(&self) -> &[Property] {
        match self {
            Self::List(items) => items,
            other => std::slice::from_ref(other),
        }
    }
}

impl Properties {
    /// The value of a property, unless it is empty.
    pub(super) fn get(&self, key: &str) -> Option<&Property> {
        self.written(key).filter(|value| !value.is_empty())
    }

    /// The value of a property, even if it is empty.
    pub(super) fn written(&self, key: &str) -> Option<&Property> {
        let mut members = self.0.iter();
        members
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The text of a property without references.
    pub(super) fn literal(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Property::Text(text) => text.literal(),
            _ => None,
        }
    }

    /// The text of a property, unless it is empty. The reason why a value is not a text names the property.
    pub(super) fn text(&self, key: &str) -> Option<Result<Text, String>> {
        Some(self.get(key)?.text_of(key))
    }

    pub(super) fn push(&mut self, key: &str, value: Property) {
        self.0.push((key.to_owned(), value));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(String, Property)> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Property)> for Properties {
    fn from_iter<I: IntoIterator<Item = (String, Property)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

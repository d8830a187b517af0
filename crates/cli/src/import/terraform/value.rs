//! Values of Terraform expressions.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::import::document::Node;
use crate::import::property::{Property, Unknown};
use crate::json;

/// The value of an expression. Lists and maps may contain values that are not resolved.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    /// A list, a tuple or a set.
    List(Vec<Value>),
    /// A map or an object, in the order in which Terraform iterates over it.
    Map(BTreeMap<String, Value>),
    /// An instance of a resource. The provider may set more attributes.
    Resource(Attributes),
    Unresolved(Unresolved),
}

/// The attributes of an instance of a resource that the configuration sets.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attributes {
    /// The address, such as `module.a.aws_sns_topic.alerts["x"]`.
    pub(super) address: String,
    pub(super) values: BTreeMap<String, Value>,
}

/// A value that only Terraform can resolve, or an error of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unresolved {
    /// The expression. Equal expressions have equal values.
    pub(super) expression: String,
    /// Why the value is missing and what to do.
    pub(super) reason: String,
    /// Whether Terraform would also fail. `try` then takes its next argument.
    pub(super) is_error: bool,
}

/// A value, or the reason why there is none.
pub(super) type Evaluated = Result<Value, Unresolved>;

impl Value {
    /// The text that Terraform converts a primitive value to. `None` for other values.
    pub(super) fn to_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// The number that Terraform converts a primitive value to. `None` for other values.
    pub(super) fn to_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    /// The boolean that Terraform converts a primitive value to. `None` for other values.
    pub(super) fn to_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) => match text.as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The length of a list or an index of it.
    pub(super) fn whole(number: usize) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "lists are small")]
        let number = number as f64;
        Self::Number(number)
    }

    /// An index of a list: a whole number that is not negative.
    pub(super) fn to_index(&self) -> Option<usize> {
        let number = self.to_number()?;
        let is_index = number.fract() == 0.0 && (0.0..=1e9).contains(&number);
        // The range is checked, so the conversion is exact.
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked"
        )]
        is_index.then_some(number as usize)
    }

    /// The value, or the reason if it is not resolved.
    pub(super) fn resolved(self) -> Evaluated {
        match self {
            Self::Unresolved(unresolved) => Err(unresolved),
            value => Ok(value),
        }
    }

    /// The value as an element of a list or a map.
    pub(super) fn element(evaluated: Evaluated) -> Self {
        evaluated.unwrap_or_else(Self::Unresolved)
    }

    /// An estimate of the memory that the value takes, in bytes.
    pub(super) fn size(&self) -> usize {
        let members = |map: &BTreeMap<String, Value>| -> usize {
            map.iter()
                .map(|(key, value)| key.len() + value.size())
                .sum()
        };
        64 + match self {
            Self::Text(text) => text.len(),
            Self::List(items) => items.iter().map(Self::size).sum(),
            Self::Map(map) => members(map),
            Self::Resource(attributes) => members(&attributes.values),
            Self::Unresolved(unresolved) => unresolved.expression.len() + unresolved.reason.len(),
            Self::Null | Self::Bool(_) | Self::Number(_) => 0,
        }
    }
}

/// A value without expressions, such as in a state.
impl From<&Node> for Value {
    fn from(node: &Node) -> Self {
        match node {
            Node::Scalar(Json::Bool(value)) => Self::Bool(*value),
            Node::Scalar(Json::Number(number)) => number.as_f64().map_or(Self::Null, Self::Number),
            Node::Scalar(Json::String(text)) => Self::Text(text.clone()),
            Node::Scalar(_) => Self::Null,
            Node::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Node::Mapping(members) => {
                let members = members.iter();
                let members = members.map(|member| (member.key.clone(), Self::from(&member.value)));
                Self::Map(members.collect())
            }
        }
    }
}

impl From<Value> for Property {
    fn from(value: Value) -> Self {
        let mapping = |map: BTreeMap<String, Value>| {
            let members = map.into_iter();
            Self::Mapping(members.map(|(key, value)| (key, value.into())).collect())
        };
        match value {
            Value::Null => Self::Scalar(Json::Null),
            Value::Bool(value) => Self::Scalar(value.into()),
            Value::Number(number) => Self::Scalar(json::number(number)),
            Value::Text(text) => Self::text(&text),
            Value::List(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Map(map) => mapping(map),
            Value::Resource(attributes) => mapping(attributes.values),
            Value::Unresolved(unresolved) => Self::Unknown(Unknown {
                expression: unresolved.expression,
                reason: unresolved.reason,
            }),
        }
    }
}

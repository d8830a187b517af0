//! Documents whose keys keep the order in which they were added.
//!
//! The feature `preserve_order` of `serde_json` does not do: Cargo would enable it for the function too.

use std::io::{self, Write};

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::error::CliError;
use crate::output::Output;

/// A mapping in the order of insertion.
#[derive(Clone, Debug, Default)]
pub(super) struct OrderedMap(Vec<(String, OrderedValue)>);

/// A value of an [`OrderedMap`].
#[derive(Clone, Debug)]
pub(super) enum OrderedValue {
    Json(Value),
    Mapping(OrderedMap),
    List(Vec<OrderedMap>),
}

impl OrderedMap {
    pub(super) fn push(&mut self, key: &str, value: impl Into<OrderedValue>) {
        self.0.push((key.to_owned(), value.into()));
    }

    /// Appends the members of another mapping.
    pub(super) fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push_some(&mut self, key: &str, value: Option<impl Into<OrderedValue>>) {
        if let Some(value) = value {
            self.push(key, value);
        }
    }
}

impl From<OrderedMap> for OrderedValue {
    fn from(mapping: OrderedMap) -> Self {
        Self::Mapping(mapping)
    }
}

impl From<Vec<OrderedMap>> for OrderedValue {
    fn from(list: Vec<OrderedMap>) -> Self {
        Self::List(list)
    }
}

macro_rules! json_items {
    ($($kind:ty),*) => {$(
        impl From<$kind> for OrderedValue {
            fn from(value: $kind) -> Self {
                Self::Json(value.into())
            }
        }
    )*};
}

json_items!(Value, &str, String, u32, bool, Vec<String>);

impl From<&String> for OrderedValue {
    fn from(text: &String) -> Self {
        Self::Json(text.as_str().into())
    }
}

impl Serialize for OrderedMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, item) in &self.0 {
            map.serialize_entry(key, item)?;
        }
        map.end()
    }
}

impl Serialize for OrderedValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(value) => value.serialize(serializer),
            Self::Mapping(mapping) => mapping.serialize(serializer),
            Self::List(list) => list.serialize(serializer),
        }
    }
}

/// Writes a document as YAML, or as JSON for programs.
pub(super) fn write_document(
    document: &OrderedMap,
    output: Output,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    match output {
        Output::Text => {
            let text = serde_saphyr::to_string(document).map_err(io::Error::other)?;
            writeln!(out, "{}", text.trim_end())?;
        }
        Output::Json => {
            serde_json::to_writer_pretty(&mut *out, document).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(())
}

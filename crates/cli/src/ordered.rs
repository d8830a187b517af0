//! Documents whose keys stand in the order in which people read them.

use std::io::{self, Write};

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{CliError, Output};

/// A mapping in the order in which it was made.
#[derive(Clone, Debug, Default)]
pub(super) struct Ordered(Vec<(String, Item)>);

/// A value of such a mapping.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Json(Value),
    Mapping(Ordered),
    List(Vec<Ordered>),
}

impl Ordered {
    pub(super) fn push(&mut self, key: &str, value: impl Into<Item>) {
        self.0.push((key.to_owned(), value.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push_some(&mut self, key: &str, value: Option<impl Into<Item>>) {
        if let Some(value) = value {
            self.push(key, value);
        }
    }
}

impl From<Ordered> for Item {
    fn from(mapping: Ordered) -> Self {
        Self::Mapping(mapping)
    }
}

impl From<Vec<Ordered>> for Item {
    fn from(list: Vec<Ordered>) -> Self {
        Self::List(list)
    }
}

macro_rules! json_items {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Item {
            fn from(value: $kind) -> Self {
                Self::Json(value.into())
            }
        }
    )*};
}

json_items!(Value, &str, String, u32, bool, Vec<String>);

impl From<&String> for Item {
    fn from(text: &String) -> Self {
        Self::Json(text.as_str().into())
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, item) in &self.0 {
            map.serialize_entry(key, item)?;
        }
        map.end()
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(value) => value.serialize(serializer),
            Self::Mapping(mapping) => mapping.serialize(serializer),
            Self::List(list) => list.serialize(serializer),
        }
    }
}

/// Writes a document: YAML for people, JSON for programs.
pub(super) fn write_document(
    document: &Ordered,
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

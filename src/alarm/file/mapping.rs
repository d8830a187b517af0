//! The properties of a mapping: present, missing and unknown ones.

use std::ops::Range;

use super::reader::Reader;
use super::vocabulary::Property;
use crate::spelling::suggestion;
use crate::yaml::{Entry, Node, Value};
use cloudwatch_filter_pattern::excerpt::quoted;

/// The properties of a mapping. [`finish`](Self::finish) reports the unknown ones.
pub(super) struct Properties<'n> {
    entries: &'n [Entry],
    /// Byte range of the mapping.
    span: Range<usize>,
    /// The owner of these properties, for a message: "the alarm".
    owner: String,
    /// The properties that the mapping may have.
    vocabulary: &'static [&'static [Property]],
}

impl<'n> Properties<'n> {
    pub(super) fn open(
        node: &'n Node,
        owner: &str,
        vocabulary: &'static [&'static [Property]],
        reader: &mut Reader,
    ) -> Option<Self> {
        let Value::Mapping(entries) = &node.value else {
            if !matches!(node.value, Value::Unusable) {
                let found = node.describe();
                let message = format!("expected the properties of {owner}, found {found}");
                reader.report(node.span.clone(), message);
            }
            return None;
        };
        Some(Self {
            entries,
            span: node.span.clone(),
            owner: owner.to_owned(),
            vocabulary,
        })
    }

    /// The value of a property, if it is present. A property without a value is an error.
    pub(super) fn get(&mut self, reader: &mut Reader, name: &'static str) -> Option<&'n Node> {
        let entry = self.entries.iter().find(|entry| entry.key == name)?;
        if matches!(entry.value.value, Value::Null) {
            reader.report(
                entry.key_span.clone(),
                format!("`{name}` is empty; set a value or remove it"),
            );
            return None;
        }
        Some(&entry.value)
    }

    /// Reads a property with `read`, if it is present.
    pub(super) fn optional<'a, T>(
        &mut self,
        reader: &mut Reader<'a>,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'a>, &str, &'n Node) -> Option<T>,
    ) -> Option<T> {
        let node = self.get(reader, name)?;
        read(reader, name, node)
    }

    /// Reads a property with `read`. A missing property is an error.
    pub(super) fn required<'a, T>(
        &mut self,
        reader: &mut Reader<'a>,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'a>, &str, &'n Node) -> Option<T>,
    ) -> Option<T> {
        if self.has(name) {
            return self.optional(reader, name, read);
        }
        reader.report(self.span.clone(), format!("{} has no `{name}`", self.owner));
        None
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == name)
    }

    /// Reports the properties that the mapping may not have. `refusal` returns why a known CloudFormation property is not supported.
    pub(super) fn finish(
        self,
        reader: &mut Reader,
        refusal: impl Fn(&str) -> Option<&'static str>,
    ) {
        for Entry { key, key_span, .. } in self.entries {
            let known = (self.vocabulary.iter().copied().flatten()).map(|known| known.name);
            if known.clone().any(|known| known == key) {
                continue;
            }
            let message = match refusal(key) {
                Some(reason) => format!("`{key}` is not supported: {reason}"),
                None => format!("unknown property {}{}", quoted(key), suggestion(key, known)),
            };
            reader.report(key_span.clone(), message);
        }
    }
}

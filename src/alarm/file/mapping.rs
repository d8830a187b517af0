//! The properties of a mapping: which are there, which are missing, and which nobody knows.

use std::ops::Range;

use super::reader::Reader;
use super::yaml::{Entry, Node, Value};
use crate::spelling::suggestion;
use cloudwatch_filter_pattern::excerpt::quoted;

/// The properties of a mapping. Those that are asked for are the ones there are; [`finish`](Self::finish) diagnostics others.
pub(super) struct Properties<'n> {
    entries: &'n [Entry],
    /// Where the mapping begins.
    span: Range<usize>,
    /// What has these properties, for a message: "an alarm".
    owner: String,
    asked: Vec<&'static str>,
}

impl<'n> Properties<'n> {
    pub(super) fn open(node: &'n Node, owner: &str, reader: &mut Reader) -> Option<Self> {
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
            asked: Vec::new(),
        })
    }

    /// The value of a property, if it is there. One that is there without a value is a diagnostic.
    pub(super) fn get(&mut self, reader: &mut Reader, name: &'static str) -> Option<&'n Node> {
        self.asked.push(name);
        let entry = self.entries.iter().find(|entry| entry.key == name)?;
        if matches!(entry.value.value, Value::Null) {
            reader.report(
                entry.key_span.clone(),
                format!("`{name}` has no value; give it one, or leave it out"),
            );
            return None;
        }
        Some(&entry.value)
    }

    /// What `read` makes of a property, if it is there.
    pub(super) fn optional<'a, T>(
        &mut self,
        reader: &mut Reader<'a>,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'a>, &str, &'n Node) -> Option<T>,
    ) -> Option<T> {
        let node = self.get(reader, name)?;
        read(reader, name, node)
    }

    /// What `read` makes of a property that must be there.
    pub(super) fn required<'a, T>(
        &mut self,
        reader: &mut Reader<'a>,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'a>, &str, &'n Node) -> Option<T>,
    ) -> Option<T> {
        if self.has(name) {
            return self.optional(reader, name, read);
        }
        self.asked.push(name);
        reader.report(self.span.clone(), format!("{} has no `{name}`", self.owner));
        None
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == name)
    }

    /// Lets a property be there without a meaning.
    pub(super) fn ignore(&mut self, name: &'static str) {
        self.asked.push(name);
    }

    /// Faults the properties that nobody asked for. `refusal` says why there is none of a name that a reader of
    /// CloudFormation would look for.
    pub(super) fn finish(
        self,
        reader: &mut Reader,
        refusal: impl Fn(&str) -> Option<&'static str>,
    ) {
        for Entry { key, key_span, .. } in self.entries {
            if self.asked.contains(&key.as_str()) {
                continue;
            }
            let message = match refusal(key) {
                Some(reason) => format!("`{key}` is not supported: {reason}"),
                None => format!(
                    "unknown property {}{}",
                    quoted(key),
                    suggestion(key, self.asked.iter().copied())
                ),
            };
            reader.report(key_span.clone(), message);
        }
    }
}

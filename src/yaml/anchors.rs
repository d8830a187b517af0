//! Anchors of a template: an alias is a copy of the anchored value, and `<<` adds the entries of a mapping.

use std::collections::HashMap;

use super::node::{Entry, Node, Value};

/// Maximum number of values that the aliases of a text add. Aliases of aliases multiply.
const MAX_ADDED: usize = 100_000;

/// The anchored values of a text.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    by_id: HashMap<usize, Anchored>,
    /// Number of values that the aliases have added.
    added: usize,
}

#[derive(Debug)]
struct Anchored {
    node: Node,
    extent: Extent,
}

/// The size of a value.
#[derive(Clone, Copy, Debug)]
struct Extent {
    /// Number of values in it, itself included.
    values: usize,
    /// Levels of lists and mappings.
    depth: usize,
}

impl Anchors {
    /// Adds the value of an anchor.
    pub(super) fn add(&mut self, id: usize, node: &Node) {
        let anchored = Anchored {
            node: node.clone(),
            extent: Extent::of(node),
        };
        self.by_id.insert(id, anchored);
    }

    /// A copy of the value of an anchor, below which at most `levels` levels may be; otherwise the reason why there is none.
    pub(super) fn copy(&mut self, id: usize, levels: usize) -> Result<Node, String> {
        // The parser has the anchor, so the value is not complete.
        let anchored =
            (self.by_id.get(&id)).ok_or("an alias is inside of the value that it represents")?;
        self.added += anchored.extent.values;
        if self.added > MAX_ADDED {
            return Err(format!(
                "the aliases represent more than {MAX_ADDED} values"
            ));
        }
        if anchored.extent.depth > levels {
            return Err("the aliases nest too deeply".to_owned());
        }
        Ok(anchored.node.clone())
    }
}

impl Extent {
    fn of(node: &Node) -> Self {
        let children: Vec<&Node> = match &node.value {
            Value::Null | Value::Scalar(_) | Value::Unusable => {
                return Self {
                    values: 1,
                    depth: 0,
                };
            }
            Value::List(items) => items.iter().collect(),
            Value::Mapping(entries) => entries.iter().map(|entry| &entry.value).collect(),
        };
        let empty = Self {
            values: 1,
            depth: 1,
        };
        children
            .into_iter()
            .map(Self::of)
            .fold(empty, |all, child| Self {
                values: all.values + child.values,
                depth: all.depth.max(child.depth + 1),
            })
    }
}

/// Adds the entries of a value of `<<`: a mapping, or a list of mappings. The keys that are already known win. Returns false
/// for another value.
pub(super) fn merge(value: Node, entries: &mut Vec<Entry>) -> bool {
    match value.value {
        Value::Mapping(merged) => {
            for entry in merged {
                if !entries.iter().any(|known| known.key == entry.key) {
                    entries.push(entry);
                }
            }
            true
        }
        Value::List(items) => {
            let is_mapping = |item: &Node| matches!(item.value, Value::Mapping(_));
            items.iter().all(is_mapping) && items.into_iter().all(|item| merge(item, entries))
        }
        _ => false,
    }
}

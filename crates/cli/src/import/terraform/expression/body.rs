//! The bodies of blocks: attributes, nested blocks and `dynamic` blocks.

use std::collections::BTreeMap;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body, Structure};

use super::Scope;
use super::instances::MAX_INSTANCES;
use crate::import::terraform::value::{Unresolved, Value};

/// Attributes and blocks of a resource or a call that are for Terraform itself.
const META: [&str; 8] = [
    "count",
    "for_each",
    "provider",
    "providers",
    "depends_on",
    "lifecycle",
    "provisioner",
    "connection",
];

impl Scope<'_, '_> {
    /// The attributes and the nested blocks of a body. Each nested block type is a list.
    pub(super) fn body(&self, body: &Body) -> BTreeMap<String, Value> {
        let mut values = BTreeMap::new();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) if !META.contains(&attribute.key.as_str()) => {
                    let value = Value::element(self.evaluate(&attribute.value));
                    values.insert(attribute.key.to_string(), value);
                }
                Structure::Block(block) if block.ident.as_str() == "dynamic" => {
                    if let Some(kind) = block.labels.first() {
                        let blocks = self.dynamic(block, kind.as_str());
                        append(&mut values, kind.as_str(), blocks);
                    }
                }
                Structure::Block(block) if !META.contains(&block.ident.as_str()) => {
                    let value = Value::Map(self.body(&block.body));
                    append(&mut values, block.ident.as_str(), Ok(vec![value]));
                }
                Structure::Attribute(_) | Structure::Block(_) => {}
            }
        }
        values
    }

    /// The blocks that a `dynamic` block creates.
    fn dynamic(&self, block: &Block, kind: &str) -> Result<Vec<Value>, Unresolved> {
        let attribute = |key: &str| block.body.get_attribute(key).map(|found| &found.value);
        let (Some(each), Some(content)) = (
            attribute("for_each"),
            block.body.get_blocks("content").next(),
        ) else {
            return Ok(Vec::new());
        };
        let iterator = match attribute("iterator") {
            Some(Expression::Variable(name)) => name.as_str(),
            Some(Expression::String(name)) => name.as_str(),
            _ => kind,
        };
        let members = match self.evaluate(each)? {
            Value::Null => Vec::new(),
            value => self.members(value, each)?,
        };
        let mut blocks = Vec::new();
        for (key, value) in members.into_iter().take(MAX_INSTANCES) {
            let names = BTreeMap::from([("key".to_owned(), key), ("value".to_owned(), value)]);
            let scope = self.with_iteration(None, iterator, Value::Null, Value::Map(names));
            blocks.push(Value::Map(scope.body(&content.body)));
        }
        Ok(blocks)
    }
}

/// Adds nested blocks. If they cannot be resolved, the attribute is not resolved.
fn append(
    values: &mut BTreeMap<String, Value>,
    kind: &str,
    blocks: Result<Vec<Value>, Unresolved>,
) {
    match (blocks, values.get_mut(kind)) {
        (Err(unresolved), _) => drop(values.insert(kind.to_owned(), Value::Unresolved(unresolved))),
        (Ok(blocks), Some(Value::List(known))) => known.extend(blocks),
        (Ok(_), Some(_)) => {}
        (Ok(blocks), None) => drop(values.insert(kind.to_owned(), Value::List(blocks))),
    }
}

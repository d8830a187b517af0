//! `for` expressions.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, ForExpr};

use super::Scope;
use crate::import::terraform::value::{Attributes, Evaluated, Unresolved, Value};

impl Scope<'_, '_> {
    pub(super) fn for_expression(&self, each: &ForExpr, expression: &Expression) -> Evaluated {
        let intro = &each.intro;
        let collection = self.evaluate(&intro.collection_expr)?;
        let key_name = intro.key_var.as_ref().map(|name| name.as_str());
        let mut list = Vec::new();
        let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (key, value) in self.members(collection, expression)? {
            let scope = self.with_iteration(key_name, intro.value_var.as_str(), key, value);
            if let Some(condition) = &each.cond {
                let is_wanted = scope.evaluate(&condition.expr)?.to_bool();
                if !is_wanted.ok_or_else(|| self.error(expression, "its `if` is not a boolean"))? {
                    continue;
                }
            }
            let value = Value::element(scope.evaluate(&each.value_expr));
            match &each.key_expr {
                Some(key) => {
                    let key = scope.evaluate(key)?.to_text();
                    let key = key.ok_or_else(|| self.error(expression, "a key is not a text"))?;
                    groups.entry(key).or_default().push(value);
                }
                None => list.push(value),
            }
        }
        if each.key_expr.is_none() {
            return Ok(Value::List(list));
        }
        let one = |mut values: Vec<Value>| values.pop().unwrap_or(Value::Null);
        let member = |(key, values)| {
            let value = if each.grouping {
                Value::List(values)
            } else {
                one(values)
            };
            (key, value)
        };
        Ok(Value::Map(groups.into_iter().map(member).collect()))
    }

    /// The keys and values that a `for` iterates over.
    pub(super) fn members(
        &self,
        collection: Value,
        expression: &Expression,
    ) -> Result<Vec<(Value, Value)>, Unresolved> {
        match collection {
            Value::List(items) => {
                let indexed = items.into_iter().enumerate();
                Ok(indexed
                    .map(|(at, value)| (Value::whole(at), value))
                    .collect())
            }
            Value::Map(map) | Value::Resource(Attributes { values: map, .. }) => Ok(map
                .into_iter()
                .map(|(key, value)| (Value::Text(key), value))
                .collect()),
            Value::Unresolved(unresolved) => Err(unresolved),
            _ => Err(self.error(expression, "`for` needs a list or a map")),
        }
    }
}

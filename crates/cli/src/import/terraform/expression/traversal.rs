//! Attributes, indexes and splats that follow a value.

use std::borrow::Cow;

use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, TraversalOperator};

use super::Scope;
use crate::import::terraform::value::{Attributes, Evaluated, Unresolved, Value};

pub(super) type Operators<'o> = &'o [Decorated<TraversalOperator>];

impl Scope<'_, '_> {
    /// Applies attributes, indexes and splats to a value.
    pub(super) fn apply(
        &self,
        value: &Value,
        operators: Operators<'_>,
        expression: &Expression,
    ) -> Evaluated {
        let mut current = Cow::Borrowed(value);
        for (at, operator) in operators.iter().enumerate() {
            let rest = &operators[at + 1..];
            let next = match operator.value() {
                TraversalOperator::GetAttr(name) => self.member(&current, name, expression)?,
                TraversalOperator::LegacyIndex(index) => {
                    let index = usize::try_from(*index.value()).unwrap_or(usize::MAX);
                    self.item(&current, &Value::whole(index), expression)?
                }
                TraversalOperator::Index(index) => {
                    let index = self.evaluate(index)?;
                    self.item(&current, &index, expression)?
                }
                TraversalOperator::FullSplat(_) => {
                    return self.splat(&current, rest, &[], expression);
                }
                TraversalOperator::AttrSplat(_) => {
                    let is_index = |operator: &Decorated<TraversalOperator>| {
                        matches!(operator.value(), TraversalOperator::Index(_))
                    };
                    let end = rest.iter().position(is_index).unwrap_or(rest.len());
                    let (each, after) = rest.split_at(end);
                    return self.splat(&current, each, after, expression);
                }
            };
            current = Cow::Owned(next.into_owned().resolved()?);
            if !self.evaluator.charge(current.size()) {
                return Err(self.error(expression, "the value is too large"));
            }
        }
        if matches!(current, Cow::Borrowed(_)) && !self.evaluator.charge(current.size()) {
            return Err(self.error(expression, "the value is too large"));
        }
        current.into_owned().resolved()
    }

    /// Applies operators to each item of a list.
    fn splat(
        &self,
        value: &Value,
        each: Operators<'_>,
        after: Operators<'_>,
        expression: &Expression,
    ) -> Evaluated {
        let items = match value {
            Value::List(items) => items.as_slice(),
            Value::Null => &[],
            one => std::slice::from_ref(one),
        };
        let values = items
            .iter()
            .map(|item| Value::element(self.apply(item, each, expression)));
        self.apply(&Value::List(values.collect()), after, expression)
    }

    fn member<'v>(
        &self,
        value: &'v Value,
        name: &str,
        expression: &Expression,
    ) -> Result<Cow<'v, Value>, Unresolved> {
        let found = match value {
            Value::Map(map) => map.get(name),
            Value::Resource(Attributes { address, values }) => {
                let known = values.get(name).map(Cow::Borrowed);
                return known.ok_or_else(|| {
                    let reason = self.only_terraform(expression).reason;
                    Unresolved {
                        expression: format!("{address}.{name}"),
                        reason,
                        is_error: false,
                    }
                });
            }
            Value::Unresolved(unresolved) => {
                return Err(self.renamed(unresolved.clone(), expression));
            }
            _ => None,
        };
        let found = found.map(Cow::Borrowed);
        found.ok_or_else(|| self.error(expression, &format!("it has no attribute `{name}`")))
    }

    fn item<'v>(
        &self,
        value: &'v Value,
        index: &Value,
        expression: &Expression,
    ) -> Result<Cow<'v, Value>, Unresolved> {
        let found = match value {
            Value::List(items) => index.to_index().and_then(|index| items.get(index)),
            Value::Map(map) => index.to_text().and_then(|key| map.get(&key)),
            Value::Resource(_) => {
                let name = index.to_text().unwrap_or_default();
                return self.member(value, &name, expression);
            }
            Value::Unresolved(unresolved) => {
                return Err(self.renamed(unresolved.clone(), expression));
            }
            _ => None,
        };
        let found = found.map(Cow::Borrowed);
        found.ok_or_else(|| self.error(expression, "the index has no value"))
    }
}

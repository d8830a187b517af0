//! Types of variables, and values that are given as text.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey};
use hcl_edit::parser::parse_expr;

use super::{Names, Scope};
use crate::import::terraform::functions;
use crate::import::terraform::value::{Evaluated, Value};

impl Scope<'_, '_> {
    /// The value of an argument such as `--var NAME=VALUE`: text, or an expression if the variable is a list or a map.
    pub(super) fn argument(&self, text: &str, kind: Option<&Expression>) -> Evaluated {
        let is_collection = matches!(kind, Some(Expression::FuncCall(_)));
        match parse_expr(text) {
            Ok(expression) if is_collection => self.evaluated_argument(&expression),
            _ => Ok(Value::Text(text.to_owned())),
        }
    }

    /// The value of an argument such as `--var module.a.names=VALUE`, whose type is not declared: a list, a map, or text.
    pub(super) fn untyped_argument(&self, text: &str) -> Evaluated {
        match parse_expr(text) {
            Ok(expression @ (Expression::Array(_) | Expression::Object(_))) => {
                self.evaluated_argument(&expression)
            }
            _ => Ok(Value::Text(text.to_owned())),
        }
    }

    fn evaluated_argument(&self, expression: &Expression) -> Evaluated {
        let owner = "--var".to_owned();
        self.evaluator
            .scope(self.index, self.file, Names::new(), owner)
            .evaluate(expression)
    }

    /// The value converted to the type of its variable. A value of another type stays as it is.
    pub(super) fn converted(&self, value: Value, kind: &Expression) -> Evaluated {
        let converted = match kind {
            Expression::Variable(name) => match name.as_str() {
                "string" => value.to_text().map(Value::Text),
                "number" => value.to_number().map(Value::Number),
                "bool" => value.to_bool().map(Value::Bool),
                _ => None,
            },
            Expression::FuncCall(call) => return self.converted_collection(value, call),
            _ => None,
        };
        Ok(converted.unwrap_or(value))
    }

    fn converted_collection(&self, value: Value, call: &FuncCall) -> Evaluated {
        let Some(inner) = call.args.iter().next() else {
            return Ok(value);
        };
        match (call.name.name.as_str(), value, inner) {
            ("object", Value::Map(map), Expression::Object(object)) => {
                self.converted_object(map, object)
            }
            ("map", Value::Map(map), inner) => {
                let members = map.into_iter();
                let members =
                    members.map(|(key, value)| (key, self.converted_element(value, inner)));
                Ok(Value::Map(members.collect()))
            }
            (kind @ ("list" | "set"), Value::List(items), inner) => {
                let items = items.into_iter();
                let items = items
                    .map(|item| self.converted_element(item, inner))
                    .collect();
                Ok(if kind == "set" {
                    functions::set(items)
                } else {
                    Value::List(items)
                })
            }
            ("optional", value, inner) => self.converted(value, inner),
            (_, value, _) => Ok(value),
        }
    }

    fn converted_element(&self, value: Value, kind: &Expression) -> Value {
        Value::element(
            value
                .resolved()
                .and_then(|value| self.converted(value, kind)),
        )
    }

    /// The attributes that the type declares. An optional one has its default, or is null.
    fn converted_object(&self, mut map: BTreeMap<String, Value>, object: &Object) -> Evaluated {
        let mut converted = BTreeMap::new();
        for (key, kind) in object {
            let name = match key {
                ObjectKey::Ident(name) => name.to_string(),
                ObjectKey::Expression(key) => self.evaluate(key)?.to_text().unwrap_or_default(),
            };
            let given = map.remove(&name).filter(|value| *value != Value::Null);
            let value = match (given, kind.expr()) {
                (Some(value), kind) => self.converted_element(value, kind),
                (None, Expression::FuncCall(call)) if call.name.name.as_str() == "optional" => {
                    let default = call.args.iter().nth(1);
                    default.map_or(Value::Null, |default| {
                        let default = self.evaluate(default);
                        self.converted_element(Value::element(default), kind.expr())
                    })
                }
                (None, _) => Value::Null,
            };
            converted.insert(name, value);
        }
        Ok(Value::Map(converted))
    }
}

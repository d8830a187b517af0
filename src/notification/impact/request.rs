//! Values in the request parameters of a call.

use serde_json::Value;

use crate::evidence::{Fact, Facts};

/// The request parameters. `None` if there are none, or if they were truncated when they were stored.
pub(super) fn request(facts: &Facts) -> Option<Value> {
    serde_json::from_str(facts.text(Fact::RequestParameters)?).ok()
}

/// A member that is a text.
pub(super) fn text<'v>(request: &'v Value, name: &str) -> Option<&'v str> {
    request.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A member that is a whole number, also as text.
pub(super) fn number(request: &Value, name: &str) -> Option<i64> {
    let value = request.get(name)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// All texts of members with this name, at any depth.
pub(super) fn texts_below<'v>(value: &'v Value, name: &str, found: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts_below(item, name, found)),
        Value::Object(members) => {
            for (key, value) in members {
                match value.as_str() {
                    Some(text) if key == name => found.push(text),
                    _ => texts_below(value, name, found),
                }
            }
        }
        _ => {}
    }
}

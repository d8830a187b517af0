//! Sets and removes the value of a selector in a record.

use serde_json::{Map, Value};

use cloudwatch_filter_pattern::record::Step;

/// Name of a member that a wildcard selects.
const ANY_MEMBER: &str = "example";

/// Largest index of an element that is set.
const MAX_INDEX: usize = 100;

/// Sets the value that the steps select, with all values above it. Returns false if another value is in the way.
pub(super) fn set(record: &mut Value, steps: &[Step], value: Value) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        *record = value;
        return true;
    };
    if record.is_null() {
        *record = match step {
            Step::Member(_) => Value::Object(Map::new()),
            Step::Element(_) | Step::Any => Value::Array(Vec::new()),
        };
    }
    match (record, step) {
        (Value::Object(members), Step::Member(name)) => {
            let member = members.entry(name.as_ref()).or_insert(Value::Null);
            set(member, rest, value)
        }
        (Value::Object(members), Step::Any) => {
            let member = members.entry(ANY_MEMBER).or_insert(Value::Null);
            set(member, rest, value)
        }
        (Value::Array(items), Step::Element(_) | Step::Any) => {
            let index = match step {
                Step::Element(index) => *index,
                _ => 0,
            };
            if index > MAX_INDEX {
                return false;
            }
            while items.len() <= index {
                items.push(Value::Null);
            }
            set(&mut items[index], rest, value)
        }
        _ => false,
    }
}

/// Removes what the steps select.
pub(super) fn remove(record: &mut Value, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else {
        return;
    };
    let is_last = rest.is_empty();
    match (record, step) {
        (Value::Object(members), Step::Member(name)) if is_last => {
            members.remove(name.as_ref());
        }
        (Value::Object(members), Step::Member(name)) => {
            if let Some(member) = members.get_mut(name.as_ref()) {
                remove(member, rest);
            }
        }
        (Value::Object(members), Step::Any) if is_last => members.clear(),
        (Value::Object(members), Step::Any) => {
            for member in members.values_mut() {
                remove(member, rest);
            }
        }
        (Value::Array(items), Step::Element(index)) if is_last => items.truncate(*index),
        (Value::Array(items), Step::Element(index)) => {
            if let Some(item) = items.get_mut(*index) {
                remove(item, rest);
            }
        }
        (Value::Array(items), Step::Any) if is_last => items.clear(),
        (Value::Array(items), Step::Any) => {
            for item in items {
                remove(item, rest);
            }
        }
        _ => {}
    }
}

//! Functions on lists, sets and maps.

use std::collections::BTreeMap;

use super::{Failure, Outcome, argument, error, evaluated, index, list, number, text_at, text_of};
use crate::import::terraform::value::Value;

/// The largest number of items that `range` creates, and with which an item is compared.
const MAX_ITEMS: usize = 2_000;

/// The value of a function. `None` if the function is not known.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Outcome> {
    let on_list = |convert: fn(Vec<Value>) -> Value| list(arguments, 0).map(convert);
    Some(match name {
        "concat" => concat(arguments).map(Value::List),
        "toset" => on_list(set),
        "tolist" => on_list(Value::List),
        "distinct" => on_list(|items| Value::List(distinct(items))),
        "compact" => on_list(|items| {
            let is_set =
                |item: &Value| !matches!(item, Value::Null) && *item != Value::Text(String::new());
            Value::List(items.into_iter().filter(is_set).collect())
        }),
        "reverse" => on_list(|items| Value::List(items.into_iter().rev().collect())),
        "sort" => list(arguments, 0).and_then(|items| sorted(&items)),
        "flatten" => list(arguments, 0).and_then(|items| flattened(items).map(Value::List)),
        "length" => length(arguments),
        "element" => element(arguments),
        "slice" => slice(arguments),
        "contains" => contains(arguments),
        "anytrue" => decided(arguments, true),
        "alltrue" => decided(arguments, false),
        "index" => position(arguments),
        "one" => one(arguments),
        "range" => range(arguments),
        "sum" => sum(arguments),
        "keys" => {
            map(arguments, 0).map(|map| Value::List(map.into_keys().map(Value::Text).collect()))
        }
        "values" => map(arguments, 0).map(|map| Value::List(map.into_values().collect())),
        "tomap" => map(arguments, 0).map(Value::Map),
        "merge" => merge(arguments),
        "lookup" => lookup(arguments),
        "zipmap" => zipmap(arguments),
        "coalesce" => coalesce(arguments),
        "coalescelist" => coalesce_list(arguments),
        "sensitive" | "nonsensitive" => argument(arguments, 0),
        _ => return None,
    })
}

/// A set: numbers or texts in their order, each once.
pub(super) fn set(items: Vec<Value>) -> Value {
    let mut items = distinct(items);
    let numbers: Option<Vec<f64>> = items.iter().map(as_number).collect();
    if let Some(mut numbers) = numbers {
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        items = numbers.into_iter().map(Value::Number).collect();
    } else {
        items.sort_by_cached_key(Value::to_text);
        items.dedup();
    }
    Value::List(items)
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

/// The items, each once. An item is compared with the first [`MAX_ITEMS`] different ones, to bound the work.
fn distinct(items: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        let compared = &kept[..kept.len().min(MAX_ITEMS)];
        if !compared.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

pub(super) fn concat(arguments: &[Value]) -> Result<Vec<Value>, Failure> {
    let mut items = Vec::new();
    for at in 0..arguments.len() {
        items.extend(list(arguments, at)?);
    }
    Ok(items)
}

fn sorted(items: &[Value]) -> Outcome {
    let mut texts = super::texts(items)?;
    texts.sort();
    Ok(Value::List(texts.into_iter().map(Value::Text).collect()))
}

fn flattened(items: Vec<Value>) -> Result<Vec<Value>, Failure> {
    let mut flat = Vec::new();
    for item in items {
        match item {
            Value::List(items) => flat.extend(flattened(items)?),
            Value::Unresolved(unresolved) => return Err(unresolved.into()),
            item => flat.push(item),
        }
    }
    Ok(flat)
}

fn length(arguments: &[Value]) -> Outcome {
    match argument(arguments, 0)? {
        Value::List(items) => Ok(Value::whole(items.len())),
        Value::Map(map) => Ok(Value::whole(map.len())),
        Value::Text(text) => Ok(Value::whole(text.chars().count())),
        _ => error("expected a list, a map or a text"),
    }
}

fn element(arguments: &[Value]) -> Outcome {
    let items = list(arguments, 0)?;
    let at = index(arguments, 1)?;
    match items.len() {
        0 => error("the list is empty"),
        length => Ok(evaluated(&items[at % length])?),
    }
}

fn slice(arguments: &[Value]) -> Outcome {
    let items = list(arguments, 0)?;
    let (start, end) = (index(arguments, 1)?, index(arguments, 2)?);
    let part = items.get(start..end);
    part.map_or_else(
        || error("the range is not in the list"),
        |part| Ok(Value::List(part.to_vec())),
    )
}

fn contains(arguments: &[Value]) -> Outcome {
    let (items, wanted) = (list(arguments, 0)?, argument(arguments, 1)?);
    if items.contains(&wanted) {
        return Ok(Value::Bool(true));
    }
    // Another item may have the value.
    for item in &items {
        evaluated(item)?;
    }
    Ok(Value::Bool(false))
}

/// `decisive` if an item is, otherwise the opposite of it. Null counts as false.
fn decided(arguments: &[Value], decisive: bool) -> Outcome {
    let mut unresolved = None;
    for item in list(arguments, 0)? {
        let value = match item {
            Value::Null => Some(false),
            Value::Unresolved(reason) => {
                unresolved = unresolved.or(Some(reason));
                continue;
            }
            item => item.to_bool(),
        };
        match value {
            Some(value) if value == decisive => return Ok(Value::Bool(decisive)),
            Some(_) => {}
            None => return error("an item is not a boolean"),
        }
    }
    // An item that is not resolved may be decisive.
    unresolved.map_or(Ok(Value::Bool(!decisive)), |reason| Err(reason.into()))
}

fn position(arguments: &[Value]) -> Outcome {
    let (items, wanted) = (list(arguments, 0)?, argument(arguments, 1)?);
    let found = items.iter().position(|item| *item == wanted);
    found.map_or_else(
        || error("the list does not contain the value"),
        |at| Ok(Value::whole(at)),
    )
}

fn one(arguments: &[Value]) -> Outcome {
    let mut items = list(arguments, 0)?;
    match (items.pop(), items.is_empty()) {
        (None, _) => Ok(Value::Null),
        (Some(only), true) => Ok(only.resolved()?),
        (Some(_), false) => error("the list has several items"),
    }
}

fn sum(arguments: &[Value]) -> Outcome {
    let items = list(arguments, 0)?;
    let numbers = (0..items.len()).map(|at| number(&items, at));
    Ok(Value::Number(numbers.sum::<Result<f64, _>>()?))
}

fn range(arguments: &[Value]) -> Outcome {
    let (start, end) = match arguments.len() {
        1 => (0.0, number(arguments, 0)?),
        _ => (number(arguments, 0)?, number(arguments, 1)?),
    };
    let step = if arguments.len() > 2 {
        number(arguments, 2)?
    } else {
        1.0
    };
    let mut items = Vec::new();
    let mut at = start;
    while step != 0.0 && if step > 0.0 { at < end } else { at > end } {
        if items.len() >= MAX_ITEMS {
            return error("the result is too large");
        }
        items.push(Value::Number(at));
        at += step;
    }
    Ok(Value::List(items))
}

fn map(arguments: &[Value], at: usize) -> Result<BTreeMap<String, Value>, Failure> {
    match argument(arguments, at)? {
        Value::Map(map) => Ok(map),
        Value::Resource(attributes) => Ok(attributes.values),
        _ => error("expected a map"),
    }
}

fn merge(arguments: &[Value]) -> Outcome {
    let mut merged = BTreeMap::new();
    for at in 0..arguments.len() {
        if argument(arguments, at)? != Value::Null {
            merged.extend(map(arguments, at)?);
        }
    }
    Ok(Value::Map(merged))
}

fn lookup(arguments: &[Value]) -> Outcome {
    let (map, key) = (map(arguments, 0)?, text_at(arguments, 1)?);
    match map.get(&key) {
        Some(value) => Ok(evaluated(value)?),
        None => argument(arguments, 2),
    }
}

fn zipmap(arguments: &[Value]) -> Outcome {
    let keys = super::texts(&list(arguments, 0)?)?;
    Ok(Value::Map(
        keys.into_iter().zip(list(arguments, 1)?).collect(),
    ))
}

/// The first value that is neither null nor an empty text.
fn coalesce(arguments: &[Value]) -> Outcome {
    for value in arguments {
        match evaluated(value)? {
            Value::Null => {}
            value if text_of(&value).is_ok_and(|text| text.is_empty()) => {}
            value => return Ok(value),
        }
    }
    error("all arguments are null or empty")
}

fn coalesce_list(arguments: &[Value]) -> Outcome {
    for at in 0..arguments.len() {
        match argument(arguments, at)? {
            Value::List(items) if items.is_empty() => {}
            Value::Null => {}
            value => return Ok(value),
        }
    }
    error("all lists are empty")
}

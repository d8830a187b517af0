//! The functions of Terraform that modules of alarms use.

mod collections;
mod encodings;
mod expressions;
mod sets;
#[cfg(test)]
mod tests;
mod text;

use super::value::{Evaluated, Unresolved, Value};

/// The largest text or list that a function returns.
const MAX_LENGTH: usize = 1 << 20;

/// Why a function has no value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Terraform would also fail.
    Error(String),
    /// Only Terraform can evaluate the call.
    Unsupported,
    /// An argument is not resolved.
    Unresolved(Unresolved),
}

type Outcome = Result<Value, Failure>;

/// The value of a function. `None` if the function is not known.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Outcome> {
    let families = [
        text::call,
        collections::call,
        sets::call,
        expressions::call,
        encodings::call,
    ];
    families.iter().find_map(|family| family(name, arguments))
}

/// A set: texts in their order, each once.
pub(super) fn set(items: Vec<Value>) -> Value {
    collections::set(items)
}

impl From<Unresolved> for Failure {
    fn from(unresolved: Unresolved) -> Self {
        Self::Unresolved(unresolved)
    }
}

fn error<T>(reason: &str) -> Result<T, Failure> {
    Err(Failure::Error(reason.to_owned()))
}

fn evaluated(value: &Value) -> Evaluated {
    match value {
        Value::Unresolved(unresolved) => Err(unresolved.clone()),
        value => Ok(value.clone()),
    }
}

fn argument(arguments: &[Value], at: usize) -> Result<Value, Failure> {
    match arguments.get(at) {
        Some(value) => Ok(evaluated(value)?),
        None => error("an argument is missing"),
    }
}

fn text_at(arguments: &[Value], at: usize) -> Result<String, Failure> {
    text_of(&argument(arguments, at)?)
}

fn text_of(value: &Value) -> Result<String, Failure> {
    let text = evaluated(value)?.to_text();
    text.map_or_else(|| error("expected a text"), Ok)
}

fn list(arguments: &[Value], at: usize) -> Result<Vec<Value>, Failure> {
    match argument(arguments, at)? {
        Value::List(items) => Ok(items),
        Value::Map(map) => Ok(map.into_values().collect()),
        _ => error("expected a list"),
    }
}

fn texts(values: &[Value]) -> Result<Vec<String>, Failure> {
    values.iter().map(text_of).collect()
}

fn number(arguments: &[Value], at: usize) -> Result<f64, Failure> {
    let number = argument(arguments, at)?.to_number();
    number.map_or_else(|| error("expected a number"), Ok)
}

fn index(arguments: &[Value], at: usize) -> Result<usize, Failure> {
    let index = argument(arguments, at)?.to_index();
    index.map_or_else(|| error("expected a whole number that is not negative"), Ok)
}

fn bounded(length: usize) -> Result<(), Failure> {
    if length > MAX_LENGTH {
        error("the result is too large")
    } else {
        Ok(())
    }
}

//! Functions on regular expressions, which take linear time.

use regex::{Captures, Regex};

use super::{Failure, Outcome, bounded, error, text};
use crate::import::terraform::value::Value;

/// The value of a function. `None` if the function is not known.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Outcome> {
    match name {
        "regex" => Some(first(arguments)),
        "regexall" => Some(all(arguments)),
        _ => None,
    }
}

/// Replaces each match. `$1` in the replacement is a group.
pub(super) fn replace(text: &str, pattern: &str, replacement: &str) -> Outcome {
    let pattern = compiled(pattern)?;
    let matches = pattern.find_iter(text).count();
    // A group is at most as long as the text.
    bounded(text.len() + matches.saturating_mul(replacement.len() + text.len()))?;
    Ok(Value::Text(
        pattern.replace_all(text, replacement).into_owned(),
    ))
}

fn compiled(pattern: &str) -> Result<Regex, Failure> {
    Regex::new(pattern).or_else(|_| error("the regular expression is not supported"))
}

fn first(arguments: &[Value]) -> Outcome {
    let (pattern, text) = (text(arguments, 0)?, text(arguments, 1)?);
    let pattern = compiled(&pattern)?;
    let found = pattern.captures(&text);
    found.map_or_else(
        || error("the text does not match"),
        |found| Ok(groups(&pattern, &found)),
    )
}

fn all(arguments: &[Value]) -> Outcome {
    let (pattern, text) = (text(arguments, 0)?, text(arguments, 1)?);
    let pattern = compiled(&pattern)?;
    bounded(
        text.len()
            .saturating_mul(pattern.captures_len())
            .saturating_mul(8),
    )?;
    let found = pattern
        .captures_iter(&text)
        .map(|found| groups(&pattern, &found));
    Ok(Value::List(found.collect()))
}

/// The whole match, or its groups: a map if they have names, otherwise a list.
fn groups(pattern: &Regex, found: &Captures<'_>) -> Value {
    let value = |at: usize| {
        found
            .get(at)
            .map_or(Value::Null, |found| Value::Text(found.as_str().to_owned()))
    };
    if pattern.captures_len() == 1 {
        return value(0);
    }
    let names = || pattern.capture_names().enumerate().skip(1);
    if names().any(|(_, name)| name.is_some()) {
        let members = names().filter_map(|(at, name)| Some((name?.to_owned(), value(at))));
        return Value::Map(members.collect());
    }
    Value::List(names().map(|(at, _)| value(at)).collect())
}

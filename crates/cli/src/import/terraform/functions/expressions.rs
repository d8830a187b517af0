//! Functions with regular expressions.
//!
//! Terraform's syntax is that of RE2. The crate `regex` has the same results for ASCII texts. What differs is
//! [unsupported](Failure::Unsupported).

use std::collections::BTreeMap;

use regex::bytes::{Captures, Regex, RegexBuilder};

use super::{Failure, Outcome, bounded, error, text_at};
use crate::import::terraform::value::Value;

/// The largest size of a compiled expression, in bytes.
const MAX_SIZE: usize = 1 << 20;

/// The value of a function. `None` if the function is not known.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Outcome> {
    Some(match name {
        "regex" => matches(arguments).and_then(|mut matches| {
            matches.truncate(1);
            let first = matches.pop();
            first.map_or_else(|| error("the expression does not match the text"), Ok)
        }),
        "regexall" => matches(arguments).map(Value::List),
        _ => return None,
    })
}

/// Replaces all matches. `$1` or `${name}` in `to` is a group.
pub(super) fn replace(text: &str, expression: &str, to: &str) -> Outcome {
    let regex = compiled(expression, text)?;
    let groups = to.matches('$').count().saturating_mul(text.len());
    let matches = regex.find_iter(text.as_bytes()).count();
    bounded(text.len() + groups + matches.saturating_mul(to.len()))?;
    let replaced = regex.replace_all(text.as_bytes(), to.as_bytes());
    Ok(Value::Text(String::from_utf8_lossy(&replaced).into_owned()))
}

fn matches(arguments: &[Value]) -> Result<Vec<Value>, Failure> {
    let (expression, text) = (text_at(arguments, 0)?, text_at(arguments, 1)?);
    let regex = compiled(&expression, &text)?;
    bounded(text.len().saturating_mul(8 * regex.captures_len()))?;
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    if names.iter().any(Option::is_some) && names.iter().any(Option::is_none) {
        return error("its groups must all have a name, or none of them");
    }
    let matches = regex.captures_iter(text.as_bytes());
    Ok(matches.map(|found| value(&found, &names)).collect())
}

/// The groups of a match: a map if they have names, a list if they have none. Without groups it is the text.
fn value(found: &Captures<'_>, names: &[Option<&str>]) -> Value {
    let group = |at: usize| {
        let text = found
            .get(at)
            .map(|group| String::from_utf8_lossy(group.as_bytes()));
        text.map_or(Value::Null, |text| Value::Text(text.into_owned()))
    };
    let groups = names.iter().zip(1..);
    match names.first() {
        None => group(0),
        Some(None) => Value::List(groups.map(|(_, at)| group(at)).collect()),
        Some(Some(_)) => {
            let members = groups.filter_map(|(name, at)| Some(((*name)?.to_owned(), group(at))));
            Value::Map(members.collect::<BTreeMap<_, _>>())
        }
    }
}

fn compiled(expression: &str, text: &str) -> Result<Regex, Failure> {
    if !expression.is_ascii() || !text.is_ascii() || has_operator_of_a_class(expression) {
        return Err(Failure::Unsupported);
    }
    let regex = RegexBuilder::new(expression)
        .unicode(false)
        .size_limit(MAX_SIZE)
        .build();
    regex.map_err(|_| Failure::Unsupported)
}

/// Whether a class has what only the crate reads as an operator or as a class in it.
fn has_operator_of_a_class(expression: &str) -> bool {
    let mut rest = expression;
    let mut is_in_class = false;
    while let Some(first) = rest.chars().next() {
        let starts_with = |starts: &[&str]| starts.iter().any(|start| rest.starts_with(start));
        let mut length = 1;
        if first == '\\' {
            length = rest.len().min(2);
        } else if !is_in_class {
            is_in_class = first == '[';
            // A bracket is an ordinary character at the start of a class.
            let is_literal = |start: &&&str| rest.starts_with(**start);
            length = ["[^]", "[]", "[^"]
                .iter()
                .find(is_literal)
                .map_or(1, |start| start.len());
        } else if starts_with(&["[:"]) {
            length = rest.find(":]").map_or(rest.len(), |end| end + 2);
        } else if first == '[' || starts_with(&["&&", "--", "~~"]) {
            return true;
        } else if first == ']' {
            is_in_class = false;
        }
        rest = &rest[length..];
    }
    false
}

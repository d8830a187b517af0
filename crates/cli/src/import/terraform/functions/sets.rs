//! Functions on sets.

use super::collections::{concat, set};
use super::{Failure, Outcome, bounded, evaluated, list};
use crate::import::terraform::value::Value;

/// The value of a function. `None` if the function is not known.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Outcome> {
    Some(match name {
        "setunion" => concat(arguments).map(set),
        "setsubtract" => kept(arguments, false),
        "setintersection" => kept(arguments, true),
        "setproduct" => product(arguments),
        _ => return None,
    })
}

/// The items of the first set that all other sets have, or that none of them has.
fn kept(arguments: &[Value], is_in_others: bool) -> Outcome {
    let mut items = known(arguments, 0)?;
    for at in 1..arguments.len() {
        let others = known(arguments, at)?;
        bounded(items.len().saturating_mul(others.len()))?;
        items.retain(|item| others.contains(item) == is_in_others);
    }
    Ok(set(items))
}

/// All combinations of an item of each list.
fn product(arguments: &[Value]) -> Outcome {
    let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
    for at in 0..arguments.len() {
        let items = list(arguments, at)?;
        let size: usize = items.iter().map(Value::size).sum();
        bounded(
            combinations
                .len()
                .saturating_mul(size.max(64 * items.len() * at)),
        )?;
        let longer = combinations.iter().flat_map(|before| {
            let with = |item: &Value| [before.as_slice(), std::slice::from_ref(item)].concat();
            items.iter().map(with)
        });
        combinations = longer.collect();
    }
    Ok(Value::List(
        combinations.into_iter().map(Value::List).collect(),
    ))
}

/// The items of a set, which must all be resolved.
fn known(arguments: &[Value], at: usize) -> Result<Vec<Value>, Failure> {
    let items = list(arguments, at)?;
    let items = items.iter().map(|item| Ok(evaluated(item)?));
    items.collect()
}

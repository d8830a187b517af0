//! A second, naive evaluator of JSON patterns.
//!
//! It builds a tree of the record, follows selectors in the tree, and matches asterisks by recursion. It shares only the syntax
//! tree with the evaluator under test.

use cloudwatch_filter_pattern::record::{Selector, Step};
use cloudwatch_filter_pattern::{Comparison, Condition, Expr, Keyword, Operand, Operator};
use serde_json::Value;

/// Whether a text matches a pattern with asterisks, by the definition of the asterisk.
pub fn glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => glob(rest, text),
        (Some(('*', rest)), Some((_, shorter))) => glob(rest, text) || glob(pattern, shorter),
        (Some((p, rest)), Some((t, shorter))) => p == t && glob(rest, shorter),
        _ => false,
    }
}

/// The same as CloudWatch did it in 2019: each piece matches where it occurs first.
pub fn leftmost(pattern: &[char], text: &[char]) -> bool {
    let pieces: Vec<&[char]> = pattern.split(|c| *c == '*').collect();
    let [first, middle @ .., last] = pieces.as_slice() else {
        return pattern == text;
    };
    let end_of = |from: usize, piece: &[char]| {
        (from..=text.len())
            .find(|&at| text[at..].starts_with(piece))
            .map(|at| at + piece.len())
    };
    let start = text.starts_with(first).then_some(first.len());
    let end = middle
        .iter()
        .try_fold(start, |from, piece| Some(end_of(from?, piece)));
    match end.flatten() {
        Some(_) if last.is_empty() => true,
        Some(from) => end_of(from, last) == Some(text.len()),
        None => false,
    }
}

/// A comparison of a pattern with asterisks and a text: [`glob`] or [`leftmost`].
pub type Glob = fn(&[char], &[char]) -> bool;

/// The values that a selector selects, in the order of the tree.
pub fn select<'v>(root: &'v Value, steps: &[Step]) -> Vec<&'v Value> {
    let Some((step, rest)) = steps.split_first() else {
        return vec![root];
    };
    let below: Vec<&Value> = match (step, root) {
        (Step::Member(name), Value::Object(members)) => members.get(&**name).into_iter().collect(),
        (Step::Element(at), Value::Array(elements)) => elements.get(*at).into_iter().collect(),
        (Step::Any, Value::Object(members)) => members.values().collect(),
        (Step::Any, Value::Array(elements)) => elements.iter().collect(),
        _ => Vec::new(),
    };
    below
        .into_iter()
        .flat_map(|value| select(value, rest))
        .collect()
}

/// Whether an expression is true of a record.
pub fn holds(expr: &Expr, root: &Value, glob: Glob) -> bool {
    match expr {
        Expr::And(operands) => operands.iter().all(|operand| holds(operand, root, glob)),
        Expr::Or(operands) => operands.iter().any(|operand| holds(operand, root, glob)),
        Expr::Test(test) => condition(&test.selector, &test.condition, root, glob),
    }
}

fn condition(selector: &Selector, condition: &Condition, root: &Value, glob: Glob) -> bool {
    let values = select(root, selector.steps());
    let any = |holds: &dyn Fn(&Value) -> bool| values.iter().any(|value| holds(value));
    match condition {
        Condition::NotExists => values.is_empty(),
        Condition::Is(Keyword::True) => any(&|value| *value == Value::Bool(true)),
        Condition::Is(Keyword::False) => any(&|value| *value == Value::Bool(false)),
        Condition::Is(Keyword::Null) => any(&|value| match value {
            Value::Array(elements) => elements.contains(&Value::Null),
            other => other.is_null(),
        }),
        Condition::Compare(Comparison { operator, operand }) => {
            let equal = |value: &Value| equals(operand, value, glob);
            match (
                **operator,
                selector.steps().iter().position(|step| *step == Step::Any),
            ) {
                (Operator::Equal, _) => any(&|value| equal(value) == Some(true)),
                (Operator::NotEqual, None) => any(&|value| equal(value) == Some(false)),
                (Operator::NotEqual, Some(wildcard)) => {
                    !select(root, &selector.steps()[..wildcard]).is_empty()
                        && !any(&|value| equal(value) == Some(true))
                }
                (ordering, _) => any(&|value| orders(ordering, operand, value)),
            }
        }
    }
}

fn equals(operand: &Operand, value: &Value, glob: Glob) -> Option<bool> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(match operand {
        Operand::Number(number) if value.is_number() => {
            number.spelling().parse::<f64>().ok() == value.as_f64()
        }
        Operand::Number(number) => number.spelling() == text,
        Operand::Text(pattern) => {
            let pattern: Vec<char> = pattern.literal()?.chars().collect();
            glob(&pattern, &text.chars().collect::<Vec<_>>())
        }
        Operand::Regex(regex) => regex.is_match(&text),
    })
}

fn orders(operator: Operator, operand: &Operand, value: &Value) -> bool {
    let (Operand::Number(number), Some(value)) = (operand, value.as_f64()) else {
        return false;
    };
    let number: f64 = number.spelling().parse().expect("it is a number");
    match operator {
        Operator::Less => value < number,
        Operator::LessOrEqual => value <= number,
        Operator::Greater => value > number,
        Operator::GreaterOrEqual => value >= number,
        Operator::Equal | Operator::NotEqual => unreachable!("not an ordering"),
    }
}

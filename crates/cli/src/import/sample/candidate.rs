//! Values that may satisfy or violate a test. The matcher decides.

use serde_json::{Number, Value, json};

use cloudwatch_filter_pattern::{Comparison, Condition, Keyword, Operand, Operator, Test};

/// Values for which all of the tests, which are of one selector, may be true.
pub(super) fn satisfying(tests: &[&Test]) -> Vec<Value> {
    let own = tests.iter().flat_map(|test| match &test.condition.node {
        Condition::Compare(comparison) => of_comparison(comparison),
        Condition::Is(keyword) => vec![of_keyword(*keyword)],
        Condition::NotExists => Vec::new(),
    });
    let any = [json!("example"), json!("other"), json!(1)];
    own.chain(any).collect()
}

/// Values for which the test may be false.
pub(super) fn violating(test: &Test) -> Vec<Value> {
    let own = match &test.condition.node {
        Condition::Compare(comparison) if test.is_not_equal() => of_operand(&comparison.operand),
        Condition::Compare(comparison) => of_comparison(comparison),
        Condition::Is(Keyword::True) => vec![json!(false)],
        Condition::Is(Keyword::False) => vec![json!(true)],
        Condition::Is(Keyword::Null) | Condition::NotExists => Vec::new(),
    };
    let any = [json!("Another"), json!("example")];
    own.into_iter().chain(any).collect()
}

fn of_comparison(comparison: &Comparison) -> Vec<Value> {
    match comparison.operator.node {
        Operator::NotEqual => Vec::new(),
        _ => of_operand(&comparison.operand),
    }
}

fn of_keyword(keyword: Keyword) -> Value {
    match keyword {
        Keyword::Null => Value::Null,
        Keyword::True => json!(true),
        Keyword::False => json!(false),
    }
}

/// Values that may equal an operand, and numbers on both sides of it.
fn of_operand(operand: &Operand) -> Vec<Value> {
    match operand {
        Operand::Text(text) => {
            let text = text.literal().unwrap_or_default();
            let plain = text.replace('*', "");
            vec![json!(text.replace('*', "example")), json!(plain)]
        }
        Operand::Number(number) => {
            let Ok(exact) = number.spelling().parse::<Number>() else {
                return vec![json!(number.spelling())];
            };
            let around = exact.as_f64().unwrap_or_default();
            let near = [around + 1.0, around - 1.0, around + 0.5, around - 0.5];
            let near = near.map(|value| json!(value));
            [Value::from(exact)].into_iter().chain(near).collect()
        }
        Operand::Regex(regex) => regex
            .as_str()
            .split('|')
            .flat_map(|alternative| [simplified(alternative, 'a'), simplified(alternative, 'A')])
            .map(Value::from)
            .collect(),
    }
}

/// A text that may match a regular expression: its literal characters, and a letter for each class.
fn simplified(regex: &str, letter: char) -> String {
    let mut text = String::new();
    let mut chars = regex.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') => text.push('1'),
                Some('w') => text.push(letter),
                Some('s') => text.push(' '),
                Some(escaped) => text.push(escaped),
                None => {}
            },
            '[' => {
                let class = chars.by_ref().take_while(|c| *c != ']');
                let first = class.filter(|c| *c != '^').collect::<String>();
                text.extend(first.chars().next());
            }
            '{' => chars.by_ref().take_while(|c| *c != '}').for_each(drop),
            '.' => text.push(letter),
            '^' | '$' | '?' | '*' | '+' => {}
            literal => text.push(literal),
        }
    }
    text
}

//! References to parameters in the texts of an alarms file: `${Name}`, and `${!Name}` for the text `${Name}`.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::yaml::{Node, Value};
use cloudwatch_filter_pattern::Part;

/// The properties of an alarm that refer to parameters, each as it is written.
///
/// `FilterPattern` is not among them, because a pattern has its own syntax. Nor are the items of lists.
pub type References = BTreeMap<String, Vec<Part>>;

/// The references in the properties of one item of `Alarms`.
pub(super) fn references(alarm: &Node) -> References {
    let Value::Mapping(entries) = &alarm.value else {
        return References::new();
    };
    let references = entries.iter().filter_map(|entry| match &entry.value.value {
        Value::Scalar(scalar) => Some((entry.key.clone(), parts(&scalar.text)?)),
        _ => None,
    });
    references
        .filter(|(key, _)| key != "FilterPattern")
        .collect()
}

/// The first `${...}` at `start` or later: its byte range, and the name in it.
pub(super) fn next_reference(text: &str, start: usize) -> Option<(Range<usize>, &str)> {
    let open = start + text[start..].find("${")?;
    let close = open + text[open..].find('}')?;
    Some((open..close + 1, &text[open + 2..close]))
}

/// The parts of a text; `None` if it has no parameter.
fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut done = 0;
    while let Some((reference, name)) = next_reference(text, done) {
        literal.push_str(&text[done..reference.start]);
        done = reference.end;
        if let Some(escaped) = name.strip_prefix('!') {
            literal = literal + "${" + escaped + "}";
            continue;
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        parts.push(Part::Parameter(name.to_owned()));
    }
    literal.push_str(&text[done..]);
    let has_parameter = !parts.is_empty();
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    has_parameter.then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_at_its_parameters() {
        let literal = |text: &str| Part::Literal(text.to_owned());
        let parameter = |name: &str| Part::Parameter(name.to_owned());
        for (text, expected) in [
            ("${A}", Some(vec![parameter("A")])),
            (
                "a ${!x} ${A}${B} z",
                Some(vec![
                    literal("a ${x} "),
                    parameter("A"),
                    parameter("B"),
                    literal(" z"),
                ]),
            ),
            ("a ${!x} b", None),
            ("a ${b", None),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }
}

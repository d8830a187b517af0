//! Tests of fields as conditions.
//!
//! As in a pattern, comparisons are not true if the value is missing, and those of texts and numbers not for a boolean. A
//! condition that is null counts as false, because a pattern has no negation of tests.

use super::columns::{Column, Element, Elements, JsonValue, TextColumn, column, quoted};
use cloudtrail_alarms::query::{Unsupported, Value, ValueTest};
use cloudwatch_filter_pattern::glob;
use cloudwatch_filter_pattern::record::Selector;

/// Translates one test.
pub(super) fn condition(selector: &Selector, test: &ValueTest<'_>) -> Result<String, Unsupported> {
    let condition = match column(selector)? {
        Column::Text(column) => of_text(&column, test),
        Column::Json(json) => of_json(&json, test),
        Column::Elements(elements) => of_elements(&elements, test),
        // A struct can only be tested for its presence.
        Column::Struct(column) => match test {
            ValueTest::Missing => Ok(format!("{column} IS NULL")),
            _ => Err("is not a single value"),
        },
        Column::Document => {
            Err("is a whole document, and the table does not distinguish null from a missing one")
        }
    };
    condition.map_err(|reason| Unsupported(format!("`{selector}` {reason}")))
}

/// The translation, or the reason why there is none.
type Translation = Result<String, &'static str>;

const NULL: Translation =
    Err("is tested for null, which the table does not distinguish from a missing field");

fn of_text(column: &TextColumn, test: &ValueTest<'_>) -> Translation {
    let value = &column.text;
    Ok(match test {
        ValueTest::Missing => format!("{value} IS NULL"),
        ValueTest::Null => return NULL,
        ValueTest::True if column.is_boolean => format!("{value} = 'true'"),
        ValueTest::False if column.is_boolean => format!("{value} = 'false'"),
        ValueTest::True | ValueTest::False => {
            return Err("is a text in every record, never a boolean");
        }
        _ if column.is_boolean => {
            return Err("is a boolean in every record, never a text or number");
        }
        ValueTest::Ordering(..) => return Err("is a text in every record, never a number"),
        ValueTest::Present => format!("{value} IS NOT NULL"),
        ValueTest::Equal(other) => equal(value, other),
        ValueTest::NotEqual(other) => not_equal(value, other),
    })
}

fn of_json(value: &JsonValue, test: &ValueTest<'_>) -> Translation {
    let JsonValue { scalar, json } = value;
    let not_boolean = format!("json_format({json}) NOT IN ('true', 'false')");
    Ok(match test {
        ValueTest::Missing => format!("{json} IS NULL"),
        ValueTest::Null => return NULL,
        ValueTest::True => format!("json_format({json}) = 'true'"),
        ValueTest::False => format!("json_format({json}) = 'false'"),
        ValueTest::Present => format!("({scalar} IS NOT NULL AND {not_boolean})"),
        ValueTest::Ordering(operator, number) => {
            format!("{} {} {number}", number_of(json), operator.as_str())
        }
        ValueTest::Equal(value) => json_equal(scalar, json, value),
        ValueTest::NotEqual(value @ Value::Number(_)) => format!(
            "({scalar} IS NOT NULL AND {not_boolean} AND NOT coalesce({}, false))",
            json_equal(scalar, json, value)
        ),
        ValueTest::NotEqual(value) => format!("({} AND {not_boolean})", not_equal(scalar, value)),
    })
}

/// The value of a number; null for other values.
fn number_of(json: &str) -> String {
    format!("try_cast(json_format({json}) AS DOUBLE)")
}

fn json_equal(scalar: &str, json: &str, value: &Value<'_>) -> String {
    let equal = equal(scalar, value);
    let may_be_boolean = match value {
        Value::Number(number) => return format!("({equal} OR {} = {number})", number_of(json)),
        Value::Text(text) => ["true", "false"].contains(text),
        Value::Glob(pieces) => {
            let pattern = pieces.join("*");
            glob::matches(&pattern, "true") || glob::matches(&pattern, "false")
        }
        Value::Regex(_) => true,
    };
    if may_be_boolean {
        format!("({equal} AND json_format({json}) NOT IN ('true', 'false'))")
    } else {
        equal
    }
}

/// One of the elements must satisfy the test. For `!=`, none may be equal; for `NOT EXISTS`, none may be present.
fn of_elements(elements: &Elements, test: &ValueTest<'_>) -> Translation {
    let any = |inner: &str| format!("any_match({}, element -> {inner})", elements.array);
    let of_element = |test: &ValueTest<'_>| match &elements.element {
        Element::Text(column) => of_text(column, test),
        Element::Json(json) => of_json(json, test),
    };
    Ok(match test {
        ValueTest::Missing => {
            let present = match &elements.element {
                Element::Text(column) => format!("{} IS NOT NULL", column.text),
                Element::Json(json) if json.json == "element" => "true".to_owned(),
                Element::Json(json) => format!("{} IS NOT NULL", json.json),
            };
            format!("NOT coalesce({}, false)", any(&present))
        }
        ValueTest::NotEqual(value) => {
            let Some(exists) = &elements.exists else {
                return Err(
                    "is compared with `!=`, and the table does not distinguish null from a missing field",
                );
            };
            let equal = of_element(&ValueTest::Equal(value.clone()))?;
            format!("({exists} AND NOT coalesce({}, false))", any(&equal))
        }
        other => any(&of_element(other)?),
    })
}

fn equal(text: &str, value: &Value<'_>) -> String {
    match value {
        Value::Number(value) | Value::Text(value) => format!("{text} = {}", quoted(value)),
        Value::Glob(pieces) => format!("{text} LIKE {}", like(pieces)),
        Value::Regex(regex) => format!("regexp_like({text}, {})", quoted(regex)),
    }
}

fn not_equal(text: &str, value: &Value<'_>) -> String {
    match value {
        Value::Number(value) | Value::Text(value) => format!("{text} <> {}", quoted(value)),
        Value::Glob(pieces) => format!("{text} NOT LIKE {}", like(pieces)),
        Value::Regex(regex) => format!("NOT regexp_like({text}, {})", quoted(regex)),
    }
}

/// The pieces of a glob as the right side of `LIKE`: `'Delete%Policy' ESCAPE '\'`.
fn like(pieces: &[&str]) -> String {
    let escape = |piece: &&str| {
        let piece = piece.replace('\\', "\\\\");
        piece.replace('%', "\\%").replace('_', "\\_")
    };
    let pieces: Vec<String> = pieces.iter().map(escape).collect();
    let pattern = pieces.join("%");
    let escape = if pattern.contains('\\') {
        " ESCAPE '\\'"
    } else {
        ""
    };
    format!("{}{escape}", quoted(&pattern))
}

//! Functions that encode texts, or read encoded ones.

use std::fmt::Write as _;

use base64_simd::STANDARD;

use super::{Failure, Outcome, bounded, error, text_at};
use crate::import::document::{self, Node};
use crate::import::terraform::value::Value;

/// The value of a function. `None` if the function is not known.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Outcome> {
    let function: fn(&str) -> Outcome = match name {
        "jsondecode" => json,
        "yamldecode" => yaml,
        "base64encode" => |text| Ok(Value::Text(STANDARD.encode_to_string(text))),
        "base64decode" => |text| {
            let bytes = STANDARD.decode_to_vec(text).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            text.map_or_else(
                || error("the text is not Base64 of a text"),
                |text| Ok(Value::Text(text)),
            )
        },
        "urlencode" => |text| Ok(Value::Text(url(text))),
        _ => return None,
    };
    Some(text_at(arguments, 0).and_then(|text| {
        // A value takes more memory than its text.
        bounded(text.len().saturating_mul(8))?;
        function(&text)
    }))
}

fn json(text: &str) -> Outcome {
    match serde_json::from_str::<Node>(text) {
        Ok(node) => Ok(Value::from(&node)),
        Err(cause) => error(&format!("not JSON: {cause}")),
    }
}

/// YAML as an imported file has it. Terraform accepts more of the language.
fn yaml(text: &str) -> Outcome {
    match document::parse(text) {
        Ok(node) => Ok(Value::from(&node)),
        Err(_) => Err(Failure::Unsupported),
    }
}

/// The text as a part of a query string.
fn url(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            other => drop(write!(encoded, "%{other:02X}")),
        }
    }
    encoded
}

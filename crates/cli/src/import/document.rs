//! Parses a JSON or YAML template as one JSON value.
//!
//! CloudFormation's short-form tags become their long form: `!Ref X` is `{"Ref": "X"}`.

use cloudtrail_alarms::yaml::{self, Schema};
use serde_json::Value;

/// Why a text is not a document.
#[derive(Debug)]
pub(super) struct Fault {
    /// From 1.
    pub(super) line: usize,
    pub(super) reason: String,
}

/// The value of the text.
pub(super) fn parse(text: &str) -> Result<Value, Fault> {
    if text.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(text).map_err(|error| Fault {
            line: error.line(),
            reason: format!("not JSON: {error}"),
        });
    }
    let document = yaml::parse(text, Schema::Template);
    if let Some(error) = document.syntax_error {
        return Err(Fault {
            line: error.line,
            reason: error.message,
        });
    }
    let root = document.root;
    Ok(root.map_or(Value::Null, |root| root.to_json(Schema::Template)))
}

//! JSON, or YAML with CloudFormation's short-form tags, as one kind of value: `!Ref X` is `{"Ref": "X"}`.

use std::str::FromStr as _;

use serde_json::{Map, Number, Value, json};
use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, ScanError, StrInput, Tag};

/// Deepest nesting: values are read by recursion, and templates have a dozen levels.
const MAX_DEPTH: usize = 64;

/// Why a text is no document.
#[derive(Debug)]
pub(super) struct Fault {
    /// From 1.
    pub(super) line: usize,
    pub(super) reason: String,
}

/// The one value that the text holds.
pub(super) fn parse(text: &str) -> Result<Value, Fault> {
    if text.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(text).map_err(|error| Fault {
            line: error.line(),
            reason: format!("not JSON: {error}"),
        });
    }
    let options = granit_parser::options! {
        emit_comments: false,
        block_nesting_limit: MAX_DEPTH,
        flow_nesting_limit: MAX_DEPTH,
    };
    let mut reader = Reader(Parser::new_from_str_with_options(text, options));
    reader.document().map_err(|error| Fault {
        line: error.marker().line(),
        reason: format!("not YAML: {}", error.info()),
    })
}

struct Reader<'t>(Parser<'t, StrInput<'t>>);

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Event<'t>, ScanError> {
        let event = self.0.next_event().transpose()?;
        Ok(event.map_or(Event::StreamEnd, |(event, _)| event))
    }

    fn document(&mut self) -> Result<Value, ScanError> {
        loop {
            match self.next()? {
                Event::StreamEnd => return Ok(Value::Null),
                Event::DocumentStart(..) => {
                    let event = self.next()?;
                    return self.node(event);
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, event: Event<'t>) -> Result<Value, ScanError> {
        let (value, tag) = match event {
            Event::Scalar(text, style, _, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                (scalar(&text, plain), tag)
            }
            Event::SequenceStart(_, _, tag) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd | Event::StreamEnd => break,
                        event => items.push(self.node(event)?),
                    }
                }
                (Value::from(items), tag)
            }
            Event::MappingStart(_, _, tag) => {
                let mut members = Map::new();
                loop {
                    let key = match self.next()? {
                        Event::MappingEnd | Event::StreamEnd => break,
                        event => self.node(event)?,
                    };
                    let event = self.next()?;
                    let value = self.node(event)?;
                    let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                    members.insert(key, value);
                }
                (Value::Object(members), tag)
            }
            // CloudFormation knows no aliases.
            _ => (Value::Null, None),
        };
        Ok(match tag.as_deref().and_then(function) {
            None => value,
            Some(name) => json!({name: value}),
        })
    }
}

/// A text without quotes that JSON would read as something else is that.
fn scalar(text: &str, plain: bool) -> Value {
    match text {
        _ if !plain => text.into(),
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        _ => Number::from_str(text).map_or_else(|_| text.into(), Value::Number),
    }
}

/// The long form of a short-form tag.
fn function(tag: &Tag) -> Option<String> {
    if tag.is_yaml_core_schema() {
        return None;
    }
    let name = tag.to_string();
    Some(match name.strip_prefix('!')? {
        name @ ("Ref" | "Condition") => name.to_owned(),
        name => format!("Fn::{name}"),
    })
}

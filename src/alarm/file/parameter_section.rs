//! Reads the section `Parameters` of an alarms file.

use super::diagnostic::{Diagnostic, Position, Source};
use super::mapping::Properties;
use super::parameters::{ParameterDeclaration, Parameters};
use super::reader::Reader;
use super::vocabulary;
use crate::yaml::{Node, Value};
use cloudwatch_filter_pattern::excerpt::quoted;

/// Adds the parameters that the section `Parameters` of a file declares.
pub(super) fn declare(
    parameters: &mut Parameters,
    source: &Source,
    section: &Node,
    values: &dyn Fn(&ParameterDeclaration) -> Option<String>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let entries = match &section.value {
        Value::Mapping(entries) => entries.as_slice(),
        Value::Null => return,
        _ => {
            let message = format!(
                "`Parameters`: expected a mapping, found {}",
                section.describe()
            );
            diagnostics.push(source.diagnostic(section.span.clone(), message));
            return;
        }
    };
    for entry in entries {
        if !is_name(&entry.key) {
            let message = format!(
                "expected the name of a parameter, letters and digits with a letter first, found {}",
                quoted(&entry.key)
            );
            diagnostics.push(source.diagnostic(entry.key_span.clone(), message));
            continue;
        }
        let position = source.position(entry.key_span.start);
        let reader = &mut Reader::literal(source, diagnostics);
        let Some(declaration) = declaration(&entry.key, &entry.value, position, reader) else {
            continue;
        };
        if let Err(message) = parameters.add(declaration, values) {
            diagnostics.push(source.diagnostic(entry.key_span.clone(), message));
        }
    }
}

/// `name: {Type: ..., Description: ..., Example: ..., Default: ...}`
fn declaration(
    name: &str,
    node: &Node,
    position: Position,
    reader: &mut Reader,
) -> Option<ParameterDeclaration> {
    let owner = format!("parameter `{name}`");
    let mut properties = Properties::open(node, &owner, vocabulary::PARAMETER, reader)?;
    let kind = properties.required(reader, "Type", Reader::choice);
    let description = properties.optional(reader, "Description", Reader::text);
    let example = properties.optional(reader, "Example", Reader::text);
    let default = properties.optional(reader, "Default", Reader::text);
    properties.finish(reader, |key| {
        matches!(
            key,
            "AllowedPattern" | "AllowedValues" | "ConstraintDescription" | "NoEcho"
        )
        .then_some("a parameter here has only `Type`, `Description`, `Example` and `Default`")
    });
    Some(ParameterDeclaration {
        name: name.to_owned(),
        kind: kind?.value,
        description: description.map(|text| text.value),
        example: example.map(|text| text.value),
        default: default.map(|text| text.value),
        position,
    })
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}

//! Parameters: `${EcsTaskRoleArn}` in an alarms file, and the environment variable `ECS_TASK_ROLE_ARN` that it stands for.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::diagnostic::{Diagnostic, Position, Source};
use super::mapping::Properties;
use super::reader::Reader;
use super::yaml::{Node, Value};
use crate::spelling::suggestion;
use cloudwatch_filter_pattern::excerpt::quoted;

/// A parameter as an alarms file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterDeclaration {
    /// Its name: letters and digits, a letter first.
    pub name: String,
    /// `Type`; `String` where none is given.
    pub kind: ParameterType,
    /// `Description`.
    pub description: Option<String>,
    /// `Example`: a value for trying the alarms out, never for production.
    pub example: Option<String>,
    /// `Default`: the value where no other is given.
    pub default: Option<String>,
    /// Where it is declared.
    pub position: Position,
}

impl ParameterDeclaration {
    /// The environment variable that its value is read from.
    pub fn variable_name(&self) -> String {
        variable_name(&self.name)
    }

    /// What a text is to a parameter of this type: the items of a list, or itself; none if it is empty.
    pub fn values(&self, text: &str) -> Option<Vec<String>> {
        values(self.kind, text)
    }
}

/// `Type` of a parameter, spelled as in CloudFormation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum ParameterType {
    /// Any text.
    #[default]
    String,
    /// A number.
    Number,
    /// Texts with commas between them; white space round them does not count. A pattern matches any of them.
    CommaDelimitedList,
}

/// The environment variable that a parameter's value is read from: `EcsTaskRoleArn` is `ECS_TASK_ROLE_ARN`.
///
/// ```
/// use cloudtrail_alarms::alarm::file::variable_name;
///
/// assert_eq!(variable_name("EcsTaskRoleArn"), "ECS_TASK_ROLE_ARN");
/// assert_eq!(variable_name("KMSKeyId"), "KMS_KEY_ID");
/// ```
pub fn variable_name(parameter: &str) -> String {
    let characters: Vec<char> = parameter.chars().collect();
    let mut name = String::new();
    for (place, &c) in characters.iter().enumerate() {
        let begins_word = c.is_uppercase()
            && place > 0
            && (!characters[place - 1].is_uppercase()
                || characters
                    .get(place + 1)
                    .is_some_and(|next| next.is_lowercase()));
        if begins_word {
            name.push('_');
        }
        name.extend(c.to_uppercase());
    }
    name
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Resolution {
    /// One text, or the items of a list.
    Values(Vec<String>),
    /// There is none.
    Missing,
    /// It is not of the parameter's type; that is already among the diagnostics.
    Unfit,
}

/// Why a reference to a parameter has no value.
pub(super) enum Unresolved {
    /// The message.
    Diagnostic(String),
    /// As above, but to be told only once for an alarm, however often it refers to this parameter.
    Missing { name: String, message: String },
    /// Already told.
    Told,
}

/// The parameters of all files, with their values.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    declared: Vec<ParameterDeclaration>,
    values: BTreeMap<String, Resolution>,
}

impl Parameters {
    /// Adds what a file's `Parameters` declares.
    ///
    /// Two files may declare the same parameter, so that each can stand alone; they must agree on its type and default.
    pub(super) fn declare(
        &mut self,
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
            if let Err(message) = self.add(declaration, values) {
                diagnostics.push(source.diagnostic(entry.key_span.clone(), message));
            }
        }
    }

    fn add(
        &mut self,
        declaration: ParameterDeclaration,
        values: &dyn Fn(&ParameterDeclaration) -> Option<String>,
    ) -> Result<(), String> {
        let ParameterDeclaration { name, .. } = &declaration;
        if let Some(first) = self.declared.iter().find(|first| first.name == *name) {
            return if first.kind == declaration.kind && first.default == declaration.default {
                Ok(())
            } else {
                Err(format!(
                    "parameter `{name}` has another `Type` or `Default` at {}",
                    first.position
                ))
            };
        }
        let variable = declaration.variable_name();
        if let Some(other) = self
            .declared
            .iter()
            .find(|other| other.variable_name() == variable)
        {
            return Err(format!(
                "parameters `{}` and `{name}` would both be read from {variable}",
                other.name
            ));
        }
        let (resolution, diagnostic) = match resolve(&declaration, values(&declaration)) {
            Ok(resolution) => (resolution, Ok(())),
            Err(message) => (Resolution::Unfit, Err(message)),
        };
        self.values.insert(name.clone(), resolution);
        self.declared.push(declaration);
        diagnostic
    }

    pub(super) fn into_declarations(self) -> Vec<ParameterDeclaration> {
        self.declared
    }

    /// The values of the parameter `name`, one or more.
    pub(super) fn values(&self, name: &str, owner: &str) -> Result<&[String], Unresolved> {
        match self.values.get(name) {
            Some(Resolution::Values(values)) => Ok(values),
            Some(Resolution::Unfit) => Err(Unresolved::Told),
            Some(Resolution::Missing) => Err(Unresolved::Missing {
                name: name.to_owned(),
                message: format!(
                    "{owner} needs parameter `{name}`, which has no value; set the environment variable {}",
                    variable_name(name)
                ),
            }),
            None => {
                let declared = self
                    .declared
                    .iter()
                    .map(|declaration| declaration.name.as_str());
                let near = suggestion(name, declared);
                let name = quoted(name);
                Err(Unresolved::Diagnostic(format!(
                    "parameter {name} is not declared under `Parameters`{near}"
                )))
            }
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
    let mut properties = Properties::open(node, &format!("parameter `{name}`"), reader)?;
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

/// The value that was given, or the default; an empty one is as good as none, since a template sets a variable to ""
/// where nothing was chosen.
fn resolve(
    declaration: &ParameterDeclaration,
    given: Option<String>,
) -> Result<Resolution, String> {
    let given = given.and_then(|text| values(declaration.kind, &text));
    let default = || {
        declaration
            .default
            .as_deref()
            .and_then(|text| values(declaration.kind, text))
    };
    let Some(values) = given.or_else(default) else {
        return Ok(Resolution::Missing);
    };
    let is_number = |text: &String| text.parse::<f64>().is_ok_and(f64::is_finite);
    match declaration.kind {
        ParameterType::Number if !values.iter().all(is_number) => Err(format!(
            "parameter `{}` is a Number, but its value is {}",
            declaration.name,
            quoted(&values.concat())
        )),
        _ => Ok(Resolution::Values(values)),
    }
}

fn values(kind: ParameterType, text: &str) -> Option<Vec<String>> {
    let values: Vec<String> = match kind {
        ParameterType::CommaDelimitedList => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect(),
        ParameterType::Number => vec![text.trim().to_owned()],
        ParameterType::String => vec![text.to_owned()],
    };
    values
        .iter()
        .any(|value| !value.trim().is_empty())
        .then_some(values)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_has_the_words_of_the_parameter_in_capitals() {
        for (parameter, variable) in [
            ("EcsTaskRoleArn", "ECS_TASK_ROLE_ARN"),
            ("KmsErrorPeriod", "KMS_ERROR_PERIOD"),
            ("KMSErrorPeriod", "KMS_ERROR_PERIOD"),
            ("S3Bucket", "S3_BUCKET"),
            ("Route53ZoneID", "ROUTE53_ZONE_ID"),
            ("lower", "LOWER"),
            ("X", "X"),
        ] {
            assert_eq!(variable_name(parameter), variable);
        }
    }

    #[test]
    fn a_list_is_split_at_its_commas() {
        let items = |text| values(ParameterType::CommaDelimitedList, text);
        assert_eq!(
            items("a, b ,,c"),
            Some(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()])
        );
        assert_eq!(items(" , "), None);
        assert_eq!(
            values(ParameterType::String, "a, b"),
            Some(vec!["a, b".to_owned()])
        );
        assert_eq!(
            values(ParameterType::Number, " 10 "),
            Some(vec!["10".to_owned()])
        );
    }
}

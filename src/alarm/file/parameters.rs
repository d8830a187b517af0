//! Parameters, such as `${EcsTaskRoleArn}` in an alarms file, and their values, such as the environment variable
//! `ECS_TASK_ROLE_ARN`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::diagnostic::Position;
use crate::spelling::suggestion;

use cloudwatch_filter_pattern::excerpt::quoted;

/// A parameter as an alarms file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterDeclaration {
    /// Its name: letters and digits, a letter first.
    pub name: String,
    /// `Type`.
    pub kind: ParameterType,
    /// `Description`.
    pub description: Option<String>,
    /// `Example`: a value for trying the alarms, not for production.
    pub example: Option<String>,
    /// `Default`: the value if no other is given.
    pub default: Option<String>,
    /// Where it is declared.
    pub position: Position,
}

impl ParameterDeclaration {
    /// The environment variable that its value is read from.
    pub fn variable_name(&self) -> String {
        variable_name(&self.name)
    }

    /// The values that a text has for a parameter of this type: the items of a list, or the text. `None` if it is empty.
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
    /// Texts separated by commas and optional white space. A pattern matches any of them.
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
    for (index, &c) in characters.iter().enumerate() {
        let begins_word = c.is_uppercase()
            && index > 0
            && (!characters[index - 1].is_uppercase()
                || characters
                    .get(index + 1)
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
    /// It has no value.
    Missing,
    /// Its value is not of its type, which is already reported.
    Unfit,
}

/// Why a reference to a parameter has no value.
pub(super) enum Unresolved {
    /// The message.
    Error(String),
    /// Like `Error`, but reported only once for each alarm.
    Missing { name: String, message: String },
    /// The error is already reported.
    AlreadyReported,
}

/// The parameters of all files, with their values.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    declared: Vec<ParameterDeclaration>,
    values: BTreeMap<String, Resolution>,
}

impl Parameters {
    /// Adds a declaration and its value. Returns a message if it cannot be added, or its value is not of its type.
    ///
    /// Two files may declare the same parameter, so that each is complete; they must agree on its type and default.
    pub(super) fn add(
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
                    "conflicting declarations of parameter `{name}`: `Type` or `Default` differs from that at {}",
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
                "parameters `{}` and `{name}` map to the same environment variable, {variable}",
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
            Some(Resolution::Unfit) => Err(Unresolved::AlreadyReported),
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
                Err(Unresolved::Error(format!(
                    "parameter {name} is not declared under `Parameters`{near}"
                )))
            }
        }
    }
}

/// The given value, or the default. An empty value counts as absent, because a template sets a variable to "" if no value
/// was chosen.
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

//! Parameters and pseudo parameters of a template.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::alarms;
use crate::import::document::{Member, Node};
use crate::import::parameters::{Parameter, ParameterKind, Parameters};

/// Pseudo parameters that have one text as value.
pub(super) const PSEUDO_PARAMETERS: [&str; 6] = [
    "AWS::AccountId",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// The parameters of one template.
pub(super) struct TemplateParameters<'t> {
    by_name: BTreeMap<String, TemplateParameter>,
    given: &'t [alarms::Parameter],
}

/// A parameter of a template.
pub(super) struct TemplateParameter {
    /// Its name in the alarms file.
    pub(super) name: String,
    /// Its value from the command line, otherwise its default, which can be empty.
    pub(super) value: Option<String>,
    /// Whether the value is from the command line.
    pub(super) is_given: bool,
}

impl<'t> TemplateParameters<'t> {
    /// Declares the parameters of a template in the alarms file. A value from the command line becomes the default.
    pub(super) fn declare(
        document: &Node,
        given: &'t [alarms::Parameter],
        parameters: &mut Parameters,
    ) -> Self {
        let section = document.get("Parameters").map_or(&[][..], Node::members);
        let declare = |member: &Member| {
            let given = alarms::given(&member.key, given);
            let default = default(&member.value).map(|value| text(&value));
            let is_given = given.is_some();
            let value = given.or(default);
            let parameter = parameter(&member.value, value.as_deref());
            let parameter = TemplateParameter {
                name: parameters.declare(&member.key, parameter),
                value,
                is_given,
            };
            (member.key.clone(), parameter)
        };
        // Only a name that an alarms file does not allow changes, so the others come first.
        let (allowed, others): (Vec<&Member>, Vec<&Member>) =
            section.iter().partition(|member| is_allowed(&member.key));
        Self {
            by_name: allowed.into_iter().chain(others).map(declare).collect(),
            given,
        }
    }

    /// A line for each parameter whose name in the alarms file is another one.
    pub(super) fn renamed(&self, path: &str) -> impl Iterator<Item = String> {
        let renamed = self.by_name.iter();
        renamed
            .filter(|(name, parameter)| **name != parameter.name)
            .map(move |(name, parameter)| {
                format!(
                    "{path}: parameter `{name}` is `{}` in the alarms file",
                    parameter.name
                )
            })
    }

    pub(super) fn get(&self, name: &str) -> Option<&TemplateParameter> {
        self.by_name.get(name)
    }

    /// The name in the template of a parameter of the alarms file.
    pub(super) fn source_name(&self, name: &str) -> String {
        let mut parameters = self.by_name.iter();
        let source = parameters.find(|(_, parameter)| parameter.name == name);
        source.map_or(name, |(source, _)| source).to_owned()
    }

    /// The value of a pseudo parameter from the command line.
    pub(super) fn pseudo(&self, name: &str) -> Option<String> {
        alarms::given(name, self.given)
    }
}

/// Whether an alarms file can have the name.
fn is_allowed(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// The default, unless it names where CloudFormation gets the value.
fn default(node: &Node) -> Option<Value> {
    let default = node.get("Default").map(Node::to_json);
    default.filter(|value| !value.is_null() && !is_stored(node))
}

/// Whether Systems Manager has the value, under the name that the default is.
fn is_stored(node: &Node) -> bool {
    let kind = node.get("Type").and_then(Node::text).unwrap_or_default();
    kind.starts_with("AWS::SSM::Parameter::Value")
}

fn parameter(node: &Node, value: Option<&str>) -> Parameter {
    let kind = match node.get("Type").and_then(Node::text) {
        Some("Number") => ParameterKind::Number,
        Some(kind) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
            ParameterKind::CommaDelimitedList
        }
        _ => ParameterKind::String,
    };
    let description = node.get("Description").and_then(Node::text);
    let number = |text: &str| match kind {
        ParameterKind::Number => text.parse().ok().map(Value::Number),
        _ => None,
    };
    let default = value.filter(|text| !text.trim().is_empty());
    Parameter {
        kind,
        description: description
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        default: default.map(|text| number(text).unwrap_or_else(|| text.into())),
        stored_in: (node.get("Default").and_then(Node::text))
            .filter(|_| is_stored(node))
            .map(str::to_owned),
    }
}

/// A value as CloudFormation compares it: a text.
pub(super) fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A parameter of the alarms file for a pseudo parameter in a pattern, such as `AwsAccountId` for `AWS::AccountId`.
pub(super) fn declare_pseudo(name: &str, parameters: &mut Parameters) -> String {
    let parameter = Parameter {
        description: Some(format!("Value of {name}")),
        ..Parameter::default()
    };
    let own_part = name.strip_prefix("AWS::").unwrap_or(name);
    parameters.declare_as(name, &format!("Aws{own_part}"), parameter)
}

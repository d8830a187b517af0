//! The state of a reader of one template, and the values that it must decide about.

use std::collections::BTreeMap;

use super::parameter::{PSEUDO_PARAMETERS, TemplateParameter, TemplateParameters, text};
use crate::import::document::Node;
use crate::import::parameters::Parameters;
use crate::import::property::Property;
use cloudwatch_filter_pattern::Part;

/// The use of a value. It determines what a pseudo parameter without a value becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A name or a description: any text will do.
    Name,
    /// A pattern: the value decides what matches.
    Pattern,
    /// Another value.
    Value,
}

impl Purpose {
    pub(super) fn of(key: &str) -> Self {
        match key {
            "AlarmName" | "AlarmDescription" | "MetricName" | "MetricNamespace" | "Namespace" => {
                Self::Name
            }
            "FilterPattern" => Self::Pattern,
            _ => Self::Value,
        }
    }
}

/// The value of a condition or why it has none, and the parameters whose defaults decided.
pub(super) type Decided = (Result<bool, String>, Vec<(String, String)>);

/// Resolves the values of one template.
pub(super) struct Resolver<'t> {
    document: &'t Node,
    pub(super) template_parameters: TemplateParameters<'t>,
    /// Parameters of the alarms file.
    pub(super) parameters: &'t mut Parameters,
    /// Notes on the resource that is resolved.
    notes: Vec<String>,
    /// Parameters whose defaults decided about the resource that is resolved, each once.
    pub(super) defaults: Vec<(String, String)>,
    /// Names of the conditions and resources that are being resolved.
    open: Vec<String>,
    /// The conditions that are decided, with the parameters whose defaults decided.
    decided: BTreeMap<String, Decided>,
}

impl<'t> Resolver<'t> {
    pub(super) fn new(
        document: &'t Node,
        template_parameters: TemplateParameters<'t>,
        parameters: &'t mut Parameters,
    ) -> Self {
        Self {
            document,
            template_parameters,
            parameters,
            notes: Vec::new(),
            defaults: Vec::new(),
            open: Vec::new(),
            decided: BTreeMap::new(),
        }
    }

    /// Adds a note, once.
    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The notes since the last call.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// The parameters whose defaults decided since the last call.
    pub(super) fn take_defaults(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.defaults)
    }

    /// Adds parameters whose defaults decided.
    pub(super) fn add_defaults(&mut self, defaults: impl IntoIterator<Item = (String, String)>) {
        for default in defaults {
            if !self.defaults.contains(&default) {
                self.defaults.push(default);
            }
        }
    }

    /// Whether a condition or resource is being resolved.
    pub(super) fn is_open(&self, name: &str) -> bool {
        self.open.iter().any(|open| open == name)
    }

    /// Whether no condition or resource is being resolved.
    pub(super) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Begins to resolve a condition or resource.
    pub(super) fn open(&mut self, name: &str) {
        self.open.push(name.to_owned());
    }

    /// Ends what was begun last.
    pub(super) fn close(&mut self) {
        self.open.pop();
    }

    /// The result for a condition that is decided.
    pub(super) fn decided(&self, condition: &str) -> Option<Decided> {
        self.decided.get(condition).cloned()
    }

    /// Stores the result for a condition.
    pub(super) fn store(&mut self, condition: &str, decided: Decided) {
        self.decided.insert(condition.to_owned(), decided);
    }

    /// An entry of a section of the template.
    pub(super) fn entry(&self, section: &str, name: &str) -> Option<&'t Node> {
        self.document.get(section)?.get(name)
    }

    /// A value that a decision needs, as a text without references. A parameter has the value of the command line, or its
    /// default, which is recorded.
    pub(super) fn value(&mut self, node: &Node) -> Result<String, String> {
        if let [member] = node.members()
            && member.key == "Ref"
            && let Some(name) = member.value.text()
        {
            return self.value_of_parameter(name);
        }
        if let Node::Scalar(value) = node {
            return Ok(text(value));
        }
        let resolved = self.property(node, Purpose::Value);
        let resolved = resolved.unwrap_or_else(|| Property::text("")).as_text()?;
        let mut value = String::new();
        for part in resolved.parts() {
            match part {
                Part::Literal(literal) => value.push_str(literal),
                Part::Parameter(name) => {
                    let name = self.template_parameters.source_name(name);
                    value.push_str(&self.value_of_parameter(&name)?);
                }
            }
        }
        Ok(value)
    }

    /// The value of a parameter or pseudo parameter, for a decision.
    pub(super) fn value_of_parameter(&mut self, name: &str) -> Result<String, String> {
        if let Some(value) = self
            .template_parameters
            .pseudo(name)
            .filter(|_| name.starts_with("AWS::"))
        {
            return Ok(value);
        }
        let Some(parameter) = self.template_parameters.get(name) else {
            return Err(self.unknown_reference(name));
        };
        let TemplateParameter {
            value, is_given, ..
        } = parameter;
        let is_given = *is_given;
        let value = value.clone().ok_or_else(|| {
            format!("parameter `{name}` has no default; give its value with --param {name}=VALUE")
        })?;
        if !is_given {
            self.add_defaults([(name.to_owned(), value.clone())]);
        }
        Ok(value)
    }

    /// The reason why a reference has no value.
    pub(super) fn unknown_reference(&self, name: &str) -> String {
        let is_known = name.starts_with("AWS::") || self.entry("Resources", name).is_some();
        if is_known {
            unknown_value(name)
        } else {
            format!("`{name}` is neither a parameter nor a resource of the template")
        }
    }
}

/// The reason why a pseudo parameter or a resource has no value.
pub(super) fn unknown_value(name: &str) -> String {
    if PSEUDO_PARAMETERS.contains(&name) {
        format!("only CloudFormation can resolve `{name}`; give it with --param {name}=VALUE")
    } else {
        only_deployed(&format!("!Ref {name}"))
    }
}

/// The reason why an expression has no value.
pub(super) fn only_deployed(expression: &str) -> String {
    format!(
        "only CloudFormation can resolve `{expression}`; the output of the describe commands has it"
    )
}

//! Templates of CloudFormation.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::notes::Notes;
use super::properties::Property;
use super::stack_parameters::{LOG_GROUP, StackParameter, TOPIC};
use crate::error::CliError;
use crate::ordered::{OrderedMap, OrderedValue, write_document};
use crate::output::Output;
use cloudwatch_filter_pattern::Part;

/// Key of what the exported templates have in `Metadata`.
pub(crate) const METADATA: &str = "CloudTrailAlarms";

/// Parameters and resources of a template.
#[derive(Default)]
pub(super) struct Template {
    pub(super) description: &'static str,
    pub(super) parameters: OrderedMap,
    pub(super) resources: OrderedMap,
}

impl Template {
    /// Adds a parameter whose value is a text.
    pub(super) fn declare(&mut self, name: &str, description: &str) {
        let parameter = json!({"Type": "String", "Description": description});
        self.parameters.push(name, parameter);
    }

    /// Adds the parameter with the name of the log group.
    pub(super) fn declare_log_group(&mut self) {
        self.declare(LOG_GROUP, "Log group that CloudTrail writes to");
    }

    /// Adds the parameter with the ARN of the topic.
    pub(super) fn declare_topic(&mut self) {
        self.declare(TOPIC, "ARN of the SNS topic to notify");
    }

    /// Adds a parameter of the alarms file.
    pub(super) fn declare_parameter(&mut self, parameter: &StackParameter) {
        let mut declared = OrderedMap::default();
        let kind = if parameter.is_number {
            "Number"
        } else {
            "String"
        };
        declared.push("Type", kind);
        declared.push_some("Description", parameter.description.as_deref());
        declared.push_some("Default", parameter.default.as_deref());
        if !parameter.is_number {
            declared.push("AllowedPattern", r#"[^"\\]+"#);
            declared.push(
                "ConstraintDescription",
                "must have characters, but no quote and no backslash",
            );
        }
        self.parameters.push(&parameter.name, declared);
    }

    /// Prints the template. The notes become comments, or in JSON a part of the metadata.
    pub(super) fn write(
        self,
        notes: &Notes,
        output: Output,
        out: &mut dyn Write,
    ) -> Result<(), CliError> {
        let mut document = OrderedMap::default();
        document.push("AWSTemplateFormatVersion", "2010-09-09");
        document.push("Description", self.description);
        let lines = notes.lines();
        match output {
            Output::Text => write_comments("#", &lines, out)?,
            Output::Json if lines.is_empty() => {}
            Output::Json => document.push("Metadata", json!({METADATA: {"Notes": lines}})),
        }
        document.push("Parameters", self.parameters);
        document.push("Resources", self.resources);
        write_document(&document, output, out)
    }
}

/// Writes lines as comments.
pub(super) fn write_comments(start: &str, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    lines
        .iter()
        .try_for_each(|line| writeln!(out, "{start} {line}"))
}

/// A resource.
pub(super) fn resource(kind: &str, properties: OrderedMap) -> OrderedMap {
    let mut resource = OrderedMap::default();
    resource.push("Type", kind);
    resource.push("Properties", properties);
    resource
}

/// The value of a property, with references to parameters.
pub(super) fn value(property: &Property) -> OrderedValue {
    match property {
        Property::Text(parts) => text(parts),
        Property::Value(value) => value.clone(),
        Property::Topic => json!([{"Ref": TOPIC}]),
    }
    .into()
}

/// A text with references to parameters.
pub(super) fn text(parts: &[Part]) -> Value {
    let is_literal = |part: &Part| matches!(part, Part::Literal(_));
    // `Fn::Sub` would read it as a reference.
    let is_ambiguous = |part: &Part| matches!(part, Part::Literal(text) if text.contains("${"));
    match parts {
        [Part::Parameter(name)] => json!({"Ref": name}),
        parts if parts.iter().all(is_literal) => literal(parts).into(),
        parts if parts.iter().any(is_ambiguous) => {
            let items: Value = parts
                .iter()
                .map(|part| text(std::slice::from_ref(part)))
                .collect();
            json!({"Fn::Join": ["", items]})
        }
        parts => json!({"Fn::Sub": literal(parts)}),
    }
}

fn literal(parts: &[Part]) -> String {
    let written = parts.iter().map(|part| match part {
        Part::Literal(text) => text.clone(),
        Part::Parameter(name) => format!("${{{name}}}"),
    });
    written.collect()
}

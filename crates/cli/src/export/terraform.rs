//! `export terraform`: a metric filter and a metric alarm for each alarm, in the configuration language of Terraform.
//!
//! The resources are those of the provider `hashicorp/aws`. Their attributes have CloudFormation's names in lower case with
//! underscores.

use std::io::{self, Write};

use hcl::expr::{FuncCall, TemplateExpr, Traversal, Variable};
use hcl::{Block, Body, Expression};
use serde_json::Value;

use super::arguments::FileArguments;
use super::metric_alarms::{MetricAlarm, MetricAlarms, MetricFilter};
use super::notes::Notes;
use super::properties::Property;
use super::stack_parameters::{LOG_GROUP, StackParameter, StackParameters, TOPIC};
use super::template::write_comments;
use crate::error::CliError;
use crate::json;
use crate::output::{Output, Verdict};
use cloudtrail_alarms::alarm::file::variable_name;
use cloudwatch_filter_pattern::Part;

const FILTER: &str = "aws_cloudwatch_log_metric_filter";
const ALARM: &str = "aws_cloudwatch_metric_alarm";

/// Names that a variable cannot have ("Input variables" in Terraform's documentation).
const RESERVED: [&str; 8] = [
    "count",
    "depends_on",
    "for_each",
    "lifecycle",
    "locals",
    "providers",
    "source",
    "version",
];

pub(super) fn run(
    arguments: &FileArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    if output == Output::Json {
        return Err(CliError::Argument {
            argument: "--output json",
            reason: "the output is in Terraform's own language; leave the argument out".to_owned(),
        });
    }
    let file = arguments.load()?;
    let mut notes = Notes::default();
    let parameters = StackParameters::new(&file, arguments.parameters());
    let resources = MetricAlarms::new(&file, &parameters, &mut notes);
    let mut body =
        Body::builder().add_block(variable(LOG_GROUP, "Log group that CloudTrail writes to"));
    if resources.has_topic() {
        body = body.add_block(variable(TOPIC, "ARN of the SNS topic to notify"));
    }
    let declared = resources.parameters(&parameters, &file, arguments.parameters(), &mut notes);
    body = body.add_blocks(declared.into_iter().map(parameter));
    let mut written = 0;
    for alarm in &resources.alarms {
        let filter = &resources.filters[alarm.filter];
        if alarm.filter == written {
            written += 1;
            body = body.add_block(metric_filter(filter));
        }
        body = body.add_block(metric_alarm(alarm, filter));
    }
    let text = hcl::format::to_string(&body.build()).map_err(io::Error::other)?;
    write_comments("#", &notes.lines(), out)?;
    out.write_all(aligned(&text).as_bytes())?;
    Ok(notes.report())
}

/// The text with the equals signs of adjacent attributes below each other, as `terraform fmt` writes them.
fn aligned(text: &str) -> String {
    let mut aligned = String::new();
    let lines: Vec<&str> = text.lines().collect();
    for group in lines.chunk_by(|a, b| attribute(a).is_some() && attribute(b).is_some()) {
        let attributes = group.iter().filter_map(|line| attribute(line));
        let width = attributes.map(|(key, _)| key.len()).max().unwrap_or(0);
        for line in group {
            let shown = attribute(line).map(|(key, value)| format!("{key:width$} = {value}"));
            aligned += shown.as_deref().unwrap_or(line);
            aligned.push('\n');
        }
    }
    aligned
}

/// The name, with its indentation, and the value of an attribute in one line.
fn attribute(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(" = ")?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_attribute = key.trim_start().chars().all(is_name) && !value.ends_with(['[', '{', '(']);
    is_attribute.then_some((key, value))
}

fn variable(name: &str, description: &str) -> Block {
    Block::builder("variable")
        .add_label(variable_label(name))
        .add_attribute(("type", Expression::from(Variable::unchecked("string"))))
        .add_attribute(("description", description))
        .build()
}

/// A variable for a parameter of the alarms file.
fn parameter(parameter: &StackParameter) -> Block {
    let kind = if parameter.is_number {
        "number"
    } else {
        "string"
    };
    let mut variable = Block::builder("variable")
        .add_label(variable_label(&parameter.name))
        .add_attribute(("type", Expression::from(Variable::unchecked(kind))));
    if let Some(description) = &parameter.description {
        variable = variable.add_attribute(("description", description.as_str()));
    }
    if let Some(default) = &parameter.default {
        let number = default
            .parse()
            .ok()
            .filter(|_| parameter.is_number)
            .map(json::number);
        let default = number.unwrap_or_else(|| default.as_str().into());
        variable = variable.add_attribute(("default", literal(&default)));
    }
    if !parameter.is_number {
        variable = variable.add_block(validation(&parameter.name));
    }
    variable.build()
}

/// Accepts values that do not change the structure of a pattern.
fn validation(name: &str) -> Block {
    let regex = FuncCall::builder("regex")
        .arg(r#"^[^"\\]+$"#)
        .arg(reference(name))
        .build();
    Block::builder("validation")
        .add_attribute(("condition", FuncCall::builder("can").arg(regex).build()))
        .add_attribute((
            "error_message",
            "The value must have characters, but no quote and no backslash.",
        ))
        .build()
}

fn metric_filter(filter: &MetricFilter) -> Block {
    let mut transformation = Block::builder("metric_transformation");
    for (key, property) in &filter.transformation {
        let key = snake_case(key.strip_prefix("Metric").unwrap_or(key));
        transformation = transformation.add_attribute((key, expression(property)));
    }
    Block::builder("resource")
        .add_label(FILTER)
        .add_label(snake_case(&filter.id))
        .add_attribute(("name", filter.id.as_str()))
        .add_attribute(("log_group_name", reference(LOG_GROUP)))
        .add_attribute(("pattern", text(&filter.pattern)))
        .add_block(transformation.build())
        .build()
}

fn metric_alarm(alarm: &MetricAlarm<'_>, filter: &MetricFilter) -> Block {
    let attributes = alarm.properties.iter();
    let attributes = attributes.map(|(key, property)| (snake_case(key), expression(property)));
    // The filter creates the metric of the alarm.
    let filter = Traversal::builder(Variable::unchecked(FILTER)).attr(snake_case(&filter.id));
    Block::builder("resource")
        .add_label(ALARM)
        .add_label(snake_case(&alarm.id))
        .add_attributes(attributes)
        .add_attribute(("depends_on", vec![Expression::from(filter.build())]))
        .build()
}

fn expression(property: &Property) -> Expression {
    match property {
        Property::Text(parts) => text(parts),
        Property::Value(value) => literal(value),
        Property::Topic => vec![reference(TOPIC)].into(),
    }
}

fn literal(value: &Value) -> Expression {
    hcl::to_expression(value).expect("JSON is a part of the language")
}

/// A text with references to variables.
fn text(parts: &[Part]) -> Expression {
    match parts {
        [Part::Parameter(name)] => return reference(name),
        [Part::Literal(text)] => return text.as_str().into(),
        _ => {}
    }
    // In a template, `$${` is an escape.
    let is_ambiguous = |part: &Part| matches!(part, Part::Literal(text) if text.ends_with('$'));
    if parts.iter().any(is_ambiguous) {
        let items: Vec<Expression> = parts
            .iter()
            .map(|part| text(std::slice::from_ref(part)))
            .collect();
        return FuncCall::builder("join").arg("").arg(items).build().into();
    }
    let fragments = parts.iter().map(|part| match part {
        Part::Parameter(name) => format!("${{var.{}}}", variable_label(name)),
        Part::Literal(text) => fragment(text),
    });
    TemplateExpr::QuotedString(fragments.collect()).into()
}

/// A text as it is written between quotes.
fn fragment(text: &str) -> String {
    let quoted = hcl::format::to_string(&Expression::from(text));
    let quoted = quoted.expect("a text can be written");
    let inner = quoted
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.expect("a text is in quotes").to_owned()
}

/// A reference to the variable of a parameter.
fn reference(name: &str) -> Expression {
    let variable = Traversal::builder(Variable::unchecked("var")).attr(variable_label(name));
    variable.build().into()
}

/// The name of the variable for a parameter.
fn variable_label(name: &str) -> String {
    let label = snake_case(name);
    if RESERVED.contains(&label.as_str()) {
        label + "_value"
    } else {
        label
    }
}

/// Converts `EvaluationPeriods` to `evaluation_periods`.
fn snake_case(name: &str) -> String {
    variable_name(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_escaped_for_a_template() {
        let literal = |text: &str| Part::Literal(text.to_owned());
        let role = || Part::Parameter("RoleArn".to_owned());
        for (parts, expected) in [
            (
                vec![literal(r#"a "b" \ ${c} %{d}"#)],
                r#""a \"b\" \\ $${c} %%{d}""#,
            ),
            (vec![role()], "var.role_arn"),
            (
                vec![literal(r#""${"#), role(), literal("%{\n")],
                r#""\"$${${var.role_arn}%%{\n""#,
            ),
            (
                vec![literal("cost: $"), role()],
                r#"join("", ["cost: $", var.role_arn])"#,
            ),
        ] {
            assert_eq!(text(&parts).to_string(), expected);
        }
    }

    #[test]
    fn adjacent_attributes_are_aligned() {
        let written = "a {\n  b = 1\n  long = \"x = [\"\n  list = [\n    x\n  ]\n  cd = var.x\n\n  e = 2\n}\n";
        let expected = "a {\n  b    = 1\n  long = \"x = [\"\n  list = [\n    x\n  ]\n  cd = var.x\n\n  e = 2\n}\n";
        assert_eq!(aligned(written), expected);
    }
}

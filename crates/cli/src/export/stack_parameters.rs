//! Parameters of the alarms file that an exported document declares, too.
//!
//! A document puts the value of a parameter into a pattern as it is. The alarms file escapes it, and a list makes several
//! alternatives. So the document declares only parameters with one value, and accepts no value that needs an escape.

use super::notes::Notes;
use crate::alarms::{self, Parameter};
use cloudtrail_alarms::alarm::file::{
    AlarmsFile, ParameterDeclaration, ParameterType, variable_name,
};
use cloudwatch_filter_pattern::{FilterPattern, Language, Operand, Part, Text};

/// Name of the document's own parameter with the log group.
pub(super) const LOG_GROUP: &str = "LogGroupName";

/// Name of the document's own parameter with the topic.
pub(super) const TOPIC: &str = "AlarmTopicArn";

/// A parameter that the document declares.
#[derive(Debug)]
pub(super) struct StackParameter {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) is_number: bool,
    /// Whether it is a list in the alarms file.
    pub(super) is_list: bool,
    /// The value, if one is given or the alarms file has a default.
    pub(super) default: Option<String>,
}

/// The parameters of an alarms file, as a document can declare them.
pub(super) struct StackParameters {
    declared: Vec<StackParameter>,
    /// The other ones, and the reason for each.
    written: Vec<(String, &'static str)>,
}

impl StackParameters {
    pub(super) fn new(file: &AlarmsFile, given: &[Parameter]) -> Self {
        let mut parameters = Self {
            declared: Vec::new(),
            written: Vec::new(),
        };
        for declaration in &file.parameters {
            match stack_parameter(declaration, given) {
                Ok(parameter) => parameters.declared.push(parameter),
                Err(reason) => {
                    let name = declaration.name.clone();
                    parameters.written.push((name, reason));
                }
            }
        }
        parameters
    }

    /// The declared parameters to which one of the texts refers.
    pub(super) fn used<'p>(
        &self,
        texts: impl Iterator<Item = &'p Vec<Part>>,
    ) -> Vec<&StackParameter> {
        let parts: Vec<&Part> = texts.flatten().collect();
        let is_used = |parameter: &&StackParameter| {
            let is_it =
                |part: &&Part| matches!(part, Part::Parameter(name) if *name == parameter.name);
            parts.iter().any(is_it)
        };
        self.declared.iter().filter(is_used).collect()
    }

    /// Whether the document declares all parameters of a text. Otherwise their values are written, with a note.
    pub(super) fn declares<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        notes: &mut Notes,
    ) -> bool {
        let mut is_declared = true;
        for name in names {
            if let Some((_, reason)) = self.written.iter().find(|(written, _)| written == name) {
                is_declared = false;
                notes.general(format!(
                    "the values of parameter `{name}` are written: {reason}"
                ));
            }
        }
        is_declared
    }

    /// A pattern as a text with parameters, or with their values if they cannot be declared.
    pub(super) fn pattern(&self, pattern: &FilterPattern, notes: &mut Notes) -> Vec<Part> {
        let unbound = pattern.unbound();
        if self.declares(unbound.parameters().into_iter(), notes)
            && let Some(parts) = pattern_parts(&unbound)
        {
            return parts;
        }
        vec![Part::Literal(pattern_source(pattern))]
    }
}

/// The text of a pattern with the values of its parameters, as CloudWatch accepts it.
pub(super) fn pattern_source(pattern: &FilterPattern) -> String {
    unescaped(&pattern.to_source())
}

/// For CloudWatch, `${` is ordinary text.
fn unescaped(source: &str) -> String {
    source.replace("\\${", "${")
}

/// Names in a text.
pub(super) fn names(parts: &[Part]) -> impl Iterator<Item = &str> {
    parts.iter().filter_map(|part| match part {
        Part::Parameter(name) => Some(name.as_str()),
        Part::Literal(_) => None,
    })
}

/// The parameters to which the alarms refer, in the order of first use.
pub(super) fn used(file: &AlarmsFile) -> Vec<String> {
    let mut used = Vec::new();
    for (alarm, location) in file.alarms.iter().zip(&file.locations) {
        let unbound = alarm.pattern.unbound();
        let in_pattern = unbound.parameters().into_iter();
        let in_properties = location.references.values().flat_map(|parts| names(parts));
        for name in in_pattern.chain(in_properties) {
            if !used.iter().any(|known| known == name) {
                used.push(name.to_owned());
            }
        }
    }
    used
}

/// Adds notes for a document that declares no parameters of the alarms file.
pub(super) fn note_written(file: &AlarmsFile, given: &[Parameter], notes: &mut Notes) {
    let used = used(file);
    if !used.is_empty() {
        let names: Vec<String> = used.iter().map(|name| format!("`{name}`")).collect();
        notes.general(format!(
            "the values of parameters are written: {}",
            names.join(", ")
        ));
    }
    note_examples(file, given, used.iter().map(String::as_str), notes);
}

/// Adds a note for each of these parameters that has only an example.
pub(super) fn note_examples<'n>(
    file: &AlarmsFile,
    given: &[Parameter],
    written: impl Iterator<Item = &'n str>,
    notes: &mut Notes,
) {
    for name in written {
        let declaration = file.parameters.iter().find(|known| known.name == name);
        let has_value = |known: &ParameterDeclaration| {
            known.default.is_some() || alarms::value(name, given).is_some()
        };
        if declaration.is_some_and(|known| !has_value(known)) {
            notes.general(format!(
                "parameter `{name}` has its example as value; give its own with --param {name}=VALUE"
            ));
        }
    }
}

fn stack_parameter(
    declaration: &ParameterDeclaration,
    given: &[Parameter],
) -> Result<StackParameter, &'static str> {
    let variable = variable_name(&declaration.name);
    if [LOG_GROUP, TOPIC].map(variable_name).contains(&variable) {
        return Err("the document has another parameter of this name");
    }
    let default = alarms::value(&declaration.name, given).or_else(|| declaration.default.clone());
    let value = default.as_ref().or(declaration.example.as_ref());
    let values = value.and_then(|text| declaration.values(text));
    let mut default = default.as_deref();
    match values.as_deref() {
        Some([value]) if value.contains(['"', '\\']) => {
            return Err("a quote or backslash in a value would change the pattern");
        }
        Some([value]) => default = default.map(|_| value.as_str()),
        Some(_) => return Err("it has several, which become alternatives of the pattern"),
        None => {}
    }
    Ok(StackParameter {
        name: declaration.name.clone(),
        description: declaration.description.clone(),
        is_number: declaration.kind == ParameterType::Number,
        is_list: declaration.kind == ParameterType::CommaDelimitedList,
        default: default.map(str::to_owned),
    })
}

/// The source of a JSON pattern, split at its parameters. `None` if it is of another language and has parameters.
fn pattern_parts(unbound: &FilterPattern) -> Option<Vec<Part>> {
    let source = unbound.source();
    let Language::Json(expr) = unbound.language() else {
        return (unbound.parameters().is_empty()).then(|| vec![Part::Literal(unescaped(source))]);
    };
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut done = 0;
    let comparisons = expr
        .tests()
        .into_iter()
        .filter_map(|test| test.comparison());
    for comparison in comparisons {
        let Operand::Text(text) = &comparison.operand.node else {
            continue;
        };
        if text.parameters().next().is_none() {
            continue;
        }
        literal += &unescaped(&source[done..comparison.operand.span.start]);
        done = comparison.operand.span.end;
        push_quoted(text, &mut literal, &mut parts);
    }
    literal += &unescaped(&source[done..]);
    parts.push(Part::Literal(literal));
    Some(parts)
}

/// Appends a text as a quoted string. `literal` is what comes before it, and afterwards what is after its last parameter.
fn push_quoted(text: &Text, literal: &mut String, parts: &mut Vec<Part>) {
    literal.push('"');
    for part in text.parts() {
        match part {
            Part::Literal(text) => *literal += &text.replace('\\', "\\\\").replace('"', "\\\""),
            Part::Parameter(_) => {
                parts.push(Part::Literal(std::mem::take(literal)));
                parts.push(part.clone());
            }
        }
    }
    literal.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_split_at_its_parameters() {
        for (source, expected) in [
            ("{ $.a = 1 }", "{ $.a = 1 }"),
            (
                r#"{ $.a = "x${A}y\"" && ($.b = "${B}${A}" || $.c = "\${C}") }"#,
                r#"{ $.a = "x<A>y\"" && ($.b = "<B><A>" || $.c = "${C}") }"#,
            ),
        ] {
            let pattern: FilterPattern = source.parse().unwrap();
            let parts = pattern_parts(&pattern).unwrap();
            let printed = parts.iter().map(|part| match part {
                Part::Literal(text) => text.clone(),
                Part::Parameter(name) => format!("<{name}>"),
            });
            assert_eq!(printed.collect::<String>(), expected);
        }
        let terms: FilterPattern = r#""${A}""#.parse().unwrap();
        assert_eq!(pattern_parts(&terms), None);
    }
}

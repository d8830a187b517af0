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
    written: Vec<WrittenParameter>,
}

/// A parameter whose values are written, because the document cannot declare it.
struct WrittenParameter {
    name: String,
    reason: &'static str,
    values: Vec<String>,
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
                Err(reason) => parameters.written.push(WrittenParameter {
                    name: declaration.name.clone(),
                    reason,
                    values: values(declaration, given).unwrap_or_default(),
                }),
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

    /// A text in which only declared parameters are left. `None` if there are none, or if another one has several values.
    pub(super) fn text(&self, parts: &[Part], notes: &mut Notes) -> Option<Vec<Part>> {
        let mut text = Vec::new();
        let mut literal = String::new();
        for part in parts {
            match part {
                Part::Literal(text) => literal += text,
                Part::Parameter(name) => {
                    if let Some(WrittenParameter { values, .. }) = self.written(name, notes) {
                        let [value] = values.as_slice() else {
                            return None;
                        };
                        literal += value;
                    } else {
                        push_literal(&mut text, std::mem::take(&mut literal));
                        text.push(part.clone());
                    }
                }
            }
        }
        push_literal(&mut text, literal);
        let has_parameter = names(&text).next().is_some();
        has_parameter.then_some(text)
    }

    /// A pattern as a text with the declared parameters and the values of the other ones.
    pub(super) fn pattern(&self, pattern: &FilterPattern, notes: &mut Notes) -> Vec<Part> {
        let mut unbound = pattern.unbound();
        let values = |name: &str| {
            let mut written = self.written.iter();
            let found = written.find(|written| written.name == name)?;
            Some(found.values.clone())
        };
        let names = unbound.parameters().into_iter();
        let written = names.filter(|name| self.written(name, notes).is_some());
        if written.count() > 0 {
            let bound = unbound.bind_some(&values).ok();
            // The printed pattern is the source of the pattern with these values.
            match bound.and_then(|bound| bound.to_string().parse().ok()) {
                Some(partly) if self.declares_all(&partly) => unbound = partly,
                _ => return vec![Part::Literal(pattern_source(pattern))],
            }
        }
        if unbound.parameters().is_empty() {
            return vec![Part::Literal(pattern_source(pattern))];
        }
        if let Some(parts) = pattern_parts(&unbound) {
            return parts;
        }
        for name in unbound.parameters() {
            notes.general(format!(
                "the values of parameter `{name}` are written into patterns that are not JSON"
            ));
        }
        vec![Part::Literal(pattern_source(pattern))]
    }

    fn declares_all(&self, pattern: &FilterPattern) -> bool {
        let is_declared = |name| self.declared.iter().any(|known| known.name == name);
        pattern.parameters().into_iter().all(is_declared)
    }

    /// A parameter that the document does not declare, with a note.
    fn written(&self, name: &str, notes: &mut Notes) -> Option<&WrittenParameter> {
        let written = self.written.iter().find(|written| written.name == name)?;
        let reason = written.reason;
        notes.general(format!(
            "the values of parameter `{name}` are written: {reason}"
        ));
        Some(written)
    }
}

fn push_literal(parts: &mut Vec<Part>, literal: String) {
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
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
fn names(parts: &[Part]) -> impl Iterator<Item = &str> {
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
                "using the example value for parameter `{name}`; override it with --param {name}=VALUE"
            ));
        }
    }
}

/// The given value, or the default of the alarms file.
fn default(declaration: &ParameterDeclaration, given: &[Parameter]) -> Option<String> {
    alarms::value(&declaration.name, given).or_else(|| declaration.default.clone())
}

/// The values with which the alarms file is loaded.
fn values(declaration: &ParameterDeclaration, given: &[Parameter]) -> Option<Vec<String>> {
    let value = default(declaration, given).or_else(|| declaration.example.clone())?;
    declaration.values(&value)
}

fn stack_parameter(
    declaration: &ParameterDeclaration,
    given: &[Parameter],
) -> Result<StackParameter, &'static str> {
    let variable = variable_name(&declaration.name);
    if [LOG_GROUP, TOPIC].map(variable_name).contains(&variable) {
        return Err("the document has another parameter of this name");
    }
    let default = default(declaration, given);
    let mut default = default.as_deref();
    let values = values(declaration, given);
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

//! `Parameters` of the alarms file.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::property::Text;
use crate::ordered::{OrderedMap, OrderedValue};
use cloudtrail_alarms::alarm::file::variable_name;
use cloudwatch_filter_pattern::Part;

/// The parameters that the inputs declare, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    declared: Vec<Declared>,
    /// The indexes of `declared`, by name.
    indexes: HashMap<String, usize>,
    /// The names in the alarms file, by the name in the source and the declaration there.
    names: HashMap<(String, Parameter), String>,
    /// The last number at the end of a name, by the name without it.
    numbers: HashMap<String, usize>,
}

/// A parameter and its names.
#[derive(Clone, Debug)]
struct Declared {
    /// The name in the source.
    source_name: String,
    /// The name in the alarms file.
    name: String,
    parameter: Parameter,
}

/// A declaration of a parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Parameter {
    pub(super) kind: ParameterKind,
    pub(super) description: Option<String>,
    /// A text or a number.
    pub(super) default: Option<Value>,
    /// The parameter of Systems Manager that has the value.
    pub(super) stored_in: Option<String>,
}

/// `Type` of a parameter of an alarms file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum ParameterKind {
    #[default]
    String,
    Number,
    CommaDelimitedList,
}

impl Parameters {
    /// Declares a parameter of a source, and returns its name in the alarms file.
    ///
    /// The name has the letters and digits of the source's name, and begins with a letter. It has a number at the end if it
    /// is taken. An equal declaration of the same name in another source is the same parameter.
    pub(super) fn declare(&mut self, source_name: &str, parameter: Parameter) -> String {
        self.declare_as(source_name, source_name, parameter)
    }

    /// As [`declare`](Self::declare), with a name that is made from another one.
    pub(super) fn declare_as(
        &mut self,
        source_name: &str,
        name: &str,
        parameter: Parameter,
    ) -> String {
        let declaration = (source_name.to_owned(), parameter);
        if let Some(name) = self.names.get(&declaration) {
            return name.clone();
        }
        let name = self.free_name(name);
        self.indexes.insert(name.clone(), self.declared.len());
        self.declared.push(Declared {
            source_name: source_name.to_owned(),
            name: name.clone(),
            parameter: declaration.1.clone(),
        });
        self.names.insert(declaration, name.clone());
        name
    }

    fn free_name(&mut self, source_name: &str) -> String {
        let letters = source_name.chars().filter(char::is_ascii_alphanumeric);
        let mut base: String = letters.collect();
        if !base.starts_with(|c: char| c.is_ascii_alphabetic()) {
            base.insert(0, 'P');
        }
        let mut name = base.clone();
        while self.indexes.contains_key(&name) {
            let number = self.numbers.entry(base.clone()).or_insert(1);
            *number += 1;
            name = format!("{base}{number}");
        }
        name
    }

    /// Gives a parameter the type of its only use, a number. A default decides about the type itself.
    pub(super) fn make_number(&mut self, name: &str) {
        if let Some(&index) = self.indexes.get(name)
            && let parameter = &mut self.declared[index].parameter
            && parameter.default.is_none()
            && parameter.kind == ParameterKind::String
        {
            parameter.kind = ParameterKind::Number;
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Parameter> {
        let index = self.indexes.get(name)?;
        Some(&self.declared[*index].parameter)
    }

    /// The text with the defaults of its parameters; otherwise the source's name of a parameter without a default.
    pub(super) fn filled(&self, text: &Text) -> Result<Text, &str> {
        let mut filled = Text::default();
        for part in text.parts() {
            let name = match part {
                Part::Literal(literal) => {
                    filled.push_literal(literal);
                    continue;
                }
                Part::Parameter(name) => name,
            };
            let declared = &self.declared[self.indexes[name]];
            match &declared.parameter.default {
                Some(Value::String(value)) => filled.push_literal(value),
                Some(value) => filled.push_literal(&value.to_string()),
                None => return Err(&declared.source_name),
            }
        }
        Ok(filled)
    }

    /// Those of these names without a default, for messages, each with its environment variable.
    pub(super) fn without_default<'n>(
        &self,
        names: impl Iterator<Item = &'n String>,
    ) -> Vec<(String, String)> {
        let declared = self.of(names);
        let open = declared.filter(|declared| declared.parameter.default.is_none());
        open.map(|declared| {
            let name = match &declared.parameter.stored_in {
                None => format!("`{}`", declared.name),
                Some(stored) => {
                    format!("`{}`, which is in SSM parameter `{stored}`", declared.name)
                }
            };
            (name, variable_name(&declared.name))
        })
        .collect()
    }

    /// Those of these names, in the order of their declarations.
    fn of<'n>(&self, names: impl Iterator<Item = &'n String>) -> impl Iterator<Item = &Declared> {
        let indexes: BTreeSet<usize> = names
            .filter_map(|name| self.indexes.get(name).copied())
            .collect();
        indexes.into_iter().map(|index| &self.declared[index])
    }

    /// The section `Parameters` with those of these names, in the order of their declarations. With `has_examples`, a parameter
    /// without a default has an `Example`.
    pub(super) fn section<'n>(
        &self,
        names: impl Iterator<Item = &'n String>,
        has_examples: bool,
    ) -> OrderedMap {
        let mut section = OrderedMap::default();
        for declared in self.of(names) {
            let Parameter { kind, default, .. } = &declared.parameter;
            let mut declaration = declared.parameter.declaration();
            if has_examples && default.is_none() {
                declaration.push("Example", kind.example());
            }
            section.push(&declared.name, declaration);
        }
        section
    }
}

impl Parameter {
    fn declaration(&self) -> OrderedMap {
        let mut declaration = OrderedMap::default();
        declaration.push("Type", self.kind.as_str());
        declaration.push_some("Description", self.description.as_deref());
        declaration.push_some("Default", self.default.clone().map(OrderedValue::from));
        declaration
    }
}

impl ParameterKind {
    /// A value for trying the alarms.
    fn example(self) -> &'static str {
        match self {
            // Every numeric property accepts 60.
            Self::Number => "60",
            Self::String | Self::CommaDelimitedList => "example",
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Number => "Number",
            Self::CommaDelimitedList => "CommaDelimitedList",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_declaration_gets_another_name() {
        let number = |default: u32| Parameter {
            kind: ParameterKind::Number,
            default: Some(default.into()),
            ..Parameter::default()
        };
        let mut parameters = Parameters::default();
        let mut declare = |name, default| parameters.declare(name, number(default));
        assert_eq!(declare("Limit", 5), "Limit");
        assert_eq!(declare("Limit", 5), "Limit");
        assert_eq!(declare("Limit", 6), "Limit2");
        assert_eq!(declare("1st_limit", 5), "P1stlimit");
        assert_eq!(declare("P1stlimit", 5), "P1stlimit2");
    }
}

//! `Parameters` of the alarms file.

use serde_json::Value;

use crate::ordered::{OrderedMap, OrderedValue};

/// The parameters that the inputs declare, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(Vec<Declared>);

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
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parameter {
    pub(super) kind: ParameterKind,
    pub(super) description: Option<String>,
    /// A text or a number.
    pub(super) default: Option<Value>,
}

/// `Type` of a parameter of an alarms file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
        let known = self.0.iter().find(|declared| {
            declared.source_name == source_name && declared.parameter == parameter
        });
        if let Some(known) = known {
            return known.name.clone();
        }
        let letters = source_name.chars().filter(char::is_ascii_alphanumeric);
        let mut base: String = letters.collect();
        if !base.starts_with(|c: char| c.is_ascii_alphabetic()) {
            base.insert(0, 'P');
        }
        let numbered = (2..).map(|number| format!("{base}{number}"));
        let name = std::iter::once(base.clone())
            .chain(numbered)
            .find(|name| self.get(name).is_none())
            .expect("there are more numbers than parameters");
        self.0.push(Declared {
            source_name: source_name.to_owned(),
            name: name.clone(),
            parameter,
        });
        name
    }

    /// Gives a parameter the type of its only use, a number. A default decides about the type itself.
    pub(super) fn make_number(&mut self, name: &str) {
        let declared = self.0.iter_mut().find(|declared| declared.name == name);
        if let Some(Declared { parameter, .. }) = declared
            && parameter.default.is_none()
            && parameter.kind == ParameterKind::String
        {
            parameter.kind = ParameterKind::Number;
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Parameter> {
        let known = self.0.iter().find(|declared| declared.name == name);
        known.map(|declared| &declared.parameter)
    }

    /// The section `Parameters` with those for whose names `is_used` is true. With `has_examples`, a parameter without a default
    /// has an `Example`.
    pub(super) fn section(&self, is_used: impl Fn(&str) -> bool, has_examples: bool) -> OrderedMap {
        let mut section = OrderedMap::default();
        for declared in self.0.iter().filter(|declared| is_used(&declared.name)) {
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

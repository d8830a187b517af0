//! Writes texts as the values of an alarms file, in which `${Name}` is a parameter.

use std::collections::BTreeSet;

use super::property::Text;
use cloudwatch_filter_pattern::Part;

/// Writes texts, and collects the parameters that they refer to.
#[derive(Debug, Default)]
pub(super) struct Writer {
    /// Names of the parameters.
    pub(super) used: BTreeSet<String>,
}

impl Writer {
    /// A text that is not a pattern.
    pub(super) fn text(&mut self, text: &Text) -> String {
        self.escaped(text, "${!")
    }

    /// A pattern. In a string of a pattern, a backslash escapes `${`.
    pub(super) fn pattern(&mut self, text: &Text) -> String {
        self.escaped(text, "\\${")
    }

    fn escaped(&mut self, text: &Text, escape: &str) -> String {
        let mut written = String::new();
        for part in text.parts() {
            match part {
                Part::Literal(literal) => written.push_str(&literal.replace("${", escape)),
                Part::Parameter(name) => {
                    written.extend(["${", name, "}"]);
                    self.used.insert(name.clone());
                }
            }
        }
        written
    }
}

//! Reads selectors and filter patterns.

use super::{PatternText, Reader, Text, collect};
use crate::alarm::file::diagnostic::{Diagnostic, Position};
use crate::yaml::{Node, Value};
use cloudwatch_filter_pattern::record::Selector;
use cloudwatch_filter_pattern::{FilterPattern, PatternError};

impl Reader<'_> {
    pub(in crate::alarm) fn selector(&mut self, label: &str, node: &Node) -> Option<Selector> {
        let text = self.text(label, node)?;
        self.selector_of(&text)
    }

    pub(in crate::alarm) fn selector_of(&mut self, text: &Text) -> Option<Selector> {
        let selector = text.value.parse();
        selector
            .map_err(|error| self.diagnostics.push(self.pattern_diagnostic(text, &error)))
            .ok()
    }

    /// A filter pattern with the values of its parameters, and the position of its text.
    ///
    /// If a parameter has no value, this is reported and the pattern is returned as it is written. So the other errors of the
    /// alarm are found too.
    pub(in crate::alarm) fn pattern(
        &mut self,
        label: &str,
        node: &Node,
    ) -> Option<(FilterPattern, Position)> {
        let Value::Scalar(scalar) = &node.value else {
            match node.value {
                // `{ $.a = 1 }` without quotes is a mapping in YAML.
                Value::Mapping(_) => self.expected(
                    label,
                    "a filter pattern in quotes, such as '{ $.errorCode = \"*\" }'",
                    node.span.clone(),
                    &node.describe(),
                ),
                _ => self.mismatch(label, "a filter pattern", node),
            }
            return None;
        };
        // `FilterPattern` itself replaces parameters, because a value can be a list.
        let text = Text {
            value: scalar.text.clone(),
            span: node.span.clone(),
            verbatim: scalar.verbatim,
        };
        self.patterns.push(PatternText {
            text: text.value.clone(),
            span: text.span.clone(),
            quoting: scalar.quoting,
        });
        let pattern: FilterPattern = match text.value.parse() {
            Ok(pattern) => pattern,
            Err(error) => {
                let diagnostic = self.pattern_diagnostic(&text, &error);
                self.diagnostics.push(diagnostic.of_pattern());
                return None;
            }
        };
        let position = self.position(&text.part(0..0));
        let parameters = self.parameters?;
        let values: Option<Vec<_>> = collect(pattern.parameters().into_iter().map(|name| {
            let reference = format!("${{{name}}}");
            let range = text
                .value
                .find(&reference)
                .map(|start| start..start + reference.len());
            let span = range.map_or(text.span.clone(), |range| text.part(range));
            self.resolve(parameters, name, span)
                .map(|values| (name, values))
        }));
        let Some(values) = values else {
            return Some((pattern, position));
        };
        let value_of = |parameter: &str| {
            values
                .iter()
                .find(|(name, _)| *name == parameter)
                .map(|(_, values)| values.to_vec())
        };
        match pattern.bind(&value_of) {
            Ok(bound) => Some((bound, position)),
            Err(error) => {
                self.report(text.span, error.to_string());
                Some((pattern, position))
            }
        }
    }

    /// Points at the character if the file has the pattern verbatim. Otherwise also shows the pattern.
    fn pattern_diagnostic(&self, text: &Text, error: &PatternError) -> Diagnostic {
        let message = error.message();
        let mut diagnostic = self.source.diagnostic(text.part(error.span()), &message);
        if text.verbatim.is_none() {
            let shown = error.to_string();
            diagnostic = diagnostic.with_detail(
                shown
                    .strip_prefix(&message)
                    .unwrap_or(&shown)
                    .trim_start_matches('\n'),
            );
        }
        diagnostic
    }
}

//! Selectors and filter patterns.

use super::{PatternText, Reader, Text, collect};
use crate::alarm::file::diagnostic::{Diagnostic, Position};
use crate::alarm::file::yaml::{Node, Value};
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

    /// A filter pattern with the values of its parameters, and where its text begins. If one has no value, that is a diagnostic
    /// and the pattern stays as it is written, so that the rest of the alarm can be told of too.
    pub(in crate::alarm) fn pattern(
        &mut self,
        label: &str,
        node: &Node,
    ) -> Option<(FilterPattern, Position)> {
        let Value::Scalar(scalar) = &node.value else {
            self.mismatch(label, "a filter pattern", node);
            return None;
        };
        // The pattern itself knows where a parameter may stand, and how a value is put there.
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
            let place = text
                .value
                .find(&reference)
                .map(|start| start..start + reference.len());
            let span = place.map_or(text.span.clone(), |place| text.part(place));
            self.resolve(parameters, name, span)
                .map(|values| (name, values))
        }));
        let Some(values) = values else {
            return Some((pattern, position));
        };
        let value_of = |wanted: &str| {
            values
                .iter()
                .find(|(name, _)| *name == wanted)
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

    /// Points at the very character if the pattern stands in the file as it is, and else shows the pattern too.
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

//! Reads the values of properties: texts and lists. [`scalar`] reads numbers, names and times, [`pattern`] selectors and
//! patterns.
//!
//! A method that reads a value returns `None` if it has reported a diagnostic. Reading then continues, so that all errors of a
//! file are reported at once.

mod pattern;
mod scalar;

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use crate::alarm::file::diagnostic::{Diagnostic, Position, Source};
use crate::alarm::file::parameters::{Parameters, Unresolved};
use crate::alarm::file::references::next_reference;
use crate::yaml::{Node, Quoting, Value};
use cloudwatch_filter_pattern::excerpt::quoted;

/// A value and its byte range in the file.
#[derive(Debug)]
pub(super) struct Spanned<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// A text with its parameters replaced.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) span: Range<usize>,
    /// Byte offset at which `value` is in the file verbatim. `None` if it is not.
    verbatim: Option<usize>,
}

impl Text {
    /// Byte range of a part of the text, or of the whole text if it is not in the file verbatim.
    fn part(&self, part: Range<usize>) -> Range<usize> {
        self.verbatim.map_or(self.span.clone(), |start| {
            start + part.start..start + part.end
        })
    }
}

/// The text of a filter pattern, valid or not.
#[derive(Debug)]
pub(super) struct PatternText {
    pub(super) text: String,
    pub(super) span: Range<usize>,
    pub(super) quoting: Quoting,
}

/// Reads the values of one file and collects the diagnostics.
pub(super) struct Reader<'a> {
    source: &'a Source,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// `None` if `${Name}` is not replaced.
    parameters: Option<&'a Parameters>,
    /// The referrer to the parameters, for a message: "alarm `KmsErrors`".
    owner: String,
    /// The parameters without a value that are already reported for this owner.
    missing: BTreeSet<String>,
    patterns: Vec<PatternText>,
}

impl<'a> Reader<'a> {
    /// A reader that does not replace `${Name}`.
    pub(super) fn literal(source: &'a Source, diagnostics: &'a mut Vec<Diagnostic>) -> Self {
        Self {
            source,
            diagnostics,
            parameters: None,
            owner: String::new(),
            missing: BTreeSet::new(),
            patterns: Vec::new(),
        }
    }

    /// A reader that replaces `${Name}` by the value of the parameter.
    pub(super) fn new(
        source: &'a Source,
        parameters: &'a Parameters,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Self {
        let parameters = Some(parameters);
        Self {
            source,
            diagnostics,
            parameters,
            owner: "the alarm".to_owned(),
            missing: BTreeSet::new(),
            patterns: Vec::new(),
        }
    }

    /// Sets what refers to the parameters, for messages.
    pub(super) fn set_owner(&mut self, owner: String) {
        self.owner = owner;
    }

    /// The texts that [`pattern`](Self::pattern) read, valid or not.
    pub(super) fn take_patterns(&mut self) -> Vec<PatternText> {
        std::mem::take(&mut self.patterns)
    }

    pub(super) fn source(&self) -> &'a Source {
        self.source
    }

    pub(super) fn position(&self, span: &Range<usize>) -> Position {
        self.source.position(span.start)
    }

    pub(super) fn report(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.diagnostics.push(self.source.diagnostic(span, message));
    }

    /// Reports "`Period`: expected a whole number, found `ten`".
    pub(super) fn expected(&mut self, label: &str, what: &str, span: Range<usize>, found: &str) {
        self.report(span, format!("`{label}`: expected {what}, found {found}"));
    }

    /// Like [`expected`](Self::expected), for a node of another kind.
    pub(super) fn mismatch(&mut self, label: &str, what: &str, node: &Node) {
        if !matches!(node.value, Value::Unusable) {
            self.expected(label, what, node.span.clone(), &node.describe());
        }
    }

    /// The text of a scalar, its parameters replaced. The values of a list parameter are joined by commas.
    pub(super) fn text(&mut self, label: &str, node: &Node) -> Option<Text> {
        let Value::Scalar(scalar) = &node.value else {
            self.mismatch(label, "a text", node);
            return None;
        };
        let written = Text {
            value: scalar.text.clone(),
            span: node.span.clone(),
            verbatim: scalar.verbatim,
        };
        self.replace_parameters(written)
    }

    /// Like [`text`](Self::text), with limits to the number of characters.
    pub(super) fn text_of(
        &mut self,
        label: &str,
        node: &Node,
        length: RangeInclusive<usize>,
    ) -> Option<Text> {
        let text = self.text(label, node)?;
        let characters = text.value.chars().count();
        if length.contains(&characters) {
            return Some(text);
        }
        let limits = match length.into_inner() {
            (0, most) => format!("at most {most}"),
            (least, most) => format!("{least} to {most}"),
        };
        let message = format!("`{label}`: expected {limits} characters, found {characters}");
        self.report(text.span, message);
        None
    }

    /// A name as CloudWatch accepts it: 1 to 255 characters, none of them a control character.
    pub(super) fn name(&mut self, label: &str, node: &Node) -> Option<Text> {
        self.name_of(label, node, 255)
    }

    /// A name of 1 to `most` characters, none of them a control character.
    pub(super) fn name_of(&mut self, label: &str, node: &Node, most: usize) -> Option<Text> {
        let text = self.text_of(label, node, 1..=most)?;
        if text.value.contains(char::is_control) {
            let found = quoted(&text.value);
            self.expected(
                label,
                "a name without control characters",
                text.span,
                &found,
            );
            return None;
        }
        Some(text)
    }

    /// `${Name}` becomes the parameter's value and `${!Name}` the text `${Name}`, as in `Fn::Sub`.
    fn replace_parameters(&mut self, written: Text) -> Option<Text> {
        let Some(parameters) = self.parameters.filter(|_| written.value.contains("${")) else {
            return Some(written);
        };
        let mut value = Some(String::new());
        let mut done = 0;
        while let Some((reference, name)) = next_reference(&written.value, done) {
            let before = &written.value[done..reference.start];
            done = reference.end;
            let replaced = match name.strip_prefix('!') {
                Some(escaped) => Some(format!("${{{escaped}}}")),
                None => self
                    .resolve(parameters, name, written.part(reference))
                    .map(|values| values.join(",")),
            };
            // Continue after a missing value, so that the other ones are reported too.
            value = value
                .zip(replaced)
                .map(|(value, replaced)| value + before + &replaced);
        }
        let value = value? + &written.value[done..];
        Some(Text {
            value,
            span: written.span,
            verbatim: None,
        })
    }

    /// The values of a parameter. `span` is the reference.
    fn resolve(
        &mut self,
        parameters: &'a Parameters,
        name: &str,
        span: Range<usize>,
    ) -> Option<&'a [String]> {
        match parameters.values(name, &self.owner) {
            Ok(values) => return Some(values),
            Err(Unresolved::Error(message)) => self.report(span, message),
            Err(Unresolved::Missing { name, message }) => {
                if self.missing.insert(name.clone()) {
                    let diagnostic = self.source.diagnostic(span, message);
                    self.diagnostics
                        .push(diagnostic.of_missing_parameter(&name));
                }
            }
            Err(Unresolved::AlreadyReported) => {}
        }
        None
    }

    /// A list, possibly empty.
    pub(super) fn list<'n>(&mut self, label: &str, node: &'n Node) -> Option<&'n [Node]> {
        let Value::List(items) = &node.value else {
            self.mismatch(label, "a list", node);
            return None;
        };
        Some(items)
    }

    /// A list of texts. A single parameter instead of the list means all its values.
    pub(super) fn texts(&mut self, label: &str, node: &Node) -> Option<Vec<String>> {
        if let (Value::Scalar(scalar), Some(parameters)) = (&node.value, self.parameters)
            && let Some((reference, name)) = next_reference(&scalar.text, 0)
            && reference == (0..scalar.text.len())
        {
            return self
                .resolve(parameters, name, node.span.clone())
                .map(<[_]>::to_vec);
        }
        let items = self.list(label, node)?.iter();
        collect(items.map(|item| self.text_of(label, item, 1..=1024).map(|text| text.value)))
    }
}

/// All items, or `None` if one is `None`. Reads every item, so that all errors are reported.
pub(super) fn collect<T>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let items: Vec<_> = items.collect();
    items.into_iter().collect()
}

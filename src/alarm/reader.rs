//! Reading the values of properties: texts, numbers, names, durations, patterns.
//!
//! A function that reads something answers `None` where it found a fault, which it has then written down; reading goes
//! on, so that all faults of a file are found. Nothing that was read counts once there is a fault.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::{Range, RangeInclusive};

use jiff::civil::Date;
use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::Deserialize;
use serde::de::value::StrDeserializer;

use super::fault::{Fault, Position, Source};
use super::parameters::{Parameters, Unresolved};
use super::yaml::{Node, Quoting, Value, quoted};
use crate::pattern::{FilterPattern, PatternError};
use crate::record::Selector;
use crate::spelling::suggestion;

/// Something that was read, and the bytes where it stands.
#[derive(Debug)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// A text with its parameters replaced.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) span: Range<usize>,
    /// The byte of the file from which `value` stands there letter for letter.
    verbatim: Option<usize>,
}

impl Text {
    /// The bytes of the file where this part of the text stands, or the whole of it if that cannot be told.
    fn part(&self, part: Range<usize>) -> Range<usize> {
        self.verbatim.map_or(self.span.clone(), |start| {
            start + part.start..start + part.end
        })
    }
}

/// A text that is to be a filter pattern.
#[derive(Debug)]
pub(super) struct PatternText {
    pub(super) text: String,
    pub(super) span: Range<usize>,
    pub(super) quoting: Quoting,
}

/// Reads values of one file, and collects what is wrong with them.
pub(super) struct Reader<'a> {
    source: &'a Source,
    faults: &'a mut Vec<Fault>,
    /// None where `${Name}` is only text.
    parameters: Option<&'a Parameters>,
    /// Who needs the parameters, for a message: "alarm `KmsErrors`".
    owner: String,
    /// The parameters without a value that the owner was already told of.
    missing: BTreeSet<String>,
    patterns: Vec<PatternText>,
}

impl<'a> Reader<'a> {
    /// A reader to which `${Name}` is text like any other.
    pub(super) fn literal(source: &'a Source, faults: &'a mut Vec<Fault>) -> Self {
        Self {
            source,
            faults,
            parameters: None,
            owner: String::new(),
            missing: BTreeSet::new(),
            patterns: Vec::new(),
        }
    }

    /// A reader that puts values in the place of parameters.
    pub(super) fn new(
        source: &'a Source,
        parameters: &'a Parameters,
        faults: &'a mut Vec<Fault>,
    ) -> Self {
        let parameters = Some(parameters);
        Self {
            source,
            faults,
            parameters,
            owner: "the alarm".to_owned(),
            missing: BTreeSet::new(),
            patterns: Vec::new(),
        }
    }

    /// Who reads, for messages about parameters without a value.
    pub(super) fn set_owner(&mut self, owner: String) {
        self.owner = owner;
    }

    /// The texts that [`pattern`](Self::pattern) was asked to read, whether they are patterns or not.
    pub(super) fn take_patterns(&mut self) -> Vec<PatternText> {
        std::mem::take(&mut self.patterns)
    }

    pub(super) fn source(&self) -> &'a Source {
        self.source
    }

    pub(super) fn position(&self, span: &Range<usize>) -> Position {
        self.source.position(span.start)
    }

    pub(super) fn fault(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.faults.push(self.source.fault(span, message));
    }

    /// "`Period`: expected a whole number, found `ten`".
    pub(super) fn expected(&mut self, label: &str, what: &str, span: Range<usize>, found: &str) {
        self.fault(span, format!("`{label}`: expected {what}, found {found}"));
    }

    /// As [`expected`](Self::expected), of a node that is of another kind.
    pub(super) fn mismatch(&mut self, label: &str, what: &str, node: &Node) {
        if !matches!(node.value, Value::Unusable) {
            self.expected(label, what, node.span.clone(), &node.describe());
        }
    }

    /// The text of a scalar, its parameters replaced; a list's items have commas between them.
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

    /// As [`text`](Self::text), with a limit to the number of characters.
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
        self.fault(text.span, message);
        None
    }

    /// A name as CloudWatch takes it: 1 to 255 characters, none of them a control character.
    pub(super) fn name(&mut self, label: &str, node: &Node) -> Option<Text> {
        let text = self.text_of(label, node, 1..=255)?;
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
            // One that has no value does not keep the others from being told.
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

    /// The values of a parameter that is referred to at `span`.
    fn resolve(
        &mut self,
        parameters: &'a Parameters,
        name: &str,
        span: Range<usize>,
    ) -> Option<&'a [String]> {
        match parameters.values(name, &self.owner) {
            Ok(values) => return Some(values),
            Err(Unresolved::Fault(message)) => self.fault(span, message),
            Err(Unresolved::Missing { name, message }) => {
                if self.missing.insert(name) {
                    self.fault(span, message);
                }
            }
            Err(Unresolved::Told) => {}
        }
        None
    }

    /// A list, which may be empty.
    pub(super) fn list<'n>(&mut self, label: &str, node: &'n Node) -> Option<&'n [Node]> {
        let Value::List(items) = &node.value else {
            self.mismatch(label, "a list", node);
            return None;
        };
        Some(items)
    }

    /// A list of texts; one parameter in its place is all the values of that parameter.
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

    /// A whole number of at least 1.
    pub(super) fn count(&mut self, label: &str, node: &Node) -> Option<Placed<u32>> {
        let text = self.text(label, node)?;
        match text.value.trim().parse() {
            Ok(value) if value > 0 => Some(Placed {
                value,
                span: text.span,
            }),
            _ => {
                self.expected(
                    label,
                    "a whole number of at least 1",
                    text.span,
                    &quoted(&text.value),
                );
                None
            }
        }
    }

    /// A number that is neither infinite nor undefined.
    pub(super) fn number(&mut self, label: &str, node: &Node) -> Option<Placed<f64>> {
        let text = self.text(label, node)?;
        match text.value.trim().parse() {
            Ok(value) if f64::is_finite(value) => Some(Placed {
                value,
                span: text.span,
            }),
            _ => {
                self.expected(label, "a number", text.span, &quoted(&text.value));
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, label: &str, node: &Node) -> Option<bool> {
        let text = self.text(label, node)?;
        match text.value.as_str() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            other => {
                self.expected(label, "true or false", text.span, &quoted(other));
                None
            }
        }
    }

    /// One of the names that a type without data has for serde.
    pub(super) fn choice<T: for<'de> Deserialize<'de>>(
        &mut self,
        label: &str,
        node: &Node,
    ) -> Option<Placed<T>> {
        let text = self.text(label, node)?;
        self.choice_of(label, text)
    }

    pub(super) fn choice_of<T: for<'de> Deserialize<'de>>(
        &mut self,
        label: &str,
        text: Text,
    ) -> Option<Placed<T>> {
        match T::deserialize(StrDeserializer::<NoSuchName>::new(&text.value)) {
            Ok(value) => Some(Placed {
                value,
                span: text.span,
            }),
            Err(NoSuchName { known }) => {
                let near = suggestion(&text.value, known.iter().copied());
                self.expected(
                    label,
                    &one_of(known),
                    text.span,
                    &(quoted(&text.value) + &near),
                );
                None
            }
        }
    }

    /// `90s`, `5m`, `1h 30m`, `1d`; days have 24 hours.
    pub(super) fn duration(
        &mut self,
        label: &str,
        node: &Node,
        limits: RangeInclusive<SignedDuration>,
    ) -> Option<SignedDuration> {
        let text = self.text(label, node)?;
        let duration = text
            .value
            .parse::<Span>()
            .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
        let Ok(duration) = duration else {
            self.expected(
                label,
                "a duration such as 90s, 5m or 1h",
                text.span,
                &quoted(&text.value),
            );
            return None;
        };
        if !limits.contains(&duration) {
            let (least, most) = limits.into_inner();
            let what = format!("a duration from {least:#} to {most:#}");
            self.expected(label, &what, text.span, &quoted(&text.value));
            return None;
        }
        Some(duration)
    }

    /// A day: `2027-01-31`.
    pub(super) fn date(&mut self, label: &str, node: &Node) -> Option<Date> {
        let text = self.text(label, node)?;
        let date = text.value.parse().ok();
        if date.is_none() {
            self.expected(
                label,
                "a date such as 2027-01-31",
                text.span,
                &quoted(&text.value),
            );
        }
        date
    }

    pub(super) fn selector(&mut self, label: &str, node: &Node) -> Option<Selector> {
        let text = self.text(label, node)?;
        self.selector_of(&text)
    }

    pub(super) fn selector_of(&mut self, text: &Text) -> Option<Selector> {
        let selector = text.value.parse();
        selector
            .map_err(|error| self.faults.push(self.pattern_fault(text, &error)))
            .ok()
    }

    /// A filter pattern with the values of its parameters, and where its text begins. If one has no value, that is a fault
    /// and the pattern stays as it is written, so that the rest of the alarm can be told of too.
    pub(super) fn pattern(
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
                let fault = self.pattern_fault(&text, &error);
                self.faults.push(fault.of_pattern());
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
                self.fault(text.span, error.to_string());
                Some((pattern, position))
            }
        }
    }

    /// Points at the very character if the pattern stands in the file as it is, and else shows the pattern too.
    fn pattern_fault(&self, text: &Text, error: &PatternError) -> Fault {
        let message = error.message();
        let mut fault = self.source.fault(text.part(error.span()), &message);
        if text.verbatim.is_none() {
            let shown = error.to_string();
            fault = fault.with_detail(
                shown
                    .strip_prefix(&message)
                    .unwrap_or(&shown)
                    .trim_start_matches('\n'),
            );
        }
        fault
    }
}

/// All of the items, or none if one is faulty; every one is read.
pub(super) fn collect<T>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let items: Vec<_> = items.collect();
    items.into_iter().collect()
}

/// The first `${...}` from `start` on: its place, and the name in it.
fn next_reference(text: &str, start: usize) -> Option<(Range<usize>, &str)> {
    let open = start + text[start..].find("${")?;
    let close = open + text[open..].find('}')?;
    Some((open..close + 1, &text[open + 2..close]))
}

/// "A, B or C"
fn one_of(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

/// A name that serde does not know for a type, and those that it does.
#[derive(Debug)]
struct NoSuchName {
    known: &'static [&'static str],
}

impl serde::de::Error for NoSuchName {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self { known: &[] }
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self { known }
    }
}

impl fmt::Display for NoSuchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", one_of(self.known))
    }
}

impl std::error::Error for NoSuchName {}

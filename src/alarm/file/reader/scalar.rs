//! Reads numbers, booleans, names, durations and dates.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::Deserialize;
use serde::de::value::StrDeserializer;

use super::{Reader, Spanned, Text};
use crate::spelling::suggestion;
use crate::yaml::Node;
use cloudwatch_filter_pattern::excerpt::quoted;

impl Reader<'_> {
    /// A whole number of at least 1.
    pub(in crate::alarm) fn count(&mut self, label: &str, node: &Node) -> Option<Spanned<u32>> {
        let text = self.text(label, node)?;
        match text.value.trim().parse() {
            Ok(value) if value > 0 => Some(Spanned {
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

    /// A finite number.
    pub(in crate::alarm) fn number(&mut self, label: &str, node: &Node) -> Option<Spanned<f64>> {
        let text = self.text(label, node)?;
        match text.value.trim().parse() {
            Ok(value) if f64::is_finite(value) => Some(Spanned {
                value,
                span: text.span,
            }),
            _ => {
                self.expected(label, "a number", text.span, &quoted(&text.value));
                None
            }
        }
    }

    pub(in crate::alarm) fn boolean(&mut self, label: &str, node: &Node) -> Option<bool> {
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

    /// A variant of an enum without data, by its serde name.
    pub(in crate::alarm) fn choice<T: for<'de> Deserialize<'de>>(
        &mut self,
        label: &str,
        node: &Node,
    ) -> Option<Spanned<T>> {
        let text = self.text(label, node)?;
        self.choice_of(label, text)
    }

    pub(in crate::alarm) fn choice_of<T: for<'de> Deserialize<'de>>(
        &mut self,
        label: &str,
        text: Text,
    ) -> Option<Spanned<T>> {
        match T::deserialize(StrDeserializer::<NoSuchName>::new(&text.value)) {
            Ok(value) => Some(Spanned {
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
    pub(in crate::alarm) fn duration(
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

    /// A date: `2027-01-31`.
    pub(in crate::alarm) fn date(&mut self, label: &str, node: &Node) -> Option<Date> {
        let text = self.text(label, node)?;
        let date = text.value.parse().ok();
        if date.is_none() {
            self.expected(
                label,
                "a date such as 2027-01-31, or `never`",
                text.span,
                &quoted(&text.value),
            );
        }
        date
    }
}

/// "A, B or C"
fn one_of(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

/// Error for an unknown name, with the known ones.
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

//! A list of patterns: a JSON array of objects that have a pattern and any other members.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::source_pattern::{NamedPattern, SourcePattern};
use crate::json::{JsonError, describe};
use cloudtrail_alarms::alarm::file::{Diagnostic, Quoting, Source};

/// Names of the key that holds the pattern.
const PATTERN_KEYS: [&str; 3] = ["pattern", "filterPattern", "FilterPattern"];

/// Names of the keys that identify a pattern, in order of preference.
const NAME_KEYS: [&str; 5] = ["id", "name", "filterName", "FilterName", "AlarmName"];

/// The patterns of a list, and the errors in the list itself with the name of the entry.
#[derive(Default)]
pub(super) struct PatternList {
    pub(super) patterns: Vec<NamedPattern>,
    pub(super) diagnostics: Vec<(String, Diagnostic)>,
}

/// A JSON value and its span in the file.
struct Json<'t> {
    text: &'t str,
    span: Range<usize>,
}

impl PatternList {
    pub(super) fn read(source: &Source) -> Self {
        let mut list = Self::default();
        let text = source.text();
        if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
            let JsonError { message, at } = JsonError::new(text, &error);
            let at = at.unwrap_or_default();
            list.diagnostic(source, "", at..at + 1, format!("not JSON: {message}"));
            return list;
        }
        let Ok(entries) = serde_json::from_str::<Vec<&RawValue>>(text) else {
            let found = describe(text.trim());
            let message =
                format!("expected an array of patterns, or an alarms file, found {found}");
            list.diagnostic(source, "", 0..1, message);
            return list;
        };
        for (index, entry) in entries.into_iter().enumerate() {
            list.entry(source, index, &Json::new(source, entry));
        }
        if list.patterns.is_empty() && list.diagnostics.is_empty() {
            let message = format!("expected entries with a {}, found none", pattern_keys());
            list.diagnostic(source, "", 0..1, message);
        }
        list
    }

    fn entry(&mut self, source: &Source, index: usize, entry: &Json<'_>) {
        let members = serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(entry.text);
        let Ok(members) = members else {
            let message = format!(
                "expected an object with a {}, found {}",
                pattern_keys(),
                describe(entry.text)
            );
            let name = format!("entry {index}");
            return self.diagnostic(source, &name, entry.span.clone(), message);
        };
        let member = |key: &&'static str| Some((*key, Json::new(source, members.get(*key)?)));
        let Some((key, pattern)) = PATTERN_KEYS.iter().find_map(member) else {
            return;
        };
        let mut names = NAME_KEYS.iter().filter_map(member);
        let name = names.find_map(|(_, name)| name.string());
        let name = name.unwrap_or_else(|| format!("entry {index}"));
        let Some(text) = pattern.string() else {
            let found = describe(pattern.text);
            let message = format!("`{key}`: expected a string, found {found}");
            return self.diagnostic(source, &name, pattern.span, message);
        };
        self.patterns.push(NamedPattern {
            name,
            source: 0,
            pattern: SourcePattern {
                text,
                span: pattern.span,
                quoting: Some(Quoting::Double),
            },
        });
    }

    fn diagnostic(&mut self, source: &Source, name: &str, span: Range<usize>, message: String) {
        let diagnostic = source.diagnostic(span, message);
        self.diagnostics.push((name.to_owned(), diagnostic));
    }
}

impl<'t> Json<'t> {
    fn new(source: &Source, raw: &'t RawValue) -> Self {
        let text = raw.get();
        let start = text.as_ptr().addr() - source.text().as_ptr().addr();
        Self {
            text,
            span: start..start + text.len(),
        }
    }

    fn string(&self) -> Option<String> {
        serde_json::from_str(self.text).ok()
    }
}

fn pattern_keys() -> String {
    let [first, second, third] = PATTERN_KEYS;
    format!("`{first}`, `{second}` or `{third}`")
}

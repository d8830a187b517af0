//! The positions of the values of an alarm in its file, for later messages about them.

use std::ops::Range;

use crate::yaml::{Node, Value};

/// Byte ranges of the values of an alarm in its file, including quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlarmSpans {
    /// `MetricName`.
    pub metric_name: Range<usize>,
    /// `Threshold`.
    pub threshold: Range<usize>,
    /// `MetricValue`, if it is given.
    pub metric_value: Option<Range<usize>>,
    /// `CountDistinct`, if it is given.
    pub count_distinct: Option<Range<usize>>,
    /// The items of `GroupBy`.
    pub group_by: Vec<Range<usize>>,
    /// `FirstSeen`, if it is given.
    pub first_seen: Option<Range<usize>>,
    /// The items of `Fields` of `FirstSeen`.
    pub first_seen_fields: Vec<Range<usize>>,
    /// The items of `Exclude`: its own, then those of files.
    pub exclude: Vec<ExclusionSpans>,
}

/// Byte ranges of the values of one item of `Exclude`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExclusionSpans {
    /// `Pattern`.
    pub pattern: Range<usize>,
    /// `Expires`.
    pub expires: Range<usize>,
    /// Index of its file in [`Analysis::sources`](super::Analysis::sources).
    pub file: usize,
    /// Whether the file has it, and not the alarm.
    pub of_file: bool,
}

impl ExclusionSpans {
    /// The ranges of one item of `Exclude`. A missing value has an empty range at the start of the item.
    pub(super) fn new(exclusion: &Node, file: usize) -> Self {
        Self {
            pattern: required(exclusion, "Pattern"),
            expires: required(exclusion, "Expires"),
            file,
            of_file: false,
        }
    }
}

/// The range of a value of a mapping. If it is missing, an empty range at the start of the mapping.
fn required(node: &Node, key: &str) -> Range<usize> {
    node.get(key)
        .map_or(node.span.start..node.span.start, |value| value.span.clone())
}

impl AlarmSpans {
    /// The ranges of one item of `Alarms`. A missing required value has an empty range at the start of the item.
    pub(super) fn new(alarm: &Node, exclude: Vec<ExclusionSpans>) -> Self {
        let span = |node: &Node, key| node.get(key).map(|value| value.span.clone());
        let items = |node: Option<&Node>| match node.map(|list| &list.value) {
            Some(Value::List(items)) => items.iter().map(|item| item.span.clone()).collect(),
            _ => Vec::new(),
        };
        let first_seen = alarm.get("FirstSeen");
        Self {
            metric_name: required(alarm, "MetricName"),
            threshold: required(alarm, "Threshold"),
            metric_value: span(alarm, "MetricValue"),
            count_distinct: span(alarm, "CountDistinct"),
            group_by: items(alarm.get("GroupBy")),
            first_seen: first_seen.map(|value| value.span.clone()),
            first_seen_fields: items(first_seen.and_then(|value| value.get("Fields"))),
            exclude,
        }
    }
}

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
    /// The items of `Exclude`.
    pub exclude: Vec<ExclusionSpans>,
}

/// Byte ranges of the values of one item of `Exclude`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExclusionSpans {
    /// `Pattern`.
    pub pattern: Range<usize>,
    /// `Expires`.
    pub expires: Range<usize>,
}

impl AlarmSpans {
    /// The ranges of one item of `Alarms`. A missing required value has an empty range at the start of the item.
    pub(super) fn new(alarm: &Node) -> Self {
        let span = |node: &Node, key| node.get(key).map(|value| value.span.clone());
        let start = |node: &Node| node.span.start..node.span.start;
        let required = |node: &Node, key| span(node, key).unwrap_or_else(|| start(node));
        let items = |key| match alarm.get(key).map(|list| &list.value) {
            Some(Value::List(items)) => items.as_slice(),
            _ => &[],
        };
        Self {
            metric_name: required(alarm, "MetricName"),
            threshold: required(alarm, "Threshold"),
            metric_value: span(alarm, "MetricValue"),
            count_distinct: span(alarm, "CountDistinct"),
            group_by: (items("GroupBy").iter())
                .map(|item| item.span.clone())
                .collect(),
            exclude: (items("Exclude").iter())
                .map(|exclusion| ExclusionSpans {
                    pattern: required(exclusion, "Pattern"),
                    expires: required(exclusion, "Expires"),
                })
                .collect(),
        }
    }
}

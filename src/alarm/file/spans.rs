//! Where the values of an alarm stand in its file, for whoever points at them later.

use std::ops::Range;

use super::yaml::{Node, Value};

/// Where values of an alarm stand: bytes of the text of its file, the quotes round a value included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlarmSpans {
    /// `Threshold`.
    pub threshold: Range<usize>,
    /// `MetricValue`, if it is given.
    pub metric_value: Option<Range<usize>>,
    /// `CountDistinct`, if it is given.
    pub count_distinct: Option<Range<usize>>,
    /// `RenotifyAfter`, if it is given.
    pub renotify_after: Option<Range<usize>>,
    /// The items of `GroupBy`.
    pub group_by: Vec<Range<usize>>,
    /// The items of `Exclude`.
    pub exclude: Vec<ExclusionSpans>,
}

/// Where values of one item of `Exclude` stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExclusionSpans {
    /// `Pattern`.
    pub pattern: Range<usize>,
    /// `Expires`.
    pub expires: Range<usize>,
}

impl AlarmSpans {
    /// Those of one item of `Alarms`; what is not there stands nowhere, at its beginning.
    pub(super) fn new(alarm: &Node) -> Self {
        let span = |node: &Node, key| node.get(key).map(|value| value.span.clone());
        let start = |node: &Node| node.span.start..node.span.start;
        let required = |node: &Node, key| span(node, key).unwrap_or_else(|| start(node));
        let items = |key| match alarm.get(key).map(|list| &list.value) {
            Some(Value::List(items)) => items.as_slice(),
            _ => &[],
        };
        Self {
            threshold: required(alarm, "Threshold"),
            metric_value: span(alarm, "MetricValue"),
            count_distinct: span(alarm, "CountDistinct"),
            renotify_after: span(alarm, "RenotifyAfter"),
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

//! Finds the filter that makes the metric of an alarm.

use std::fmt;

use super::property::{Properties, Property, Text};
use super::resources::Resource;

/// The namespace and the name of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MetricId {
    pub(super) namespace: Text,
    pub(super) name: Text,
}

/// `Namespace` `MetricName`, for messages.
impl fmt::Display for MetricId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` `{}`", self.namespace, self.name)
    }
}

/// A metric of a filter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metric<'f> {
    pub(super) filter: &'f Resource,
    pub(super) transformation: &'f Properties,
}

impl MetricId {
    /// The metric of an alarm, or the reason why it is not known.
    pub(super) fn of_alarm(alarm: &Properties) -> Result<Self, String> {
        let text = |key: &str| match alarm.get(key) {
            Some(value) => value.as_text(),
            None => Err(format!("it has no `{key}`")),
        };
        Ok(Self {
            namespace: text("Namespace")?,
            name: text("MetricName")?,
        })
    }

    fn is_made_by(&self, transformation: &Properties) -> bool {
        let text = |key: &str| transformation.get(key).map(Property::as_text);
        text("MetricNamespace") == Some(Ok(self.namespace.clone()))
            && text("MetricName") == Some(Ok(self.name.clone()))
    }
}

/// The transformations that make a metric. A filter that is in several inputs counts once.
pub(super) fn of<'f>(id: &MetricId, filters: &[&'f Resource]) -> Vec<Metric<'f>> {
    let transformations = filters.iter().flat_map(|filter| {
        let transformations = filter.transformations();
        transformations.map(|transformation| Metric {
            filter,
            transformation,
        })
    });
    let mut metrics: Vec<Metric<'f>> = Vec::new();
    for metric in transformations.filter(|metric| id.is_made_by(metric.transformation)) {
        if !metrics
            .iter()
            .any(|known| is_same_filter(known.filter, metric.filter))
        {
            metrics.push(metric);
        }
    }
    metrics
}

/// Whether two inputs have the same filter, as those of two Regions do: a log group has only one filter of a name.
fn is_same_filter(a: &Resource, b: &Resource) -> bool {
    let compared = [
        "FilterName",
        "LogGroupName",
        "FilterPattern",
        "MetricTransformations",
    ];
    a.path != b.path
        && a.properties.get("FilterName").is_some()
        && compared
            .iter()
            .all(|key| a.properties.get(key) == b.properties.get(key))
}

//! Metrics, and the filters that make them.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::property::{Properties, Property, Text};
use super::resources::Resource;
use super::single_metric;

/// The namespace and the name of a metric.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct MetricId {
    pub(super) namespace: Text,
    pub(super) name: Text,
}

/// A metric of a filter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metric<'f> {
    pub(super) filter: &'f Resource,
    pub(super) transformation: &'f Properties,
}

/// The metrics of filters.
#[derive(Clone, Debug, Default)]
pub(super) struct Metrics<'f> {
    by_id: HashMap<MetricId, Vec<Metric<'f>>>,
    /// The first input that has a filter, by the properties of the filter.
    inputs: HashMap<[Option<&'f Property>; 4], &'f str>,
}

impl MetricId {
    /// The metric of an alarm, or the reason why it is not known.
    pub(super) fn of_alarm(alarm: &Properties) -> Result<Self, String> {
        Self::of(alarm, "Namespace")
    }

    fn of(properties: &Properties, namespace: &str) -> Result<Self, String> {
        let text = |key: &str| match properties.get(key) {
            Some(value) => value.as_text(),
            None => Err(format!("it has no `{key}`")),
        };
        Ok(Self {
            namespace: text(namespace)?,
            name: text("MetricName")?,
        })
    }
}

/// `Namespace` `MetricName`, for messages.
impl fmt::Display for MetricId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` `{}`", self.namespace, self.name)
    }
}

impl<'f> Metrics<'f> {
    /// Adds the metrics of a filter. A filter that is in several inputs counts once.
    pub(super) fn add(&mut self, filter: &'f Resource) {
        if self.is_in_other_input(filter) {
            return;
        }
        for transformation in filter.transformations() {
            if let Ok(id) = MetricId::of(transformation, "MetricNamespace") {
                self.by_id.entry(id).or_default().push(Metric {
                    filter,
                    transformation,
                });
            }
        }
    }

    /// Whether another input has the same filter, as those of two Regions do: a log group has only one filter of a name.
    fn is_in_other_input(&mut self, filter: &'f Resource) -> bool {
        let compared = [
            "FilterName",
            "LogGroupName",
            "FilterPattern",
            "MetricTransformations",
        ];
        let properties = compared.map(|key| filter.properties.get(key));
        properties[0].is_some()
            && *self.inputs.entry(properties).or_insert(&filter.path) != filter.path
    }

    /// The metrics with this ID, in the order of their filters.
    pub(super) fn of(&self, id: &MetricId) -> &[Metric<'f>] {
        self.by_id.get(id).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

/// The metrics that alarms watch, also with metric math.
#[derive(Clone, Debug)]
pub(super) struct Watched(HashSet<MetricId>);

impl Watched {
    pub(super) fn by(alarms: &[Resource]) -> Self {
        let ids = alarms.iter().flat_map(|alarm| {
            let queries = alarm.properties.get("Metrics").map(Property::items);
            let of_queries = queries.into_iter().flatten();
            let metrics = of_queries.filter_map(single_metric::queried);
            std::iter::once(&alarm.properties).chain(metrics)
        });
        let ids = ids.map(MetricId::of_alarm);
        Self(ids.filter_map(Result::ok).collect())
    }

    /// Whether an alarm watches a metric of the filter.
    pub(super) fn has(&self, filter: &Resource) -> bool {
        let mut transformations = filter.transformations();
        transformations.any(|one: &Properties| {
            MetricId::of(one, "MetricNamespace").is_ok_and(|id| self.0.contains(&id))
        })
    }
}

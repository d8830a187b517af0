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
    /// The properties of filters with a name.
    known: HashSet<[Option<&'f Property>; 4]>,
}

impl MetricId {
    /// The metric of an alarm, or the reason why it is not known.
    pub(super) fn of_alarm(alarm: &Properties) -> Result<Self, String> {
        Self::of(alarm, "Namespace")
    }

    fn of(properties: &Properties, namespace: &str) -> Result<Self, String> {
        let text = |key: &str| {
            let text = properties.text(key);
            text.unwrap_or_else(|| Err(format!("it has no `{key}`")))
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
    /// Adds the metrics of a filter. A filter that is in the inputs several times counts once.
    pub(super) fn add(&mut self, filter: &'f Resource) {
        if !self.is_new(filter) {
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

    /// Whether the filter is the first one with its properties: a log group has only one filter of a name.
    fn is_new(&mut self, filter: &'f Resource) -> bool {
        let compared = [
            "FilterName",
            "LogGroupName",
            "FilterPattern",
            "MetricTransformations",
        ];
        let properties = compared.map(|key| filter.properties.get(key));
        properties[0].is_none() || self.known.insert(properties)
    }

    /// The metrics with this ID, in the order of their filters.
    pub(super) fn of(&self, id: &MetricId) -> &[Metric<'f>] {
        self.by_id.get(id).map_or(&[], Vec::as_slice)
    }
}

/// Why the metric of a filter is not known.
pub(super) fn unknown(filter: &Resource) -> Option<String> {
    let mut transformations = filter.transformations().peekable();
    if transformations.peek().is_none() {
        return Some("it has no `MetricTransformations`".to_owned());
    }
    transformations.find_map(|one| MetricId::of(one, "MetricNamespace").err())
}

/// The metrics of a filter that are known.
pub(super) fn ids(filter: &Resource) -> impl Iterator<Item = MetricId> {
    let transformations = filter.transformations();
    transformations.filter_map(|one| MetricId::of(one, "MetricNamespace").ok())
}

/// The metrics that alarms watch, also with metric math.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    ids: HashSet<MetricId>,
    /// Whether the metric of an alarm is not known.
    has_unknown: bool,
}

impl Watched {
    pub(super) fn by(alarms: &[Resource]) -> Self {
        let ids = alarms.iter().flat_map(|alarm| {
            let queries = alarm.properties.get("Metrics").map(Property::items);
            let of_queries = queries.into_iter().flatten();
            let metrics = of_queries.filter_map(single_metric::queried);
            std::iter::once(&alarm.properties).chain(metrics)
        });
        let ids = ids.map(MetricId::of_alarm);
        let is_unknown = |alarm: &Resource| {
            let keys = ["Namespace", "MetricName", "Metrics"];
            let mut values = keys.iter().filter_map(|key| alarm.properties.get(key));
            values.any(|value| matches!(value, Property::Unknown(_)))
        };
        Self {
            ids: ids.filter_map(Result::ok).collect(),
            has_unknown: alarms.iter().any(is_unknown),
        }
    }

    /// The reason why no alarm is known to watch a metric of the filter. `None` if one does.
    pub(super) fn reason_against(&self, filter: &Resource) -> Option<String> {
        if self.has(filter) {
            return None;
        }
        let mut transformations = filter.transformations();
        let unknown = transformations.find_map(|one| MetricId::of(one, "MetricNamespace").err());
        Some(match unknown {
            Some(reason) => format!("its metric is not known: {reason}"),
            None if self.has_unknown => {
                "no alarm whose metric is known watches its metric".to_owned()
            }
            None => "no alarm in the input watches its metric".to_owned(),
        })
    }

    /// Whether an alarm watches a metric of the filter.
    pub(super) fn has(&self, filter: &Resource) -> bool {
        let mut transformations = filter.transformations();
        transformations.any(|one: &Properties| {
            MetricId::of(one, "MetricNamespace").is_ok_and(|id| self.ids.contains(&id))
        })
    }
}

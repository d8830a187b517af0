//! Reads alarms whose `Metrics` is one metric without an expression.

use super::property::{Properties, Property};

/// The properties of an alarm. A list of metrics with only one item, which is a metric, is written as properties of the alarm.
pub(super) fn written_out(alarm: &Properties) -> Properties {
    only_metric(alarm).unwrap_or_else(|| alarm.clone())
}

fn only_metric(alarm: &Properties) -> Option<Properties> {
    let [query] = alarm.get("Metrics")?.items() else {
        return None;
    };
    let statistic = query.as_mapping()?.get("MetricStat")?.as_mapping()?;
    let metric = queried(query)?;
    // A state has the properties of a single metric, too, but empty.
    let others = alarm.iter();
    let others = others.filter(|(key, value)| key != "Metrics" && !value.is_empty());
    let mut properties: Properties = others.cloned().collect();
    for (key, value) in metric.iter() {
        properties.push(key, value.clone());
    }
    for (from, to) in [("Period", "Period"), ("Stat", "Statistic")] {
        if let Some(value) = statistic.get(from) {
            properties.push(to, value.clone());
        }
    }
    Some(properties)
}

/// The metric of a query: `MetricStat.Metric`.
pub(super) fn queried(query: &Property) -> Option<&Properties> {
    let statistic = query.as_mapping()?.get("MetricStat")?;
    statistic.as_mapping()?.get("Metric")?.as_mapping()
}

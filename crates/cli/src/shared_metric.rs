//! Alarms that share a metric.
//!
//! CloudWatch adds up what all metric filters write into a metric. So alarms on one metric need one filter.

use cloudtrail_alarms::alarm::definition::AlarmDefinition;

/// An alarm that needs another filter than the first alarm on its metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    /// Index of the alarm.
    pub(super) alarm: usize,
    /// Index of the first alarm on the metric.
    pub(super) first: usize,
    /// The property in which they differ.
    pub(super) property: &'static str,
}

/// All conflicts, in the order of the alarms.
pub(super) fn conflicts(alarms: &[AlarmDefinition]) -> Vec<Conflict> {
    let conflict = |(alarm, definition): (usize, &AlarmDefinition)| {
        let on_metric = |other: &AlarmDefinition| metric(other) == metric(definition);
        let first = alarms.iter().position(on_metric)?;
        let property = difference(&alarms[first], definition)?;
        Some(Conflict {
            alarm,
            first,
            property,
        })
    };
    alarms.iter().enumerate().filter_map(conflict).collect()
}

/// Namespace and name of the metric of an alarm.
pub(super) fn metric(alarm: &AlarmDefinition) -> (&str, &str) {
    (&alarm.namespace, &alarm.metric_name)
}

/// The first property in which the filters of two alarms differ.
fn difference(one: &AlarmDefinition, other: &AlarmDefinition) -> Option<&'static str> {
    // Patterns that differ in a parameter can have the same values today.
    let is_same_pattern = one.pattern.unbound() == other.pattern.unbound();
    let differs = [
        (!is_same_pattern, "FilterPattern"),
        (one.metric_value != other.metric_value, "MetricValue"),
        (one.default_value != other.default_value, "DefaultValue"),
        (one.unit != other.unit, "Unit"),
    ];
    let found = differs.into_iter().find(|(differs, _)| *differs);
    found.map(|(_, property)| property)
}

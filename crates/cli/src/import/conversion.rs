//! Converts the resources of all inputs to the entries of an alarms file.

use std::collections::{BTreeSet, HashSet};

use super::entry::{self, Entry};
use super::log_group::Selection;
use super::metric::{Metric, MetricId, Watched};
use super::property::Properties;
use super::resources::{Resource, Resources};
use super::single_metric;
use super::summary::Summary;

/// Maximum length of `AlarmName`, in characters.
const MAX_NAME: usize = 255;

/// Why an alarm gets no entry.
enum Reason {
    /// Its metric is not made from CloudTrail records.
    Other(String),
    /// It cannot be moved.
    NotMoved(String),
}

/// Converts all alarms, in their order. With `with_tests`, each alarm gets `Tests`.
pub(super) fn convert(
    resources: &Resources,
    selection: &Selection<'_>,
    with_tests: bool,
) -> (Vec<Entry>, Summary) {
    let notes = resources.notes.iter().chain(&selection.note);
    let mut summary = Summary::new(notes.cloned().collect());
    let mut entries: Vec<Entry> = Vec::new();
    let mut known = HashSet::new();
    let mut taken = BTreeSet::new();
    for alarm in &resources.alarms {
        let mut notes = Vec::new();
        match convert_alarm(alarm, resources, selection, &mut notes) {
            Ok(mut entry) => {
                if with_tests && let Err(reason) = entry.add_tests() {
                    notes.push(format!("no tests are generated: {reason}"));
                }
                if !known.insert(entry.to_json()) {
                    let reason = "left out: an equal alarm is in the input".to_owned();
                    summary.other("alarm", &entry.name, reason);
                    continue;
                }
                let name = free_name(&entry.name, &taken);
                if name != entry.name {
                    notes.push(format!(
                        "another alarm has its name `{}`; it is `{name}` in the alarms file",
                        entry.name
                    ));
                    entry.name.clone_from(&name);
                }
                summary.moved(&name, &notes);
                taken.insert(name);
                entries.push(entry);
            }
            Err(Reason::NotMoved(reason)) => summary.not_moved(&alarm.name(), &reason),
            Err(Reason::Other(reason)) => summary.other("alarm", &alarm.name(), reason),
        }
    }
    summary.add_input(entry::note_on_values(&resources.parameters, &entries));
    report_others(resources, &mut summary);
    (entries, summary)
}

/// The resources that are not alarms, or not in a deployment.
fn report_others(resources: &Resources, summary: &mut Summary) {
    for alarm in &resources.composite_alarms {
        summary.other(
            "composite alarm",
            &alarm.name(),
            "not imported: it is a composite alarm, which alarms files do not have".to_owned(),
        );
    }
    for absent in &resources.absent {
        summary.other(
            "resource",
            &absent.id,
            format!("left out: {}", absent.reason),
        );
    }
    let watched = Watched::by(&resources.alarms);
    for filter in &resources.filters {
        if let Some(reason) = watched.reason_against(filter) {
            summary.other("metric filter", &filter.id, format!("left out: {reason}"));
        }
    }
}

fn convert_alarm(
    alarm: &Resource,
    resources: &Resources,
    selection: &Selection<'_>,
    notes: &mut Vec<String>,
) -> Result<Entry, Reason> {
    if is_on_other_metrics(&alarm.properties, selection) {
        return Err(on_other_metric());
    }
    if alarm.properties.get("Metrics").is_some() {
        let reason = "it has `Metrics`, and metric math is not supported".to_owned();
        return Err(Reason::NotMoved(reason));
    }
    let id = MetricId::of_alarm(&alarm.properties).map_err(Reason::NotMoved)?;
    let metrics = metrics(alarm, &id, resources, selection)?;
    entry::convert(alarm, &id, metrics, &resources.parameters, notes).map_err(Reason::NotMoved)
}

/// The metrics with this ID that the selected filters make.
fn metrics<'s, 'r>(
    alarm: &Resource,
    id: &MetricId,
    resources: &Resources,
    selection: &'s Selection<'r>,
) -> Result<&'s [Metric<'r>], Reason> {
    let metrics = selection.selected.of(id);
    if !metrics.is_empty() {
        return Ok(metrics);
    }
    if !selection.others.of(id).is_empty() {
        let reason = "left out: its metric filter is on another log group".to_owned();
        return Err(Reason::Other(reason));
    }
    if let Some(absent) = selection.absent.get(id) {
        return Err(Reason::NotMoved(format!(
            "its metric filter `{}` is left out: {}",
            absent.id, absent.reason
        )));
    }
    if resources.filters.is_empty() {
        let way = alarm
            .filter_hint
            .unwrap_or("give the output of `aws logs describe-metric-filters` too");
        return Err(Reason::NotMoved(format!(
            "no metric filter publishes its metric {id}; the input has no metric filters: {way}"
        )));
    }
    match &selection.unknown {
        None => Err(on_other_metric()),
        Some((filter, reason)) => Err(Reason::NotMoved(format!(
            "no metric filter publishes its metric {id}; the metric of filter `{filter}` is not known: {reason}"
        ))),
    }
}

fn on_other_metric() -> Reason {
    Reason::Other("left out: its metric does not come from a metric filter of the input".to_owned())
}

/// Whether the metrics of an alarm are those of an AWS service, or have dimensions and are not made by a filter.
fn is_on_other_metrics(alarm: &Properties, selection: &Selection<'_>) -> bool {
    if let Some(queries) = alarm.get("Metrics") {
        let metrics = queries.items().iter().filter_map(single_metric::queried);
        let mut metrics = metrics.peekable();
        return metrics.peek().is_some() && metrics.all(|metric| is_other(metric, selection));
    }
    is_other(alarm, selection)
}

fn is_other(metric: &Properties, selection: &Selection<'_>) -> bool {
    let is_of_service = (metric.literal("Namespace")).is_some_and(|name| name.starts_with("AWS/"));
    let is_made = || {
        MetricId::of_alarm(metric).is_ok_and(|id| {
            let metrics = [&selection.selected, &selection.others];
            metrics.iter().any(|metrics| !metrics.of(&id).is_empty())
        })
    };
    is_of_service || metric.get("Dimensions").is_some() && !is_made()
}

/// The name, with a number if it is taken.
fn free_name(name: &str, taken: &BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| {
        let suffix = format!("-{number}");
        let kept = name.chars().take(MAX_NAME - suffix.len());
        kept.chain(suffix.chars()).collect()
    });
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|name| !taken.contains(name))
        .expect("there are more numbers than alarms")
}

//! Selects the metric filters on the log group that CloudTrail writes to.

use std::collections::HashMap;

use super::metric::{self, MetricId, Metrics, Watched};
use super::property::Property;
use super::resources::{Absent, Resource, Resources};

/// The metrics of the filters of the inputs.
#[derive(Debug, Default)]
pub(super) struct Selection<'r> {
    /// From a log group of CloudTrail.
    pub(super) selected: Metrics<'r>,
    /// From another log group.
    pub(super) others: Metrics<'r>,
    /// Filters that are not in a deployment, by their metrics.
    pub(super) absent: HashMap<MetricId, &'r Absent>,
    /// A filter whose metric is not known, and why.
    pub(super) unknown: Option<(&'r str, String)>,
    /// A line about the only log group, if its name does not show that CloudTrail writes to it.
    pub(super) note: Option<String>,
}

/// Selects the filters on the given log groups. If none is given, all filters must be on one log group.
///
/// A filter whose log group is not in the input is selected. Otherwise the error lists the log groups.
pub(super) fn select<'r>(
    resources: &'r Resources,
    given: &[String],
) -> Result<Selection<'r>, String> {
    let groups = watched_groups(resources);
    if given.is_empty() && groups.len() > 1 {
        return Err(format!(
            "the metric filters are on {} log groups; give the one that CloudTrail writes to: {}",
            groups.len(),
            listed(&groups)
        ));
    }
    let unknown = resources.filters.iter().find_map(|filter| {
        let reason = metric::unknown(filter)?;
        Some((filter.id.as_str(), reason))
    });
    let absent = resources.absent.iter().flat_map(|absent| {
        let ids = absent.resource.iter().flat_map(metric::ids);
        ids.map(move |id| (id, absent))
    });
    let mut selection = Selection {
        absent: absent.collect(),
        unknown,
        ..Selection::default()
    };
    if let ([], [(only, _)]) = (given, groups.as_slice()) {
        selection.note = check(only, resources)?;
    }
    for filter in &resources.filters {
        let group = group(filter);
        let is_selected = given.is_empty()
            || group.is_none_or(|group| given.iter().any(|name| is_named(&group, name)));
        if is_selected {
            selection.selected.add(filter);
        } else {
            selection.others.add(filter);
        }
    }
    let is_unknown = |name: &&String| !groups.iter().any(|(group, _)| is_named(group, name));
    match given.iter().find(is_unknown) {
        Some(name) => Err(format!(
            "no metric filter with an alarm is on log group `{name}`; their log groups: {}",
            listed(&groups)
        )),
        None => Ok(selection),
    }
}

/// The note on the only log group. It is an error if its name is that of another service's log group.
fn check(only: &str, resources: &Resources) -> Result<Option<String>, String> {
    let name = resources.filters.iter().find_map(|filter| {
        let Property::Text(text) = filter.properties.get("LogGroupName")? else {
            return None;
        };
        let is_only = group(filter).as_deref() == Some(only);
        let filled = is_only.then(|| resources.parameters.filled(text))?;
        Some(filled.ok()?.to_string())
    });
    let name = name.as_deref().unwrap_or(only);
    let lower = name.to_lowercase();
    if lower.starts_with("/aws/") && !lower.starts_with("/aws/cloudtrail") {
        return Err(format!(
            "the metric filters are on log group `{name}`, whose name is that of another service; give the one that CloudTrail writes to"
        ));
    }
    if lower.contains("trail") {
        return Ok(None);
    }
    let shown = shortest(only, &[(only.to_owned(), 1)]);
    Ok(Some(format!(
        "the metric filters are on log group `{shown}`; check that CloudTrail writes to it, and confirm it with --log-group"
    )))
}

/// The log groups of the filters whose metrics alarms watch, and the numbers of these filters.
fn watched_groups(resources: &Resources) -> Vec<(String, usize)> {
    let watched = Watched::by(&resources.alarms);
    let mut groups: Vec<(String, usize)> = Vec::new();
    for filter in &resources.filters {
        let Some(group) = group(filter).filter(|_| watched.has(filter)) else {
            continue;
        };
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, count)) => *count += 1,
            None => groups.push((group, 1)),
        }
    }
    groups
}

/// The log group of a filter: its name, or the expression for it with its scope, such as `trail.yaml:!Ref LogGroup`.
pub(super) fn group(filter: &Resource) -> Option<String> {
    match filter.properties.get("LogGroupName")? {
        Property::Text(text) => Some(text.to_string()),
        Property::Unknown(unknown) if filter.scope.is_empty() => Some(unknown.expression.clone()),
        Property::Unknown(unknown) => Some(format!("{}:{}", filter.scope, unknown.expression)),
        _ => None,
    }
}

/// Whether a name of the command line is a log group: its name, the expression for it, with or without its scope, or the
/// argument of its function, or its parameter.
fn is_named(group: &str, name: &str) -> bool {
    let expression = expression(group);
    let parameter = (group.strip_prefix("${")).and_then(|rest| rest.strip_suffix('}'));
    group == name
        || expression == name
        || parameter == Some(name)
        || argument(expression) == Some(name)
}

/// The shortest name of a log group that names no other one.
fn shortest<'g>(group: &'g str, groups: &[(String, usize)]) -> &'g str {
    let expression = expression(group);
    let parameter = (group.strip_prefix("${")).and_then(|rest| rest.strip_suffix('}'));
    let names = [parameter, argument(expression), Some(expression)];
    let is_only = |name: &&str| {
        let mut others = groups.iter().filter(|(other, _)| other != group);
        !others.any(|(other, _)| is_named(other, name))
    };
    let mut names = names.into_iter().flatten();
    names.find(is_only).unwrap_or(group)
}

/// The expression for a log group, without its scope.
fn expression(group: &str) -> &str {
    let scoped = group.split_once(":!");
    scoped.map_or(group, |(scope, _)| &group[scope.len() + 1..])
}

/// The argument of a function in its short form.
fn argument(expression: &str) -> Option<&str> {
    let (_, argument) = expression.strip_prefix('!')?.split_once(' ')?;
    Some(argument)
}

/// `a` (2 filters), `b` (1 filter)
fn listed(groups: &[(String, usize)]) -> String {
    let listed = groups.iter().map(|(group, count)| {
        let plural = if *count == 1 { "" } else { "s" };
        format!("`{}` ({count} filter{plural})", shortest(group, groups))
    });
    let listed: Vec<String> = listed.collect();
    if listed.is_empty() {
        "none".to_owned()
    } else {
        listed.join(", ")
    }
}

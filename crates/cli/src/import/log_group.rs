//! Selects the metric filters on the log group that CloudTrail writes to.

use super::metric::{Metrics, Watched};
use super::property::Property;
use super::resources::{Resource, Resources};

/// The metrics of the filters of the inputs.
#[derive(Debug, Default)]
pub(super) struct Selection<'r> {
    /// From a log group of CloudTrail.
    pub(super) selected: Metrics<'r>,
    /// From another log group.
    pub(super) others: Metrics<'r>,
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
    let mut selection = Selection::default();
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
    let expression = group
        .split_once(":!")
        .map_or(group, |(scope, _)| &group[scope.len() + 1..]);
    let function = expression
        .strip_prefix('!')
        .and_then(|rest| rest.split_once(' '));
    let parameter = (group.strip_prefix("${")).and_then(|rest| rest.strip_suffix('}'));
    group == name
        || expression == name
        || parameter == Some(name)
        || function.is_some_and(|(_, argument)| argument == name)
}

/// `a` (2 filters), `b` (1 filter)
fn listed(groups: &[(String, usize)]) -> String {
    let listed = groups.iter().map(|(group, count)| {
        let plural = if *count == 1 { "" } else { "s" };
        format!("`{group}` ({count} filter{plural})")
    });
    let listed: Vec<String> = listed.collect();
    if listed.is_empty() {
        "none".to_owned()
    } else {
        listed.join(", ")
    }
}

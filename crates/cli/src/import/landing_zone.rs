//! Reads `security-config.yaml` of the Landing Zone Accelerator on AWS.

use std::collections::HashSet;

use super::document::{Member, Node};
use super::property::{Properties, Property, Unknown};
use super::resources::{Absent, Resource, Resources};

/// Spellings of statistics that the accelerator (with CDK) accepts, in lower case.
const STATISTICS: [(&str, &str); 9] = [
    ("min", "Minimum"),
    ("minimum", "Minimum"),
    ("max", "Maximum"),
    ("maximum", "Maximum"),
    ("avg", "Average"),
    ("average", "Average"),
    ("sum", "Sum"),
    ("n", "SampleCount"),
    ("samplecount", "SampleCount"),
];

/// Adds the resources of `cloudWatch.metricSets` and `cloudWatch.alarmSets`. Returns false for another document.
///
/// A set is deployed to its accounts and regions. An equal filter or alarm in another set is the same one in other accounts.
pub(super) fn read(document: &Node, path: &str, resources: &mut Resources) -> bool {
    let Some(section) = document.get("cloudWatch") else {
        return false;
    };
    let mut known = properties(&resources.filters);
    for metric in items(section, "metricSets", "metrics") {
        let filter = resource(metric, "filterName", path, filter(metric));
        if known.insert(filter.properties.clone()) {
            resources.filters.push(filter);
        }
    }
    let mut known = properties(&resources.alarms);
    for node in items(section, "alarmSets", "alarms") {
        let alarm = resource(node, "alarmName", path, alarm(node));
        if known.insert(alarm.properties.clone()) {
            resources.alarms.push(alarm);
        } else {
            let reason = "an equal alarm is in another set".to_owned();
            resources.absent.push(Absent::new(&alarm.id, reason));
        }
    }
    true
}

fn properties(resources: &[Resource]) -> HashSet<Properties> {
    let properties = resources.iter().map(|resource| &resource.properties);
    properties.cloned().collect()
}

/// The items of all sets.
fn items<'n>(section: &'n Node, sets: &str, list: &'n str) -> impl Iterator<Item = &'n Node> {
    let sets = section.get(sets).and_then(Node::items).unwrap_or_default();
    sets.iter()
        .filter_map(move |set| set.get(list).and_then(Node::items))
        .flatten()
}

fn resource(node: &Node, name: &str, path: &str, properties: Properties) -> Resource {
    let first = node.members().first();
    Resource {
        id: node
            .get(name)
            .and_then(Node::text)
            .unwrap_or("?")
            .to_owned(),
        path: path.to_owned(),
        line: first.and_then(|member| member.line),
        comments: first
            .map(|member| member.comments.clone())
            .unwrap_or_default(),
        properties,
        ..Resource::default()
    }
}

fn filter(node: &Node) -> Properties {
    let (of_filter, of_metric) = node
        .members()
        .iter()
        .partition::<Vec<&Member>, _>(|member| !member.key.starts_with("metric"));
    let mut properties: Properties = of_filter.into_iter().map(capitalized).collect();
    let transformation = of_metric.into_iter().map(capitalized).collect();
    let transformations = vec![Property::Mapping(transformation)];
    properties.push("MetricTransformations", Property::List(transformations));
    properties
}

fn alarm(node: &Node) -> Properties {
    let (topics, own) = node
        .members()
        .iter()
        .partition::<Vec<&Member>, _>(|member| member.key.starts_with("sns"));
    let mut properties: Properties = own
        .into_iter()
        .map(|member| match member.key.as_str() {
            "statistic" => statistic(&member.value),
            _ => capitalized(member),
        })
        .collect();
    let topics = topics.into_iter().map(|member| {
        let name = member.value.text().unwrap_or_default();
        Property::Unknown(Unknown {
            expression: format!("{} {name}", member.key),
            reason: format!("only the accelerator knows the topic of `{name}`"),
        })
    });
    properties.push("AlarmActions", Property::List(topics.collect()));
    properties
}

/// `Statistic`, or `ExtendedStatistic` for a percentile.
fn statistic(node: &Node) -> (String, Property) {
    let written = node.text().unwrap_or_default();
    let lower = written.to_ascii_lowercase();
    let known = STATISTICS.iter().find(|(spelling, _)| *spelling == lower);
    match known {
        Some((_, statistic)) => ("Statistic".to_owned(), Property::text(statistic)),
        None => ("ExtendedStatistic".to_owned(), Property::text(written)),
    }
}

/// `filterPattern` is `FilterPattern`.
fn capitalized(member: &Member) -> (String, Property) {
    let (first, rest) = member
        .key
        .split_at(member.key.chars().next().map_or(0, char::len_utf8));
    (
        first.to_uppercase() + rest,
        Property::literal_of(&member.value),
    )
}

//! Joins the patterns of several filters that make one metric.
//!
//! Each of the filters writes its own value for a record, so a record that matches two of them counts twice. One pattern
//! counts it once.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::metric::Metric;
use super::property::{Properties, Property};
use super::resources::Resource;
use crate::lint::pattern::are_exclusive;
use cloudwatch_filter_pattern::{FilterPattern, Language, MAX_LENGTH};

/// A JSON pattern.
struct Condition<'p> {
    /// The text in its braces.
    inner: &'p str,
    pattern: FilterPattern,
}

/// The patterns of the filters, joined with `||`, if the alarm has the same states with it; otherwise the reason.
///
/// `patterns` are those of `metrics`, as an alarms file writes them.
pub(super) fn join(
    alarm: &Resource,
    metrics: &[Metric<'_>],
    patterns: &[String],
    notes: &mut Vec<String>,
) -> Result<String, String> {
    joined(&alarm.properties, metrics, patterns, notes).map_err(|why| {
        let count = metrics.len();
        let ids: Vec<String> = metrics.iter().map(id).collect();
        let ids = ids.join(", ");
        format!("{count} filters make its metric ({ids}), and {why}")
    })
}

fn joined(
    alarm: &Properties,
    metrics: &[Metric<'_>],
    patterns: &[String],
    notes: &mut Vec<String>,
) -> Result<String, String> {
    if let Some(key) = different_value(metrics) {
        return Err(format!("their `{key}` differs; write an alarm for each"));
    }
    let conditions: Option<Vec<_>> = patterns.iter().map(|one| Condition::of(one)).collect();
    let conditions =
        conditions.ok_or("only JSON patterns can be joined; write an alarm for each")?;
    let joined = joined_text(&conditions)?;
    let why = equal_states(alarm, metrics, &conditions)?;
    notes.push(format!(
        "several filters make its metric; their patterns are joined with `||`, since {why}"
    ));
    Ok(joined)
}

impl<'p> Condition<'p> {
    /// The condition of a pattern. `None` if it is not a JSON pattern.
    fn of(text: &'p str) -> Option<Self> {
        let pattern: FilterPattern = text.parse().ok()?;
        let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
        matches!(pattern.language(), Language::Json(_)).then_some(Self { inner, pattern })
    }
}

/// The ID of a metric's filter, for messages.
fn id(metric: &Metric<'_>) -> String {
    format!("`{}`", metric.filter.id)
}

/// Why the alarm has the same states with the joined pattern; otherwise the reason why it may have others.
fn equal_states(
    alarm: &Properties,
    metrics: &[Metric<'_>],
    conditions: &[Condition<'_>],
) -> Result<&'static str, String> {
    let transformation = metrics[0].transformation;
    if is_decided_by_one_record(alarm, transformation) {
        return Ok("one record decides");
    }
    if !default_adds_nothing(alarm, transformation) {
        let why =
            "each writes its `DefaultValue`, which one filter does not; write an alarm for each";
        return Err(why.to_owned());
    }
    match overlapping(conditions) {
        None => Ok("no record matches two of them"),
        Some((first, second)) => Err(format!(
            "a record can match both {} and {}, which CloudWatch counts twice; join the patterns with `||` to count it once, \
             or write an alarm for each, whose `Threshold` is then for its own records",
            id(&metrics[first]),
            id(&metrics[second])
        )),
    }
}

/// A property in which the metrics differ, so that they are different metrics.
fn different_value(metrics: &[Metric<'_>]) -> Option<&'static str> {
    let value = |metric: &Metric<'_>, key| metric.transformation.get(key).map(Property::as_text);
    let keys = ["MetricValue", "DefaultValue", "Unit"];
    keys.into_iter().find(|key| {
        let mut pairs = metrics.windows(2);
        pairs.any(|pair| value(&pair[0], key) != value(&pair[1], key))
    })
}

/// `{ (a) || (b) }` for the patterns `{ a }` and `{ b }`, or the reason why there is none.
fn joined_text(conditions: &[Condition<'_>]) -> Result<String, String> {
    let mut known = HashSet::new();
    let inner = conditions.iter().map(|condition| condition.inner);
    let different: Vec<&str> = inner.filter(|inner| known.insert(*inner)).collect();
    let joined = format!("{{ ({}) }}", different.join(") || ("));
    let length = joined.chars().count();
    if length > MAX_LENGTH {
        return Err(format!(
            "their joined pattern has {length} characters, more than {MAX_LENGTH}; write an alarm for each"
        ));
    }
    Ok(joined)
}

/// Whether the alarm breaches if at least one record matches, no matter how often it counts.
fn is_decided_by_one_record(alarm: &Properties, transformation: &Properties) -> bool {
    let has_default = transformation.get("DefaultValue").is_some();
    let is_affected = match alarm.literal("Statistic") {
        Some("Sum" | "Maximum") => has_default && !default_is_zero(transformation),
        Some("Average" | "Minimum" | "SampleCount") => has_default,
        _ => true,
    };
    let threshold = number(alarm, "Threshold");
    let Some(threshold) = threshold.filter(|_| !is_affected) else {
        return false;
    };
    if number(transformation, "MetricValue") != Some(1.0) {
        return false;
    }
    match alarm.literal("ComparisonOperator") {
        Some("GreaterThanOrEqualToThreshold") => threshold > 0.0 && threshold <= 1.0,
        Some("GreaterThanThreshold") => (0.0..1.0).contains(&threshold),
        _ => false,
    }
}

/// Whether it makes no difference that each filter writes its own default.
fn default_adds_nothing(alarm: &Properties, transformation: &Properties) -> bool {
    transformation.get("DefaultValue").is_none()
        || default_is_zero(transformation) && alarm.literal("Statistic") == Some("Sum")
}

fn default_is_zero(transformation: &Properties) -> bool {
    number(transformation, "DefaultValue") == Some(0.0)
}

fn number(properties: &Properties, key: &str) -> Option<f64> {
    match properties.get(key)? {
        Property::Scalar(value) => value.as_f64(),
        Property::Text(text) => text.literal()?.trim().parse().ok(),
        _ => None,
    }
}

/// Two conditions that a record may meet both: the opposite is not proven.
///
/// Each condition is compared with the first of its equals, or else with all different ones. The length of the joined pattern
/// bounds the number of these.
fn overlapping(conditions: &[Condition<'_>]) -> Option<(usize, usize)> {
    let mut different: Vec<usize> = Vec::new();
    let mut known = HashMap::new();
    for (second, condition) in conditions.iter().enumerate() {
        let overlaps =
            |first: &&usize| !are_exclusive(&conditions[**first].pattern, &condition.pattern);
        let first = match known.entry(condition.inner) {
            Entry::Occupied(equal) => Some(*equal.get()).filter(|first| overlaps(&first)),
            Entry::Vacant(vacant) => {
                vacant.insert(second);
                let first = different.iter().find(overlaps).copied();
                different.push(second);
                first
            }
        };
        if let Some(first) = first {
            return Some((first, second));
        }
    }
    None
}

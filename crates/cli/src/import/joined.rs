//! Joins the patterns of several filters that make one metric.
//!
//! Each of the filters writes its own value for a record, so a record that matches two of them counts twice. One pattern
//! counts it once.

use super::metric::Metric;
use super::property::{Properties, Property};
use super::resources::Resource;
use crate::lint::pattern::are_exclusive;
use cloudwatch_filter_pattern::{FilterPattern, Language, MAX_LENGTH};

/// The patterns of the filters, joined with `||`, if the alarm has the same states with it; otherwise the reason.
///
/// `patterns` are those of `metrics`, as an alarms file writes them.
pub(super) fn join(
    alarm: &Resource,
    metrics: &[Metric<'_>],
    patterns: &[String],
    notes: &mut Vec<String>,
) -> Result<String, String> {
    let ids: Vec<String> = metrics
        .iter()
        .map(|one| format!("`{}`", one.filter.id))
        .collect();
    let refused = |why: &str| {
        let count = metrics.len();
        let ids = ids.join(", ");
        Err(format!(
            "{count} filters make its metric ({ids}), and {why}"
        ))
    };
    if let Some(key) = different_value(metrics) {
        return refused(&format!("their `{key}` differs; write an alarm for each"));
    }
    let parsed = patterns
        .iter()
        .map(|pattern| pattern.parse().ok().filter(is_json));
    let parsed: Option<Vec<FilterPattern>> = parsed.collect();
    let Some((parsed, joined)) = parsed.zip(joined_text(patterns)) else {
        return refused("only JSON patterns can be joined; write an alarm for each");
    };
    let length = joined.chars().count();
    if length > MAX_LENGTH {
        return refused(&format!(
            "their joined pattern has {length} characters, more than {MAX_LENGTH}; write an alarm for each"
        ));
    }
    if is_decided_by_one_record(&alarm.properties, metrics[0].transformation) {
        notes.push(
            "several filters make its metric; their patterns are joined with `||`, since one record decides".to_owned(),
        );
        return Ok(joined);
    }
    if !default_adds_nothing(&alarm.properties, metrics[0].transformation) {
        return refused(
            "each writes its `DefaultValue`, which one filter does not; write an alarm for each",
        );
    }
    match overlapping(&parsed) {
        None => {
            notes.push(
                "several filters make its metric; their patterns are joined with `||`, since no record matches two of them"
                    .to_owned(),
            );
            Ok(joined)
        }
        Some((first, second)) => refused(&format!(
            "a record can match both {} and {}, which CloudWatch counts twice; join the patterns with `||` to count it once, \
             or write an alarm for each, whose `Threshold` is then for its own records",
            ids[first], ids[second]
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

fn is_json(pattern: &FilterPattern) -> bool {
    matches!(pattern.language(), Language::Json(_))
}

/// `{ (a) || (b) }` for the patterns `{ a }` and `{ b }`.
fn joined_text(patterns: &[String]) -> Option<String> {
    let inner = patterns.iter().map(|pattern| {
        let inner = pattern.trim().strip_prefix('{')?.strip_suffix('}')?;
        Some(format!("({})", inner.trim()))
    });
    let mut different: Vec<String> = Vec::new();
    for inner in inner.collect::<Option<Vec<String>>>()? {
        if !different.contains(&inner) {
            different.push(inner);
        }
    }
    Some(format!("{{ {} }}", different.join(" || ")))
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

/// Two patterns that a record may match both: the opposite is not proven.
fn overlapping(patterns: &[FilterPattern]) -> Option<(usize, usize)> {
    let pairs = (0..patterns.len()).flat_map(|first| {
        let seconds = first + 1..patterns.len();
        seconds.map(move |second| (first, second))
    });
    pairs
        .into_iter()
        .find(|&(first, second)| !are_exclusive(&patterns[first], &patterns[second]))
}

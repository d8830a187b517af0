//! The properties of an alarm, in CloudFormation's words, into a checked [`AlarmDefinition`].
//!
//! Limits and defaults are those of `PutMetricAlarm` and `PutMetricFilter`, so that a file that loads could be handed to
//! CloudWatch but for what CloudWatch does not have. Numbers and booleans may be quoted, and any value may be, or contain,
//! a parameter.
//!
//! What has no meaning here is refused with a sentence that says what to do instead, with two exceptions: `FilterName`
//! and `Tags` may be left in pasted resources. They name or label an AWS resource, which an alarm here is not.

use std::ops::Range;
use std::str::FromStr;

use jiff::SignedDuration;

use super::diagnostic::Position;
use super::mapping::Properties;
use super::metric::metric;
use super::reader::{Reader, collect};
use super::settings::{check_reachable, evaluation};
use super::spans::AlarmSpans;
use super::yaml::{Node, Value};
use crate::alarm::definition::{
    AlarmDefinition, EVENT_TIME_LATENESS, Exclusion, RecordSource, RecordTest, TimeSource,
};
use cloudwatch_filter_pattern::excerpt::quoted;

pub use super::settings::{PropertiesError, settings_from_properties};

/// Most actions that CloudWatch lets a state have.
const MAX_ACTIONS: usize = 5;

/// Longest `AllowedLateness`: a window that stayed open longer would outlast the longest range.
const MAX_LATENESS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Shortest `RenotifyAfter`: the tick comes once a minute.
const MIN_RENOTIFY: SignedDuration = SignedDuration::from_mins(1);

/// Longest `RenotifyAfter`.
const MAX_RENOTIFY: SignedDuration = SignedDuration::from_hours(365 * 24);

/// An alarm that was read, and where its name, its pattern and the records of its tests stand.
#[derive(Debug)]
pub(super) struct LocatedAlarm {
    pub(super) definition: AlarmDefinition,
    pub(super) name_at: Range<usize>,
    pub(super) pattern_at: Position,
    pub(super) tests_at: Vec<Position>,
    pub(super) spans: AlarmSpans,
}

/// Reads one item of `Alarms`. All diagnostics are the reader's; without one there is an alarm.
pub(super) fn alarm(node: &Node, reader: &mut Reader) -> Option<LocatedAlarm> {
    let mut properties = Properties::open(node, "the alarm", reader)?;
    let (p, r) = (&mut properties, reader);

    let name = p.required(r, "AlarmName", Reader::name);
    if let Some(name) = &name {
        r.set_owner(format!("alarm {}", quoted(&name.value)));
    }
    let description = p.optional(r, "AlarmDescription", |r, label, node| {
        r.text_of(label, node, 0..=1024)
    });
    let pattern = p.required(r, "FilterPattern", Reader::pattern);
    let metric = metric(p, r);
    let evaluation = evaluation(p, r);
    if let (Some(metric), Some(evaluation)) = (&metric, &evaluation) {
        check_reachable(metric, evaluation, r);
    }
    let timing = timing(p, r);

    let actions_enabled = p.optional(r, "ActionsEnabled", Reader::boolean);
    let alarm_actions = p.optional(r, "AlarmActions", actions);
    let ok_actions = p.optional(r, "OKActions", actions);
    let insufficient_data_actions = p.optional(r, "InsufficientDataActions", actions);
    let severity = p.optional(r, "Severity", Reader::choice);
    let runbook = p.optional(r, "Runbook", |r, label, node| {
        r.text_of(label, node, 1..=1024)
    });
    let group_by = p.optional(r, "GroupBy", |r, label, node| {
        let items = r.list(label, node)?.iter();
        collect(items.map(|item| r.selector(label, item)))
    });
    let exclude = p.optional(r, "Exclude", |r, label, node| {
        let items = r.list(label, node)?.iter();
        collect(items.map(|item| exclusion(item, r)))
    });
    let tests = p.optional(r, "Tests", |r, label, node| {
        let items = r.list(label, node)?.iter();
        collect(
            items
                .zip(1..)
                .map(|(item, place)| record_test(item, place, r)),
        )
    });
    let (tests, tests_at) = tests.unwrap_or_default().into_iter().unzip();
    p.ignore("FilterName");
    p.ignore("Tags");
    properties.finish(r, refusal);

    let (name, (pattern, pattern_at), metric, evaluation) = (name?, pattern?, metric?, evaluation?);
    Some(LocatedAlarm {
        definition: AlarmDefinition {
            name: name.value,
            description: description.map_or_else(String::new, |text| text.value),
            pattern,
            namespace: metric.namespace,
            metric_name: metric.name,
            metric_value: metric.value,
            default_value: metric.default_value,
            unit: metric.unit,
            statistic: metric.statistic,
            settings: evaluation.settings,
            evaluation_window: evaluation.window,
            actions_enabled: actions_enabled.unwrap_or(true),
            alarm_actions,
            ok_actions: ok_actions.unwrap_or_default(),
            insufficient_data_actions: insufficient_data_actions.unwrap_or_default(),
            severity: severity.map(|severity| severity.value),
            runbook: runbook.map(|text| text.value),
            group_by: group_by.unwrap_or_default(),
            count_distinct: metric.count_distinct,
            time_source: timing.source,
            allowed_lateness: timing.allowed_lateness,
            renotify_after: timing.renotify_after,
            exclude: exclude.unwrap_or_default(),
            tests,
        },
        name_at: name.span,
        pattern_at,
        tests_at,
        spans: AlarmSpans::new(node),
    })
}

/// Why an alarm has no property that CloudFormation has, and what to write instead.
fn refusal(property: &str) -> Option<&'static str> {
    Some(match property {
        "Metrics" => {
            "there is no metric math; an alarm watches the one metric that its `FilterPattern` makes, \
             so write one alarm for each"
        }
        "ThresholdMetricId" => "there are no anomaly bands; give a number as `Threshold`",
        "ExtendedStatistic" => {
            "there are no percentiles; choose SampleCount, Average, Sum, Minimum or Maximum as `Statistic`"
        }
        "EvaluateLowSampleCountPercentile" => "there are no percentiles; leave it out",
        "Dimensions" => {
            "write `GroupBy` with the fields of the record, `[$.recipientAccountId]`; \
             there is then one alarm for each of their values"
        }
        "MetricTransformations" => {
            "write its `MetricNamespace`, `MetricName`, `MetricValue`, `DefaultValue` and `Unit` \
             as properties of the alarm"
        }
        "LogGroupName" => "the function's subscription says which log group is read; leave it out",
        "ApplyOnTransformedLogs" | "EmitSystemFieldDimensions" | "FieldSelectionCriteria" => {
            "log transformers and system fields do not reach a subscribed function; leave it out"
        }
        _ => return None,
    })
}

/// What time counts, and how long is waited.
struct Timing {
    source: TimeSource,
    allowed_lateness: SignedDuration,
    renotify_after: Option<SignedDuration>,
}

fn timing(p: &mut Properties, r: &mut Reader) -> Timing {
    let source = p
        .optional(r, "TimeSource", Reader::choice)
        .map_or_else(Default::default, |source| source.value);
    let allowed_lateness = p.optional(r, "AllowedLateness", |r, label, node| {
        r.duration(label, node, SignedDuration::ZERO..=MAX_LATENESS)
    });
    let renotify_after = p.optional(r, "RenotifyAfter", |r, label, node| {
        r.duration(label, node, MIN_RENOTIFY..=MAX_RENOTIFY)
    });
    Timing {
        source,
        allowed_lateness: allowed_lateness.unwrap_or(match source {
            TimeSource::LogTimestamp => SignedDuration::from_mins(5),
            TimeSource::EventTime => EVENT_TIME_LATENESS,
        }),
        renotify_after,
    }
}

fn actions(reader: &mut Reader, label: &str, node: &Node) -> Option<Vec<String>> {
    let actions = reader.texts(label, node)?;
    if actions.len() > MAX_ACTIONS {
        let message = format!(
            "`{label}`: expected at most {MAX_ACTIONS} actions, found {}",
            actions.len()
        );
        reader.report(node.span.clone(), message);
        return None;
    }
    Some(actions)
}

fn exclusion(node: &Node, r: &mut Reader) -> Option<Exclusion> {
    let mut p = Properties::open(node, "the exclusion", r)?;
    let pattern = p.required(r, "Pattern", Reader::pattern);
    let reason = p.required(r, "Reason", |r, label, node| {
        r.text_of(label, node, 1..=1024)
    });
    let owner = p.required(r, "Owner", |r, label, node| r.text_of(label, node, 1..=255));
    let expires = p.required(r, "Expires", Reader::date);
    p.finish(r, |_| None);
    Some(Exclusion {
        pattern: pattern?.0,
        reason: reason?.value,
        owner: owner?.value,
        expires: expires?,
    })
}

/// The test at this place in the list, counted from 1, and where its record stands.
fn record_test(node: &Node, place: usize, r: &mut Reader) -> Option<(RecordTest, Position)> {
    let mut p = Properties::open(node, "the test", r)?;
    let name = p.optional(r, "Name", |r, label, node| r.text_of(label, node, 1..=255));
    let record = p.required(r, "Record", |r, label, node| {
        let position = r.position(&node.span);
        if matches!(node.value, Value::Mapping(_)) {
            let json = json(node).to_string();
            return Some((
                format!("test {place}"),
                RecordSource::Inline(json),
                position,
            ));
        }
        if !matches!(node.value, Value::Scalar(_)) {
            r.mismatch(label, "the path of a file, or a record as a mapping", node);
            return None;
        }
        let path = r.text_of(label, node, 1..=1024)?.value;
        let file = RecordSource::File(r.source().relative(&path));
        Some((path, file, position))
    });
    let matches = p.required(r, "Match", Reader::boolean);
    p.finish(r, |_| None);
    let (otherwise, record, position) = record?;
    let test = RecordTest {
        name: name.map_or(otherwise, |name| name.value),
        record,
        matches: matches?,
    };
    Some((test, position))
}

/// The JSON that a record in the alarms file means. A text without quotes that JSON would read as a number or a boolean
/// is one; so `012345678901` is a text, as account numbers are.
fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null | Value::Unusable => serde_json::Value::Null,
        Value::Scalar(scalar) if scalar.plain => match scalar.text.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            text => serde_json::Number::from_str(text).map_or_else(|_| text.into(), Into::into),
        },
        Value::Scalar(scalar) => scalar.text.as_str().into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Mapping(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), json(&entry.value)))
            .collect(),
    }
}

//! Reads the properties of an alarm, which have CloudFormation's names, into a checked [`AlarmDefinition`].
//!
//! Limits and defaults are those of `PutMetricAlarm` and `PutMetricFilter`. So CloudWatch accepts an alarm that loads, without
//! the properties that CloudWatch does not have. Numbers and booleans may be quoted, and any value may contain a parameter.
//!
//! A CloudFormation property that is not supported is rejected with a message that names the alternative. Two are ignored,
//! because they name or label an AWS resource, which an alarm here is not: `FilterName` and `Tags`.

use std::ops::Range;

use jiff::SignedDuration;

use super::diagnostic::Position;
use super::evaluation_properties::{check_reachable, evaluation_properties};
use super::exclusions::{LocatedExclusion, exclusions};
use super::first_seen::first_seen;
use super::mapping::Properties;
use super::metric::metric;
use super::reader::{Reader, Spanned, collect};
use super::spans::{AlarmSpans, ExclusionSpans};
use super::vocabulary;
use crate::alarm::definition::{
    AlarmDefinition, DEFAULT_NOTIFICATIONS_PER_HOUR, EVENT_TIME_LATENESS, RecordSource, RecordTest,
    TimeSource,
};
use crate::yaml::{Node, Schema, Value};
use cloudwatch_filter_pattern::excerpt::quoted;

pub use super::evaluation_properties::{PropertiesError, settings_from_properties};

/// How many actions CloudWatch allows for a state.
const MAX_ACTIONS: usize = 5;

/// Longest `AllowedLateness`: the longest evaluation range.
const MAX_LATENESS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Shortest `RenotifyAfter`: the interval of the schedule.
const MIN_RENOTIFY: SignedDuration = SignedDuration::from_mins(1);

/// Longest `RenotifyAfter`.
const MAX_RENOTIFY: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Largest `MaxNotificationsPerHour`: as many groups are counted separately in an hour.
const MAX_NOTIFICATIONS_PER_HOUR: u32 = 1_000;

/// An alarm, and the positions of its values.
#[derive(Debug)]
pub(super) struct LocatedAlarm {
    pub(super) definition: AlarmDefinition,
    pub(super) name_at: Range<usize>,
    pub(super) pattern_at: Position,
    pub(super) tests_at: Vec<Position>,
    pub(super) spans: AlarmSpans,
}

impl LocatedAlarm {
    /// Adds an exclusion of a file.
    pub(super) fn exclude(&mut self, shared: &LocatedExclusion) {
        self.definition.exclude.push(shared.exclusion.clone());
        self.spans.exclude.push(ExclusionSpans {
            of_file: true,
            ..shared.spans.clone()
        });
    }
}

/// Reads one item of `Alarms`. Reports all errors to `reader`; returns an alarm if there are none.
pub(super) fn alarm(node: &Node, reader: &mut Reader) -> Option<LocatedAlarm> {
    let mut properties = Properties::open(node, "the alarm", vocabulary::ALARM, reader)?;
    let name = properties.required(reader, "AlarmName", Reader::name);
    if let Some(name) = &name {
        reader.set_owner(format!("alarm {}", quoted(&name.value)));
    }
    let description = properties.optional(reader, "AlarmDescription", |reader, label, node| {
        reader.text_of(label, node, 0..=1024)
    });
    let pattern = properties.required(reader, "FilterPattern", Reader::pattern);
    let metric = metric(&mut properties, reader);
    let evaluation = evaluation_properties(&mut properties, reader);
    if let (Some(metric), Some(evaluation)) = (&metric, &evaluation) {
        check_reachable(metric, evaluation, reader);
    }
    let timing = timing(&mut properties, reader);

    let actions_enabled = properties.optional(reader, "ActionsEnabled", Reader::boolean);
    let alarm_actions = properties.optional(reader, "AlarmActions", actions);
    let ok_actions = properties.optional(reader, "OKActions", actions);
    let insufficient_data_actions = properties.optional(reader, "InsufficientDataActions", actions);
    let severity = properties.optional(reader, "Severity", Reader::choice);
    let runbook = properties.optional(reader, "Runbook", |reader, label, node| {
        reader.text_of(label, node, 1..=1024)
    });
    let group_by = properties.optional(reader, "GroupBy", |reader, label, node| {
        let items = reader.list(label, node)?.iter();
        collect(items.map(|item| reader.selector(label, item)))
    });
    let counts_distinct = properties.has("CountDistinct");
    let first_seen = properties.optional(reader, "FirstSeen", |reader, _, node| {
        first_seen(node, counts_distinct, reader)
    });
    let max_notifications = properties.optional(
        reader,
        "MaxNotificationsPerHour",
        max_notifications_per_hour,
    );
    if let Some(most) = &max_notifications
        && !properties.has("GroupBy")
    {
        let message = "`MaxNotificationsPerHour` limits the notifications of groups, and the alarm has no `GroupBy`; \
                       leave it out";
        reader.report(most.span.clone(), message);
    }
    let exclude = properties.optional(reader, "Exclude", exclusions);
    let tests = properties.optional(reader, "Tests", |reader, label, node| {
        let items = reader.list(label, node)?.iter();
        collect(
            items
                .zip(1..)
                .map(|(item, number)| record_test(item, number, reader)),
        )
    });
    let (exclude, exclude_at) = (exclude.unwrap_or_default().into_iter())
        .map(|located| (located.exclusion, located.spans))
        .unzip();
    let (tests, tests_at) = tests.unwrap_or_default().into_iter().unzip();
    properties.finish(reader, refusal);

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
            max_notifications_per_hour: max_notifications
                .map_or(DEFAULT_NOTIFICATIONS_PER_HOUR, |most| most.value),
            count_distinct: metric.count_distinct,
            first_seen,
            time_source: timing.source,
            allowed_lateness: timing.allowed_lateness,
            renotify_after: timing.renotify_after,
            exclude,
            tests,
        },
        name_at: name.span,
        pattern_at,
        tests_at,
        spans: AlarmSpans::new(node, exclude_at),
    })
}

/// Why a CloudFormation property is not supported, and what to write instead.
fn refusal(property: &str) -> Option<&'static str> {
    Some(match property {
        "Metrics" => {
            "metric math is not available; an alarm watches the one metric that its `FilterPattern` makes, \
             so write one alarm for each"
        }
        "ThresholdMetricId" => "it needs anomaly detection; set a number as `Threshold`",
        "ExtendedStatistic" => {
            "percentiles are not available; set `Statistic` to SampleCount, Average, Sum, Minimum or Maximum"
        }
        "EvaluateLowSampleCountPercentile" => "percentiles are not available; remove it",
        "Dimensions" => {
            "write `GroupBy` with the fields of the record, `[$.recipientAccountId]`; \
             there is then one alarm for each of their values"
        }
        "MetricTransformations" => {
            "write its `MetricNamespace`, `MetricName`, `MetricValue`, `DefaultValue` and `Unit` \
             as properties of the alarm"
        }
        "LogGroupName" => "the subscription filter determines the log group; remove it",
        "ApplyOnTransformedLogs" | "EmitSystemFieldDimensions" | "FieldSelectionCriteria" => {
            "log transformers and system fields do not reach a subscribed function; leave it out"
        }
        _ => return None,
    })
}

/// The properties about time.
struct Timing {
    source: TimeSource,
    allowed_lateness: SignedDuration,
    renotify_after: Option<SignedDuration>,
}

fn timing(properties: &mut Properties, reader: &mut Reader) -> Timing {
    let source = properties
        .optional(reader, "TimeSource", Reader::choice)
        .map_or_else(Default::default, |source| source.value);
    let allowed_lateness = properties.optional(reader, "AllowedLateness", |reader, label, node| {
        reader.duration(label, node, SignedDuration::ZERO..=MAX_LATENESS)
    });
    let renotify_after = properties.optional(reader, "RenotifyAfter", |reader, label, node| {
        reader.duration(label, node, MIN_RENOTIFY..=MAX_RENOTIFY)
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

fn max_notifications_per_hour(
    reader: &mut Reader,
    label: &str,
    node: &Node,
) -> Option<Spanned<u32>> {
    let most = reader.count(label, node)?;
    if most.value > MAX_NOTIFICATIONS_PER_HOUR {
        let message = format!(
            "`{label}`: expected a number from 1 to {MAX_NOTIFICATIONS_PER_HOUR}, found `{}`",
            most.value
        );
        reader.report(most.span, message);
        return None;
    }
    Some(most)
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

/// The test with this number in the list, from 1, and the position of its record.
fn record_test(node: &Node, number: usize, reader: &mut Reader) -> Option<(RecordTest, Position)> {
    let mut properties = Properties::open(node, "the test", vocabulary::TEST, reader)?;
    let name = properties.optional(reader, "Name", |reader, label, node| {
        reader.text_of(label, node, 1..=255)
    });
    let record = properties.required(reader, "Record", |reader, label, node| {
        let position = reader.position(&node.span);
        if matches!(node.value, Value::Mapping(_)) {
            let json = node.to_json(Schema::AlarmsFile).to_string();
            return Some((
                format!("test {number}"),
                RecordSource::Inline(json),
                position,
            ));
        }
        if !matches!(node.value, Value::Scalar(_)) {
            reader.mismatch(label, "the path of a file, or a record as a mapping", node);
            return None;
        }
        let path = reader.text_of(label, node, 1..=1024)?.value;
        let file = RecordSource::File(reader.source().relative(&path));
        Some((path, file, position))
    });
    let matches = properties.required(reader, "Match", Reader::boolean);
    properties.finish(reader, |_| None);
    let (default_name, record, position) = record?;
    let test = RecordTest {
        name: name.map_or(default_name, |name| name.value),
        record,
        matches: matches?,
    };
    Some((test, position))
}

//! The behaviors of alarms that a service does not have, with the texts of all formats about them.

use super::notes::Notes;
use cloudtrail_alarms::alarm::definition::{
    AlarmDefinition, ComparisonOperator, DEFAULT_NOTIFICATIONS_PER_HOUR, EvaluationWindow,
    MetricValue, TimeSource, TreatMissingData,
};
use cloudtrail_alarms::alarm::evaluation::breaches;

/// The service that evaluates what is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// A metric filter and a metric alarm of CloudWatch.
    MetricAlarm,
    /// A log alarm of CloudWatch.
    LogAlarm,
    /// CloudWatch Logs Insights.
    LogsInsights,
    /// Amazon Athena.
    Athena,
}

/// A behavior of alarms that not every service has.
struct Behavior {
    /// Whether an alarm has it.
    has: fn(&AlarmDefinition) -> bool,
    /// The behavior of each service instead.
    losses: &'static [(&'static [Service], &'static str)],
}

const ALARMS: &[Service] = &[Service::MetricAlarm, Service::LogAlarm];
const QUERIES: &[Service] = &[Service::LogsInsights, Service::Athena];

/// All behaviors that a service lacks. A format leaves an alarm out if it cannot replace a behavior.
const BEHAVIORS: [Behavior; 15] = [
    Behavior {
        has: |alarm| !alarm.group_by.is_empty(),
        losses: &[(
            &[Service::MetricAlarm],
            "`GroupBy` is not exported: CloudWatch counts all groups together",
        )],
    },
    Behavior {
        has: |alarm| alarm.count_distinct.is_some(),
        losses: &[(
            &[Service::MetricAlarm],
            "`CountDistinct` is not exported: CloudWatch counts records",
        )],
    },
    Behavior {
        has: |alarm| alarm.first_seen.is_some(),
        losses: &[
            (
                ALARMS,
                "`FirstSeen` is lost: CloudWatch counts every record, and not only new combinations",
            ),
            (
                QUERIES,
                "`FirstSeen` is lost: the query counts every record, and not only new combinations",
            ),
        ],
    },
    Behavior {
        has: |alarm| !alarm.exclude.is_empty(),
        losses: &[
            (
                ALARMS,
                "`Exclude` is not exported: CloudWatch counts those records too",
            ),
            (
                QUERIES,
                "`Exclude` is not exported: the query counts those records too",
            ),
        ],
    },
    Behavior {
        has: |alarm| alarm.time_source == TimeSource::EventTime,
        losses: &[(
            &[
                Service::MetricAlarm,
                Service::LogAlarm,
                Service::LogsInsights,
            ],
            "`TimeSource` is not exported: CloudWatch counts by delivery",
        )],
    },
    Behavior {
        has: |alarm| alarm.time_source == TimeSource::LogTimestamp,
        losses: &[(
            &[Service::Athena],
            "the query counts by `eventTime`: the table does not have the delivery time",
        )],
    },
    Behavior {
        has: |alarm| alarm.evaluation_window == EvaluationWindow::WallClock,
        losses: &[(
            &[Service::MetricAlarm],
            "`EvaluationWindow` is not exported: CloudWatch's windows slide",
        )],
    },
    Behavior {
        has: |alarm| alarm.evaluation_window == EvaluationWindow::Sliding,
        losses: &[
            (
                &[Service::LogAlarm],
                "windows do not slide: records of two scheduled queries are not counted together",
            ),
            (
                QUERIES,
                "windows do not slide: records on both sides of a window's end are not counted together",
            ),
        ],
    },
    Behavior {
        has: |alarm| alarm.settings.evaluation_periods > 1,
        losses: &[(
            QUERIES,
            "`EvaluationPeriods` and `DatapointsToAlarm` are lost: the query lists each window that crosses the threshold",
        )],
    },
    Behavior {
        has: |alarm| alarm.settings.period < 60,
        losses: &[
            (
                &[Service::MetricAlarm],
                "metric filters write a datapoint a minute; with a shorter `Period` CloudWatch sees most windows without data",
            ),
            (
                &[Service::LogAlarm],
                "`Period` becomes 60 seconds: a query runs at most once a minute",
            ),
        ],
    },
    Behavior {
        has: empty_window_differs_from_zero,
        losses: &[(
            &[Service::LogAlarm],
            "a window without a match counts 0 and is never missing data",
        )],
    },
    Behavior {
        has: |alarm| alarm.renotify_after.is_some(),
        losses: &[
            (
                ALARMS,
                "`RenotifyAfter` is not exported: CloudWatch notifies of a state change once",
            ),
            (
                QUERIES,
                "`RenotifyAfter` is not exported: a query notifies nobody",
            ),
        ],
    },
    Behavior {
        has: |alarm| alarm.max_notifications_per_hour != DEFAULT_NOTIFICATIONS_PER_HOUR,
        losses: &[
            (
                ALARMS,
                "`MaxNotificationsPerHour` is not exported: CloudWatch has no digests",
            ),
            (
                QUERIES,
                "`MaxNotificationsPerHour` is not exported: a query notifies nobody",
            ),
        ],
    },
    Behavior {
        has: |alarm| alarm.severity.is_some(),
        losses: &[
            (
                ALARMS,
                "`Severity` is not exported: notifications of CloudWatch have none",
            ),
            (
                QUERIES,
                "`Severity` is not exported: a query notifies nobody",
            ),
        ],
    },
    Behavior {
        has: |alarm| alarm.runbook.is_some(),
        losses: &[
            (
                ALARMS,
                "`Runbook` is not exported: notifications of CloudWatch have none",
            ),
            (
                QUERIES,
                "`Runbook` is not exported: a query notifies nobody",
            ),
        ],
    },
];

/// Adds a note for each behavior of the alarm that the service does not have.
pub(super) fn note_losses(alarm: &AlarmDefinition, service: Service, notes: &mut Notes) {
    for behavior in BEHAVIORS.iter().filter(|behavior| (behavior.has)(alarm)) {
        let losses = behavior.losses.iter();
        for (_, text) in losses.filter(|(services, _)| services.contains(&service)) {
            notes.add(&alarm.name, *text);
        }
    }
}

/// Whether a window in which nothing matched has another effect than a window with the value 0.
fn empty_window_differs_from_zero(alarm: &AlarmDefinition) -> bool {
    let is_count = matches!(alarm.metric_value, MetricValue::Constant(_));
    if !alarm.group_by.is_empty() || !is_count {
        return false;
    }
    match alarm.default_value {
        Some(value) => value != 0.0,
        None => {
            alarm.settings.treat_missing_data != TreatMissingData::NotBreaching
                || breaches(0.0, &alarm.settings)
        }
    }
}

/// Whether a window in which nothing matched crosses the threshold.
pub(super) fn empty_window_breaches(alarm: &AlarmDefinition) -> bool {
    alarm.group_by.is_empty()
        && match alarm.default_value {
            Some(value) => breaches(value, &alarm.settings),
            None => alarm.settings.treat_missing_data == TreatMissingData::Breaching,
        }
}

/// Whether fewer records than the threshold raise the alarm.
pub(super) fn alarms_on_less(alarm: &AlarmDefinition) -> bool {
    matches!(
        alarm.settings.comparison_operator,
        ComparisonOperator::LessThanThreshold | ComparisonOperator::LessThanOrEqualToThreshold
    )
}

//! The properties of an alarm.

use super::Presence::{Default, Optional, Required};
use super::items::{EXCLUSION, FIRST_SEEN, TEST};
use super::{Kind, Property};

/// The properties of an alarm.
pub const ALARM: &[&[Property]] = &[METRIC_FILTER, METRIC_ALARM, OWN];

/// A list of actions, at most as many as CloudWatch allows for a state.
const ACTIONS: Kind = Kind::List {
    of: &Kind::Text {
        least: 1,
        most: Some(1024),
    },
    most: Some(5),
};

/// Properties of `AWS::Logs::MetricFilter` and of its metric transformation.
pub const METRIC_FILTER: &[Property] = &[
    Property {
        name: "FilterPattern",
        kind: Kind::Pattern,
        presence: Required,
        example: r#"'{ $.errorCode = "*" }'"#,
        meaning: "The records that count. See [Filter patterns](filter-patterns.md).",
    },
    Property {
        name: "MetricNamespace",
        kind: Kind::Name(255),
        presence: Required,
        example: "Security",
        meaning: "Namespace of the metric, shown in notifications. It must not begin with a colon. `Namespace` may replace it.",
    },
    Property {
        name: "MetricName",
        kind: Kind::Name(255),
        presence: Required,
        example: "FailedCalls",
        meaning: "Name of the metric, shown in notifications.",
    },
    Property {
        name: "MetricValue",
        kind: Kind::NumberOrSelector,
        presence: Default("1"),
        example: "$.additionalEventData.bytesTransferredOut",
        meaning: "The amount that a matching record adds to the metric: a number, or the number in a field. A record without a number in it, or with one beyond ±1e300, adds nothing.",
    },
    Property {
        name: "DefaultValue",
        kind: Kind::Choice(&["0"]),
        presence: Optional,
        example: "0",
        meaning: "Value of a window without a match. It requires `Statistic` `Sum`. If it is absent, such a window has no datapoint, and `TreatMissingData` applies.",
    },
    Property {
        name: "Unit",
        kind: Kind::Choice(&super::super::metric::UNITS),
        presence: Optional,
        example: "Count",
        meaning: "Unit of the metric, shown in notifications.",
    },
    Property {
        name: "FilterName",
        kind: Kind::Ignored,
        presence: Optional,
        example: "failed-calls",
        meaning: "Accepted so that you can paste a metric filter. It has no effect.",
    },
];

/// Properties of `AWS::CloudWatch::Alarm`.
pub const METRIC_ALARM: &[Property] = &[
    Property {
        name: "AlarmName",
        kind: Kind::Name(255),
        presence: Required,
        example: "FailedCalls",
        meaning: "Name of the alarm. No other alarm of the file, or of the files that it includes, may have it.",
    },
    Property {
        name: "AlarmDescription",
        kind: Kind::Text {
            least: 0,
            most: Some(1024),
        },
        presence: Default("''"),
        example: "API calls are failing.",
        meaning: "Explains the alarm to the recipient of a notification.",
    },
    Property {
        name: "Namespace",
        kind: Kind::Name(255),
        presence: Optional,
        example: "Security",
        meaning: "Same as `MetricNamespace`. If both are present, they must be equal.",
    },
    Property {
        name: "Statistic",
        kind: Kind::Choice(&["SampleCount", "Average", "Sum", "Minimum", "Maximum"]),
        presence: Default("Sum"),
        example: "Maximum",
        meaning: "How the values of the records in a window become its datapoint.",
    },
    Property {
        name: "Period",
        kind: Kind::Period,
        presence: Required,
        example: "60",
        meaning: "Length of a window in seconds.",
    },
    Property {
        name: "EvaluationPeriods",
        kind: Kind::Count,
        presence: Required,
        example: "3",
        meaning: "How many of the newest windows are compared with the threshold (N). `Period` × `EvaluationPeriods` is at most 604800 s (7 days), and at most 86400 s (1 day) if `Period` is less than 3600.",
    },
    Property {
        name: "DatapointsToAlarm",
        kind: Kind::Count,
        presence: Optional,
        example: "1",
        meaning: "How many of these windows must cross the threshold (M), at most `EvaluationPeriods`. If it is absent, all of them must.",
    },
    Property {
        name: "Threshold",
        kind: Kind::Number,
        presence: Required,
        example: "5",
        meaning: "The number that a datapoint is compared with. If the number of records decides, 24000 or fewer of them must be enough to cross it.",
    },
    Property {
        name: "ComparisonOperator",
        kind: Kind::Choice(&[
            "GreaterThanOrEqualToThreshold",
            "GreaterThanThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
        ]),
        presence: Required,
        example: "GreaterThanOrEqualToThreshold",
        meaning: "How a datapoint (left) is compared with the threshold (right).",
    },
    Property {
        name: "TreatMissingData",
        kind: Kind::Choice(&["breaching", "notBreaching", "ignore", "missing"]),
        presence: Default("missing"),
        example: "notBreaching",
        meaning: "Effect of a window without a datapoint: it crosses the threshold (`breaching`), it does not (`notBreaching`), the alarm keeps its state (`ignore`), or the state becomes `INSUFFICIENT_DATA` (`missing`).",
    },
    Property {
        name: "EvaluationWindow",
        kind: Kind::Choice(&["Sliding", "WallClock"]),
        presence: Default("Sliding"),
        example: "WallClock",
        meaning: "`Sliding`: windows end at the time of the evaluation. `WallClock`: windows are whole minutes, hours or days (UTC). `Period` must then be 60, 300, 3600, 86400 or 604800.",
    },
    Property {
        name: "ActionsEnabled",
        kind: Kind::Boolean,
        presence: Default("true"),
        example: "false",
        meaning: "Whether the alarm sends notifications. If `false`, its state still changes.",
    },
    Property {
        name: "AlarmActions",
        kind: ACTIONS,
        presence: Optional,
        example: "[arn:aws:sns:us-east-1:111122223333:alarms]",
        meaning: "An empty list disables notifications of the state `ALARM`. Otherwise, and if it is absent, the stack's topic receives them. The ARNs are shown in notifications only.",
    },
    Property {
        name: "OKActions",
        kind: ACTIONS,
        presence: Default("[]"),
        example: "[arn:aws:sns:us-east-1:111122223333:alarms]",
        meaning: "If it has an item, the stack's topic also receives a notification when the state becomes `OK`.",
    },
    Property {
        name: "InsufficientDataActions",
        kind: ACTIONS,
        presence: Default("[]"),
        example: "[arn:aws:sns:us-east-1:111122223333:alarms]",
        meaning: "If it has an item, the stack's topic also receives a notification when the state becomes `INSUFFICIENT_DATA`.",
    },
    Property {
        name: "Tags",
        kind: Kind::Ignored,
        presence: Optional,
        example: "[{Key: team, Value: payments}]",
        meaning: "Accepted so that you can paste an alarm. It has no effect.",
    },
];

/// Properties that CloudWatch does not have.
pub const OWN: &[Property] = &[
    Property {
        name: "Severity",
        kind: Kind::Choice(&["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"]),
        presence: Optional,
        example: "HIGH",
        meaning: "Shown in notifications, and an attribute of the SNS message for filter policies.",
    },
    Property {
        name: "Runbook",
        kind: Kind::Text {
            least: 1,
            most: Some(1024),
        },
        presence: Optional,
        example: "https://wiki.example.com/runbooks/failed-calls",
        meaning: "Where the recipient of a notification finds instructions.",
    },
    Property {
        name: "GroupBy",
        kind: Kind::List {
            of: &Kind::Selector,
            most: None,
        },
        presence: Default("[]"),
        example: "[$.recipientAccountId, $.awsRegion]",
        meaning: "Counts each combination of these fields' values separately. Each combination has its own state and its own notifications.",
    },
    Property {
        name: "MaxNotificationsPerHour",
        kind: Kind::CountUpTo(1000),
        presence: Default("10"),
        example: "3",
        meaning: "How many notifications of single groups the alarm sends in an hour. Further groups are reported in a [digest](notification.md#digests). It requires `GroupBy`.",
    },
    Property {
        name: "CountDistinct",
        kind: Kind::Selector,
        presence: Optional,
        example: "$.sourceIPAddress",
        meaning: "Counts the different values of this field instead of the records. It requires `Statistic` `Sum` and `MetricValue` 1.",
    },
    Property {
        name: "FirstSeen",
        kind: Kind::Mapping(FIRST_SEEN),
        presence: Optional,
        example: "{Fields: [$.userIdentity.sessionContext.sessionIssuer.arn, $.eventName]}",
        meaning: "Counts only the first record of each combination of these fields' values. See [First seen](#first-seen). It does not go with `CountDistinct`.",
    },
    Property {
        name: "TimeSource",
        kind: Kind::Choice(&["LogTimestamp", "EventTime"]),
        presence: Default("LogTimestamp"),
        example: "EventTime",
        meaning: "The time that decides the window of a record. `LogTimestamp`: when CloudTrail delivered it, as a metric filter does. `EventTime`: when the call was made.",
    },
    Property {
        name: "AllowedLateness",
        kind: Kind::Duration {
            least: "0s",
            most: "7d",
        },
        presence: Default("5m"),
        example: "15m",
        meaning: "How long the function waits after the end of a window for its records, before it decides what they could change, such as `OK`. With `TimeSource` `EventTime` the default is `30m`, and a record that CloudTrail delivers later than this after the call does not count.",
    },
    Property {
        name: "RenotifyAfter",
        kind: Kind::Duration {
            least: "1m",
            most: "365d",
        },
        presence: Optional,
        example: "1h",
        meaning: "While the state stays `ALARM`, sends a reminder after this time if new records have matched. The interval doubles with each reminder, up to a day. A new kind of call (error code, API call, KMS key or role) is reported at once, at most every 10 minutes. If it is absent, there are no reminders.",
    },
    Property {
        name: "Exclude",
        kind: Kind::Mappings(EXCLUSION),
        presence: Default("[]"),
        example: r#"[{Pattern: '{ $.userAgent = "scanner" }', Reason: Approved scanner, Owner: security@example.com, Expires: 2027-01-31}]"#,
        meaning: "Matching records that do not count. See [Exclusions](#exclusions).",
    },
    Property {
        name: "Tests",
        kind: Kind::Mappings(TEST),
        presence: Default("[]"),
        example: r"[{Name: a success, Record: {eventName: Decrypt}, Match: false}]",
        meaning: "Records that must match, or must not. `cloudtrail-alarms test` runs them; the function ignores them. See [Tests](#tests).",
    },
];

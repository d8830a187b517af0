//! The properties of the file itself.

use super::Presence::{Default, Optional};
use super::alarm::ALARM;
use super::items::{EXCLUSION, PARAMETER};
use super::{Kind, Property};
use crate::alarm::account_names::MAX_ACCOUNT_NAME;

/// The properties of a file.
pub const FILE: &[&[Property]] = &[&[
    Property {
        name: "Alarms",
        kind: Kind::Mappings(ALARM),
        presence: Default("[]"),
        example: r#"[{AlarmName: FailedCalls, FilterPattern: '{ $.errorCode = "*" }', MetricNamespace: Security, MetricName: FailedCalls, Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanThreshold}]"#,
        meaning: "The alarms. See [Alarms](#alarms). The file and the files that it includes must have at least one.",
    },
    Property {
        name: "Include",
        kind: Kind::List {
            of: &Kind::Text {
                least: 1,
                most: Some(1024),
            },
            most: None,
        },
        presence: Default("[]"),
        example: "[catalogue/guard.yaml]",
        meaning: "Paths of further files, relative to this file. Each file may be included once.",
    },
    Property {
        name: "Parameters",
        kind: Kind::NamedMappings(PARAMETER),
        presence: Optional,
        example: "{Team: {Type: String, Default: payments}}",
        meaning: "Values that differ between deployments. All files share them. See [Parameters](#parameters).",
    },
    Property {
        name: "AccountNames",
        kind: Kind::AccountNames(MAX_ACCOUNT_NAME),
        presence: Optional,
        example: "{\"111122223333\": prod-payments}",
        meaning: "Names of accounts for notifications. All files share them. `cloudtrail-alarms accounts` creates this section.",
    },
    Property {
        name: "Exclude",
        kind: Kind::Mappings(EXCLUSION),
        presence: Default("[]"),
        example: r#"[{Pattern: '{ $.userAgent = "scanner" }', Reason: Approved scanner, Owner: security@example.com, Expires: 2027-01-31}]"#,
        meaning: "Exclusions for all alarms of this file and of the files that it includes. See [Exclusions](#exclusions).",
    },
]];

//! A caller cannot choose field values that keep an alarm from firing.

use std::collections::BTreeSet;

use cloudtrail_alarms::alarm::definition::{
    AlarmDefinition, ComparisonOperator, MetricValue, TreatMissingData,
};
use cloudwatch_filter_pattern::{Condition, FilterPattern, Language, Operator};

use super::all_alarms;

/// Fields that AWS sets and that no caller can choose.
const SET_BY_AWS: [(&str, &str); 5] = [
    ("$.recipientAccountId", "the account of the trail"),
    ("$.account", "the account of an EventBridge event"),
    ("$.userIdentity.accountId", "the account of the caller"),
    ("$.userIdentity.type", "the kind of the caller"),
    (
        "$.userIdentity.sessionContext.sessionIssuer.arn",
        "the role, without the name of the session",
    ),
];

/// Fields that a caller can choose, but whose values cannot keep an alarm below a threshold of one record.
const CHOSEN_FROM_WHAT_EXISTS: [(&str, &str); 5] = [
    ("$.eventName", "a call that exists"),
    ("$.eventSource", "a service that exists"),
    ("$.awsRegion", "a Region that exists"),
    ("$.resources[0].ARN", "a key that exists"),
    ("$.detail.key-id", "a key that existed"),
];

/// Fields that `CountDistinct` may count: a caller can add values, but cannot make two of them equal.
const COUNTED: [(&str, &str); 5] = [
    ("$.resources[0].ARN", "KMS sets it to the key"),
    ("$.errorMessage", "KMS writes it; it contains the key"),
    ("$.eventName", "the call itself"),
    ("$.requestParameters.instanceId", "the ID of an instance"),
    (
        "$.requestParameters.secretId",
        "different secrets have different names",
    ),
];

/// Fields that a pattern may use to leave records out, by any comparison except `=`, or by `NOT EXISTS`.
const LEAVES_OUT_BY: [(&str, &str); 14] = [
    ("$.errorCode", "AWS sets it"),
    ("$.errorMessage", "AWS writes it"),
    ("$.eventName", "the call itself"),
    ("$.eventType", "AWS sets it"),
    ("$.userIdentity.invokedBy", "the AWS service that calls"),
    ("$.userIdentity.type", "AWS sets it"),
    (
        "$.userIdentity.sessionContext.sessionIssuer.arn",
        "the role, without the name of the session",
    ),
    ("$.sourceIPAddress", "a name only if an AWS service calls"),
    (
        "$.additionalEventData.MFAUsed",
        "the sign-in service sets it",
    ),
    (
        "$.requestParameters.stackName",
        "without it the alarm covers every stack",
    ),
    (
        "$.responseElements.securityGroupRuleSet.items[*].fromPort",
        "a rule that EC2 made",
    ),
    (
        "$.responseElements.securityGroupRuleSet.items[*].toPort",
        "a rule that EC2 made",
    ),
    (
        "$.requestParameters.LifecycleConfiguration.Rule.Expiration.Days",
        "another value deletes later",
    ),
    (
        "$.requestParameters.LifecycleConfiguration.Rule[*].Expiration.Days",
        "another value deletes later",
    ),
];

fn is_among(fields: &[(&str, &str)], field: &str) -> bool {
    fields.iter().any(|(known, _)| *known == field)
}

/// Whether a single record raises the alarm in any group.
fn needs_one_record(alarm: &AlarmDefinition) -> bool {
    let settings = &alarm.settings;
    alarm.metric_value == MetricValue::Constant(1.0)
        && alarm.count_distinct.is_none()
        && settings.comparison_operator == ComparisonOperator::GreaterThanOrEqualToThreshold
        && settings.threshold <= 1.0
        && settings.evaluation_periods == 1
}

fn grouped_by(alarm: &AlarmDefinition) -> Vec<String> {
    alarm.group_by.iter().map(ToString::to_string).collect()
}

#[test]
fn no_alarm_is_grouped_by_a_field_that_lets_a_caller_avoid_it() {
    let iam_user: FilterPattern =
        r#"{ $.userIdentity.type = "IAMUser" && $.responseElements.ConsoleLogin = "Success" }"#
            .parse()
            .unwrap();
    for alarm in all_alarms() {
        for field in grouped_by(&alarm) {
            let is_allowed = is_among(&SET_BY_AWS, &field)
                || needs_one_record(&alarm) && is_among(&CHOSEN_FROM_WHAT_EXISTS, &field)
                // A token's subject in other records, but here the name of a user who signed in.
                || field == "$.userIdentity.userName" && alarm.pattern.implies(&iam_user);
            assert!(is_allowed, "{}: a caller can choose {field}", alarm.name);
        }
        // A value that a caller can choose would make every call a new combination.
        for field in alarm
            .first_seen
            .iter()
            .flat_map(|first_seen| &first_seen.fields)
        {
            let is_grouped = alarm.group_by.contains(field);
            assert!(is_grouped, "{}: {field}", alarm.name);
        }
    }
}

#[test]
fn no_alarm_leaves_out_or_merges_records_by_a_field_that_a_caller_can_choose() {
    for alarm in all_alarms() {
        let name = &alarm.name;
        assert!(alarm.exclude.is_empty(), "{name}");
        if let Some(field) = &alarm.count_distinct {
            assert!(is_among(&COUNTED, &field.to_string()), "{name}: {field}");
        }
        let Language::Json(pattern) = alarm.pattern.language() else {
            panic!("{name}")
        };
        for test in pattern.tests() {
            let leaves_out = match &test.condition.node {
                Condition::NotExists => true,
                Condition::Compare(comparison) => comparison.operator.node != Operator::Equal,
                Condition::Is(_) => false,
            };
            let field = test.selector.node.to_string();
            // Patterns test it only as `IS FALSE || NOT EXISTS`, which excludes only calls that read.
            let is_allowed = is_among(&LEAVES_OUT_BY, &field) || field == "$.readOnly";
            assert!(!leaves_out || is_allowed, "{name}: {field}");
        }
    }
}

/// Alarms that are not grouped by the caller, and why another caller's record need not raise them again.
const NOT_BY_CALLER: [(&str, &str); 13] = [
    ("cis-4.2-console-sign-in-without-mfa", "by user"),
    ("cis-4.3-root-account-usage", "an account has one root user"),
    (
        "cis-4.6-console-authentication-failures",
        "nobody has signed in",
    ),
    ("first-seen-region", "by Region; its first call"),
    ("first-seen-user-sign-in", "by user"),
    ("kms-key-deletion-scheduled", "by key"),
    ("kms-key-deleted", "by key; KMS calls"),
    ("kms-key-material-gone", "by key"),
    ("kms-event-key-deleted", "by key; the event has no caller"),
    (
        "kms-event-key-material-expired",
        "by key; the event has no caller",
    ),
    ("kms-event-key-rotated", "the event has no caller"),
    ("kms-throttled", "a quota of the account"),
    ("kms-internal-error", "the fault of KMS, not of a caller"),
];

#[test]
fn an_alarm_that_one_caller_raised_ends_by_itself_and_hides_no_other_caller() {
    let caller = [
        "$.recipientAccountId",
        "$.userIdentity.sessionContext.sessionIssuer.arn",
        "$.userIdentity.type",
        "$.userIdentity.accountId",
    ];
    let mut not_by_caller = BTreeSet::new();
    for alarm in all_alarms() {
        let name = &alarm.name;
        let missing = alarm.settings.treat_missing_data;
        assert_eq!(missing, TreatMissingData::NotBreaching, "{name}");
        let groups = grouped_by(&alarm);
        assert!(!groups.is_empty(), "{name}");
        if !caller
            .iter()
            .all(|field| groups.iter().any(|group| group == field))
        {
            not_by_caller.insert(name.clone());
        }
    }
    let expected = NOT_BY_CALLER.iter().map(|(name, _)| (*name).to_owned());
    assert_eq!(not_by_caller, expected.collect());
}

//! Findings in alarms: thresholds, reminders, exclusions and parameters.

use super::super::{ANY_THRESHOLD, alarm};
use super::{alarms, lint, places};

#[test]
fn a_threshold_is_judged_by_what_datapoints_can_be() {
    let cases = [
        (
            "Threshold: 5\nComparisonOperator: GreaterThanThreshold",
            None,
        ),
        (
            "Statistic: Maximum\nThreshold: 1\nComparisonOperator: GreaterThanThreshold",
            Some(
                "with `Statistic` Maximum and this `MetricValue` a datapoint is 1: none crosses the threshold [threshold-never-crossed]",
            ),
        ),
        (
            "Statistic: Maximum\nThreshold: 1\nComparisonOperator: GreaterThanOrEqualToThreshold",
            None,
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold",
            Some(
                "with `Statistic` Sum and this `MetricValue` a datapoint is 1 or more: none crosses the threshold [threshold-never-crossed]",
            ),
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold\nDefaultValue: 0",
            None,
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold\nCountDistinct: $.sourceIPAddress",
            Some(
                "with `Statistic` Sum and this `MetricValue` a datapoint is 1 or more: none crosses the threshold [threshold-never-crossed]",
            ),
        ),
        (
            "Threshold: 2\nComparisonOperator: LessThanThreshold\nCountDistinct: $.sourceIPAddress",
            None,
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold\nCountDistinct: $.sourceIPAddress\nDefaultValue: 0",
            None,
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold\nTreatMissingData: breaching",
            None,
        ),
        (
            "Threshold: 1\nComparisonOperator: LessThanThreshold\nMetricValue: $.requestParameters.size",
            None,
        ),
        (
            "Threshold: 0\nComparisonOperator: GreaterThanOrEqualToThreshold\nDefaultValue: 0",
            Some(
                "with `Statistic` Sum and this `MetricValue` a datapoint is 0 or more: each one breaches the threshold, so the alarm never recovers [threshold-always-crossed]",
            ),
        ),
        (
            "Threshold: 1\nComparisonOperator: GreaterThanOrEqualToThreshold\nTreatMissingData: breaching",
            Some(
                "with `Statistic` Sum and this `MetricValue` a datapoint is 1 or more: each one breaches the threshold, as missing ones do, so the alarm never recovers [threshold-always-crossed]",
            ),
        ),
        (
            "Threshold: 1\nComparisonOperator: GreaterThanOrEqualToThreshold\nTreatMissingData: notBreaching",
            None,
        ),
    ];
    for (properties, expected) in cases {
        let file = alarms("{ $.errorCode = \"*\" }", properties);
        let outcome = lint(&[("alarms.yaml", &file)], &[]);
        match expected {
            None => assert_eq!(outcome.success(), "", "{properties}"),
            Some(expected) => {
                let report = outcome.findings();
                let first = report.lines().next().unwrap_or_default();
                assert!(first.ends_with(expected), "{properties}: {report}");
                assert!(report.ends_with("\n1 finding\n"), "{report}");
            }
        }
    }
}

#[test]
fn an_exclusion_is_judged_by_its_day_and_by_what_it_leaves() {
    let exclusion = |pattern: &str, expires: &str| {
        let properties = format!(
            "{ANY_THRESHOLD}Exclude:\n  - {{Pattern: '{pattern}', Reason: r, Owner: o, Expires: {expires}}}\n"
        );
        alarms("{ $.errorCode = \"*\" }", &properties)
    };
    let lint = |file: &str| lint(&[("alarms.yaml", file)], &[]);
    let other = "{ $.eventName = A }";
    assert_eq!(lint(&exclusion(other, "2026-02-01")).success(), "");
    let expired = lint(&exclusion(other, "2026-01-31")).findings();
    assert_eq!(places(&expired), ["alarms.yaml:11:72 expired-exclusion"]);
    for all in ["", "{ ($.errorCode = *) }"] {
        let report = lint(&exclusion(all, "2026-02-01")).findings();
        assert_eq!(places(&report), ["alarms.yaml:11:19 excludes-everything"]);
    }
}

#[test]
fn a_parameter_without_a_value_hides_nothing() {
    let pattern =
        r#"{ $.eventSource = "kms.amazon.com" && $.errorCode = "${Nope}" && $.readOnly = true }"#;
    let never = "Statistic: Maximum\nThreshold: 1\nComparisonOperator: GreaterThanThreshold";
    let report = lint(&[("alarms.yaml", &alarms(pattern, never))], &[]).findings();
    assert_eq!(
        places(&report),
        [
            "alarms.yaml:3:39 service-name",
            "alarms.yaml:3:74 invalid",
            "alarms.yaml:3:86 boolean-as-string",
            "alarms.yaml:9:16 threshold-never-crossed",
        ]
    );
    assert!(
        report.contains(": parameter `Nope` is not declared under `Parameters` [invalid]\n"),
        "{report}"
    );
}

#[test]
fn the_pattern_of_an_alarm_that_does_not_load_is_checked() {
    let report = lint(
        &[(
            "alarms.yaml",
            &alarms("{ $.readOnly = true }", "Treshold: 1"),
        )],
        &[],
    )
    .findings();
    assert!(report.contains("[boolean-as-string]\n"), "{report}");
    assert!(report.contains("unknown property `Treshold`"), "{report}");
}

#[test]
fn alarms_on_one_metric_that_need_different_filters_are_found() {
    let item = |name: &str, changes: &str| {
        let pattern = "{ $.errorCode = AccessDenied }";
        alarm(
            name,
            pattern,
            &format!("{ANY_THRESHOLD}MetricName: Denied\n{changes}"),
        )
    };
    let first = item("First", "");
    for (changes, property) in [
        (
            "FilterPattern: '{ $.errorCode = Other }'",
            Some("FilterPattern"),
        ),
        ("MetricValue: '2'\nThreshold: 2", Some("MetricValue")),
        ("DefaultValue: 0", Some("DefaultValue")),
        ("Unit: Count", Some("Unit")),
        ("Threshold: 50\nPeriod: 300\nGroupBy: [$.eventName]", None),
        ("MetricNamespace: Other\nDefaultValue: 0", None),
    ] {
        let second = item("Second", changes);
        let outcome = lint(
            &[("alarms.yaml", &format!("Alarms:\n{first}{second}"))],
            &[],
        );
        let Some(property) = property else {
            assert_eq!(outcome.success(), "", "{changes}");
            continue;
        };
        let report = outcome.findings();
        let expected = format!(
            "alarm `First` makes this metric with another `{property}`; in CloudWatch, both metric filters would write into it; \
             give each alarm a metric of its own [conflicting-metric]"
        );
        let first = report.lines().next().unwrap_or_default();
        assert!(first.ends_with(&expected), "{changes}: {report}");
    }
}

#[test]
fn first_seen_is_judged_by_its_fields_and_its_times() {
    let role = "Fields: [$.userIdentity.sessionContext.sessionIssuer.arn, $.eventName]";
    let cases = [
        (format!("FirstSeen: {{{role}}}"), None),
        (format!("FirstSeen: {{{role}, WarmUp: 1d}}"), None),
        (
            "FirstSeen: {Fields: [$.eventName, $.userIdentity.arn]}".to_owned(),
            Some("alarms.yaml:10:39 first-seen-by-session"),
        ),
        (
            "FirstSeen: {Fields: [$.userIdentity.principalId]}".to_owned(),
            Some("alarms.yaml:10:26 first-seen-by-session"),
        ),
        (
            "FirstSeen: {Fields: [$.eventID]}".to_owned(),
            Some("alarms.yaml:10:26 first-seen-by-unique-value"),
        ),
        (
            "FirstSeen: {Fields: [$.userIdentity.nope]}".to_owned(),
            Some("alarms.yaml:10:26 unknown-field"),
        ),
        (
            format!("FirstSeen: {{{role}, WarmUp: 0s}}"),
            Some("alarms.yaml:10:16 warm-up"),
        ),
        (
            format!("FirstSeen: {{{role}, History: 3d}}"),
            Some("alarms.yaml:10:16 warm-up"),
        ),
        (
            format!("FirstSeen: {{{role}}}\nTreatMissingData: breaching"),
            Some("alarms.yaml:10:16 first-seen-on-few"),
        ),
    ];
    for (properties, expected) in cases {
        let file = alarms(
            "{ $.errorCode = \"*\" }",
            &format!("{ANY_THRESHOLD}{properties}\n"),
        );
        let outcome = lint(&[("alarms.yaml", &file)], &[]);
        match expected {
            None => assert_eq!(outcome.success(), "", "{properties}"),
            Some(expected) => assert_eq!(places(&outcome.findings()), [expected], "{properties}"),
        }
    }
}

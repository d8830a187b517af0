//! `import` of several log groups, of several filters for one metric, and of alarms on other metrics.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{Outcome, empty_folder, folder, run};

fn filter(group: &str, pattern: &str, metric: &str) -> Value {
    json!({"filterName": format!("{metric} {pattern}"), "filterPattern": pattern, "logGroupName": group,
        "metricTransformations": [{"metricName": metric, "metricNamespace": "N", "metricValue": "1"}]})
}

fn alarm(name: &str, metric: &str, threshold: u32) -> Value {
    json!({"AlarmName": name, "AlarmActions": ["arn"], "MetricName": metric, "Namespace": "N", "Statistic": "Sum", "Dimensions": [],
        "Period": 60, "EvaluationPeriods": 1, "Threshold": threshold, "ComparisonOperator": "GreaterThanOrEqualToThreshold"})
}

/// Imports the output of both commands.
fn import(filters: &[Value], alarms: &[Value], arguments: &[&str]) -> Outcome {
    let described = json!({"metricFilters": filters, "MetricAlarms": alarms}).to_string();
    let arguments = [&["import", "-"], arguments].concat();
    let folder = empty_folder();
    run(&folder, &arguments, &[], &described)
}

#[test]
fn filters_on_two_log_groups_need_the_log_group_of_cloudtrail() {
    let filters = [
        filter("trail", "{ $.a = 1 }", "A"),
        filter("/aws/lambda/checkout", "ERROR", "B"),
        filter("unwatched", "x", "C"),
    ];
    let alarms = [alarm("a", "A", 1), alarm("b", "B", 1)];
    assert_snapshot!(import(&filters, &alarms, &[]).usage_error(), @"error: --log-group: the metric filters are on 2 log groups; give the one that CloudTrail writes to: `trail` (1 filter), `/aws/lambda/checkout` (1 filter)");
    assert_snapshot!(import(&filters, &alarms, &["--log-group", "no"]).usage_error(), @"error: --log-group: no metric filter with an alarm is on log group `no`; their log groups: `trail` (1 filter), `/aws/lambda/checkout` (1 filter)");
    let outcome = import(&filters, &alarms, &["--log-group", "trail"]);
    assert_eq!(outcome.code, 0);
    assert!(!outcome.stdout.contains("ERROR"), "{outcome:?}");
    assert_snapshot!(outcome.stderr, @"
    b: left out: its metric filter is on another log group
    C x: left out: no alarm in the input watches its metric
    imported 1 of 1 alarms
    ");
    let both = import(
        &filters,
        &alarms,
        &[
            "--log-group",
            "trail",
            "--log-group",
            "/aws/lambda/checkout",
        ],
    );
    assert_eq!(
        (both.code, both.stdout.matches("AlarmName").count()),
        (0, 2)
    );
}

#[test]
fn alarms_on_other_metrics_are_no_failure() {
    let mut of_ec2 = alarm("cpu", "CPUUtilization", 90);
    of_ec2["Namespace"] = json!("AWS/EC2");
    let mut of_agent = alarm("disk", "disk_used_percent", 90);
    of_agent["Dimensions"] = json!([{"Name": "host", "Value": "h"}]);
    let mut of_rate = alarm("rate", "x", 1);
    of_rate["Metrics"] = json!([{"Id": "e", "Expression": "m / 2"},
        {"Id": "m", "MetricStat": {"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors"}}}]);
    let described = json!({"metricFilters": [filter("trail", "{ $.a = 1 }", "A")],
        "MetricAlarms": [alarm("a", "A", 1), of_ec2, of_agent, of_rate], "CompositeAlarms": [{"AlarmName": "all", "AlarmRule": "ALARM(a)"}]});
    let folder = empty_folder();
    let outcome = run(&folder, &["import", "-"], &[], &described.to_string());
    assert_eq!(outcome.code, 0);
    assert_snapshot!(outcome.stderr, @"
    3 alarms (cpu, disk, rate): left out: its metric does not come from a metric filter of the input
    all: not imported: it is a composite alarm, which alarms files do not have
    imported 1 of 1 alarms
    ");
}

#[test]
fn an_alarm_without_its_filter_is_a_failure() {
    assert_snapshot!(import(&[], &[alarm("a", "A", 1)], &[]).stderr, @"
    a: not imported: no metric filter publishes its metric `N` `A`; the input has no metric filters: give the output of `aws logs describe-metric-filters` too
    nothing was imported
    ");
    let filters = [filter("trail", "{ $.a = 1 }", "A")];
    assert_snapshot!(import(&filters, &[alarm("b", "B", 1)], &[]).stderr, @"
    b: left out: its metric does not come from a metric filter of the input
    A { $.a = 1 }: left out: no alarm in the input watches its metric
    nothing was imported
    ");
}

/// Asserts the pattern of an alarm on filters with these patterns, or the end of the reason why it is not moved.
#[track_caller]
fn joins(patterns: &[&str], threshold: u32, expected: &str) {
    let filters: Vec<Value> = patterns
        .iter()
        .map(|pattern| filter("trail", pattern, "A"))
        .collect();
    let outcome = import(
        &filters,
        &[alarm("a", "A", threshold)],
        &["--output", "json"],
    );
    let file: Value = serde_json::from_str(&outcome.stdout).unwrap_or_default();
    let pattern = file["Alarms"][0]["FilterPattern"].as_str();
    let reason = outcome.stderr.lines().next().unwrap_or_default();
    let found = pattern.unwrap_or(reason);
    assert!(found.ends_with(expected), "{found}");
}

#[test]
fn filters_of_one_metric_are_joined_if_that_is_the_same() {
    let (create, delete) = ("{ $.eventName = Create }", "{ $.eventName = Delete }\n");
    let joined = "{ ($.eventName = Create) || ($.eventName = Delete) }";
    joins(&[create, delete], 5, joined);
    joins(&[create, delete], 1, joined);
    joins(
        &[create, "{ $.a = 1 }"],
        1,
        "{ ($.eventName = Create) || ($.a = 1) }",
    );
    joins(
        &[create, "{ $.a = 1 }"],
        5,
        "(`A { $.eventName = Create }`, `A { $.a = 1 }`), and a record can match both `A { $.eventName = Create }` and `A { $.a = 1 }`, \
         which CloudWatch counts twice; join the patterns with `||` to count it once, or write an alarm for each, whose `Threshold` is then \
         for its own records",
    );
    joins(
        &[create, "ERROR"],
        1,
        "and only JSON patterns can be joined; write an alarm for each",
    );
    let long = format!("{{ $.eventName = {} }}", "x".repeat(1000));
    joins(
        &[create, &long],
        1,
        "characters, more than 1024; write an alarm for each",
    );
}

#[test]
fn equal_names_are_made_different() {
    let filters = [filter("trail", "{ $.a = 1 }", "A")];
    let outcome = import(&filters, &[alarm("a", "A", 1), alarm("a", "A", 5)], &[]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stdout.contains("AlarmName: a-2\n"), "{outcome:?}");
    assert_snapshot!(outcome.stderr, @"
    a-2: another alarm has its name `a`; it is `a-2` in the alarms file
    imported 2 of 2 alarms, 1 with a note
    ");
}

#[test]
fn generated_tests_pass() {
    let filters = [
        filter(
            "trail",
            r#"{ $.userIdentity.type = "Root" && $.eventType != "AwsServiceEvent" && $.sourceIPAddress NOT EXISTS }"#,
            "A",
        ),
        filter("trail", "ERROR", "B"),
    ];
    let outcome = import(
        &filters,
        &[alarm("a", "A", 1), alarm("b", "B", 1)],
        &["--tests"],
    );
    assert_eq!(outcome.code, 0);
    assert_snapshot!(outcome.stderr, @"
    b: no tests are generated: its pattern is not a JSON pattern
    imported 2 of 2 alarms, 1 with a note
    ");
    let tests = outcome.stdout.find("  Tests:").expect("there are tests");
    let end = outcome
        .stdout
        .find("- AlarmName: b")
        .expect("there is a second alarm");
    assert_snapshot!(&outcome.stdout[tests..end], @r#"
    Tests:
    - Name: "generated: a record that matches"
      Record:
        eventName: Example
        eventSource: example.amazonaws.com
        eventTime: "2026-01-01T00:00:00Z"
        eventType: example
        eventVersion: "1.11"
        userIdentity:
          type: Root
      Match: true
    - Name: "generated: another $.userIdentity.type"
      Record:
        eventName: Example
        eventSource: example.amazonaws.com
        eventTime: "2026-01-01T00:00:00Z"
        eventType: example
        eventVersion: "1.11"
        userIdentity:
          type: Another
      Match: false
    "#);
    let files = folder(&[("alarms.yaml", &outcome.stdout)]);
    let tested = run(&files, &["test"], &[], "").success();
    assert!(
        tested.contains("2 passed, 0 failed; without tests: b"),
        "{tested}"
    );
}

#[test]
fn an_alarm_on_a_list_of_one_metric_is_an_alarm_on_that_metric() {
    let filters = [filter("trail", "{ $.a = 1 }", "A")];
    let listed = json!({"AlarmName": "a", "AlarmActions": ["arn"], "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Metrics": [{"Id": "m", "ReturnData": true,
            "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "A"}, "Period": 60, "Stat": "Sum"}}]});
    let listed = import(&filters, &[listed], &["--output", "json"]);
    let plain = import(&filters, &[alarm("a", "A", 1)], &["--output", "json"]);
    let json = |outcome: &Outcome| serde_json::from_str::<Value>(&outcome.stdout).unwrap();
    assert_eq!(json(&listed), json(&plain), "{listed:?}");
}

#[test]
fn the_same_filter_in_two_regions_is_one_filter() {
    let described =
        json!({"metricFilters": [filter("trail", "{ $.a = 1 }", "A")], "MetricAlarms": []});
    let alarms = json!({"MetricAlarms": [alarm("a", "A", 5)]});
    let text = described.to_string();
    let files = folder(&[
        ("1.json", &text),
        ("2.json", &text),
        ("alarms.json", &alarms.to_string()),
    ]);
    let outcome = run(
        &files,
        &["import", "1.json", "2.json", "alarms.json"],
        &[],
        "",
    );
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (0, "imported 1 of 1 alarms\n")
    );
}

#[test]
fn a_filter_that_metric_math_uses_has_an_alarm() {
    let mut of_ratio = alarm("ratio", "", 1);
    of_ratio["Metrics"] = json!([{"Id": "e", "Expression": "m / 2"},
        {"Id": "m", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "A"}}}]);
    let outcome = import(&[filter("trail", "{ $.a = 1 }", "A")], &[of_ratio], &[]);
    assert_eq!(outcome.code, 1);
    assert!(!outcome.stderr.contains("no alarm"), "{}", outcome.stderr);
}

#[test]
fn long_names_stay_within_the_limit() {
    let name = "n".repeat(255);
    let alarms = [1, 2].map(|threshold| alarm(&name, "A", threshold));
    let outcome = import(&[filter("trail", "{ $.a = 1 }", "A")], &alarms, &[]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let second = format!("    {}-2\n", "n".repeat(253));
    assert!(outcome.stdout.contains(&second), "{}", outcome.stdout);
}

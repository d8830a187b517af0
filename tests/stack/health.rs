//! Health alarms and the dashboard, against what the function and AWS report.

use std::collections::{BTreeMap, BTreeSet};

use cloudtrail_alarms::metrics::{HEALTHY, METRICS, NAMESPACE};
use serde_json::{Value, json};

use crate::deployed::{
    HEALTH_ACTIONS, Stack, statements, texts, with_a_trail, with_everything, with_health_actions,
};

/// A problem, the metric that shows it, and the treatment of missing data.
const WATCHED: [(&str, &str, &str, &str); 6] = [
    (
        "the function is unhealthy or does not run",
        NAMESPACE,
        HEALTHY,
        "breaching",
    ),
    (
        "events are lost",
        "AWS/Lambda",
        "DeadLetterErrors",
        "notBreaching",
    ),
    (
        "dead letters wait",
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "notBreaching",
    ),
    (
        "delivery fails",
        "AWS/Logs",
        "DeliveryErrors",
        "notBreaching",
    ),
    (
        "a subscriber cannot be reached",
        "AWS/SNS",
        "NumberOfNotificationsFailed",
        "notBreaching",
    ),
    (
        "key material expires",
        "AWS/KMS",
        "SecondsUntilKeyMaterialExpiration",
        "ignore",
    ),
];

/// The metrics that the function reports.
pub(crate) fn reported() -> BTreeSet<String> {
    METRICS.map(|metric| metric.name.to_owned()).into()
}

/// An alarm's metrics: namespace, name, dimensions.
fn metrics_of(alarm: &Value) -> Vec<&Value> {
    match alarm["Metrics"].as_array() {
        None => vec![alarm],
        Some(queries) => queries
            .iter()
            .filter_map(|query| query.pointer("/MetricStat/Metric"))
            .collect(),
    }
}

#[test]
fn everything_that_can_go_wrong_has_an_alarm() {
    let mut watched = BTreeMap::new();
    for (name, alarm) in with_everything().all("AWS::CloudWatch::Alarm") {
        for metric in metrics_of(alarm) {
            let text = |value: &Value| value.as_str().expect("it is text").to_owned();
            let key = (text(&metric["Namespace"]), text(&metric["MetricName"]));
            let known = watched.insert(key, text(&alarm["TreatMissingData"]));
            assert!(known.is_none() || metrics_of(alarm).len() > 1, "{name}");
        }
    }
    let expected = WATCHED.map(|(_, namespace, name, missing)| {
        ((namespace.to_owned(), name.to_owned()), missing.to_owned())
    });
    assert_eq!(watched, BTreeMap::from(expected));
}

#[test]
fn each_health_alarm_watches_what_the_function_reports() {
    let reported = reported();
    for (stack, function) in [
        (with_a_trail(), "with-a-trail"),
        (with_everything(), "with-everything"),
    ] {
        for (name, alarm) in stack.all("AWS::CloudWatch::Alarm") {
            for metric in metrics_of(alarm) {
                if metric["Namespace"] == NAMESPACE {
                    let metric_name = metric["MetricName"].as_str().expect("it has a name");
                    assert!(reported.contains(metric_name), "{name}: {metric_name}");
                }
                if [NAMESPACE, "AWS/Lambda"].contains(&metric["Namespace"].as_str().unwrap()) {
                    let dimensions = json!([{"Name": "FunctionName", "Value": function}]);
                    assert_eq!(metric["Dimensions"], dimensions, "{name}");
                }
                if metric["Namespace"] == "AWS/SNS" {
                    let topic = stack.outputs["TopicArn"].rsplit(':').next();
                    let dimensions = json!([{"Name": "TopicName", "Value": topic}]);
                    assert_eq!(metric["Dimensions"], dimensions, "{name}");
                }
            }
        }
    }
}

#[test]
fn ten_minutes_without_a_healthy_run_are_an_alarm() {
    let alarm = with_a_trail().properties("UnhealthyAlarm");
    assert_eq!(alarm["AlarmName"], "with-a-trail-unhealthy");
    for (property, value) in [
        ("Statistic", json!("Sum")),
        ("Period", json!(300)),
        ("EvaluationPeriods", json!(2)),
        ("DatapointsToAlarm", Value::Null), // all of them
        ("Threshold", json!(1)),
        ("ComparisonOperator", json!("LessThanThreshold")),
        ("TreatMissingData", json!("breaching")),
    ] {
        assert_eq!(alarm[property], value, "{property}");
    }
}

/// Asserts that each alarm of the stack notifies these receivers of `ALARM`, and of `OK` no others.
#[track_caller]
fn assert_receivers(stack: &Stack, receivers: &[&str]) {
    for (name, alarm) in stack.all("AWS::CloudWatch::Alarm") {
        assert_eq!(texts(&alarm["AlarmActions"]), receivers, "{name}");
        if alarm["OKActions"] != Value::Null {
            assert_eq!(texts(&alarm["OKActions"]), receivers, "{name}");
        }
        assert_eq!(alarm["InsufficientDataActions"], Value::Null, "{name}");
    }
}

#[test]
fn health_alarms_have_a_topic_that_shares_neither_key_nor_policy_with_the_topic_of_the_alarms() {
    for (stack, name) in [
        (with_a_trail(), "with-a-trail"),
        (with_everything(), "with-everything"),
    ] {
        let health = stack.outputs["HealthTopicArn"].as_str();
        assert_ne!(health, stack.outputs["TopicArn"]);
        assert_receivers(stack, &[health]);
        assert_eq!(
            stack.properties("HealthTopic")["KmsMasterKeyId"],
            Value::Null
        );
        assert_eq!(
            stack.properties("Topic")["KmsMasterKeyId"],
            stack.outputs["KeyArn"].as_str()
        );

        // CloudWatch may publish the alarms of this stack to this topic, and nobody else's.
        let allowed: Vec<_> = stack
            .all("AWS::SNS::TopicPolicy")
            .flat_map(|(_, policy)| statements(&policy["PolicyDocument"]))
            .filter(|statement| statement["Effect"] == "Allow")
            .collect();
        let alarms = format!("arn:aws:cloudwatch:ap-southeast-2:111122223333:alarm:{name}-*");
        assert_eq!(
            allowed,
            [&json!({
                "Sid": "PublishHealthAlarms",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": health,
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": "111122223333"},
                    "ArnLike": {"aws:SourceArn": alarms},
                },
            })]
        );
        for (alarm, properties) in stack.all("AWS::CloudWatch::Alarm") {
            let alarm_name = properties["AlarmName"].as_str().expect("it has a name");
            assert!(alarm_name.starts_with(&format!("{name}-")), "{alarm}");
        }
    }
}

/// The email subscriptions of a stack: topic and address.
fn email_subscriptions(stack: &Stack) -> Vec<(&str, &str)> {
    stack
        .all("AWS::SNS::Subscription")
        .filter(|(_, subscription)| subscription["Protocol"] == "email")
        .filter_map(|(_, subscription)| {
            Some((
                subscription["TopicArn"].as_str()?,
                subscription["Endpoint"].as_str()?,
            ))
        })
        .collect()
}

#[test]
fn the_address_gets_the_health_alarms_too_unless_they_have_another_receiver() {
    let everything = with_everything();
    let address = "security@example.com";
    assert_eq!(
        email_subscriptions(everything),
        [
            (everything.outputs["HealthTopicArn"].as_str(), address),
            (everything.outputs["TopicArn"].as_str(), address),
        ]
    );
    assert_eq!(email_subscriptions(with_a_trail()), []);
    let elsewhere = with_health_actions();
    assert_eq!(
        email_subscriptions(elsewhere),
        [(elsewhere.outputs["TopicArn"].as_str(), address)]
    );
}

#[test]
fn named_receivers_of_health_alarms_replace_the_topic() {
    let stack = with_health_actions();
    let receivers: Vec<&str> = HEALTH_ACTIONS.split(',').collect();
    assert_eq!(receivers.len(), 2);
    assert_receivers(stack, &receivers);
    assert!(!stack.outputs.contains_key("HealthTopicArn"));
    assert_eq!(
        stack.count(["AWS::SNS::Topic", "AWS::SNS::TopicPolicy"]),
        [1, 1]
    );
}

#[test]
fn a_receiver_of_health_alarms_is_an_arn_of_an_alarm_action() {
    for wrong in [
        "security@example.com",
        "arn:aws:sqs:ap-southeast-2:111122223333:queue",
        "arn:aws:sns:ap-southeast-2:111122223333:a, arn:aws:sns:ap-southeast-2:111122223333:b",
    ] {
        let error = Stack::try_deploy("no-receiver", &[("HealthActionArns", wrong)]).unwrap_err();
        assert!(error.contains("HealthActionArns"), "{wrong}: {error}");
    }
}

fn dashboard(stack: &Stack) -> Vec<Value> {
    let body = stack.properties("MonitoringDashboard")["DashboardBody"].as_str();
    let body: Value =
        serde_json::from_str(body.expect("the dashboard has a body")).expect("the body is JSON");
    body["widgets"].as_array().expect("it has widgets").clone()
}

#[test]
fn the_dashboard_shows_matches_alarms_duration_delivery_lag_and_pending_notifications() {
    let reported = reported();
    let mut shown = BTreeSet::new();
    for widget in dashboard(with_everything()) {
        let metrics = widget["properties"]["metrics"].as_array().cloned();
        for metric in metrics.unwrap_or_default() {
            if metric[0] == NAMESPACE {
                let name = metric[1].as_str().expect("a metric has a name").to_owned();
                assert!(reported.contains(&name), "{name}");
                shown.insert(name);
            }
        }
    }
    for name in [
        "Matched",
        "New",
        "Transitions",
        "NotificationsSent",
        "PendingNotifications",
        "OldestPendingNotificationAge",
        "Duration",
        "DeliveryLag",
    ] {
        assert!(shown.contains(name), "{name} is shown");
    }
}

#[test]
fn the_dashboard_shows_the_state_of_each_health_alarm() {
    let stack = with_everything();
    let widgets = dashboard(stack);
    let shown: BTreeSet<&str> = texts(&widgets[0]["properties"]["alarms"])
        .into_iter()
        .collect();
    let alarms: Vec<String> = stack
        .all("AWS::CloudWatch::Alarm")
        .filter_map(|(_, alarm)| alarm["AlarmName"].as_str())
        .map(|name| format!("arn:aws:cloudwatch:ap-southeast-2:111122223333:alarm:{name}"))
        .collect();
    assert_eq!(shown, alarms.iter().map(String::as_str).collect());
}

#[test]
fn a_stack_has_no_dashboard_traces_or_detailed_metrics_unless_it_asks_for_them() {
    let expected = [
        (
            with_a_trail(),
            0,
            "PassThrough",
            "false",
            "rate(1 minute)",
            2,
        ),
        (with_everything(), 1, "Active", "true", "rate(5 minutes)", 4),
    ];
    for (stack, dashboards, tracing, detailed, rate, periods) in expected {
        assert_eq!(stack.count(["AWS::CloudWatch::Dashboard"]), [dashboards]);
        let function = stack.properties("Function");
        assert_eq!(function["TracingConfig"]["Mode"], tracing);
        let variables = &function["Environment"]["Variables"];
        assert_eq!(variables["DETAILED_METRICS"], detailed);
        let schedule = stack.properties("FunctionScheduledRun");
        assert_eq!(schedule["ScheduleExpression"], rate);
        let alarm = stack.properties("UnhealthyAlarm");
        assert_eq!(alarm["EvaluationPeriods"], periods);
    }
}

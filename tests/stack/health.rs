//! Who watches the watcher: health alarms and the dashboard, against what the function and AWS report.

use std::collections::{BTreeMap, BTreeSet};

use cloudtrail_alarms::metrics::{Measured, NAMESPACE};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::deployed::{Stack, texts, with_a_trail, with_everything};

/// What can go wrong, the metric that shows it, and how missing data is taken.
const WATCHED: [(&str, &str, &str, &str); 19] = [
    ("invocations fail", "AWS/Lambda", "Errors", "notBreaching"),
    ("a tick fails", NAMESPACE, "Failed", "notBreaching"),
    (
        "no concurrency is left",
        "AWS/Lambda",
        "Throttles",
        "notBreaching",
    ),
    ("events wait", "AWS/Lambda", "AsyncEventAge", "notBreaching"),
    (
        "events are given up",
        "AWS/Lambda",
        "AsyncEventsDropped",
        "notBreaching",
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
    ("the heart stops", NAMESPACE, "Ticks", "breaching"),
    (
        "the trail is silent",
        "AWS/Logs",
        "IncomingLogEvents",
        "breaching",
    ),
    (
        "delivery fails",
        "AWS/Logs",
        "DeliveryErrors",
        "notBreaching",
    ),
    (
        "delivery is slowed down",
        "AWS/Logs",
        "DeliveryThrottling",
        "notBreaching",
    ),
    (
        "the books do not balance",
        NAMESPACE,
        "Unbalanced",
        "notBreaching",
    ),
    (
        "records cannot be read",
        NAMESPACE,
        "Invalid",
        "notBreaching",
    ),
    (
        "records come too late",
        NAMESPACE,
        "TooLate",
        "notBreaching",
    ),
    ("a bucket is full", NAMESPACE, "Overflow", "notBreaching"),
    ("a notification waits", NAMESPACE, "OwedAge", "notBreaching"),
    (
        "a subscriber cannot be reached",
        "AWS/SNS",
        "NumberOfNotificationsFailed",
        "notBreaching",
    ),
    (
        "EventBridge loses events",
        "AWS/Events",
        "InvocationsFailedToBeSentToDlq",
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
    let measured = Measured {
        lateness: Some(0),
        ..Measured::default()
    };
    let document = measured.to_emf("f", "r", Timestamp::UNIX_EPOCH);
    let document: Value = serde_json::from_str(&document).expect("the document is JSON");
    let metrics = document["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array();
    let metrics = metrics.expect("the document lists its metrics").iter();
    metrics
        .filter_map(|metric| metric["Name"].as_str())
        .map(str::to_owned)
        .collect()
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
fn each_health_alarm_is_told_to_the_topic_and_watches_what_the_function_reports() {
    let reported = reported();
    for (stack, function) in [
        (with_a_trail(), "with-a-trail"),
        (with_everything(), "with-everything"),
    ] {
        for (name, alarm) in stack.all("AWS::CloudWatch::Alarm") {
            let topic = stack.outputs["TopicArn"].as_str();
            assert_eq!(texts(&alarm["AlarmActions"]), [topic], "{name}");
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
                    let topic = topic.rsplit(':').next();
                    let dimensions = json!([{"Name": "TopicName", "Value": topic}]);
                    assert_eq!(metric["Dimensions"], dimensions, "{name}");
                }
            }
        }
    }
}

fn dashboard(stack: &Stack) -> Vec<Value> {
    let body = stack.properties("Dashboard")["DashboardBody"].as_str();
    let body: Value =
        serde_json::from_str(body.expect("the dashboard has a body")).expect("the body is JSON");
    body["widgets"].as_array().expect("it has widgets").clone()
}

#[test]
fn the_dashboard_shows_matches_alarms_latency_lateness_and_what_is_owed() {
    let reported = reported();
    for stack in [with_a_trail(), with_everything()] {
        let mut shown = BTreeSet::new();
        for widget in dashboard(stack) {
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
            "NotificationsOwed",
            "OwedAge",
            "Duration",
            "Lateness",
        ] {
            assert!(shown.contains(name), "{name} is shown");
        }
    }
}

#[test]
fn the_dashboard_shows_the_state_of_each_health_alarm() {
    for stack in [with_a_trail(), with_everything()] {
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
}

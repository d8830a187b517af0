//! A scheduled run is healthy only if it finds no problem that can keep an alarm from firing or an email from arriving.

use cloudtrail_alarms_testkit::alarms::alarm_yaml;
use cloudtrail_alarms_testkit::emulators::{Subscription, dynalite, moto};
use cloudtrail_alarms_testkit::events::{eventbridge, logs, logs_at};
use cloudtrail_alarms_testkit::folder::folder;
use cloudtrail_alarms_testkit::function::{Environment, FunctionProcess};
use cloudtrail_alarms_testkit::proxy::{Fault, FaultProxy, subscribed};
use cloudtrail_alarms_testkit::records::sample;
use cloudtrail_alarms_testkit::records::{self, CANARY_KEY};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::environment;

const SCHEDULER: &str = "arn:aws:iam::111122223333:role/cloudtrail-alarms-SchedulerRole-1a2b";

/// The function with a table, a topic that has a subscription, and a canary; and what happens to the topic.
fn monitored(name: &str) -> (Environment, FaultProxy) {
    dynalite().create_table(name);
    let proxy = FaultProxy::default();
    proxy.plan(subscribed);
    let environment = environment()
        .with("STATE_TABLE_NAME", name)
        .with("ALARM_TOPIC_ARN", &Subscription::new(name).topic)
        .with("AWS_ENDPOINT_URL_DYNAMODB", &dynalite().url())
        .with("AWS_ENDPOINT_URL_SNS", &proxy.relay(moto().address))
        .with("SCHEDULER_ROLE_ARN", SCHEDULER);
    (environment, proxy)
}

/// The problems that each scheduled run of a function reported.
fn health(function: FunctionProcess) -> Vec<Vec<String>> {
    let output = function.stop();
    let documents = output.lines().filter(|line| line.contains("\"_aws\""));
    let documents = documents.map(|line| serde_json::from_str(line).expect("it is JSON"));
    let reported = documents.filter_map(|document: Value| {
        let declared = document["_aws"]["CloudWatchMetrics"].clone();
        let only_healthy = json!([{
            "Namespace": "CloudTrailAlarms",
            "Dimensions": [["FunctionName"]],
            "Metrics": [{"Name": "Healthy", "Unit": "Count"}],
        }]);
        let declared = declared != json!([]) && {
            assert_eq!(declared, only_healthy, "CloudWatch charges for each metric");
            true
        };
        assert_eq!(declared, document["Healthy"] == 1, "{document}");
        match &document["Unhealthy"] {
            Value::Null => declared.then(Vec::new),
            problems => {
                assert!(!declared, "a run with a problem is not healthy: {document}");
                Some(serde_json::from_value(problems.clone()).expect("problems are texts"))
            }
        }
    });
    reported.collect()
}

/// A record of the canary.
fn canary() -> String {
    records::canary(SCHEDULER, CANARY_KEY).to_string()
}

#[track_caller]
fn assert_problems(reported: &[Vec<String>], expected: &[&[&str]]) {
    assert_eq!(reported.len(), expected.len(), "{reported:#?}");
    for (problems, words) in reported.iter().zip(expected) {
        assert_eq!(problems.len(), words.len(), "{reported:#?}");
        for (problem, words) in problems.iter().zip(*words) {
            assert!(
                problem.contains(words),
                "{problem:?} does not contain {words:?}"
            );
        }
    }
}

#[test]
fn an_hour_without_a_canary_through_the_log_group_is_a_problem() {
    const MISSING: &str = "no canary has come through the log group since";
    let mut function = monitored("canary").0.start();
    function.run_after(0.seconds());
    function.run_after(59.minutes());
    function.run_after(61.minutes());
    // A canary that arrives through EventBridge does not show that the log group delivers records.
    let mut event = eventbridge(&canary());
    event["time"] = json!(Timestamp::now() + 61.minutes());
    let reply = function.invoke(&event).expect("it is taken");
    assert_eq!(reply["own"], 1);
    function.run_after(62.minutes());
    let now = Timestamp::now() + 62.minutes();
    let reply = function
        .invoke(&logs_at(now, &[&canary()]))
        .expect("it is taken");
    assert_eq!((&reply["own"], &reply["matched"]), (&json!(1), &json!(0)));
    function.run_after(63.minutes());
    function.run_after(121.minutes());
    // An old canary that is delivered again is not a new one.
    function
        .invoke(&logs_at(now, &[&canary()]))
        .expect("it is taken");
    function.run_after(123.minutes());
    let healthy: &[&str] = &[];
    let missing: &[&str] = &[MISSING];
    assert_problems(
        &health(function),
        &[
            healthy, healthy, missing, missing, healthy, healthy, missing,
        ],
    );
}

#[test]
fn a_call_of_another_role_is_not_the_canary_and_another_call_of_the_scheduler_is_matched() {
    let mut function = monitored("canary-forged")
        .0
        .with("ECS_TASK_ROLE_ARN", SCHEDULER)
        .start();
    let mut other: Value = serde_json::from_str(&canary()).expect("it is JSON");
    other["eventName"] = json!("Decrypt");
    let mut forged: Value = serde_json::from_str(&canary()).expect("it is JSON");
    let issuer = &mut forged["userIdentity"]["sessionContext"]["sessionIssuer"];
    issuer["arn"] = json!("arn:aws:iam::111122223333:role/app");
    let reply = function.invoke(&logs(&[&other.to_string(), &forged.to_string()]));
    let reply = reply.expect("it is taken");
    let counts = ["own", "matched", "unmatched"].map(|name| reply[name].clone());
    assert_eq!(counts, [json!(0), json!(1), json!(1)]);
}

#[test]
fn a_topic_without_a_confirmed_subscription_is_a_problem_and_so_is_one_that_does_not_answer() {
    let (monitored, proxy) = monitored("receivers");
    let mut function = monitored.start();
    for minutes in [0, 1, 4] {
        function.run_after(minutes.minutes());
    }
    assert_eq!(
        proxy.log().requests,
        ["GetTopicAttributes"],
        "one request in five minutes"
    );
    function.run_after(5.minutes());
    assert_eq!(proxy.log().requests.len(), 2);
    proxy.plan(|_, _| Fault::Unavailable);
    function.run_after(10.minutes());
    let healthy: &[&str] = &[];
    let unknown: &[&str] = &["cannot read the subscriptions of the topic"];
    let runs = [healthy, healthy, healthy, healthy, unknown];
    assert_problems(&health(function), &runs);

    let mut function = environment()
        .with(
            "ALARM_TOPIC_ARN",
            &moto().create_topic("without-subscription"),
        )
        .with("AWS_ENDPOINT_URL_SNS", &moto().url())
        .start();
    function.run_after(0.seconds());
    assert_problems(&health(function), &[&["no confirmed subscription"]]);
}

#[test]
fn a_notification_that_is_pending_for_five_minutes_and_a_run_that_fails_are_problems() {
    let (monitored, proxy) = monitored("pending");
    let mut function = monitored.without("SCHEDULER_ROLE_ARN").start();
    proxy.plan(|index, action| match action {
        "Publish" => Fault::Unavailable,
        _ => subscribed(index, action),
    });
    let burst = ["kms-incorrect-key", "kms-access-denied"].map(sample);
    function
        .invoke(&logs(&burst.each_ref().map(String::as_str)))
        .expect_err("the topic refuses");
    function.run_after(4.minutes());
    function.run_after(6.minutes());
    proxy.plan(subscribed);
    function.run_after(8.minutes());
    let failed = "the scheduled run failed: cannot publish notification";
    assert_problems(
        &health(function),
        &[
            &[failed],
            &[failed, "a notification has been pending since"],
            &[],
        ],
    );
}

#[test]
fn a_subscription_filter_that_drops_records_of_an_alarm_is_a_problem_with_its_fix() {
    const FILTER: &str = r#"{ $.errorCode = "*" && $.eventSource = "kms.amazonaws.com" && $.userIdentity.sessionContext.sessionIssuer.arn = "*" }"#;
    let run = |filter: &str, path: &str, alarms: &str| {
        let mut function = environment()
            .with("SUBSCRIPTION_FILTER_PATTERN", filter)
            .with("EVENTBRIDGE_PATH", path)
            .with("SCHEDULER_ROLE_ARN", SCHEDULER)
            .with("ALARMS_FILE", alarms)
            .start();
        function.run_after(0.seconds());
        health(function)
    };
    let healthy: &[&[&str]] = &[&[]];
    assert_problems(&run(FILTER, "disabled", "alarms.yaml"), healthy);
    assert_problems(&run("", "disabled", "catalogue/guard.yaml"), healthy);

    // The guard pack with the filter for KMS errors. The problem names the right pattern.
    let problems = run(FILTER, "disabled", "catalogue/guard.yaml");
    assert_problems(
        &problems,
        &[&["may drop records that these need: guard-trail-stopped,"]],
    );
    let (_, right) = problems[0][0]
        .split_once("set SubscriptionFilterPattern to ")
        .expect("it is named");
    assert_problems(&run(right, "disabled", "catalogue/guard.yaml"), healthy);
    // EventBridge does not replace the subscription: it has no calls of other Regions, such as those of IAM.
    for path in ["failed-calls", "all-calls"] {
        assert_problems(
            &run(FILTER, path, "catalogue/guard.yaml"),
            &[&["may drop records that these need: guard-trail-stopped,"]],
        );
    }

    let narrow = FILTER.replace(
        r#"arn = "*""#,
        r#"arn = "arn:aws:iam::111122223333:role/pattern1-application-task""#,
    );
    let problems = run(&narrow, "disabled", "alarms.yaml");
    assert_problems(
        &problems,
        &[&["these need: the canary; set SubscriptionFilterPattern to {"]],
    );

    let both = narrow.replace(
        " }",
        &format!(r#" || $.userIdentity.sessionContext.sessionIssuer.arn = "{SCHEDULER}" }}"#),
    );
    assert_problems(&run(&both, "disabled", "alarms.yaml"), healthy);

    let problems = run("{ $.errorCode = ", "disabled", "alarms.yaml");
    assert_problems(
        &problems,
        &[&["cannot check SUBSCRIPTION_FILTER_PATTERN against the alarms"]],
    );

    // A pattern that is not JSON has no pattern in common with the canary's.
    let folder = folder(&[(
        "terms.yaml",
        &alarm_yaml("AlarmName: a\nFilterPattern: Denied"),
    )]);
    let terms = folder.path().join("terms.yaml");
    let terms = terms.to_str().expect("the path is UTF-8");
    let every_record = r#"{ $.eventVersion = "*" }"#;
    let expected = format!("these need: a; set SubscriptionFilterPattern to {every_record}");
    assert_problems(&run(FILTER, "disabled", terms), &[&[&expected]]);
    assert_problems(&run(every_record, "disabled", terms), healthy);

    // Only EventBridge delivers events that KMS itself sends.
    let everything = r#"{ $.eventSource = "*" || $.source = "aws.kms" }"#;
    let problems = run(everything, "disabled", "catalogue/kms.yaml");
    assert!(
        problems[0]
            .iter()
            .any(|problem| problem.contains("only EventBridge delivers: kms-event-")),
        "{problems:?}"
    );
    let problems = run(everything, "failed-calls", "catalogue/kms.yaml");
    assert!(
        !problems[0]
            .iter()
            .any(|problem| problem.contains("EventBridge")),
        "{problems:?}"
    );
}

#[test]
fn a_record_that_no_alarm_could_count_is_a_problem_for_25_minutes() {
    let mut function = monitored("health-events")
        .0
        .with("TIME_SOURCE", "EventTime")
        .start();
    let invoke = |function: &mut FunctionProcess, event: &Value, counter: &str| {
        let reply = function.invoke(event).expect("the function takes it");
        assert_eq!(reply.pointer(counter), Some(&json!(1)), "{reply}");
    };
    invoke(&mut function, &logs(&["not a record"]), "/invalid");
    function.run_after(24.minutes());
    function.run_after(26.minutes());

    // A record that is too late only with `TimeSource: EventTime`: the call was made long before its delivery.
    let now = Timestamp::now() + 30.minutes();
    function.set_ahead(30.minutes());
    let late = logs_at(now, &[&sample("kms-disabled")]);
    invoke(&mut function, &late, "/occurrences/tooLate");
    function.run_after(31.minutes());
    function.run_after(56.minutes());
    let healthy: &[&str] = &[];
    assert_problems(
        &health(function),
        &[
            &["were not CloudTrail records"],
            healthy,
            &["arrived too late"],
            healthy,
        ],
    );
}

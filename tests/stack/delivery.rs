//! From a record in the log group or on the event bus to the email.

use cloudtrail_alarms_testkit::documentation::block;
use cloudtrail_alarms_testkit::emulators::{Subscription, moto};
use cloudtrail_alarms_testkit::events::eventbridge;
use cloudtrail_alarms_testkit::proxy::{self, FaultProxy};
use cloudtrail_alarms_testkit::records::sample;
use cloudtrail_alarms_testkit::repository::file;
use cloudwatch_filter_pattern::FilterPattern;
use jiff::{Span, Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::deployed::{EVERYTHING, Stack, with_a_trail, with_everything};
use crate::environment;

const SUBJECT: &str = "ALARM: \"Pattern1ApplicationKMSSecurityAlarm\" in Asia Pacific (Sydney)";

/// Asserts that there is one email of the alarm with these error codes.
#[track_caller]
fn assert_email(subscription: &Subscription, error_codes: [&str; 2]) {
    let notifications = subscription.receive();
    assert_eq!(notifications.len(), 1, "{notifications:?}");
    let notification = &notifications[0];
    assert_eq!(notification["Subject"], SUBJECT);
    let text = notification["Message"]
        .as_str()
        .expect("a notification has a message");
    let message: Value = serde_json::from_str(text).expect("the message is CloudWatch's document");
    assert_eq!(message["NewStateValue"], "ALARM");
    for error_code in error_codes {
        assert!(text.contains(error_code), "{text}");
    }
}

/// Two failed calls are reported; a call that succeeded does not reach the function, and a scheduled run passes.
#[track_caller]
fn assert_records_are_emailed(name: &str, parameters: &[(&str, &str)]) {
    let stack = Stack::deploy(name, parameters);
    let subscription = stack.subscribe(&format!("{name}-mail"));
    let mut function = stack.environment().start();

    assert_eq!(stack.delivered(&[&sample("near-miss-no-error")]), None);
    let names = ["near-miss-no-error", "kms-incorrect-key", "kms-disabled"];
    let now = Timestamp::now();
    let records = names.map(|name| called_at(name, now));
    let event = stack.delivered(&records.each_ref().map(String::as_str));
    let reply = function
        .invoke(&event.expect("two of them pass"))
        .expect("the function takes it");
    assert_eq!(reply["recordsIn"], 2);
    assert_eq!(reply["notifications"], json!({"sent": 1, "owed": 0}));
    function
        .invoke(&stack.scheduled_run())
        .expect("the function takes it");

    assert_email(
        &subscription,
        ["IncorrectKeyException", "DisabledException"],
    );
}

#[test]
fn a_record_in_the_log_group_of_a_new_trail_is_emailed() {
    assert_records_are_emailed("new-trail", &[]);
}

#[test]
fn a_record_in_an_existing_log_group_is_emailed() {
    assert_records_are_emailed("existing-group", EVERYTHING);
}

/// A record whose call was made at this time.
fn called_at(name: &str, time: Timestamp) -> String {
    let mut record: Value = serde_json::from_str(&sample(name)).expect("a sample record is JSON");
    record["eventTime"] = json!(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    record.to_string()
}

#[test]
fn a_record_that_comes_by_both_paths_counts_once() {
    let stack = Stack::deploy("both-paths", EVERYTHING);
    let subscription = stack.subscribe("both-paths-mail");
    let mut function = stack.environment().start();
    let now = Timestamp::now();
    let call = now - 20.minutes();

    // EventBridge has it at once, the log group twenty minutes later.
    let one = called_at("kms-incorrect-key", call);
    let mut early = eventbridge(&one);
    early["time"] = json!(call);
    let reply = function.invoke(&early).unwrap();
    assert_eq!(reply["occurrences"]["new"], 1);
    let logged = |record: &str| stack.delivered_at(now, &[record]).expect("it passes");
    let reply = function.invoke(&logged(&one)).unwrap();
    assert_eq!(
        reply["occurrences"],
        json!({"new": 0, "duplicate": 1, "tooLate": 0, "overflow": 0})
    );
    assert_eq!(
        reply["transitions"],
        json!([]),
        "one call is within the threshold"
    );

    // In the other order too; and the second call of the window raises the alarm.
    let other = called_at("kms-disabled", call);
    let reply = function.invoke(&logged(&other)).unwrap();
    assert_eq!(reply["occurrences"]["new"], 1);
    let mut late = eventbridge(&other);
    late["time"] = json!(call);
    let reply = function.invoke(&late).unwrap();
    assert_eq!(reply["occurrences"]["duplicate"], 1);

    assert_email(
        &subscription,
        ["IncorrectKeyException", "DisabledException"],
    );
}

/// The metrics of the last invocation: the last such line of the output.
#[track_caller]
fn report(output: &str) -> Value {
    let line = output.lines().rfind(|line| line.contains("\"_aws\""));
    serde_json::from_str(line.expect("it writes metrics")).expect("the metrics are JSON")
}

#[test]
fn a_failed_scheduled_run_is_not_a_failed_invocation_so_that_no_queue_gets_it() {
    let environment = environment()
        .with("STATE_TABLE_NAME", "alarms")
        .with("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9");
    let mut function = environment.start();
    let reply = function.invoke(&with_everything().scheduled_run()).unwrap();
    assert_eq!(reply["transitions"], json!([]));

    let output = function.stop();
    let report = report(&output);
    assert_eq!(report["Failed"], 1);
    assert_eq!(report["Healthy"], Value::Null);
    let problem = report["Unhealthy"][0].as_str().expect("it has a problem");
    assert!(problem.starts_with("the scheduled run failed"), "{problem}");
}

#[test]
fn a_stack_is_healthy_with_a_confirmed_subscription_and_a_canary_within_the_hour() {
    let stack = Stack::deploy("healthy", &[]);
    let subscribed = FaultProxy::default();
    subscribed.plan(proxy::subscribed);
    let run = |proxy: &FaultProxy, canary: bool, ahead: Span| {
        let relay = proxy.relay(moto().address);
        let environment = stack.environment().with("AWS_ENDPOINT_URL", &relay);
        let mut function = environment.start();
        if canary {
            let event = stack.delivered(&[&stack.canary()]);
            let event = event.expect("the filter lets it through");
            function.invoke(&event).expect("the function takes it");
        }
        function.run_after(ahead);
        report(&function.stop())
    };

    let new = run(&FaultProxy::default(), false, 0.minutes());
    assert_eq!(new["Healthy"], Value::Null);
    assert_eq!(
        new["Unhealthy"],
        json!(["the topic has no confirmed subscription: nobody receives the notifications"])
    );
    let healthy = run(&subscribed, true, 50.minutes());
    assert_eq!(healthy["Healthy"], 1);
    assert_eq!(healthy["Unhealthy"], Value::Null);
    let silent = run(&subscribed, false, 2.hours());
    assert_eq!(silent["Healthy"], Value::Null);
    let problem = silent["Unhealthy"][0].as_str().expect("it has a problem");
    assert!(
        problem.starts_with("no canary has come through the log group since"),
        "{problem}"
    );

    // The documented command finds the lines with problems.
    let command = block("docs/operations/runbook.md", "console", "$.Unhealthy");
    let pattern = command.split('\'').nth(1).expect("it has a filter pattern");
    let pattern: FilterPattern = pattern.parse().expect("the pattern is valid");
    let found = [&new, &healthy, &silent].map(|report| pattern.matches(&report.to_string()));
    assert_eq!(found, [true, false, true]);
}

#[test]
fn each_problem_of_an_unhealthy_run_is_documented() {
    let page = file("docs/operations/runbook.md");
    let source = file("src/handler/health.rs") + &file("src/subscription/mod.rs");
    for problem in [
        "the scheduled run failed",
        "a notification has been pending since",
        "no canary has come through the log group since",
        "the topic has no confirmed subscription",
        "cannot read the subscriptions of the topic",
        "log events were not CloudTrail records",
        "matching records were not counted",
        "the counters of an invocation did not add up",
        "the subscription filter may drop records",
        "these alarms need events that only EventBridge delivers",
    ] {
        assert!(page.contains(&format!("\n### {problem}\n")), "{problem}");
        assert!(source.contains(problem), "{problem}");
    }
    let other = "cannot check SUBSCRIPTION_FILTER_PATTERN against the alarms";
    assert!(page.contains(other) && source.contains(other));
}

#[test]
fn the_schedules_do_not_retry_and_are_the_only_two_of_the_stacks_group() {
    for stack in [with_a_trail(), with_everything()] {
        let mut names = Vec::new();
        for (_, schedule) in stack.all("AWS::Scheduler::Schedule") {
            names.push(schedule["Name"].as_str().expect("a schedule has a name"));
            assert_eq!(schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"], 0);
            assert_eq!(schedule["Target"]["DeadLetterConfig"], Value::Null);
            assert_eq!(
                schedule["GroupName"],
                stack.properties("ScheduleGroup")["Name"]
            );
        }
        assert_eq!(names, ["canary", "scheduled-run"]);
        let run = stack.properties("FunctionScheduledRun");
        assert_eq!(run["Target"]["Arn"], stack.outputs["FunctionArn"].as_str());
    }
}

/// Prefixes of actions that cannot be targets (EventBridge Scheduler User Guide, "Using universal targets").
const REFUSED_AS_TARGET: [&str; 12] = [
    "get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read",
    "lookup", "discover",
];

#[test]
fn the_canary_is_a_call_that_eventbridge_scheduler_accepts_and_that_cannot_succeed() {
    let canary = with_a_trail().properties("Canary");
    assert_eq!(canary["ScheduleExpression"], "rate(15 minutes)");
    let target = canary["Target"]["Arn"].as_str().expect("it has a target");
    let action = target.strip_prefix("arn:aws:scheduler:::aws-sdk:kms:");
    let action = action.expect("it is an action of KMS");
    assert_eq!(action, "generateDataKeyWithoutPlaintext");
    assert!(
        !REFUSED_AS_TARGET
            .iter()
            .any(|word| action.starts_with(word))
    );
    let input = canary["Target"]["Input"].as_str();
    let input: Value = serde_json::from_str(input.expect("it has an input")).unwrap();
    assert_eq!(
        input,
        json!({"KeyId": "00000000-0000-0000-0000-000000000000", "KeySpec": "AES_256"})
    );
}

#[test]
fn the_canary_passes_the_subscriptions_filter_and_is_counted_as_own() {
    let stack = Stack::deploy("canary", &[]);
    let mut function = stack.environment().start();
    let event = stack.delivered(&[&stack.canary()]);
    let reply = function
        .invoke(&event.expect("the filter lets it through"))
        .expect("the function takes it");
    assert_eq!(
        [&reply["recordsIn"], &reply["own"], &reply["matched"]],
        [1, 1, 0]
    );
}

#[test]
fn the_function_gets_the_pattern_of_its_subscription_and_the_eventbridge_path() {
    let own = Stack::deploy(
        "own-pattern",
        &[("SubscriptionFilterPattern", r#"{ $.errorCode = "*" }"#)],
    );
    for (stack, path) in [
        (with_a_trail(), "disabled"),
        (with_everything(), "failed-calls"),
        (&own, "disabled"),
    ] {
        let variables = &stack.properties("Function")["Environment"]["Variables"];
        assert_eq!(variables["EVENTBRIDGE_PATH"], path);
        assert_eq!(
            variables["SUBSCRIPTION_FILTER_PATTERN"],
            stack.properties("Subscription")["FilterPattern"]
        );
        assert_eq!(
            variables["SCHEDULER_ROLE_ARN"],
            stack.outputs["SchedulerRoleArn"].as_str()
        );
    }
    assert_eq!(
        own.properties("Subscription")["FilterPattern"],
        r#"{ $.errorCode = "*" }"#
    );
}

#[test]
fn a_trail_is_made_where_no_log_group_is_named_and_nothing_of_it_else() {
    let kinds = [
        "AWS::CloudTrail::Trail",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::Logs::LogGroup",
        "AWS::IAM::Role",
    ];
    assert_eq!(with_a_trail().count(kinds), [1, 1, 1, 2, 3]);
    assert_eq!(with_everything().count(kinds), [0, 0, 0, 1, 2]);

    let trail = with_a_trail().properties("Trail");
    for property in [
        "IsLogging",
        "IsMultiRegionTrail",
        "IncludeGlobalServiceEvents",
        "EnableLogFileValidation",
    ] {
        assert_eq!(trail[property], true, "{property}");
    }
    let everything = json!([{"ReadWriteType": "All", "IncludeManagementEvents": true, "ExcludeManagementEventSources": []}]);
    assert_eq!(trail["EventSelectors"], everything);
}

#[test]
fn the_eventbridge_rule_includes_read_only_calls_and_may_invoke_its_target() {
    let stack = with_everything();
    let rule = stack.properties("ApiCallRule");
    assert_eq!(
        rule["State"],
        "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    );
    // A principal with events:PutEvents can choose any detail type, but no source that begins with `aws.`.
    assert_eq!(
        rule["EventPattern"],
        json!({
            "source": [{"prefix": "aws."}],
            "detail-type": [{"suffix": " via CloudTrail"}],
            "detail": {"errorCode": [{"exists": true}]},
        })
    );
    let kms = &stack.properties("KmsEventRule")["EventPattern"];
    assert_eq!(kms["source"], json!(["aws.kms"]));
    let rules: Vec<_> = stack.all("AWS::Events::Rule").collect();
    assert_eq!(rules.len(), 2);
    for (name, rule) in rules {
        let target = &rule["Targets"][0];
        assert_eq!(target["Arn"], stack.outputs["FunctionArn"].as_str());
        assert_eq!(
            target["DeadLetterConfig"]["Arn"],
            stack.outputs["DeadLetterQueueArn"].as_str()
        );
        let permitted = stack.all("AWS::Lambda::Permission").filter(|(_, p)| {
            p["Principal"] == "events.amazonaws.com"
                && p["SourceArn"]
                    .as_str()
                    .is_some_and(|arn| arn.contains(name))
        });
        assert_eq!(permitted.count(), 1, "{name} may invoke the function");
    }
    assert_eq!(with_a_trail().count(["AWS::Events::Rule"]), [0]);
}

#[test]
fn the_functions_own_log_group_cannot_be_subscribed() {
    let own = [("CloudTrailLogGroupName", "/aws/lambda/own-log")];
    let said = Stack::try_deploy("own-log", &own).unwrap_err();
    assert!(
        said.contains("CloudTrailLogGroupName") && said.contains("not one of a Lambda function"),
        "{said}"
    );
    for stack in [with_a_trail(), with_everything()] {
        let own = &stack.properties("FunctionLogGroup")["LogGroupName"];
        assert_ne!(&stack.properties("Subscription")["LogGroupName"], own);
    }
}

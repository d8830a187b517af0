//! The guard pack against the names that the resources of a deployed stack have.

use std::path::Path;

use cloudtrail_alarms::alarm::file::{AlarmsFile, ParameterDeclaration, load};
use cloudtrail_alarms_testkit::repository::file;
use serde_json::{Value, json};

use crate::deployed::{Stack, with_a_trail, with_everything};

/// The guard pack with the values that the stack's function has.
fn guard(stack: &Stack, name: &str) -> AlarmsFile {
    let variables = &stack.properties("Function")["Environment"]["Variables"];
    let value = |parameter: &ParameterDeclaration| match parameter.variable_name().as_str() {
        "AWS_LAMBDA_FUNCTION_NAME" => Some(name.to_owned()),
        variable => variables[variable].as_str().map(str::to_owned),
    };
    let read = |path: &Path| Ok(file(path.to_str().expect("the path is text")));
    load(Path::new("catalogue/guard.yaml"), &read, &value).unwrap_or_else(|error| panic!("{error}"))
}

/// A call that a caller makes directly, not through CloudFormation.
fn call(service: &str, name: &str, parameters: &Value) -> String {
    json!({
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "readOnly": false,
        "requestParameters": parameters,
        "userIdentity": {"type": "AssumedRole"},
    })
    .to_string()
}

/// Calls that would blind this stack, by the names of its resources.
fn calls(stack: &Stack) -> Vec<String> {
    let mut calls = Vec::new();
    for (_, schedule) in stack.all("AWS::Scheduler::Schedule") {
        let parameters = json!({"name": schedule["Name"], "groupName": schedule["GroupName"]});
        for name in ["UpdateSchedule", "DeleteSchedule"] {
            calls.push(call("scheduler", name, &parameters));
        }
    }
    for (_, group) in stack.all("AWS::Scheduler::ScheduleGroup") {
        let parameters = json!({"name": group["Name"]});
        calls.push(call("scheduler", "DeleteScheduleGroup", &parameters));
    }
    for output in ["TopicArn", "HealthTopicArn"] {
        let parameters = json!({"topicArn": stack.outputs[output]});
        for name in ["SetTopicAttributes", "DeleteTopic"] {
            calls.push(call("sns", name, &parameters));
        }
        let parameters = json!({"subscriptionArn": format!("{}:0a1b2c", stack.outputs[output])});
        calls.push(call("sns", "Unsubscribe", &parameters));
    }
    for (_, alarm) in stack.all("AWS::CloudWatch::Alarm") {
        let parameters = json!({"alarmNames": [alarm["AlarmName"]]});
        calls.push(call("monitoring", "DisableAlarmActions", &parameters));
    }
    let roles = &stack.properties("Function")["Environment"]["Variables"]["STACK_ROLE_NAME"];
    for role in roles.as_str().expect("a list").split(',') {
        let parameters = json!({"roleName": role});
        calls.push(call("iam", "DeleteRolePolicy", &parameters));
    }
    calls
}

#[test]
fn the_guard_pack_matches_changes_of_the_resources_of_a_deployed_stack() {
    for (stack, name) in [
        (with_a_trail(), "with-a-trail"),
        (with_everything(), "with-everything"),
    ] {
        let guard = guard(stack, name);
        for call in calls(stack) {
            let matched = guard
                .alarms
                .iter()
                .any(|alarm| alarm.pattern.matches(&call));
            assert!(matched, "{call}");
        }
    }
}

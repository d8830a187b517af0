//! Sequences of calls and the alarms that they raise.

use cloudtrail_alarms::alarm::definition::{AlarmDefinition, RecordSource, Severity};
use cloudtrail_alarms_testkit::alarms::TASK_ROLE;
use cloudtrail_alarms_testkit::folder::folder;
use serde_json::{Value, json};

use super::{pack, path_of, tool};

/// A call of this session of role `orders` at 02:15:01, with a number for its event ID.
fn call(number: usize, session: &str) -> Value {
    json!({
        "eventVersion": "1.11",
        "eventID": format!("1d77bd0f-85a9-4d10-a30e-{number:012x}"),
        "eventTime": "2026-11-20T02:15:01Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.1",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("AROAEXAMPLEORDERS0001:{session}"),
            "arn": format!("arn:aws:sts::111122223333:assumed-role/orders/{session}"),
            "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLEORDERS0001",
                "arn": "arn:aws:iam::111122223333:role/orders",
                "accountId": "111122223333",
                "userName": "orders",
            }},
        },
        "recipientAccountId": "111122223333",
    })
}

/// A call that EC2 denies.
fn denied(number: usize, session: &str) -> Value {
    let mut record = call(number, session);
    record["errorCode"] = json!("Client.UnauthorizedOperation");
    record
}

/// A KMS call that is denied for this key.
fn denied_key(number: usize, session: &str, operation: &str, key: usize) -> Value {
    let mut record = call(number, session);
    record["eventSource"] = json!("kms.amazonaws.com");
    record["eventName"] = json!(operation);
    record["errorCode"] = json!("AccessDenied");
    record["errorMessage"] = json!(format!(
        "User: arn:aws:sts::111122223333:assumed-role/orders/{session} is not authorized to perform: kms:{operation} on resource: \
         arn:aws:kms:eu-central-1:111122223333:key/1b2c3d4e-5f60-4718-92a3-{key:012x} because no identity-based policy allows the \
         kms:{operation} action"
    ));
    record
}

/// The alarms that the records raise, one entry for each change to `ALARM`.
fn raised_by(name: &str, records: &[Value]) -> Vec<String> {
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    let folder = folder(&[("records.jsonl", &lines.join("\n"))]);
    let path = folder.path().join("records.jsonl");
    let pack = path_of(name);
    let role = format!("EcsTaskRoleArn={TASK_ROLE}");
    let path = path.to_str().unwrap();
    let mut arguments = vec!["backtest", path, "--alarms-file", &pack, "--output", "json"];
    if matches!(name, "kms" | "first-seen") {
        arguments.extend(["--param", &role]);
    }
    let (code, output) = tool(&arguments);
    assert_eq!(code, 0, "{output}");
    let lines = output
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let alarms = lines.filter(|line| line["transition"]["to"] == "ALARM");
    let mut alarms: Vec<String> = alarms
        .map(|line| line["transition"]["alarm"].as_str().unwrap().to_owned())
        .collect();
    alarms.sort();
    alarms
}

#[test]
fn a_role_with_a_new_session_name_for_every_few_denied_calls_raises_the_alarm() {
    let session = |number: usize| format!("session-{}", number / 9);
    let records: Vec<Value> = (0..900)
        .map(|number| denied(number, &session(number)))
        .collect();
    assert_eq!(
        raised_by("cis-aws-foundations", &records),
        ["cis-4.1-unauthorized-api-calls"]
    );
    assert_eq!(raised_by("cis-aws-foundations", &records[..9]), [""; 0]);
}

#[test]
fn denied_calls_of_users_count_together_and_apart_from_those_of_roles_and_root() {
    let by = |kind: &str, name: &str, number: usize| {
        let mut record = denied(number, "");
        record["userIdentity"] = json!({
            "type": kind,
            "arn": format!("arn:aws:iam::111122223333:{name}"),
            "accountId": "111122223333",
        });
        record
    };
    let user = |number: usize| by("IAMUser", &format!("user/user-{}", number / 2), number);
    let nine_users: Vec<Value> = (0..9).map(user).collect();
    let others = (10..19).map(|number| denied(number, "session"));
    let root = (20..29).map(|number| by("Root", "root", number));
    let mut records: Vec<Value> = nine_users.into_iter().chain(others).chain(root).collect();
    let raised = |records: &[Value]| {
        let mut alarms = raised_by("cis-aws-foundations", records);
        alarms.retain(|name| name == "cis-4.1-unauthorized-api-calls");
        alarms.len()
    };
    assert_eq!(raised(&records), 0);
    records.push(user(9));
    assert_eq!(raised(&records), 1);
}

#[test]
fn a_role_that_tries_many_keys_with_new_session_names_raises_the_alarm() {
    let records: Vec<Value> = (0..20)
        .map(|number| {
            denied_key(
                number,
                &format!("session-{}", number / 4),
                "Decrypt",
                number,
            )
        })
        .collect();
    assert_eq!(
        raised_by("kms", &records),
        ["kms-access-denied", "kms-many-keys-denied"]
    );
}

#[test]
fn the_tasks_of_a_service_that_are_denied_one_key_have_not_tried_many_keys() {
    let task = |number: usize| {
        let operation = ["Decrypt", "GenerateDataKey"][number % 2];
        denied_key(number, &format!("task-{}", number / 60), operation, 0)
    };
    let records: Vec<Value> = (0..300).map(task).collect();
    assert_eq!(raised_by("kms", &records), ["kms-access-denied"]);
}

#[test]
fn a_role_that_reads_many_secrets_with_new_session_names_raises_the_alarm() {
    let read = |number: usize, secret: usize| {
        let mut record = call(number, &format!("session-{number}"));
        record["eventSource"] = json!("secretsmanager.amazonaws.com");
        record["eventName"] = json!("GetSecretValue");
        record["requestParameters"] = json!({"secretId": format!("secret-{secret}")});
        record
    };
    let one_secret: Vec<Value> = (0..300).map(|number| read(number, 0)).collect();
    assert_eq!(raised_by("common-threats", &one_secret), [""; 0]);
    let many_secrets: Vec<Value> = (0..15).map(|number| read(number, number)).collect();
    assert_eq!(
        raised_by("common-threats", &many_secrets),
        ["threat-many-secrets-read"]
    );
}

#[test]
fn a_caller_that_tries_many_different_calls_raises_the_alarm() {
    let tried = |number: usize, different: usize| {
        let mut record = denied(number, &format!("session-{number}"));
        record["eventName"] = json!(format!("Describe{}", number % different));
        record
    };
    let few: Vec<Value> = (0..300).map(|number| tried(number, 14)).collect();
    assert_eq!(raised_by("common-threats", &few), [""; 0]);
    let many: Vec<Value> = (0..15).map(|number| tried(number, 15)).collect();
    assert_eq!(
        raised_by("common-threats", &many),
        ["threat-many-calls-denied"]
    );
}

#[test]
fn a_change_by_one_role_does_not_hide_a_change_by_another_one() {
    let change = |number: usize, role: &str, second: usize| {
        let mut record = call(number, "session");
        record["eventName"] = json!("AuthorizeSecurityGroupIngress");
        record["eventTime"] = json!(format!("2026-11-20T02:15:{second:02}Z"));
        let issuer = &mut record["userIdentity"]["sessionContext"]["sessionIssuer"];
        issuer["arn"] = json!(format!("arn:aws:iam::111122223333:role/{role}"));
        record
    };
    let first = change(1, "deployment", 1);
    let name = "cis-4.10-security-group-changes";
    let of_one = [first.clone(), change(2, "deployment", 30)];
    assert_eq!(raised_by("cis-aws-foundations", &of_one), [name]);
    let of_two = [first, change(2, "orders", 30)];
    assert_eq!(raised_by("cis-aws-foundations", &of_two), [name, name]);
}

#[test]
fn a_cheap_change_of_the_guarded_stack_does_not_hide_another_call() {
    let change = |number: usize, event: &str| {
        let mut record = call(number, "session");
        record["eventSource"] = json!("lambda.amazonaws.com");
        record["eventName"] = json!(event);
        record["requestParameters"] = json!({"functionName": "cloudtrail-alarms"});
        record
    };
    let records = [
        change(1, "PutFunctionEventInvokeConfig"),
        change(2, "UpdateFunctionCode20150331v2"),
    ];
    let name = "guard-function-changed";
    assert_eq!(raised_by("guard", &records), [name, name]);
}

#[test]
fn what_changes_the_stack_through_cloudformation_is_reported_too() {
    let alarms = pack("guard").alarms;
    let mut changed = 0;
    for alarm in &alarms {
        for test in alarm.tests.iter().filter(|test| test.matches) {
            let RecordSource::Inline(text) = &test.record else {
                continue;
            };
            let mut record: Value = serde_json::from_str(text).unwrap();
            record["userIdentity"]["invokedBy"] = json!("cloudformation.amazonaws.com");
            let record = record.to_string();
            let hits = alarms.iter().filter(|other| other.pattern.matches(&record));
            let hits: Vec<&AlarmDefinition> = hits.collect();
            // CloudFormation does not move messages or revoke grants, and names a log group by its name.
            let is_by_hand = ["StartMessageMoveTask", "RevokeGrant", "resourceIdentifier"]
                .iter()
                .any(|name| record.contains(name));
            assert_eq!(hits.is_empty(), is_by_hand, "{}: {}", alarm.name, test.name);
            let is_direct = hits.iter().any(|hit| hit.name == alarm.name);
            if !is_direct && !is_by_hand {
                changed += 1;
                assert!(
                    hits.iter().all(|hit| hit.severity == Some(Severity::Low)),
                    "{}: {}",
                    alarm.name,
                    test.name
                );
            }
        }
    }
    assert!(changed >= 30, "{changed}");
}

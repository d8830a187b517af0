//! Permissions: the roles allow the calls of the built function, and the key policy allows the services that use the key.

use std::collections::BTreeSet;

use cloudtrail_alarms_testkit::emulators::moto;
use cloudtrail_alarms_testkit::proxy::FaultProxy;
use cloudtrail_alarms_testkit::records::sample;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::deployed::{
    Stack, statements, texts, with_a_trail, with_everything, with_health_actions,
};

/// Actions besides the function's own calls: Lambda, DynamoDB, SNS and SQS act on its behalf.
const ON_ITS_BEHALF: [(&str, &str); 5] = [
    ("kms:Decrypt", "reads items, and the environment"),
    (
        "kms:GenerateDataKey",
        "encrypts notifications and dead letters",
    ),
    (
        "logs:CreateLogStream",
        "Lambda writes what the function prints",
    ),
    (
        "logs:PutLogEvents",
        "Lambda writes what the function prints",
    ),
    ("sqs:SendMessage", "Lambda gives up on an event"),
];

/// The actions that the built function takes in the course of an incident.
fn actions_taken(stack: &Stack) -> BTreeSet<String> {
    let proxy = FaultProxy::default();
    let relay = proxy.relay(moto().address);
    let mut function = stack.environment().with("AWS_ENDPOINT_URL", &relay).start();
    let begin = Timestamp::now();

    // One failed call is below the threshold; a later scheduled run removes its series from the schedule.
    let delivered = |time, records: &[&str]| {
        let event = stack.delivered_at(time, records);
        event.expect("the filter lets failed calls through")
    };
    let one = delivered(begin, &[&sample("kms-incorrect-key")]);
    function.invoke(&one).expect("the function takes it");
    for minutes in [1, 20, 40] {
        function.run_after(minutes.minutes());
    }
    function.set_ahead(1.hour());
    // A call that came already, one more than a bucket keeps facts for, and an alarm with its notification.
    let later = begin + 1.hour();
    let many: Vec<String> = (0..40)
        .map(|n| {
            let mut one: Value =
                serde_json::from_str(&sample("kms-disabled")).expect("a record is JSON");
            one["eventID"] = json!(format!("e05d7c38-64fa-4b19-8a2e-{n:012x}"));
            one.to_string()
        })
        .collect();
    for part in many.chunks(20) {
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        for _ in 0..2 {
            function
                .invoke(&delivered(later, &part))
                .expect("the function takes it");
        }
    }
    for minutes in [61, 200, 400] {
        function.run_after(minutes.minutes());
    }

    let requests = proxy.log().requests.clone();
    requests
        .into_iter()
        .map(|request| match request.as_str() {
            "Publish" | "GetTopicAttributes" => format!("sns:{request}"),
            request => format!("dynamodb:{request}"),
        })
        .collect()
}

/// The actions that the function's role allows.
fn actions_allowed(stack: &Stack) -> BTreeSet<String> {
    let policies = stack.properties("FunctionRole")["Policies"].as_array();
    let policies = policies.expect("the role has policies").iter();
    policies
        .flat_map(|policy| statements(&policy["PolicyDocument"]))
        .flat_map(|statement| texts(&statement["Action"]))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_functions_role_allows_what_the_function_does_and_nothing_else() {
    let stack = Stack::deploy("permissions", &[]);
    let taken = actions_taken(&stack);
    let behalf = ON_ITS_BEHALF.map(|(action, _)| action.to_owned());
    let needed: BTreeSet<String> = taken.into_iter().chain(behalf).collect();

    assert_eq!(actions_allowed(&stack), needed);
    let role = stack.properties("FunctionRole");
    assert_eq!(role["ManagedPolicyArns"], Value::Null);

    // X-Ray: only with `Tracing`.
    let traces = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"].map(str::to_owned);
    let with_tracing = needed.into_iter().chain(traces).collect();
    assert_eq!(actions_allowed(with_everything()), with_tracing);
}

#[test]
fn each_statement_of_the_functions_role_names_the_one_resource_that_it_is_about() {
    let stack = with_everything();
    let resource = |sid: &str| match sid {
        "KeepState" => format!(
            "arn:aws:dynamodb:ap-southeast-2:111122223333:table/{}",
            stack.outputs["TableName"]
        ),
        "PublishAlarms" | "CheckReceivers" => stack.outputs["TopicArn"].clone(),
        "SendDeadLetters" => stack.outputs["DeadLetterQueueArn"].clone(),
        "UseKeyThroughServices" | "DecryptOwnEnvironment" => stack.outputs["KeyArn"].clone(),
        "WriteOwnLog" => format!(
            "arn:aws:logs:ap-southeast-2:111122223333:log-group:{}:*",
            stack.outputs["FunctionLogGroupName"]
        ),
        // X-Ray knows no resource for these actions.
        "WriteTraces" => "*".to_owned(),
        sid => panic!("a statement that nobody knows: {sid}"),
    };
    let policies = stack.properties("FunctionRole")["Policies"].as_array();
    for policy in policies.expect("the role has policies") {
        for statement in statements(&policy["PolicyDocument"]) {
            let sid = statement["Sid"].as_str().expect("a statement has a name");
            assert_eq!(statement["Resource"], resource(sid).as_str(), "{sid}");
        }
    }
}

#[test]
fn no_role_has_a_wildcard_action_and_each_may_be_taken_by_one_service_alone() {
    for stack in [with_a_trail(), with_everything()] {
        for (name, role) in stack.all("AWS::IAM::Role") {
            let trust = statements(&role["AssumeRolePolicyDocument"]);
            assert_eq!(trust.len(), 1, "{name}");
            assert_eq!(texts(&trust[0]["Principal"]["Service"]).len(), 1, "{name}");
            for policy in role["Policies"].as_array().expect("a role has policies") {
                for statement in statements(&policy["PolicyDocument"]) {
                    let actions = texts(&statement["Action"]);
                    assert!(!actions.is_empty(), "{name}");
                    assert!(actions.iter().all(|action| !action.contains('*')), "{name}");
                }
            }
        }
    }
}

#[test]
fn each_role_has_the_permissions_boundary_of_the_parameter() {
    const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/boundary";
    let bounded = Stack::deploy("bounded", &[("PermissionsBoundaryArn", BOUNDARY)]);
    for (stack, boundary) in [(&bounded, json!(BOUNDARY)), (with_a_trail(), Value::Null)] {
        for (name, role) in stack.all("AWS::IAM::Role") {
            assert_eq!(role["PermissionsBoundary"], boundary, "{name}");
        }
    }
}

#[test]
fn the_schedulers_role_invokes_the_function_and_makes_the_canarys_call_for_one_group() {
    for (stack, name) in [
        (with_a_trail(), "with-a-trail"),
        (with_everything(), "with-everything"),
    ] {
        let role = stack.properties("SchedulerRole");
        let allowed: Vec<_> = role["Policies"]
            .as_array()
            .expect("the role has policies")
            .iter()
            .flat_map(|policy| statements(&policy["PolicyDocument"]))
            .map(|statement| (texts(&statement["Action"]), texts(&statement["Resource"])))
            .collect();
        // A key id that KMS never assigns: the call must fail, but not as an access denied.
        let no_key =
            "arn:aws:kms:ap-southeast-2:111122223333:key/00000000-0000-0000-0000-000000000000";
        assert_eq!(
            allowed,
            [
                (
                    vec!["lambda:InvokeFunction"],
                    vec![stack.outputs["FunctionArn"].as_str()]
                ),
                (vec!["kms:GenerateDataKeyWithoutPlaintext"], vec![no_key]),
            ]
        );

        // "Confused deputy prevention", EventBridge Scheduler User Guide: a schedule group, not a schedule.
        let group = format!("arn:aws:scheduler:ap-southeast-2:111122223333:schedule-group/{name}");
        assert_eq!(
            statements(&role["AssumeRolePolicyDocument"])[0]["Condition"],
            json!({"StringEquals": {"aws:SourceAccount": "111122223333"}, "ArnEquals": {"aws:SourceArn": group}})
        );
        for (schedule, properties) in stack.all("AWS::Scheduler::Schedule") {
            assert_eq!(properties["GroupName"], name, "{schedule}");
            assert_eq!(
                properties["Target"]["RoleArn"],
                stack.outputs["SchedulerRoleArn"].as_str(),
                "{schedule}"
            );
        }
    }
}

#[test]
fn the_guard_is_given_every_role_of_the_stack_and_its_key() {
    for stack in [with_a_trail(), with_everything()] {
        let variables = &stack.properties("Function")["Environment"]["Variables"];
        assert_eq!(variables["STACK_KEY_ARN"], stack.outputs["KeyArn"].as_str());
        let names = variables["STACK_ROLE_NAME"].as_str();
        let names: Vec<&str> = names.expect("a list").split(',').collect();
        let roles: Vec<_> = stack.all("AWS::IAM::Role").collect();
        assert_eq!(names.len(), roles.len(), "{names:?}");
        for (role, _) in roles {
            let of_role = |name: &&str| name.contains(role);
            assert_eq!(
                names.iter().copied().filter(of_role).count(),
                1,
                "{role}: {names:?}"
            );
        }
    }
}

#[test]
fn cloudtrails_role_has_no_condition_that_cloudtrail_does_not_meet() {
    // "Role policy document for CloudTrail to use CloudWatch Logs for monitoring", CloudTrail User Guide.
    let trust = &with_a_trail().properties("TrailRole")["AssumeRolePolicyDocument"];
    let [statement] = statements(trust) else {
        panic!("one statement: {trust}")
    };
    assert_eq!(
        statement["Principal"]["Service"],
        "cloudtrail.amazonaws.com"
    );
    assert_eq!(statement["Condition"], Value::Null);
}

/// A statement of the key's policy: who may do what, on which condition.
#[track_caller]
fn key_statement<'s>(stack: &'s Stack, sid: &str) -> &'s Value {
    let found = statements(&stack.properties("Key")["KeyPolicy"])
        .iter()
        .find(|statement| statement["Sid"] == sid);
    found.unwrap_or_else(|| panic!("the key's policy has no {sid}"))
}

#[test]
fn the_key_can_be_used_by_the_services_that_come_as_themselves() {
    const ACCOUNT: &str = "111122223333";
    let (trail, everything) = (with_a_trail(), with_everything());
    let encrypt_and_decrypt = ["kms:Decrypt", "kms:GenerateDataKey"];

    let logs = key_statement(trail, "EncryptLogs");
    assert_eq!(
        logs["Principal"]["Service"],
        "logs.ap-southeast-2.amazonaws.com"
    );
    // "Encrypt log data in CloudWatch Logs using AWS Key Management Service", CloudWatch Logs User Guide.
    for action in [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ] {
        assert!(texts(&logs["Action"]).contains(&action), "{action}");
    }
    let groups = texts(&logs["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"]);
    for (name, group) in trail.all("AWS::Logs::LogGroup") {
        let arn = format!(
            "arn:aws:logs:ap-southeast-2:{ACCOUNT}:log-group:{}",
            group["LogGroupName"].as_str().unwrap()
        );
        assert!(groups.contains(&arn.as_str()), "{name}: {arn}");
    }

    let events = key_statement(everything, "SendUndeliveredEvents");
    assert_eq!(events["Principal"]["Service"], "events.amazonaws.com");
    assert_eq!(texts(&events["Action"]), encrypt_and_decrypt);
    assert_eq!(
        events["Condition"],
        json!({"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": format!("arn:aws:sqs:ap-southeast-2:{ACCOUNT}:*")}}),
        "EventBridge gives KMS no aws:SourceArn"
    );

    let cloudtrail = key_statement(trail, "EncryptTrail");
    assert_eq!(
        cloudtrail["Principal"]["Service"],
        "cloudtrail.amazonaws.com"
    );
    assert_eq!(
        texts(&cloudtrail["Action"]),
        ["kms:DescribeKey", "kms:GenerateDataKey"]
    );
    let arn = "arn:aws:cloudtrail:ap-southeast-2:111122223333:trail/with-a-trail";
    assert_eq!(
        cloudtrail["Condition"],
        json!({"StringEquals": {"aws:SourceArn": arn}})
    );
}

#[test]
fn cloudwatch_has_no_part_in_the_key_because_no_health_alarm_needs_it() {
    for stack in [with_a_trail(), with_everything(), with_health_actions()] {
        for statement in statements(&stack.properties("Key")["KeyPolicy"]) {
            let services = texts(&statement["Principal"]["Service"]);
            assert!(
                !services.contains(&"cloudwatch.amazonaws.com"),
                "{statement}"
            );
        }
    }
}

#[test]
fn the_key_can_be_handed_on_to_services_only_and_no_statement_has_a_wildcard_action() {
    for stack in [with_a_trail(), with_everything()] {
        for statement in statements(&stack.properties("Key")["KeyPolicy"]) {
            let actions = texts(&statement["Action"]);
            assert!(
                actions.iter().all(|action| !action.contains('*')),
                "{statement}"
            );
            if actions.contains(&"kms:CreateGrant") {
                assert_eq!(actions, ["kms:CreateGrant"]);
                let condition = &statement["Condition"];
                assert_eq!(condition["Bool"]["kms:GrantIsForAWSResource"], "true");
                assert_eq!(texts(&condition["StringEquals"]["kms:ViaService"]).len(), 2);
            }
            // The key is used only through a service or for one resource.
            let uses = |action: &&str| ["kms:Decrypt", "kms:Encrypt"].contains(action);
            if actions.iter().any(uses) {
                assert!(statement["Condition"].is_object(), "{statement}");
            }
        }
    }
}

#[test]
fn every_resource_that_supports_it_is_encrypted_with_the_stacks_key() {
    let stack = with_a_trail();
    let key = stack.outputs["KeyArn"].as_str();
    let table = &stack.properties("Table")["SSESpecification"];
    assert_eq!(table["KMSMasterKeyId"], key);
    assert_eq!(stack.properties("Topic")["KmsMasterKeyId"], key);
    assert_eq!(stack.properties("DeadLetterQueue")["KmsMasterKeyId"], key);
    assert_eq!(stack.properties("Function")["KmsKeyArn"], key);
    assert_eq!(stack.properties("Trail")["KMSKeyId"], key);
    for (name, group) in stack.all("AWS::Logs::LogGroup") {
        assert_eq!(group["KmsKeyId"], key, "{name}");
    }
}

#[test]
fn what_may_be_evidence_outlives_the_stack_but_not_a_first_deployment_that_fails() {
    let retained = [
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
    ];
    for (name, resource) in &with_a_trail().resources {
        let policies = [&resource.deletion_policy, &resource.update_replace_policy];
        let policies = policies.map(Option::as_deref);
        let expected = [Some("RetainExceptOnCreate"), Some("Retain")];
        let is_retained = retained.contains(&resource.kind.as_str());
        assert_eq!(policies == expected, is_retained, "{name}: {policies:?}");
    }
}

#[test]
fn the_files_of_a_trail_can_be_read_after_the_stack_has_stopped_making_one() {
    let reading = |stack| key_statement(stack, "ReadTrailByIam").clone();
    assert_eq!(reading(with_everything()), reading(with_a_trail()));
    assert_eq!(
        reading(with_everything())["Condition"],
        json!({"StringEquals": {"kms:ViaService": "s3.ap-southeast-2.amazonaws.com"}})
    );
}

#[test]
fn topics_queue_and_bucket_reject_plain_http() {
    let stack = with_a_trail();
    for policy in [
        "TopicPolicy",
        "HealthTopicPolicy",
        "DeadLetterQueuePolicy",
        "TrailBucketPolicy",
    ] {
        let document = &stack.properties(policy)["PolicyDocument"];
        let denied = statements(document).iter().any(|statement| {
            statement["Effect"] == "Deny"
                && statement["Principal"] == "*"
                && statement["Condition"] == json!({"Bool": {"aws:SecureTransport": "false"}})
        });
        assert!(denied, "{policy}");
    }
}

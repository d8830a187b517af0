//! A stack that was made of the template.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use cloudwatch_filter_pattern::FilterPattern;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::aws::{Subscription, moto, tool};
use crate::support::event::{awslogs, gzip, logs_at, payload};
use crate::support::function::Environment;

pub(crate) const TASK_ROLE: &str = "arn:aws:iam::111122223333:role/pattern1-application-task";

/// What a user answers who has a trail, and wants everything that is optional.
pub(crate) const EVERYTHING: &[(&str, &str)] = &[
    ("CloudTrailLogGroupName", "aws-cloudtrail-logs"),
    ("AlarmEmail", "security@example.com"),
    ("EventBridgePath", "failed-calls"),
    ("ImportedKeyId", "1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809"),
];

/// A value of `HealthActionArns`.
pub(crate) const HEALTH_ACTIONS: &str = "arn:aws:sns:ap-southeast-2:444455556666:operations,arn:aws:ssm:ap-southeast-2:111122223333:opsitem:1#CATEGORY=Security";

/// What tests/stack/deploy.py says.
#[derive(Debug, Deserialize)]
pub(crate) struct Stack {
    pub(crate) outputs: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    pub(crate) resources: BTreeMap<String, Resource>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Resource {
    #[serde(rename = "Type")]
    pub(crate) kind: String,
    pub(crate) properties: Value,
    pub(crate) deletion_policy: Option<String>,
    pub(crate) update_replace_policy: Option<String>,
}

/// A stack with only the answer that there must be, which so makes a trail; for tests that only look at it.
pub(crate) fn with_a_trail() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::deploy("with-a-trail", &[]));
    &STACK
}

/// A stack with everything that is optional; for tests that only look at it.
pub(crate) fn with_everything() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::deploy("with-everything", EVERYTHING));
    &STACK
}

/// A stack whose health alarms have another receiver; for tests that only look at it.
pub(crate) fn with_health_actions() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| {
        let parameters = [
            ("AlarmEmail", "security@example.com"),
            ("HealthActionArns", HEALTH_ACTIONS),
        ];
        Stack::deploy("with-health-actions", &parameters)
    });
    &STACK
}

impl Stack {
    /// Makes a stack of this name; parameters that are not named are at their defaults.
    #[track_caller]
    pub(crate) fn deploy(name: &str, parameters: &[(&str, &str)]) -> Self {
        match Self::try_deploy(name, parameters) {
            Ok(stack) => stack,
            Err(said) => panic!("the stack {name} cannot be made: {said}"),
        }
    }

    pub(crate) fn try_deploy(name: &str, parameters: &[(&str, &str)]) -> Result<Self, String> {
        let mut answers = BTreeMap::from([("EcsTaskRoleArns", TASK_ROLE)]);
        answers.extend(parameters.iter().copied());
        let request = json!({"stack": name, "parameters": answers}).to_string();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stack/deploy.py");
        let mut process = Command::new(tool("moto/bin/python"))
            .args(["-B", script, &moto().url()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut stdin = process.stdin.take().expect("stdin is piped");
        stdin
            .write_all(request.as_bytes())
            .expect("the script reads");
        drop(stdin);
        let output = process.wait_with_output().expect("the script ends");
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(serde_json::from_slice(&output.stdout).expect("the script answers with a stack"))
    }

    /// The resolved properties of a resource.
    #[track_caller]
    pub(crate) fn properties(&self, logical_id: &str) -> &Value {
        match self.resources.get(logical_id) {
            Some(resource) => &resource.properties,
            None => panic!("the stack has no {logical_id}"),
        }
    }

    /// All resources of a type.
    pub(crate) fn all(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        let resources = self.resources.iter();
        resources
            .filter(move |(_, resource)| resource.kind == kind)
            .map(|(name, resource)| (name.as_str(), &resource.properties))
    }

    /// How many resources of each of these types it has.
    pub(crate) fn count<const N: usize>(&self, kinds: [&str; N]) -> [usize; N] {
        kinds.map(|kind| self.all(kind).count())
    }

    /// The function's environment: what the emulator's Lambda has, and where its services are.
    pub(crate) fn environment(&self) -> Environment {
        let mut environment = Environment::default().without("ECS_TASK_ROLE_ARN");
        for (name, value) in &self.environment {
            environment = environment.with(name, value);
        }
        environment.with("AWS_ENDPOINT_URL", &moto().url())
    }

    /// A queue that is subscribed to the stack's topic.
    pub(crate) fn subscribe(&self, queue: &str) -> Subscription {
        Subscription::to(&self.outputs["TopicArn"], queue)
    }

    /// The event with which CloudWatch Logs delivers these records of the log group. `None` if the subscription's filter
    /// drops all of them.
    pub(crate) fn delivered(&self, records: &[&str]) -> Option<Value> {
        self.delivered_at(Timestamp::now(), records)
    }

    /// The same, with the time at which CloudTrail wrote the records.
    pub(crate) fn delivered_at(&self, time: Timestamp, records: &[&str]) -> Option<Value> {
        let filter = self.properties("Subscription");
        let text = |name: &str| filter[name].as_str().expect("the property is text");
        assert_eq!(text("DestinationArn"), self.outputs["FunctionArn"]);
        let pattern: FilterPattern = text("FilterPattern")
            .parse()
            .expect("the filter has a pattern");
        let passed: Vec<&str> = records
            .iter()
            .copied()
            .filter(|record| pattern.matches(record))
            .collect();
        if passed.is_empty() {
            return None;
        }
        let mut payload = payload(&logs_at(time, &passed));
        payload["logGroup"] = filter["LogGroupName"].clone();
        payload["subscriptionFilters"] = json!([filter["FilterName"]]);
        Some(awslogs(&gzip(payload.to_string().as_bytes())))
    }

    /// The event with which the stack's schedule invokes the function.
    pub(crate) fn tick(&self) -> Value {
        input_of(self.properties("FunctionScheduledRun"))
    }

    /// The record that CloudTrail writes of the canary's call.
    pub(crate) fn canary(&self) -> String {
        // Assembled after catalogue/records/kms-describe-key-not-found-exception.json; not recorded from AWS.
        let canary = self.properties("Canary");
        let role_arn = canary["Target"]["RoleArn"].as_str();
        let role_name = role_arn.and_then(|arn| arn.rsplit('/').next());
        let role_name = role_name.expect("the schedule has a role");
        let input = input_of(canary);
        let key = input["KeyId"].as_str().expect("the call names a key");
        json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": "AROAEXAMPLESCHEDULER1:0f2b6c1e",
                "arn": format!("arn:aws:sts::111122223333:assumed-role/{role_name}/0f2b6c1e"),
                "accountId": "111122223333",
                "sessionContext": {"sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAEXAMPLESCHEDULER1",
                    "arn": role_arn,
                    "accountId": "111122223333",
                    "userName": role_name,
                }},
                "invokedBy": "scheduler.amazonaws.com",
            },
            "eventTime": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "eventSource": "kms.amazonaws.com",
            "eventName": "GenerateDataKeyWithoutPlaintext",
            "awsRegion": "ap-southeast-2",
            "sourceIPAddress": "scheduler.amazonaws.com",
            "userAgent": "scheduler.amazonaws.com",
            "errorCode": "NotFoundException",
            "errorMessage": format!("Key 'arn:aws:kms:ap-southeast-2:111122223333:key/{key}' does not exist"),
            "requestParameters": null,
            "responseElements": null,
            "requestID": "3d1c7f60-9e1b-4a35-8f0a-2b6d4c8e5a71",
            "eventID": "8b5e0a94-6c3d-4f12-9a7e-d4c1b2f3a605",
            "readOnly": true,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": "111122223333",
            "eventCategory": "Management",
        })
        .to_string()
    }
}

/// What a schedule sends to its target.
#[track_caller]
fn input_of(schedule: &Value) -> Value {
    let input = schedule["Target"]["Input"].as_str();
    serde_json::from_str(input.expect("the schedule has an input")).expect("the input is JSON")
}

/// The statements of a policy document.
#[track_caller]
pub(crate) fn statements(document: &Value) -> &[Value] {
    document["Statement"]
        .as_array()
        .expect("a policy has statements")
}

/// One value or a list of them, as policies write both.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

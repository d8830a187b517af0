//! Stacks that are created from the template.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex};

use cloudtrail_alarms_testkit::alarms::TASK_ROLE;
use cloudtrail_alarms_testkit::emulators::{Subscription, moto};
use cloudtrail_alarms_testkit::events::{awslogs, gzip, logs_at, payload};
use cloudtrail_alarms_testkit::function::Environment;
use cloudtrail_alarms_testkit::records;
use cloudtrail_alarms_testkit::repository::tool;
use cloudwatch_filter_pattern::FilterPattern;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// The parameters of a stack with an existing trail and everything that is optional.
pub(crate) const EVERYTHING: &[(&str, &str)] = &[
    ("CloudTrailLogGroupName", "aws-cloudtrail-logs"),
    ("AlarmEmail", "security@example.com"),
    ("EventBridgePath", "failed-calls"),
    ("ImportedKeyId", "1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809"),
    ("ScheduleInterval", "5"),
    ("DetailedMetrics", "true"),
    ("Dashboard", "true"),
    ("Tracing", "true"),
];

/// A value of `HealthActionArns`.
pub(crate) const HEALTH_ACTIONS: &str = "arn:aws:sns:ap-southeast-2:444455556666:operations,arn:aws:ssm:ap-southeast-2:111122223333:opsitem:1#CATEGORY=Security";

/// The process of `deploy.py`, which creates all stacks, one after the other. It ends when its input is closed.
struct Deployer {
    process: Child,
    answers: BufReader<ChildStdout>,
}

static DEPLOYER: LazyLock<Mutex<Deployer>> = LazyLock::new(|| Mutex::new(Deployer::start()));

impl Deployer {
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stack/deploy.py");
        let mut process = Command::new(tool("moto/bin/python"))
            .args(["-B", script, &moto().url()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let answers = BufReader::new(process.stdout.take().expect("stdout is piped"));
        Self { process, answers }
    }

    fn answer(&mut self, request: &Value) -> Value {
        let requests = self.process.stdin.as_mut().expect("stdin is piped");
        writeln!(requests, "{request}").expect("the script reads");
        let mut answer = String::new();
        self.answers
            .read_line(&mut answer)
            .expect("the script writes text");
        serde_json::from_str(&answer).expect("the script answers in JSON")
    }
}

/// An answer of `deploy.py`.
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

/// A stack with only the required parameter, which creates a trail. Tests must not change it.
pub(crate) fn with_a_trail() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::deploy("with-a-trail", &[]));
    &STACK
}

/// A stack with everything that is optional. Tests must not change it.
pub(crate) fn with_everything() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::deploy("with-everything", EVERYTHING));
    &STACK
}

/// A stack whose health alarms have another receiver. Tests must not change it.
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
    /// Creates a stack with this name and these parameters. All others have their defaults.
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
        let answer = DEPLOYER
            .lock()
            .expect("no thread panics with the lock")
            .answer(&json!({"stack": name, "parameters": answers}));
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(serde_json::from_value(answer).expect("the script answers with a stack")),
        }
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

    /// The environment of the function: the variables that the emulated Lambda sets, and the endpoint of the emulator.
    pub(crate) fn environment(&self) -> Environment {
        let mut environment = crate::environment().without("ECS_TASK_ROLE_ARN");
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
    pub(crate) fn scheduled_run(&self) -> Value {
        input_of(self.properties("FunctionScheduledRun"))
    }

    /// The record of the canary's call.
    pub(crate) fn canary(&self) -> String {
        let canary = self.properties("Canary");
        let role_arn = canary["Target"]["RoleArn"].as_str();
        let role_arn = role_arn.expect("the schedule has a role");
        let input = input_of(canary);
        let key = input["KeyId"].as_str().expect("the call names a key");
        records::canary(role_arn, key).to_string()
    }
}

/// The input of the target of a schedule.
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

//! Emulators of the AWS services that the function calls: moto (SNS, SQS, DynamoDB) and dynalite (DynamoDB).

use std::io::{self, BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use cloudtrail_alarms::store::DynamoDbStore;
use serde_json::{Value, json};

use crate::http;
use crate::repository::tool;

// Both programs print their port when they listen, and end when their standard input is closed: at the latest when the test
// process ends.
const MOTO: &str = r#"
import logging, os, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
os._exit(0)
"#;
const DYNALITE: &str = r#"
const server = require("dynalite")({ createTableMs: 0 });
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
"#;

/// How often a request is repeated after an internal error of an emulator.
const MAX_RETRIES: usize = 3;

/// An emulator of AWS services, shared by the tests of a process.
#[derive(Debug)]
pub struct Emulator {
    /// The address on which it listens.
    pub address: SocketAddr,
    /// Keeps the standard input of the emulator open.
    _process: Child,
}

/// The moto of this process. Each test creates its own topics, queues and tables.
pub fn moto() -> &'static Emulator {
    static MOTO_SERVER: LazyLock<Emulator> = LazyLock::new(|| {
        let python = tool("moto/bin/python");
        Emulator::start(
            Command::new(python)
                .args(["-c", MOTO])
                .env("MOTO_ACCOUNT_ID", "111122223333"),
        )
    });
    &MOTO_SERVER
}

/// The dynalite of this process. Each test creates its own tables.
pub fn dynalite() -> &'static Emulator {
    static DYNALITE_SERVER: LazyLock<Emulator> = LazyLock::new(|| {
        let modules = tool("dynalite/node_modules");
        Emulator::start(
            Command::new("node")
                .args(["-e", DYNALITE])
                .env("NODE_PATH", modules),
        )
    });
    &DYNALITE_SERVER
}

impl Emulator {
    fn start(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the emulator starts");
        // Node makes its standard error non-blocking. If it inherited that of the tests, their own output could fail.
        let mut stderr = process.stderr.take().expect("stderr is piped");
        thread::spawn(move || io::copy(&mut stderr, &mut io::stderr()));
        let mut port = String::new();
        let stdout = process.stdout.take().expect("stdout is piped");
        BufReader::new(stdout)
            .read_line(&mut port)
            .expect("the emulator prints its port");
        let port = port
            .trim()
            .parse()
            .expect("the emulator prints its port and nothing else");
        Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            _process: process,
        }
    }

    /// The endpoint URL for clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Creates a table with the keys of `template.yaml`, and waits until it is active.
    pub fn create_table(&self, name: &str) {
        self.dynamodb(
            "CreateTable",
            &json!({
                "TableName": name,
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
            }),
        );
        let begin = Instant::now();
        while self.dynamodb("DescribeTable", &json!({"TableName": name}))["Table"]["TableStatus"]
            != "ACTIVE"
        {
            assert!(
                begin.elapsed() < Duration::from_secs(10),
                "the table {name} does not become active"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stores an item, whose attributes have their types as in the API: `{"pk": {"S": "..."}}`.
    pub fn put_item(&self, table: &str, item: &Value) {
        self.dynamodb("PutItem", &json!({"TableName": table, "Item": item}));
    }

    /// Deletes the status of every series of a table.
    pub fn delete_statuses(&self, table: &str) {
        let scanned = self.dynamodb("Scan", &json!({"TableName": table}));
        for item in scanned["Items"].as_array().expect("a scan lists items") {
            if item["sk"]["S"] == "status" {
                let key = json!({"pk": item["pk"], "sk": item["sk"]});
                self.dynamodb("DeleteItem", &json!({"TableName": table, "Key": key}));
            }
        }
    }

    /// The store of the function on a table of this emulator.
    pub fn store(&self, table: &str) -> DynamoDbStore {
        store(&self.url(), table)
    }

    fn dynamodb(&self, action: &str, request: &Value) -> Value {
        json(&self.call(
            "dynamodb",
            "application/x-amz-json-1.0",
            &format!("DynamoDB_20120810.{action}"),
            &request.to_string(),
        ))
    }

    /// Calls an action of SQS.
    pub fn sqs(&self, action: &str, request: &Value) -> Value {
        json(&self.call(
            "sqs",
            "application/x-amz-json-1.0",
            &format!("AmazonSQS.{action}"),
            &request.to_string(),
        ))
    }

    /// Calls an action of SNS, whose requests are forms and whose responses are XML.
    fn sns(&self, form: &str) -> String {
        self.call("sns", "application/x-www-form-urlencoded", "", form)
    }

    /// Creates a topic without a subscription. Returns its ARN.
    pub fn create_topic(&self, name: &str) -> String {
        let created = self.sns(&format!("Action=CreateTopic&Name={name}"));
        let topic = created
            .split_once("<TopicArn>")
            .and_then(|(_, rest)| rest.split_once("</TopicArn>"));
        let (topic, _) = topic.expect("CreateTopic answers with the topic's ARN");
        topic.to_owned()
    }

    /// Calls a service. The emulators read the scope of the signature and do not check the signature itself.
    fn call(&self, service: &str, content_type: &str, target: &str, body: &str) -> String {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261120/ap-southeast-2/{service}/aws4_request, \
             SignedHeaders=host, Signature=0"
        );
        let headers = [
            ("Content-Type", content_type),
            ("X-Amz-Target", target),
            ("X-Amz-Date", "20261120T021500Z"),
            ("Authorization", &authorization),
        ];
        let send = || http::post(self.address, &headers, body).expect("the emulator answers");
        let mut response = send();
        // Like an AWS client, repeats a request after an internal error: moto iterates over its subscriptions while another test
        // adds one.
        for _ in 0..MAX_RETRIES {
            if !response.start.contains(" 500 ") {
                break;
            }
            response = send();
        }
        assert!(
            response.start.contains(" 200 "),
            "{service} {target} {body}: {} {}",
            response.start,
            response.body
        );
        response.body
    }
}

/// The store of the function on a table at this endpoint.
pub fn store(endpoint_url: &str, table: &str) -> DynamoDbStore {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint_url)
        .region(Region::new("ap-southeast-2"))
        .credentials_provider(Credentials::for_tests())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    DynamoDbStore::new(Client::from_conf(config), table.to_owned())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("the service answers with JSON")
}

/// A topic of moto, and a queue that is subscribed to it.
#[derive(Debug)]
pub struct Subscription {
    /// ARN of the topic.
    pub topic: String,
    queue: String,
}

impl Subscription {
    /// A new topic and a new queue, both with this name.
    pub fn new(name: &str) -> Self {
        Self::to(&moto().create_topic(name), name)
    }

    /// A new queue with this name, subscribed to an existing topic.
    pub fn to(topic: &str, name: &str) -> Self {
        let moto = moto();
        let queue = moto.sqs("CreateQueue", &json!({"QueueName": name}))["QueueUrl"]
            .as_str()
            .expect("CreateQueue answers with the queue's URL")
            .to_owned();
        let (account, _) = topic
            .rsplit_once(':')
            .expect("a topic's ARN ends with its name");
        let endpoint = format!("{}:{name}", account.replace(":sns:", ":sqs:"));
        moto.sns(&format!(
            "Action=Subscribe&TopicArn={topic}&Protocol=sqs&Endpoint={endpoint}"
        ));
        Self {
            topic: topic.to_owned(),
            queue,
        }
    }

    /// The notifications that arrived since the last call, at most ten, as SNS wraps them for a queue.
    pub fn receive(&self) -> Vec<Value> {
        // moto enqueues a message before it answers Publish.
        let request =
            json!({"QueueUrl": self.queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0});
        let response = moto().sqs("ReceiveMessage", &request);
        let messages = response["Messages"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        messages
            .iter()
            .map(|message| json(message["Body"].as_str().expect("a message has a body")))
            .collect()
    }
}

//! The AWS services that the function calls: moto (SNS, SQS, DynamoDB) and dynalite (DynamoDB).

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use std::{env, thread};

use serde_json::{Value, json};

use super::http;

/// Both say their port once they listen, and end when their input does: at the latest with the tests.
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

/// An emulator of AWS services, shared by the tests of a process.
pub struct Emulator {
    pub address: SocketAddr,
    /// Holds the emulator's input open.
    _process: Child,
}

/// moto. Each test makes topics, queues and tables of its own.
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

/// dynalite. Each test makes tables of its own.
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

/// A file of an installed tool.
pub fn tool(path: &str) -> String {
    let path = format!("{}/.tools/{path}", env!("CARGO_MANIFEST_DIR"));
    assert!(
        Path::new(&path).exists(),
        "{path} is missing: `make tools` installs it"
    );
    path
}

impl Emulator {
    fn start(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulator starts");
        let mut port = String::new();
        let stdout = process.stdout.take().expect("stdout is piped");
        BufReader::new(stdout)
            .read_line(&mut port)
            .expect("the emulator says its port");
        let port = port
            .trim()
            .parse()
            .expect("the emulator says its port, and nothing else");
        Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            _process: process,
        }
    }

    /// What a client takes for the service.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes a table as `template.yaml` does.
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

    fn dynamodb(&self, action: &str, request: &Value) -> Value {
        json(&self.call(
            "dynamodb",
            "application/x-amz-json-1.0",
            &format!("DynamoDB_20120810.{action}"),
            &request.to_string(),
        ))
    }

    /// Calls SQS.
    pub fn sqs(&self, action: &str, request: &Value) -> Value {
        json(&self.call(
            "sqs",
            "application/x-amz-json-1.0",
            &format!("AmazonSQS.{action}"),
            &request.to_string(),
        ))
    }

    /// SNS still speaks forms and XML.
    fn sns(&self, form: &str) -> String {
        self.call("sns", "application/x-www-form-urlencoded", "", form)
    }

    /// Makes a topic without a subscription; returns its ARN.
    pub fn create_topic(&self, name: &str) -> String {
        let created = self.sns(&format!("Action=CreateTopic&Name={name}"));
        let topic = created
            .split_once("<TopicArn>")
            .and_then(|(_, rest)| rest.split_once("</TopicArn>"));
        let (topic, _) = topic.expect("CreateTopic answers with the topic's ARN");
        topic.to_owned()
    }

    /// Calls a service; the emulators look at the scope of a signature, not at the signature.
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
        let response = http::post(self.address, &headers, body).expect("the emulator answers");
        assert!(
            response.start.contains(" 200 "),
            "{service} {target} {body}: {} {}",
            response.start,
            response.body
        );
        response.body
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("the service answers with JSON")
}

/// A topic of moto, and a queue that is subscribed to it.
pub struct Subscription {
    pub topic: String,
    queue: String,
}

impl Subscription {
    pub fn new(name: &str) -> Self {
        Self::to(&moto().create_topic(name), name)
    }

    /// A queue of this name, subscribed to a topic that is there.
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

    /// The notifications that have arrived since the last call, as SNS wraps them for a queue.
    pub fn receive(&self) -> Vec<Value> {
        // moto has put a message into the queue before it answers Publish.
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

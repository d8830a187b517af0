//! `make redrive`: what Lambda gave up on, back through the built function.

use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::thread;

use cloudtrail_alarms_testkit::emulators::moto;
use cloudtrail_alarms_testkit::function::FunctionProcess;
use cloudtrail_alarms_testkit::http::{self, Message};
use cloudtrail_alarms_testkit::records::sample;
use cloudtrail_alarms_testkit::repository::{path, tool};
use serde_json::{Value, json};

use crate::deployed::Stack;

/// Lambda's API in front of the function; its URL.
fn lambda(mut function: FunctionProcess) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            // A client that goes away has its answer, or the test fails by what is missing.
            let _ = serve(&client, &mut function);
        }
    });
    format!("http://{address}")
}

fn serve(client: &TcpStream, function: &mut FunctionProcess) -> std::io::Result<()> {
    let mut requests = BufReader::new(client);
    while let Some(Message { start, body, .. }) = Message::read(&mut requests)? {
        assert!(start.contains("/invocations "), "{start}");
        let event = serde_json::from_str(&body)?;
        match function.invoke(&event) {
            Ok(reply) => http::write(client, "HTTP/1.1 200 OK", &[], &reply.to_string())?,
            Err(error) => {
                let headers = [("X-Amz-Function-Error", "Unhandled")];
                let body =
                    json!({"errorType": error.error_type, "errorMessage": error.error_message});
                http::write(client, "HTTP/1.1 200 OK", &headers, &body.to_string())?;
            }
        }
    }
    Ok(())
}

/// A message as Lambda writes it into a dead-letter queue: the event itself is the body ("Adding a dead-letter queue",
/// AWS Lambda Developer Guide).
fn give_up(queue: &str, event: &str) {
    moto().sqs(
        "SendMessage",
        &json!({
            "QueueUrl": queue,
            "MessageBody": event,
            "MessageAttributes": {
                "RequestID": {"DataType": "String", "StringValue": "8476a536-e9f4-11e8-9739-2dfe598c3fcd"},
                "ErrorCode": {"DataType": "Number", "StringValue": "200"},
                "ErrorMessage": {"DataType": "String", "StringValue": "cannot add to the count"},
            },
        }),
    );
}

fn redrive(stack: &str, lambda: &str) -> Output {
    let script = path("scripts/redrive.py");
    Command::new(tool("moto/bin/python"))
        .arg("-B")
        .arg(script)
        .arg(stack)
        .envs([
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "no-secret"),
            ("AWS_DEFAULT_REGION", "ap-southeast-2"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL", &moto().url()),
            ("AWS_ENDPOINT_URL_LAMBDA", lambda),
            ("NO_PROXY", "127.0.0.1"),
        ])
        .output()
        .expect("Python starts")
}

#[test]
fn what_lambda_gave_up_on_goes_through_the_function_and_what_fails_again_stays() {
    let stack = Stack::deploy("redriven", &[]);
    let subscription = stack.subscribe("redriven-mail");
    let queue = stack.outputs["DeadLetterQueueUrl"].as_str();
    let lambda = lambda(stack.environment().start());

    let records = [sample("kms-incorrect-key"), sample("kms-disabled")];
    let event = stack.delivered(&records.each_ref().map(String::as_str));
    give_up(queue, &event.expect("both are errors").to_string());
    give_up(queue, &stack.scheduled_run().to_string());
    let poison = r#"{"awslogs":{"data":"no base64!"}}"#;
    give_up(queue, poison);

    let first = redrive("redriven", &lambda);
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&first.stderr);
    assert!(
        said(&first).ends_with("1 taken, 1 scheduled runs deleted, 1 failed and kept\n"),
        "{}{errors}",
        said(&first)
    );
    assert!(errors.contains("InvalidPayload"), "{errors}");
    assert_eq!(first.status.code(), Some(1));
    assert_eq!(subscription.receive().len(), 1, "the alarm is raised, late");

    let request = json!({"QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0});
    let left = moto().sqs("ReceiveMessage", &request);
    let left: Vec<&Value> = left["Messages"].as_array().into_iter().flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["Body"], poison);

    let receipt = &left[0]["ReceiptHandle"];
    moto().sqs(
        "DeleteMessage",
        &json!({"QueueUrl": queue, "ReceiptHandle": receipt}),
    );
    let second = redrive("redriven", &lambda);
    assert_eq!(
        said(&second),
        "0 taken, 0 scheduled runs deleted, 0 failed and kept\n"
    );
    assert_eq!(second.status.code(), Some(0));
}

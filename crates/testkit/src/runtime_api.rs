//! A Lambda Runtime API: `next` returns an invocation, and the function posts its response or error.

use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::http::{self, Message};

const FUNCTION_ARN: &str = "arn:aws:lambda:ap-southeast-2:111122223333:function:cloudtrail-alarms";

/// Counts the invocations of all functions.
static INVOCATION: AtomicU64 = AtomicU64::new(0);

/// An invocation.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) event: String,
    /// Time until the deadline.
    pub(crate) timeout: Duration,
}

/// JSON text that the function posts.
#[derive(Debug)]
pub(crate) enum Answer {
    Response(String),
    Error(String),
    InitError(String),
}

/// A Runtime API for one process of the function.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    pub(crate) invocations: Sender<Invocation>,
    pub(crate) answers: Receiver<Answer>,
}

impl RuntimeApi {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let (invocations, waiting) = mpsc::channel();
        let (answered, answers) = mpsc::channel();
        // The function may open several connections. The first one with a request gets the next invocation.
        let waiting = Arc::new(Mutex::new(waiting));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (waiting, answered) = (Arc::clone(&waiting), answered.clone());
                // A connection ends with the function or with the test; neither is an error.
                thread::spawn(move || serve(&stream, &waiting, &answered));
            }
        });
        Self {
            address,
            invocations,
            answers,
        }
    }
}

fn serve(
    stream: &TcpStream,
    waiting: &Mutex<Receiver<Invocation>>,
    answered: &Sender<Answer>,
) -> io::Result<()> {
    let mut requests = BufReader::new(stream);
    while let Some(Message { start, body, .. }) = Message::read(&mut requests)? {
        let path = start.split(' ').nth(1).unwrap_or_default();
        let answer = match path.rsplit('/').next() {
            Some("next") => {
                let next = waiting
                    .lock()
                    .expect("no thread panics with the lock")
                    .recv();
                let Ok(invocation) = next else { return Ok(()) };
                write_invocation(stream, &invocation)?;
                continue;
            }
            Some("response") => Answer::Response(body),
            Some("error") if path.contains("/init/") => Answer::InitError(body),
            Some("error") => Answer::Error(body),
            _ => {
                http::write(stream, "HTTP/1.1 404 Not Found", &[], "")?;
                continue;
            }
        };
        http::write(stream, "HTTP/1.1 202 Accepted", &[], "")?;
        if answered.send(answer).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Writes an invocation with a new request ID.
fn write_invocation(stream: &TcpStream, invocation: &Invocation) -> io::Result<()> {
    let now = SystemTime::UNIX_EPOCH.elapsed().map_err(io::Error::other)?;
    let request_id = format!(
        "8476a536-e9f4-11e8-9739-{:012x}",
        INVOCATION.fetch_add(1, Ordering::SeqCst)
    );
    let headers = [
        ("Content-Type", "application/json"),
        ("Lambda-Runtime-Aws-Request-Id", &request_id),
        (
            "Lambda-Runtime-Deadline-Ms",
            &(now + invocation.timeout).as_millis().to_string(),
        ),
        ("Lambda-Runtime-Invoked-Function-Arn", FUNCTION_ARN),
    ];
    http::write(stream, "HTTP/1.1 200 OK", &headers, &invocation.event)
}

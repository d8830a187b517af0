//! A proxy between the function and its services that records requests and injects faults.

use std::fmt;
use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::http::{self, Message};

/// When a fault happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// Before the service gets the request.
    BeforeRequest,
    /// After the service has processed the request, before the function gets the response.
    AfterRequest,
}

/// A fault of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// No fault: the request is forwarded.
    None,
    /// The request is forwarded after this time.
    Delay(Duration),
    /// The connection is closed.
    Reset(Moment),
    /// The process with this ID is killed.
    Kill(u32, Moment),
    /// The response is that of throttling.
    Throttle,
    /// The response is that of an unavailable service.
    Unavailable,
    /// The response is successful and has this body.
    Response(&'static str),
}

/// The attributes of a topic with one confirmed subscription. moto does not count confirmed subscriptions.
const ONE_SUBSCRIPTION: &str = r#"<GetTopicAttributesResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
<GetTopicAttributesResult><Attributes><entry><key>SubscriptionsConfirmed</key><value>1</value></entry></Attributes>
</GetTopicAttributesResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetTopicAttributesResponse>"#;

/// A plan for [`FaultProxy::plan`]: every topic has one confirmed subscription; all other requests are forwarded.
pub fn subscribed(_: usize, action: &str) -> Fault {
    match action {
        "GetTopicAttributes" => Fault::Response(ONE_SUBSCRIPTION),
        _ => Fault::None,
    }
}

/// The fault of the n-th request, from 1, by its action.
type Plan = Box<dyn FnMut(usize, &str) -> Fault + Send>;

/// The requests that a [`FaultProxy`] received, and its plan.
#[derive(Default)]
pub struct Log {
    /// The actions of the requests, in order.
    pub requests: Vec<String>,
    plan: Option<Plan>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.requests.fmt(f)
    }
}

/// Relays to services that share one log and one plan of faults. Clones are the same proxy.
#[derive(Clone, Debug, Default)]
pub struct FaultProxy(Arc<Mutex<Log>>);

impl FaultProxy {
    /// Locks the log.
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clears the log, and sets the faults of later requests.
    pub fn plan(&self, plan: impl FnMut(usize, &str) -> Fault + Send + 'static) {
        let mut log = self.log();
        log.requests.clear();
        log.plan = Some(Box::new(plan));
    }

    /// Clears the log, and kills the process at the n-th later request.
    pub fn kill_at(&self, process: u32, request: usize, moment: Moment) {
        self.plan(move |number, _| {
            if number == request {
                Fault::Kill(process, moment)
            } else {
                Fault::None
            }
        });
    }

    /// Forwards all later requests.
    pub fn clear_plan(&self) {
        self.log().plan = None;
    }

    /// A relay to a service. Returns the endpoint URL for clients.
    pub fn relay(&self, target: SocketAddr) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let proxy = self.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let proxy = proxy.clone();
                // A connection ends with an error if the process is killed, which is what tests do.
                thread::spawn(move || proxy.serve(&client, target));
            }
        });
        format!("http://{address}")
    }

    fn serve(&self, client: &TcpStream, target: SocketAddr) -> io::Result<()> {
        let mut requests = BufReader::new(client);
        while let Some(request) = Message::read(&mut requests)? {
            let fault = self.log_request(&request);
            match fault {
                Fault::Kill(process, Moment::BeforeRequest) => return kill(process),
                Fault::Reset(Moment::BeforeRequest) => return Ok(()),
                Fault::Throttle => {
                    respond_with_error(client, &request, "400 Bad Request", "Throttling")?;
                }
                Fault::Unavailable => {
                    respond_with_error(
                        client,
                        &request,
                        "503 Service Unavailable",
                        "ServiceUnavailable",
                    )?;
                }
                Fault::Delay(time) => thread::sleep(time),
                Fault::Response(body) => http::write(client, "HTTP/1.1 200 OK", &[], body)?,
                Fault::None | Fault::Reset(_) | Fault::Kill(..) => {}
            }
            if matches!(
                fault,
                Fault::Throttle | Fault::Unavailable | Fault::Response(_)
            ) {
                continue;
            }
            let response = forward(&request, target)?;
            match fault {
                Fault::Kill(process, _) => return kill(process),
                Fault::Reset(_) => return Ok(()),
                _ => {}
            }
            let status = response.start.split_once(' ').map_or("", |(_, rest)| rest);
            let headers = end_to_end_headers(&response);
            http::write(
                client,
                &format!("HTTP/1.1 {status}"),
                &headers,
                &response.body,
            )?;
        }
        Ok(())
    }

    /// Logs a request. Returns its fault.
    fn log_request(&self, request: &Message) -> Fault {
        let mut log = self.log();
        let name = match request.header("x-amz-target") {
            Some(target) => target.rsplit('.').next().unwrap_or(target),
            None => action(&request.body),
        };
        log.requests.push(name.to_owned());
        let number = log.requests.len();
        log.plan
            .as_mut()
            .map_or(Fault::None, |plan| plan(number, name))
    }
}

/// The action of a request to SNS.
fn action(form: &str) -> &str {
    let mut fields = form.split('&');
    fields
        .find_map(|field| field.strip_prefix("Action="))
        .expect("a form names its action")
}

/// Responds with an error in the format of DynamoDB (JSON) or SNS (XML).
fn respond_with_error(
    client: &TcpStream,
    request: &Message,
    status: &str,
    code: &str,
) -> io::Result<()> {
    let body = if request.header("x-amz-target").is_some() {
        format!(
            r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}Exception","message":"{code}"}}"#
        )
    } else {
        format!(
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{code}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        )
    };
    http::write(client, &format!("HTTP/1.1 {status}"), &[], &body)
}

fn forward(request: &Message, target: SocketAddr) -> io::Result<Message> {
    let service = TcpStream::connect(target)?;
    let start = request.start.replace("HTTP/1.1", "HTTP/1.0");
    http::write(
        &service,
        &start,
        &end_to_end_headers(request),
        &request.body,
    )?;
    Message::read(&mut BufReader::new(service))?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// The headers of the message itself, without those of the connection.
fn end_to_end_headers(message: &Message) -> Vec<(&str, &str)> {
    let of_connection = [
        "connection",
        "content-length",
        "transfer-encoding",
        "keep-alive",
    ];
    let headers = message.headers.iter();
    headers
        .filter(|(name, _)| !of_connection.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn kill(process: u32) -> io::Result<()> {
    Command::new("kill")
        .args(["-KILL", &process.to_string()])
        .status()
        .map(drop)
}

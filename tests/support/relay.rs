//! A way to the services on which everything can happen to the function's requests that happens in the world.

use std::fmt;
use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::http::{self, Message};

/// When something happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// The service never sees the request.
    BeforeRequest,
    /// The service has done what was asked, and the function never hears of it.
    AfterRequest,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    /// It is answered.
    Pass,
    /// It is answered so much later.
    Wait(Duration),
    /// The connection ends.
    Reset(Moment),
    /// The process is killed.
    Kill(u32, Moment),
    /// The service says that there are too many requests.
    Throttle,
    /// The service says that it is not available.
    Unavailable,
    /// The relay answers in the service's place, with this body.
    Answer(&'static str),
}

/// The fate of the n-th request, from 1, by its name.
type Plan = Box<dyn FnMut(usize, &str) -> Fate + Send>;

/// What all relays of a test know together.
#[derive(Default)]
pub struct Log {
    /// What was asked, in order.
    pub requests: Vec<String>,
    plan: Option<Plan>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.requests.fmt(f)
    }
}

/// The log, shared.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<Mutex<Log>>);

impl Witness {
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on requests are counted anew, and this is what happens to them.
    pub fn plan(&self, plan: impl FnMut(usize, &str) -> Fate + Send + 'static) {
        let mut log = self.log();
        log.requests.clear();
        log.plan = Some(Box::new(plan));
    }

    /// From now on requests are counted anew, and the process dies at this one.
    pub fn arm(&self, process: u32, request: usize, moment: Moment) {
        self.plan(move |place, _| {
            if place == request {
                Fate::Kill(process, moment)
            } else {
                Fate::Pass
            }
        });
    }

    /// From now on every request is answered.
    pub fn disarm(&self) {
        self.log().plan = None;
    }

    /// A relay to a service; the URL that a client takes for it.
    pub fn relay(&self, target: SocketAddr) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let witness = self.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let witness = witness.clone();
                // A connection ends with the process at its other end; that is what is tested.
                thread::spawn(move || witness.serve(&client, target));
            }
        });
        format!("http://{address}")
    }

    fn serve(&self, client: &TcpStream, target: SocketAddr) -> io::Result<()> {
        let mut requests = BufReader::new(client);
        while let Some(request) = Message::read(&mut requests)? {
            let fate = self.note(&request);
            match fate {
                Fate::Kill(process, Moment::BeforeRequest) => return kill(process),
                Fate::Reset(Moment::BeforeRequest) => return Ok(()),
                Fate::Throttle => refuse(client, &request, "400 Bad Request", "Throttling")?,
                Fate::Unavailable => {
                    refuse(
                        client,
                        &request,
                        "503 Service Unavailable",
                        "ServiceUnavailable",
                    )?;
                }
                Fate::Wait(time) => thread::sleep(time),
                Fate::Answer(body) => http::write(client, "HTTP/1.1 200 OK", &[], body)?,
                Fate::Pass | Fate::Reset(_) | Fate::Kill(..) => {}
            }
            if matches!(fate, Fate::Throttle | Fate::Unavailable | Fate::Answer(_)) {
                continue;
            }
            let response = forward(&request, target)?;
            match fate {
                Fate::Kill(process, _) => return kill(process),
                Fate::Reset(_) => return Ok(()),
                _ => {}
            }
            let status = response.start.split_once(' ').map_or("", |(_, rest)| rest);
            let headers = passed_on(&response);
            http::write(
                client,
                &format!("HTTP/1.1 {status}"),
                &headers,
                &response.body,
            )?;
        }
        Ok(())
    }

    /// Notes a request; what is to happen to it.
    fn note(&self, request: &Message) -> Fate {
        let mut log = self.log();
        let name = match request.header("x-amz-target") {
            Some(target) => target.rsplit('.').next().unwrap_or(target),
            None => action(&request.body),
        };
        log.requests.push(name.to_owned());
        let place = log.requests.len();
        log.plan
            .as_mut()
            .map_or(Fate::Pass, |plan| plan(place, name))
    }
}

/// What a request to SNS asks for: SNS speaks forms.
fn action(form: &str) -> &str {
    let mut fields = form.split('&');
    fields
        .find_map(|field| field.strip_prefix("Action="))
        .expect("a form names its action")
}

/// Answers in the service's place, in the words of DynamoDB (JSON) or SNS (XML).
fn refuse(client: &TcpStream, request: &Message, status: &str, code: &str) -> io::Result<()> {
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
    http::write(&service, &start, &passed_on(request), &request.body)?;
    Message::read(&mut BufReader::new(service))?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// The headers that do not belong to the connection.
fn passed_on(message: &Message) -> Vec<(&str, &str)> {
    let own = [
        "connection",
        "content-length",
        "transfer-encoding",
        "keep-alive",
    ];
    let headers = message.headers.iter();
    headers
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn kill(process: u32) -> io::Result<()> {
    Command::new("kill")
        .args(["-KILL", &process.to_string()])
        .status()
        .map(drop)
}

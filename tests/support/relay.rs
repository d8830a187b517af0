//! A way to the services on which the function can be killed at any of its requests.

use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::http::{self, Message};

/// When the function dies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// The service never sees the request.
    BeforeRequest,
    /// The service has done what was asked, and the function never hears of it.
    AfterRequest,
}

/// What all relays of a test know together.
#[derive(Debug, Default)]
pub struct Log {
    /// What was asked, in order.
    pub requests: Vec<String>,
    /// The process, the place of the request among all, from 1, and the moment at which the process is killed.
    fuse: Option<(u32, usize, Moment)>,
}

/// The log, shared.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<Mutex<Log>>);

impl Witness {
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on requests are counted anew, and the process dies at this one.
    pub fn arm(&self, process: u32, request: usize, moment: Moment) {
        let mut log = self.log();
        log.requests.clear();
        log.fuse = Some((process, request, moment));
    }

    /// From now on nobody dies.
    pub fn disarm(&self) {
        self.log().fuse = None;
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
            let fuse = self.note(&request);
            if let Some((process, Moment::BeforeRequest)) = fuse {
                return kill(process);
            }
            let response = forward(&request, target)?;
            if let Some((process, Moment::AfterRequest)) = fuse {
                return kill(process);
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

    /// Notes a request; the process to kill at it, if any.
    fn note(&self, request: &Message) -> Option<(u32, Moment)> {
        let mut log = self.log();
        let name = match request.header("x-amz-target") {
            Some(target) => target.rsplit('.').next().unwrap_or(target),
            None => "Publish",
        };
        log.requests.push(name.to_owned());
        let (process, place, moment) = log.fuse?;
        (log.requests.len() == place).then_some((process, moment))
    }
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

//! The subset of HTTP/1.1 that the tests use: messages with `Content-Length`.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// A request or a response.
#[derive(Debug)]
pub struct Message {
    /// The request line or the status line.
    pub start: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, which is always text here.
    pub body: String,
}

impl Message {
    /// The next message of a connection. `None` if the other side has closed it.
    pub fn read(stream: &mut impl BufRead) -> io::Result<Option<Self>> {
        let start = line(stream)?;
        if start.is_empty() {
            return Ok(None);
        }
        let mut headers = Vec::new();
        while let Some((name, value)) = line(stream)?.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut message = Self {
            start,
            headers,
            body: String::new(),
        };
        let length = message
            .header("content-length")
            .map_or(Ok(0), str::parse)
            .map_err(io::Error::other)?;
        stream.take(length).read_to_string(&mut message.body)?;
        Ok(Some(message))
    }

    /// The value of a header with this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

/// Writes a message: its first line, the headers, `Content-Length` and the body.
pub fn write(
    mut stream: &TcpStream,
    start: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<()> {
    // Collected first, so that the message is sent in one packet.
    let mut message = Vec::new();
    write!(message, "{start}\r\nContent-Length: {}\r\n", body.len())?;
    for (name, value) in headers {
        write!(message, "{name}: {value}\r\n")?;
    }
    write!(message, "\r\n{body}")?;
    stream.write_all(&message)
}

/// Posts a body on a new connection, and returns the response.
pub fn post(address: SocketAddr, headers: &[(&str, &str)], body: &str) -> io::Result<Message> {
    let stream = TcpStream::connect(address)?;
    // A response to HTTP/1.0 is not chunked.
    write(&stream, "POST / HTTP/1.0", headers, body)?;
    Message::read(&mut BufReader::new(stream))?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

//! As much of HTTP/1.1 as the tests speak: messages whose length is told.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// A request or a response.
#[derive(Debug)]
pub struct Message {
    /// The request line or the status line.
    pub start: String,
    /// Names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body, which is text in everything that is sent here.
    pub body: String,
}

impl Message {
    /// The next message of a connection, or none where the other side has closed it.
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

    /// The value of a header, whose name is given in small letters.
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

/// Writes a message: its first line, headers, and a body of which the length is told.
pub fn write(
    mut stream: &TcpStream,
    start: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<()> {
    // Into memory first: one packet rather than one for each header.
    let mut message = Vec::new();
    write!(message, "{start}\r\nContent-Length: {}\r\n", body.len())?;
    for (name, value) in headers {
        write!(message, "{name}: {value}\r\n")?;
    }
    write!(message, "\r\n{body}")?;
    stream.write_all(&message)
}

/// Posts a body on a connection of its own and gives the response.
pub fn post(address: SocketAddr, headers: &[(&str, &str)], body: &str) -> io::Result<Message> {
    let stream = TcpStream::connect(address)?;
    // A server of HTTP/1.0 tells the length rather than sending chunks.
    write(&stream, "POST / HTTP/1.0", headers, body)?;
    Message::read(&mut BufReader::new(stream))?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

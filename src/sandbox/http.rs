//! As much of HTTP/1.1 as a sample server needs: request heads in, whole responses out.
//! Knows nothing of referrals.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// The most a request's head may measure, in bytes.
const LARGEST_HEAD: usize = 64 * 1024;
/// The most of a body that is read, to be thrown away.
const LARGEST_BODY: usize = 1024 * 1024;
const MOST_HEADERS: usize = 100;

/// A request's head.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    /// Whether another request may follow on this connection.
    pub(super) keep_alive: bool,
}

impl Head {
    /// The value of the first header of this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn new(request: &httparse::Request<'_, '_>) -> Head {
        let headers = request.headers.iter().map(|header| {
            let value = String::from_utf8_lossy(header.value).into_owned();
            (header.name.to_owned(), value)
        });
        let mut head = Head {
            method: request.method.unwrap_or_default().to_owned(),
            target: request.path.unwrap_or_default().to_owned(),
            headers: headers.collect(),
            keep_alive: request.version == Some(1),
        };
        if let Some(connection) = head.header("Connection") {
            let wish = connection.to_ascii_lowercase();
            head.keep_alive = !wish.contains("close") && (head.keep_alive || wish.contains("keep"));
        }
        head
    }
}

/// What came in on a connection.
#[derive(Debug)]
pub(super) enum Received {
    /// A request.
    Request(Head),
    /// Something else; answer with this status and hang up.
    Refused(u16),
    /// The other side hung up.
    Closed,
}

/// Requests of one connection, one after the other.
pub(super) struct Requests<'s> {
    stream: &'s TcpStream,
    buffer: Vec<u8>,
}

impl<'s> Requests<'s> {
    /// Nothing read yet.
    pub(super) fn new(stream: &'s TcpStream) -> Requests<'s> {
        Requests { stream, buffer: Vec::new() }
    }

    /// Waits for the next request, and throws its body away.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(super) fn next(&mut self) -> Result<Received> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
            let mut request = httparse::Request::new(&mut headers);
            match request.parse(&self.buffer) {
                Ok(httparse::Status::Complete(length)) if length <= LARGEST_HEAD => {
                    let head = Head::new(&request);
                    self.buffer.drain(..length);
                    return self.without_body(head);
                }
                Ok(httparse::Status::Partial) if self.buffer.len() <= LARGEST_HEAD => {}
                Ok(_) | Err(httparse::Error::TooManyHeaders) => return Ok(Received::Refused(431)),
                Err(_) => return Ok(Received::Refused(400)),
            }
            if self.fill()? == 0 {
                return Ok(Received::Closed);
            }
        }
    }

    fn without_body(&mut self, head: Head) -> Result<Received> {
        if head.header("Transfer-Encoding").is_some() {
            return Ok(Received::Refused(411));
        }
        let length = match head.header("Content-Length").map(str::parse) {
            None => 0,
            Some(Ok(length)) if length <= LARGEST_BODY => length,
            Some(Ok(_)) => return Ok(Received::Refused(413)),
            Some(Err(_)) => return Ok(Received::Refused(400)),
        };
        while self.buffer.len() < length {
            if self.fill()? == 0 {
                return Ok(Received::Closed);
            }
        }
        self.buffer.drain(..length);
        Ok(Received::Request(head))
    }

    fn fill(&mut self) -> Result<usize> {
        let mut block = [0; 8192];
        loop {
            match self.stream.read(&mut block) {
                Ok(count) => {
                    self.buffer.extend_from_slice(&block[..count]);
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A response without the headers that every one has.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// Sends `reply` in one piece: a head sent alone would wait for its acknowledgement.
///
/// # Errors
/// When the connection breaks.
pub(super) fn send(mut stream: &TcpStream, reply: &Reply, keep_alive: bool) -> Result<()> {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(reply.body.len() + 512);
    let (status, reason) = (reply.status, reason(reply.status));
    let length = reply.body.len();
    let connection = if keep_alive { "keep-alive" } else { "close" };
    let written = write!(
        text,
        "HTTP/1.1 {status} {reason}\r\nContent-Length: {length}\r\nConnection: {connection}\r\n"
    );
    written.expect("writing to a String succeeds");
    for (name, value) in &reply.headers {
        for part in [name, ": ", value, "\r\n"] {
            text.push_str(part);
        }
    }
    text.push_str("\r\n");
    text.push_str(&reply.body);
    stream.write_all(text.as_bytes())
}

/// Ends a connection. What still comes in is read for a moment: hanging up on it would take the
/// answer back.
///
/// # Errors
/// When the connection breaks.
pub(super) fn hang_up(mut stream: &TcpStream) -> Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut block = [0; 8192];
    for _ in 0..LARGEST_BODY / block.len() {
        if stream.read(&mut block)? == 0 {
            break;
        }
    }
    stream.shutdown(Shutdown::Both)
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        _ => "Bad Request",
    }
}

//! One connection: its requests one after the other, and the stream beneath.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::message::{Limits, Parsed, Request, Response, parse_request};

/// How long a client may take to close its side after the last response.
const LINGER_TIMEOUT: Duration = Duration::from_millis(200);
/// How much is read from a client that goes on sending after the last response, in bytes.
const MAX_LINGER: usize = 1024 * 1024;
const BLOCK: usize = 8 * 1024;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A whole request.
    Request(Request),
    /// Not HTTP/1.x, or over a limit. Answer with this status and close: where the next request
    /// would begin is unknown.
    Rejected(u16),
    /// The client closed the connection.
    Closed,
}

/// An accepted connection. It is closed when dropped.
#[derive(Debug)]
pub struct Connection {
    stream: Arc<TcpStream>,
    number: usize,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(stream: Arc<TcpStream>, number: usize) -> Connection {
        Connection { stream, number, received: Vec::new() }
    }

    /// The stream beneath, for timeouts and for bytes that are not a whole response. Once a
    /// request was read, bytes of the next one may be missing from it.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// How many connections the server had accepted before this one.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Waits for the next request.
    ///
    /// # Errors
    /// When the connection breaks or the time is over, however many bytes arrived.
    #[expect(clippy::disallowed_methods, reason = "the limit is the server's, not a command's")]
    pub fn read_request(&mut self, limits: Limits) -> Result<Incoming> {
        let start = Instant::now();
        self.read_request_timed(limits, None, || start.elapsed())
    }

    /// Waits for the next request, but reads only this much of one with this method.
    ///
    /// # Errors
    /// [`ErrorKind::ConnectionAborted`] when such a request has more bytes, and those of [`Connection::read_request`].
    #[expect(clippy::disallowed_methods, reason = "the limit is the server's, not a command's")]
    pub fn read_request_up_to(
        &mut self,
        limits: Limits,
        method: &str,
        bytes: usize,
    ) -> Result<Incoming> {
        let start = Instant::now();
        self.read_request_timed(limits, Some((method, bytes)), || start.elapsed())
    }

    /// `cut` is a method, and how many bytes of a request with it are read at most.
    fn read_request_timed(
        &mut self,
        limits: Limits,
        cut: Option<(&str, usize)>,
        mut elapsed: impl FnMut() -> Duration,
    ) -> Result<Incoming> {
        loop {
            match parse_request(&self.received, limits) {
                Parsed::Complete(request, length) => {
                    self.received.drain(..length);
                    return Ok(Incoming::Request(request));
                }
                Parsed::Rejected(status) => return Ok(Incoming::Rejected(status)),
                Parsed::Partial => {}
            }
            let left = limits.time.saturating_sub(elapsed());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            // macOS refuses it once the client has closed the connection, which the read then tells.
            let _ = self.stream().set_read_timeout(Some(left));
            let mut block = [0; BLOCK];
            let size = self.next_read_size(cut);
            if size == 0 {
                return Err(ErrorKind::ConnectionAborted.into());
            }
            match self.stream().read(&mut block[..size]) {
                Ok(0) => return Ok(Incoming::Closed),
                Ok(count) => self.received.extend_from_slice(&block[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// How much is read at once; 0 where the request is cut. One byte tells the method, so of a request that is not to be
    /// read at all one is.
    fn next_read_size(&self, cut: Option<(&str, usize)>) -> usize {
        let Some((method, bytes)) = cut else { return BLOCK };
        let received = &self.received;
        if received.is_empty() {
            return 1;
        }
        if received.iter().zip(method.as_bytes()).all(|(received, wanted)| received == wanted) {
            return bytes.saturating_sub(received.len()).min(BLOCK);
        }
        BLOCK
    }

    /// Sends a response after which another request may follow.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn respond(&mut self, response: &Response) -> Result<()> {
        self.stream().write_all(&response.to_bytes(true))
    }

    /// Sends the last response and closes the connection.
    ///
    /// # Errors
    /// When the connection breaks before the response is sent.
    pub fn respond_and_close(self, response: &Response) -> Result<()> {
        self.stream().write_all(&response.to_bytes(false))?;
        // How the client leaves is of no interest once it has its response.
        let _ = self.linger();
        Ok(())
    }

    /// Closing a socket with unread bytes resets the connection, which can take the response back
    /// (RFC 9112 §9.6), so they are read first.
    fn linger(&self) -> Result<()> {
        let mut stream = self.stream();
        stream.shutdown(Shutdown::Write)?;
        stream.set_read_timeout(Some(LINGER_TIMEOUT))?;
        let mut block = [0; BLOCK];
        for _ in 0..MAX_LINGER / BLOCK {
            if stream.read(&mut block)? == 0 {
                break;
            }
        }
        stream.shutdown(Shutdown::Both)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const LIMITS: Limits = Limits { time: Duration::from_secs(60), head: 4 * 1024, body: 1024 };

    /// A client and the connection it made.
    fn connect() -> (TcpStream, Connection) {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(socket.local_addr().unwrap()).unwrap();
        let (stream, _) = socket.accept().unwrap();
        (client, Connection::new(Arc::new(stream), 0))
    }

    fn read_target(connection: &mut Connection) -> String {
        match connection.read_request(LIMITS).unwrap() {
            Incoming::Request(request) => request.target,
            other => panic!("{other:?}"),
        }
    }

    fn response(status: u16) -> Response {
        Response { status, headers: Vec::new(), body: b"body".to_vec() }
    }

    #[test]
    fn requests_follow_each_other_however_they_are_cut() {
        let (mut client, mut connection) = connect();
        client.write_all(b"GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Le").unwrap();
        assert_eq!(read_target(&mut connection), "/1");
        client.write_all(b"ngth: 3\r\n\r\nabcGET /3 HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(read_target(&mut connection), "/2");
        assert_eq!(read_target(&mut connection), "/3");
        drop(client);
        assert_eq!(connection.read_request(LIMITS).unwrap(), Incoming::Closed);
    }

    #[test]
    fn a_silent_client_is_given_up_when_the_time_is_over() {
        let (mut client, mut connection) = connect();
        client.write_all(b"GET / HTT").unwrap();
        let limits = Limits { time: Duration::from_millis(1), ..LIMITS };
        let kind = connection.read_request(limits).unwrap_err().kind();
        assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{kind:?}");
    }

    #[test]
    fn a_client_that_sends_a_byte_a_second_is_given_up_too() {
        let (mut client, mut connection) = connect();
        let mut seconds = 0;
        let elapsed = || {
            client.write_all(b"G").unwrap();
            seconds += 1;
            Duration::from_secs(seconds)
        };
        let error = connection.read_request_timed(LIMITS, None, elapsed).unwrap_err();
        assert_eq!((error.kind(), seconds), (ErrorKind::TimedOut, 60));
    }

    #[test]
    fn a_request_can_be_cut_after_any_of_its_bytes() {
        let request = b"PATCH /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
        for bytes in 0..=request.len() {
            let (mut client, mut connection) = connect();
            client.write_all(b"GET /1 HTTP/1.1\r\n\r\n").unwrap();
            let mut read = || connection.read_request_up_to(LIMITS, "PATCH", bytes);
            assert!(matches!(read(), Ok(Incoming::Request(_))));
            client.write_all(request).unwrap();
            match read() {
                Ok(Incoming::Request(request)) => assert_eq!(request.method, "PATCH"),
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {
                    assert!(bytes < request.len(), "{bytes}");
                    assert_eq!(connection.received.len(), bytes.max(1), "{bytes}");
                    continue;
                }
                other => panic!("{bytes}: {other:?}"),
            }
            assert_eq!(bytes, request.len());
        }
    }

    #[test]
    fn responses_follow_each_other_and_the_last_one_ends_the_connection() {
        let (mut client, mut connection) = connect();
        client
            .write_all(b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nConnection: close\r\n\r\n")
            .unwrap();
        read_target(&mut connection);
        connection.respond(&response(200)).unwrap();
        read_target(&mut connection);
        let serving = std::thread::spawn(move || connection.respond_and_close(&response(404)));
        let mut received = String::new();
        client.read_to_string(&mut received).unwrap();
        assert_eq!(received.matches("HTTP/1.1 200 OK").count(), 1, "{received}");
        assert_eq!(received.matches("HTTP/1.1 404 Not Found").count(), 1, "{received}");
        drop(client);
        serving.join().unwrap().unwrap();
    }

    #[test]
    fn a_client_that_sends_too_much_still_gets_the_response() {
        let (mut client, mut connection) = connect();
        let serving = std::thread::spawn(move || {
            let Incoming::Rejected(status) = connection.read_request(LIMITS).unwrap() else {
                panic!("the request is over the limit");
            };
            connection.respond_and_close(&response(status)).unwrap();
        });
        let header = format!("X: {}\r\n", "y".repeat(100 * 1024));
        client.write_all(format!("GET / HTTP/1.1\r\n{header}\r\n").as_bytes()).unwrap();
        let mut received = String::new();
        client.read_to_string(&mut received).unwrap();
        assert!(received.starts_with("HTTP/1.1 431 "), "{received}");
        drop(client);
        serving.join().unwrap();
    }
}

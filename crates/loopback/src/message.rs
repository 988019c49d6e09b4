//! Requests and responses as bytes.

use std::fmt::Write;
use std::time::Duration;

const MAX_HEADERS: usize = 100;

/// The largest and slowest request that is read; sizes in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the wait for its first byte to its last one.
    pub time: Duration,
    /// Request line and headers; above it the request is rejected with 431.
    pub head: usize,
    /// Body; above it the request is rejected with 413.
    pub body: usize,
}

/// A whole request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, for example.
    pub method: String,
    /// The request target as received, percent-encoded.
    pub target: String,
    /// Names and values in the order received.
    pub headers: Vec<(String, String)>,
    /// Empty when the request has none.
    pub body: Vec<u8>,
    /// Whether the client expects to send another request on this connection.
    pub keep_alive: bool,
}

impl Request {
    /// The value of the first header with this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn from_head(head: &httparse::Request<'_, '_>) -> Request {
        let headers = head.headers.iter().map(|header| {
            let value = String::from_utf8_lossy(header.value).into_owned();
            (header.name.to_owned(), value)
        });
        let mut request = Request {
            method: head.method.unwrap_or_default().to_owned(),
            target: head.path.unwrap_or_default().to_owned(),
            headers: headers.collect(),
            body: Vec::new(),
            keep_alive: head.version == Some(1),
        };
        if let Some(connection) = request.header("Connection") {
            let options = connection.to_ascii_lowercase();
            request.keep_alive = !options.contains("close")
                && (request.keep_alive || options.contains("keep-alive"));
        }
        request
    }

    /// The length of the body by its headers, or the status to reject the request with.
    fn body_length(&self, limits: Limits) -> Result<usize, u16> {
        if self.header("Transfer-Encoding").is_some() {
            return Err(411);
        }
        match self.header("Content-Length").map(str::parse) {
            None => Ok(0),
            Some(Ok(length)) if length <= limits.body => Ok(length),
            Some(Ok(_)) => Err(413),
            Some(Err(_)) => Err(400),
        }
    }
}

/// What the bytes received so far amount to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// A request, which takes up this many bytes.
    Complete(Request, usize),
    /// More bytes are needed.
    Partial,
    /// Not HTTP/1.x, or over a limit; to be answered with this status.
    Rejected(u16),
}

pub(crate) fn parse_request(received: &[u8], limits: Limits) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let head_length = match head.parse(received) {
        Ok(httparse::Status::Complete(length)) if length <= limits.head => length,
        Ok(httparse::Status::Partial) if received.len() <= limits.head => return Parsed::Partial,
        Ok(_) | Err(httparse::Error::TooManyHeaders) => return Parsed::Rejected(431),
        Err(_) => return Parsed::Rejected(400),
    };
    let mut request = Request::from_head(&head);
    let length = match request.body_length(limits) {
        Ok(body_length) => head_length + body_length,
        Err(status) => return Parsed::Rejected(status),
    };
    let Some(body) = received.get(head_length..length) else {
        return Parsed::Partial;
    };
    request.body = body.to_vec();
    Parsed::Complete(request, length)
}

/// A response; `Content-Length` and `Connection` are added when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// `200`, for example.
    pub status: u16,
    /// Names and values, sent in this order.
    pub headers: Vec<(&'static str, String)>,
    /// Sent as it is.
    pub body: Vec<u8>,
}

impl Response {
    /// What is sent, with `Content-Length` and `Connection`.
    ///
    /// # Panics
    /// Never: writing to a `String` succeeds.
    pub fn to_bytes(&self, keep_alive: bool) -> Vec<u8> {
        let mut head = String::with_capacity(512);
        let (status, reason) = (self.status, reason_phrase(self.status));
        let connection = if keep_alive { "keep-alive" } else { "close" };
        // A 204 has no body and must not have a length (RFC 9110 §8.6).
        let length = match status {
            204 => String::new(),
            _ => format!("Content-Length: {}\r\n", self.body.len()),
        };
        write!(head, "HTTP/1.1 {status} {reason}\r\n{length}Connection: {connection}\r\n")
            .expect("writing to a String succeeds");
        for (name, value) in &self.headers {
            for part in [name, ": ", value, "\r\n"] {
                head.push_str(part);
            }
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// Empty for a status that is not listed, as RFC 9112 §4 allows.
fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        423 => "Locked",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { time: Duration::MAX, head: 200, body: 10 };

    fn parse(text: &str) -> Parsed {
        parse_request(text.as_bytes(), LIMITS)
    }

    #[test]
    fn a_request_is_complete_with_the_last_byte_of_its_body() {
        let text = "POST /a?b=%20c HTTP/1.1\r\nHost: x\r\ncontent-length: 4\r\n\r\nbody";
        for end in 0..text.len() {
            assert_eq!(parse(&text[..end]), Parsed::Partial, "{end}");
        }
        let Parsed::Complete(request, length) = parse(&format!("{text}GET /")) else {
            panic!("the request is complete");
        };
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/a?b=%20c"));
        assert_eq!(request.header("HOST"), Some("x"));
        assert_eq!(request.header("Accept"), None);
        assert_eq!((request.body.as_slice(), length), (&b"body"[..], text.len()));
    }

    #[test]
    fn a_request_outside_the_grammar_or_the_limits_is_rejected() {
        let long = format!("GET / HTTP/1.1\r\nX: {}", "y".repeat(200));
        let many = "X: y\r\n".repeat(MAX_HEADERS + 1);
        for (text, status) in [
            ("nonsense\r\n\r\n", 400),
            ("GET /a b HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
            ("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n", 413),
            (&long, 431),
            (&format!("{long}\r\n\r\n"), 431),
            (&format!("GET / HTTP/1.1\r\n{many}\r\n"), 431),
        ] {
            assert_eq!(parse(text), Parsed::Rejected(status), "{text}");
        }
    }

    #[test]
    fn a_connection_is_kept_as_rfc_9112_says() {
        for (version, header, keep_alive) in [
            ("1.1", "", true),
            ("1.0", "", false),
            ("1.1", "Connection: close\r\n", false),
            ("1.1", "connection: TE, Close\r\n", false),
            ("1.0", "Connection: Keep-Alive\r\n", true),
            ("1.1", "Connection: upgrade\r\n", true),
        ] {
            let parsed = parse(&format!("GET / HTTP/{version}\r\n{header}\r\n"));
            let Parsed::Complete(request, _) = parsed else { panic!("{parsed:?}") };
            assert_eq!(request.keep_alive, keep_alive, "{version} {header}");
        }
    }

    #[test]
    fn a_response_says_how_long_it_is_and_whether_another_may_follow() {
        let headers = vec![("Allow", "GET".to_owned())];
        let response = Response { status: 405, headers, body: b"no\n".to_vec() };
        assert_eq!(
            String::from_utf8(response.to_bytes(true)).unwrap(),
            "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 3\r\nConnection: keep-alive\r\nAllow: GET\r\n\r\nno\n"
        );
        let response = Response { status: 299, headers: Vec::new(), body: Vec::new() };
        assert_eq!(
            String::from_utf8(response.to_bytes(false)).unwrap(),
            "HTTP/1.1 299 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let response = Response { status: 204, headers: Vec::new(), body: Vec::new() };
        let head = String::from_utf8(response.to_bytes(true)).unwrap();
        assert!(!head.contains("Content-Length"), "{head}");
    }
}

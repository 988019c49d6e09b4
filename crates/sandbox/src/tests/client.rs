//! A minimal HTTP client that sends exactly the bytes it is given.

use std::io::{Read, Write};
use std::net::TcpStream;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::Value;

use crate::{Options, Sandbox};

pub(super) struct ClientResponse {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Value,
}

impl ClientResponse {
    pub(super) fn ids(&self) -> Vec<&str> {
        assert_eq!(self.status, 200, "{}", self.body);
        let rows = self.body["value"].as_array().unwrap().iter();
        rows.map(|row| row["id"].as_str().unwrap()).collect()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    pub(super) fn next_query(&self) -> Option<&str> {
        let link = self.body["@odata.nextLink"].as_str()?;
        Some(link.split_once('?').unwrap().1)
    }
}

/// An open connection to a sandbox.
pub(super) struct Client(TcpStream);

impl Client {
    pub(super) fn new(sandbox: &Sandbox) -> Client {
        let authority = sandbox.url().strip_prefix("http://").unwrap();
        let address = authority.split('/').next().unwrap();
        Client(TcpStream::connect(address).unwrap())
    }

    /// Requests the collection with this raw query and the valid token.
    pub(super) fn list(&mut self, query: &str) -> ClientResponse {
        self.get(&format!("/v1.0/engagements/referrals?{query}"))
    }

    /// Requests the collection with this filter, percent-encoded.
    pub(super) fn filter(&mut self, filter: &str) -> ClientResponse {
        self.list(&format!("$filter={}", encoded(filter)))
    }

    pub(super) fn get(&mut self, target: &str) -> ClientResponse {
        self.send(&format!(
            "GET {target} HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer sandbox\r\n\r\n"
        ))
    }

    /// Sends a JSON Patch with these headers, each with its line end, beside those that every one has.
    pub(super) fn patch(&mut self, id: &str, headers: &str, patch: &Value) -> ClientResponse {
        self.send(&patch_request(id, headers, patch))
    }

    /// What is received until the server closes the connection.
    pub(super) fn send_and_read_to_end(&mut self, request: &str) -> String {
        let mut received = Vec::new();
        let _ = self.0.write_all(request.as_bytes());
        // A connection that is reset is closed too.
        let _ = self.0.read_to_end(&mut received);
        String::from_utf8(received).unwrap()
    }

    pub(super) fn send(&mut self, request: &str) -> ClientResponse {
        self.0.write_all(request.as_bytes()).unwrap();
        let mut received = Vec::new();
        let mut block = [0; 4096];
        loop {
            let text = String::from_utf8_lossy(&received).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                // A 204 has no length and no body.
                let length = head
                    .split_once("Content-Length: ")
                    .map_or(0, |(_, rest)| rest.lines().next().unwrap().parse().unwrap());
                if body.len() == length {
                    let status = head[9..12].parse().unwrap();
                    assert_eq!(length == 0, status == 204, "{text}");
                    let body = serde_json::from_str(body).unwrap_or_default();
                    return ClientResponse { status, head: head.to_owned(), body };
                }
            }
            let count = self.0.read(&mut block).unwrap();
            assert!(count > 0, "closed after {text}");
            received.extend_from_slice(&block[..count]);
        }
    }

    /// Whether the server has closed the connection.
    pub(super) fn is_closed(&mut self) -> bool {
        self.0.read(&mut [0]).map_or(true, |count| count == 0)
    }
}

pub(super) fn patch_request(id: &str, headers: &str, patch: &Value) -> String {
    let body = patch.to_string();
    format!(
        "PATCH /v1.0/engagements/referrals/{id} HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer sandbox\r\n\
         Content-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(super) fn serve(rows: Vec<Value>) -> Sandbox {
    start(Options { rows: Some(rows), ..Options::default() })
}

pub(super) fn start(options: Options) -> Sandbox {
    Sandbox::start(options).unwrap()
}

pub(super) fn encoded(text: &str) -> String {
    percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string()
}

//! A scripted server: what it sends can be set down to the bytes.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use referrals_loopback::{Connection, Incoming, Limits, Listener, Response};

pub(crate) use referrals_loopback::Request;

const LIMITS: Limits = Limits { time: Duration::from_secs(60), head: 64 * 1024, body: 1024 * 1024 };

/// What a script answers to a request; then the connection ends.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// 200 with this JSON.
    Json(String),
    /// A status, headers and a body.
    Status(u16, &'static [(&'static str, &'static str)], String),
    /// These bytes.
    Raw(Vec<u8>),
    /// Nothing until the client closes the connection.
    Hang,
}

type Script = dyn Fn(usize, &Request) -> Reply + Send + Sync;

/// A running server. It stops when dropped.
pub(crate) struct Server {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    /// Listens until it is dropped.
    _listener: referrals_loopback::Server,
}

impl Server {
    /// Answers each request, numbered from 0, as `script` says.
    pub(crate) fn start(
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = Listener::bind(0).unwrap();
        let address = listener.addresses()[0].to_string();
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let recorded = Arc::clone(&requests);
        let handler = move |connection| handle_connection(connection, &recorded, &script);
        Server { address, requests, _listener: listener.serve(handler).unwrap() }
    }

    /// The address for `--api-url`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1.0/engagements", self.address)
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The requests received so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn handle_connection(mut connection: Connection, requests: &Mutex<Vec<Request>>, script: &Script) {
    let Ok(Incoming::Request(request)) = connection.read_request(LIMITS) else { return };
    let number = {
        let mut requests = requests.lock().unwrap();
        requests.push(request.clone());
        requests.len() - 1
    };
    let (status, headers, body) = match script(number, &request) {
        Reply::Json(body) => (200, [("Content-Type", "application/json")].as_slice(), body),
        Reply::Status(status, headers, body) => (status, headers, body),
        Reply::Raw(bytes) => {
            let _ = connection.stream().write_all(&bytes);
            return;
        }
        Reply::Hang => {
            let _ = std::io::copy(&mut connection.stream(), &mut std::io::sink());
            return;
        }
    };
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    // A client that has given up is part of some scripts.
    let _ = connection.respond_and_close(&Response { status, headers, body: body.into_bytes() });
}

/// The head of a response for `Reply::Raw`, where the body is not as long as it says.
pub(crate) fn head(status: u16, headers: &[(&str, &str)], length: usize) -> String {
    let mut lines = vec![format!("HTTP/1.1 {status} Scripted")];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.extend([format!("Content-Length: {length}"), "Connection: close".to_owned()]);
    lines.join("\r\n") + "\r\n\r\n"
}

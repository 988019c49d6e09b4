//! Listens on loopback, one thread per connection, and remembers what it was asked.
//! Decides nothing about the answers.

use std::collections::VecDeque;
use std::io::Result;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use referrals_loopback::{Connection, Incoming, Limits, Listener, Request, Server};
use serde_json::Value;

use crate::answer::{Service, refuse};
use crate::data::rows;
use crate::mixer::Mixer;
use crate::store::Store;

/// How many requests are recorded; the oldest is dropped first.
const MAX_RECORDED: usize = 10_000;
const LIMITS: Limits = Limits { head: 64 * 1024, body: 1024 * 1024 };

/// What the sandbox serves and how it behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The TCP port; 0 takes any free one.
    pub port: u16,
    /// How many referrals to invent.
    pub referrals: usize,
    /// The most referrals on a page (API §2.3); 0 counts as 1.
    pub page_size: usize,
    /// How long to wait before each answer.
    pub latency: Duration,
    /// The same seed and the same `now` give the same data.
    pub seed: u64,
    /// The only bearer token that is accepted.
    pub token: String,
    /// What the data is relative to, and what `now()` in a filter is.
    pub now: Timestamp,
    /// These referrals instead of invented ones.
    pub rows: Option<Vec<Value>>,
    /// Which query options count.
    pub obeys: Obeys,
    /// Whether the whole grammar is understood, or only what the API's pages show (API §2.2).
    pub undocumented: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 0,
            referrals: 250,
            page_size: 100,
            latency: Duration::ZERO,
            seed: 0,
            token: "sandbox".to_owned(),
            now: Timestamp::UNIX_EPOCH,
            rows: None,
            obeys: Obeys::default(),
            undocumented: true,
        }
    }
}

/// Which query options count; one that does not is ignored as if it had not been sent.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one switch for each query option")]
pub struct Obeys {
    /// `$filter`
    pub filter: bool,
    /// `$orderby`
    pub orderby: bool,
    /// `$top`
    pub top: bool,
    /// `$select`
    pub select: bool,
}

impl Default for Obeys {
    fn default() -> Obeys {
        Obeys { filter: true, orderby: true, top: true, select: true }
    }
}

/// A request as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// `GET`, for example.
    pub method: String,
    /// Path and query, percent-encoded.
    pub target: String,
    /// Names and values in the order received, without `Authorization`.
    pub headers: Vec<(String, String)>,
}

/// A running sample API. It stops when dropped.
pub struct Sandbox {
    url: String,
    shared: Arc<Shared>,
    /// Listens until it is dropped.
    _server: Server,
}

impl Sandbox {
    /// Starts to listen on 127.0.0.1.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(mut options: Options) -> Result<Sandbox> {
        let listener = Listener::bind(options.port)?;
        let authority = listener.addresses()[0].to_string();
        let url = format!("http://{authority}/v1.0/engagements");
        let (seed, page_size) = (options.seed, options.page_size);
        let store = match options.rows.take() {
            Some(given) => Store::new(given.into_iter(), page_size, seed),
            None => Store::new(rows(options.referrals, seed, options.now), page_size, seed),
        };
        let shared = Arc::new(Shared {
            service: Service { options, store, authority },
            connections: AtomicUsize::new(0),
            requests: Mutex::default(),
        });
        let of_handler = Arc::clone(&shared);
        let server = listener.serve(move |connection| {
            of_handler.connections.fetch_add(1, Ordering::SeqCst);
            // A connection that breaks off concerns the client alone.
            let _ = serve_connection(connection, &of_handler);
        })?;
        Ok(Sandbox { url, shared, _server: server })
    }

    /// The base address, for the program's `--api-url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The last 10,000 requests, oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        let (requests, _) = &*lock(&self.shared.requests);
        requests.iter().cloned().collect()
    }

    /// How many TCP connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Blocks until the process is interrupted.
    pub fn wait(&self) {
        loop {
            std::thread::park();
        }
    }
}

struct Shared {
    service: Service,
    connections: AtomicUsize,
    /// The last requests, and how many there were in all.
    requests: Mutex<(VecDeque<RecordedRequest>, u64)>,
}

impl Shared {
    /// Returns the request's number, from 1.
    fn record(&self, request: &Request) -> u64 {
        let headers = request.headers.iter();
        let recorded = RecordedRequest {
            method: request.method.clone(),
            target: request.target.clone(),
            headers: headers
                .filter(|(name, _)| !name.eq_ignore_ascii_case("Authorization"))
                .cloned()
                .collect(),
        };
        let (requests, count) = &mut *lock(&self.requests);
        if requests.len() == MAX_RECORDED {
            requests.pop_front();
        }
        requests.push_back(recorded);
        *count += 1;
        *count
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the latency is the server's; no clock of the program may shorten it"
)]
fn serve_connection(mut connection: Connection, shared: &Shared) -> Result<()> {
    loop {
        let request = match connection.read_request(LIMITS)? {
            Incoming::Request(request) => request,
            Incoming::Rejected(status) => return connection.respond_and_close(&refuse(status)),
            Incoming::Closed => return Ok(()),
        };
        let number = shared.record(&request);
        let latency = shared.service.options.latency;
        if !latency.is_zero() {
            std::thread::sleep(latency);
        }
        let response = shared.service.answer(&request, Mixer::new(number).guid());
        if !request.keep_alive {
            return connection.respond_and_close(&response);
        }
        connection.respond(&response)?;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of this lock panics")
}

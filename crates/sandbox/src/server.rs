//! Runs the service on loopback and records the requests it receives.

use std::collections::VecDeque;
use std::io::Result;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use referrals_loopback::{Connection, Incoming, Limits, Listener, Request, Server};

use crate::generate::generate_rows;
use crate::options::Options;
use crate::prng::SplitMix64;
use crate::service::{Service, malformed_request};
use crate::store::Store;

/// How many requests are recorded; the oldest is dropped first.
const MAX_RECORDED: usize = 10_000;
const LIMITS: Limits = Limits { head: 64 * 1024, body: 1024 * 1024 };

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
    state: Arc<State>,
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
            Some(rows) => Store::new(rows.into_iter(), page_size, seed),
            None => {
                Store::new(generate_rows(options.referrals, seed, options.now), page_size, seed)
            }
        };
        let state = Arc::new(State {
            service: Service { options, store, authority },
            connections: AtomicUsize::new(0),
            requests: Mutex::default(),
        });
        let handler_state = Arc::clone(&state);
        let server = listener.serve(move |connection| {
            handler_state.connections.fetch_add(1, Ordering::SeqCst);
            // A connection that breaks off concerns the client alone.
            let _ = serve_connection(connection, &handler_state);
        })?;
        Ok(Sandbox { url, state, _server: server })
    }

    /// The base address, for the program's `--api-url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The last 10,000 requests, oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        let (requests, _) = &*lock(&self.state.requests);
        requests.iter().cloned().collect()
    }

    /// How many TCP connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Blocks until the process is interrupted.
    pub fn wait(&self) {
        loop {
            std::thread::park();
        }
    }
}

struct State {
    service: Service,
    connections: AtomicUsize,
    /// The last requests, and how many there were in all.
    requests: Mutex<(VecDeque<RecordedRequest>, u64)>,
}

impl State {
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
fn serve_connection(mut connection: Connection, state: &State) -> Result<()> {
    loop {
        let request = match connection.read_request(LIMITS)? {
            Incoming::Request(request) => request,
            Incoming::Rejected(status) => {
                return connection.respond_and_close(&malformed_request(status));
            }
            Incoming::Closed => return Ok(()),
        };
        let number = state.record(&request);
        let latency = state.service.options.latency;
        if !latency.is_zero() {
            std::thread::sleep(latency);
        }
        let response = state.service.respond(&request, SplitMix64::new(number).guid());
        if !request.keep_alive {
            return connection.respond_and_close(&response);
        }
        connection.respond(&response)?;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of this lock panics")
}

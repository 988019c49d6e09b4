//! Runs the service on loopback and records the requests it receives.

use std::collections::VecDeque;
use std::io::{ErrorKind, Result, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use referrals_loopback::{Connection, Incoming, Limits, Listener, Request, Server};
use serde_json::Value;

use crate::day::{self, DayEvent};
use crate::fault::Fault;
use crate::generate::generate_rows;
use crate::options::Options;
use crate::prng::SplitMix64;
use crate::service::{Service, malformed_request};
use crate::store::Store;

/// How many requests are recorded, and of what size together in bytes; the oldest is dropped first.
const MAX_RECORDED: usize = 10_000;
const MAX_RECORDED_BYTES: usize = 16 * 1024 * 1024;
/// Clients keep connections for later, so the wait for a request is long.
const LIMITS: Limits =
    Limits { time: Duration::from_secs(300), head: 64 * 1024, body: 1024 * 1024 };
/// For each write to a client that does not read.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

/// A request as it was received. Of one that was cut ([`Fault::CutRequest`]), the method alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordedRequest {
    /// `GET`, for example.
    pub method: String,
    /// Path and query, percent-encoded.
    pub target: String,
    /// Names and values in the order received, without `Authorization`.
    pub headers: Vec<(String, String)>,
    /// What is not UTF-8 is replaced.
    pub body: String,
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
        store.import(&std::mem::take(&mut options.changes));
        let is_changed = AtomicBool::new(false);
        let state = Arc::new(State {
            service: Service { options, store, authority, is_changed, start: start_of_writes() },
            connections: AtomicUsize::new(0),
            recorder: Mutex::default(),
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

    /// What the data is relative to.
    pub fn now(&self) -> Timestamp {
        self.state.service.options.now
    }

    /// The last requests, oldest first: 10,000 of the usual size.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.state.recorder).requests.iter().cloned().collect()
    }

    /// The requests among them that write: how often a client has tried to.
    pub fn writes(&self) -> Vec<RecordedRequest> {
        let mut requests = self.requests();
        requests.retain(|request| request.method != "GET");
        requests
    }

    /// The referrals that writes have changed since the start, whole, one JSON object on each line: with
    /// [`Options::changes`], another sandbox goes on from there.
    pub fn changes(&self) -> String {
        self.state.service.store.updated_rows()
    }

    /// How many TCP connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Lets the scripted day pass, which ends at `at`: referrals arrive, are answered, change, lapse and disappear. Returns
    /// what has happened. Made for the generated rows.
    pub fn play_day(&self, at: Timestamp) -> Vec<DayEvent> {
        let Service { store, options, .. } = &self.state.service;
        let mut events = Vec::new();
        let mut record = |row: &Value, word| {
            let id = row["id"].as_str().unwrap_or_default().to_owned();
            events.push(DayEvent { id, word });
        };
        store.change_rows(|number, row| {
            if number == day::REMOVED {
                record(row, "removed");
            }
            let word = day::play(number, row, at);
            if let Some(word) = word {
                record(row, word);
            }
            word.is_some()
        });
        store.remove_row(day::REMOVED);
        for (row, words) in day::arrivals(options, at) {
            for word in words {
                record(&row, word);
            }
            store.add_row(&row);
        }
        events
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
    recorder: Mutex<Recorder>,
}

/// The last requests, and how many there were in all.
#[derive(Default)]
struct Recorder {
    requests: VecDeque<RecordedRequest>,
    bytes: usize,
    count: u64,
}

impl RecordedRequest {
    fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        self.method.len() + self.target.len() + self.body.len() + headers.sum::<usize>()
    }
}

impl Recorder {
    /// Returns the request's number, from 1.
    fn record(&mut self, request: &Request) -> u64 {
        let headers = request.headers.iter();
        let recorded = RecordedRequest {
            method: request.method.clone(),
            target: request.target.clone(),
            headers: headers
                .filter(|(name, _)| !name.eq_ignore_ascii_case("Authorization"))
                .cloned()
                .collect(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
        };
        self.push(recorded)
    }

    fn push(&mut self, recorded: RecordedRequest) -> u64 {
        self.bytes += recorded.size();
        self.requests.push_back(recorded);
        while self.requests.len() > MAX_RECORDED || self.bytes > MAX_RECORDED_BYTES {
            let Some(oldest) = self.requests.pop_front() else { break };
            self.bytes -= oldest.size();
        }
        self.count += 1;
        self.count
    }
}

#[expect(clippy::disallowed_methods, reason = "the time is the server's, not a command's")]
fn start_of_writes() -> Instant {
    Instant::now()
}

fn serve_connection(mut connection: Connection, state: &State) -> Result<()> {
    connection.stream().set_write_timeout(Some(WRITE_TIMEOUT))?;
    loop {
        let request = match read_request(&mut connection, state)? {
            Incoming::Request(request) => request,
            Incoming::Rejected(status) => {
                return connection.respond_and_close(&malformed_request(status));
            }
            Incoming::Closed => return Ok(()),
        };
        let number = lock(&state.recorder).record(&request);
        delay(state.service.options.latency);
        let response = state.service.respond(&request, SplitMix64::new(number).guid());
        if request.method == "PATCH"
            && let Some(length) = state.service.options.faults.iter().find_map(Fault::response_cut)
        {
            let bytes = response.to_bytes(request.keep_alive);
            return connection.stream().write_all(&bytes[..length.min(bytes.len())]);
        }
        if !request.keep_alive {
            return connection.respond_and_close(&response);
        }
        connection.respond(&response)?;
    }
}

/// Reads only a part of a PATCH where there is a fault that says so, and records it.
fn read_request(connection: &mut Connection, state: &State) -> Result<Incoming> {
    let cut = state.service.options.faults.iter().find_map(Fault::request_cut);
    let Some(bytes) = cut else { return connection.read_request(LIMITS) };
    connection.read_request_up_to(LIMITS, "PATCH", bytes).inspect_err(|error| {
        if error.kind() == ErrorKind::ConnectionAborted {
            let method = "PATCH".to_owned();
            lock(&state.recorder).push(RecordedRequest { method, ..RecordedRequest::default() });
        }
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the latency is the server's; no clock of the program may shorten it"
)]
fn delay(latency: Duration) {
    if !latency.is_zero() {
        std::thread::sleep(latency);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of this lock panics")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str) -> Request {
        Request {
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers: vec![
                ("X".to_owned(), "x".repeat(60_000)),
                ("authorization".to_owned(), "Bearer x".to_owned()),
            ],
            body: Vec::new(),
            keep_alive: true,
        }
    }

    #[test]
    fn what_is_recorded_is_bounded_in_number_and_in_bytes() {
        let mut recorder = Recorder::default();
        for number in 1..=1_000 {
            assert_eq!(recorder.record(&request(&format!("/{number}"))), number);
        }
        let bytes: usize = recorder.requests.iter().map(RecordedRequest::size).sum();
        assert_eq!(bytes, recorder.bytes);
        assert!((MAX_RECORDED_BYTES - 61_000..=MAX_RECORDED_BYTES).contains(&bytes));
        assert_eq!(recorder.requests.back().unwrap().target, "/1000");
        let small = Request { headers: Vec::new(), ..request("/") };
        for _ in 0..2 * MAX_RECORDED {
            recorder.record(&small);
        }
        assert_eq!((recorder.requests.len(), recorder.count), (MAX_RECORDED, 21_000));
    }
}

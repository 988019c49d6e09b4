//! Listens on loopback, one thread per connection, and remembers what it was asked.
//! Decides nothing about the answers.

use std::collections::{HashMap, VecDeque};
use std::io::Result;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::answer::{Service, refuse};
use super::data::rows;
use super::http::{Head, Received, Requests, hang_up, send};
use super::mixer::Mixer;
use super::store::Store;

/// How many requests are remembered.
const REMEMBERED: usize = 10_000;

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

/// A request as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, normally.
    pub method: String,
    /// Path and query, byte for byte.
    pub target: String,
    /// Names and values in order, without `Authorization`.
    pub headers: Vec<(String, String)>,
}

/// A running sample API. It stops when dropped.
pub struct Sandbox {
    url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts to listen on 127.0.0.1.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(mut options: Options) -> Result<Sandbox> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        let address = listener.local_addr()?;
        let (seed, page_size) = (options.seed, options.page_size);
        let store = match options.rows.take() {
            Some(given) => Store::new(given.into_iter(), page_size, seed),
            None => Store::new(rows(options.referrals, seed, options.now), page_size, seed),
        };
        let shared = Arc::new(Shared {
            service: Service { options, store, authority: address.to_string() },
            stopping: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            requests: Mutex::default(),
            open: Mutex::default(),
        });
        let of_thread = Arc::clone(&shared);
        let accepting = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || accept(&listener, &of_thread))?;
        Ok(Sandbox {
            url: format!("http://{address}/v1.0/engagements"),
            address,
            shared,
            accepting: Some(accepting),
        })
    }

    /// The base address, as the program's `--api-url` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The last 10,000 requests, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        let (requests, _) = &*held(&self.shared.requests);
        requests.iter().cloned().collect()
    }

    /// How many TCP connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits until the process is interrupted.
    pub fn wait(&self) {
        loop {
            std::thread::park();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            // It panicked only if a test broke it, and then the test fails elsewhere.
            drop(accepting.join());
        }
        for stream in held(&self.shared.open).values() {
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

struct Shared {
    service: Service,
    stopping: AtomicBool,
    connections: AtomicUsize,
    /// The last ones, and how many there were ever.
    requests: Mutex<(VecDeque<Request>, u64)>,
    open: Mutex<HashMap<usize, TcpStream>>,
}

impl Shared {
    /// Remembers a request and says which one it is.
    fn record(&self, head: &Head) -> u64 {
        let headers = head.headers.iter();
        let request = Request {
            method: head.method.clone(),
            target: head.target.clone(),
            headers: headers
                .filter(|(name, _)| !name.eq_ignore_ascii_case("Authorization"))
                .cloned()
                .collect(),
        };
        let (requests, count) = &mut *held(&self.requests);
        if requests.len() == REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(request);
        *count += 1;
        *count
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        if let Ok(copy) = stream.try_clone() {
            held(&shared.open).insert(number, copy);
        }
        let of_thread = Arc::clone(shared);
        let thread = std::thread::Builder::new().name("sandbox connection".to_owned());
        let spawned = thread.spawn(move || {
            // A connection that breaks is the other side's business.
            drop(serve(&stream, &of_thread));
            held(&of_thread.open).remove(&number);
        });
        if spawned.is_err() {
            held(&shared.open).remove(&number);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the latency is the server's; no clock of the program may shorten it"
)]
fn serve(stream: &TcpStream, shared: &Shared) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut requests = Requests::new(stream);
    loop {
        let (reply, keep_alive) = match requests.next()? {
            Received::Request(head) => {
                let number = shared.record(&head);
                let latency = shared.service.options.latency;
                if !latency.is_zero() {
                    std::thread::sleep(latency);
                }
                let id = Mixer::new(number).guid();
                (shared.service.answer(&head, id), head.keep_alive)
            }
            Received::Refused(status) => (refuse(status), false),
            Received::Closed => return Ok(()),
        };
        send(stream, &reply, keep_alive)?;
        if !keep_alive {
            return hang_up(stream);
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of this lock panics")
}

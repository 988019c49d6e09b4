//! Binds ports of the loopback interface and hands each accepted connection to a handler.

use std::io::{ErrorKind, Result};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::connection::Connection;

/// How often a port is tried that has to be free on both addresses.
const BIND_ATTEMPTS: usize = 20;
/// After a failure to accept, because a process out of file descriptors fails again at once.
const FIRST_ACCEPT_DELAY: Duration = Duration::from_millis(10);
/// The delay doubles up to this one.
const MAX_ACCEPT_DELAY: Duration = Duration::from_millis(500);
/// How many connections may be open; each has a thread. One more closes the oldest.
const MAX_OPEN: usize = 256;
/// How long a server that stops tries to wake its accepting threads.
const WAKE_TIMEOUT: Duration = Duration::from_millis(200);

type Handler = dyn Fn(Connection) + Send + Sync;

/// Bound sockets. Clients can connect already and wait until the listener serves.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

impl Listener {
    /// Binds a port of 127.0.0.1; 0 picks a free one.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn bind(port: u16) -> Result<Listener> {
        Listener::new(vec![TcpListener::bind((Ipv4Addr::LOCALHOST, port))?])
    }

    /// Binds one free port of 127.0.0.1 and, on a machine that has it, of `::1`: clients may
    /// take either for `localhost`.
    ///
    /// # Errors
    /// When no port is free on both.
    pub fn bind_localhost() -> Result<Listener> {
        for _ in 0..BIND_ATTEMPTS {
            let ipv4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = ipv4.local_addr()?.port();
            return match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
                Ok(ipv6) => Listener::new(vec![ipv4, ipv6]),
                // Another process has it, and would receive what is meant for this one.
                Err(error) if error.kind() == ErrorKind::AddrInUse => continue,
                // No IPv6 on this machine.
                Err(_) => Listener::new(vec![ipv4]),
            };
        }
        Err(ErrorKind::AddrInUse.into())
    }

    fn new(sockets: Vec<TcpListener>) -> Result<Listener> {
        let addresses = sockets.iter().map(TcpListener::local_addr).collect::<Result<_>>()?;
        Ok(Listener { sockets, addresses })
    }

    /// The same on every address.
    pub fn port(&self) -> u16 {
        self.addresses[0].port()
    }

    /// 127.0.0.1 and the port, then `::1` where bound.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Accepts connections until the server is dropped. Each is handled on a thread of its own,
    /// so that a silent client does not block the next one.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn serve(self, handler: impl Fn(Connection) + Send + Sync + 'static) -> Result<Server> {
        let handler: Arc<Handler> = Arc::new(handler);
        let mut server = Server { accepting: Vec::new(), shared: Arc::default() };
        for (socket, address) in self.sockets.into_iter().zip(self.addresses) {
            let (shared, handler) = (Arc::clone(&server.shared), Arc::clone(&handler));
            let accept = move || socket.accept().map(|(stream, _)| stream);
            let thread = spawn(move || accept_connections(accept, sleep, &shared, &handler))?;
            server.accepting.push((address, thread));
        }
        Ok(server)
    }
}

/// A listener that accepts connections. When dropped it stops listening and closes open ones.
#[derive(Debug)]
pub struct Server {
    accepting: Vec<(SocketAddr, JoinHandle<()>)>,
    shared: Arc<Shared>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        for (address, thread) in self.accepting.drain(..) {
            // `accept` has no timeout and returns only when a connection comes.
            if TcpStream::connect_timeout(&address, WAKE_TIMEOUT).is_ok() {
                // It cannot have panicked: handlers run on other threads.
                let _ = thread.join();
            }
        }
        for stream in self.shared.streams().open.iter().filter_map(Weak::upgrade) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    stopping: AtomicBool,
    streams: Mutex<Streams>,
}

#[derive(Debug, Default)]
struct Streams {
    accepted: usize,
    /// Owned by their handlers, so that one that ends or panics closes its connection.
    open: Vec<Weak<TcpStream>>,
}

impl Shared {
    fn streams(&self) -> std::sync::MutexGuard<'_, Streams> {
        self.streams.lock().expect("no holder of this lock panics")
    }

    fn register(&self, stream: TcpStream) -> Connection {
        let stream = Arc::new(stream);
        let mut streams = self.streams();
        streams.open.retain(|stream| stream.strong_count() > 0);
        if streams.open.len() >= MAX_OPEN
            && let Some(oldest) = streams.open.remove(0).upgrade()
        {
            // Its handler ends with the next read or write.
            let _ = oldest.shutdown(Shutdown::Both);
        }
        streams.open.push(Arc::downgrade(&stream));
        streams.accepted += 1;
        Connection::new(stream, streams.accepted - 1)
    }
}

/// Accepts until the server stops; a failure, however often it repeats, only delays.
fn accept_connections(
    mut accept: impl FnMut() -> Result<TcpStream>,
    mut wait: impl FnMut(Duration),
    shared: &Shared,
    handler: &Arc<Handler>,
) {
    let mut delay = FIRST_ACCEPT_DELAY;
    loop {
        let accepted = accept();
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = accepted else {
            wait(delay);
            delay = (2 * delay).min(MAX_ACCEPT_DELAY);
            continue;
        };
        delay = FIRST_ACCEPT_DELAY;
        // A head and a body written one after the other must not wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let connection = shared.register(stream);
        let handler = Arc::clone(handler);
        // Without a thread the connection is dropped, which closes it.
        let _ = spawn(move || handler(connection));
    }
}

#[expect(clippy::disallowed_methods, reason = "the delay is the server's, not a command's")]
fn sleep(time: Duration) {
    std::thread::sleep(time);
}

fn spawn(job: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new().name("loopback".to_owned()).spawn(job)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::sync::mpsc;

    use super::*;

    fn read_to_end(mut stream: &TcpStream) -> String {
        let mut received = String::new();
        stream.read_to_string(&mut received).unwrap();
        received
    }

    /// Sends the number of the connection; the first client has to send a byte before.
    fn send_number(connection: &Connection) {
        let mut stream = connection.stream();
        if connection.number() == 0 {
            let _ = stream.read(&mut [0]);
        }
        let _ = write!(stream, "{}", connection.number());
    }

    #[test]
    fn a_silent_client_does_not_block_the_next_one() {
        let listener = Listener::bind(0).unwrap();
        let address = listener.addresses()[0];
        assert_eq!(address.port(), listener.port());
        let _server = listener.serve(|connection| send_number(&connection)).unwrap();
        let mut silent = TcpStream::connect(address).unwrap();
        for expected in ["1", "2"] {
            assert_eq!(read_to_end(&TcpStream::connect(address).unwrap()), expected);
        }
        silent.write_all(b"x").unwrap();
        assert_eq!(read_to_end(&silent), "0");
    }

    #[test]
    fn a_port_is_bound_on_every_address_of_localhost() {
        let listener = Listener::bind_localhost().unwrap();
        let addresses = listener.addresses().to_vec();
        assert!(addresses.iter().all(|it| it.port() == listener.port() && it.ip().is_loopback()));
        let _server = listener
            .serve(|connection| {
                let _ = connection.stream().write_all(b"here");
            })
            .unwrap();
        for address in addresses {
            assert_eq!(read_to_end(&TcpStream::connect(address).unwrap()), "here", "{address}");
        }
    }

    #[test]
    fn a_dropped_server_frees_its_port_and_closes_what_is_open() {
        let listener = Listener::bind_localhost().unwrap();
        let addresses = listener.addresses().to_vec();
        let (started, starts) = mpsc::channel();
        let server = listener
            .serve(move |connection| {
                started.send(()).unwrap();
                let _ = connection.stream().read(&mut [0]);
            })
            .unwrap();
        let client = TcpStream::connect(addresses[0]).unwrap();
        starts.recv().unwrap();
        drop(server);
        assert_eq!(read_to_end(&client), "");
        for address in addresses {
            assert!(TcpStream::connect(address).is_err(), "{address}");
        }
        if cfg!(windows) {
            // There a shutdown does not end a read that another thread has begun; the client's close does.
            drop(client);
        }
        // The handler and what it holds are gone once the last connection is.
        assert!(starts.recv().is_err());
    }

    #[test]
    fn a_handler_that_panics_closes_its_connection_alone() {
        let listener = Listener::bind(0).unwrap();
        let address = listener.addresses()[0];
        let _server = listener
            .serve(|connection| {
                assert!(connection.number() > 0, "the first one fails, as this test wants it");
                let _ = connection.stream().write_all(b"fine");
            })
            .unwrap();
        assert_eq!(read_to_end(&TcpStream::connect(address).unwrap()), "");
        assert_eq!(read_to_end(&TcpStream::connect(address).unwrap()), "fine");
    }

    #[test]
    fn failures_to_accept_are_waited_out() {
        let (shared, mut waits, mut attempts) = (Shared::default(), Vec::new(), 0);
        let (sender, numbers) = mpsc::channel();
        let handler: Arc<Handler> = Arc::new(move |it: Connection| {
            sender.send(it.number()).unwrap();
        });
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let _client = TcpStream::connect(socket.local_addr().unwrap()).unwrap();
        let accept = || {
            attempts += 1;
            match attempts {
                1_000 => socket.accept().map(|(stream, _)| stream),
                1_003 => {
                    shared.stopping.store(true, Ordering::SeqCst);
                    Err(ErrorKind::Other.into())
                }
                _ => Err(ErrorKind::Other.into()),
            }
        };
        accept_connections(accept, |delay| waits.push(delay), &shared, &handler);
        assert_eq!(numbers.recv(), Ok(0));
        assert_eq!((waits[0], waits[1]), (FIRST_ACCEPT_DELAY, 2 * FIRST_ACCEPT_DELAY));
        assert_eq!((waits.len(), waits[998]), (1_001, MAX_ACCEPT_DELAY));
        assert_eq!(waits[999], FIRST_ACCEPT_DELAY);
    }

    #[test]
    fn one_connection_too_many_closes_the_oldest() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = Shared::default();
        let mut open = Vec::new();
        for _ in 0..=MAX_OPEN {
            let client = TcpStream::connect(socket.local_addr().unwrap()).unwrap();
            open.push((client, shared.register(socket.accept().unwrap().0)));
        }
        assert_eq!(read_to_end(&open[0].0), "");
        open[1].0.set_nonblocking(true).unwrap();
        assert_eq!(open[1].0.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(shared.streams().open.len(), MAX_OPEN);
    }

    #[test]
    fn a_taken_port_is_an_error() {
        let listener = Listener::bind(0).unwrap();
        let error = Listener::bind(listener.port()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    }
}

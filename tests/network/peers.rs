//! Servers that record every byte they receive: an API with and without TLS, a proxy, one that hangs up.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use referrals_loopback::{Listener, Server};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const PAGE: &str = r#"{"value":[{"id":"a"}]}"#;

/// A server on loopback. It stops when dropped.
pub(crate) struct Peer {
    address: String,
    port: u16,
    received: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Listens until it is dropped.
    _server: Server,
}

/// What a proxy does when asked to connect.
#[derive(Clone, Copy)]
pub(crate) enum ProxyAction {
    /// Connects.
    Connect,
    /// Answers with this status and reason.
    Answer(&'static str),
    /// Ends the connection.
    HangUp,
}

/// Records bytes that were received.
type Record<'a> = &'a dyn Fn(&[u8]);

impl Peer {
    /// An API with these certificates and one referral. It records what is sent inside TLS.
    pub(crate) fn api(tls: Arc<ServerConfig>) -> Peer {
        Peer::start(move |stream, record| {
            let connection = ServerConnection::new(Arc::clone(&tls)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            respond(&mut stream, record);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        })
    }

    /// The same without TLS.
    pub(crate) fn plain() -> Peer {
        Peer::start(|mut stream, record| respond(&mut stream, record))
    }

    /// A proxy. It records what it receives, inside the tunnel too.
    pub(crate) fn proxy(action: ProxyAction) -> Peer {
        Peer::start(move |mut stream, record| {
            let Some(head) = read_head(&mut stream) else { return };
            record(head.as_bytes());
            match action {
                ProxyAction::HangUp => {}
                ProxyAction::Answer(status) => {
                    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                }
                ProxyAction::Connect => {
                    let target = head.split(' ').nth(1).unwrap_or_default();
                    // A request for anything but a tunnel has no host and port here.
                    let Ok(server) = TcpStream::connect(target) else { return };
                    let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
                    relay(stream, &server, record);
                }
            }
        })
    }

    /// A server that hangs up at the first byte.
    pub(crate) fn cutting() -> Peer {
        Peer::start(|mut stream, record| {
            let mut first = [0; 1];
            let count = stream.read(&mut first).unwrap_or(0);
            record(&first[..count]);
        })
    }

    fn start(handler: impl Fn(&TcpStream, Record<'_>) + Send + Sync + 'static) -> Peer {
        let listener = Listener::bind(0).unwrap();
        let (address, port) = (listener.addresses()[0].to_string(), listener.port());
        let received = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let recorded = Arc::clone(&received);
        let server = listener.serve(move |connection| {
            let number = connection.number();
            {
                // The threads of two connections may get here in either order.
                let mut recorded = recorded.lock().unwrap();
                let length = recorded.len().max(number + 1);
                recorded.resize(length, Vec::new());
            }
            let record = |bytes: &[u8]| recorded.lock().unwrap()[number].extend_from_slice(bytes);
            handler(connection.stream(), &record);
        });
        Peer { address, port, received, _server: server.unwrap() }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The API's address on this peer, under this scheme and host.
    pub(crate) fn url(&self, scheme_and_host: &str) -> String {
        format!("{scheme_and_host}:{}/v1.0/engagements", self.port)
    }

    /// What was received, a text for each connection.
    pub(crate) fn received(&self) -> Vec<String> {
        let received = self.received.lock().unwrap();
        received.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }
}

/// An address on loopback where no server listens.
pub(crate) fn closed_address() -> String {
    Listener::bind(0).unwrap().addresses()[0].to_string()
}

fn respond(stream: &mut (impl Read + Write), record: Record<'_>) {
    let Some(head) = read_head_or_handshake(stream, record) else { return };
    let page = if head.starts_with("GET ") { PAGE } else { "what?" };
    let status = if head.starts_with("GET ") { "200 OK" } else { "400 Bad Request" };
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    let _ = stream.flush();
}

/// Reads a head up to its empty line, byte by byte: what follows belongs to the tunnel.
fn read_head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// Reads a head, or the beginning of a TLS handshake, and records it.
fn read_head_or_handshake(stream: &mut impl Read, record: Record<'_>) -> Option<String> {
    let mut head = Vec::new();
    let mut some = [0; 4096];
    loop {
        let count = stream.read(&mut some).ok().filter(|count| *count > 0)?;
        record(&some[..count]);
        head.extend_from_slice(&some[..count]);
        // A TLS handshake begins with 0x16 and has no empty line to wait for.
        if head.ends_with(b"\r\n\r\n") || head[0] == 0x16 {
            return Some(String::from_utf8_lossy(&head).into_owned());
        }
    }
}

fn relay(client: &TcpStream, server: &TcpStream, record: Record<'_>) {
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut from, mut to) = (server, client);
            let _ = std::io::copy(&mut from, &mut to);
            let _ = client.shutdown(Shutdown::Write);
        });
        let (mut from, mut to) = (client, server);
        let mut some = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut some) {
            record(&some[..count]);
            if to.write_all(&some[..count]).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Write);
    });
}

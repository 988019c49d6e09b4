//! Who may stand at the other end: an API behind TLS, a proxy, somebody who only listens.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

const PAGE: &str = r#"{"value":[{"id":"a"}]}"#;

/// Listens on loopback until it is dropped, and keeps what it is told.
pub(crate) struct Peer {
    address: String,
    port: u16,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    ended: Arc<AtomicBool>,
}

/// What a proxy does when asked to connect.
#[derive(Clone, Copy)]
pub(crate) enum Proxying {
    /// Connects.
    Connect,
    /// Answers with this status and reason.
    Answer(&'static str),
    /// Ends the connection.
    HangUp,
}

/// Keeps what was received.
type Keep<'a> = &'a dyn Fn(&[u8]);

impl Peer {
    /// An API that shows certificates and has one referral. It hears what is said inside TLS.
    pub(crate) fn api(tls: Arc<ServerConfig>) -> Peer {
        Peer::start(move |stream, keep| {
            let connection = ServerConnection::new(Arc::clone(&tls)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            answer(&mut stream, keep);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        })
    }

    /// The same without TLS; whatever reaches it is heard.
    pub(crate) fn plain() -> Peer {
        Peer::start(|mut stream, keep| answer(&mut stream, keep))
    }

    /// A proxy. It hears everything, through the tunnel too.
    pub(crate) fn proxy(proxying: Proxying) -> Peer {
        Peer::start(move |mut stream, keep| {
            let Some(head) = head(&mut stream) else { return };
            keep(head.as_bytes());
            match proxying {
                Proxying::HangUp => {}
                Proxying::Answer(status) => {
                    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                }
                Proxying::Connect => {
                    let target = head.split(' ').nth(1).unwrap_or_default();
                    // Who does not ask for a tunnel gets none.
                    let Ok(server) = TcpStream::connect(target) else { return };
                    let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
                    relay(&stream, &server, keep);
                }
            }
        })
    }

    /// One that hangs up at the first byte.
    pub(crate) fn cutting() -> Peer {
        Peer::start(|mut stream, keep| {
            let mut first = [0; 1];
            let count = stream.read(&mut first).unwrap_or(0);
            keep(&first[..count]);
        })
    }

    fn start(serve: impl Fn(TcpStream, Keep<'_>) + Send + Sync + 'static) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let peer = Peer {
            address: address.to_string(),
            port: address.port(),
            heard: Arc::default(),
            ended: Arc::default(),
        };
        let (heard, ended) = (Arc::clone(&peer.heard), Arc::clone(&peer.ended));
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                let (heard, serve) = (Arc::clone(&heard), Arc::clone(&serve));
                let number = {
                    let mut heard = heard.lock().unwrap();
                    heard.push(Vec::new());
                    heard.len() - 1
                };
                thread::spawn(move || {
                    serve(stream, &|bytes| heard.lock().unwrap()[number].extend_from_slice(bytes));
                });
            }
        });
        peer
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The API's address on this peer, under this scheme and host.
    pub(crate) fn url(&self, scheme_and_host: &str) -> String {
        format!("{scheme_and_host}:{}/v1.0/engagements", self.port)
    }

    /// What came in, a text for each connection.
    pub(crate) fn heard(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(&self.address);
    }
}

/// An address on loopback where nobody listens.
pub(crate) fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn answer(stream: &mut (impl Read + Write), keep: Keep<'_>) {
    let Some(head) = head_or_rest(stream, keep) else { return };
    let page = if head.starts_with("GET ") { PAGE } else { "what?" };
    let status = if head.starts_with("GET ") { "200 OK" } else { "400 Bad Request" };
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    let _ = stream.flush();
}

/// A head up to its empty line; `None` when none comes.
fn head(stream: &mut impl Read) -> Option<String> {
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

/// A head, or what came of one that is none, heard either way.
fn head_or_rest(stream: &mut impl Read, keep: Keep<'_>) -> Option<String> {
    let mut head = Vec::new();
    let mut some = [0; 4096];
    loop {
        let count = stream.read(&mut some).ok().filter(|count| *count > 0)?;
        keep(&some[..count]);
        head.extend_from_slice(&some[..count]);
        // A TLS handshake begins so; it has no empty line to wait for.
        if head.ends_with(b"\r\n\r\n") || head[0] == 0x16 {
            return Some(String::from_utf8_lossy(&head).into_owned());
        }
    }
}

fn relay(client: &TcpStream, server: &TcpStream, keep: Keep<'_>) {
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut from, mut to) = (server, client);
            let _ = std::io::copy(&mut from, &mut to);
            let _ = client.shutdown(Shutdown::Write);
        });
        let (mut from, mut to) = (client, server);
        let mut some = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut some) {
            keep(&some[..count]);
            if to.write_all(&some[..count]).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Write);
    });
}

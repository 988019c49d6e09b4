//! Waits on this machine for the browser to come back from a sign-in. Browsers open connections
//! they never use and ask for icons: only a request with this sign-in's `state` ends the wait.
//! Its pages repeat nothing of what was sent.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use super::callback::Callback;
use crate::error::{Error, ErrorKind, Result};

/// How long a connection may take to send its request.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest first line that is read: a code of some 2 KB and room, in bytes.
const LONGEST_LINE: usize = 8 * 1024;

/// The longest request that is read; people who build for the web have many cookies for localhost.
const LONGEST_REQUEST: usize = 64 * 1024;

/// How many ports are tried for one that is free for both addresses of this machine.
const TRIES: usize = 20;

/// Open sockets on this machine, and the threads that answer them until this is dropped.
#[derive(Debug)]
pub(super) struct Listener {
    sockets: Vec<TcpListener>,
    port: u16,
    stopped: Arc<AtomicBool>,
}

impl Listener {
    /// Opens a free port on 127.0.0.1, and the same on `::1` where there is one: browsers may
    /// take either for `localhost` (API §5.4).
    pub(super) fn open() -> Result<Listener> {
        let fail = |error: std::io::Error| {
            Error::new(ErrorKind::Failure, "cannot listen on this machine for the browser")
                .cause(&error)
                .hint("`referrals login --device-code` needs no such thing")
        };
        for _ in 0..TRIES {
            let four = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(fail)?;
            let port = four.local_addr().map_err(fail)?.port();
            let sockets = match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
                Ok(six) => vec![four, six],
                // Somebody else has it, and might be sent our code.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => continue,
                // This machine has no such address.
                Err(_) => vec![four],
            };
            return Ok(Listener { sockets, port, stopped: Arc::default() });
        }
        Err(fail(io::ErrorKind::AddrInUse.into()))
    }

    /// Where the browser is sent; registered as `http://localhost`, whose port is ignored (API §5.3).
    pub(super) fn redirect(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Answers requests from now on, and hands on those that bring `state` back.
    pub(super) fn serve(&self, state: &str, found: &Sender<Callback>) -> Result<()> {
        for socket in &self.sockets {
            let start = || -> std::io::Result<()> {
                let socket = socket.try_clone()?;
                let stopped = self.stopped.clone();
                let (state, found) = (state.to_owned(), found.clone());
                spawn(move || accept(&socket, &stopped, &state, &found))
            };
            start().map_err(|error| {
                Error::new(ErrorKind::Failure, "cannot wait for the browser").cause(&error)
            })?;
        }
        Ok(())
    }

    #[cfg(test)]
    fn addresses(&self) -> Vec<std::net::SocketAddr> {
        let sockets = self.sockets.iter();
        sockets.map(|socket| socket.local_addr().unwrap()).collect()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // A thread that waits for a connection looks up when one comes.
        for address in self.sockets.iter().filter_map(|socket| socket.local_addr().ok()) {
            let _ = TcpStream::connect_timeout(&address, Duration::from_millis(200));
        }
    }
}

fn spawn(job: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name("sign-in".to_owned()).spawn(job).map(drop)
}

fn accept(socket: &TcpListener, stopped: &AtomicBool, state: &str, found: &Sender<Callback>) {
    // A connection that fails is not the end of waiting; a socket that only fails is.
    let mut failures = 0;
    while failures < 100 {
        let accepted = socket.accept();
        if stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok((stream, _)) = accepted else {
            failures += 1;
            continue;
        };
        failures = 0;
        let (state, found) = (state.to_owned(), found.clone());
        // Each by itself: a connection that says nothing must not keep the next one waiting.
        let _ = spawn(move || {
            let _ = answer(&stream, &state, &found);
        });
    }
}

fn answer(mut stream: &TcpStream, state: &str, found: &Sender<Callback>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let Some(line) = request_line(stream)? else {
        return Ok(());
    };
    let callback = callback(&line, state);
    let (status, text) = page(callback.as_ref());
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>referrals</title>\
         <body style=\"font: 1.2em sans-serif; margin: 4em\"><p>{text}</p></body></html>"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let _ = stream.shutdown(Shutdown::Write);
    if let Some(callback @ (Callback::Code { .. } | Callback::Refused(_))) = callback {
        let _ = found.send(callback);
    }
    Ok(())
}

/// Reads a request to the end of its head and keeps the first line; `None` where none came.
/// What follows is read too, for a socket closed with bytes unread takes its answer back.
fn request_line(mut stream: &TcpStream) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") && head.len() < LONGEST_REQUEST {
        match stream.read(&mut buffer)? {
            0 => break,
            count => head.extend_from_slice(&buffer[..count]),
        }
    }
    let Some(end) = head.iter().position(|byte| *byte == b'\n') else {
        return Ok(None);
    };
    let line = &head[..end.min(LONGEST_LINE)];
    Ok(Some(String::from_utf8_lossy(line).trim_end().to_owned()))
}

/// What a request brings; `None` where it is for something that is not here.
fn callback(line: &str, state: &str) -> Option<Callback> {
    let mut words = line.split(' ');
    let (Some("GET"), Some(target), Some(_version)) = (words.next(), words.next(), words.next())
    else {
        return None;
    };
    let (path, query) = target.split_once('?')?;
    (path == "/").then(|| Callback::read(query, state))
}

fn page(callback: Option<&Callback>) -> (&'static str, &'static str) {
    match callback {
        Some(Callback::Code { .. }) => {
            ("200 OK", "Thank you. You can close this page and go back to the terminal.")
        }
        Some(Callback::Refused(_)) => {
            ("200 OK", "You were not signed in. You can close this page; the terminal says why.")
        }
        Some(Callback::NotOurs | Callback::Empty) => (
            "400 Bad Request",
            "This is not the sign-in that referrals is waiting for. Open the address it printed last.",
        ),
        None => ("404 Not Found", "There is nothing here."),
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::mpsc;

    use super::*;

    fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn only_the_browser_that_brings_the_state_back_ends_the_wait() {
        let listener = Listener::open().unwrap();
        assert!(listener.redirect().starts_with("http://localhost:"));
        let (sender, found) = mpsc::channel();
        listener.serve("s1", &sender).unwrap();
        for address in listener.addresses() {
            let silent = TcpStream::connect(address).unwrap();
            for (request, status) in [
                ("GET /favicon.ico HTTP/1.1\r\n\r\n", "404"),
                ("GET / HTTP/1.1\r\n\r\n", "404"),
                ("POST /?code=abc&state=s1 HTTP/1.1\r\n\r\n", "404"),
                ("GET /other?code=abc&state=s1 HTTP/1.1\r\n\r\n", "404"),
                ("GET /?code=abc&state=s2 HTTP/1.1\r\n\r\n", "400"),
                ("GET /?code=abc HTTP/1.1\r\n\r\n", "400"),
                ("GET /?state=s1 HTTP/1.1\r\n\r\n", "400"),
                ("rubbish\r\n\r\n", "404"),
            ] {
                let answer = ask(address, request);
                assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
            }
            assert!(found.try_recv().is_err());
            let cookies = format!("cookie: {}\r\n", "x".repeat(20_000));
            let request = format!("GET /?code=secret-code&state=s1 HTTP/1.1\r\n{cookies}\r\n");
            let answer = ask(address, &request);
            assert!(answer.contains("200 OK") && answer.contains("close this page"), "{answer}");
            assert!(!answer.contains("secret-code"), "{answer}");
            assert!(matches!(found.recv().unwrap(), Callback::Code { .. }));
            let answer = ask(address, "GET /?error=access_denied&state=s1 HTTP/1.1\r\n\r\n");
            assert!(answer.contains("not signed in"), "{answer}");
            assert!(matches!(found.recv().unwrap(), Callback::Refused(_)));
            drop(silent);
        }
    }

    #[test]
    fn the_port_is_free_again_afterwards() {
        let listener = Listener::open().unwrap();
        let (sender, found) = mpsc::channel();
        listener.serve("s1", &sender).unwrap();
        let addresses = listener.addresses();
        drop((listener, sender));
        // The threads that served hold the other ends; once they are gone so are the sockets.
        assert!(found.recv().is_err());
        for address in addresses {
            assert!(TcpStream::connect(address).is_err(), "{address}");
        }
    }
}

//! Receives the redirect that ends a sign-in in the browser (RFC 8252 §7.3). Browsers also ask for
//! icons and open connections they never use: only a request with this sign-in's `state` counts.

use std::io;
use std::sync::mpsc::Sender;
use std::time::Duration;

use referrals_loopback::{Connection, Incoming, Limits, Listener, Request, Response, Server};

use super::callback::Callback;
use crate::error::{Error, Result};

/// For a whole request, and for each write.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// Path and query in bytes; a code has some 2 KB.
const MAX_TARGET_LEN: usize = 8 * 1024;

/// Web developers have many cookies for localhost, so heads can be long. A redirect has no body.
const LIMITS: Limits = Limits { time: CONNECTION_TIMEOUT, head: 64 * 1024, body: 0 };

/// A port of this machine for the browser to come back to.
#[derive(Debug)]
pub(super) struct RedirectListener(Listener);

impl RedirectListener {
    /// Binds a free port on both addresses of `localhost` (API §5.4).
    pub(super) fn bind() -> Result<RedirectListener> {
        let listener = Listener::bind_localhost().map_err(|error| {
            Error::failure("cannot listen on localhost for the browser")
                .cause(&error)
                .hint("use `referrals login --device-code`, which needs no listener")
        })?;
        Ok(RedirectListener(listener))
    }

    /// The redirect URI; registered as `http://localhost`, whose port is ignored (API §5.3).
    pub(super) fn redirect_uri(&self) -> String {
        format!("http://localhost:{}", self.0.port())
    }

    /// Answers requests until the server is dropped, and sends on the callbacks that carry `state`.
    pub(super) fn serve(self, state: &str, callbacks: &Sender<Callback>) -> Result<Server> {
        let (state, callbacks) = (state.to_owned(), callbacks.clone());
        let handler = move |connection| {
            // A connection that breaks off concerns the browser alone; it may try again.
            let _ = handle_connection(connection, &state, &callbacks);
        };
        self.0
            .serve(handler)
            .map_err(|error| Error::failure("cannot wait for the browser").cause(&error))
    }
}

fn handle_connection(
    mut connection: Connection,
    state: &str,
    callbacks: &Sender<Callback>,
) -> io::Result<()> {
    connection.stream().set_write_timeout(Some(CONNECTION_TIMEOUT))?;
    let callback = match connection.read_request(LIMITS)? {
        Incoming::Request(request) => read_callback(&request, state),
        Incoming::Rejected(_) => None,
        Incoming::Closed => return Ok(()),
    };
    connection.respond_and_close(&render_page(callback.as_ref()))?;
    if let Some(callback @ (Callback::Code { .. } | Callback::Rejected(_))) = callback {
        // The receiver is gone once another connection brought the callback.
        let _ = callbacks.send(callback);
    }
    Ok(())
}

/// `None` for a request that is not the redirect.
fn read_callback(request: &Request, state: &str) -> Option<Callback> {
    let (path, query) = request.target.split_once('?')?;
    let is_redirect =
        request.method == "GET" && path == "/" && request.target.len() <= MAX_TARGET_LEN;
    is_redirect.then(|| Callback::parse(query, state))
}

/// The page contains nothing of the request: browsers keep pages, and the code is a secret.
fn render_page(callback: Option<&Callback>) -> Response {
    let (status, text) = match callback {
        Some(Callback::Code { .. }) => {
            (200, "Thank you. You can close this page and go back to the terminal.")
        }
        Some(Callback::Rejected(_)) => {
            (200, "You were not signed in. You can close this page; the terminal says why.")
        }
        Some(Callback::WrongState | Callback::Malformed) => (
            400,
            "This is not the sign-in that referrals is waiting for. Open the address it printed last.",
        ),
        None => (404, "There is nothing here."),
    };
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>referrals</title>\
         <body style=\"font: 1.2em sans-serif; margin: 4em\"><p>{text}</p></body></html>"
    );
    let headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    Response {
        status,
        headers: headers.map(|(name, value)| (name, value.to_owned())).to_vec(),
        body: body.into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpStream};
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
        let listener = RedirectListener::bind().unwrap();
        assert!(listener.redirect_uri().starts_with("http://localhost:"));
        let addresses = listener.0.addresses().to_vec();
        let (sender, found) = mpsc::channel();
        let _server = listener.serve("s1", &sender).unwrap();
        let long_code = format!("GET /?state=s1&code={} HTTP/1.1\r\n\r\n", "x".repeat(9_000));
        let long_head =
            format!("GET /?state=s1&code=abc HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(70_000));
        for address in addresses {
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
                ("GET /?code=abc&state=s1 HTTP/1.1\r\nContent-Length: 2\r\n\r\nno", "404"),
                (&long_code, "404"),
                (&long_head, "404"),
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
            assert!(matches!(found.recv().unwrap(), Callback::Rejected(_)));
            drop(silent);
        }
    }

    #[test]
    fn the_port_is_free_again_afterwards() {
        let listener = RedirectListener::bind().unwrap();
        let addresses = listener.0.addresses().to_vec();
        let (sender, found) = mpsc::channel();
        let server = listener.serve("s1", &sender).unwrap();
        drop((server, sender));
        // The handler holds the other sender; it is gone once no thread serves any more.
        assert!(found.recv().is_err());
        for address in addresses {
            assert!(TcpStream::connect(address).is_err(), "{address}");
        }
    }
}

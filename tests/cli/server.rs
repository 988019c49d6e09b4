//! A server that answers as a test scripts it, down to the bytes.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// 200 with this JSON.
    Json(String),
    /// A status, headers and a body.
    Status(u16, &'static [(&'static str, &'static str)], String),
    /// These bytes and the end of the connection.
    Raw(Vec<u8>),
    /// Nothing, until the other side goes away.
    Hang,
}

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The path and query, as received.
    pub(crate) target: String,
    /// The head's lines.
    pub(crate) headers: Vec<String>,
}

impl Asked {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

type Script = dyn Fn(usize, &Asked) -> Reply + Send + Sync;

/// A listening server; it ends with the value.
pub(crate) struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    ended: Arc<AtomicBool>,
}

impl Server {
    /// Answers every request, numbered from 0, as `script` says.
    pub(crate) fn start(script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server {
            address: listener.local_addr().unwrap().to_string(),
            asked: Arc::default(),
            ended: Arc::default(),
        };
        let (asked, ended, script): (_, _, Arc<Script>) =
            (Arc::clone(&server.asked), Arc::clone(&server.ended), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                let (asked, script) = (Arc::clone(&asked), Arc::clone(&script));
                thread::spawn(move || serve(stream, &asked, &*script));
            }
        });
        server
    }

    /// The address for `--api-url`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1.0/engagements", self.address)
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(&self.address);
    }
}

fn serve(mut stream: TcpStream, asked: &Mutex<Vec<Asked>>, script: &Script) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let target = lines[0].split(' ').nth(1).unwrap_or_default().to_owned();
    let request = Asked { target, headers: lines.split_off(1) };
    let number = {
        let mut asked = asked.lock().unwrap();
        asked.push(request.clone());
        asked.len() - 1
    };
    let bytes = match script(number, &request) {
        Reply::Json(body) => head(200, &[("Content-Type", "application/json")], body.len()) + &body,
        Reply::Status(status, headers, body) => head(status, headers, body.len()) + &body,
        Reply::Hang => {
            let _ = std::io::copy(&mut reader, &mut std::io::sink());
            return;
        }
        Reply::Raw(bytes) => {
            let _ = stream.write_all(&bytes);
            return;
        }
    };
    let _ = stream.write_all(bytes.as_bytes());
}

/// The head of an answer, after which the connection ends.
pub(crate) fn head(status: u16, headers: &[(&str, &str)], length: usize) -> String {
    let mut lines = vec![format!("HTTP/1.1 {status} Scripted")];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.extend([format!("Content-Length: {length}"), "Connection: close".to_owned()]);
    lines.join("\r\n") + "\r\n\r\n"
}

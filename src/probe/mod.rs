//! What stands between this machine and an address: the proxy, the name, the connection, the certificate.
//! Sends no token and believes nothing it is told.

mod certificate;

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::Url;
use reqwest::blocking::Response;
use reqwest::header::DATE;
use reqwest::tls::TlsInfo;

use crate::error::{Error, Kind, Result};
use crate::http::{self, Http};

/// How long one address of a host may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// So many addresses of a host are tried.
const ADDRESSES: usize = 4;

/// What was found at an address that answers.
#[derive(Debug)]
pub struct Reached {
    /// The host.
    pub host: String,
    /// The proxy in between, without its user name and password.
    pub proxy: Option<String>,
    /// Who issued the certificate; `None` over plain http.
    pub issuer: Option<String>,
    /// The other side's clock.
    pub date: Option<Timestamp>,
}

/// Goes to `url` the way every request does, step by step, and asks for its host's front page.
///
/// # Errors
/// Which step failed; [`Kind::Usage`] for plain http to anything but loopback.
pub fn reach(http: &Http, url: &Url) -> Result<Reached> {
    let client = http.client(url)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let proxy = proxy(url);
    let named = |error: Error| match &proxy {
        Some(proxy) => error.detail(format!("through the proxy {proxy}")),
        None => error,
    };
    let next = match &proxy {
        Some(proxy) => proxy.parse().map_err(|_| {
            named(Error::new(Kind::Usage, format!("the proxy of {host} has no address")))
        })?,
        None => url.clone(),
    };
    connect(&resolve(&next).map_err(named)?, &next).map_err(named)?;
    let front = front(url);
    let response = client.get(front.clone()).send().map_err(|error| {
        let error = named(http::failure(error, url));
        match untrusted_issuer(http, &front) {
            Some(issuer) => error.detail(format!("its certificate was issued by {issuer}")),
            None => error,
        }
    })?;
    let date = response.headers().get(DATE).and_then(|value| value.to_str().ok());
    let date = date.and_then(|value| {
        // "GMT" is the only zone of an HTTP date; the reader wants it as a number.
        let value = value.replace("GMT", "+0000");
        rfc2822::DateTimeParser::new().parse_timestamp(value).ok()
    });
    Ok(Reached { host, proxy, issuer: issuer(&response), date })
}

/// The proxy that requests to `url` go through, as `scheme://host:port`.
fn proxy(url: &Url) -> Option<String> {
    if url.scheme() == "http" {
        // Only loopback, which is asked directly.
        return None;
    }
    let found = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
    let uri = found.uri();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", uri.scheme_str().unwrap_or("http"), uri.host()?))
}

fn resolve(url: &Url) -> Result<Vec<SocketAddr>> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(1080);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found: Vec<SocketAddr> = (bare, port)
        .to_socket_addrs()
        .map_err(|error| {
            Error::new(Kind::Unavailable, format!("the name {host} is not found (DNS)"))
                .cause(&error)
                .hint("check the network connection and the spelling of the host; behind a proxy, set HTTPS_PROXY")
        })?
        .take(ADDRESSES)
        .collect();
    Ok(found)
}

fn connect(addresses: &[SocketAddr], url: &Url) -> Result<()> {
    let mut refused = Vec::new();
    for address in addresses {
        match TcpStream::connect_timeout(address, PATIENCE) {
            Ok(_) => return Ok(()),
            Err(error) => refused.push(format!("{address}: {error}")),
        }
    }
    let host = url.host_str().unwrap_or_default();
    let error = Error::new(Kind::Unavailable, format!("cannot connect to {host} (TCP)"))
        .hint("a firewall may stand between; behind a proxy, set HTTPS_PROXY");
    Err(refused.into_iter().fold(error, Error::detail))
}

/// The front page: the address itself may hold what the other side should not see without a token.
fn front(url: &Url) -> Url {
    let mut front = url.clone();
    front.set_path("/");
    front.set_query(None);
    front
}

fn issuer(response: &Response) -> Option<String> {
    certificate::issuer(response.extensions().get::<TlsInfo>()?.peer_certificate()?)
}

/// Who issued the certificate that was not trusted, for IT to know which root is missing.
fn untrusted_issuer(http: &Http, front: &Url) -> Option<String> {
    if front.scheme() != "https" {
        return None;
    }
    issuer(&http.trusting_client().ok()?.get(front.clone()).send().ok()?)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::Arc;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
    use rustls::{ServerConfig, ServerConnection, StreamOwned};

    use super::*;

    /// A certificate made for these tests, good for a hundred years, trusted by nobody; DER in base64.
    pub(in crate::probe) const CERTIFICATE: &str = "MIIB1DCCAXmgAwIBAgIUYtc8W5WCw3a2YxZE0a+WhsPIlnAwCgYIKoZIzj0EAwIw\
        MzEQMA4GA1UECgwHQ29udG9zbzEfMB0GA1UEAwwWQ29udG9zbyBUTFMgSW5zcGVj\
        dGlvbjAgFw0yNjExMjExMzA5MjdaGA8yMTI2MTAyODEzMDkyN1owMzEQMA4GA1UE\
        CgwHQ29udG9zbzEfMB0GA1UEAwwWQ29udG9zbyBUTFMgSW5zcGVjdGlvbjBZMBMG\
        ByqGSM49AgEGCCqGSM49AwEHA0IABKhbj5IqFz6ub37Ql3Iwo72++CiTnlkHCEl0\
        CIoXsSa0h3h8wuMX4iW/FqOaW1QL2CrIxhNoG+juU5rjBVG+JZOjaTBnMB0GA1Ud\
        DgQWBBTyPfEEN6gU3YmKADplpG/f8f/lTjAfBgNVHSMEGDAWgBTyPfEEN6gU3YmK\
        ADplpG/f8f/lTjAPBgNVHRMBAf8EBTADAQH/MBQGA1UdEQQNMAuCCWxvY2FsaG9z\
        dDAKBggqhkjOPQQDAgNJADBGAiEA0jzjOvjqOUd1i79wx4Q6VdI6j6d9pAyaT+4M\
        skaC744CIQDVGB1Zvakr3wBhQ6xkLM5Qx027lQkF6Lq3z7+VScTWoA==";
    const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPxf5Mic9DIjcIZtG\
        WiKNzFh2dAC9OzoRWFWXRuY0VB2hRANCAASoW4+SKhc+rm9+0JdyMKO9vvgok55Z\
        BwhJdAiKF7EmtId4fMLjF+IlvxajmltUC9gqyMYTaBvo7lOa4wVRviWT";

    /// A server whose certificate nobody trusts; its port.
    fn untrusted() -> u16 {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let certificate = CertificateDer::from(STANDARD.decode(CERTIFICATE).unwrap());
        let key = PrivatePkcs8KeyDer::from(STANDARD.decode(KEY).unwrap()).into();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = StreamOwned::new(connection, stream);
                let mut request = [0; 4096];
                if matches!(stream.read(&mut request), Ok(1..)) {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                }
            }
        });
        port
    }

    fn reached(url: &str) -> Result<Reached> {
        reach(&Http::default(), &url.parse().unwrap())
    }

    #[test]
    fn a_certificate_nobody_trusts_is_refused_and_its_issuer_named() {
        let error = reached(&format!("https://127.0.0.1:{}/v1.0/x?y", untrusted())).unwrap_err();
        let report = error.report();
        assert_eq!(error.kind(), Kind::Unavailable, "{report}");
        assert!(report.contains("issued by Contoso TLS Inspection (Contoso)"), "{report}");
        assert!(report.contains("SSL_CERT_FILE"), "{report}");
    }

    #[test]
    fn the_step_that_fails_is_named() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let cases = [
            (format!("http://{closed}/"), Kind::Unavailable, "(TCP)"),
            // Too long for a name, so that nobody is asked for it.
            (format!("https://{}/", "a".repeat(70)), Kind::Unavailable, "(DNS)"),
            ("http://example.com/".to_owned(), Kind::Usage, "https only"),
        ];
        for (url, kind, words) in cases {
            let error = reached(&url).unwrap_err();
            assert_eq!(error.kind(), kind, "{}", error.report());
            assert!(error.report().contains(words), "{}", error.report());
        }
    }
}

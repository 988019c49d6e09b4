//! Why a request failed, read from the error types in the source chain.

use std::error::Error as StdError;
use std::io;

use rustls::{CertificateError, Error as TlsError};

use crate::text::escape_control;

/// Why no response came.
#[derive(Clone, Debug)]
pub(super) enum TransportErrorKind {
    UnknownHost,
    ConnectionRefused,
    NetworkUnreachable,
    /// A local firewall or sandbox forbids the connection.
    PermissionDenied,
    ConnectTimeout,
    ClosedDuringHandshake,
    InvalidCertificate(CertificateError),
    /// The server does not speak TLS.
    NotTls,
    /// TLS failed for any other reason, such as an alert.
    HandshakeFailed,
    ProxyAuthenticationRequired,
    /// The proxy answered `CONNECT` with an error status.
    ProxyRefused,
    ProxyClosed,
    ResponseTimeout,
    /// No connection, for none of the reasons above.
    ConnectFailed,
    /// The connection broke after it was made.
    ConnectionLost,
}

/// A request without a response.
#[derive(Clone, Debug)]
pub(super) struct TransportError {
    pub(super) kind: TransportErrorKind,
    /// Whether it was the connection to a proxy that failed.
    pub(super) at_proxy: bool,
}

impl TransportError {
    pub(super) fn classify(error: &reqwest::Error) -> TransportError {
        let tunnel = source_chain(error).find_map(tunnel_error);
        let kind = match tunnel.as_deref() {
            None | Some(NO_PROXY_CONNECTION) => classify_connection(error),
            Some("proxy authorization required") => TransportErrorKind::ProxyAuthenticationRequired,
            Some("unexpected end of file" | "io error establishing tunnel") => {
                TransportErrorKind::ProxyClosed
            }
            Some(_) => TransportErrorKind::ProxyRefused,
        };
        TransportError { kind, at_proxy: tunnel.as_deref() == Some(NO_PROXY_CONNECTION) }
    }

    /// Whether our message says all that the innermost error does.
    pub(super) fn message_includes_cause(&self) -> bool {
        let TransportErrorKind::InvalidCertificate(reason) = &self.kind else { return false };
        matches!(
            reason,
            CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidForNameContext { .. }
                | CertificateError::NotValidYetContext { .. }
                | CertificateError::UnknownIssuer
        )
    }
}

/// Whether the same request may succeed later.
pub fn is_retryable(error: &reqwest::Error) -> bool {
    !matches!(
        TransportError::classify(error).kind,
        TransportErrorKind::InvalidCertificate(_)
            | TransportErrorKind::NotTls
            // A wrong password sent again and again locks the account.
            | TransportErrorKind::ProxyAuthenticationRequired
    )
}

/// The innermost error; those around it only wrap it. On one line: it may quote what a server or a proxy sent.
pub(super) fn root_cause(error: &(dyn StdError + 'static)) -> io::Error {
    let innermost = source_chain(error).last().unwrap_or(error).to_string();
    io::Error::other(escape_control(&innermost))
}

fn classify_connection(error: &reqwest::Error) -> TransportErrorKind {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable,
        NetworkUnreachable, PermissionDenied, UnexpectedEof,
    };
    let tls = source_chain(error).find_map(|link| link.downcast_ref::<TlsError>());
    let connecting = error.is_connect();
    match tls {
        Some(TlsError::InvalidCertificate(reason)) => {
            return TransportErrorKind::InvalidCertificate(reason.clone());
        }
        Some(TlsError::InvalidMessage(_)) if connecting => return TransportErrorKind::NotTls,
        Some(_) => return TransportErrorKind::HandshakeFailed,
        None => {}
    }
    if error.is_dns() {
        return TransportErrorKind::UnknownHost;
    }
    match (connecting, error.is_timeout()) {
        (true, true) => return TransportErrorKind::ConnectTimeout,
        (false, true) => return TransportErrorKind::ResponseTimeout,
        (false, false) => return TransportErrorKind::ConnectionLost,
        (true, false) => {}
    }
    let io = source_chain(error).filter_map(|link| link.downcast_ref::<io::Error>());
    match io.last().map(io::Error::kind) {
        Some(ConnectionRefused) => TransportErrorKind::ConnectionRefused,
        Some(PermissionDenied) => TransportErrorKind::PermissionDenied,
        Some(NetworkUnreachable | HostUnreachable) => TransportErrorKind::NetworkUnreachable,
        Some(UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe) => {
            TransportErrorKind::ClosedDuringHandshake
        }
        _ => TransportErrorKind::ConnectFailed,
    }
}

/// hyper-util's message when the proxy itself cannot be reached.
const NO_PROXY_CONNECTION: &str = "failed to create underlying connection";

/// The message of a failed `CONNECT` (RFC 9110 §9.3.6). hyper-util keeps the error's type private, so text is all
/// there is.
fn tunnel_error(link: &(dyn StdError + 'static)) -> Option<String> {
    link.to_string().strip_prefix("tunnel error: ").map(str::to_owned)
}

fn source_chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn StdError + 'static)| {
        // The source of an io::Error is the source of its content, which skips the content itself.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(content) => Some(content as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use reqwest::blocking::{Client, ClientBuilder};

    use super::*;

    fn failed_request(
        url: &str,
        change: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> TransportErrorKind {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = change(Client::builder().tls_certs_only([]).no_proxy()).build().unwrap();
        TransportError::classify(&client.get(url).send().unwrap_err()).kind
    }

    #[test]
    fn an_unknown_host_differs_from_a_closed_port() {
        // Labels have at most 63 bytes, so no name server is asked.
        let long = format!("http://{}.example", "a".repeat(64));
        let kind = failed_request(&long, |builder| builder);
        assert!(matches!(kind, TransportErrorKind::UnknownHost), "{kind:?}");
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let kind = failed_request(&format!("https://{closed}"), |builder| builder);
        assert!(matches!(kind, TransportErrorKind::ConnectionRefused), "{kind:?}");
    }

    #[test]
    fn the_innermost_error_is_on_one_line() {
        let inner = io::Error::other("a server said\nhint: run evil\x1b[2J");
        let cause = root_cause(&io::Error::other(inner)).to_string();
        assert_eq!(cause, "a server said hint: run evil\u{241b}[2J");
    }

    #[test]
    fn a_connect_timeout_differs_from_a_response_timeout() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let instant = Duration::from_millis(1);
        let kind = failed_request(&format!("https://{address}"), |builder| {
            builder.connect_timeout(instant)
        });
        assert!(matches!(kind, TransportErrorKind::ConnectTimeout), "{kind:?}");
        let kind = failed_request(&format!("http://{address}"), |builder| builder.timeout(instant));
        assert!(matches!(kind, TransportErrorKind::ResponseTimeout), "{kind:?}");
    }
}

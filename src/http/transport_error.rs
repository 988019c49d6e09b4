//! What sort of failure ended an exchange, told by the types in the error's chain. Pure; words are `failure`'s.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use rustls::{CertificateError, Error as TlsError};

/// Why an exchange failed.
#[derive(Clone, Debug)]
pub(super) enum TransportError {
    /// No address is known for the host's name.
    NoSuchName,
    /// Nobody listens on the port.
    Refused,
    /// There is no way to the host.
    Unreachable,
    /// This machine does not let the connection out.
    Forbidden,
    /// No connection came about in time.
    NoConnection,
    /// The connection ended before it was secured.
    HungUp,
    /// The certificate is not accepted.
    Certificate(CertificateError),
    /// What answers does not speak TLS.
    NoTls,
    /// The other side does not want this TLS connection.
    TlsRefused,
    /// The proxy wants another user name and password.
    ProxyAuthentication,
    /// The proxy answered, but made no connection.
    ProxyRefused,
    /// The proxy answered nothing.
    ProxyHungUp,
    /// No answer came in time.
    Silence,
    /// No connection came about, for a reason that is none of these.
    Unknown,
    /// The connection ended in the middle.
    BrokeOff,
}

/// A failure, and where on the way it happened.
#[derive(Clone, Debug)]
pub(super) struct Classified {
    /// Why.
    pub(super) trouble: TransportError,
    /// Whether it was the connection to a proxy that failed.
    pub(super) before_proxy: bool,
}

impl Classified {
    /// Reads the chain below `error`.
    pub(super) fn classify(error: &reqwest::Error) -> Classified {
        let tunnel = source_chain(error).find_map(ProxyTunnelError::read);
        let tls = source_chain(error).find_map(|link| link.downcast_ref::<TlsError>());
        let io = source_chain(error).filter_map(|link| link.downcast_ref::<io::Error>());
        let io = io.map(io::Error::kind).last();
        let connecting = error.is_connect();
        let trouble = match (tunnel, tls) {
            (Some(ProxyTunnelError::Authentication), _) => TransportError::ProxyAuthentication,
            (Some(ProxyTunnelError::Refused), _) => TransportError::ProxyRefused,
            (Some(ProxyTunnelError::HungUp), _) => TransportError::ProxyHungUp,
            (_, Some(TlsError::InvalidCertificate(why))) => {
                TransportError::Certificate(why.clone())
            }
            (_, Some(TlsError::InvalidMessage(_))) if connecting => TransportError::NoTls,
            (_, Some(_)) => TransportError::TlsRefused,
            _ if error.is_dns() => TransportError::NoSuchName,
            _ if error.is_timeout() && connecting => TransportError::NoConnection,
            _ if error.is_timeout() => TransportError::Silence,
            _ if !connecting => TransportError::BrokeOff,
            _ => match io {
                Some(ErrorKind::ConnectionRefused) => TransportError::Refused,
                Some(ErrorKind::PermissionDenied) => TransportError::Forbidden,
                Some(ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable) => {
                    TransportError::Unreachable
                }
                Some(
                    ErrorKind::UnexpectedEof
                    | ErrorKind::ConnectionReset
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::BrokenPipe,
                ) => TransportError::HungUp,
                _ => TransportError::Unknown,
            },
        };
        Classified { trouble, before_proxy: matches!(tunnel, Some(ProxyTunnelError::NoConnection)) }
    }

    /// Whether words of our own say all that the innermost error does, and more readably.
    pub(super) fn is_told_in_full(&self) -> bool {
        use CertificateError::{
            ExpiredContext, NotValidForNameContext, NotValidYetContext, UnknownIssuer,
        };
        matches!(
            &self.trouble,
            TransportError::Certificate(
                ExpiredContext { .. }
                    | NotValidForNameContext { .. }
                    | NotValidYetContext { .. }
                    | UnknownIssuer
            )
        )
    }

    /// Whether the same request could fare better later; a password or a certificate that was refused will not
    /// improve, and a password sent again and again locks the account.
    pub(super) fn is_retryable(&self) -> bool {
        !matches!(
            self.trouble,
            TransportError::Certificate(_)
                | TransportError::NoTls
                | TransportError::ProxyAuthentication
        )
    }
}

/// The innermost error, which the ones around it only wrap.
pub(super) fn root_cause<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    source_chain(error).last().unwrap_or(error)
}

/// How far a proxy came with `CONNECT` (RFC 9110 §9.3.6).
#[derive(Clone, Copy)]
enum ProxyTunnelError {
    NoConnection,
    Authentication,
    Refused,
    HungUp,
}

impl ProxyTunnelError {
    /// hyper-util keeps the type of this error to itself; its words are all there is.
    fn read(link: &(dyn StdError + 'static)) -> Option<ProxyTunnelError> {
        let text = link.to_string();
        Some(match text.strip_prefix("tunnel error: ")? {
            "failed to create underlying connection" => ProxyTunnelError::NoConnection,
            "proxy authorization required" => ProxyTunnelError::Authentication,
            "unexpected end of file" | "io error establishing tunnel" => ProxyTunnelError::HungUp,
            _ => ProxyTunnelError::Refused,
        })
    }
}

/// The error and everything it rests on.
fn source_chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn StdError + 'static)| {
        // An io::Error names as its source what its content rests on, and so passes over the content.
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

    fn trouble(url: &str, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> TransportError {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = change(Client::builder().tls_certs_only([]).no_proxy()).build().unwrap();
        Classified::classify(&client.get(url).send().unwrap_err()).trouble
    }

    #[test]
    fn a_name_nobody_knows_is_told_from_a_port_nobody_listens_on() {
        // No name is as long as that, so that nobody is asked for it.
        let long = format!("http://{}.example", "a".repeat(64));
        let found = trouble(&long, |builder| builder);
        assert!(matches!(found, TransportError::NoSuchName), "{found:?}");
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let found = trouble(&format!("https://{closed}"), |builder| builder);
        assert!(matches!(found, TransportError::Refused), "{found:?}");
    }

    #[test]
    fn a_connection_that_takes_too_long_is_told_from_an_answer_that_does() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let instant = Duration::from_millis(1);
        let found =
            trouble(&format!("https://{address}"), |builder| builder.connect_timeout(instant));
        assert!(matches!(found, TransportError::NoConnection), "{found:?}");
        let found = trouble(&format!("http://{address}"), |builder| builder.timeout(instant));
        assert!(matches!(found, TransportError::Silence), "{found:?}");
    }
}

//! Errors for connections that cannot be made, or break before a response has arrived.

use super::context::DiagnosisContext;
use crate::error::Error;
use crate::http::client::CONNECT_TIMEOUT;
use crate::http::transport_error::TransportErrorKind;

const CHECK_NETWORK: &str = "check the network connection, and the VPN if one is needed";
const SET_PROXY: &str = "behind a company's proxy, set HTTPS_PROXY to its address";

/// No connection to the host, without a proxy.
pub(super) fn direct_error(context: &DiagnosisContext<'_>, kind: &TransportErrorKind) -> Error {
    let hints: &[&str] = match kind {
        TransportErrorKind::UnknownHost => {
            &["check the network connection and the spelling of the host", SET_PROXY]
        }
        TransportErrorKind::ConnectionRefused if context.is_loopback => {
            &["start the server, or correct its port"]
        }
        TransportErrorKind::ConnectionRefused => &["check the address and its port", SET_PROXY],
        TransportErrorKind::PermissionDenied => &["allow `referrals` in this machine's firewall"],
        TransportErrorKind::ClosedDuringHandshake => {
            &["a firewall may have closed it, or the port does not speak https", SET_PROXY]
        }
        _ => &[CHECK_NETWORK, SET_PROXY],
    };
    hints.iter().fold(connect_error(&context.address, kind), |error, hint| error.hint(*hint))
}

/// No connection to the proxy, or none through it.
pub(super) fn proxy_error(context: &DiagnosisContext<'_>, kind: &TransportErrorKind) -> Error {
    let DiagnosisContext { host, address, .. } = context;
    let (proxy, origin) = (context.proxy_name(), context.proxy_origin());
    match kind {
        // Either side of the proxy may be the slow one.
        TransportErrorKind::ConnectTimeout => {
            connect_error(address, kind).detail(format!("through the proxy {proxy}")).hint(format!(
                "check {origin}; if it is right, ask IT whether that proxy allows {address}"
            ))
        }
        TransportErrorKind::ClosedDuringHandshake => context
            .add_details(connect_error(address, kind))
            .hint(format!("ask IT whether the proxy allows {address}")),
        _ => connect_error(&format!("the proxy {proxy}"), kind)
            .detail(format!("while connecting to {address}"))
            .hint(format!(
                "check {origin} and the network connection, and the VPN if one is needed"
            ))
            .hint(format!("if no proxy is needed here, unset it, or add {host} to NO_PROXY")),
    }
}

/// The proxy answered, but did not connect to the host.
pub(super) fn tunnel_error(context: &DiagnosisContext<'_>, kind: &TransportErrorKind) -> Error {
    let DiagnosisContext { host, address, .. } = context;
    let proxy = context.proxy_name();
    match kind {
        TransportErrorKind::ProxyAuthenticationRequired => {
            let has_credentials = context.proxy.as_ref().is_some_and(|proxy| proxy.has_credentials);
            let problem = if has_credentials {
                "rejected the user name and password"
            } else {
                "requires authentication"
            };
            Error::unavailable(format!("the proxy {proxy} {problem} (407)"))
                .detail(format!("while connecting to {address}"))
                .hint("put user name and password into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT, special characters percent-encoded")
                .hint("NTLM and Kerberos are not supported; run a helper that authenticates, such as cntlm or px, and set HTTPS_PROXY to the helper's address")
        }
        TransportErrorKind::ProxyRefused => {
            Error::unavailable(format!("the proxy {proxy} refused to connect to {address}"))
                .hint(format!("ask IT to allow {address} on that proxy (CONNECT)"))
                .hint(format!("if {host} can be reached without it, add it to NO_PROXY"))
        }
        _ => Error::unavailable(format!("the proxy {proxy} closed the connection"))
            .detail(format!("while connecting to {address}"))
            .hint(format!(
                "check that {} is the address and port of an HTTP proxy",
                context.proxy_origin()
            )),
    }
}

/// A connection was made, but no response arrived.
pub(super) fn response_error(context: &DiagnosisContext<'_>, kind: &TransportErrorKind) -> Error {
    let DiagnosisContext { host, address, .. } = context;
    let (message, hint) = match kind {
        TransportErrorKind::NotTls if context.at_proxy => {
            return Error::unavailable(format!("the proxy {} does not speak TLS", context.proxy_name()))
                .hint(format!(
                    "write its address in {} with http://, as for most proxies; requests through it are encrypted all the same",
                    context.proxy_origin()
                ));
        }
        TransportErrorKind::NotTls => (
            format!("{address} does not speak TLS"),
            "check the address and its port; a proxy or a captive portal may have answered instead",
        ),
        TransportErrorKind::HandshakeFailed => (
            format!("the TLS handshake with {address} failed"),
            "a firewall or proxy that inspects TLS may interfere; ask IT to let it through unchanged",
        ),
        TransportErrorKind::ResponseTimeout => (
            format!("the request to {host} timed out"),
            "try again later; check the network connection if it happens again",
        ),
        _ => (
            format!("the connection to {host} was lost"),
            "try again; check the network connection if it happens again",
        ),
    };
    context.add_details(Error::unavailable(message)).hint(hint)
}

/// `target` is an address, or a proxy.
fn connect_error(target: &str, kind: &TransportErrorKind) -> Error {
    let reason = match kind {
        TransportErrorKind::UnknownHost => "unknown host",
        TransportErrorKind::ConnectionRefused => "connection refused",
        TransportErrorKind::NetworkUnreachable => "network unreachable",
        TransportErrorKind::PermissionDenied => "permission denied",
        TransportErrorKind::ConnectTimeout => {
            &format!("timed out after {} s", CONNECT_TIMEOUT.as_secs())
        }
        TransportErrorKind::ClosedDuringHandshake => "connection closed during the TLS handshake",
        _ => return Error::unavailable(format!("cannot connect to {target}")),
    };
    Error::unavailable(format!("cannot connect to {target}: {reason}"))
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::*;
    use crate::http::Http;
    use crate::http::transport_error::TransportError;

    /// The error of a failure under this `HTTPS_PROXY`.
    fn report(
        https_proxy: Option<&str>,
        describe: fn(&DiagnosisContext<'_>, &TransportErrorKind) -> Error,
        kind: &TransportErrorKind,
    ) -> String {
        let lookup = |name: &str| https_proxy.filter(|_| name == "HTTPS_PROXY").map(str::to_owned);
        let url: Url = "https://api.example:8443/".parse().unwrap();
        let failure = TransportError { kind: kind.clone(), at_proxy: false };
        describe(&DiagnosisContext::new(&Http::new(&lookup), &url, &failure), kind).report()
    }

    #[test]
    fn every_failed_connection_has_its_reason_and_a_hint() {
        let cases = [
            (TransportErrorKind::UnknownHost, ": unknown host"),
            (TransportErrorKind::ConnectionRefused, ": connection refused"),
            (TransportErrorKind::ConnectTimeout, ": timed out after 10 s"),
            (TransportErrorKind::NetworkUnreachable, ": network unreachable"),
            (TransportErrorKind::PermissionDenied, ": permission denied"),
            (
                TransportErrorKind::ClosedDuringHandshake,
                ": connection closed during the TLS handshake",
            ),
        ];
        for (kind, reason) in cases {
            let text = report(None, direct_error, &kind);
            let message = format!("error: cannot connect to api.example:8443{reason}\n");
            assert!(text.starts_with(&message) && text.contains("hint: "), "{text}");
            let proxy = Some("http://anna:geheim@proxy.example:8080");
            let text = report(proxy, proxy_error, &kind);
            assert!(text.contains(&format!("{reason}\n")) && text.contains("hint: "), "{text}");
            assert!(text.contains("http://proxy.example:8080 (HTTPS_PROXY)"), "{text}");
            assert!(!text.contains("geheim"), "{text}");
        }
    }
}

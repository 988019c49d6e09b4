//! Errors that say why a request failed and what to do. They name host and port; the rest of an address may contain
//! codes or customers' names.

mod certificate;
mod connection;
mod context;

use reqwest::Url;

use super::client::Http;
use super::transport_error::{TransportError, TransportErrorKind, root_cause};
use crate::error::Error;
use context::DiagnosisContext;

impl Http {
    /// Explains why a request to `url` got no response. For a certificate that is not trusted it connects once more, to
    /// read the issuer.
    pub fn diagnose(&self, error: reqwest::Error, url: &Url) -> Error {
        let error = error.without_url();
        let failure = TransportError::classify(&error);
        let context = DiagnosisContext::new(self, url, &failure);
        let described = match &failure.kind {
            TransportErrorKind::InvalidCertificate(reason) => {
                certificate::certificate_error(&context, reason)
            }
            TransportErrorKind::ProxyAuthenticationRequired
            | TransportErrorKind::ProxyRefused
            | TransportErrorKind::ProxyClosed => connection::tunnel_error(&context, &failure.kind),
            TransportErrorKind::NotTls
            | TransportErrorKind::HandshakeFailed
            | TransportErrorKind::ResponseTimeout
            | TransportErrorKind::ConnectionLost => {
                connection::response_error(&context, &failure.kind)
            }
            kind if context.has_proxy() => connection::proxy_error(&context, kind),
            kind => connection::direct_error(&context, kind),
        };
        if failure.message_includes_cause() {
            described
        } else {
            described.cause(&root_cause(&error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_host_and_never_path_or_query() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url: Url = format!("http://{closed}/secret?code=secret").parse().unwrap();
        let http = Http::default();
        let error = http.client(&url).unwrap().get(url.clone()).send().unwrap_err();
        let report = http.diagnose(error, &url).report();
        assert!(
            report.starts_with(&format!("error: cannot connect to {closed}: connection refused")),
            "{report}"
        );
        assert!(!report.contains("secret"), "{report}");
    }
}

//! The circumstances of a failed request, as messages mention them.

use reqwest::Url;

use crate::error::Error;
use crate::http::client::Http;
use crate::http::peer_certificate::PeerCertificate;
use crate::http::proxy::{Proxy, proxy_for};
use crate::http::service_url::is_loopback;
use crate::http::transport_error::{TransportError, TransportErrorKind};

pub(super) struct DiagnosisContext<'a> {
    pub(super) host: &'a str,
    /// With the port, where the address has one.
    pub(super) address: String,
    pub(super) is_loopback: bool,
    /// Whether the connection to the proxy failed.
    pub(super) at_proxy: bool,
    pub(super) proxy: Option<Proxy>,
    pub(super) certificate: Option<PeerCertificate>,
    /// What replaces the system's trusted certificates.
    pub(super) trusted_instead: Vec<String>,
}

impl<'a> DiagnosisContext<'a> {
    pub(super) fn new(http: &Http, url: &'a Url, failure: &TransportError) -> DiagnosisContext<'a> {
        let variables = &http.variables;
        // What cannot be used was an error before the request.
        let proxy = proxy_for(url, variables).ok().flatten();
        let is_certificate = matches!(failure.kind, TransportErrorKind::InvalidCertificate(_));
        // The first certificate from an https proxy would be the proxy's own.
        let has_tls_proxy = proxy.as_ref().is_some_and(|proxy| proxy.address.starts_with("https"));
        let certificate =
            (is_certificate && !has_tls_proxy).then(|| http.fetch_peer_certificate(url)).flatten();
        DiagnosisContext {
            host: url.host_str().unwrap_or("the server"),
            address: host_and_port(url),
            is_loopback: is_loopback(url),
            at_proxy: failure.at_proxy,
            proxy,
            certificate,
            trusted_instead: variables
                .trusted_instead()
                .map(|(name, value)| format!("{value} ({name})"))
                .collect(),
        }
    }

    pub(super) fn has_proxy(&self) -> bool {
        self.at_proxy || self.proxy.is_some()
    }

    /// Adds the names in the certificate and the proxy, where there are any.
    pub(super) fn add_details(&self, error: Error) -> Error {
        let certificate =
            self.certificate.iter().map(|PeerCertificate { subject, issuer, .. }| {
                format!("presented: \"{subject}\", issued by \"{issuer}\"")
            });
        let proxy = self.proxy.iter().map(|proxy| format!("through the proxy {proxy}"));
        error.with_details(certificate.chain(proxy))
    }

    /// The host or the proxy, whichever presented the certificate.
    pub(super) fn peer(&self) -> String {
        if self.at_proxy {
            format!("the proxy {}", self.proxy_name())
        } else {
            self.host.to_owned()
        }
    }

    pub(super) fn proxy_name(&self) -> String {
        self.proxy.as_ref().map_or_else(|| "(unknown)".to_owned(), ToString::to_string)
    }

    /// Where the proxy is configured, for hints.
    pub(super) fn proxy_origin(&self) -> &'static str {
        self.proxy.as_ref().map_or("HTTPS_PROXY", |proxy| proxy.origin)
    }
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or("the server");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

//! The HTTP clients of this process, created on first use: loading certificates takes milliseconds.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{Url, redirect, retry};

use super::proxy::configure_proxy;
use super::resolver::Resolver;
use super::service_url::Transport;
use super::transport_error::root_cause;
use super::trusted_roots::{setup_error, trust_roots};
use super::variables::NetworkVariables;
use crate::error::{Error, Result};

pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// One client for TLS and one for loopback; neither follows redirects.
#[derive(Debug, Default)]
pub struct Http {
    pub(super) variables: NetworkVariables,
    read_timeout: Option<Duration>,
    loopback: OnceLock<Client>,
    tls: OnceLock<Client>,
}

impl Http {
    /// `lookup` reads environment variables.
    pub fn new(lookup: &dyn Fn(&str) -> Option<String>) -> Http {
        Http { variables: NetworkVariables::read(lookup), ..Http::default() }
    }

    /// Waits this long for data instead of 30 seconds.
    #[must_use]
    pub fn with_read_timeout(mut self, timeout: Duration) -> Http {
        self.read_timeout = Some(timeout);
        self
    }

    /// The client for requests to `url`.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for an address that a token must not be sent to and for variables that cannot be used;
    /// `ErrorKind::Unavailable` when the trusted certificates cannot be read.
    pub fn client(&self, url: &Url) -> Result<&Client> {
        match Transport::for_url(url) {
            Some(Transport::Tls) => get_or_create(&self.tls, || self.tls_client()),
            Some(Transport::Loopback) => get_or_create(&self.loopback, || self.loopback_client()),
            None => Err(Error::usage(format!(
                "a token is not sent to {} over {}",
                url.host_str().unwrap_or("this address"),
                url.scheme()
            ))
            .hint("use https://; plain http is for 127.0.0.1 and localhost")),
        }
    }

    /// A client for one request to `url` that must not be sent twice: on a connection of its own, because a request on
    /// one that is kept open is sent again where the server has closed it meanwhile.
    ///
    /// # Errors
    /// Those of [`Http::client`].
    pub fn single_use_client(&self, url: &Url) -> Result<Client> {
        let builder = match Transport::for_url(url) {
            Some(Transport::Tls) => trust_roots(self.tls_builder()?, &self.variables)?,
            Some(Transport::Loopback) => Client::builder().tls_certs_only([]).no_proxy(),
            None => return self.client(url).cloned(),
        };
        self.build_client(builder.pool_max_idle_per_host(0).retry(retry::never()))
    }

    fn loopback_client(&self) -> Result<Client> {
        self.build_client(Client::builder().tls_certs_only([]).no_proxy())
    }

    fn tls_client(&self) -> Result<Client> {
        self.build_client(trust_roots(self.tls_builder()?, &self.variables)?)
    }

    /// A builder of clients for https, which go through the proxy.
    pub(super) fn tls_builder(&self) -> Result<ClientBuilder> {
        configure_proxy(Client::builder().https_only(true), &self.variables)
    }

    pub(super) fn build_client(&self, builder: ClientBuilder) -> Result<Client> {
        // Fails if a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        builder
            .user_agent(concat!("referrals/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            .dns_resolver(Arc::new(Resolver::default()))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(self.read_timeout.unwrap_or(READ_TIMEOUT))
            .tcp_nodelay(true)
            .build()
            .map_err(|error| setup_error(&self.variables, &root_cause(&error)))
    }
}

fn get_or_create(
    cell: &OnceLock<Client>,
    create: impl FnOnce() -> Result<Client>,
) -> Result<&Client> {
    if let Some(client) = cell.get() {
        return Ok(client);
    }
    // Two threads may both create one; the first is kept.
    let client = create()?;
    Ok(cell.get_or_init(|| client))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn plain_http_is_for_loopback_only() {
        let cases = [
            ("http://127.0.0.1:8080/x", true),
            ("http://127.8.9.10/x", true),
            ("http://[::1]:80/x", true),
            ("http://localhost/x", true),
            ("http://localhost.example/x", false),
            ("http://127.0.0.1.example/x", false),
            ("http://user@example.com/x", false),
            ("http://api.partner.microsoft.com/x", false),
            ("ftp://127.0.0.1/x", false),
        ];
        for (url, allowed) in cases {
            let http = Http::default();
            let result = http.client(&url.parse().unwrap());
            assert_eq!(result.is_ok(), allowed, "{url}");
            if let Err(error) = result {
                assert_eq!(error.kind(), ErrorKind::Usage, "{url}");
            }
        }
    }
}

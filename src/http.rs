//! The HTTP client of this process, made when the first request is about to go out: certificates cost
//! milliseconds that `--help` must not pay. Knows no endpoint and no token.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{Certificate, Url, redirect};

use crate::error::{Error, Kind, Result};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// How long the other side may stay silent.
const SILENCE: Duration = Duration::from_secs(30);

/// The clients of this process; as a rule only one of them is ever made.
#[derive(Debug, Default)]
pub struct Http {
    extra_roots: Option<String>,
    silence: Option<Duration>,
    loopback: OnceLock<Client>,
    secured: OnceLock<Client>,
}

impl Http {
    /// Clients that also trust the certificates in the PEM file `extra_roots` (`SSL_CERT_FILE`), where the
    /// platform does not look at that file itself.
    pub fn new(extra_roots: Option<String>) -> Http {
        Http { extra_roots, ..Http::default() }
    }

    /// The same, giving up on another side that stays silent for this long.
    #[must_use]
    pub fn with_silence(mut self, silence: Duration) -> Http {
        self.silence = Some(silence);
        self
    }

    /// The client for requests to `url`.
    ///
    /// # Errors
    /// [`Kind::Usage`] for plain http to anything but loopback, before any packet is sent; [`Kind::Unavailable`]
    /// when the trust store cannot be read.
    pub fn client(&self, url: &Url) -> Result<&Client> {
        match url.scheme() {
            "https" => cached(&self.secured, || self.secured_client()),
            "http" if is_loopback(url) => cached(&self.loopback, || self.loopback_client()),
            scheme => Err(Error::new(
                Kind::Usage,
                format!(
                    "{scheme}:// is refused for {}: a token is sent over https only",
                    url.host_str().unwrap_or("this address")
                ),
            )
            .hint("write the address with https://; plain http is for 127.0.0.1 and localhost")),
        }
    }

    /// No certificates and no proxy: nothing leaves this machine.
    fn loopback_client(&self) -> Result<Client> {
        self.finish(Client::builder().tls_certs_only([]).no_proxy())
    }

    fn secured_client(&self) -> Result<Client> {
        let mut builder = Client::builder();
        // On Linux the platform verifier reads SSL_CERT_FILE itself.
        if let Some(path) = self.extra_roots.as_ref().filter(|_| !cfg!(target_os = "linux")) {
            builder = builder.tls_certs_merge(certificates(path)?);
        }
        self.finish(builder)
    }

    fn finish(&self, builder: ClientBuilder) -> Result<Client> {
        // A second call finds the provider installed and says so; that is no failure.
        let _ = rustls::crypto::ring::default_provider().install_default();
        builder
            .user_agent(concat!("referrals/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(self.silence.unwrap_or(SILENCE))
            .tcp_nodelay(true)
            .build()
            .map_err(|error| {
                Error::new(Kind::Unavailable, "cannot prepare a secure connection").cause(&error).hint(
                    "install the system's CA certificates (Debian: ca-certificates) or set SSL_CERT_FILE to a PEM file",
                )
            })
    }
}

/// Whether `url` names this machine and nothing else.
pub fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

/// What a failed exchange was, in words without the address (it may hold codes or customers' names), and what
/// to do about it.
pub fn failure(error: reqwest::Error, url: &Url) -> Error {
    let host = url.host_str().unwrap_or("the server").to_owned();
    let error = error.without_url();
    let text = chain(&error);
    let about = if error.is_timeout() {
        format!("{host} did not answer in time")
    } else if error.is_connect() {
        format!("cannot connect to {host}")
    } else {
        format!("the connection to {host} broke off")
    };
    let failure = Error::new(Kind::Unavailable, about).cause(&error);
    let lower = text.to_lowercase();
    if lower.contains("certificate") || lower.contains("unknownissuer") {
        failure.hint("if your company inspects TLS, set SSL_CERT_FILE to its root certificate (PEM), or add it to the system's trust store")
    } else if lower.contains("proxy") || lower.contains("tunnel") {
        failure.hint("check HTTPS_PROXY and NO_PROXY")
    } else if lower.contains("dns") || lower.contains("lookup") {
        failure.hint("check the network connection and the spelling of the host; behind a proxy, set HTTPS_PROXY")
    } else {
        failure.hint("check the network connection; behind a proxy, set HTTPS_PROXY")
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

fn cached(cell: &OnceLock<Client>, make: impl FnOnce() -> Result<Client>) -> Result<&Client> {
    if let Some(client) = cell.get() {
        return Ok(client);
    }
    // Two threads may both make one; the first to finish is kept.
    let client = make()?;
    Ok(cell.get_or_init(|| client))
}

fn certificates(path: &str) -> Result<Vec<Certificate>> {
    let about = || format!("cannot read the certificates in {path} (SSL_CERT_FILE)");
    let pem =
        std::fs::read(path).map_err(|error| Error::new(Kind::Usage, about()).cause(&error))?;
    Certificate::from_pem_bundle(&pem)
        .map_err(|error| Error::new(Kind::Usage, about()).cause(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
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
            let client = Http::default();
            let result = client.client(&url.parse().unwrap());
            assert_eq!(result.is_ok(), allowed, "{url}");
            if let Err(error) = result {
                assert_eq!(error.kind(), Kind::Usage, "{url}");
            }
        }
    }
}

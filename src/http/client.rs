//! The HTTP client of this process, made when the first request is about to go out: certificates cost
//! milliseconds that `--help` must not pay. Knows no endpoint and no token.

mod certificate;
mod diagnosis;
mod peer_certificate;
mod proxy;
mod probe;
mod transport_error;

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{Certificate, Url, redirect};

use crate::error::{Error, ErrorKind, Result};

pub use diagnosis::{failure, is_retryable};
pub use peer_certificate::PeerCertificate;
pub use probe::{ProbeResult, parse_http_date};
pub use proxy::{Lookup, ProxyNote, ProxyOrigin, ignored_proxy, proxy_for};

/// The variable that names a PEM file of certificates to trust.
const CERT_FILE: &str = "SSL_CERT_FILE";

/// The variable that names folders of certificates to trust.
const CERT_DIR: &str = "SSL_CERT_DIR";

/// Whether the platform's verifier reads both by itself, and then trusts nothing else.
const VERIFIER_READS_THEM: bool =
    cfg!(all(unix, not(target_vendor = "apple"), not(target_os = "android")));

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the other side may stay silent.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The clients of this process; as a rule only one of them is ever made.
#[derive(Debug, Default)]
pub struct Http {
    variables: NetworkVariables,
    read_timeout: Option<Duration>,
    loopback: OnceLock<Client>,
    tls: OnceLock<Client>,
}

/// The variables that decide about certificates and proxies; not printed, for a proxy's may hold a password.
#[derive(Default)]
struct NetworkVariables(HashMap<&'static str, String>);

impl fmt::Debug for NetworkVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<variables>")
    }
}

impl NetworkVariables {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

impl Http {
    /// Clients under these variables: `SSL_CERT_FILE` is added to what the platform trusts where the platform does
    /// not look at that file itself; those of proxies, which reqwest reads by itself, are for messages.
    pub fn new(lookup: Lookup<'_>) -> Http {
        let names = proxy::VARIABLES.into_iter().chain([CERT_FILE, CERT_DIR]);
        let variables = names.filter_map(|name| Some((name, lookup(name)?))).collect();
        Http { variables: NetworkVariables(variables), ..Http::default() }
    }

    /// The same, giving up on another side that stays silent for this long.
    #[must_use]
    pub fn with_read_timeout(mut self, silence: Duration) -> Http {
        self.read_timeout = Some(silence);
        self
    }

    /// The client for requests to `url`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for plain http to anything but loopback, before any packet is sent; [`ErrorKind::Unavailable`]
    /// when the trust store cannot be read.
    pub fn client(&self, url: &Url) -> Result<&Client> {
        match url.scheme() {
            "https" => get_or_create(&self.tls, || self.tls_client()),
            "http" if is_loopback(url) => get_or_create(&self.loopback, || self.loopback_client()),
            scheme => Err(Error::new(
                ErrorKind::Usage,
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
        self.build_client(Client::builder().tls_certs_only([]).no_proxy())
    }

    fn tls_client(&self) -> Result<Client> {
        let mut builder = Client::builder();
        // Set to nothing, it counts as set only for a verifier that reads it by itself.
        let path = self.variables.get(CERT_FILE);
        if let Some(path) = path.filter(|path| VERIFIER_READS_THEM || !path.is_empty()) {
            let certificates = read_certificates(&path)?;
            if !VERIFIER_READS_THEM {
                builder = builder.tls_certs_merge(certificates);
            }
        }
        self.build_client(builder)
    }

    fn build_client(&self, builder: ClientBuilder) -> Result<Client> {
        // A second call finds the provider installed and says so; that is no failure.
        let _ = rustls::crypto::ring::default_provider().install_default();
        builder
            .user_agent(concat!("referrals/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(self.read_timeout.unwrap_or(READ_TIMEOUT))
            .tcp_nodelay(true)
            .build()
            .map_err(|error| self.client_error(&error))
    }

    /// Nearly always: there are no certificates to check a server's with, as in a slim container.
    fn client_error(&self, error: &reqwest::Error) -> Error {
        let error = Error::new(ErrorKind::Unavailable, "cannot prepare a secure connection")
            .cause(transport_error::root_cause(error));
        let trusted = [CERT_FILE, CERT_DIR].into_iter().filter_map(|name| {
            let value = self.variables.get(name).filter(|_| VERIFIER_READS_THEM)?;
            Some(format!("only the certificates in {name} are looked at: {value}"))
        });
        trusted.fold(error, Error::detail).hint(
            "install the system's CA certificates (Debian: ca-certificates) or set SSL_CERT_FILE to a PEM file",
        )
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

fn get_or_create(
    cell: &OnceLock<Client>,
    make: impl FnOnce() -> Result<Client>,
) -> Result<&Client> {
    if let Some(client) = cell.get() {
        return Ok(client);
    }
    // Two threads may both make one; the first to finish is kept.
    let client = make()?;
    Ok(cell.get_or_init(|| client))
}

fn read_certificates(path: &str) -> Result<Vec<Certificate>> {
    let about = || format!("cannot read the certificates in \"{path}\" ({CERT_FILE})");
    let pem = std::fs::read(path).map_err(|error| {
        Error::new(ErrorKind::Usage, about())
            .cause(&error)
            .hint("correct SSL_CERT_FILE, or unset it to use the system's certificates")
    })?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Error::new(ErrorKind::Usage, about())
            .detail("there is no certificate in PEM form in it")
            .hint("a .cer or .crt file may be DER; turn it into PEM with `openssl x509 -inform der -in FILE -out FILE.pem`")),
    }
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
                assert_eq!(error.kind(), ErrorKind::Usage, "{url}");
            }
        }
    }
}

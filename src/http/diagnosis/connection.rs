//! A failed exchange in words a person can act on. Shows host and port of an address, never the rest of it,
//! which may hold codes or customers' names.

use reqwest::Url;

use super::peer_certificate::PeerCertificate;
use super::proxy::{ProxyNote, ignored_proxy, proxy_for};
use super::transport_error::{self, Classified, TransportError};
use super::{CERT_DIR, CERT_FILE, CONNECT_TIMEOUT, Http, VERIFIER_READS_THEM, is_loopback};
use crate::error::{Error, ErrorKind};

/// What a failed exchange was and what to do about it, where nothing is known of variables:
/// [`Http::failure`] names the proxy too.
pub fn failure(error: reqwest::Error, url: &Url) -> Error {
    Http::default().failure(error, url)
}

/// Whether trying again may help.
pub fn is_retryable(error: &reqwest::Error) -> bool {
    Classified::classify(error).is_retryable()
}

impl Http {
    /// What a failed exchange with `url` was, and what to do about it. For a certificate that is not trusted, the
    /// server is asked once more whose it is.
    pub fn failure(&self, error: reqwest::Error, url: &Url) -> Error {
        let error = error.without_url();
        let found = Classified::classify(&error);
        let lookup = |name: &str| self.variables.get(name);
        let proxy = proxy_for(url, &lookup);
        let certificate = matches!(found.trouble, TransportError::Certificate(_));
        // Behind a proxy that speaks TLS itself, the first certificate would be the proxy's.
        let asked =
            certificate && proxy.as_ref().is_none_or(|proxy| !proxy.address.starts_with("https"));
        let scene = DiagnosisContext {
            host: url.host_str().unwrap_or("the server"),
            place: place(url),
            loopback: is_loopback(url),
            before_proxy: found.before_proxy,
            presented: asked.then(|| self.presented(url)).flatten(),
            only: only(&lookup),
            ignored: ignored_proxy(&lookup).filter(|_| url.scheme() == "https"),
            proxy,
        };
        let told = match &found.trouble {
            _ if scene.proxy.as_ref().is_some_and(|proxy| proxy.address.starts_with("socks")) => {
                scene.socks()
            }
            TransportError::Certificate(why) => scene.certificate(why),
            TransportError::ProxyAuthentication
            | TransportError::ProxyRefused
            | TransportError::ProxyHungUp => scene.tunnel(&found.trouble),
            TransportError::NoTls
            | TransportError::TlsRefused
            | TransportError::Silence
            | TransportError::BrokeOff => scene.answer(&found.trouble),
            _ if found.before_proxy || scene.proxy.is_some() => scene.proxy(&found.trouble),
            _ => scene.connection(&found.trouble),
        };
        if found.is_told_in_full() { told } else { told.cause(transport_error::root_cause(&error)) }
    }
}

/// Host and port, the port where the address names one.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or("the server");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Which variables replace the system's trusted certificates.
fn only(lookup: super::Lookup<'_>) -> Vec<String> {
    let set = [CERT_FILE, CERT_DIR].into_iter().filter(|_| VERIFIER_READS_THEM);
    set.filter_map(|name| Some(format!("{} ({name})", lookup(name)?))).collect()
}

/// What is known around a failure.
pub(super) struct DiagnosisContext<'a> {
    host: &'a str,
    place: String,
    loopback: bool,
    before_proxy: bool,
    proxy: Option<ProxyNote>,
    ignored: Option<&'static str>,
    pub(super) presented: Option<PeerCertificate>,
    pub(super) only: Vec<String>,
}

impl DiagnosisContext<'_> {
    /// Nobody in between: the server itself is not to be had.
    fn connection(&self, trouble: &TransportError) -> Error {
        let DiagnosisContext { host, place, .. } = self;
        let network = "check the network connection, and the VPN if one is needed";
        let proxy = "behind a company's proxy, set HTTPS_PROXY to its address";
        let (message, hints): (String, &[&str]) = match trouble {
            TransportError::NoSuchName => (
                format!("cannot find {host}: no address is known for that name"),
                &["check the network connection and how the host is written", proxy],
            ),
            TransportError::Refused if self.loopback => (
                format!("cannot connect to {place}: nothing listens there"),
                &["start the server, or correct its port"],
            ),
            TransportError::Refused => (
                format!("cannot connect to {place}: the connection was refused"),
                &["check the address and its port", proxy],
            ),
            TransportError::NoConnection => (
                format!(
                    "cannot connect to {place}: no answer within {} s",
                    CONNECT_TIMEOUT.as_secs()
                ),
                &[network, proxy],
            ),
            TransportError::Forbidden => (
                format!("cannot connect to {place}: this machine does not allow it"),
                &["let `referrals` through this machine's firewall"],
            ),
            TransportError::HungUp => (
                format!("{place} hung up before the connection was secured"),
                &["a firewall may cut it, or the port is not one for https", proxy],
            ),
            TransportError::Unreachable => {
                (format!("cannot connect to {place}: there is no way to it"), &[network, proxy])
            }
            _ => (format!("cannot connect to {place}"), &[network, proxy]),
        };
        let error = hinted(unavailable(message), hints);
        match self.ignored {
            Some(name) => error
                .detail(format!("{name} is set, but not to the address of a proxy: passed over")),
            None => error,
        }
    }

    /// The proxy itself is not to be had.
    fn proxy(&self, trouble: &TransportError) -> Error {
        let proxy = self.proxy_name();
        let what = match trouble {
            TransportError::NoSuchName => "no address is known for its name".to_owned(),
            TransportError::Refused => "the connection was refused".to_owned(),
            TransportError::NoConnection => {
                let seconds = CONNECT_TIMEOUT.as_secs();
                return unavailable(format!("no connection to {} within {seconds} s", self.place))
                    .detail(format!("through the proxy {proxy}"))
                    .hint(format!(
                        "check {}; if it is right, ask IT whether that proxy lets {} through",
                        self.origin(),
                        self.place
                    ));
            }
            TransportError::Forbidden => "this machine does not allow it".to_owned(),
            TransportError::HungUp => {
                return self
                    .detailed(unavailable(format!(
                        "the connection to {} through the proxy was cut before it was secured",
                        self.place
                    )))
                    .hint(format!("ask IT whether the proxy lets {} through", self.place));
            }
            TransportError::Unreachable => "there is no way to it".to_owned(),
            _ => "no connection comes about".to_owned(),
        };
        unavailable(format!("cannot reach the proxy {proxy}: {what}"))
            .detail(format!("on the way to {}", self.place))
            .hint(format!(
                "check {} and the network connection, and the VPN if one is needed",
                self.origin()
            ))
            .hint(format!("if no proxy is needed here, unset it, or add {} to NO_PROXY", self.host))
    }

    fn socks(&self) -> Error {
        unavailable(format!(
            "the proxy {} is a SOCKS proxy, which is not supported",
            self.proxy_name()
        ))
        .hint(format!("set HTTPS_PROXY to an HTTP proxy, or add {} to NO_PROXY", self.host))
    }

    /// The proxy is there, but does not connect us.
    fn tunnel(&self, trouble: &TransportError) -> Error {
        let (proxy, place) = (self.proxy_name(), &self.place);
        match trouble {
            TransportError::ProxyAuthentication => {
                let message = if self.proxy.as_ref().is_some_and(|proxy| proxy.credentials) {
                    format!("the proxy {proxy} does not accept its user name and password (407)")
                } else {
                    format!("the proxy {proxy} wants a user name and password (407)")
                };
                unavailable(message)
                    .detail(format!("on the way to {place}"))
                    .hint("put them into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT, special characters percent-encoded")
                    .hint("a proxy that wants NTLM or Kerberos is not supported; run a helper that signs in to it, such as cntlm or px, and set HTTPS_PROXY to the helper's address")
            }
            TransportError::ProxyRefused => {
                unavailable(format!("the proxy {proxy} did not connect us to {place}"))
                    .hint(format!("ask IT to allow {place} on that proxy (CONNECT)"))
                    .hint(format!("if {} can be reached without it, add it to NO_PROXY", self.host))
            }
            _ => unavailable(format!("the proxy {proxy} hung up when asked for {place}")).hint(
                format!(
                    "check that {} is the address of an HTTP proxy, its port too",
                    self.origin()
                ),
            ),
        }
    }

    /// A connection was made; what came over it, or did not, was no answer.
    fn answer(&self, trouble: &TransportError) -> Error {
        let DiagnosisContext { host, place, .. } = self;
        match trouble {
            TransportError::NoTls if self.before_proxy => {
                unavailable(format!("the proxy {} does not speak TLS itself", self.proxy_name()))
                    .hint(format!("write its address in {} with http://, as most proxies want; what goes through it is encrypted all the same", self.origin()))
            }
            TransportError::NoTls => self
                .detailed(unavailable(format!("{place} does not speak TLS")))
                .hint("check the address and its port; a proxy or a network's sign-in page may have answered in its place"),
            TransportError::TlsRefused => self
                .detailed(unavailable(format!("no secure connection to {place} can be agreed on")))
                .hint("a firewall or proxy that inspects TLS may stand between; ask IT to let it through unchanged"),
            TransportError::Silence => self
                .detailed(unavailable(format!("{host} did not answer in time")))
                .hint("try again later; check the network connection if it happens again"),
            _ => self
                .detailed(unavailable(format!("the connection to {host} broke off")))
                .hint("try again; check the network connection if it happens again"),
        }
    }

    /// With what is known of the certificate and the way there.
    pub(super) fn detailed(&self, error: Error) -> Error {
        let error = match &self.presented {
            Some(PeerCertificate { subject, issuer, .. }) => {
                error.detail(format!("presented: \"{subject}\", issued by \"{issuer}\""))
            }
            None => error,
        };
        match &self.proxy {
            Some(proxy) => error.detail(format!("through the proxy {proxy}")),
            None => error,
        }
    }

    /// Who answered, or could not be understood.
    pub(super) fn peer(&self) -> String {
        if self.before_proxy {
            format!("the proxy {}", self.proxy_name())
        } else {
            self.host.to_owned()
        }
    }

    fn proxy_name(&self) -> String {
        self.proxy.as_ref().map_or_else(|| "on the way".to_owned(), ToString::to_string)
    }

    fn origin(&self) -> String {
        self.proxy
            .as_ref()
            .map_or_else(|| "HTTPS_PROXY".to_owned(), |proxy| proxy.origin.to_string())
    }
}

pub(super) fn unavailable(message: String) -> Error {
    Error::new(ErrorKind::Unavailable, message)
}

fn hinted(error: Error, hints: &[&str]) -> Error {
    hints.iter().fold(error, |error, hint| error.hint(*hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(proxy: Option<&str>) -> DiagnosisContext<'static> {
        let lookup = |name: &str| proxy.filter(|_| name == "HTTPS_PROXY").map(str::to_owned);
        let url: Url = "https://api.example:8443/".parse().unwrap();
        DiagnosisContext {
            host: "api.example",
            place: place(&url),
            loopback: false,
            before_proxy: false,
            proxy: proxy_for(&url, &lookup),
            ignored: ignored_proxy(&lookup),
            presented: None,
            only: Vec::new(),
        }
    }

    #[test]
    fn every_way_a_connection_fails_has_its_own_words_and_a_next_step() {
        let cases = [
            (
                TransportError::NoSuchName,
                "cannot find api.example",
                "no address is known for its name",
            ),
            (
                TransportError::Refused,
                "api.example:8443: the connection was refused",
                "the connection was refused",
            ),
            (
                TransportError::NoConnection,
                "no answer within 10 s",
                "no connection to api.example:8443 within 10 s",
            ),
            (TransportError::Unreachable, "there is no way to it", "there is no way to it"),
            (
                TransportError::Forbidden,
                "this machine does not allow it",
                "this machine does not allow it",
            ),
            (TransportError::HungUp, "api.example:8443 hung up", "through the proxy was cut"),
        ];
        for (trouble, straight, proxied) in cases {
            let report = scene(None).connection(&trouble).report();
            assert!(report.contains(straight) && report.contains("hint: "), "{report}");
            let report =
                scene(Some("http://anna:geheim@proxy.example:8080")).proxy(&trouble).report();
            assert!(report.contains(proxied) && report.contains("hint: "), "{report}");
            assert!(report.contains("http://proxy.example:8080 (HTTPS_PROXY)"), "{report}");
            assert!(!report.contains("geheim"), "{report}");
        }
    }

    #[test]
    fn a_proxy_that_is_passed_over_is_told_where_a_connection_fails() {
        let report =
            scene(Some("ftp://proxy.example")).connection(&TransportError::Refused).report();
        assert!(
            report.contains("HTTPS_PROXY is set, but not to the address of a proxy"),
            "{report}"
        );
    }

    #[test]
    fn a_failure_keeps_the_path_and_the_query_to_itself() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url: Url = format!("http://{closed}/secret?code=secret").parse().unwrap();
        let http = Http::default();
        let error = http.client(&url).unwrap().get(url.clone()).send().unwrap_err();
        let report = http.failure(error, &url).report();
        assert!(
            report.starts_with(&format!("error: cannot connect to {closed}: nothing listens")),
            "{report}"
        );
        assert!(!report.contains("secret"), "{report}");
    }
}

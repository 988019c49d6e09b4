//! Which addresses may receive a token, and how an address is shown in messages.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::{Error, Result};

/// The name of this machine; no resolver is asked about it.
pub(super) const LOCALHOST: &str = "localhost";

/// A way of sending that keeps a token from the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Tls,
    Loopback,
}

impl Transport {
    /// `None` where others could read what is sent.
    pub(super) fn for_url(url: &Url) -> Option<Transport> {
        match url.scheme() {
            "https" => Some(Transport::Tls),
            "http" if is_loopback(url) => Some(Transport::Loopback),
            _ => None,
        }
    }
}

/// Parses the address of a service that receives tokens. `name` is its name in messages: "the API address".
///
/// # Errors
/// `ErrorKind::Usage` unless it is https, or http to loopback, without user information, query and fragment.
pub fn parse_service_url(name: &str, text: &str) -> Result<Url> {
    let text = text.trim();
    let reject = |why: &str| Error::usage(format!("{name} \"{}\" {why}", redact_url(text)));
    let url: Url = text.parse().map_err(|_| reject("is not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(reject("contains a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(reject("has a query or fragment"));
    }
    match (Transport::for_url(&url), url.scheme()) {
        (Some(_), _) => Ok(url),
        (None, "http") => Err(reject("is plain http, which would expose the token")),
        (None, _) => Err(reject("is not an https URL")),
    }
}

/// `text` without user information, query and fragment, which may be secret. Unchanged unless it is a URL with a host.
pub fn redact_url(text: &str) -> String {
    let separators = ['/', '\\'];
    let Some((scheme, rest)) = text.split_once("://") else {
        // `https:user:password@host` is a URL as well.
        let redact =
            |url: Url| Some(format!("{}://{}{}", url.scheme(), url.host_str()?, url.path()));
        return text.parse().ok().and_then(redact).unwrap_or_else(|| text.to_owned());
    };
    let rest = rest.trim_start_matches(separators);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find(separators).unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case(LOCALHOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_token_may_go_over_https_and_to_loopback() {
        let cases = [
            ("https://api.example", None),
            (" https://login.example/base/ ", None),
            ("http://127.0.0.1:4000", None),
            ("http://127.8.9.10/x", None),
            ("http://[::1]:4000", None),
            ("http://localhost:4000/", None),
            ("http://api.example", Some("is plain http")),
            ("http://0.0.0.0", Some("is plain http")),
            ("http://127.0.0.1.example", Some("is plain http")),
            ("http://localhost.example", Some("is plain http")),
            ("https://me:secret@api.example/", Some("contains a user name or password")),
            ("http://me:secret@api.example/", Some("contains a user name or password")),
            ("https:me:secret@api.example", Some("contains a user name or password")),
            ("https://me@api.example/", Some("contains a user name or password")),
            ("https://api.example/?code=secret", Some("has a query or fragment")),
            ("https://api.example/#secret", Some("has a query or fragment")),
            ("ftp://localhost/", Some("is not an https URL")),
            ("localhost:4000", Some("is not an https URL")),
            ("api.example", Some("is not a URL")),
            ("https://me:secret@", Some("is not a URL")),
            ("http://a\nhint: \x1b[2J\u{202e}/", Some("hint: \u{241b}[2J\u{fffd}/\" is")),
            ("", Some("is not a URL")),
        ];
        for (text, why) in cases {
            let result = parse_service_url("the test address", text);
            let Err(error) = result else {
                assert_eq!(why, None, "{text}");
                continue;
            };
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
            assert!(error.message().starts_with("the test address \""), "{error}");
            assert!(why.is_some_and(|why| error.message().contains(why)), "{text}: {error}");
            assert!(!error.report().contains("secret"), "{}", error.report());
        }
    }

    #[test]
    fn a_redacted_url_keeps_scheme_host_port_and_path() {
        let cases = [
            ("https://a.example/p?code=secret#x", "https://a.example/p"),
            ("https://jo:word@a.example:81/p", "https://a.example:81/p"),
            ("https://jo:w@rd@a.example", "https://a.example"),
            ("https:///jo:word@a.example/p", "https://a.example/p"),
            ("https:\\\\jo:word@a.example\\p", "https://a.example/p"),
            ("https:jo:word@a.example", "https://a.example/"),
            ("(https://a.example?x", "(https://a.example"),
            ("C:\\Users\\jo", "C:\\Users\\jo"),
            ("error:", "error:"),
            ("what?", "what?"),
        ];
        for (text, redacted) in cases {
            assert_eq!(redact_url(text), redacted, "{text}");
        }
    }
}

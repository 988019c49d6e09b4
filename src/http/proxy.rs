//! Which proxy a request goes through and where it is configured. Messages never contain a proxy's user name or password,
//! nor a value that cannot be read, which may hold one.

use std::fmt;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::blocking::ClientBuilder;
use reqwest::{NoProxy, Url};

use super::proxy_address::{ProxyAddressError, parse_proxy_address};
use super::variables::{CGI, NO_PROXY, NetworkVariables, PROXIES};
use crate::error::{Error, Result};

/// Whether proxies may be configured in the system's settings.
const HAS_SYSTEM_PROXY: bool = cfg!(any(windows, target_os = "macos"));

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Scheme, host and port.
    pub address: String,
    /// Where it is configured: the name of a variable, or the system's settings.
    pub origin: &'static str,
    /// Whether a user name or password is configured.
    pub has_credentials: bool,
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.address, self.origin)
    }
}

/// Makes the client use the proxy for https that `variables` name, else that of the system's settings.
///
/// # Errors
/// `ErrorKind::Usage` for an address that cannot be used.
pub(super) fn configure_proxy(
    builder: ClientBuilder,
    variables: &NetworkVariables,
) -> Result<ClientBuilder> {
    if variables.get(CGI).is_some() {
        return Ok(builder.no_proxy());
    }
    let Some((name, value)) = configured(variables) else {
        if !HAS_SYSTEM_PROXY {
            return Ok(builder.no_proxy());
        }
        let any = "https://a.example".parse().expect("the literal is a URL");
        // reqwest reads the system's settings itself.
        system_proxy(&Matcher::from_system(), &any)?;
        return Ok(builder);
    };
    let address = parse_proxy_address(value).map_err(|error| address_error(name, error))?;
    let proxy = reqwest::Proxy::https(address)
        .map_err(|_| address_error(name, ProxyAddressError::NotAnAddress))?;
    Ok(builder.proxy(proxy.no_proxy(NoProxy::from_string(exceptions(variables)))))
}

/// The proxy for requests to `url`. Plain http, which is for loopback only, never has one.
///
/// # Errors
/// `ErrorKind::Usage` for an address that cannot be used.
pub(super) fn proxy_for(url: &Url, variables: &NetworkVariables) -> Result<Option<Proxy>> {
    if url.scheme() != "https" || variables.get(CGI).is_some() {
        return Ok(None);
    }
    let Some((name, value)) = configured(variables) else {
        return if HAS_SYSTEM_PROXY {
            system_proxy(&Matcher::from_system(), url)
        } else {
            Ok(None)
        };
    };
    let address = parse_proxy_address(value).map_err(|error| address_error(name, error))?;
    let matcher = Matcher::builder().all(address.as_str()).no(exceptions(variables)).build();
    Ok(intercept(&matcher, url).map(|_| to_proxy(&address, name)))
}

/// The name and value of the variable that is used.
fn configured(variables: &NetworkVariables) -> Option<(&'static str, &str)> {
    PROXIES
        .iter()
        .find_map(|names| variables.first_set(names).filter(|(_, value)| !value.trim().is_empty()))
}

fn exceptions(variables: &NetworkVariables) -> &str {
    variables.first_set(&NO_PROXY).map_or("", |(_, hosts)| hosts)
}

/// The proxy of the system's settings. The setting itself is not known here: what of a user name and password was not
/// understood is left in the authority.
fn system_proxy(matcher: &Matcher, url: &Url) -> Result<Option<Proxy>> {
    const ORIGIN: &str = "the system's proxy settings";
    let Some(intercept) = intercept(matcher, url) else { return Ok(None) };
    let uri = intercept.uri();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err(address_error(ORIGIN, ProxyAddressError::NotEncoded));
    }
    let address = format!("{}://{authority}", uri.scheme_str().unwrap_or("http"));
    let address = parse_proxy_address(&address).map_err(|error| address_error(ORIGIN, error))?;
    let has_credentials = intercept.basic_auth().is_some() || intercept.raw_auth().is_some();
    Ok(Some(Proxy { has_credentials, ..to_proxy(&address, ORIGIN) }))
}

fn intercept(matcher: &Matcher, url: &Url) -> Option<Intercept> {
    matcher.intercept(&url.as_str().parse().ok()?)
}

fn to_proxy(address: &Url, origin: &'static str) -> Proxy {
    let port = address.port().map(|port| format!(":{port}")).unwrap_or_default();
    let (scheme, host) = (address.scheme(), address.host_str().unwrap_or_default());
    Proxy {
        address: format!("{scheme}://{host}{port}"),
        origin,
        has_credentials: !address.username().is_empty() || address.password().is_some(),
    }
}

fn address_error(origin: &str, error: ProxyAddressError) -> Error {
    const WRITE: &str = "write http://HOST:PORT, or unset it if no proxy is needed";
    let (problem, hint) = match error {
        ProxyAddressError::NotAnAddress => ("not the address of a proxy", WRITE),
        ProxyAddressError::InvalidPort => {
            ("the proxy's port is not a number from 1 to 65535", WRITE)
        }
        ProxyAddressError::Socks => ("SOCKS proxies are not supported", WRITE),
        ProxyAddressError::NotEncoded => (
            "special characters in the proxy's user name and password must be percent-encoded",
            "write %40 for an at sign, %2F for a slash, %5C for a backslash, %23 for # and %3F for a question mark",
        ),
    };
    Error::usage(format!("{origin}: {problem}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)], expected: Option<&str>) {
        let url = "https://api.partner.microsoft.com/v1.0/x".parse().unwrap();
        let found = proxy_for(&url, &set(variables)).unwrap().map(|proxy| proxy.to_string());
        assert_eq!(found.as_deref(), expected, "{variables:?}");
    }

    fn set(variables: &[(&str, &str)]) -> NetworkVariables {
        NetworkVariables::read(&|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_proxy_comes_with_the_variable_that_configures_it() {
        let proxy = "http://proxy.example:8080";
        check(&[], None);
        check(&[("HTTP_PROXY", proxy), ("http_proxy", proxy)], None);
        check(&[("HTTPS_PROXY", proxy)], Some("http://proxy.example:8080 (HTTPS_PROXY)"));
        check(&[("https_proxy", proxy)], Some("http://proxy.example:8080 (https_proxy)"));
        check(&[("ALL_PROXY", "proxy.example")], Some("http://proxy.example (ALL_PROXY)"));
        check(&[("all_proxy", proxy)], Some("http://proxy.example:8080 (all_proxy)"));
        check(&[("HTTPS_PROXY", ""), ("https_proxy", proxy)], None);
        let both = [("ALL_PROXY", "http://a.example"), ("https_proxy", "http://b.example")];
        check(&both, Some("http://b.example (https_proxy)"));
        check(&[("HTTPS_PROXY", proxy), ("REQUEST_METHOD", "GET")], None);
    }

    #[test]
    fn hosts_in_no_proxy_and_plain_http_have_no_proxy() {
        let proxy = ("HTTPS_PROXY", "http://proxy.example:8080");
        for hosts in ["microsoft.com", ".partner.microsoft.com", "a.example, microsoft.com", "*"] {
            check(&[proxy, ("NO_PROXY", hosts)], None);
            check(&[proxy, ("no_proxy", hosts)], None);
        }
        let other = [proxy, ("NO_PROXY", "soft.com")];
        check(&other, Some("http://proxy.example:8080 (HTTPS_PROXY)"));
        let loopback = "http://127.0.0.1:8080".parse().unwrap();
        let all = set(&[proxy, ("ALL_PROXY", "http://a.example")]);
        assert_eq!(proxy_for(&loopback, &all).unwrap(), None);
    }

    #[test]
    fn a_user_name_and_password_are_never_shown() {
        for userinfo in ["user:secret", "secret", "user:%40secret", ":secret"] {
            let value = format!("http://{userinfo}@proxy.example:8080/secret");
            let url = "https://api.example".parse().unwrap();
            let proxy = proxy_for(&url, &set(&[("HTTPS_PROXY", &value)])).unwrap().unwrap();
            assert_eq!(proxy.address, "http://proxy.example:8080", "{userinfo}");
            assert!(proxy.has_credentials, "{userinfo}");
            assert!(!format!("{proxy:?}").contains("secret"), "{proxy:?}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_used_is_an_error_that_does_not_show_it() {
        let cases = [
            ("user:secret@secret@proxy.example:1", "must be percent-encoded"),
            ("http://user:secret/secret@proxy.example", "must be percent-encoded"),
            ("http://secret#secret:secret@proxy.example", "must be percent-encoded"),
            ("user:secret?@proxy.example", "must be percent-encoded"),
            ("http://user:secret@proxy.example:65536", "from 1 to 65535"),
            ("user:secret", "from 1 to 65535"),
            ("ftp://user:secret@proxy.example", "not the address of a proxy"),
            ("socks5://user:secret@proxy.example", "SOCKS proxies are not supported"),
        ];
        let url = "https://api.example".parse().unwrap();
        for (value, words) in cases {
            for name in PROXIES.into_iter().flatten() {
                let variables = set(&[(name, value)]);
                let error = proxy_for(&url, &variables).unwrap_err();
                let configured = configure_proxy(ClientBuilder::new(), &variables).unwrap_err();
                for report in [error.report(), configured.report()] {
                    assert!(report.starts_with(&format!("error: {name}: ")), "{report}");
                    assert!(report.contains(words) && !report.contains("secret"), "{report}");
                }
            }
        }
        // It is not used.
        let variables = set(&[("HTTPS_PROXY", "http://a.example"), ("ALL_PROXY", "user:secret")]);
        assert!(proxy_for(&url, &variables).is_ok());
    }

    #[test]
    fn a_system_setting_that_was_not_understood_is_an_error_that_does_not_show_it() {
        let url = "https://api.example".parse().unwrap();
        let read = |setting: &str| system_proxy(&Matcher::builder().https(setting).build(), &url);
        let proxy = read("proxy.example:8080").unwrap().unwrap();
        assert_eq!((&*proxy.address, proxy.has_credentials), ("http://proxy.example:8080", false));
        assert!(read("user:word@proxy.example:8080").unwrap().unwrap().has_credentials);
        for setting in [
            "user:secret@secret@proxy.example:8080",
            "http://user:secret/secret@proxy.example:8080",
            "http://user:secret#@proxy.example:8080",
            "http://proxy.example:65536",
        ] {
            let report = read(setting).unwrap_err().report();
            assert!(report.starts_with("error: the system's proxy settings: "), "{report}");
            assert!(!report.contains("secret"), "{report}");
        }
    }
}

//! Which proxy a request goes through and where it is configured. reqwest selects it by the same rules; this is for
//! messages, which never contain a proxy's user name or password.

use std::fmt;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::Url;

use super::variables::{CGI, NO_PROXY, NetworkVariables, PROXIES};

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

/// The proxy for requests to `url`. Plain http, which is for loopback only, never has one.
pub(super) fn proxy_for(url: &Url, variables: &NetworkVariables) -> Option<Proxy> {
    if url.scheme() != "https" || variables.get(CGI).is_some() {
        return None;
    }
    let exceptions = variables.first_set(&NO_PROXY).map_or("", |(_, hosts)| hosts);
    let configured = PROXIES.iter().find_map(|names| {
        let (name, value) = variables.first_set(names)?;
        let matcher = Matcher::builder().all(value).no(exceptions).build();
        Some(to_proxy(&intercept(&matcher, url)?, name))
    });
    configured.or_else(|| {
        let system = HAS_SYSTEM_PROXY.then(Matcher::from_system)?;
        Some(to_proxy(&intercept(&system, url)?, "the system's proxy settings"))
    })
}

/// The proxy variable whose value is not the address of a proxy, so that it has no effect.
pub(super) fn ignored_proxy(variables: &NetworkVariables) -> Option<&'static str> {
    let url = "https://a.example".parse().expect("the literal is a URL");
    PROXIES.iter().find_map(|names| {
        let (name, value) = variables.first_set(names).filter(|(_, value)| !value.is_empty())?;
        intercept(&Matcher::builder().all(value).build(), &url).is_none().then_some(name)
    })
}

fn intercept(matcher: &Matcher, url: &Url) -> Option<Intercept> {
    matcher.intercept(&url.as_str().parse().ok()?)
}

fn to_proxy(intercept: &Intercept, origin: &'static str) -> Proxy {
    // Not the whole authority: an unescaped @ in a password leaves a part of it there.
    let uri = intercept.uri();
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    let (scheme, host) = (uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default());
    Proxy {
        address: format!("{scheme}://{host}{port}"),
        origin,
        has_credentials: intercept.basic_auth().is_some() || intercept.raw_auth().is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)], expected: Option<&str>) {
        let url = "https://api.partner.microsoft.com/v1.0/x".parse().unwrap();
        let found = proxy_for(&url, &set(variables)).map(|proxy| proxy.to_string());
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
        assert_eq!(proxy_for(&loopback, &set(&[proxy, ("ALL_PROXY", "http://a.example")])), None);
    }

    #[test]
    fn a_user_name_and_password_are_never_shown() {
        for userinfo in ["user:secret", "secret", "user:p@secret", "user:%40secret", ":secret"] {
            let value = format!("http://{userinfo}@proxy.example:8080/secret");
            let url = "https://api.example".parse().unwrap();
            let proxy = proxy_for(&url, &set(&[("HTTPS_PROXY", &value)])).unwrap();
            assert_eq!(proxy.address, "http://proxy.example:8080", "{userinfo}");
            assert!(proxy.has_credentials, "{userinfo}");
            assert!(!format!("{proxy:?}").contains("secret"), "{proxy:?}");
        }
    }

    #[test]
    fn a_value_that_is_not_a_proxy_address_is_ignored() {
        let ignored = |value: &str| ignored_proxy(&set(&[("https_proxy", value)]));
        for value in ["ftp://proxy.example", "http://user:pass word@proxy.example", "http://"] {
            assert_eq!(ignored(value), Some("https_proxy"), "{value}");
        }
        for value in ["", "proxy.example:8080", "http://proxy.example"] {
            assert_eq!(ignored(value), None, "{value}");
        }
    }
}

//! Which proxy a request goes through and what decided it, for messages; reqwest picks it by the same rules.
//! Never shows a proxy's user name or password.

use std::fmt;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::Url;

/// How a variable is looked up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variables that name a proxy for https, the decisive one first; of two spellings the first that is set
/// counts, even set to nothing.
const PROXIES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// The variables that except hosts from the proxies.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Tells a server that it runs as a CGI program, where a request's header could set a proxy's variable.
const CGI: &str = "REQUEST_METHOD";

/// Every variable this module looks up.
pub(super) const VARIABLES: [&str; 7] =
    [PROXIES[0][0], PROXIES[0][1], PROXIES[1][0], PROXIES[1][1], EXCEPTIONS[0], EXCEPTIONS[1], CGI];

/// A proxy that requests go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyNote {
    /// Scheme, host and port, without user name and password.
    pub address: String,
    /// What decided it.
    pub origin: ProxyOrigin,
    /// Whether a user name or password goes with it.
    pub credentials: bool,
}

/// What decided a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyOrigin {
    /// The variable of that name.
    Variable(&'static str),
    /// The settings of Windows or macOS.
    System,
}

impl fmt::Display for ProxyOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProxyOrigin::Variable(name) => name,
            ProxyOrigin::System => "the system's proxy settings",
        })
    }
}

impl fmt::Display for ProxyNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.address, self.origin)
    }
}

/// The proxy that requests to `url` go through; `None` when they go straight there, as those to plain http on
/// loopback always do.
pub fn proxy_for(url: &Url, lookup: Lookup<'_>) -> Option<ProxyNote> {
    if url.scheme() != "https" || lookup(CGI).is_some() {
        return None;
    }
    let no = first(&EXCEPTIONS, lookup).map(|(_, hosts)| hosts).unwrap_or_default();
    let named = PROXIES.iter().find_map(|names| {
        let (name, value) = first(names, lookup)?;
        let found = intercept(&Matcher::builder().all(value).no(no.clone()).build(), url)?;
        Some(note(&found, ProxyOrigin::Variable(name)))
    });
    named.or_else(|| system(url))
}

/// The variable whose value is no address of a proxy, so that it is passed over.
pub fn ignored_proxy(lookup: Lookup<'_>) -> Option<&'static str> {
    let url = "https://a.example".parse().expect("a URL written here is one");
    PROXIES.iter().find_map(|names| {
        let (name, value) = first(names, lookup).filter(|(_, value)| !value.is_empty())?;
        intercept(&Matcher::builder().all(value).build(), &url).is_none().then_some(name)
    })
}

/// What Windows and macOS have in their settings; elsewhere there is none but the variables.
fn system(url: &Url) -> Option<ProxyNote> {
    if !cfg!(any(windows, target_os = "macos")) {
        return None;
    }
    Some(note(&intercept(&Matcher::from_system(), url)?, ProxyOrigin::System))
}

fn intercept(matcher: &Matcher, url: &Url) -> Option<Intercept> {
    matcher.intercept(&url.as_str().parse().ok()?)
}

fn note(found: &Intercept, origin: ProxyOrigin) -> ProxyNote {
    // Host and port alone: before them may stand what follows an unescaped @ in a password.
    let uri = found.uri();
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    let (scheme, host) = (uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default());
    ProxyNote {
        address: format!("{scheme}://{host}{port}"),
        origin,
        credentials: found.basic_auth().is_some() || found.raw_auth().is_some(),
    }
}

fn first(names: &[&'static str], lookup: Lookup<'_>) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| Some((*name, lookup(name)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which proxy the API is asked through under these variables, as messages show it.
    fn check(variables: &[(&str, &str)], expected: Option<&str>) {
        let url = "https://api.partner.microsoft.com/v1.0/x".parse().unwrap();
        let found = proxy_for(&url, &lookup(variables)).map(|proxy| proxy.to_string());
        assert_eq!(found.as_deref(), expected, "{variables:?}");
    }

    fn lookup(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        let owned: Vec<(String, String)> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        move |wanted| Some(owned.iter().find(|(name, _)| name == wanted)?.1.clone())
    }

    #[test]
    fn the_proxy_and_the_variable_it_is_from_are_told() {
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
    fn excepted_hosts_and_plain_http_go_straight_there() {
        let proxy = ("HTTPS_PROXY", "http://proxy.example:8080");
        for hosts in ["microsoft.com", ".partner.microsoft.com", "a.example, microsoft.com", "*"] {
            check(&[proxy, ("NO_PROXY", hosts)], None);
            check(&[proxy, ("no_proxy", hosts)], None);
        }
        let other = [proxy, ("NO_PROXY", "soft.com")];
        check(&other, Some("http://proxy.example:8080 (HTTPS_PROXY)"));
        let loopback = "http://127.0.0.1:8080".parse().unwrap();
        assert_eq!(
            proxy_for(&loopback, &lookup(&[proxy, ("ALL_PROXY", "http://a.example")])),
            None
        );
    }

    #[test]
    fn a_user_name_and_password_are_never_shown() {
        for userinfo in ["user:secret", "secret", "user:p@secret", "user:%40secret", ":secret"] {
            let value = format!("http://{userinfo}@proxy.example:8080/secret");
            let url = "https://api.example".parse().unwrap();
            let proxy = proxy_for(&url, &lookup(&[("HTTPS_PROXY", &value)])).unwrap();
            assert_eq!(proxy.address, "http://proxy.example:8080", "{userinfo}");
            assert!(proxy.credentials, "{userinfo}");
            assert!(!format!("{proxy:?}").contains("secret"), "{proxy:?}");
        }
    }

    #[test]
    fn a_value_that_is_no_address_is_told() {
        let ignored = |value: &str| ignored_proxy(&lookup(&[("https_proxy", value)]));
        for value in ["ftp://proxy.example", "http://user:pass word@proxy.example", "http://"] {
            assert_eq!(ignored(value), Some("https_proxy"), "{value}");
        }
        for value in ["", "proxy.example:8080", "http://proxy.example"] {
            assert_eq!(ignored(value), None, "{value}");
        }
    }
}

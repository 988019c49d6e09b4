//! Reads the value of a proxy variable. It may hold a password, so nothing of it is in an error.

use std::num::NonZeroU16;

use reqwest::Url;

/// Why a value cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProxyAddressError {
    NotAnAddress,
    /// Characters of the user name or password that have a meaning in an address, or none.
    NotEncoded,
    InvalidPort,
    Socks,
}

/// Parses `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]`. A path is ignored, as curl does.
pub(super) fn parse_proxy_address(value: &str) -> Result<Url, ProxyAddressError> {
    let (scheme, rest) = value.trim().split_once("://").unwrap_or(("http", value.trim()));
    match &*scheme.to_ascii_lowercase() {
        "http" | "https" => {}
        "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => {
            return Err(ProxyAddressError::Socks);
        }
        _ => return Err(ProxyAddressError::NotAnAddress),
    }
    // A reader of addresses would end the host at the first slash, and the user name at the first or the last @.
    let (userinfo, host) = rest.rsplit_once('@').unwrap_or(("", rest));
    if userinfo.contains(must_be_encoded) {
        return Err(ProxyAddressError::NotEncoded);
    }
    let host = host.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    // The colons within an IPv6 address are before the bracket.
    let port = host.rsplit_once(':').map_or("", |(_, port)| port);
    if !port.is_empty() && !port.ends_with(']') && port.parse::<NonZeroU16>().is_err() {
        return Err(ProxyAddressError::InvalidPort);
    }
    let at = if userinfo.is_empty() { "" } else { "@" };
    format!("{scheme}://{userinfo}{at}{host}").parse().map_err(|_| ProxyAddressError::NotAnAddress)
}

fn must_be_encoded(c: char) -> bool {
    "@/\\?#".contains(c) || c.is_whitespace() || c.is_control()
}

#[cfg(test)]
mod tests {
    use hyper_util::client::proxy::matcher::Matcher;

    use super::*;

    #[test]
    fn an_address_has_a_host_and_maybe_a_port_and_credentials() {
        let cases = [
            ("proxy.example", Ok("http://proxy.example/")),
            ("proxy.example:8080", Ok("http://proxy.example:8080/")),
            (" http://proxy.example:8080/ \r", Ok("http://proxy.example:8080/")),
            ("HTTPS://proxy.example", Ok("https://proxy.example/")),
            ("http://127.0.0.1:3128", Ok("http://127.0.0.1:3128/")),
            ("http://[::1]:3128", Ok("http://[::1]:3128/")),
            ("[::1]", Ok("http://[::1]/")),
            ("http://proxy.example:8080/path?query", Ok("http://proxy.example:8080/")),
            ("http://proxy.example:", Ok("http://proxy.example/")),
            ("anna:word@proxy.example", Ok("http://anna:word@proxy.example/")),
            ("http://anna@proxy.example", Ok("http://anna@proxy.example/")),
            ("http://:word@proxy.example", Ok("http://:word@proxy.example/")),
            ("http://anna:w%40rd@proxy.example:1", Ok("http://anna:w%40rd@proxy.example:1/")),
            ("http://a%5Canna:w:rd@proxy.example", Ok("http://a%5Canna:w%3Ard@proxy.example/")),
            ("http://anna:w@rd@proxy.example", Err(ProxyAddressError::NotEncoded)),
            ("http://anna:w/rd@proxy.example", Err(ProxyAddressError::NotEncoded)),
            ("http://anna:w#rd@proxy.example", Err(ProxyAddressError::NotEncoded)),
            ("http://anna:w?rd@proxy.example", Err(ProxyAddressError::NotEncoded)),
            ("http://anna:w rd@proxy.example", Err(ProxyAddressError::NotEncoded)),
            ("http://a\\anna:word@proxy.example", Err(ProxyAddressError::NotEncoded)),
            ("a\\anna:word@proxy.example", Err(ProxyAddressError::NotEncoded)),
            ("http://anna:wo\nrd@proxy.example", Err(ProxyAddressError::NotEncoded)),
            ("http://anna:443/word@proxy.example", Err(ProxyAddressError::NotEncoded)),
            ("http://proxy.example:65536", Err(ProxyAddressError::InvalidPort)),
            ("http://proxy.example:0", Err(ProxyAddressError::InvalidPort)),
            ("anna:word@proxy.example:99999", Err(ProxyAddressError::InvalidPort)),
            ("anna:word", Err(ProxyAddressError::InvalidPort)),
            ("socks5://127.0.0.1:1080", Err(ProxyAddressError::Socks)),
            ("SOCKS4A://127.0.0.1", Err(ProxyAddressError::Socks)),
            ("ftp://proxy.example", Err(ProxyAddressError::NotAnAddress)),
            ("anna:w://rd@proxy.example", Err(ProxyAddressError::NotAnAddress)),
            ("http://", Err(ProxyAddressError::NotAnAddress)),
            ("http://anna:word@", Err(ProxyAddressError::NotAnAddress)),
            ("http://pro xy.example", Err(ProxyAddressError::NotAnAddress)),
            ("", Err(ProxyAddressError::NotAnAddress)),
        ];
        for (value, expected) in cases {
            let parsed = parse_proxy_address(value).map(String::from);
            assert_eq!(parsed.as_deref(), expected.as_ref().copied(), "{value:?}");
        }
    }

    /// What reqwest reads is the text of the parsed address.
    #[test]
    fn a_password_arrives_as_it_was_written() {
        let url = "https://api.example".parse().unwrap();
        let printable = (' '..='~').filter(|c| !must_be_encoded(*c) && *c != '%');
        for c in printable.chain(['ü', '株']) {
            let address =
                parse_proxy_address(&format!("http://anna:w{c}rd@proxy.example")).unwrap();
            let read =
                Matcher::builder().all(String::from(address)).build().intercept(&url).unwrap();
            let header = read.basic_auth().unwrap().as_bytes();
            let expected = base64::Engine::encode(
                &base64::engine::general_purpose::STANDARD,
                format!("anna:w{c}rd"),
            );
            assert_eq!(header, format!("Basic {expected}").as_bytes(), "{c}");
            assert_eq!(read.uri(), "http://proxy.example/", "{c}");
        }
    }
}

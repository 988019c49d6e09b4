//! Decides whether and where a next link is followed (API §2.4).

use std::fmt;

use reqwest::Url;

use super::base_url::BaseUrl;

/// In bytes. Real links have about 1,300.
pub(super) const MAX_LINK_LEN: usize = 16_384;

/// A next link as received. It is judged when the next page is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextLink {
    Text(String),
    /// A value that is no string.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPage {
    pub url: String,
    /// The link as received, for one more request if `url` fails with 400 or 404.
    pub original: Option<String>,
}

/// Why a link is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// Or another port.
    OtherHost,
    /// Neither http nor https.
    OtherScheme,
    UserInfo,
    Malformed,
    NotText,
    /// Without a skip token, it is the first page.
    NoToken,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LinkError::OtherHost => "it is on another host, which must not receive the token",
            LinkError::OtherScheme => "it is not an HTTP URL",
            LinkError::UserInfo => "it contains a user name",
            LinkError::Malformed => "it is not a URL",
            LinkError::NotText => "it is not a string",
            LinkError::NoToken => "it has no query",
        })
    }
}

/// Resolves an untrusted link. Host and port must be those of `base`, and the scheme becomes that of `base`. If the path
/// is not below the base path, the query is appended to the collection instead, byte for byte. (Only characters that
/// are not legal in a query, such as blanks and quotes, are encoded when it is sent.)
pub fn resolve_next_link(base: &BaseUrl, link: &str) -> Result<NextPage, LinkError> {
    let link = link.trim();
    if link.len() > MAX_LINK_LEN || link.chars().any(char::is_control) {
        return Err(LinkError::Malformed);
    }
    let collection: Url = base.collection().parse().map_err(|_| LinkError::Malformed)?;
    // A relative link is relative to the collection.
    let target = collection.join(link).map_err(|_| LinkError::Malformed)?;
    if !matches!(target.scheme(), "http" | "https") {
        return Err(LinkError::OtherScheme);
    }
    if !target.username().is_empty() || target.password().is_some() {
        return Err(LinkError::UserInfo);
    }
    let base_url = base.url();
    if target.host() != base_url.host()
        || port_with_scheme_of(&target, base_url) != base_url.port_or_known_default()
    {
        return Err(LinkError::OtherHost);
    }
    let query = raw_query(link);
    let origin = base_url.origin().ascii_serialization();
    let original = match query {
        Some(query) => format!("{origin}{}?{query}", target.path()),
        None => format!("{origin}{}", target.path()),
    };
    let is_below_base = target.path().starts_with(&base.path());
    let is_collection =
        target.path().strip_suffix('/').unwrap_or(target.path()) == collection.path();
    if query.is_none_or(str::is_empty) && (is_collection || !is_below_base) {
        return Err(LinkError::NoToken);
    }
    if is_below_base {
        return Ok(NextPage { url: original, original: None });
    }
    let url = format!("{}?{}", base.collection(), query.unwrap_or_default());
    Ok(NextPage { url, original: Some(original) })
}

/// The port of `target` once it has the scheme of `base_url`.
fn port_with_scheme_of(target: &Url, base_url: &Url) -> Option<u16> {
    // The default port of the link's own scheme is parsed as no port.
    if target.port().is_none() && target.scheme() != base_url.scheme() {
        return base_url.port_or_known_default().filter(|_| base_url.port().is_none());
    }
    target.port_or_known_default()
}

/// The text between `?` and `#`, not decoded.
fn raw_query(link: &str) -> Option<&str> {
    let (before, _) = link.split_once('#').unwrap_or((link, ""));
    before.split_once('?').map(|(_, query)| query)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://api.partner.microsoft.com/v1.0/engagements";
    const COLLECTION: &str = "https://api.partner.microsoft.com/v1.0/engagements/referrals";

    fn resolve(base: &str, link: &str) -> Result<NextPage, LinkError> {
        resolve_next_link(&BaseUrl::parse(base).unwrap(), link)
    }

    #[test]
    fn a_link_below_the_configured_address_is_followed_there() {
        let token = "$skiptoken=k0aZ%2bQ9r%2fToken7%3d+x==";
        for link in [
            format!("{COLLECTION}?{token}"),
            format!("http://api.partner.microsoft.com/v1.0/engagements/referrals?{token}"),
            format!("https://API.partner.microsoft.com:443/v1.0/engagements/referrals?{token}"),
            format!("http://api.partner.microsoft.com:80/v1.0/engagements/referrals?{token}#top"),
            format!("/v1.0/engagements/referrals?{token}"),
            format!("//api.partner.microsoft.com/v1.0/engagements/referrals?{token}"),
            format!("?{token}"),
            format!("referrals?{token}"),
        ] {
            let page = resolve(BASE, &link).unwrap();
            assert_eq!(
                page,
                NextPage { url: format!("{COLLECTION}?{token}"), original: None },
                "{link}"
            );
        }
    }

    #[test]
    fn the_documented_link_is_moved_to_https_and_the_collection() {
        let page = resolve(
            BASE,
            "http://api.partner.microsoft.com/v1.0/referrals?$skiptoken=k181%2bp%2fE",
        )
        .unwrap();
        assert_eq!(page.url, format!("{COLLECTION}?$skiptoken=k181%2bp%2fE"));
        assert_eq!(
            page.original.as_deref(),
            Some("https://api.partner.microsoft.com/v1.0/referrals?$skiptoken=k181%2bp%2fE")
        );
    }

    #[test]
    fn a_link_that_would_send_the_token_elsewhere_is_rejected() {
        let cases = [
            ("https://evil.example/v1.0/engagements/referrals?$skiptoken=1", LinkError::OtherHost),
            ("https://api.partner.microsoft.com.evil.example/r?$skiptoken=1", LinkError::OtherHost),
            ("https://api.partner.microsoft.com@evil.example/r?$skiptoken=1", LinkError::UserInfo),
            ("https://u:p@api.partner.microsoft.com/r?$skiptoken=1", LinkError::UserInfo),
            ("//evil.example/r?$skiptoken=1", LinkError::OtherHost),
            ("\\\\evil.example\\r?$skiptoken=1", LinkError::OtherHost),
            ("https://api.partner.microsoft.com:8443/r?$skiptoken=1", LinkError::OtherHost),
            ("http://api.partner.microsoft.com:8080/r?$skiptoken=1", LinkError::OtherHost),
            ("file:///etc/passwd", LinkError::OtherScheme),
            ("javascript:alert(1)", LinkError::OtherScheme),
            ("ftp://api.partner.microsoft.com/r?$skiptoken=1", LinkError::OtherScheme),
            ("https://", LinkError::Malformed),
            (
                "https://api.partner.microsoft.com/r?$skiptoken=1\r\nHost: evil",
                LinkError::Malformed,
            ),
            (COLLECTION, LinkError::NoToken),
            ("https://api.partner.microsoft.com/v1.0/referrals?", LinkError::NoToken),
            ("", LinkError::NoToken),
        ];
        for (link, error) in cases {
            assert_eq!(resolve(BASE, link), Err(error), "{link}");
        }
    }

    #[test]
    fn characters_that_are_not_legal_in_a_query_are_encoded_when_it_is_sent() {
        let cases = [
            ("$skiptoken=a b", "$skiptoken=a%20b"),
            (
                "$filter=name eq 'O''Neil' and x ne \"y\"",
                "$filter=name%20eq%20%27O%27%27Neil%27%20and%20x%20ne%20%22y%22",
            ),
            ("$skiptoken=a%20b%2b+%", "$skiptoken=a%20b%2b+%"),
            ("$skiptoken=<ä\u{a0}>", "$skiptoken=%3C%C3%A4%C2%A0%3E"),
            ("$skiptoken=a\\b^{`|}~[]", "$skiptoken=a\\b^{`|}~[]"),
            ("$skiptoken=/../..//?&&=", "$skiptoken=/../..//?&&="),
            ("$skiptoken=a#b c", "$skiptoken=a"),
        ];
        for (query, sent) in cases {
            for link in [format!("{COLLECTION}?{query}"), format!("/v1.0/re ferrals?{query} ")] {
                let page = resolve(BASE, &link).unwrap();
                let url: Url = page.url.parse().unwrap();
                assert_eq!(url.as_str(), format!("{COLLECTION}?{sent}"), "{link}");
            }
        }
        for host in ["api.partner.microsoft .com", "api partner.microsoft.com", " "] {
            assert!(resolve(BASE, &format!("https://{host}/r?$skiptoken=1")).is_err(), "{host}");
        }
    }

    #[test]
    fn a_link_has_a_maximum_length() {
        let link = |length: usize| format!("?{}", "x".repeat(length - 1));
        assert!(resolve(BASE, &link(MAX_LINK_LEN)).is_ok());
        assert_eq!(resolve(BASE, &link(MAX_LINK_LEN + 1)), Err(LinkError::Malformed));
    }

    #[test]
    fn why_a_link_is_not_followed_is_said() {
        for (link, reason) in [
            ("https://evil.example/r?a", "it is on another host, which must not receive the token"),
            ("ftp://api.partner.microsoft.com/r?a", "it is not an HTTP URL"),
            ("https://u@api.partner.microsoft.com/r?a", "it contains a user name"),
            ("https://", "it is not a URL"),
            ("/r", "it has no query"),
        ] {
            assert_eq!(resolve(BASE, link).unwrap_err().to_string(), reason, "{link}");
        }
        assert_eq!(LinkError::NotText.to_string(), "it is not a string");
    }

    #[test]
    fn loopback_keeps_its_scheme_and_port() {
        let base = "http://127.0.0.1:4010/v1.0/engagements";
        let page = resolve(base, "http://127.0.0.1:4010/v1.0/referrals?$skiptoken=a%2bb").unwrap();
        assert_eq!(page.url, "http://127.0.0.1:4010/v1.0/engagements/referrals?$skiptoken=a%2bb");
        assert_eq!(
            resolve(base, "http://127.0.0.1:4011/v1.0/referrals?$skiptoken=a"),
            Err(LinkError::OtherHost)
        );
        assert_eq!(
            resolve(base, "http://127.0.0.1/v1.0/referrals?$skiptoken=a"),
            Err(LinkError::OtherHost)
        );
    }

    #[test]
    fn dots_in_a_path_do_not_leave_the_collection() {
        let page = resolve(BASE, "/v1.0/engagements/../../secret?$skiptoken=1").unwrap();
        assert_eq!(page.url, format!("{COLLECTION}?$skiptoken=1"));
    }
}

//! Where the next page may be fetched from (API §2.4). Pure: a link in, a decision out.

use std::fmt;

use reqwest::Url;

use super::base_url::BaseUrl;

/// Longer links are not looked at; real ones have some 1,300 characters.
const MAX_LINK_LEN: usize = 16_384;

/// Where the next page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPage {
    /// The address to ask.
    pub url: String,
    /// The address as the link has it, to be asked once when `url` answers 400 or 404.
    pub original: Option<String>,
}

/// Why a link is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// It leads to another host or port.
    OtherHost,
    /// It is neither http nor https.
    OtherScheme,
    /// It names a user.
    UserInfo,
    /// It is no address.
    Malformed,
    /// It would fetch the first page again.
    NoToken,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LinkError::OtherHost => "it leads to another host, which must not see the token",
            LinkError::OtherScheme => "it is not an http address",
            LinkError::UserInfo => "it holds a user name",
            LinkError::Malformed => "it is not an address",
            LinkError::NoToken => "it does not say which page",
        })
    }
}

/// Where the page that `link` names may be fetched. The link is untrusted: host and port must be those of `base`,
/// http is raised to the scheme of `base`, and outside the base path only the query string is kept, byte for byte,
/// on the collection. (A URL library encodes `'`, `"`, `<`, `>` and spaces when it sends it; they are not legal in a
/// query, or mean the same.)
pub fn resolve_next_link(base: &BaseUrl, link: &str) -> Result<NextPage, LinkError> {
    let link = link.trim();
    if link.len() > MAX_LINK_LEN || link.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(LinkError::Malformed);
    }
    let below: Url = format!("{}/", base.collection()).parse().map_err(|_| LinkError::Malformed)?;
    // Relative links count from the collection itself.
    let collection: Url = base.collection().parse().map_err(|_| LinkError::Malformed)?;
    let target = collection.join(link).map_err(|_| LinkError::Malformed)?;
    if !matches!(target.scheme(), "http" | "https") {
        return Err(LinkError::OtherScheme);
    }
    if !target.username().is_empty() || target.password().is_some() {
        return Err(LinkError::UserInfo);
    }
    let own = base.url();
    if target.host() != own.host()
        || port_with_scheme_of(&target, own) != own.port_or_known_default()
    {
        return Err(LinkError::OtherHost);
    }
    let query = raw_query(link);
    let origin = own.origin().ascii_serialization();
    let given = match query {
        Some(query) => format!("{origin}{}?{query}", target.path()),
        None => format!("{origin}{}", target.path()),
    };
    let is_collection = target.path() == collection.path() || target.path() == below.path();
    if query.is_none_or(str::is_empty)
        && (is_collection || !target.path().starts_with(&base.path()))
    {
        return Err(LinkError::NoToken);
    }
    if target.path().starts_with(&base.path()) {
        return Ok(NextPage { url: given, original: None });
    }
    let url = format!("{}?{}", base.collection(), query.unwrap_or_default());
    Ok(NextPage { url, original: Some(given) })
}

/// The port the link means once its scheme is that of `own`.
fn port_with_scheme_of(target: &Url, own: &Url) -> Option<u16> {
    if target.port().is_none() && target.scheme() != own.scheme() {
        // No port, or the default port of the link's own scheme.
        return own.port_or_known_default().filter(|_| own.port().is_none());
    }
    target.port_or_known_default()
}

/// The bytes between `?` and `#`, untouched.
fn raw_query(link: &str) -> Option<&str> {
    let (before, _) = link.split_once('#').unwrap_or((link, ""));
    before.split_once('?').map(|(_, query)| query)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://api.partner.microsoft.com/v1.0/engagements";
    const COLLECTION: &str = "https://api.partner.microsoft.com/v1.0/engagements/referrals";

    fn go(base: &str, link: &str) -> Result<NextPage, LinkError> {
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
            let page = go(BASE, &link).unwrap();
            assert_eq!(
                page,
                NextPage { url: format!("{COLLECTION}?{token}"), original: None },
                "{link}"
            );
        }
    }

    #[test]
    fn the_documentation_s_own_link_is_raised_and_put_on_the_collection() {
        let page =
            go(BASE, "http://api.partner.microsoft.com/v1.0/referrals?$skiptoken=k181%2bp%2fE")
                .unwrap();
        assert_eq!(page.url, format!("{COLLECTION}?$skiptoken=k181%2bp%2fE"));
        assert_eq!(
            page.original.as_deref(),
            Some("https://api.partner.microsoft.com/v1.0/referrals?$skiptoken=k181%2bp%2fE")
        );
    }

    #[test]
    fn a_link_that_would_show_the_token_elsewhere_is_refused() {
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
        for (link, refusal) in cases {
            assert_eq!(go(BASE, link), Err(refusal), "{link}");
        }
    }

    #[test]
    fn loopback_keeps_its_scheme_and_port() {
        let base = "http://127.0.0.1:4010/v1.0/engagements";
        let page = go(base, "http://127.0.0.1:4010/v1.0/referrals?$skiptoken=a%2bb").unwrap();
        assert_eq!(page.url, "http://127.0.0.1:4010/v1.0/engagements/referrals?$skiptoken=a%2bb");
        assert_eq!(
            go(base, "http://127.0.0.1:4011/v1.0/referrals?$skiptoken=a"),
            Err(LinkError::OtherHost)
        );
        assert_eq!(
            go(base, "http://127.0.0.1/v1.0/referrals?$skiptoken=a"),
            Err(LinkError::OtherHost)
        );
    }

    #[test]
    fn dots_in_a_path_do_not_leave_the_collection() {
        let page = go(BASE, "/v1.0/engagements/../../secret?$skiptoken=1").unwrap();
        assert_eq!(page.url, format!("{COLLECTION}?$skiptoken=1"));
    }
}

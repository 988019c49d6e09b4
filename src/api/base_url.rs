//! The one place requests may go to: the configured API address, taken apart. Sends nothing.

use reqwest::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::http;
use crate::odata;

/// The configured API address; the collection of referrals lies below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    collection: String,
}

impl BaseUrl {
    /// Reads the address `text`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for anything but an https address (http for loopback) without user name, query and fragment.
    pub fn parse(text: &str) -> Result<BaseUrl> {
        let refuse = |why: &str| {
            Error::new(ErrorKind::Usage, format!("the API address \"{}\" {why}", shown(text))).hint(
                "without `--api-url` and REFERRALS_API_URL, Partner Center's own address is used",
            )
        };
        let mut url: Url = text.trim().parse().map_err(|_| refuse("is not a URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("holds a user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("has a query or fragment"));
        }
        match url.scheme() {
            "https" => {}
            "http" if http::is_loopback(&url) => {}
            "http" => {
                return Err(refuse("is plain http, which would show the token to the network"));
            }
            _ => return Err(refuse("is not an https address")),
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        let collection = format!("{}/referrals", url.as_str().trim_end_matches('/'));
        Ok(BaseUrl { url, collection })
    }

    /// The address of the collection of referrals.
    pub fn collection(&self) -> &str {
        &self.collection
    }

    /// The address of one referral.
    pub fn referral(&self, id: &str) -> String {
        format!("{}/{}", self.collection, odata::percent_encoded(id).replace('/', "%2F"))
    }

    /// The host, for messages.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The address itself.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The path all requests lie below, with a slash at its end.
    pub(super) fn path(&self) -> String {
        format!("{}/", self.url.path().trim_end_matches('/'))
    }
}

/// The address without what may be secret in it.
fn shown(text: &str) -> String {
    match text.trim().parse::<Url>() {
        Ok(mut url) => {
            // Fails only for addresses that cannot have them.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.set_query(None);
            url.to_string()
        }
        Err(_) => text.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_collection_lies_below_the_address_with_or_without_a_slash() {
        for text in
            ["https://api.example/v1.0/engagements", " https://api.example/v1.0/engagements/ "]
        {
            let base = BaseUrl::parse(text).unwrap();
            assert_eq!(base.collection(), "https://api.example/v1.0/engagements/referrals");
            assert_eq!(base.path(), "/v1.0/engagements/");
        }
        assert_eq!(
            BaseUrl::parse("http://127.0.0.1:81").unwrap().collection(),
            "http://127.0.0.1:81/referrals"
        );
    }

    #[test]
    fn an_address_the_token_must_not_go_to_is_refused() {
        let cases = [
            "http://api.partner.microsoft.com/v1.0",
            "https://me:secret@api.example/",
            "https://api.example/?x=1",
            "https://api.example/#x",
            "ftp://api.example/",
            "api.example",
            "",
        ];
        for text in cases {
            let error = BaseUrl::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
            assert!(!error.message().contains("secret"), "{}", error.message());
        }
    }

    #[test]
    fn an_id_stays_one_segment_of_the_path() {
        let base = BaseUrl::parse("https://api.example/e").unwrap();
        assert_eq!(
            base.referral("a/../b?c#d"),
            "https://api.example/e/referrals/a%2F..%2Fb%3Fc%23d"
        );
    }
}

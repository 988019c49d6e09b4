//! The configured address of the API, and the addresses below it.

use reqwest::Url;

use crate::error::Result;
use crate::http;
use crate::odata;

/// The address that every request goes to or below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    collection: String,
}

impl BaseUrl {
    /// # Errors
    /// As for [`http::parse_service_url`].
    pub fn parse(text: &str) -> Result<BaseUrl> {
        let mut url = http::parse_service_url("the API address", text).map_err(|error| {
            error.hint(
                "without `--api-url` and REFERRALS_API_URL, Partner Center's own address is used",
            )
        })?;
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        let collection = format!("{}/referrals", url.as_str().trim_end_matches('/'));
        Ok(BaseUrl { url, collection })
    }

    pub fn collection(&self) -> &str {
        &self.collection
    }

    pub fn referral(&self, id: &str) -> String {
        format!("{}/{}", self.collection, odata::percent_encode(id).replace('/', "%2F"))
    }

    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The path with a slash at its end.
    pub(super) fn path(&self) -> String {
        format!("{}/", self.url.path().trim_end_matches('/'))
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
    fn an_address_the_token_must_not_go_to_is_rejected_with_a_hint() {
        for text in ["http://api.partner.microsoft.com/v1.0", "https://me:secret@api.example/", ""]
        {
            let report = BaseUrl::parse(text).unwrap_err().report();
            assert!(report.starts_with("error: the API address "), "{report}");
            assert!(report.contains("REFERRALS_API_URL") && !report.contains("secret"), "{report}");
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

//! Whether a host answers, through which proxy and with which certificate. Sends no token.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::Url;
use reqwest::header::DATE;

use super::client::Http;
use super::proxy::{Proxy, proxy_for};
use crate::error::Result;

#[derive(Debug)]
pub struct ProbeResult {
    pub host: String,
    pub proxy: Option<Proxy>,
    /// The issuer of the host's certificate; `None` over plain http.
    pub issuer: Option<String>,
    /// The host's clock.
    pub date: Option<Timestamp>,
}

impl Http {
    /// Requests the front page of the host of `url`, through the same proxy as any request.
    ///
    /// # Errors
    /// As for [`Http::client`] and [`Http::diagnose`].
    pub fn probe(&self, url: &Url) -> Result<ProbeResult> {
        let client = self.client(url)?;
        let front = url.join("/").expect("an http address has a front page");
        let response = client.get(front).send().map_err(|error| self.diagnose(error, url))?;
        let date = response.headers().get(DATE).and_then(|value| value.to_str().ok());
        Ok(ProbeResult {
            host: url.host_str().unwrap_or_default().to_owned(),
            proxy: proxy_for(url, &self.variables)?,
            issuer: (url.scheme() == "https")
                .then(|| self.fetch_peer_certificate(url))
                .flatten()
                .map(|certificate| certificate.issuer),
            date: date.and_then(parse_http_date),
        })
    }
}

/// Parses the date of a `Date` or `Retry-After` header (RFC 9110 §5.6.7).
pub fn parse_http_date(date: &str) -> Option<Timestamp> {
    // HTTP dates end in "GMT"; the parser expects a numeric offset.
    rfc2822::DateTimeParser::new().parse_timestamp(date.replace("GMT", "+0000")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_http_date_is_an_instant() {
        let at = |date| parse_http_date(date).map(|at| at.to_string());
        assert_eq!(at("Sat, 21 Nov 2026 12:00:00 GMT").as_deref(), Some("2026-11-21T12:00:00Z"));
        assert_eq!(at("yesterday"), None);
    }
}

//! Whether a host answers, and what stands on the way there; for looking into what does not work.
//! Sends no token and believes nothing it is told.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::Url;
use reqwest::header::DATE;

use super::proxy::proxy_for;
use super::{Http, ProxyNote};
use crate::error::Result;

/// What was found at an address that answers.
#[derive(Debug)]
pub struct ProbeResult {
    /// The host.
    pub host: String,
    /// The proxy in between.
    pub proxy: Option<ProxyNote>,
    /// Who issued the host's certificate; `None` over plain http.
    pub issuer: Option<String>,
    /// The other side's clock.
    pub date: Option<Timestamp>,
}

impl Http {
    /// Goes to the host of `url` the way every request does and asks for its front page, for the address itself may
    /// hold what the other side should not see without a token.
    ///
    /// # Errors
    /// What [`Http::client`] and [`Http::failure`] say.
    pub fn probe(&self, url: &Url) -> Result<ProbeResult> {
        let client = self.client(url)?;
        let mut front = url.clone();
        front.set_path("/");
        front.set_query(None);
        let response = client.get(front).send().map_err(|error| self.failure(error, url))?;
        let date = response.headers().get(DATE).and_then(|value| value.to_str().ok());
        Ok(ProbeResult {
            host: url.host_str().unwrap_or_default().to_owned(),
            proxy: proxy_for(url, &|name| self.variables.get(name)),
            issuer: (url.scheme() == "https")
                .then(|| self.presented(url))
                .flatten()
                .map(|presented| presented.issuer),
            date: date.and_then(parse_http_date),
        })
    }
}

/// The instant of an HTTP date, as `Date` and `Retry-After` have it (RFC 9110 §5.6.7).
pub fn parse_http_date(date: &str) -> Option<Timestamp> {
    // "GMT" is the only zone there; the reader wants it as a number.
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
